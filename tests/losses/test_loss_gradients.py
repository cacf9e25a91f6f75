"""Closed gradients of the losses against automatic differentiation, and far out against 50 digits."""

import numpy as np
import pytest
import torch
from mpmath import mp

from ncverify import losses
from ncverify.numbers import backend_namespace
from ncverify.numbers.ball import BALL
from ncverify.numbers.rational import RATIONAL
from tests.losses import references

TORCH, NUMPY = backend_namespace("torch"), backend_namespace("numpy")
LABELS = [0, 2, 1, 1, 0]
Z = np.random.default_rng(5).normal(size=(3, 5)) * 2
CASES = {
    "cross_entropy": (),
    "squared": (),
    "label_smoothing": (0.25,),
    "focal": (1.5,),
}


@pytest.mark.parametrize("name", [*CASES, "temperature"])
def test_the_gradient_is_that_of_autograd(name):
    arguments = CASES.get(name, (2,))
    name = {"temperature": "cross_entropy"}.get(name, name)
    z = torch.tensor(Z, requires_grad=True)
    getattr(losses, name)(z, LABELS, TORCH, *arguments).sum().backward()
    found = getattr(losses, f"{name}_gradient")(Z, LABELS, NUMPY, *arguments)
    np.testing.assert_allclose(found, z.grad.numpy(), rtol=1e-12, atol=1e-14)


def test_another_power_would_be_noticed():
    z = torch.tensor(Z, requires_grad=True)
    losses.focal(z, LABELS, TORCH, 1.5).sum().backward()
    found = losses.focal_gradient(Z, LABELS, NUMPY, 1.5001)
    assert not np.allclose(found, z.grad.numpy(), rtol=1e-12, atol=1e-14)


def test_the_hessian_product_is_that_of_autograd():
    D = np.random.default_rng(6).normal(size=Z.shape)
    expected = torch.autograd.functional.hvp(
        lambda z: losses.cross_entropy(z, LABELS, TORCH).sum(), torch.tensor(Z), torch.tensor(D)
    )[1]
    found = losses.cross_entropy_hessian_product(Z, LABELS, NUMPY, D)
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-12, atol=1e-14)


def test_tiny_probabilities_keep_their_digits():
    far = np.array([[0.0, 400.0], [-300.0, 0.0], [-310.0, 1.0]])
    found = losses.cross_entropy_gradient(far, [0, 0], NUMPY)
    for column, z in enumerate(references.columns(far)):
        for j in (1, 2):
            expected = references.probability(z, j)
            assert abs(mp.mpf(found[j, column]) - expected) <= 1e-13 * expected
        assert found[0, column] == -found[1, column] - found[2, column]
    naive = np.exp(far) / np.exp(far).sum(axis=0) - np.array([[1, 1], [0, 0], [0, 0]])
    assert naive[0, 0] == 0.0 != found[0, 0]


def test_the_gradient_is_rational_at_equal_logits():
    found = losses.cross_entropy_gradient(RATIONAL.asarray(np.zeros((3, 2))), [0, 1], RATIONAL)
    assert str(found.tolist()) == "[[-2/3, 1/3], [1/3, -2/3], [1/3, 1/3]]"


@pytest.mark.parametrize("name", CASES)
def test_balls_contain_the_gradient(name):
    function = getattr(losses, f"{name}_gradient")
    found, floats = function(BALL.asarray(Z), LABELS, BALL, *CASES[name]), function(Z, LABELS, NUMPY, *CASES[name])
    for one, near in zip(found.tolist(), floats.tolist(), strict=True):
        for ball, value in zip(one, near, strict=True):
            assert abs(float(ball.mid()) - value) <= 1e-13
            assert float(ball.rad()) < 1e-10
