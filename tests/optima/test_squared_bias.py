"""The optimum of the squared loss with a bias: stationary, minimal beside descent, exact on both thresholds."""

import math
from fractions import Fraction

import numpy as np
import pytest

from ncverify.optima import squared_bias_optimum, squared_optimum
from tests.optima.squared_descent import least, one_hot, value_and_slopes


def settings(count, seed):
    """(K, n, weights, lambda_b, d)."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        K, n = int(rng.integers(2, 5)), int(rng.integers(1, 4))
        c, apart = 10 ** rng.uniform(-1.3, 0.2), 10 ** rng.uniform(-1, 1)
        weights = [float(c / K / np.sqrt(n) * apart), float(c / K / np.sqrt(n) / apart)]
        lambda_b = float(rng.choice([0.0, 10 ** rng.uniform(-2, 3), c / max(1e-3, 1 - c) if c < 1 else 1.0]))
        yield K, n, weights, lambda_b, int(rng.integers(K - 1, K + 2))


@pytest.mark.slow
@pytest.mark.parametrize("block", range(2))
def test_descent_ends_at_the_closed_form(block):
    rng = np.random.default_rng(block)
    for K, n, weights, lambda_b, d in settings(100, block):
        best = squared_bias_optimum(K, n, *weights, lambda_b, d)
        found = least([n] * K, weights, d, rng, starts=1, lambda_b=lambda_b)
        assert abs(found - best.value) <= 1e-7 * best.value + 1e-12, (K, n, weights, lambda_b, d)


def point(best, K, n):
    """A minimiser in K dimensions from the Gram matrices, which are multiples of each other."""
    common = np.ones((K, K)) / K
    total = (K - 1) * best.simplex_strength + best.common_strength
    root = math.sqrt(best.simplex_strength) * (np.eye(K) - common) + math.sqrt(best.common_strength) * common
    scale = [math.sqrt(K * gram[0] / total) if total else 0.0 for gram in (best.classifier_gram, best.mean_gram)]
    return scale[0] * root, scale[1] * root @ one_hot([n] * K), np.full(K, best.bias)


def test_grams_bias_and_value_belong_to_one_stationary_point():
    for K, n, weights, lambda_b, _ in settings(100, 9):
        best = squared_bias_optimum(K, n, *weights, lambda_b)
        W, H, b = point(best, K, n)
        assert np.allclose(
            W @ W.T, np.full((K, K), best.classifier_gram[1]) + np.eye(K) * np.subtract(*best.classifier_gram)
        )
        f, slopes, slope_b = value_and_slopes([W, H], b, one_hot([n] * K), weights, lambda_b)
        assert math.isclose(f, best.value, rel_tol=1e-12)
        assert max(np.abs(slope).max() for slope in (*slopes, slope_b)) < 1e-12
        product = best.simplex_strength * (np.eye(K) - 1 / K) + best.common_strength / K
        assert np.allclose(W @ H, product @ one_hot([n] * K), atol=1e-12)
        wrong = value_and_slopes([1.01 * W, H], b, one_hot([n] * K), weights, lambda_b)[1]
        assert best.is_zero or max(np.abs(slope).max() for slope in wrong) > 1e-6


def test_the_threshold_of_the_simplex_is_exact():
    """c = K sqrt(n lambda_W lambda_H) = 1/3 with K = 3, n = 4: a simplex up to lambda_b = c/(1-c) = 1/2."""
    weights = (Fraction(1, 18), Fraction(1, 18))
    on = squared_bias_optimum(3, 4, *weights, Fraction(1, 2))
    assert (on.is_simplex, on.common_strength, on.bias) == (True, 0.0, 2 / 9)
    assert on.simplex_strength == 2 / 3
    beyond = squared_bias_optimum(3, 4, *weights, Fraction(1, 2) + Fraction(1, 10**40))
    assert not beyond.is_simplex
    assert math.isclose(beyond.common_strength, Fraction(4, 3) / 10**40, rel_tol=1e-12)
    assert squared_bias_optimum(3, 4, *weights, Fraction(1, 2) + Fraction(1, 10**40), 2).is_simplex
    assert squared_bias_optimum(3, 4, *weights, 0).is_simplex


def test_a_huge_weight_of_the_bias_gives_the_model_without():
    for K, n, weights, _, _ in settings(20, 3):
        best, without = squared_bias_optimum(K, n, *weights, 1e25), squared_optimum([n] * K, weights)
        assert math.isclose(best.value, without.value, rel_tol=1e-12)
        assert math.isclose(best.classifier_gram[0], without.classifier_squared_norms[0], rel_tol=1e-12)
        assert abs(best.classifier_gram[1]) <= 1e-20 * max(1, best.classifier_gram[0])


@pytest.mark.parametrize("lambda_b", [0, 0.5, 1e12])
@pytest.mark.parametrize(("K", "n"), [(2, 1), (3, 2), (5, 7)])
def test_on_the_threshold_zero_is_optimal_and_the_slightest_below_it_is_not(K, n, lambda_b):
    last = Fraction(7, K * K * n)
    on = squared_bias_optimum(K, n, Fraction(1, 7), last, lambda_b)
    assert (on.is_zero, on.is_simplex, on.classifier_gram) == (True, False, (0.0, 0.0))
    below = squared_bias_optimum(K, n, Fraction(1, 7), last * (1 - Fraction(1, 10**40)), lambda_b)
    assert (below.is_zero, below.is_simplex) == (False, True)
    assert math.isclose(below.simplex_strength, 5e-41, rel_tol=1e-12)


def test_three_per_cent_beside_both_thresholds_descent_sees_the_difference():
    rng = np.random.default_rng(5)
    for f in (0.97, 1.03):
        best = squared_bias_optimum(3, 2, f / math.sqrt(18), f / math.sqrt(18))
        assert best.is_zero == (f > 1)
        assert abs(least([2] * 3, [f / math.sqrt(18)] * 2, 3, rng, lambda_b=0.0) - best.value) < 1e-10
        middle = squared_bias_optimum(3, 4, 1 / 18, 1 / 18, 0.5 * f)
        assert middle.is_simplex == (f < 1)
        assert abs(least([4] * 3, [1 / 18] * 2, 3, rng, lambda_b=0.5 * f) - middle.value) < 1e-10


def test_what_does_not_fit_is_refused_by_name():
    with pytest.raises(ValueError, match="lambda_b: expected a finite number >= 0"):
        squared_bias_optimum(2, 1, 0.1, 0.1, -1.0)
    with pytest.raises(ValueError, match="d: expected d >= K-1 = 2"):
        squared_bias_optimum(3, 1, 0.1, 0.1, 0.0, 1)
    with pytest.raises(TypeError, match="lambda_W: expected a finite number > 0"):
        squared_bias_optimum(3, 1, None, 0.1)
