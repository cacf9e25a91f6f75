"""The logarithm of the loss where the loss itself is beyond every float.

"Relative error of log L" means |computed - log L| / max(1, |log L|) here. Near L = 1 the logarithm vanishes, and what a
reader wants there is the relative error of L itself: that is the absolute error of log L.
"""

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ncverify import Point
from ncverify.numbers import backend_namespace
from tests.cases import collapsed, dtype_name, gaussian, host, native, repeatable
from tests.oracles import FUNCTION, ExactModel, multiprecision

DEMANDED = 1e-12
MARGINS = [0, 1, 10, 36, 37, 40, 41, 100, 700, 745, 746, 1e3, 1e4, 1e5, 1e6]


def relative_error(p, model):
    exact = model.log_loss().value
    return float(abs(multiprecision(host(p.log_loss)) - exact) / max(1, abs(exact)))


def point_with_margin(margin, xp, K=3, n=2):
    """All logit differences are the margin: W = K I - 11', H = margin / K^2 W'."""
    W, H = collapsed(K, n, margin / K**2)
    return Point(native(W, xp), native(H, xp))


@pytest.mark.parametrize("margin", MARGINS)
def test_the_log_loss_of_a_collapsed_point_is_right_to_1e_12(xp64, margin):
    p = point_with_margin(margin, xp64)
    assert relative_error(p, ExactModel(host(p.W), host(p.H))) < DEMANDED


@pytest.mark.parametrize("margin", MARGINS)
def test_the_log_loss_at_given_logits_is_right_to_a_few_roundings_in_either_dtype(xp, margin):
    """W = I and H = margin Y: the logits need no rounding. Three functions, sums over K and K n terms."""
    K, n = 3, 2
    W, H = np.eye(K), np.float64(margin) * np.repeat(np.eye(K), n, axis=1)
    p = Point(native(W, xp), native(H, xp))
    bound = FUNCTION * (3 + K + K * n) * np.finfo(dtype_name(xp)).eps
    assert relative_error(p, ExactModel(W, H)) <= bound


@pytest.mark.slow
@repeatable
@given(st.integers(2, 5), st.integers(1, 3), st.integers(0, 2**32), st.floats(-3, 6), st.floats(0, 0.1))
def test_the_log_loss_near_collapse_is_right_to_1e_12_down_to_losses_of_exp_minus_1e6(K, n, seed, power, noise):
    W, H = collapsed(K, n, 10**power / K**2)
    dW, dH = gaussian(K, n, K, seed)
    W, H = W + noise * dW, H * (1 + noise * dH)
    p, model = Point(W, H), ExactModel(W, H)
    assert relative_error(p, model) < DEMANDED


@pytest.mark.parametrize("margin", [1e3, 1e6])
def test_a_loss_that_underflows_is_zero_and_its_logarithm_finite(xp, margin):
    p = point_with_margin(margin, xp)
    assert float(p.loss) == 0.0
    # L = K n log(1 + (K-1) exp(-margin)): to first order log L = log(K n (K-1)) - margin
    assert float(p.log_loss) == pytest.approx(np.log(12) - margin, rel=float(8 * np.finfo(dtype_name(xp)).eps))


def test_the_naive_logarithm_fails_where_ours_does_not():
    p = point_with_margin(1e3, backend_namespace("numpy"))
    with np.errstate(divide="ignore"):
        assert np.log(p.loss) == -np.inf


@pytest.mark.parametrize("margin", [1.0, 39.0, 41.0, 1e3, 1e6])
def test_the_gradient_of_the_log_loss_by_autograd_is_finite_and_right(margin):
    """d log L / dW = gradient / L, both of which underflow; at 50 digits they do not."""
    p = point_with_margin(margin, backend_namespace("torch"))
    slope = torch.func.grad(lambda W: Point.trusted(W, p.H).log_loss)(p.W)
    model = ExactModel(host(p.W), host(p.H))
    with mpmath.mp.workdps(50):
        expected = model.gradient()[0].value / model.loss().value
        size = (abs(model.G) @ abs(model.H).T / model.loss().value).max()
    # the weights exp(-s - log L) have the relative error of their exponents; then a sum over K n terms
    bound = np.finfo(float).eps * FUNCTION * (3 * float(model.worst.max() / model.eps) + margin + p.K * (p.n + 1))
    assert float(abs(multiprecision(host(slope)) - expected).max() / size) <= bound
