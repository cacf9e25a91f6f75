"""The smallest eigenpair with weight decay, its closed form, exact negative directions, inertia, spectra."""

import numpy as np
import pytest

import ncverify.weight_decay.reduction as reduction
from ncverify.weight_decay import (
    DecayProblem,
    Triple,
    decay_ball_quotient,
    decay_gradient,
    dense_decay_hessian,
    inertia,
    least_curvature,
    merged_decay_point,
    null_direction,
    smallest_decay_eigenpair,
    spectrum_at_origin,
)
from ncverify.weight_decay.curvature import flattened
from ncverify.weight_decay.model import logit_gradient
from tests.weight_decay.problems import cases


def padded(point):
    """One more dimension, unused."""
    return Triple(np.pad(point.W, ((0, 0), (0, 1))), np.pad(point.H, ((0, 1), (0, 0))), point.b)


def origin(K, n, d):
    return Triple(np.zeros((K, d)), np.zeros((d, K * n)), np.zeros(K))


def test_where_a_null_vector_exists_the_pair_is_in_closed_form_at_any_point():
    for problem, point, _ in cases(30):
        p = padded(point)
        pair = smallest_decay_eigenpair(problem, p)
        least = float(np.linalg.eigvalsh(dense_decay_hessian(problem, p))[0])
        assert abs(pair.value - least) < 1e-12
        assert pair.residual < 1e-7
        direction, s = null_direction(problem, p)
        assert direction is not None
        if least_curvature(problem, s) < problem.lambda_b:
            assert pair.route == "closed form"
            assert abs(pair.value - pair.lower) <= pair.rounding


@pytest.mark.parametrize("route", ["reduction", "Lanczos"])
def test_without_one_the_dense_matrix_and_the_iteration_agree(route, monkeypatch):
    if route == "Lanczos":
        monkeypatch.setattr(reduction, "LARGEST_BLOCKS", 0)
    rng = np.random.default_rng(0)
    problem = DecayProblem((20, 20, 30), 0.02, 0.01, 0.1)
    W, H, b = rng.standard_normal((3, 6)), rng.standard_normal((6, 70)), np.zeros(3)
    p = Triple(W, H, b)  # H fills all six dimensions
    pair = smallest_decay_eigenpair(problem, p)
    values = np.linalg.eigvalsh(dense_decay_hessian(problem, p))
    assert pair.route == route
    assert abs(pair.value - values[0]) < 1e-9
    assert pair.residual < 1e-8
    assert pair.lower <= values[0]
    structured = Triple(np.eye(3, 6), H, b)  # the common part of the classifiers is an exact eigenvector
    least = float(np.linalg.eigvalsh(dense_decay_hessian(problem, structured))[0])
    assert abs(smallest_decay_eigenpair(problem, structured).value - least) < 1e-9
    small = smallest_decay_eigenpair(DecayProblem((1, 1), 0.1, 0.1), Triple(np.eye(2), np.eye(2), np.zeros(2)))
    assert small.route == "dense"


def test_the_negative_direction_is_confirmed_in_balls_at_merged_points():
    for K, n, d, blocks in ((4, 1, 2, 2), (4, 2, 3, 2), (6, 1, 3, 3), (6, 1, 2, 2)):
        problem, p = merged_decay_point(K, n, d, 0.002, 0.003, blocks=blocks)
        pair = smallest_decay_eigenpair(problem, p)
        low, high = decay_ball_quotient(problem, p, pair.direction)
        assert low <= high < 0
        assert abs(low - pair.value) < 1e-12
        assert abs(pair.value - least_curvature(problem, 1 / (K * n**0.5))) < 1e-12
        opposed = Triple(pair.direction.W, -pair.direction.H, pair.direction.b)
        assert decay_ball_quotient(problem, p, opposed)[0] > 0


def test_a_direction_that_is_zero_is_refused():
    problem, p = merged_decay_point(2, 1, 1, 0.1, 0.1, blocks=2)
    with pytest.raises(ValueError, match="along: expected a direction that is not zero"):
        decay_ball_quotient(problem, p, Triple(0 * p.W, 0 * p.H, 0 * p.b))


