"""The regularised optimum: stationary in balls, minimal beside descent, exact on the threshold."""

import math
from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
from flint import arb, fmpq

from ncverify.numbers.ball import precision
from ncverify.optima import (
    certify_regularised,
    minimise_regularised,
    regularised_optimum,
    zero_is_optimal,
    zero_threshold,
)
from ncverify.optima.reals import exact
from ncverify.optima.regularised import gap_ball, value_ball
from tests.optima import settings


def agrees(value, reference, within):
    return abs(value - reference) <= within * max(abs(reference), 1e-300)


def nearest(value, reference):
    return abs(value - reference) <= mpmath.mpf(math.ulp(value)) * 0.501


def textbook(K, n, lambda_W, lambda_H):
    """Value and |W|^2 in 700 digits, by the formulas as a reader would write them down."""
    with mpmath.workdps(700):
        w, h = (mpmath.mpf(Fraction(x).numerator) / Fraction(x).denominator for x in (lambda_W, lambda_H))
        s = mpmath.sqrt(n * w * h)
        if K * s >= 1:
            return mpmath.log(K), mpmath.mpf(0)
        c = mpmath.log(1 / s - (K - 1))
        return -mpmath.log(1 - (K - 1) * s) + (K - 1) * s * c, mpmath.sqrt(n * h / w) * (K - 1) * c


@pytest.mark.slow
@pytest.mark.parametrize("block", range(3))
def test_descent_ends_at_the_closed_form(block):
    for K, n, lambda_W, lambda_H in settings.regularised(80, seed=block):
        best = regularised_optimum(K, n, lambda_W, lambda_H)
        found = minimise_regularised([n] * K, lambda_W, lambda_H, 0.3, seed=block)
        assert agrees(found.value, best.value, 1e-8), (K, n, lambda_W, lambda_H)
        for square, own in ((np.sum(found.W**2), best.classifier_squared_norm),
                            (n * np.sum(found.H**2), best.feature_squared_norm)):  # fmt: skip
            scale = math.sqrt(n * max(lambda_W / lambda_H, lambda_H / lambda_W))
            assert abs(square - own) <= 1e-4 * (own + scale * (1 if best.is_zero else 0.01)), (K, n, lambda_W, lambda_H)


@pytest.mark.parametrize("block", range(2))
def test_certified_bounds_enclose_the_closed_form(block):
    for K, n, lambda_W, lambda_H in settings.regularised(40, seed=10 + block):
        best = regularised_optimum(K, n, lambda_W, lambda_H)
        found = minimise_regularised([n] * K, lambda_W, lambda_H, 0.0)
        bounds = certify_regularised([n] * K, lambda_W, lambda_H, 0.0, found.W, found.H, found.b)
        assert bounds.lower <= math.nextafter(best.value, math.inf)
        assert math.nextafter(best.value, 0) <= bounds.upper
        assert bounds.gap < 1e-6


def point(K, n, w, h, factor=1):
    """The minimiser in K dimensions as balls: W = a (I - J/K), H = a' (I - J/K) Y; logits are factor times its own."""
    c = gap_ball(K, n, w, h) * factor
    a = (arb(n * h / w).sqrt() * c).sqrt()
    return a, a * arb(w / (n * h)).sqrt(), c


def gradient(K, n, w, h, factor=1):
    """The derivatives of f along W and H at the point, in units of I - J/K; zero if and only if it is stationary.

    P - Y = sigma' (1 1' - K Y) with sigma' = 1/(e^c + K-1), so that G = -(K sigma'/(K n)) (I - J/K) Y.
    """
    a, a2, c = point(K, n, w, h, factor)
    G = -1 / (c.exp() + K - 1) / n
    return [G * n * a2 + w * a, a * G + h * a2]


@pytest.mark.parametrize(("K", "n"), [(2, 1), (2, 7), (3, 1), (5, 4), (10, 3)])
def test_the_point_is_stationary_and_has_the_value_in_balls(K, n):
    for w, h in (
        (fmpq(1, 1000), fmpq(1, 3000)),
        (fmpq(1, 10**6), fmpq(2, K * K * 10)),
        (fmpq(1, 99 * n), fmpq(1, K * K)),
    ):
        with precision(256):
            residual = gradient(K, n, w, h)
            assert all(part.contains(0) and part.rad() < arb(2) ** -200 for part in residual)
            _, _, c = point(K, n, w, h)
            norm = arb(n * h / w).sqrt() * (K - 1) * c
            direct = ((K - 1) * (-c).exp()).log1p() + (w * norm + h * norm * w / h) / 2
            assert (direct - value_ball(K, n, w, h)).contains(0)
            wrong = gradient(K, n, w, h, factor=fmpq(101, 100))
            assert not any(part.contains(0) for part in wrong)


