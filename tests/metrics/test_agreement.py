"""NC4 and accuracy from batches."""

import array_api_strict
import numpy as np
import pytest
import torch

from ncverify.collapse import nearest_mean_disagreement
from ncverify.metrics import CollapseMetrics, NearestMeanAgreement
from ncverify.point import Point
from tests.metrics import oracles
from tests.metrics.samples import balanced, batches, simplex, unbalanced


def agreement(features, labels, W, bias=None, sizes=(4,)):
    metric = CollapseMetrics(*W.shape)
    metric.update(features, labels)
    result = NearestMeanAgreement(metric.class_means, W, bias)
    for batch in batches(features, labels, sizes):
        result.update(*batch)
    return result


@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy, array_api_strict.asarray])
@pytest.mark.parametrize("bias", [None, [0.0, 2.0, -1.0, 0.5, 0.1]])
def test_agreement_is_that_of_slow_loops(convert, bias):
    features, labels, W = unbalanced(1)
    found = agreement(convert(features), convert(labels), W, bias).compute()
    shift = 0 if bias is None else np.array(bias)
    assert found.nearest_mean == oracles.nearest_mean_agreement(features, labels, W, shift)
    assert found.accuracy == np.mean(np.argmax(features @ W.T + shift, axis=1) == labels)
    assert 0 < found.nearest_mean < 1


def test_agreement_is_that_of_the_collapse_residual_of_a_point():
    features, labels, W = balanced(2)
    features = features[np.argsort(labels, kind="stable")]
    found = agreement(features, np.sort(labels), W).compute().nearest_mean
    assert 1 - found == pytest.approx(float(nearest_mean_disagreement(Point(W, features.T))), abs=1e-15)


def test_a_collapsed_network_agrees_and_is_right_and_a_permuted_one_is_neither():
    features, labels = simplex(3, 4)[[0, 1, 2]], np.arange(3)
    assert agreement(features, labels, simplex(3, 4)).compute() == (1, 1)
    assert agreement(features, labels, simplex(3, 4)[[1, 2, 0]]).compute() == (0, 0)


def test_a_tie_agrees_but_is_not_right():
    features, labels = simplex(3, 4)[[0, 1, 2]], np.arange(3)
    assert agreement(features, labels, np.zeros((3, 4))).compute() == (1, 0)


def test_merged_states_are_those_of_one_process():
    features, labels, W = unbalanced(3)
    whole, part = agreement(features, labels, W), agreement(features, labels, W)
    part.reset()
    part.update(features[:9], labels[:9])
    other = agreement(features, labels, W)
    other.reset()
    other.update(features[9:], labels[9:])
    part.merge_state(other)
    assert part.compute() == whole.compute()


@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy, array_api_strict.asarray])
def test_no_samples_give_nan(convert):
    features, labels, W = unbalanced(3)
    empty = agreement(features, labels, W)
    before = empty.compute()
    empty.update(convert(features[:0]), convert(labels[:0]))
    assert empty.compute() == before
    empty.reset()
    empty.update(convert(features[:0]), convert(labels[:0]))
    assert np.isnan(empty.compute()).all()


@pytest.mark.parametrize("shape", [(4, 7), (5, 6)])
def test_a_classifier_that_does_not_fit_the_means_is_refused(shape):
    features, labels, _ = unbalanced(3)
    metric = CollapseMetrics(5, 7)
    metric.update(features, labels)
    with pytest.raises(ValueError, match=r"^classifier: expected an array \(K = 5, d = 7\), got shape "):
        NearestMeanAgreement(metric.class_means, np.ones(shape))
