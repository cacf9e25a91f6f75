"""Margins and Theorem 3.1's slack from batches, held against the point."""

import array_api_strict
import numpy as np
import pytest
import torch

from ncverify.metrics import MarginStream
from ncverify.point import Point
from ncverify.slack import margin_slack
from tests.metrics.samples import balanced, batches, simplex, unbalanced

EPS = float(np.finfo(np.float64).eps)


def streamed(features, labels, W, sizes=(4,), **options):
    stream = MarginStream(W, **options)
    for batch in batches(features, labels, sizes):
        stream.update(*batch)
    return stream


def point_of(features, labels, W):
    return Point(W, np.ascontiguousarray(features[np.argsort(labels, kind="stable")].T))


@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy, array_api_strict.asarray])
@pytest.mark.parametrize(("K", "n", "d"), [(4, 5, 6), (2, 1, 1), (6, 3, 2)])
def test_the_terms_are_those_of_the_point(convert, K, n, d):
    features, labels, W = balanced(1, K=K, n=n, d=d)
    point = point_of(features, labels, W)
    stream = streamed(convert(features), convert(labels), W, n=n)
    found, expected = stream.compute(), margin_slack(point)
    rounding = 16 * d * EPS * float(expected.bound)
    assert stream.q_min == pytest.approx(float(expected.q_min), abs=rounding)
    for name in ("bound", "centring", "alignment", "spread"):
        assert getattr(found, name) == pytest.approx(float(getattr(expected, name)), abs=rounding), name
    slack = found.centring + found.alignment + found.spread
    assert found.bound - stream.q_min == pytest.approx(slack, abs=rounding)


def test_at_collapse_with_equal_norms_the_slack_is_rounding_and_both_bounds_agree():
    n = 4
    W = simplex(3, 4)
    features, labels = np.repeat(W / np.sqrt(n), n, axis=0), np.repeat(np.arange(3), n)
    stream = streamed(features, labels, W, n=n)
    found = stream.compute()
    assert max(found.centring, found.alignment, abs(found.spread), abs(found.bound - stream.q_min)) < 16 * EPS
    assert found.balanced_bound == pytest.approx(found.bound, rel=16 * EPS)


def test_unbalanced_norms_waste_alignment_and_the_balanced_bound_sees_through_it():
    n = 4
    W = simplex(3, 4)
    features, labels = 10 * np.repeat(W / np.sqrt(n), n, axis=0), np.repeat(np.arange(3), n)
    stream = streamed(features, labels, W, n=n)
    found = stream.compute()
    assert found.alignment > 1
    assert stream.q_min == pytest.approx(found.balanced_bound, rel=16 * EPS)


def test_a_shifted_classifier_wastes_centring_only():
    n = 4
    features, labels = np.repeat(simplex(3, 4) / np.sqrt(n), n, axis=0), np.repeat(np.arange(3), n)
    found = streamed(features, labels, simplex(3, 4) + 1.0, n=n).compute()
    assert found.centring > 0.1
    assert max(found.alignment, abs(found.spread)) < 64 * EPS


def test_a_bias_moves_the_margin():
    features, labels, W = unbalanced(2)
    bias = np.array([0.0, 3.0, 0.0, 0.0, 0.0])
    logits = features @ W.T + bias
    own = logits[np.arange(len(labels)), labels]
    logits[np.arange(len(labels)), labels] = -np.inf
    assert streamed(features, labels, W, bias=bias).q_min == pytest.approx((own - logits.max(axis=1)).min())
    assert streamed(features, labels, W).q_min != streamed(features, labels, W, bias=bias).q_min


def test_merged_states_are_those_of_one_process():
    features, labels, W = balanced(3)
    whole = streamed(features, labels, W, n=5)
    first, second = streamed(features[:8], labels[:8], W, n=5), streamed(features[8:], labels[8:], W, n=5)
    first.merge_state(second)
    assert vars(first.compute()) == pytest.approx(vars(whole.compute()), rel=1e-13)


def test_the_longest_feature_is_that_of_all_batches_and_of_merged_streams():
    features, labels = np.array([[3.0, 4.0], [0.25, 0.0], [0.5, 0.0], [0.0, 0.25]]) / 8, np.arange(4) % 2
    first, second = streamed(features[:2], labels[:2], np.eye(2)), streamed(features[2:], labels[2:], np.eye(2))
    assert (MarginStream(np.eye(2)).longest, first.longest, second.longest) == (0.0, 0.625, 0.0625)
    second.merge_state(first)
    assert second.longest == 0.625
    second.reset()
    assert second.longest == 0.0


def test_an_empty_batch_changes_nothing():
    features, labels, W = balanced(4)
    stream = streamed(features, labels, W, n=5)
    before = vars(stream.compute())
    stream.update(features[:0], labels[:0])
    assert vars(stream.compute()) == before


@pytest.mark.parametrize("options", [{}, {"n": 5, "bias": [0.0] * 4}])
def test_without_a_common_class_size_or_with_a_bias_there_is_no_bound(options):
    features, labels, W = balanced(4)
    with pytest.raises(ValueError, match=r"^Theorem 3.1 .* there is no bound$"):
        streamed(features, labels, W, **options).compute()


def test_missing_samples_are_noticed():
    features, labels, W = balanced(4)
    with pytest.raises(ValueError, match=r"expected K \* n = 20 samples, got 19"):
        streamed(features[1:], labels[1:], W, n=5).compute()


def test_no_sample_of_a_class_is_no_size():
    with pytest.raises(ValueError, match="n: expected n >= 1"):
        MarginStream(np.eye(2), n=0)


def test_no_samples_have_no_mean_difference():
    assert np.isnan(MarginStream(np.eye(2)).mean_difference)
