"""The smallest eigenpair by Lanczos iteration against dense matrices."""

import numpy as np
import pytest
import torch

from ncverify.landscape.lanczos import smallest_ritz_pair
from ncverify.numbers import namespace_of, to_numpy


def symmetric(size, seed):
    A = np.random.default_rng(seed).standard_normal((size, size))
    return (A + A.T) / 2


class Counted:
    """A symmetric matrix that acts on arrays of some shape, and counts how often."""

    def __init__(self, A, shape, xp):
        self.A, self.shape, self.xp, self.count = xp.library.asarray(A, dtype=xp.dtype), shape, xp, 0

    def __call__(self, x):
        assert tuple(x.shape) == self.shape
        self.count += 1
        return self.xp.reshape(self.A @ self.xp.reshape(x, (-1,)), self.shape)


@pytest.mark.parametrize("convert", [np.asarray, torch.tensor], ids=["numpy", "torch"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("options", [{}, {"steps": 6, "restarts": 200}], ids=["one space", "restarts"])
def test_the_pair_is_the_smallest_of_the_matrix_with_its_residual_and_its_products(convert, dtype, options):
    A = symmetric(12, 0).astype(dtype).astype(np.float64)
    start = convert(np.random.default_rng(1).standard_normal((3, 4)).astype(dtype))
    apply = Counted(A, (3, 4), namespace_of(start))
    tolerance = 1e3 * float(np.finfo(dtype).eps)
    found = smallest_ritz_pair(apply, start, namespace_of(start), tolerance=tolerance, **options)
    vector = np.ravel(to_numpy(found.vector)).astype(np.float64)
    # a residual r means an eigenvalue within r; rounding adds some eps times the norm of A, which is below 12
    assert found.residual <= tolerance
    assert found.value == pytest.approx(np.linalg.eigvalsh(A)[0], abs=2 * tolerance)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=tolerance)
    assert np.linalg.norm(A @ vector - found.value * vector) <= 2 * tolerance
    assert namespace_of(found.vector) == namespace_of(start)
    assert tuple(found.vector.shape) == (3, 4)
    assert found.products == apply.count > 4


def test_an_eigenvector_as_start_needs_one_product_and_an_invariant_plane_two():
    A, unit = np.diag([5.0, 1.0, 3.0, 2.0]), np.eye(4)
    xp = namespace_of(unit)
    for start, value, products in ((unit[0], 5.0, 1), (unit[0] + unit[2], 3.0, 2)):
        apply = Counted(A, (4,), xp)
        found = smallest_ritz_pair(apply, start, xp, tolerance=1e-12)
        assert found.value == pytest.approx(value, abs=1e-14)
        assert found.products == apply.count == products


def test_a_space_that_is_invariant_without_rounding_ends_an_iteration_that_tolerates_nothing():
    unit = np.eye(4)
    apply = Counted(np.diag([5.0, 1.0, 3.0, 2.0]), (4,), namespace_of(unit))
    found = smallest_ritz_pair(apply, unit[2], namespace_of(unit), tolerance=0.0)
    assert (found.value, found.residual, found.products) == (3.0, 0.0, 1)


def test_it_looks_at_the_residual_on_the_way():
    """One eigenvalue far below forty others near each other: the residual falls by a large factor with each step."""
    A = np.diag([-100.0, *np.linspace(1.0, 1.1, 40)])
    apply = Counted(A, (41,), namespace_of(A))
    found = smallest_ritz_pair(apply, np.ones(41), namespace_of(A), tolerance=1e-6)
    assert found.value == pytest.approx(-100.0, abs=1e-6)
    assert found.products == apply.count == 4


def test_the_residual_that_was_reached_is_returned_where_the_restarts_run_out():
    A = symmetric(30, 2)
    apply = Counted(A, (30,), namespace_of(A))
    found = smallest_ritz_pair(apply, np.ones(30), namespace_of(A), tolerance=1e-14, steps=3, restarts=2)
    assert found.products == apply.count == 6
    v = found.vector
    assert found.residual == pytest.approx(np.linalg.norm(A @ v - found.value * v), rel=1e-9)
    assert found.value == pytest.approx(v @ A @ v, rel=1e-12)
