"""The last layer is found by what it does, and held against the logits of the network."""

import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from ncverify.recorder import MeasurementOptions, measured
from ncverify.recorder.heads import read_head
from ncverify.recorder.last_layer import LastLayerHook
from ncverify.recorder.undisturbed import undisturbed, unwrapped
from tests.recorder.networks import Adapter, Cosine, Cubic, Returns, Temperature, TwoHeads, body_and, data, logits_of

EPS = float(np.finfo(np.float32).eps)


class Unusual(nn.Module):
    """Its last layer is registered first, its first layer last, and one layer is used twice."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(5, 3)
        self.twice = nn.Linear(5, 5)
        self.start = nn.Linear(4, 5)

    def forward(self, x):
        return self.head(torch.relu(self.twice(self.twice(self.start(x)))))


def margins(z, labels):
    own = z[torch.arange(len(z)), labels]
    others = z.clone()
    others[torch.arange(len(z)), labels] = -torch.inf
    return own - others.max(dim=1).values


def test_the_hook_finds_the_last_layer_by_what_it_does():
    network, x = Unusual(), torch.randn(6, 4)
    with LastLayerHook(network) as hook:
        last = hook(x)
    assert hook.name == "head"
    W, b = torch.from_numpy(hook.head.classifier), torch.from_numpy(hook.head.bias)
    assert torch.allclose(last.features.double() @ W.T + b, network(x).double(), atol=100 * EPS)
    assert not any(module._forward_hooks for module in network.modules())


@pytest.mark.parametrize("wrap", [nn.DataParallel, lambda n: torch.compile(n, backend="eager"), nn.Sequential])
def test_the_hook_looks_through_wrappers(wrap):
    network, (x, y) = body_and(nn.Linear(6, 3)), data()
    assert measured(wrap(network), (x, y)).row == measured(network, (x, y)).row
    assert unwrapped(nn.DataParallel(network)) is network


def test_a_network_that_was_compiled_in_place_is_measured_by_its_modules():
    network, (x, y) = body_and(nn.Linear(6, 3)), data()
    expected = measured(network, (x, y)).row
    network.compile(backend="eager")
    network(x)
    assert measured(network, (x, y)).row == expected
    network[0] = torch.compile(network[0], backend="eager")
    assert measured(network, (x, y)).row == expected


HEADS = {
    "cosine": lambda: body_and(Cosine(6, 3)),
    "adapter": lambda: body_and(Adapter(6, 3)),
    "temperature in place": Temperature,
    "temperature": lambda: nn.Sequential(*body_and(nn.Linear(6, 3)), Divided(0.05)),
    "user's hook": lambda: hooked(body_and(nn.Linear(6, 3))),
    "weight normalisation": lambda: body_and(nn.utils.parametrizations.weight_norm(nn.Linear(6, 3))),
    "no bias": lambda: body_and(nn.Linear(6, 3, bias=False)),
    "zeros": lambda: body_and(zeroed(nn.Linear(6, 3))),
}


class Divided(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = by

    def forward(self, z):
        return z / self.by


def hooked(network):
    network[-1].register_forward_hook(lambda layer, inputs, output: -3 * output)
    return network


def zeroed(layer):
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


@pytest.mark.parametrize("name", HEADS)
def test_margin_accuracy_and_loss_are_those_of_the_network_s_own_logits(name):
    network, (x, y) = HEADS[name](), data(90)
    row = measured(network, (x, y)).row
    z = logits_of(network, x)
    scale = float(z.abs().max()) or 1.0
    assert row["margin_with_bias"] == pytest.approx(float(margins(z, y).min()), abs=1000 * EPS * scale)
    assert row["train_loss"] == pytest.approx(float(functional.cross_entropy(z, y)), rel=1000 * EPS)
    assert row["train_accuracy"] == pytest.approx(float((margins(z, y) > 0).double().mean()))


@pytest.mark.parametrize(
    ("name", "note"), [("cosine", "cosine"), ("adapter", "the affine map that Adapter is"), ("temperature", "times 20")]
)
def test_it_is_said_how_the_classifier_was_read(name, note):
    assert note in measured(HEADS[name](), data()).note
    assert measured(HEADS["no bias"](), data()).note == ""


def test_a_last_layer_whose_output_is_no_affine_map_is_refused_by_name():
    with pytest.raises(ValueError, match=r"last layer '2' \(Cubic\) is not W h \+ b"):
        measured(body_and(Cubic(6, 3)), data())


def test_a_layer_that_is_affine_only_in_the_first_batch_is_refused():
    class Late(nn.Linear):
        calls = 0

        def forward(self, h):
            Late.calls += 1
            return super().forward(h) ** (1 if Late.calls < 3 else 3)

    with pytest.raises(ValueError, match=r"\(Late\) is not W h \+ b"):
        measured(body_and(Late(6, 3)), data(1000))


def test_a_check_that_takes_the_layer_s_word_would_be_noticed():
    """The control: without the comparison of logits the cosine classifier's weight would pass for the classifier."""
    layer, h = Cosine(6, 3), torch.randn(20, 6)
    head = read_head(layer, h, layer(h))
    plain = type(head)(layer.weight.detach().double().numpy(), layer.bias.detach().double().numpy())
    assert head.normalised
    assert head.gives(head.features(h), layer(h).detach())
    assert not plain.gives(h, layer(h).detach())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("d", [3, 700])