def test_floats_are_the_closed_form_rounded_once():
    extremes = [(2, 1, 5e-324, 5e-324), (2, 1, 1e-300, 1e-5), (3, 10**6, 1e-200, 1e-150), (1000, 1, 1e-12, 1e-3)]
    near = [
        (3, 1, math.nextafter(1 / 3, 0), 1 / 3),
        (2, 4, 0.25, math.nextafter(0.25, 0)),
        (5, 7, 1e-9, 1e9 / 175 * 0.97),
    ]
    for K, n, lambda_W, lambda_H in [*extremes, *near, *settings.regularised(100, seed=5)]:
        best, (value, norm) = regularised_optimum(K, n, lambda_W, lambda_H), textbook(K, n, lambda_W, lambda_H)
        assert nearest(best.value, value), (K, n, lambda_W, lambda_H)
        assert nearest(best.classifier_squared_norm, norm), (K, n, lambda_W, lambda_H)
        assert not nearest(best.value + 2 * math.ulp(best.value), value)


def test_on_the_threshold_zero_is_optimal_and_the_slightest_below_it_is_not():
    for K, n, lambda_W, lambda_H in settings.on_thresholds():
        assert zero_threshold(K, n) == Fraction(lambda_W) * lambda_H
        assert zero_is_optimal(K, n, lambda_W, lambda_H)
        best = regularised_optimum(K, n, lambda_W, lambda_H)
        assert best.is_zero
        assert nearest(best.value, mpmath.log(K))
        assert best.classifier_squared_norm == best.logit_gap == 0
        assert not zero_is_optimal(K, n, lambda_W, lambda_H * (1 - Fraction(1, 10**40)))
        below = regularised_optimum(K, n, lambda_W, lambda_H * (1 - Fraction(1, 10**40)))
        assert math.isclose(below.logit_gap, K / 2 * 1e-40, rel_tol=1e-12)
        assert not below.is_zero


@pytest.mark.parametrize(("K", "n"), [(2, 1), (3, 2), (4, 1), (5, 3)])
@pytest.mark.parametrize("lambda_b", [0.0, 0.5])
def test_three_per_cent_beside_the_threshold_descent_ends_at_zero_or_not(K, n, lambda_b):
    product = float(zero_threshold(K, n))
    for apart in (0.01, 1.0, 100.0):
        weights = [(math.sqrt(product * f) * apart, math.sqrt(product * f) / apart) for f in (0.97, 1.03)]
        below, above = (minimise_regularised([n] * K, *pair, lambda_b) for pair in weights)
        assert below.value < math.log(K) - 1e-5
        assert abs(above.value - math.log(K)) < 1e-9
        assert np.abs(above.W @ above.H).max() < 1e-8
        assert [zero_is_optimal(K, n, *pair) for pair in weights] == [False, True]


def test_huge_weights_and_numbers_beyond_floats():
    best = regularised_optimum(2, 1, 10**400, Fraction(1, 10**800))
    assert (best.is_zero, best.classifier_squared_norm, best.feature_squared_norm) == (False, 0.0, math.inf)
    assert regularised_optimum(2, 1, 1e308, 1e308).value == math.log(2)


@pytest.mark.parametrize("bad", [0, -1.0, math.nan, math.inf, Fraction(-1, 3), np.float64(0)])
def test_weights_out_of_range_are_refused_by_name(bad):
    for call in (regularised_optimum, zero_is_optimal):
        with pytest.raises(ValueError, match=r"lambda_H: expected a finite number > 0"):
            call(3, 1, 0.1, bad)
        with pytest.raises(ValueError, match=r"lambda_W: expected a finite number > 0"):
            call(3, 1, bad, 0.1)


@pytest.mark.parametrize("bad", [None, "1/9", True, 1j, [0.1], np.ones(2)])
def test_other_kinds_are_refused_by_name(bad):
    with pytest.raises(TypeError, match="lambda_W: expected a finite number > 0"):
        regularised_optimum(3, 1, bad, 0.1)


def test_sizes_are_refused_by_name():
    with pytest.raises(ValueError, match="K: expected K >= 2"):
        regularised_optimum(1, 1, 0.1, 0.1)
    with pytest.raises(ValueError, match="n: expected n >= 1"):
        zero_threshold(2, 0)


def test_arguments_are_read_exactly():
    assert exact("x", 0.1) == fmpq(*(0.1).as_integer_ratio()) != fmpq(1, 10)
    assert exact("x", np.float32(0.5)) == exact("x", Fraction(1, 2)) == fmpq(1, 2)
    assert exact("x", 0, least=0) == 0
    assert flint.ctx.prec == 53
