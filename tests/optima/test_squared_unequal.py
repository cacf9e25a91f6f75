"""The squared loss with a free bias and unequal classes: against descent, equal classes, and the exact threshold."""

from fractions import Fraction

import numpy as np
import pytest

from ncverify.optima import squared_bias_optimum, squared_free_bias_optimum
from tests.optima.squared_descent import least


def settings(count, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        K = int(rng.integers(2, 5))
        yield [int(n) for n in rng.integers(1, 6, K)], *map(float, 10 ** rng.uniform(-2.5, -0.3, 2))


@pytest.mark.parametrize(("class_sizes", "w", "h"), [*settings(40)])
def test_no_descent_is_lower_and_some_come_to_it(class_sizes, w, h):
    rng = np.random.default_rng(1)
    for d in (len(class_sizes), 1):
        found = least(class_sizes, [w, h], d, rng, lambda_b=0.0)
        assert squared_free_bias_optimum(class_sizes, w, h, d).value == pytest.approx(found, rel=1e-9)


def objective(best, class_sizes, w, h):
    """f at W, H = M Y and b with the Gram matrices of the optimum."""
    n = np.array(class_sizes)
    fit = best.logits - np.eye(len(n))
    decay = w * np.trace(best.classifier_gram) + h * (n * np.diag(best.mean_gram)).sum()
    return ((n * (fit**2).sum(axis=0)).sum() / n.sum() + decay) / 2


@pytest.mark.parametrize(
    ("class_sizes", "w", "h"), [*settings(40, 2), ([50, 1], 1e-3, 1e-2), ([1000, 3, 1], 1e-9, 1e-6)]
)
def test_the_gram_matrices_have_the_value(class_sizes, w, h):
    best = squared_free_bias_optimum(class_sizes, w, h)
    assert objective(best, class_sizes, w, h) == pytest.approx(best.value, rel=1e-10)
    n = np.array(class_sizes)
    assert np.abs(best.mean_gram @ n).max() <= 1e-12 * np.abs(best.mean_gram).max() * n.sum()  # features have mean zero
    assert best.bias.tolist() == (n / n.sum()).tolist()


@pytest.mark.parametrize("lam", [0.02, 0.1, 0.2, 0.5])
def test_equal_classes_are_the_simplex(lam):
    one, other = squared_free_bias_optimum([3, 3, 3], lam, lam), squared_bias_optimum(3, 3, lam, lam)
    assert (one.value, one.is_zero) == (pytest.approx(other.value, rel=1e-14), other.is_zero)
    assert one.classifier_gram[0, :2] == pytest.approx(other.classifier_gram, abs=1e-14)
    assert one.mean_gram[0, :2] == pytest.approx(other.mean_gram, abs=1e-14)


@pytest.mark.parametrize("class_sizes", [[1, 1], [4, 4, 4], [1, 1, 1, 1]])
def test_the_threshold_is_exact(class_sizes):
    """Equal classes: zero is optimal from N^2 lambda_W lambda_H = n on."""
    N, n = sum(class_sizes), class_sizes[0]
    at = Fraction(n, N * N)
    assert squared_free_bias_optimum(class_sizes, at, Fraction(1)).is_zero
    assert not squared_free_bias_optimum(class_sizes, at * (1 - Fraction(1, 10**30)), Fraction(1)).is_zero


@pytest.mark.parametrize("class_sizes", [[3, 1], [5, 2, 2], [7, 7, 1], [50, 1], [9, 4, 3, 1]])
@pytest.mark.parametrize("factor", [0.97, 1.03])
def test_three_per_cent_beside_the_threshold(class_sizes, factor):
    n, N = np.array(class_sizes, dtype=float), sum(class_sizes)
    top = np.linalg.eigvalsh(np.diag(n) - np.outer(n, n) / N)[-1]
    best = squared_free_bias_optimum(class_sizes, factor**2 * top / N**2, 1.0)
    assert best.is_zero is (factor > 1)
    assert bool((best.classifier_gram == 0).all()) is (factor > 1)
