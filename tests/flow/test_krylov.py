"""Conjugate gradients: the number of products, the residual, and when to give up."""

import numpy as np
import pytest

from ncverify.flow import krylov
from ncverify.flow.krylov import NotPositiveDefiniteError, conjugate_gradients


def test_as_many_products_are_spent_as_there_are_eigenvalues():
    values = np.array([1.0, 2.0, 2.0, 5.0, 5.0, 5.0])
    right = np.arange(1.0, 7.0)
    kept = right.copy()
    x, spent = conjugate_gradients(lambda v: values * v, 2.0, right, 1e-12)
    assert spent == 3
    np.testing.assert_allclose(x, right / (1 + 2 * values), rtol=1e-13)
    assert np.array_equal(right, kept)


@pytest.mark.parametrize("tolerance", [1e-1, 1e-4, 1e-8])
def test_it_stops_at_the_first_residual_within_the_tolerance(tolerance):
    values, right = np.geomspace(0.01, 100, 40), np.ones(40)
    x, spent = conjugate_gradients(lambda v: values * v, 1.0, right, tolerance)
    assert np.linalg.norm(right - x - values * x) <= tolerance * (1 + 1e-6)
    looser, fewer = conjugate_gradients(lambda v: values * v, 1.0, right, 10 * tolerance)
    assert fewer < spent
    assert np.linalg.norm(right - looser - values * looser) > tolerance


def test_nothing_on_the_right_needs_no_product():
    x, spent = conjugate_gradients(lambda v: v / 0, 1.0, np.zeros(3), 0.0)
    assert (x.tolist(), spent) == ([0, 0, 0], 0)


def test_a_direction_of_no_curvature_at_all_is_refused():
    with pytest.raises(NotPositiveDefiniteError):
        conjugate_gradients(lambda v: -v, 1.0, np.ones(2), 1e-12)


def test_the_last_product_that_is_allowed_may_bring_the_solution(monkeypatch):
    values, right = np.arange(1.0, 6.0), np.ones(5)
    monkeypatch.setattr(krylov, "_LIMIT", 5)
    assert conjugate_gradients(lambda v: values * v, 1.0, right, 1e-9)[1] == 5
    monkeypatch.setattr(krylov, "_LIMIT", 4)
    with pytest.raises(NotPositiveDefiniteError):
        conjugate_gradients(lambda v: values * v, 1.0, right, 1e-9)
