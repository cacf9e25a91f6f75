"""The layer-peeled optimum: its value beside descent, certified bounds, the relaxation and a text-book formula."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from ncverify.optima import (
    certify_layer_peeled,
    layer_peeled_optimum,
    layer_peeled_relaxation,
    minimise_layer_peeled,
)
from tests.optima import settings


def textbook(K, E_W, E_H):
    """The value in 700 digits."""
    with mpmath.workdps(700):
        product = Fraction(E_W) * Fraction(E_H)
        gap = K * mpmath.sqrt(mpmath.mpf(product.numerator) / product.denominator) / (K - 1)
        return mpmath.log1p((K - 1) * mpmath.exp(-gap)), gap


def nearest(value, reference):
    return abs(value - reference) <= mpmath.mpf(math.ulp(value)) * 0.501


@pytest.mark.parametrize("block", range(3))
def test_descent_ends_at_the_closed_form(block):
    for K, n, E_W, E_H in settings.layer_peeled(80, seed=block):
        best = layer_peeled_optimum(K, n, E_W, E_H)
        found = minimise_layer_peeled([n] * K, E_W, E_H, seed=block)
        assert abs(found.value - best.value) < 1e-8 * best.value + 1e-9, (K, n, E_W, E_H)
        gaps = np.diag(found.W @ found.H) - found.W @ found.H
        assert np.allclose(gaps[~np.eye(K, dtype=bool)], best.logit_gap, rtol=1e-3, atol=1e-3)
        assert math.isclose(np.sum(found.W**2), best.classifier_squared_norm, rel_tol=1e-12)
        assert math.isclose(n * np.sum(found.H**2), best.feature_squared_norm, rel_tol=1e-12)
        assert best.value * 0.999 < found.value < best.value * 1.001 + 1e-9


def test_certified_bounds_enclose_the_closed_form_and_no_other_formula():
    tight = 0
    for K, n, E_W, E_H in settings.layer_peeled(60, seed=10):
        best = layer_peeled_optimum(K, n, E_W, E_H)
        found = minimise_layer_peeled([n] * K, E_W, E_H)
        bounds = certify_layer_peeled([n] * K, E_W, E_H, found.W, found.H)
        assert bounds.lower <= math.nextafter(best.value, math.inf)
        assert math.nextafter(best.value, 0) <= bounds.upper
        assert bounds.gap < 1e-6
        other = math.log1p((K - 1) * math.exp(-math.sqrt(E_W * E_H)))  # without K/(K-1)
        tight += not bounds.lower <= other <= bounds.upper
    assert tight > 50


@pytest.mark.parametrize(("K", "E_W", "E_H"), [(2, 1.0, 1.0), (3, 0.5, 8.0), (4, 2.0, 0.1), (5, 3.0, 1.0)])
def test_the_relaxation_has_the_value_in_at_most_k_minus_one_dimensions(K, E_W, E_H):
    found = layer_peeled_relaxation([3] * K, E_W, E_H)
    assert abs(found.value - layer_peeled_optimum(K, 3, E_W, E_H).value) < 1e-7
    assert found.W.shape == (K, K - 1)
    assert found.H.shape == (K - 1, K)
    assert found.rank == K - 1
    assert found.X.shape == (2 * K - 1, 2 * K - 1)
    assert np.linalg.eigvalsh(found.X)[0] > -1e-8
    assert found.certificate.gap < 1e-6


@pytest.mark.parametrize("class_sizes", [[1, 1], [7, 1, 1], [30, 20, 1, 1], [100, 1, 1, 1]])
def test_unequal_classes_need_no_more_dimensions_and_collapsed_ones_fewer(class_sizes):
    found = layer_peeled_relaxation(class_sizes, 1.0, 1.0)
    descent = minimise_layer_peeled(class_sizes, 1.0, 1.0)
    assert abs(found.value - descent.value) < 1e-6
    assert found.rank <= len(class_sizes) - 1
    assert found.certificate.gap < 1e-6
    if class_sizes == [100, 1, 1, 1]:
        assert found.rank == 1


def test_floats_are_the_closed_form_rounded_once():
    extremes = [(2, 5e-324, 1.0), (2, 1e200, 1e-198), (3, 1e-300, 1e-300), (1000, 1e3, 1e3), (7, 40.0, 40.0)]
    for K, E_W, E_H in [*extremes, *((K, w, h) for K, _, w, h in settings.layer_peeled(100, seed=4))]:
        best, (value, gap) = layer_peeled_optimum(K, 3, E_W, E_H), textbook(K, E_W, E_H)
        assert nearest(best.value, value), (K, E_W, E_H)
        assert nearest(best.logit_gap, gap)
        assert not nearest(best.value + 2 * math.ulp(best.value), value)
    assert layer_peeled_optimum(2, 1, 1e150, 1e150).value == 0.0
    assert layer_peeled_optimum(2, 1, Fraction(1, 3), 3).logit_gap == 2.0


@pytest.mark.parametrize("bad", [0, -1.0, math.nan, math.inf])
def test_bounds_out_of_range_are_refused_by_name(bad):
    for call in (lambda w, h: layer_peeled_optimum(3, 1, w, h), lambda w, h: minimise_layer_peeled([1, 1], w, h)):
        with pytest.raises(ValueError, match=r"E_W: expected a finite number > 0"):
            call(bad, 1.0)
        with pytest.raises(ValueError, match=r"E_H: expected a finite number > 0"):
            call(1.0, bad)


def test_class_sizes_are_refused_by_name():
    for bad in ([3], [2, 0], []):
        with pytest.raises(ValueError, match="class_sizes: expected at least two classes"):
            minimise_layer_peeled(bad, 1.0, 1.0)
    with pytest.raises(TypeError, match="class_sizes"):
        certify_layer_peeled([1.5, 2], 1.0, 1.0, np.ones((2, 1)), np.ones((1, 2)))
