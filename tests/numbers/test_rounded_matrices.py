"""What linear algebra in floats may give: a library's values are inside, wrong ones are not."""

import numpy as np
import pytest

from ncverify.errors import NotRationalError, UndecidedError
from ncverify.numbers.ball import BALL, precision
from ncverify.numbers.formats import FORMATS
from ncverify.numbers.rounded import ROUNDED

FUNCTIONS = ("inv", "det", "eigvalsh", "svdvals")
CASES = {
    "gaussian": np.random.default_rng(0).standard_normal((3, 3)),
    "graded": np.diag([1.0, 1e-3, 1e2]) @ np.random.default_rng(1).standard_normal((3, 3)),
    "small": np.array([[2.0**-30]]),
    "two": np.array([[1e8, 1.0], [1.0, 1.0]]),
}


@pytest.fixture(autouse=True)
def _bits():
    with precision(128):
        yield


def matrix(case, name, dtype):
    A = CASES[case]
    return np.asarray(A + A.T if name == "eigvalsh" else A, dtype=dtype)


def enclosures(value):
    return value.data.reshape(-1).tolist()


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("case", CASES)
def test_a_library_stays_inside_and_so_does_the_exact_value(case, name, dtype):
    A = matrix(case, name, dtype)
    allowed = getattr(ROUNDED[dtype].linalg, name)(ROUNDED[dtype].asarray(A))
    found = np.linalg.svd(A, compute_uv=False) if name == "svdvals" else getattr(np.linalg, name)(A)
    exact = getattr(BALL.linalg, name)(BALL.asarray(A))
    for ball, value, true in zip(enclosures(allowed), np.ravel(found), enclosures(exact), strict=True):
        if ball.is_finite():
            assert ball.contains(float(value))
            assert ball.ball.overlaps(true)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_off_by_a_millionth_is_outside(name):
    A = matrix("gaussian", name, "float64")
    for ball in enclosures(getattr(ROUNDED["float64"].linalg, name)(ROUNDED["float64"].asarray(A))):
        middle = float(ball.ball.mid())
        assert ball.contains(middle)
        assert not ball.contains(middle * (1 + 1e-6))


def test_solving_is_inside_and_has_the_shape_of_the_right_side():
    xp, A = ROUNDED["float64"], CASES["gaussian"]
    for b in (np.arange(3.0), np.eye(3)[:, :2]):
        found = xp.linalg.solve(xp.asarray(A), xp.asarray(b))
        assert found.shape == b.shape
        assert all(x.contains(float(v)) for x, v in zip(enclosures(found), np.linalg.solve(A, b).ravel(), strict=True))


def test_of_a_singular_matrix_nothing_is_known():
    xp = ROUNDED["float64"]
    assert not any(v.is_finite() for v in enclosures(xp.linalg.inv(xp.asarray(np.ones((2, 2))))))


def test_a_full_rank_is_certain_and_another_is_not():
    xp = ROUNDED["float64"]
    assert bool(xp.all(xp.linalg.matrix_rank(xp.asarray(CASES["gaussian"])) == 3))
    with pytest.raises(UndecidedError, match="matrix_rank"):
        xp.linalg.matrix_rank(xp.asarray(np.ones((2, 2))))


def test_a_pseudo_inverse_is_not_compared():
    xp = ROUNDED["float64"]
    with pytest.raises(NotRationalError, match="pinv"):
        xp.linalg.pinv(xp.asarray(CASES["gaussian"]))
