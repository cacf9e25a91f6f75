"""Papyan et al.'s NC1 from thin factors, and what it cannot see."""

import array_api_strict
import numpy as np
import pytest
import torch

from ncverify.metrics import CollapseMetrics, ScatterRatio, metrics_of, scatter_ratio
from tests.metrics import oracles
from tests.metrics.samples import batches, simplex, unbalanced


@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy, array_api_strict.asarray])
@pytest.mark.parametrize("offset", [0.0, 1e4])
@pytest.mark.parametrize("d", [1, 3, 7])
def test_it_is_the_trace_with_dense_matrices(convert, offset, d):
    features, labels, _ = unbalanced(1, d=d, offset=offset)
    found = scatter_ratio(convert(features), convert(labels), 5)
    assert found == pytest.approx(oracles.papyan_nc1(features, labels, 5), rel=1e-7)


def test_nearly_merged_means_in_float32_keep_their_meaning():
    rng = np.random.default_rng(2)
    labels = np.repeat(np.arange(3), 50)
    means = np.array([[1.0, 0, 0, 0], [0, 1, 0, 0], [1e-3, 1, 0, 0]])
    features = (means[labels] + 1e-4 * rng.standard_normal((150, 4))).astype(np.float32)
    expected = oracles.papyan_nc1(features, labels, 3)
    assert scatter_ratio(features, labels, 3) == pytest.approx(expected, rel=1e-6)


def test_merging_batches_is_one_batch():
    features, labels, W = unbalanced(3)
    metric = CollapseMetrics(*W.shape)
    metric.update(features, labels)
    total = ScatterRatio(metric.class_means)
    for batch in batches(features, labels, (4, 3)):
        part = ScatterRatio(metric.class_means)
        part.update(*batch)
        total.merge_state(part)
    assert total.compute() == pytest.approx(scatter_ratio(features, labels, 5), rel=1e-13)


def test_updating_batch_by_batch_is_one_batch():
    features, labels, W = unbalanced(3)
    metric = CollapseMetrics(*W.shape)
    metric.update(features, labels)
    total = ScatterRatio(metric.class_means)
    for batch in batches(features, labels, (4, 3)):
        total.update(*batch)
    assert total.compute() == pytest.approx(scatter_ratio(features, labels, 5), rel=1e-13)
    total.reset()
    assert np.isnan(total.compute())


def test_features_of_another_dimension_than_the_means_are_refused():
    features, labels, W = unbalanced(3)
    metric = CollapseMetrics(*W.shape)
    metric.update(features, labels)
    with pytest.raises(ValueError, match="features"):
        ScatterRatio(metric.class_means).update(features[:, :1], labels)


def test_noise_outside_the_span_of_the_means_is_invisible_here_and_visible_in_the_paper():
    labels = np.repeat(np.arange(3), 2)
    features = np.repeat(simplex(3, 5), 2, axis=0)
    features[::2, 4], features[1::2, 4] = 1.0, -1.0
    assert scatter_ratio(features, labels, 3) < 1e-30
    assert metrics_of(features, labels, simplex(3, 5)).within_class_variation > 0.5


def test_noise_inside_the_span_is_visible():
    labels = np.repeat(np.arange(3), 2)
    features = np.repeat(simplex(3, 5), 2, axis=0)
    features[::2, 0] += 0.1
    assert scatter_ratio(features, labels, 3) > 1e-3


def test_equal_means_give_nan():
    assert np.isnan(scatter_ratio(np.ones((4, 2)), [0, 1, 0, 1], 2))
