import numpy as np
import pytest

from ncverify import Point
from ncverify.errors import NotSeparableError
from ncverify.numbers import backend_namespace
from ncverify.numbers.rational import RATIONAL
from ncverify.separation import scaled_to_unit_margin, slopes, stationarity, weight_matrix, weighted_gradient
from tests.separation.textbook import SHAPES, constraint_gradients, separating_point, vector


@pytest.fixture(params=SHAPES, ids=str)
def point(request):
    return separating_point(*request.param, seed=1)


def random_multipliers(p, seed=0):
    M = np.random.default_rng(seed).uniform(0, 1, (p.K, p.K * p.n))
    for k in range(p.K):
        M[k, k * p.n : (k + 1) * p.n] = 0.0
    return M


def test_the_weighted_gradient_is_the_sum_of_single_gradients(point):
    M = random_multipliers(point)
    G, positions = constraint_gradients(point)
    expected = G @ np.array([M[j, c] for j, c in positions])
    found = weighted_gradient(point, M)
    assert np.allclose(np.concatenate([found.W.ravel(), found.H.ravel()]), expected, rtol=1e-12, atol=1e-12)


def test_slopes_are_inner_products_with_single_gradients(point):
    rng = np.random.default_rng(2)
    U, V = rng.standard_normal(point.W.shape), rng.standard_normal(point.H.shape)
    G, positions = constraint_gradients(point)
    found = slopes(point, (U, V))
    expected = np.concatenate([U.ravel(), V.ravel()]) @ G
    assert np.allclose([found[j, c] for j, c in positions], expected, rtol=1e-12, atol=1e-12)


def test_the_slope_along_the_point_is_twice_the_logit_difference(point):
    assert np.allclose(slopes(point, (point.W, point.H)), 2 * point.logit_differences)


def test_columns_of_the_weight_matrix_sum_to_zero(point):
    A = weight_matrix(random_multipliers(point), point.n, point.xp)
    assert np.abs(A.sum(axis=0)).max() < 1e-14


def test_stationarity_is_the_point_minus_the_weighted_gradient(point):
    M = random_multipliers(point)
    R, G = stationarity(point, M), weighted_gradient(point, M)
    assert np.array_equal(R.W, point.W - G.W)
    assert np.array_equal(R.H, point.H - G.H)


def test_entries_of_the_own_class_are_not_read(point):
    M = random_multipliers(point)
    changed = M.copy()
    for k in range(point.K):
        changed[k, k * point.n : (k + 1) * point.n] = 7.0
    assert np.allclose(weighted_gradient(point, M).W, weighted_gradient(point, changed).W)


def test_scaling_gives_unit_margin_and_keeps_the_direction(point):
    scaled = scaled_to_unit_margin(point)
    assert float(scaled.q_min) == pytest.approx(1.0, abs=1e-14)
    assert np.allclose(vector(scaled) * np.sqrt(point.q_min), vector(point))


@pytest.mark.parametrize("factor", [1e-100, 1e-3, 1e100])
def test_scaling_forgets_the_scale(point, factor):
    other = scaled_to_unit_margin(Point(point.W * factor, point.H * factor))
    assert np.allclose(vector(other), vector(scaled_to_unit_margin(point)))


@pytest.mark.parametrize("backend", ["torch", "strict", "jax"])
def test_points_of_other_backends_are_taken(point, backend):
    pytest.importorskip({"torch": "torch", "strict": "array_api_strict", "jax": "jax"}[backend])
    xp = backend_namespace(backend)
    scaled = scaled_to_unit_margin(converted(point, xp))
    assert np.allclose(vector(scaled), vector(scaled_to_unit_margin(point)))


def converted(point, xp):
    return point.map(lambda array: xp.asarray(array.tolist()))


def test_rational_points_are_taken():
    p = Point(RATIONAL.asarray([[2], [-2]]), RATIONAL.asarray([[1, -1]]))
    assert scaled_to_unit_margin(p).W.tolist() == [[1.0], [-1.0]]


@pytest.mark.parametrize("W", [[[0.0], [0.0]], [[-1.0], [1.0]], [[1.0], [1.0]]], ids=["zero", "wrong", "merged"])
def test_a_point_that_does_not_separate_is_refused_with_the_worst_sample(W):
    with pytest.raises(NotSeparableError, match=r"q_min: expected > 0, got .*sample 0 of class . against class ."):
        scaled_to_unit_margin(Point(np.array(W), np.array([[1.0, -1.0]])))
