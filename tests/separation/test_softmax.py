import numpy as np
import pytest

from ncverify import Point
from ncverify.collapse import collapsed_point
from ncverify.separation import multipliers, scaled_to_unit_margin, softmax_multipliers
from tests.separation.textbook import SHAPES, near_collapse, separating_point, vector


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_they_are_the_formula_of_lemma_b_1(shape):
    p = separating_point(*shape, seed=8)
    weights = np.exp(-p.logit_differences)
    for k in range(p.K):
        weights[k, k * p.n : (k + 1) * p.n] = 0.0
    weights /= 1 + weights.sum(axis=0)
    g = np.concatenate([part.ravel() for part in p.gradient])
    expected = np.sqrt(p.squared_norm) / np.linalg.norm(g) * weights
    assert np.allclose(softmax_multipliers(p).matrix, expected, rtol=1e-12)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_their_residual_is_the_angle_to_the_gradient(shape):
    p = separating_point(*shape, seed=9)
    g = -np.concatenate([part.ravel() for part in p.gradient])
    beta = vector(p) @ g / np.linalg.norm(vector(p)) / np.linalg.norm(g)
    expected = np.sqrt(float(p.squared_norm / p.q_min) * (2 - 2 * beta))
    assert softmax_multipliers(p).stationarity == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_least_squares_multipliers_are_never_worse(shape):
    p = separating_point(*shape, seed=10)
    best = multipliers(p, active_within=np.inf)
    assert best.stationarity <= softmax_multipliers(p).stationarity * (1 + 1e-9)


def test_both_routes_agree_at_collapse():
    p = collapsed_point(4, 3, 4, rotation=1)
    assert np.abs(softmax_multipliers(p).matrix - multipliers(p).matrix).max() < 1e-6


def test_both_routes_differ_away_from_collapse():
    p = near_collapse(4, 3, 4, 0.1)
    assert softmax_multipliers(p).stationarity > 1.1 * multipliers(p, active_within=np.inf).stationarity


def test_they_concentrate_on_the_smallest_differences_as_the_point_grows():
    p = near_collapse(3, 1, 2, 0.05)
    grown = [softmax_multipliers(Point(f * p.W, f * p.H)).complementarity for f in (1.0, 10.0, 100.0)]
    assert grown[0] > grown[1] > grown[2]


def test_they_stay_finite_where_every_probability_underflows():
    p = collapsed_point(3, 2, 3, squared_norm=1e8)
    found = softmax_multipliers(p)
    assert np.isfinite(found.matrix).all()
    assert found.stationarity < 1e-6 * float(scaled_to_unit_margin(p).squared_norm)


def test_the_answer_says_that_no_solver_was_needed_and_keeps_the_bounds():
    p = near_collapse(3, 1, 2, 0.05)
    found = softmax_multipliers(p, epsilon=0.5, delta=0.25)
    assert (found.solver, found.status, found.active_within) == ("softmax", "closed form", np.inf)
    assert (found.epsilon, found.delta) == (0.5, 0.25)
    assert softmax_multipliers(p).delta == np.inf
    assert softmax_multipliers(p).epsilon == multipliers(p).epsilon
