"""Closed forms against torch's automatic differentiation of the loss as PyTorch itself computes it."""

import pytest
import torch

from ncverify import Point
from ncverify.numbers import backend_namespace
from tests.cases import CASE, host
from tests.oracles import ExactModel, Known, distance_in_bounds

TORCH = backend_namespace("torch")
# autograd's own rounding is bounded for softmax probabilities that are known in absolute terms only
POINTS = [name for name in CASE if "1e150" not in name]


def torch_loss(W, H):
    K, columns = W.shape[0], H.shape[1]
    labels = torch.arange(K).repeat_interleave(columns // K)
    return torch.nn.functional.cross_entropy((W @ H).T, labels, reduction="sum")


def bounds(name, **options):
    return ExactModel(CASE[name].W, CASE[name].H, **options)


def differ_at_most(ours, theirs, name, known, loose):
    """Both are within their own bound of the truth, so they differ by no more than the sum."""
    both = Known(host(theirs), known.error + loose.error)
    assert distance_in_bounds(host(ours), both) <= 1, name


@pytest.mark.parametrize("name", POINTS)
def test_the_gradient_is_that_of_autograd(name):
    p = CASE[name].point(TORCH)
    theirs = torch.func.grad(torch_loss, argnums=(0, 1))(p.W, p.H)
    exact, loose = bounds(name).gradient(), bounds(name, absolute=True).gradient()
    for i in range(2):
        differ_at_most(p.gradient[i], theirs[i], name, exact[i], loose[i])


@pytest.mark.parametrize("name", POINTS)
def test_the_hessian_vector_product_is_the_gradient_of_the_slope_by_autograd(name):
    p = CASE[name].point(TORCH)
    direction = CASE[name].direction(TORCH)

    def slope(W, H):
        dW, dH = torch.func.grad(torch_loss, argnums=(0, 1))(W, H)
        return (dW * direction[0]).sum() + (dH * direction[1]).sum()

    theirs = torch.func.grad(slope, argnums=(0, 1))(p.W, p.H)
    ours = p.hessian_vector_product(direction)
    arguments = [host(part) for part in direction]
    exact = bounds(name).hessian_vector_product(*arguments)
    loose = bounds(name, absolute=True).hessian_vector_product(*arguments)
    for i in range(2):
        differ_at_most(ours[i], theirs[i], name, exact[i], loose[i])


def test_a_dense_hessian_from_products_is_symmetric_and_that_of_torch():
    p = CASE["gaussian"].point(TORCH)
    sizes = (p.W.numel(), p.H.numel())

    def flat_loss(x):
        return torch_loss(x[: sizes[0]].reshape(p.W.shape), x[sizes[0] :].reshape(p.H.shape))

    theirs = torch.func.jacrev(torch.func.grad(flat_loss))(torch.cat([p.W.reshape(-1), p.H.reshape(-1)]))
    basis = torch.eye(sum(sizes), dtype=torch.float64)
    U, V = basis[:, : sizes[0]].reshape(-1, *p.W.shape), basis[:, sizes[0] :].reshape(-1, *p.H.shape)
    ours = p.hessian_vector_product((U, V))
    ours = torch.cat([part.reshape(len(basis), -1) for part in ours], dim=1)
    # entries are sums of at most K n + K + d products of numbers below the largest entry's terms
    terms = p.K * p.n + p.K + p.d
    size = float(max(1, p.W.abs().max(), p.H.abs().max())) ** 2 * terms
    bound = 16 * terms * size * torch.finfo(torch.float64).eps
    assert float((ours - theirs).abs().max()) <= bound
    assert float((ours - ours.T).abs().max()) <= bound
    assert float(theirs.abs().max()) > 1e6 * bound


@pytest.mark.parametrize("name", ["gaussian", "K = 2", "d = 1", "merged classes", "separated by 30"])
def test_the_loss_of_a_point_can_be_differentiated_through(name):
    p = CASE[name].point(TORCH)
    through = torch.func.grad(lambda W, H: Point.trusted(W, H).loss, argnums=(0, 1))(p.W, p.H)
    exact, loose = bounds(name).gradient(), bounds(name, absolute=True).gradient()
    for i in range(2):
        differ_at_most(p.gradient[i], through[i], name, exact[i], loose[i])


def test_a_gradient_of_another_point_is_noticed():
    p, name = CASE["gaussian"].point(TORCH), "gaussian"
    theirs = torch.func.grad(torch_loss)(p.W * (1 + 1e-12), p.H)
    exact, loose = bounds(name).gradient()[0], bounds(name, absolute=True).gradient()[0]
    with pytest.raises(AssertionError):
        differ_at_most(p.gradient.W * (1 + 1e-11), theirs, name, exact, loose)