@pytest.mark.parametrize(("K", "n", "d"), [(2, 1, 1), (3, 2, 2), (4, 1, 3), (2, 5, 3)])
@pytest.mark.parametrize("weights", [(0.01, 0.02, 0.0), (0.3, 0.3, 0.1), (2.0, 0.001, 1.0)])
def test_the_spectrum_at_the_origin(K, n, d, weights):
    values = [level.value for level in spectrum_at_origin(K, n, d, *weights) for _ in range(level.multiplicity)]
    problem = DecayProblem((n,) * K, *weights)
    expected = np.linalg.eigvalsh(dense_decay_hessian(problem, origin(K, n, d)))
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-14)
    assert np.abs(flattened(decay_gradient(problem, origin(K, n, d)))).max() < 1e-16


def test_on_the_threshold_the_origin_is_degenerate_and_three_per_cent_beside_it_not():
    K, n, d = 4, 4, 2
    for factor, negative, null in ((0.97, 6, 0), (1.0, 0, 6), (1.03, 0, 0)):
        weight = (factor / (K * K * n)) ** 0.5
        found = inertia(DecayProblem((n,) * K, weight, weight, 0.1), origin(K, n, d))
        assert (found.negative, found.null, found.rotations, found.shift) == (negative, null, 0, 0)


@pytest.mark.parametrize("lambda_b", [0.0, 0.2])
@pytest.mark.parametrize(("K", "n", "d"), [(2, 1, 1), (3, 2, 2), (4, 1, 5), (3, 1, 4)])
def test_at_the_optimum_nothing_is_null_but_rotations_and_the_shift(K, n, d, lambda_b):
    problem, p = merged_decay_point(K, n, d, 0.01, 0.003, blocks=K, lambda_b=lambda_b)
    found = inertia(problem, p)
    assert found.negative == found.unexplained == 0
    assert found.rotations == (K - 1) * (d - K + 1) + (K - 1) * (K - 2) // 2
    assert found.shift == (lambda_b == 0)
    assert found.negative + found.null + found.positive == K * d + d * K * n + K


@pytest.mark.parametrize("blocks", [2, 3, 6])
@pytest.mark.parametrize(("w", "h"), [(0.01, 0.01), (1e-4, 0.1), (1e-8, 1e-9)])
def test_merged_points_are_critical(blocks, w, h):
    problem, p = merged_decay_point(6, 2, 5, w, h, blocks=blocks)
    scale = (w * h) ** 0.5 * float(np.linalg.norm(p.W) + np.linalg.norm(p.H))
    rounding = 4 * np.finfo(np.float64).eps * float(np.linalg.norm(p.W) + np.linalg.norm(p.H))
    assert np.abs(flattened(decay_gradient(problem, p))).max() < rounding
    moved = Triple(1.01 * p.W, p.H, p.b)
    assert np.abs(flattened(decay_gradient(problem, moved))).max() > 1e-5 * scale
    values = np.linalg.svd(logit_gradient(problem, p), compute_uv=False)
    assert abs(values[0] - (1 / (6 * 2**0.5) if blocks < 6 else (w * h) ** 0.5)) < 1e-12


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"K": 4, "d": 3, "blocks": 3}, "blocks: expected a divisor"),
        ({"K": 4, "d": 3, "blocks": 1}, "blocks"),
        ({"K": 4, "d": 2, "blocks": 4}, "d: expected d >= blocks - 1"),
        ({"K": 4, "d": 3, "blocks": 2, "lambda_W": 1.0}, "lambda_W, lambda_H: expected K"),
    ],
)
def test_merged_points_that_do_not_exist_are_refused_by_name(options, message):
    with pytest.raises(ValueError, match=message):
        merged_decay_point(**{"n": 1, "lambda_W": 0.1, "lambda_H": 0.1} | options)


def test_large_hessians_are_refused():
    p = Triple(np.zeros((2, 30)), np.zeros((30, 100)), np.zeros(2))
    with pytest.raises(ValueError, match="point: 3062 coordinates exceed"):
        dense_decay_hessian(DecayProblem((50, 50), 0.1, 0.1), p)
