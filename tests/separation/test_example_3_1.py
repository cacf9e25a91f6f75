"""Example 3.1 by routes that its statements do not take: finite differences, mpmath, the point that the curve meets."""

import mpmath
import numpy as np
import pytest

from ncverify.collapse import is_collapsed
from ncverify.literature.ulpm_2022 import example_3_1_proof
from ncverify.literature.ulpm_2022._example_3_1 import (
    ALONG_CURVE,
    acceleration,
    curve,
    kkt_point,
    loss_curvature,
    loss_slope,
    unscaled_curve,
    velocity,
)
from ncverify.literature.ulpm_2022._example_3_1 import multipliers as printed_multipliers
from ncverify.numbers import backend_namespace, to_numpy
from ncverify.numbers.rational import RATIONAL
from ncverify.separation import collapse_multipliers, is_kkt_point, multipliers, optimality_gap
from tests.separation.textbook import EXAMPLE_3_1, constraint_gradients

XP = backend_namespace("numpy")
ALPHAS = [-1.3, -0.5, -0.1, 0.0, 0.2, 0.5, 0.9, 2.0]


def loss(alpha):
    return float(curve(XP.asarray(alpha), XP).loss)


def at(alpha):
    """alpha as a point of the statements' space, in floats."""
    return ALONG_CURVE.point(alpha=alpha).map(to_numpy)


def f(alpha):
    """f of Appendix C."""
    a = (4 * alpha**2 - 2) / (1 + 2 * alpha**2)
    b = -4 * alpha**2 / (1 + 2 * alpha**2)
    return mpmath.exp(a) + 2 * mpmath.exp(b)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_velocity_and_acceleration_are_derivatives_of_the_curve(alpha):
    h = 1e-5
    before, here, after = (curve(XP.asarray(alpha + step), XP) for step in (-h, 0.0, h))
    v, a = velocity(XP.asarray(alpha), XP), acceleration(XP.asarray(alpha), XP)
    assert np.allclose((after.W - before.W) / (2 * h), v.W, atol=1e-8)
    assert np.allclose((after.H - 2 * here.H + before.H) / h**2, a.H, atol=1e-4)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_slope_and_curvature_are_derivatives_of_the_loss(alpha):
    h = 1e-4
    assert float(loss_slope(XP.asarray(alpha), XP)) == pytest.approx(
        (loss(alpha + h) - loss(alpha - h)) / (2 * h), abs=1e-6
    )
    second = (loss(alpha + h) - 2 * loss(alpha) + loss(alpha - h)) / h**2
    assert float(loss_curvature(XP.asarray(alpha), XP)) == pytest.approx(second, abs=1e-5)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_the_printed_derivatives_of_f_are_those_of_mpmath(alpha):
    with mpmath.workdps(40):
        first, second = mpmath.diff(f, mpmath.mpf(alpha)), mpmath.diff(f, mpmath.mpf(alpha), 2)
    assert float(example_3_1_proof.printed_slope(at(alpha))) == pytest.approx(float(first), rel=1e-12, abs=1e-12)
    assert float(example_3_1_proof.printed_curvature(at(alpha))) == pytest.approx(float(second), rel=1e-12, abs=1e-12)


def test_at_one_half_the_curve_is_collapsed_and_the_loss_has_a_minimum():
    p = unscaled_curve(RATIONAL.asarray(0.5), RATIONAL)
    assert is_collapsed(p)
    assert float(loss_slope(XP.asarray(0.5), XP)) == pytest.approx(0.0, abs=1e-12)
    assert float(loss_curvature(XP.asarray(0.5), XP)) > 0
    assert optimality_gap(curve(XP.asarray(0.5), XP)).relative < 1e-12


def test_the_printed_multipliers_satisfy_the_definition_exactly_and_others_do_not():
    assert is_kkt_point(kkt_point(RATIONAL), printed_multipliers(RATIONAL))
    assert not is_kkt_point(kkt_point(RATIONAL), collapse_multipliers(4, 1, RATIONAL))


def test_the_multipliers_are_unique_because_the_active_gradients_are_independent():
    p = kkt_point(XP)
    G, positions = constraint_gradients(p)
    active = [column for column, (j, c) in enumerate(positions) if abs(p.logit_differences[j, c] - 1) < 1e-9]
    assert len(active) == 8
    assert np.linalg.matrix_rank(G[:, active]) == 8
    assert np.linalg.matrix_rank(G) < 12


def test_the_solver_finds_the_printed_multipliers():
    found = multipliers(EXAMPLE_3_1)
    assert np.abs(found.matrix - printed_multipliers(XP)).max() < 1e-6
