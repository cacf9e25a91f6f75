"""The error exponent: against probabilities of errors, its largest value against packings found by descent."""

import itertools
import math

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_ndtr, logsumexp

from ncverify.numbers import namespace_of
from ncverify.numbers.rational import RATIONAL
from ncverify.optima import error_exponent, optimal_error_exponent, packed_means
from ncverify.optima.exponent import KISSING

KNOWN = [(K, d) for K in range(2, 9) for d in range(1, 6) if optimal_error_exponent(K, d).is_known]
OPEN = [(K, d) for K in range(2, 12) for d in range(2, 5) if not optimal_error_exponent(K, d).is_known]


def beta(W, M, b):
    return float(error_exponent(W, M, b, namespace_of(M)))


def nearest_mean(M):
    """The exponent of the nearest mean."""
    return beta(M.T, M, -(M**2).sum(axis=0) / 2)


def pairwise(W, M, b, i, j, s):
    """log of the probability that class i loses to class j at noise s."""
    D = W[i] - W[j]
    return log_ndtr(-(D @ M[:, i] + b[i] - b[j]) / np.linalg.norm(D) / s)


def squared_gaps(x, K, d):
    """|m_i - m_j|^2 of all pairs, points outside the ball brought to its surface; (them, m_i - m_j, m_k, |x_k|)."""
    M = x.reshape(d, K)
    norms = np.maximum(1, np.sqrt((M**2).sum(axis=0)))
    M = M / norms
    i, j = np.triu_indices(K, 1)
    differences = M[:, i] - M[:, j]
    return (differences**2).sum(axis=0), differences, M, norms


def energy(x, K, d, power):
    """A repulsive energy, which ends at the least distance for a large power, and its slopes."""
    gaps, differences, M, norms = squared_gaps(x, K, d)
    terms = -power * np.log(np.maximum(gaps, 1e-12))
    value = logsumexp(terms)
    pull = -2 * np.exp(terms - value) * (gaps > 1e-12) / np.maximum(gaps, 1e-12) * differences
    slopes, (i, j) = np.zeros((d, K)), np.triu_indices(K, 1)
    np.add.at(slopes.T, i, pull.T)
    np.subtract.at(slopes.T, j, pull.T)
    slopes -= M * (M * slopes).sum(axis=0) * (norms > 1)  # outside the ball only directions matter
    return value / power, (slopes / norms).ravel()


def packed_by_descent(K, d, starts=3):
    """The largest squared least distance that descent on the energy finds."""
    rng, best = np.random.default_rng((K, d)), 0.0
    for _ in range(starts):
        x = rng.standard_normal(d * K)
        for power in (2, 8, 32, 128):
            x = minimize(energy, x, args=(K, d, power), jac=True, method="BFGS", options={"maxiter": 60}).x
        best = max(best, float(squared_gaps(x, K, d)[0].min()))
    return best


@pytest.mark.parametrize("power", [2, 32])
def test_the_slopes_of_the_energy_are_its_differences(power):
    x = np.random.default_rng(power).standard_normal(15)
    x[::5] /= 10  # one point inside the ball
    steps = 1e-6 * np.eye(15)
    differences = np.array([energy(x + e, 5, 3, power)[0] - energy(x - e, 5, 3, power)[0] for e in steps]) / 2e-6
    assert np.abs(energy(x, 5, 3, power)[1] - differences).max() < 1e-6 * np.abs(differences).max()


@pytest.mark.parametrize("K", [2, 3, 4])
def test_it_is_the_rate_at_which_errors_become_rare(K):
    rng = np.random.default_rng(K)
    M = rng.standard_normal((K, K))
    W, b = M.T + 0.1 * rng.standard_normal((K, K)), -(M**2).sum(axis=0) / 2
    exponent = beta(W, M, b)
    assert exponent > 0
    pairs = list(itertools.permutations(range(K), 2))
    for s in (0.1, 0.03, 0.01):
        one = [pairwise(W, M, b, i, j, s) for i, j in pairs]
        bounds = [-(s**2) * (logsumexp(one) - math.log(K)), -(s**2) * (max(one) - math.log(K))]
        width = 10 * s**2 * (1 + abs(math.log(s)) + math.log(K))
        assert bounds[0] - width < exponent < bounds[1] + width
    assert not abs(2 * exponent - bounds[0]) < width  # negative control: a factor two is seen


def test_it_is_zero_where_a_mean_is_not_decoded_and_exact_on_rationals():
    M = np.array([[1.0, -1.0]])
    assert beta(M.T, M, np.array([0.0, 5.0])) == 0
    assert beta(np.ones((2, 1)), M, np.zeros(2)) == 0
    exact = RATIONAL.asarray([[1, -1, 0]])
    assert error_exponent(exact.T, exact, RATIONAL.zeros((3,)), RATIONAL).item() == 0
    tilted = RATIONAL.asarray([[2, -2, 0]])
    value = error_exponent(tilted.T, exact, RATIONAL.asarray([-1, -1, 0]), RATIONAL)
    assert value.item() * 8 == 1


@pytest.mark.parametrize(("K", "d"), KNOWN)
def test_the_known_optimum_is_attained(K, d):
    M = packed_means(K, d)
    assert M.shape == (d, K)
    assert (M**2).sum(axis=0).max() <= 1 + 1e-15
    assert math.isclose(nearest_mean(M), optimal_error_exponent(K, d).upper, rel_tol=1e-12)


@pytest.mark.parametrize(("K", "d"), [*KNOWN[::4], (8, 2), (9, 2), *OPEN[::5]])
def test_descent_finds_nothing_beyond_the_bounds(K, d):
    best, found = optimal_error_exponent(K, d), packed_by_descent(K, d) / 8
    assert found <= best.upper * (1 + 1e-9)
    if best.is_known:
        assert found >= best.upper * 0.97


@pytest.mark.parametrize(("K", "d"), OPEN)
def test_bounds_are_in_order_and_configurations_attain_the_lower_one(K, d):
    best = optimal_error_exponent(K, d)
    assert 0 < best.lower < best.upper <= 0.25
    try:
        M = packed_means(K, d)
    except ValueError:
        assert "covers" in best.reason
    else:
        assert (M**2).sum(axis=0).max() <= 1 + 1e-15
        assert nearest_mean(M) >= best.lower * (1 - 1e-12)


def test_more_classes_are_no_easier_and_more_dimensions_no_harder():
    for K, d in itertools.product(range(2, 14), range(1, 6)):
        here = optimal_error_exponent(K, d)
        assert optimal_error_exponent(K + 1, d).lower <= here.upper
        assert optimal_error_exponent(K, d + 1).upper >= here.lower
        assert here.upper <= K / (4 * (K - 1)) + 1e-15


def test_one_class_more_than_the_kissing_number_has_an_eighth():
    for d, tau in KISSING.items():
        assert optimal_error_exponent(tau + 1, d).upper == 0.125
        assert optimal_error_exponent(tau + 1, d).is_known
        if d > 2:
            assert not optimal_error_exponent(tau + 2, d).is_known
