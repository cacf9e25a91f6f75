"""The fast field against the library's formulas, against autograd, and at scales where exponentials vanish."""

import numpy as np
import pytest
import torch

from ncverify.domain import Shape
from ncverify.flow import rates
from ncverify.flow.field import Field
from ncverify.numbers.ball import BALL, precision
from ncverify.point import Point
from tests.flow.starts import SHAPES, gaussian, separated

SCALES = (1e-3, 1.0, 5.0, 40.0)


def _log_loss(field: Field, x: torch.Tensor) -> torch.Tensor:
    K, n, d = field.shape
    Z = x[: K * d].reshape(K, d) @ x[K * d :].reshape(d, K * n)
    labels = torch.arange(K).repeat_interleave(n)
    return torch.log(torch.nn.functional.cross_entropy(Z.T, labels, reduction="sum"))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scale", SCALES)
def test_the_field_is_minus_the_relative_velocity_of_the_point(shape, scale):
    p = gaussian(shape, scale=scale)
    field = Field.of(p)
    local = field.at(field.pack(p))
    W, H = field.unpack(-local.gradient)
    velocity = rates.relative_velocity(p)
    size = np.abs(local.gradient).max()
    assert local.log_loss == pytest.approx(float(p.log_loss), rel=1e-13, abs=1e-13)
    np.testing.assert_allclose(W, velocity.W, rtol=1e-11, atol=1e-12 * size)
    np.testing.assert_allclose(H, velocity.H, rtol=1e-11, atol=1e-12 * size)


@pytest.mark.parametrize("shape", SHAPES)
def test_gradient_and_hessian_products_are_those_of_autograd(shape):
    p = gaussian(shape)
    field = Field.of(p)
    x = field.pack(p)
    local = field.at(x)
    v = np.random.default_rng(1).standard_normal(x.size)
    y = torch.tensor(x)
    gradient = torch.func.grad(lambda z: _log_loss(field, z))
    product = torch.func.grad(lambda z: gradient(z) @ torch.tensor(v))(y)
    np.testing.assert_allclose(local.gradient, gradient(y).numpy(), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(local.hessian_product(v), product.numpy(), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("scale", [1e3, 1e9, 1e30])
def test_huge_points_of_small_loss_keep_a_finite_and_accurate_gradient(scale):
    p = separated(Shape(3, 2, 2), scale=1.0)
    p = Point(scale * p.W, scale * p.H)
    field = Field.of(p)
    local = field.at(field.pack(p))
    assert np.isfinite(local.gradient).all()
    assert local.squared_speed > 0
    with precision(256):
        exact = rates.radial_growth(p.map(BALL.asarray)).nearest_float()
    assert -float(local.gradient @ field.pack(p)) == pytest.approx(exact, rel=1e-12)


def test_huge_losses_are_not_absorbed():
    """At losses around 1e20 the relative weights are about 1e-20 and have to stay so."""
    p = gaussian(Shape(3, 2, 2), scale=1e10)
    field = Field.of(p)
    local = field.at(field.pack(p))
    assert local.log_loss > 40
    assert local.weights.max() == pytest.approx(np.exp(-local.log_loss), rel=1e-9)


def test_a_point_survives_packing():
    p = gaussian(Shape(3, 2, 4))
    field = Field.of(p)
    q = field.point(field.pack(p))
    np.testing.assert_array_equal(q.W, p.W)
    np.testing.assert_array_equal(q.H, p.H)


def test_the_size_is_the_number_of_coordinates():
    field = Field(Shape(3, 2, 4))
    assert (field.split, field.size) == (3 * 4, 3 * 4 + 4 * 6)
