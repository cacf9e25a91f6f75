"""The optimum of the squared loss without bias: stationary exactly, minimal beside descent, exact on thresholds."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from ncverify.literature.tirer_bruna_2022.relu import POINTS, SHARED, SIGNS
from ncverify.optima import squared_optimum, squared_relu_bounds, squared_zero_threshold
from tests.optima.squared_descent import least, one_hot, value_and_slopes


def settings(count, seed, factors, equal=False):
    """(class sizes, weights, d): thresholds between a few per cent and several times; d below, at and above K."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        K = int(rng.integers(2, 5))
        class_sizes = [int(rng.integers(1, 4))] * K if equal else [int(n) for n in rng.integers(1, 6, K)]
        N, n = sum(class_sizes), float(np.mean(class_sizes))
        q = 10 ** rng.uniform(-1.5, 0.3) * float(squared_zero_threshold(factors)) ** (1 / factors)
        apart = 10 ** rng.uniform(-0.7, 0.7, factors)
        weights = q * n ** (1 - 1 / factors) / N * apart / np.prod(apart) ** (1 / factors)
        yield class_sizes, [float(w) for w in weights], int(rng.integers(max(1, K - 2), K + 2))


@pytest.mark.slow
@pytest.mark.parametrize(("factors", "count"), [(2, 120), (3, 60), (4, 20)])
@pytest.mark.parametrize("equal", [True, False])
def test_descent_ends_at_the_closed_form(factors, count, equal):
    rng = np.random.default_rng(factors)
    for class_sizes, weights, d in settings(count, factors, factors, equal):
        best = squared_optimum(class_sizes, weights, d)
        order = sorted(class_sizes, reverse=True)
        found = least(order, weights, d, rng)  # the largest classes first, where the start has its d units
        assert abs(found - best.value) <= 1e-7 * best.value, (class_sizes, weights, d)


def test_a_wrong_closed_form_is_told_by_descent():
    """Control of the test above: one per cent more weight decay moves the value by more than descent is off."""
    rng = np.random.default_rng(0)
    for class_sizes, weights, d in settings(10, 2, 2):
        best = squared_optimum(class_sizes, [1.01 * w for w in weights], d)
        if best.value < 0.49:
            assert abs(least(class_sizes, weights, max(d, len(class_sizes)), rng) - best.value) > 1e-6


@pytest.mark.parametrize("factors", [2, 3, 5])
def test_norms_strengths_and_value_belong_to_one_stationary_point(factors):
    for class_sizes, weights, _ in settings(60, 10 + factors, factors):
        best = squared_optimum(class_sizes, weights)
        K, Y = len(class_sizes), one_hot(class_sizes)
        energies = [weights[0] * w for w in best.classifier_squared_norms]
        layers = [np.diag([math.sqrt(e / weight) for e in energies]) for weight in weights[:-1]]
        layers.append(np.diag(np.sqrt(best.mean_squared_norms)) @ Y)
        product = np.linalg.multi_dot(layers) if len(layers) > 1 else layers[0]
        assert np.allclose(product, np.diag(best.strengths) @ Y, rtol=1e-12, atol=1e-14)
        f, slopes, _ = value_and_slopes(layers, np.zeros(K), Y, weights, 0.0)
        assert math.isclose(f, best.value, rel_tol=1e-12)
        assert max(np.abs(slope).max() for slope in slopes) < 1e-12
        for layer, square in zip(layers, best.layer_squared_norms, strict=True):
            assert math.isclose(np.sum(layer**2), square, rel_tol=1e-12, abs_tol=1e-300)


def textbook(class_sizes, weights):
    """The value in many digits, for two factors, as a reader would write it down."""
    with mpmath.workdps(700):
        w, h = (mpmath.mpf(Fraction(x).numerator) / Fraction(x).denominator for x in weights)
        N = sum(class_sizes)
        t = N * mpmath.sqrt(w * h)
        roots = [mpmath.sqrt(n) for n in class_sizes]
        return sum(r * r / 2 if r <= t else t * r - t * t / 2 for r in roots) / N


