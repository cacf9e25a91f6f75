"""Where minority classifiers merge: the closed forms beside descent, 3 % below and above, and on the thresholds."""

import itertools
import math
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from flint import arb, fmpq

from ncverify.literature.fang_2021.minority import curve as angle
from ncverify.numbers.ball import BALL, precision
from ncverify.optima import (
    layer_peeled_merging_energy,
    layer_peeled_merging_ratio,
    layer_peeled_minority_merges,
    minimise_layer_peeled,
    minimise_regularised,
    regularised_contrast,
    regularised_merging_ratio,
    regularised_merging_weight,
    regularised_minority_merges,
)
from ncverify.optima.minority import _Curve
from tests.optima import settings

LARGE = 10**6  # samples of a minority class, so that ratios are nearly continuous


def disagreements(KA, KB, T, factors):
    """Whether descent splits the minority where n_A/n_B is R0 times a factor."""
    E, K = T / (KA + KB), KA + KB
    ratio = layer_peeled_merging_ratio(KA, KB, E, E).ratio
    for factor in factors:
        n_A = round(factor * ratio * LARGE)
        found = minimise_layer_peeled([n_A] * KA + [LARGE] * KB, E, E)
        yield found.contrast(range(KA, K)) > 1e-5, layer_peeled_minority_merges(KA, KB, n_A, LARGE, E, E)


@pytest.mark.parametrize("block", range(4))
def test_three_per_cent_beside_the_ratio_descent_splits_or_merges_the_minority(block):
    for KA, KB, T in settings.minorities(15, seed=block):
        assert list(disagreements(KA, KB, T, (0.97, 1.03))) == [(True, False), (False, True)], (KA, KB, T)


def test_another_ratio_would_be_noticed():
    wrong = [next(disagreements(2, 2, T, (1.06 * 0.97,))) for T in (1.0, 2.0, 4.0)]
    assert all(split is False for split, _ in wrong)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(4))
def test_in_the_regularised_model_too_and_the_contrast_is_the_stated_one(block):
    rng = np.random.default_rng(block)
    for _ in range(15):
        KA, KB, n_B = int(rng.integers(1, 4)), int(rng.integers(2, 4)), int(rng.integers(1, 50))
        n_A, apart, beta = (
            int(n_B * rng.uniform(1, 30)),
            float(10 ** rng.uniform(-1, 1)),
            float(rng.choice([0.0, 0.1, 5.0])),
        )
        N = KA * n_A + KB * n_B
        for factor in (0.3, 0.97, 1.03):
            weight = float(regularised_merging_weight(N, n_B)) * factor
            pair = (math.sqrt(weight) * apart, math.sqrt(weight) / apart)
            found = minimise_regularised([n_A] * KA + [n_B] * KB, *pair, beta)
            contrast = found.contrast(range(KA, KA + KB))
            assert abs(contrast - regularised_contrast(N, n_B, *pair)) < 1e-4, (KA, KB, n_A, n_B, factor)
            assert regularised_minority_merges(N, n_B, *pair) is (factor > 1)
            assert (contrast > 1e-3) is (factor < 1)


def test_the_regularised_threshold_is_decided_exactly():
    for KA, KB, n_A, n_B in itertools.product((1, 3), (2, 5), (1, 10, 10**6), (1, 7)):
        N = KA * n_A + KB * n_B
        weight = regularised_merging_weight(N, n_B)
        for lambda_W in (Fraction(1, 3), 2.0**-600, 1.0):
            on = weight / Fraction(lambda_W)
            assert regularised_minority_merges(N, n_B, lambda_W, on)
            assert not regularised_minority_merges(N, n_B, lambda_W, on * (1 - Fraction(1, 10**50)))
            assert regularised_contrast(N, n_B, lambda_W, on) == 0.0
            assert 0 < regularised_contrast(N, n_B, lambda_W, on * (1 - Fraction(1, 10**50))) < 1e-49
            assert math.isclose(regularised_merging_ratio(KA, KB, n_B, lambda_W, on), n_A / n_B, rel_tol=1e-15)


def test_a_minority_that_always_merges_has_the_ratio_zero():
    assert regularised_merging_ratio(2, 2, 1, 0.5, 0.5) == 0.0
    assert regularised_merging_ratio(2, 2, 1, 0.25, 1.0) == 0.0
    assert regularised_merging_ratio(1, 2, 1, 0.125, 0.125) == 6.0


