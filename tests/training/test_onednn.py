"""Linear layers through oneDNN compute what PyTorch's do, share their parameters, and replace only what they should."""

import pytest
import torch
from torch import nn

from ncverify.recorder.last_layer import LastLayerHook
from training.networks import build
from training.onednn import OneDnnLinear, available, with_onednn

EPS = torch.finfo(torch.float32).eps
needs_onednn = pytest.mark.skipif(not available(), reason="this build of PyTorch has no oneDNN")


def layers(network):
    return [module for module in network.modules() if isinstance(module, nn.Linear)]


def outcome(layer, inputs, gradient):
    """Output, and gradients of inputs, weight and bias."""
    inputs = inputs.clone().requires_grad_()
    output = layer(inputs)
    parameters = [inputs, *layer.parameters()]
    return [output.detach(), *torch.autograd.grad(output, parameters, gradient)]


@needs_onednn
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(1, 64, 64), (30, 784, 256), (128, 64, 65)])
def test_outputs_and_gradients_are_those_of_the_plain_layer_in_float64_up_to_the_rounding_of_a_sum(shape, bias):
    samples, inputs, outputs = shape
    generator = torch.Generator().manual_seed(0)
    plain = nn.Linear(inputs, outputs, bias=bias)
    x, g = torch.randn(samples, inputs, generator=generator), torch.randn(samples, outputs, generator=generator)
    found = outcome(OneDnnLinear.sharing(plain), x, g)
    reference = outcome(plain.double(), x.double(), g.double())
    # a sum of m products errs by at most m eps times the sum of their sizes, which is the product of the norms
    w = plain.weight.detach().norm(dim=1), plain.weight.detach().norm(dim=0)
    size = [
        inputs * x.double().norm(dim=1)[:, None] * w[0] + 1,
        outputs * g.double().norm(dim=1)[:, None] * w[1],
        samples * g.double().norm(dim=0)[:, None] * x.double().norm(dim=0),
        samples * g.double().abs().sum(dim=0),
    ]
    assert len(found) == 3 + bias
    for mine, theirs, bound in zip(found, reference, size, strict=False):
        assert mine.dtype == torch.float32
        assert bool(((mine - theirs).abs() <= EPS * bound).all())


@needs_onednn
def test_a_wrong_product_would_be_noticed():
    plain = nn.Linear(64, 64, bias=False)
    x = torch.randn(8, 64)
    wrong = OneDnnLinear.sharing(plain)(x * (1 + 1e-3)).double()
    right = x.double() @ plain.weight.detach().double().T
    bound = 64 * EPS * x.double().norm(dim=1)[:, None] * plain.weight.detach().double().norm(dim=1)
    assert bool(((wrong - right).abs() > bound).any())


@needs_onednn
def test_only_the_larger_layers_are_replaced_and_parameters_stay_the_same_objects():
    network = build("mlp", (1, 8, 8))
    names = [name for name, _ in network.named_parameters()]
    before = list(network.parameters())
    assert with_onednn(network) is network
    assert [type(layer) for layer in layers(network)] == [OneDnnLinear] * 4 + [nn.Linear]
    assert all(old is new for old, new in zip(before, network.parameters(), strict=True))
    assert [name for name, _ in network.named_parameters()] == names
    assert not any(isinstance(layer, OneDnnLinear) for layer in layers(with_onednn(build("mlp", (1, 8, 8), width=0.1))))


@needs_onednn
def test_other_dtypes_and_ranks_take_the_ordinary_way():
    layer = OneDnnLinear.sharing(nn.Linear(64, 64))
    assert layer(torch.zeros(2, 3, 64)).shape == (2, 3, 64)
    assert layer.double()(torch.zeros(2, 64, dtype=torch.float64)).dtype == torch.float64


@needs_onednn
def test_the_same_products_give_the_same_bits_wherever_their_numbers_lie():
    layer, x, g = OneDnnLinear.sharing(nn.Linear(100, 70)), torch.randn(9, 100), torch.randn(9, 70)
    first = outcome(layer, x, g)
    moved = torch.empty(9 * 100 + 1)[1:].view(9, 100).copy_(x)  # at another address, aligned to four bytes only
    assert all(torch.equal(a, b) for a, b in zip(first, outcome(layer, moved, g), strict=True))


@needs_onednn
def test_the_features_before_a_last_layer_of_this_kind_are_found():
    network = with_onednn(nn.Sequential(nn.Linear(64, 80), nn.ReLU(), nn.Linear(80, 64)))
    with LastLayerHook(network) as hook:
        last = hook(torch.ones(3, 64))
    assert isinstance(network[2], OneDnnLinear)
    assert last.features.shape == (3, 80)


def test_without_onednn_the_network_stays_as_it_is(monkeypatch):
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert not available()
    assert {type(layer) for layer in layers(with_onednn(build("mlp", (1, 8, 8))))} == {nn.Linear}