def test_floats_are_the_closed_form_rounded_once():
    extremes = [
        ([50, 1], [1e-3, 1e-3]),
        ([50, 1], [5e-324, 1e-3]),
        ([1, 1], [1e-300, 1e299]),
        ([10**6, 3, 1], [1e-9, 1e-2]),
    ]
    for class_sizes, weights in [*extremes, *((s, w) for s, w, _ in settings(60, 5, 2))]:
        value = squared_optimum(class_sizes, weights).value
        assert abs(value - textbook(class_sizes, weights)) <= mpmath.mpf(math.ulp(value)) * 0.501


def test_the_root_of_three_factors_is_known_in_closed_form_where_it_is_rational():
    for x in (Fraction(3, 5), Fraction(27, 50), Fraction(999, 1000), 1 - Fraction(1, 10**30)):
        weights = [Fraction(1, 7), Fraction(1, 3), 21 * x * (1 - x) ** 3 / (27 * 2)]  # K = 3, n = 2: q^3 = x (1-x)^3
        best = squared_optimum([2] * 3, weights)
        assert best.strengths == (float(x),) * 3
        assert best.value == float((1 - x) * (1 + 2 * x) / 2)
        assert best.layer_squared_norms[0] == float(7 * x * (1 - x))
        assert best.mean_squared_norms[0] == float(x * (1 - x) / (6 * weights[2]))


def test_where_everything_is_rational_the_optimum_is_that_of_fractions():
    """n = 9, 4, 1 and t = N sqrt(lambda_W lambda_H) = 1/2, 1, 2: x_k = (1 - t/sqrt n_k)_+, two on their threshold."""
    for t in (Fraction(1, 2), Fraction(1), Fraction(2)):
        best = squared_optimum([9, 4, 1], [t / 7, t / 28])
        shrunk = [max(Fraction(0), 1 - t / root) for root in (3, 2, 1)]
        assert best.strengths == tuple(map(float, shrunk))
        rows = [x * root / 2 for x, root in zip(shrunk, (3, 2, 1), strict=True)]  # sqrt(lambda_H/lambda_W) = 1/2
        means = [2 * x / root for x, root in zip(shrunk, (3, 2, 1), strict=True)]
        assert best.classifier_squared_norms == tuple(map(float, rows))
        assert best.mean_squared_norms == tuple(map(float, means))
        decay = t / 7 * sum(rows) + t / 28 * sum(n * m for n, m in zip((9, 4, 1), means, strict=True))
        loss = sum(n * (1 - x) ** 2 for n, x in zip((9, 4, 1), shrunk, strict=True)) / Fraction(14)
        assert best.value == float((loss + decay) / 2)


@pytest.mark.parametrize("factors", [3, 4, 6])
def test_strengths_are_next_to_the_exact_root(factors):
    for class_sizes, weights, _ in settings(60, 20 + factors, factors):
        best, N = squared_optimum(class_sizes, weights), sum(class_sizes)
        for n, x in zip(class_sizes, best.strengths, strict=True):
            Q = math.prod(Fraction(w) * N / n for w in weights) * n
            below, above = (
                (1 - y) ** factors * y ** (factors - 2) > Q
                for y in (Fraction(x) - Fraction(math.ulp(x)), Fraction(x) + Fraction(math.ulp(x)))
            )
            if x:
                assert below
                assert not above
            else:
                assert squared_zero_threshold(factors) <= Q


@pytest.mark.parametrize("factors", [2, 3, 4, 7])
@pytest.mark.parametrize("class_sizes", [[1, 1], [3, 3, 3], [50, 1]])
def test_on_the_threshold_zero_is_optimal_and_the_slightest_below_it_is_not(factors, class_sizes):
    n, N = max(class_sizes), sum(class_sizes)
    product = squared_zero_threshold(factors) * Fraction(n ** (factors - 1), N**factors)
    weights = [Fraction(1, 5 + j) for j in range(factors - 1)]
    last = product / math.prod(weights)
    on = squared_optimum(class_sizes, [*weights, last])
    assert (on.value, on.is_zero, on.is_unique) == (0.5, True, factors == 2)
    assert not any(on.strengths)
    below = squared_optimum(class_sizes, [*weights, last * (1 - Fraction(1, 10**40))])
    assert (below.is_zero, below.is_unique) == (False, True)
    assert math.isclose(max(below.strengths), (factors - 2) / (factors - 1), abs_tol=1e-39, rel_tol=1e-12)
    assert squared_optimum(class_sizes, [*weights, last * (1 + Fraction(1, 10**40))]).is_zero


