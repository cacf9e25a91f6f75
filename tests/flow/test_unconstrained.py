"""Closed forms of the squared loss's flow, against its integration; wrong closed forms are told from right ones."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ncverify.flow import linearised_flow, linearised_limit_direction, subspace_flow, subspace_singular_values

SHAPES = [(2, 1, 1), (2, 3, 4), (3, 2, 2), (4, 5, 3), (5, 2, 7)]


def packed(W, H, b):
    return np.concatenate([W.ravel(), H.ravel(), b])


def unpacked(x, K, n, d):
    return x[: K * d].reshape(K, d), x[K * d : K * d + d * K * n].reshape(d, K * n), x[K * d + d * K * n :]


def integrated(velocity, start, t):
    found = solve_ivp(lambda _, x: velocity(x), (0, t), start, method="DOP853", rtol=1e-12, atol=1e-14)
    return found.y[:, -1]


def gradient_flow(K, n, d):
    Y = np.repeat(np.eye(K), n, axis=1)

    def velocity(x):
        W, H, b = unpacked(x, K, n, d)
        E = W @ H + b[:, None] - Y
        return -packed(E @ H.T, W.T @ E, E.sum(axis=1))

    return velocity


def linear_flow(K, n, d):
    Y = np.repeat(np.eye(K) - 1 / K, n, axis=1)

    def velocity(x):
        W, H, b = unpacked(x, K, n, d)
        return packed(Y @ H.T, W.T @ Y, -K * n * (b - 1 / K))

    return velocity


def centred_start(K, d, seed, scale=0.1):
    W = scale * np.random.default_rng((seed, K, d)).standard_normal((K, d))
    return W - W.mean(axis=0)


@pytest.mark.parametrize(("K", "n", "d"), SHAPES)
def test_the_flow_on_the_subspace_is_the_gradient_flow(K, n, d):
    W, beta = centred_start(K, d, 1), -0.7
    start = subspace_flow(W, beta, n, 0.0)
    assert np.allclose(start.W, W, rtol=1e-14)
    for t in (0.3, 2.0, 6.0):
        end = subspace_flow(W, beta, n, t)
        assert np.allclose(packed(*end), integrated(gradient_flow(K, n, d), packed(*start), t), rtol=1e-8, atol=1e-10)
        late = subspace_flow(W, beta, n, 1.1 * t)
        assert t > 3 or not np.allclose(packed(*late), packed(*end), rtol=1e-4)


@pytest.mark.parametrize(("K", "n", "d"), SHAPES)
def test_it_ends_in_strong_collapse_where_the_rank_is_k_minus_one(K, n, d):
    W = centred_start(K, d, 2, 1e-8)
    end = subspace_flow(W, 3.0, n, 200.0)
    collapsed = math.sqrt(n) * (np.eye(K) - 1 / K)
    assert np.allclose(end.b, 1 / K, rtol=1e-15)
    assert np.allclose(end.W @ end.W.T, collapsed, atol=1e-13 * n) == (np.linalg.matrix_rank(W, 1e-12) == K - 1)
    assert d < K - 1 or np.abs(end.W @ end.H + 1 / K - np.repeat(np.eye(K), n, axis=1)).max() < 1e-13


def test_singular_values_that_are_zero_or_equal_or_tiny_stay_accurate():
    W = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.0]])
    end = subspace_flow(W, 0.0, 4, 1000.0)
    assert np.allclose(np.linalg.svd(end.W)[1], [2**0.5, 0.0], atol=1e-15)
    tiny = subspace_flow(1e-150 * W, 0.0, 1, 345.0)  # it leaves the origin at about t = 345
    s = 2**0.5 * 1e-150
    assert math.isclose(np.linalg.svd(tiny.W)[1][0] ** 2, 1 / (1 + (s**-2 - 1) * math.exp(-690)), rel_tol=1e-12)
    values = subspace_singular_values(np.array([0.0, 1e-300, 1e-9, 1.0, 50.0]), 4, 3.0)
    squares = [2 / (1 + (2 / s**2 - 1) * math.exp(-12)) for s in (1e-9, 1.0, 50.0)]
    assert np.allclose(values[2:] ** 2, squares, rtol=1e-14)
    assert values[0] == 0
    assert math.isclose(values[1], 1e-300 * math.exp(6), rel_tol=1e-12)
    assert not subspace_flow(0 * W, 0.0, 1, 1e6).W.any()


def test_a_start_outside_the_subspace_is_refused():
    with pytest.raises(ValueError, match="W: expected rows that add up to zero"):
        subspace_flow(np.array([[1.0], [0.5]]), 0.0, 1, 1.0)


@pytest.mark.parametrize(("K", "n", "d"), SHAPES)
def test_the_linearised_flow_is_that_of_the_printed_equations(K, n, d):
    rng = np.random.default_rng((3, K, d))
    start = rng.standard_normal((K, d)), rng.standard_normal((d, K * n)), rng.standard_normal(K)
    assert np.allclose(packed(*linearised_flow(*start, 0.0)), packed(*start), rtol=1e-13, atol=1e-14)
    for t in (0.2, 1.5):
        end = packed(*linearised_flow(*start, t))
        assert np.allclose(end, integrated(linear_flow(K, n, d), packed(*start), t), rtol=1e-9, atol=1e-9)
        assert not np.allclose(packed(*linearised_flow(*start, 1.01 * t)), end, rtol=1e-6)


@pytest.mark.parametrize(("K", "n", "d"), SHAPES)
def test_the_limit_direction_is_where_the_linearised_flow_goes(K, n, d):
    rng = np.random.default_rng((4, K, d))
    start = rng.standard_normal((K, d)), rng.standard_normal((d, K * n)), np.zeros(K)
    W, H = linearised_limit_direction(*start[:2])
    assert math.isclose(np.sum(W**2) + np.sum(H**2), 1.0, rel_tol=1e-14)
    end = linearised_flow(*start, 25.0)
    size = math.sqrt(np.sum(end.W**2) + np.sum(end.H**2))
    assert np.abs(end.W / size - W).max() < 1e-9
    assert np.abs(end.H / size - H).max() < 1e-9
    assert np.allclose(H, np.repeat(W.T, n, axis=1) / math.sqrt(n))
    assert np.abs(end.W / size + W).max() > 0.1


def test_the_linearised_flow_follows_the_flow_near_the_origin():
    K, n, d, small = 3, 4, 3, 1e-6
    rng = np.random.default_rng(5)
    start = small * rng.standard_normal((K, d)), small * rng.standard_normal((d, K * n)), np.full(K, 1 / K)
    exact = integrated(gradient_flow(K, n, d), packed(*start), 4.0)
    assert np.allclose(exact, packed(*linearised_flow(*start, 4.0)), atol=1e-3 * np.abs(exact[: K * d]).max())


def test_a_start_orthogonal_to_the_eigenspace_has_no_limit_direction_here():
    with pytest.raises(ValueError, match="not orthogonal to E"):
        linearised_limit_direction(np.array([[1.0], [-1.0]]), np.array([[-1.0, 1.0]]))
    with pytest.raises(ValueError, match=r"H: expected shape \(d, K\*n\)"):
        linearised_limit_direction(np.ones((2, 1)), np.ones((1, 3)))
