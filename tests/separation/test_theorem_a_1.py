"""Theorem A.1 on both sides of its hypothesis: along a gradient flow, and where MFCQ fails."""

from fractions import Fraction

import numpy as np
import pytest

from ncverify.literature.ulpm_2022.theorem_a_1 import exact_bounds, flow_points
from ncverify.separation import (
    constraint_qualification,
    mangasarian_fromovitz,
    multipliers,
    scaled_to_unit_margin,
    softmax_multipliers,
)

MARGINS = (4.0, 16.0, 64.0, 256.0)


@pytest.fixture(scope="module")
def points():
    return flow_points(3, 2, 2, seed=1, margins=MARGINS)


@pytest.mark.slow
def test_the_bounds_of_lemma_b_1_fall_along_the_flow(points):
    epsilons = [float(exact_bounds(p)[0].nearest_float()) ** 0.5 for p in points]
    deltas = [softmax_multipliers(p).complementarity for p in points]
    assert epsilons[-1] < 0.2 * epsilons[0]
    assert deltas[-1] < 0.2 * max(deltas)


def test_the_exact_bounds_are_those_in_floats(points):
    squared, delta = exact_bounds(points[1])
    found = softmax_multipliers(points[1])
    assert squared.nearest_float() ** 0.5 == pytest.approx(found.stationarity, rel=1e-6)
    assert delta.nearest_float() == pytest.approx(found.complementarity, rel=1e-6, abs=1e-9)


def test_every_point_is_qualified_and_the_last_is_nearly_kkt(points):
    assert all(mangasarian_fromovitz(scaled_to_unit_margin(p)).holds for p in points)
    first, last = (multipliers(p, active_within=np.inf).stationarity for p in (points[0], points[-1]))
    assert last < 0.2 * first


def test_the_loss_falls_along_the_followed_path(points):
    losses = [float(p.log_loss) for p in points]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < -200


@pytest.mark.parametrize("k", [1, 2, 5, 10, 100, 10**6])
def test_without_mfcq_approximate_kkt_points_converge_to_a_point_that_is_none(k):
    # min x subject to g(x) = -x^3 <= 0 at x = 1/k
    x, multiplier = Fraction(1, k), Fraction(k * k, 3)
    assert -(x**3) <= 0
    assert 1 - 3 * multiplier * x**2 == 0  # epsilon = 0
    assert multiplier * -(x**3) == -Fraction(1, 3 * k)  # delta = 1/(3k)
    # at the limit 0 the gradient of the constraint vanishes: MFCQ fails, and 1 + lambda * 0 = 0 has no solution
    assert not constraint_qualification(np.array([[0.0]])).holds
    assert constraint_qualification(np.array([[-3.0 * float(x) ** 2]])).holds
