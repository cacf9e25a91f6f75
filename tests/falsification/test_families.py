"""Each family of structured points (W, H) has, exactly, the equalities that it is there for."""

import numpy as np
import pytest

from ncverify.domain import Shape
from ncverify.falsification.families import families

SHAPES = [Shape(3, 2, 3), Shape(4, 3, 2), Shape(2, 1, 1), Shape(3, 1, 5)]


def is_diagonal(matrix):
    return np.array_equal(matrix, np.diag(np.diag(matrix)))


def is_collapsed(W, H, n):
    return np.array_equal(H, np.repeat(H[:, ::n], n, axis=1))


def have_equal_gram_matrices(W, H, n):
    return np.array_equal(H @ H.T, W.T @ W) and (n == 1 or not is_collapsed(W, H, n) or not W.any())


HOLDS = [
    lambda W, H, n: True,
    is_collapsed,
    lambda W, H, n: not W.sum(axis=0).any() and np.array_equal(H, np.repeat(W.T, n, axis=1)),
    lambda W, H, n: np.array_equal(H, np.repeat(W.T, n, axis=1)) and np.array_equal(H @ H.T, n * W.T @ W),
    have_equal_gram_matrices,
    have_equal_gram_matrices,
    lambda W, H, n: (is_diagonal(W @ W.T) or is_diagonal(W.T @ W)) and is_collapsed(W, H, n),
    lambda W, H, n: np.linalg.matrix_rank(W) <= 1 and np.array_equal(H, np.repeat(W.T, n, axis=1)),
    lambda W, H, n: bool((abs(W) == 1).all()) and np.array_equal(H, np.repeat(W.T, n, axis=1)),
    lambda W, H, n: not W.any() and bool((H[:, :1] == H).all()),
    lambda W, H, n: bool((W[:1] == W).all()) and bool((H[:, :1] == H).all()),
    lambda W, H, n: bool((W[:1] == W).all()) and not H.any(),
]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_family_has_its_equalities(shape, seed):
    W, H = families(shape, np.random.default_rng(seed))
    assert W.shape == (len(W), shape.K, shape.d)
    assert H.shape == (len(W), shape.d, shape.K * shape.n)
    assert len(W) == 3 * len(HOLDS)
    for i, (w, h) in enumerate(zip(W, H, strict=True)):
        assert HOLDS[i % len(HOLDS)](w, h, shape.n), i % len(HOLDS)
    assert np.array_equal(W, np.rint(W))
    assert np.array_equal(H, np.rint(H))


def test_members_differ_and_most_are_not_zero():
    W, H = families(Shape(3, 2, 3), np.random.default_rng(0))
    for family in range(len(HOLDS) - 3):
        members = [W[i].tobytes() + H[i].tobytes() for i in range(family, len(W), len(HOLDS))]
        assert len(set(members)) == 3
        assert W[family :: len(HOLDS)].any()
        assert H[family :: len(HOLDS)].any()
    assert H[9 :: len(HOLDS)].any()
    assert H[10 :: len(HOLDS)].any()
    assert W[10 :: len(HOLDS)].any()
    assert W[11 :: len(HOLDS)].any()
    assert abs(W[0 :: len(HOLDS)]).max() > 3  # integers up to 9 where nothing is asked for
    assert max(abs(W).max(), abs(H).max()) <= 3 * 3 * 4


def test_orthogonal_rows_fill_as_many_axes_as_there_are():
    for shape in SHAPES:
        W, _ = families(shape, np.random.default_rng(1))
        for member in W[6 :: len(HOLDS)]:
            assert np.linalg.matrix_rank(member) == min(shape.K, shape.d)
