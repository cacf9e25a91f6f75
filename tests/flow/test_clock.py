"""log t along the flow, against an integration of t itself and against quadrature with many digits."""

import math

import mpmath
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ncverify.domain import Shape
from ncverify.flow.clock import Clock
from ncverify.flow.field import Field
from ncverify.flow.integration import gradient_flow, log_loss_reaches
from tests.flow.starts import gaussian


@pytest.mark.slow
@pytest.mark.parametrize("fall", [0.0, 0.3, 20.0, 3000.0, 1e7])
def test_the_quadrature_is_right_however_far_the_loss_falls(fall):
    clock = Clock(-math.inf, 0.0, 2.0, (1.0, 1.0 - fall), (-0.4 * fall, -0.6 * fall))

    def log_loss(s):
        x = s / 2
        return 1 - fall * x + x * (1 - x) * (0.2 * fall * (1 - x) + 0.2 * fall * x)

    with mpmath.workdps(40):
        near_the_end = [2 * (1 - mpmath.mpf(2) ** -k) for k in range(60)] + [2]
        exact = mpmath.log(mpmath.quad(lambda s: mpmath.exp(-log_loss(s)), near_the_end))
    assert clock.log_time(2.0) == pytest.approx(float(exact), rel=1e-13, abs=1e-11)


def test_time_adds_up_over_steps():
    early = Clock(-math.inf, 0.0, 1.0, (0.0, -1.0), (-1.0, -1.0))
    late = Clock(early.log_time(1.0), 1.0, 1.0, (-1.0, -2.0), (-1.0, -1.0))
    assert late.log_time(2.0) == pytest.approx(math.log(math.e**2 - 1), abs=1e-13)
    assert late.log_time(1.0) == early.log_time(1.0)


def test_log_t_is_the_time_of_the_flow():
    """The flow in its own time, by an explicit method, until the loss has fallen to exp(-3)."""
    p = gaussian(Shape(3, 2, 4), scale=0.5)
    field = Field.of(p)

    def velocity(_, x):
        local = field.at(x)
        return -math.exp(local.log_loss) * local.gradient

    def low_loss(_, x):
        return field.at(x).log_loss + 3

    low_loss.terminal = True
    exact = solve_ivp(velocity, (0, 1e9), field.pack(p), method="DOP853", rtol=1e-11, atol=1e-11, events=low_loss)
    path = gradient_flow(p, events=[log_loss_reaches(-3.0, terminal=True)], rtol=1e-10)
    assert path["log_t"][-1] == pytest.approx(math.log(exact.t[-1]), abs=1e-6)
    np.testing.assert_allclose(field.pack(path.end), exact.y[:, -1], rtol=1e-6, atol=1e-7)