@pytest.mark.slow
def test_energy_and_ratio_are_inverse_to_each_other():
    for KA, KB, T in settings.minorities(60, seed=9):
        E = T / (KA + KB)
        n_A = round(layer_peeled_merging_ratio(KA, KB, E, E).ratio * 10**6)
        assert math.isclose(layer_peeled_merging_energy(KA, KB, n_A, 10**6), E * E, rel_tol=1e-4)
    assert layer_peeled_merging_energy(2, 2, 5, 5) == layer_peeled_merging_energy(2, 2, 4, 5) == 0.0


@pytest.mark.parametrize("bounds", [(1e-300, 1.0), (1e-20, 1e-3), (1e3, 1e3), (1e300, 1e300), (1e-300, 1e-300)])
@pytest.mark.parametrize(("KA", "KB"), [(1, 2), (2, 2), (50, 3), (1, 100)])
def test_extreme_energies_have_a_ratio(KA, KB, bounds):
    found = layer_peeled_merging_ratio(KA, KB, *bounds)
    assert found.ratio >= 1
    assert 0 < found.logarithm < math.inf
    assert found.ratio == math.inf or math.isclose(math.log(found.ratio), found.logarithm, rel_tol=1e-12, abs_tol=1e-15)
    more = layer_peeled_merging_ratio(KA, KB, bounds[0] * 4, bounds[1])
    assert more.logarithm > found.logarithm
    assert more.gap > found.gap


def test_equal_or_reversed_sizes_never_merge_in_the_layer_peeled_model():
    for n_A, n_B in ((1, 1), (1, 2), (10, 10**6)):
        assert layer_peeled_minority_merges(2, 2, n_A, n_B, 1e-100, 1e-100) is False
        found = minimise_layer_peeled([n_A] * 2 + [n_B] * 2, 0.3, 0.3)
        assert found.contrast([2, 3]) > 1e-3


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: layer_peeled_merging_ratio(0, 2, 1.0, 1.0), "KA"),
        (lambda: layer_peeled_merging_ratio(1, 1, 1.0, 1.0), "KB"),
        (lambda: layer_peeled_merging_ratio(1, 2, -1.0, 1.0), "E_W"),
        (lambda: layer_peeled_minority_merges(1, 2, 0, 1, 1.0, 1.0), "n_A"),
        (lambda: layer_peeled_merging_energy(1, 2, 1, 0), "n_B"),
        (lambda: regularised_minority_merges(3, 2, 1.0, 1.0), "n_B"),
        (lambda: regularised_contrast(10, 1, 0.0, 1.0), "lambda_W"),
        (lambda: regularised_merging_ratio(1, 2, 1, 1.0, math.nan), "lambda_H"),
    ],
)
def test_arguments_out_of_range_are_refused_by_name(call, name):
    with pytest.raises(ValueError, match=rf"\b{name}\b.*expected"):
        call()


@pytest.mark.parametrize(("KA", "KB"), [(1, 2), (2, 3), (4, 2)])
def test_the_curve_over_the_gap_is_the_one_of_the_statement_over_the_angle(KA, KB):
    with precision(256):
        for t in (fmpq(1, 100), fmpq(1, 2), fmpq(3)):
            curve, K = _Curve(KA, KB, arb(t)), KA + KB
            sin = arb(K * KA).sqrt() / (KB * arb(t).exp() + KA)
            other = angle(SimpleNamespace(xp=BALL, KA=KA, KB=KB), BALL.asarray([sin * sin * K / KA])[0])
            assert abs(curve.T - other["tau"].item()) < 1e-60
            assert abs(curve.log_R0 - other["R0"].item().log()) < 1e-60
            assert abs(_Curve(KA, KB, arb(t) * fmpq(1001, 1000)).T - other["tau"].item()) > 1e-6


def test_along_the_curve_energy_and_ratio_grow_from_zero_and_one():
    for KA, KB in itertools.product((1, 2, 7), (2, 3, 20)):
        with precision(512):
            curves = [_Curve(KA, KB, arb(2) ** power) for power in range(-60, 7)]
            assert all(a.T < b.T and a.log_R0 < b.log_R0 for a, b in itertools.pairwise(curves))
            assert 0 < curves[0].T < 1e-10
            assert 0 < curves[0].log_R0 < 1e-10
