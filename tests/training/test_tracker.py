"""The tracker's numbers against those of ncverify for everything in one array."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from ncverify import Point
from ncverify.metrics import metrics_of
from ncverify.slack.margin import margin_slack
from training import tracker
from training.data import first_of_each_class, load
from training.networks import build
from training.on_device import OnDevice, Tensors, pixel_statistics
from training.processes import Processes
from training.tracker import measure, tracked_epochs

CPU = torch.device("cpu")
ALONE = Processes(0, 1, CPU)
EPS = float(np.finfo(np.float32).eps)


def tiny(per_class=None):
    data = load("digits")
    data = data if per_class is None else first_of_each_class(data, per_class)
    statistics = pixel_statistics(data.train.images)
    return OnDevice(data.train, *statistics, CPU), OnDevice(data.test, *statistics, CPU)


def last_layer(network, data):
    """Features, logits and labels, all at once."""
    network.eval()
    with torch.no_grad():
        inputs = data.inputs(data.images)
        features = network[:-1](inputs)
        return features.double().numpy(), network.classifier(features).double().numpy(), data.labels.numpy()


@pytest.mark.parametrize("network", ["mlp", "vgg13"])
@pytest.mark.parametrize("bias", [True, False])
def test_the_metrics_are_those_of_all_images_in_one_array(network, bias):
    train, test = tiny()
    network = build(network, (1, 8, 8), width=1 / 8, bias=bias)
    row = measure(network, train, ALONE, test=test)
    features, logits, labels = last_layer(network, train)
    W = network.classifier.weight.detach().double().numpy()
    expected = metrics_of(features, labels, W)
    for name, value in vars(expected).items():
        # features of other batch sizes differ by the rounding of float32 products
        assert row[name] == pytest.approx(value, rel=1000 * EPS), name
    means = np.stack([features[labels == k].mean(axis=0) for k in range(10)])
    nearest = ((features[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    assert row["nc4_agreement"] == pytest.approx(np.mean(nearest == logits.argmax(axis=1)), abs=2 / len(labels))
    assert row["train_accuracy"] == pytest.approx(np.mean(labels == logits.argmax(axis=1)), abs=2 / len(labels))
    loss = -np.mean(logits[np.arange(len(labels)), labels] - np.log(np.exp(logits).sum(axis=1)))
    assert row["train_loss"] == pytest.approx(loss, rel=1000 * EPS)
    _, logits, labels = last_layer(network, test)
    assert row["test_accuracy"] == pytest.approx(np.mean(labels == logits.argmax(axis=1)), abs=2 / len(labels))


def test_the_bound_is_that_of_the_point_of_the_first_images_of_each_class():
    train, _ = tiny()
    network = build("mlp", (1, 8, 8), width=1 / 8)
    row = measure(network, train, ALONE)
    features, _, labels = last_layer(network, train)
    n = int(np.bincount(labels).min())
    chosen = np.concatenate([np.flatnonzero(labels == k)[:n] for k in range(10)])
    point = Point(network.classifier.weight.detach().double().numpy(), features[chosen].T)
    slack = margin_slack(point)
    assert row["images_per_class"] == n
    for name in ("bound", "centring", "alignment", "spread"):
        key = "margin_bound" if name == "bound" else f"slack_{name}"
        assert row[key] == pytest.approx(float(getattr(slack, name)), rel=1000 * EPS)
    assert row["margin"] == pytest.approx(float(slack.q_min), rel=1000 * EPS)
    norms = np.linalg.norm(point.W), np.linalg.norm(point.H)
    assert (row["classifier_norm"], row["feature_norm"]) == pytest.approx(norms, rel=1000 * EPS)
    ratio = float(slack.q_min) / (norms[0] * norms[1] / (9 * math.sqrt(n)))
    assert row["balanced_margin_ratio"] == pytest.approx(ratio, rel=1000 * EPS)


class Collapsed(nn.Module):
    """Gives every image the row of its label, written in its first pixel."""

    def __init__(self, features: torch.Tensor, classifier: torch.Tensor) -> None:
        super().__init__()
        self.features = nn.Parameter(features)
        self.last = nn.Linear(*classifier.T.shape, bias=False)
        self.last.weight = nn.Parameter(classifier)

    def forward(self, x):
        return self.last(self.features[(x[:, 0, 0, 0] * 255).round().long()])


def labelled():
    data, _ = tiny(5)
    data.images = torch.zeros_like(data.images)
    data.images[:, 0, 0, 0] = data.labels.to(torch.uint8)
    data._scale, data._shift = torch.full((1, 1, 1, 1), 1 / 255), torch.zeros(1, 1, 1, 1)
    return data


def test_a_collapsed_network_is_seen_to_be_collapsed():
    simplex = torch.eye(10) - 0.1
    row = measure(Collapsed(simplex, 5**0.5 * simplex), labelled(), ALONE, kkt=True)
    for name in ("within_class_variation", "feature_norm_variation", "feature_cosine_deviation"):
        assert row[name] < 100 * EPS
    assert row["self_duality_distance"] < 100 * EPS
    assert (row["nc4_agreement"], row["train_accuracy"]) == (1, 1)
    assert row["margin_ratio"] == pytest.approx(1, abs=100 * EPS)
    assert row["kkt_stationarity"] < 100 * EPS
    assert abs(row["kkt_duality_gap"]) < 100 * EPS


def test_a_network_that_is_not_collapsed_is_seen_not_to_be():
    torch.manual_seed(0)
    simplex = torch.eye(10) - 0.1
    noisy = simplex + 0.1 * torch.randn(10, 10)
    row = measure(Collapsed(noisy, simplex), labelled(), ALONE, kkt=True)
    for name in ("feature_norm_variation", "feature_cosine_deviation", "self_duality_distance", "kkt_stationarity"):
        assert row[name] > 0.01
    assert row["balanced_margin_ratio"] < 0.99


def test_the_network_is_left_as_it_was():
    train, test = tiny(5)
    network = build("vgg13", (1, 8, 8), width=1 / 16).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    measure(network, train, ALONE, test=test)
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert not any(module._forward_hooks for module in network.modules())


def test_features_too_large_to_keep_are_computed_twice_and_give_the_same(monkeypatch):
    train, test = tiny(20)
    network = build("mlp", (1, 8, 8), width=1 / 8)
    kept = measure(network, train, ALONE, test=test, kkt=True)
    monkeypatch.setattr(tracker, "KEEP_BYTES", 0)
    assert measure(network, train, ALONE, test=test, kkt=True) == kept


def test_features_that_are_not_numbers_are_told():
    network = build("mlp", (1, 8, 8), width=1 / 8)
    with torch.no_grad():
        network.body[1].weight.fill_(math.nan)
    with pytest.raises(ValueError, match="features: expected finite numbers"):
        measure(network, tiny(5)[0], ALONE)


@pytest.mark.parametrize("epochs", [1, 2, 7, 100, 1000])
def test_measured_epochs_have_both_ends_and_grow_by_factors(epochs):
    chosen = tracked_epochs(epochs)
    assert chosen[0] == 0
    assert chosen[-1] == epochs
    assert chosen == sorted(set(chosen))
    assert len(chosen) <= 4 + math.log(epochs, 1.5)


def test_anybody_s_network_is_measured_on_tensors():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(12, 7), nn.Tanh(), nn.Linear(7, 4))
    inputs, labels = torch.randn(600, 12), torch.arange(600) % 4
    row = measure(network, Tensors(inputs, labels), test=Tensors(inputs[:50], labels[:50]))
    with torch.no_grad():
        features = network[:-1](inputs)
    expected = metrics_of(features.double().numpy(), labels.numpy(), network[-1].weight.detach().double().numpy())
    for name, value in vars(expected).items():
        assert row[name] == pytest.approx(value, rel=1000 * EPS), name
    with pytest.raises(ValueError, match="one for each of the 600 inputs"):
        Tensors(inputs, labels[:-1])


def test_classes_of_unequal_size_are_measured_and_bounded_on_equal_parts():
    network = nn.Sequential(nn.Linear(12, 7), nn.Tanh(), nn.Linear(7, 3))
    labels = torch.tensor([0] * 5 + [1] * 9 + [2] * 7)
    row = measure(network, Tensors(torch.randn(21, 12), labels))
    assert row["images_per_class"] == 5
    assert row["margin"] <= row["margin_bound"]