@pytest.mark.parametrize("factors", [2, 3])
def test_three_per_cent_beside_the_threshold_descent_ends_at_zero_or_not(factors):
    rng = np.random.default_rng(1)
    for class_sizes in ([1, 1], [2, 2, 2], [50, 1]):
        n, N = max(class_sizes), sum(class_sizes)
        scale = float(squared_zero_threshold(factors)) ** (1 / factors) * n ** (1 - 1 / factors) / N
        for f in (0.97, 1.03):
            best = squared_optimum(class_sizes, [scale * f] * factors)
            assert best.is_zero == (f > 1)
            found = least(class_sizes, [scale * f] * factors, len(class_sizes), rng, starts=6)
            assert abs(found - best.value) < 1e-8
            assert (found < 0.5 - 1e-5) == (f < 1)


def test_in_too_few_dimensions_the_largest_classes_are_kept():
    best = squared_optimum([1, 5, 3], [0.01, 0.01], 2)
    assert [x > 0 for x in best.strengths] == [False, True, True]
    assert best.is_unique
    assert not squared_optimum([3, 5, 3], [0.01, 0.01], 2).is_unique
    assert squared_optimum([3, 5, 3], [0.01, 0.01]).is_unique


@pytest.mark.slow
def test_two_classes_with_a_relu_have_the_value_of_the_linear_model_and_no_point_is_below_the_lower_bound():
    rng = np.random.default_rng(3)
    for class_sizes, weights, d in settings(25, 7, 3, equal=True):
        K, n = len(class_sizes), class_sizes[0]
        bounds = squared_relu_bounds(K, n, weights)
        found = least(class_sizes, weights, max(d, K), rng, starts=6, relu=True)
        assert found >= bounds.lower * (1 - 1e-9)
        if K == 2:
            assert bounds.lower == bounds.upper == squared_optimum(class_sizes, weights).value
            assert found <= bounds.upper * (1 + 1e-6)


@pytest.mark.parametrize("x", [0.51, 0.75, 0.99])
def test_fifteen_classes_with_a_relu_have_a_point_between_the_two_bounds(x):
    """The pairs of six points as classes, their 3-sets as units: W relu(V H) = 72 w Y."""
    first = np.vstack([np.array(SIGNS, dtype=float).T, np.zeros((14, 20))]).T
    layers = [x / 72 * np.array(SHARED), first, np.vstack([np.array(POINTS), np.zeros((14, 15))])]
    weights = [x * (1 - x) / np.sum(layer**2) for layer in layers]
    f = value_and_slopes(layers, np.zeros(15), one_hot([1] * 15), weights, 0.0, relu=True)[0]
    bounds = squared_relu_bounds(15, 1, weights)
    assert bounds.lower < f < bounds.upper - 1e-3 * (1 - x)
    linear = value_and_slopes(layers, np.zeros(15), one_hot([1] * 15), weights, 0.0)[0]
    assert linear > bounds.upper


@pytest.mark.parametrize("bad", [0, -1.0, math.nan, math.inf])
def test_weights_out_of_range_are_refused_by_name(bad):
    with pytest.raises(ValueError, match=r"weights\[1\]: expected a finite number > 0"):
        squared_optimum([1, 1], [0.1, bad])


def test_what_does_not_fit_is_refused_by_name():
    with pytest.raises(ValueError, match="class_sizes: expected at least two classes"):
        squared_optimum([3], [0.1, 0.1])
    with pytest.raises(ValueError, match="weights: expected two or more numbers"):
        squared_optimum([3, 1], [0.1])
    with pytest.raises(TypeError, match="weights: expected a sequence"):
        squared_optimum([3, 1], 0.1)
    with pytest.raises(ValueError, match="weights: expected 3 numbers"):
        squared_relu_bounds(2, 1, [0.1, 0.1])
    with pytest.raises(ValueError, match="d: expected d >= 1"):
        squared_optimum([3, 1], [0.1, 0.1], 0)
