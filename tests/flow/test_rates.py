"""The rates of Appendix B against difference quotients along the flow, and in ball arithmetic."""

import math

import mpmath
import numpy as np
import pytest

from ncverify.domain import Shape
from ncverify.flow import rates
from ncverify.flow.field import Field
from ncverify.numbers.ball import BALL, precision
from ncverify.point import Point
from ncverify.separation import softmax_multipliers
from tests.flow.starts import separated

SHAPES = (Shape(2, 1, 1), Shape(3, 2, 2), Shape(4, 2, 6))


def _moved(p: Point, h: float) -> Point:
    """The point after a step h of the flow in rescaled time, by the classical Runge-Kutta method."""
    field = Field.of(p)
    x = field.pack(p)
    k1 = -field.at(x).gradient
    k2 = -field.at(x + h / 2 * k1).gradient
    k3 = -field.at(x + h / 2 * k2).gradient
    k4 = -field.at(x + h * k3).gradient
    return field.point(x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))


def _derivative(quantity, p, h=2e-4):
    """A quotient of order four: its error is about h^4 times the fifth power of the fastest rate, some 30."""
    values = [quantity(_moved(p, k * h)) for k in (-2, -1, 1, 2)]
    return (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * h)


@pytest.mark.parametrize("shape", SHAPES)
def test_rates_are_derivatives_along_the_flow(shape):
    p = separated(shape)
    assert float(p.loss) < math.log(2)
    assert _derivative(lambda q: q.log_loss, p) == pytest.approx(-float(rates.squared_speed(p)), rel=1e-7)
    assert _derivative(lambda q: q.squared_norm / 2, p) == pytest.approx(float(rates.radial_growth(p)), rel=1e-7)
    assert _derivative(lambda q: np.log(q.squared_norm) / 2, p) == pytest.approx(
        float(rates.growth_of_log_norm(p)), rel=1e-7
    )
    assert _derivative(lambda q: np.log(rates.smoothed_margin(q)), p) == pytest.approx(
        float(rates.growth_of_log_smoothed_margin(p)), rel=1e-6
    )
    assert _derivative(lambda q: np.log(-rates.log_expm1_loss(q)), p) == pytest.approx(
        float(rates.squared_speed(p) / (-rates.log_expm1_loss(p) * rates.saturation(p))), rel=1e-7
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_the_direction_moves_at_its_speed(shape):
    p, h = separated(shape), 1e-4
    ahead, behind = rates.direction(_moved(p, h)), rates.direction(_moved(p, -h))
    speed = math.hypot(np.linalg.norm(ahead.W - behind.W), np.linalg.norm(ahead.H - behind.H)) / (2 * h)
    assert speed**2 == pytest.approx(float(rates.squared_direction_speed(p)), rel=1e-5)


@pytest.mark.parametrize("scale", [0.5, 3.0, 60.0, 1e4])
def test_floats_agree_with_balls_where_exponentials_vanish(scale):
    p = separated(Shape(3, 2, 4), scale=scale)
    quantities = (
        rates.log_expm1_loss,
        rates.saturation,
        rates.squared_speed,
        rates.radial_growth,
        rates.alignment,
        rates.misalignment,
        rates.growth_of_log_smoothed_margin,
    )
    with precision(512):
        q = p.map(BALL.asarray)
        for quantity in quantities:
            # logits carry a relative error of some eps, exponents an absolute one of that times the logit
            size = 1 + float(np.abs(p.logits).max())
            assert float(quantity(p)) == pytest.approx(quantity(q).nearest_float(), rel=1e-14 * size), quantity


def test_the_multipliers_and_the_residual_are_those_of_the_separation_problem():
    p = separated(Shape(4, 2, 5))
    found = softmax_multipliers(p)
    np.testing.assert_allclose(rates.softmax_multipliers(p), found.matrix, rtol=1e-12, atol=1e-14)
    assert float(rates.stationarity_residual(p)) == pytest.approx(found.stationarity, rel=1e-10)
    assert found.stationarity <= float(rates.stationarity_bound(p))
    assert found.complementarity <= float(rates.complementarity_bound(p))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_bounds_of_lemma_b_1_are_those_of_its_formulas(shape):
    """Written out with exponentials, at points where none of them is extreme."""
    p = separated(shape)
    K, n, rho2, q_min = p.K, p.n, float(p.squared_norm), float(p.q_min)
    gamma = -math.log(math.exp(float(p.loss)) - 1) / rho2
    theta = np.concatenate([np.ravel(p.W), np.ravel(p.H)])
    g = -np.concatenate([np.ravel(p.gradient.W), np.ravel(p.gradient.H)])
    beta = theta @ g / math.sqrt(rho2) / np.linalg.norm(g)
    # 1 - beta is a difference of numbers near one: their rounding, over what is left
    exact = 64 * np.finfo(float).eps / (1 - beta)
    assert float(rates.smoothed_margin(p)) == pytest.approx(gamma, rel=1e-12)
    assert float(rates.complementarity_bound(p)) == pytest.approx(
        K**2 * (K - 1) * n / (2 * math.e * gamma * q_min), rel=1e-12
    )
    assert float(rates.stationarity_bound(p)) == pytest.approx(math.sqrt(2 * (1 - beta) / gamma), rel=exact)
    assert float(rates.largest_possible_margin(K, n, p.xp)) == 1 / (2 * (K - 1) * math.sqrt(n))


def test_a_quantity_is_computed_once_and_kept_with_its_point():
    p = separated(Shape(3, 2, 2))
    assert rates.relative_weights(p) is rates.relative_weights(p)
    assert rates.relative_weights.__name__ == "relative_weights"


@pytest.mark.parametrize("root", [3.0, 3.8, 3.9, 3.95, 4.0, 4.5])
def test_series_and_closed_forms_meet_without_a_step(root):
    """Two classes in one dimension: L = 2 log(1 + exp(-2 root^2)), around log L = -30, at fifty digits."""
    p = Point(np.array([[root], [-root]]), np.array([[root, -root]]))
    with mpmath.mp.workdps(50):
        loss = 2 * mpmath.log1p(mpmath.exp(-2 * mpmath.mpf(root) ** 2))
        saturation, log_expm1 = -mpmath.expm1(-loss) / loss, mpmath.log(mpmath.expm1(loss))
    eps = np.finfo(float).eps
    assert float(rates.saturation(p)) == pytest.approx(float(saturation), abs=8 * eps)
    # the logits of size 2 root^2 carry a few roundings each
    assert float(rates.log_expm1_loss(p)) == pytest.approx(float(log_expm1), abs=8 * eps * 2 * root**2)