def test_rounding_is_no_difference_and_a_per_cent_is_one(dtype, d):
    torch.manual_seed(0)
    layer, h = nn.Linear(d, 5).to(dtype), torch.randn(40, d).to(dtype)
    z = layer(h).detach()
    head = read_head(layer, h, z)
    assert head is not None
    assert head.note == ""
    wrong = z + 0.05 * z.abs().max() * torch.randn_like(z)
    assert read_head(layer, h, wrong) is None


class Inside(nn.Module):
    """Has autocast inside its forward, and gives float32."""

    def __init__(self, head):
        super().__init__()
        self.body, self.head = nn.Linear(8, 64), head

    def forward(self, x):
        with torch.autocast("cpu", torch.bfloat16):
            return self.head(torch.relu(self.body(x))).float()


def test_autocast_inside_a_network_is_rounding_and_a_cosine_is_none():
    assert measured(Inside(nn.Linear(64, 3)), data(200)).note == ""
    assert "cosine" in measured(Inside(Cosine(64, 3)), data(200)).note
    with pytest.raises(ValueError, match=r"not .* of an nn.Linear"):
        measured(Inside(Cubic(64, 3)), data(200))


@pytest.mark.parametrize("form", ["plain", "tuple", "tuple turned", "dict", "other dict", "named", "nested"])
def test_logits_are_found_in_what_a_network_returns(form):
    expected = measured(Returns("plain"), data())
    found = measured(Returns(form), data())
    assert found.row == expected.row
    assert found.layer == "fc"


def test_two_heads_are_told_apart_by_hand():
    with pytest.raises(ValueError, match=r"outputs of several layers, 'fine', 'coarse'; say which .* layer="):
        measured(TwoHeads(), data())
    x, y = data()
    assert measured(TwoHeads(), (x, y), options=MeasurementOptions(layer="fine")).layer == "fine"
    network = nn.DataParallel(TwoHeads())
    assert measured(network, (x, y % 2), options=MeasurementOptions(layer="module.coarse")).layer == "coarse"
    assert measured(network, (x, y % 2), options=MeasurementOptions(layer=network.module.coarse)).layer == "coarse"


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (nn.Sequential(nn.Linear(8, 3), nn.Softmax(dim=1)), "before any softmax"),
        (nn.Sequential(nn.Linear(8, 3), nn.LogSoftmax(dim=1)), "hand in layer="),
        (nn.Sequential(nn.Flatten()), "has no nn.Linear"),
    ],
)
def test_a_network_without_a_last_linear_layer_is_told(network, message):
    with pytest.raises(ValueError, match=message):
        measured(network, data())


def test_a_layer_that_is_handed_in_is_taken_whatever_comes_after_it():
    network = nn.Sequential(*body_and(nn.Linear(6, 3)), nn.LogSoftmax(dim=1))
    assert measured(network, data(), options=MeasurementOptions(layer="2")).row == measured(network[:3], data()).row
    with pytest.raises(ValueError, match="'9' is no layer of Sequential"):
        measured(network, data(), options=MeasurementOptions(layer="9"))
    with pytest.raises(TypeError, match="layer: expected a module"):
        measured(network, data(), options=MeasurementOptions(layer=3))


@pytest.mark.parametrize("squeeze", [False, True])
def test_one_logit_for_two_classes_is_measured_as_two_logits(squeeze):
    single = body_and(nn.Linear(6, 1))
    double = body_and(nn.Linear(6, 2))
    with torch.no_grad():
        double[0].load_state_dict(single[0].state_dict())
        double[2].weight.copy_(torch.cat([-single[2].weight / 2, single[2].weight / 2]))
        double[2].bias.copy_(torch.cat([-single[2].bias / 2, single[2].bias / 2]))
    x, y = data(K=2)
    found = measured(nn.Sequential(single, nn.Flatten(0)) if squeeze else single, (x, y[:, None].float()))
    expected = measured(double, (x, y))
    for name, value in expected.row.items():
        assert found.row[name] == pytest.approx(value, rel=1e-4, nan_ok=True), name
    loss = functional.binary_cross_entropy_with_logits(logits_of(single, x)[:, 0], y.double())
    assert found.row["train_loss"] == pytest.approx(float(loss), rel=1000 * EPS)
    assert "one logit" in found.note


def test_logits_for_each_place_of_a_sequence_are_samples():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Embedding(11, 6), nn.Tanh(), nn.Linear(6, 11))
    tokens = torch.arange(40).reshape(8, 5) % 11
    labels = torch.roll(tokens, -1, dims=1)
    labels[0, 3] = labels[5, 1] = -100
    row = measured(network, (tokens, labels)).row
    kept = labels.reshape(-1) != -100
    flat = tokens.reshape(-1)[kept], labels.reshape(-1)[kept]
    expected = measured(network, flat).row
    assert row["train_loss"] == pytest.approx(expected["train_loss"])
    assert row["within_class_variation"] == pytest.approx(expected["within_class_variation"])


def test_features_that_are_not_finite_are_told():
    network = body_and(nn.Linear(6, 3))
    nn.init.constant_(network[0].weight, torch.nan)
    with pytest.raises(ValueError, match="features: expected finite numbers"):
        measured(network, data())


def test_hooks_are_gone_after_a_failure():
    network = body_and(Cubic(6, 3))
    with pytest.raises(ValueError, match=re.escape("(Cubic)")), undisturbed(network):
        measured(network, data())
    assert not any(module._forward_hooks for module in network.modules())
