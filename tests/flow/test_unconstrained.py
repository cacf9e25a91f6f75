"""Closed forms of the squared loss's flow, against its integration; wrong closed forms are told from right ones."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ncverify.flow import linearised_limit_direction, subspace_flow

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
    assert not subspace_flow(0 * W, 0.0, 1, 1e6).W.any()


def test_a_start_outside_the_subspace_is_refused():
    with pytest.raises(ValueError, match="W: expected finite rows that add up to zero"):
        subspace_flow(np.array([[1.0], [0.5]]), 0.0, 1, 1.0)


@pytest.mark.parametrize(("K", "n", "d"), SHAPES)
def test_the_limit_direction_is_where_the_linearised_flow_goes(K, n, d):
    rng = np.random.default_rng((4, K, d))
    start = rng.standard_normal((K, d)), rng.standard_normal((d, K * n)), np.zeros(K)
    W, H = linearised_limit_direction(*start[:2])
    assert math.isclose(np.sum(W**2) + np.sum(H**2), 1.0, rel_tol=1e-14)
    found = unpacked(integrated(linear_flow(K, n, d), packed(*start), 15.0), K, n, d)
    size = math.hypot(np.linalg.norm(found[0]), np.linalg.norm(found[1]))
    assert np.abs(found[0] / size - W).max() < 1e-5
    assert np.abs(found[1] / size - H).max() < 1e-5
    assert np.allclose(H, np.repeat(W.T, n, axis=1) / math.sqrt(n))
    assert np.abs(found[0] / size + W).max() > 0.1


def test_a_small_start_of_the_flow_itself_leaves_along_that_direction():
    K, n, d, small = 3, 4, 3, 1e-7
    rng = np.random.default_rng(5)
    start = small * rng.standard_normal((K, d)), small * rng.standard_normal((d, K * n)), np.full(K, 1 / K)
    W, H = linearised_limit_direction(*start[:2])
    found = unpacked(integrated(gradient_flow(K, n, d), packed(*start), 6.0), K, n, d)
    size = math.hypot(np.linalg.norm(found[0]), np.linalg.norm(found[1]))
    assert 0.01 < size < 0.1
    assert np.abs(found[0] / size - W).max() < 1e-3
    assert np.abs(found[1] / size - H).max() < 1e-3


def test_a_start_orthogonal_to_the_eigenspace_has_no_limit_direction_here():
    with pytest.raises(ValueError, match="not orthogonal to E"):
        linearised_limit_direction(np.array([[1.0], [-1.0]]), np.array([[-1.0, 1.0]]))
    with pytest.raises(ValueError, match="same number of samples"):
        linearised_limit_direction(np.ones((2, 1)), np.ones((1, 3)))
