"""Three losses on digits: the decomposition adds up, geometries are those of the models, and others are told apart."""

import csv
import math

import numpy as np
import pytest
import torch
from torch import nn

from ncverify import losses
from ncverify.numbers import backend_namespace
from ncverify.optima import certify_regularised
from training.command_line import main
from training.geometry import Measured, Setting, decomposition, measure
from training.objectives import contrastive, features_of, squared
from training.optima import (
    Grams,
    contrastive_optimum,
    cross_entropy_minimum,
    cross_entropy_optimum,
    distance,
    seli,
    simplex,
    squared_optimum,
)

pytest.importorskip("sklearn")
NUMPY = backend_namespace("numpy")


def quick(loss, n_B, weight):
    return Setting(loss, 10, n_B, weight, epochs=400, width=64, learning_rate=1e-2)


def test_the_squared_loss_is_that_of_the_library_and_the_rescaling_is_the_formula():
    logits, labels = (
        torch.randn(5, 3, generator=torch.Generator().manual_seed(0)).double(),
        torch.tensor([0, 2, 1, 1, 0]),
    )
    expected = losses.squared(logits.numpy().T, labels.tolist(), NUMPY)
    assert squared(logits, labels).numpy() == pytest.approx(expected)
    onehot = nn.functional.one_hot(labels, 3)
    rescaled = ((1 + 3 * onehot) * (logits - 2 * onehot).square()).sum(dim=1) / 2
    assert torch.allclose(squared(logits, labels, weight=4, target=2), rescaled)
    assert not torch.allclose(squared(logits, labels), rescaled)


def test_the_contrastive_loss_is_that_of_the_library_and_a_lone_sample_has_none():
    features, labels = (
        torch.randn(6, 4, generator=torch.Generator().manual_seed(1)).double(),
        torch.tensor([0, 0, 1, 1, 1, 2]),
    )
    found = contrastive(features, labels, 0.3)
    directions = nn.functional.normalize(features, dim=1).numpy()
    expected = losses.supervised_contrastive(directions.T, labels.tolist(), NUMPY, 0.3)
    assert found[:5].numpy() == pytest.approx(expected[:5])
    assert float(found[5]) == 0.0
    assert math.isnan(expected[5])


def test_the_classifier_sends_no_gradient_into_features_that_are_apart():
    network = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2))
    for apart in (True, False):
        network.zero_grad()
        with features_of(network, apart=apart) as seen:
            network(torch.ones(4, 3)).sum().backward()
        assert seen[0].shape == (4, 2)
        assert (network[0].weight.grad is None) == apart


def random_point(sizes, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return rng.standard_normal((3, 2)), rng.standard_normal(3), rng.standard_normal((2, len(labels))), labels


@pytest.mark.parametrize("sizes", [(4, 4, 4), (5, 2, 1)])
def test_the_decomposition_adds_up_for_all_class_sizes(sizes):
    terms = decomposition(*random_point(sizes), 0.1)
    assert terms.error < 1e-14
    assert min(terms) > 0


def test_a_decomposition_with_classes_of_equal_weight_does_not_add_up_for_unequal_ones():
    """Control: the formulas of equal classes, 1/K in the place of n_k/N."""
    W, b, H, labels = random_point((5, 2, 1))
    terms, (K, N) = decomposition(W, b, H, labels, 0.1), (3, 8)
    Y, X = np.eye(K)[:, labels], np.vstack([H, np.ones(N)])
    means = X @ Y.T / Y.sum(axis=1)
    best = np.linalg.solve(X @ X.T / N + 0.1 * np.eye(3), X @ Y.T / N).T
    equal = np.square(best @ means - np.eye(K)).sum() / (2 * K)
    assert abs(terms.nc1 + equal + terms.perp - terms.loss) > 1e-3


def test_the_model_optima_are_simplices_for_equal_classes_and_not_for_unequal_ones():
    for equal, unequal in (
        (cross_entropy_optimum([5] * 3, 1e-3), cross_entropy_optimum([20, 5, 1], 1e-3)),
        (squared_optimum([5] * 3, 1e-3), squared_optimum([20, 5, 1], 1e-3)),
        (Grams(np.eye(1), contrastive_optimum([5] * 3, 0.5, 3).means), contrastive_optimum([20, 5, 2], 0.5, 3)),
    ):
        assert distance(equal.means, simplex(3).means) < 1e-3
        assert distance(unequal.means, simplex(3).means) > 0.05


@pytest.mark.parametrize("sizes", [[5, 5, 5], [20, 5, 1]])
def test_the_minimum_of_cross_entropy_is_certified(sizes):
    W, H = cross_entropy_minimum(sizes, 1e-3)
    found = certify_regularised(sizes, 1e-3, 1e-3, 1e12, W, H)
    assert found.gap < 1e-6 * found.upper
    assert certify_regularised(sizes, 1e-3, 1e-3, 1e12, 0.9 * W, H).gap > 1e-3 * found.upper


def test_cross_entropy_tends_to_the_seli_geometry():
    sizes = [40, 40, 4, 4]
    apart = [
        distance(cross_entropy_optimum(sizes, weight).classifiers, seli(sizes).classifiers) for weight in (1e-3, 1e-5)
    ]
    assert apart[1] < apart[0] / 1.5
    assert distance(simplex(4).classifiers, seli(sizes).classifiers) > apart[0]


@pytest.mark.slow
@pytest.mark.parametrize(("loss", "weight"), [("mse", 5e-3), ("cross-entropy", 1e-2), ("supcon", 0.0)])
def test_networks_have_the_geometry_of_their_model(loss, weight):
    equal, unequal = measure(quick(loss, 10, weight)), measure(quick(loss, 3, weight))
    assert max(equal.H_simplex, equal.H_model, unequal.H_model) < 0.06
    assert unequal.H_simplex > 2 * unequal.H_model
    assert max(equal.within, unequal.within) < 0.02
    if loss == "mse":
        assert max(equal.error, unequal.error) < 1e-12
        assert max(equal.perp, unequal.perp) < 0.05


def test_the_command_writes_a_table(tmp_path, capsys):
    options = ["--n-A", "3", "--n-B", "2", "--epochs", "2", "--loss", "mse", "supcon"]
    assert main(["geometry", "--out", str(tmp_path), *options]) == 0
    with (tmp_path / "geometry.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == Measured._fields
    assert [row["loss"] for row in rows] == ["mse", "supcon"]
    assert "L_perp" in capsys.readouterr().out


@pytest.mark.parametrize("options", [["--n-A", "1"], ["--n-B", "900"], ["--weight", "0"], ["--epochs", "0"]])
def test_wrong_usage_is_one_line_and_exit_code_two(tmp_path, capsys, options):
    assert main(["geometry", "--out", str(tmp_path), *options]) == 2
    assert capsys.readouterr().err.startswith(f"error: {options[0]}")
