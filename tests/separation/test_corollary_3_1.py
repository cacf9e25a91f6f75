"""Corollary 3.1 in the plane with four classes, where no collapsed point exists."""

import numpy as np
import pytest
from scipy.optimize import minimize

from ncverify import Point
from ncverify.collapse import is_collapsed, residuals
from ncverify.model import between_classes
from ncverify.numbers import backend_namespace
from ncverify.separation import mangasarian_fromovitz, multipliers, optimality_gap

XP = backend_namespace("numpy")


def polygon(K, n=1):
    angles = 2 * np.pi * np.arange(K) / K
    W = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return Point(W, np.repeat(W.T, n, axis=1))


@pytest.mark.parametrize("K", range(3, 13))
@pytest.mark.parametrize("n", [1, 3])
def test_in_the_plane_a_polygon_separates_any_number_of_classes(K, n):
    p = polygon(K, n)
    assert p.q_min > 0
    assert (residuals(p).nc2 > 0.1) == (K > 3)


def test_the_square_is_a_kkt_point_and_not_collapsed():
    found = multipliers(polygon(4))
    assert found.is_kkt
    assert found.objective == pytest.approx(4.0)
    assert mangasarian_fromovitz(found.point).holds
    assert not is_collapsed(polygon(4))


@pytest.mark.slow
def test_the_best_point_of_the_plane_is_the_square_with_a_third_more_than_the_bound():
    K, d = 4, 2

    def unpack(x):
        return Point(x[: K * d].reshape(K, d), x[K * d :].reshape(d, K))

    def constraint(x):
        return between_classes(unpack(x).logit_differences, 1, XP).ravel() - 1

    rng = np.random.default_rng(0)
    values = []
    for _ in range(40):
        start = 1.5 * rng.standard_normal(2 * K * d)
        found = minimize(lambda x: x @ x / 2, start, jac=lambda x: x, constraints={"type": "ineq", "fun": constraint})
        if found.success and constraint(found.x).min() > -1e-6:
            values.append(found.fun)
    assert len(values) > 5
    assert min(values) == pytest.approx(4.0, abs=1e-5)
    assert optimality_gap(polygon(4)).objective / optimality_gap(polygon(4)).lower_bound == pytest.approx(4 / 3)


def test_on_the_line_three_classes_cannot_be_separated():
    rng = np.random.default_rng(1)
    points = (Point(rng.standard_normal((3, 1)), rng.standard_normal((1, 3))) for _ in range(200))
    assert all(p.q_min <= 0 for p in points)
