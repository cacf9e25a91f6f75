"""Distances where float32 shortcuts would fail: tiny, huge, cancelling, one rounding apart."""

import math

import numpy as np
import pytest

from ncverify.metrics import CollapseMetrics
from ncverify.metrics.distances import DistanceTable
from ncverify.metrics.totals import ClassMeans
from tests.metrics.oracles import minus, norm

EPS = {np.float32: float(np.finfo(np.float32).eps), np.float64: float(np.finfo(np.float64).eps)}


def distances(features, labels, means, global_mean, *, one_class=False):
    counts = np.bincount(labels, minlength=len(means))
    table = DistanceTable(ClassMeans(counts, means, global_mean), features.dtype)
    own, along = table.products(features, labels, one_class=one_class)
    if table.trusts(own, along):
        return table.distances(own, along, labels)
    return table.careful_distances(features, labels, own, along)


def expected(features, labels, means, global_mean):
    rows = features.astype(np.float64).tolist()
    own = [norm_scaled(minus(h, means[k])) for h, k in zip(rows, labels, strict=True)]
    return own, [norm_scaled(minus(h, global_mean)) for h in rows]


def norm_scaled(v):
    size = max(abs(x) for x in v)
    return size * norm([x / size for x in v]) if size else 0.0


def assert_distances(features, labels, means, global_mean):
    d = features.shape[1]
    for one_class in (False, True) if len(set(labels.tolist())) == 1 else (False,):
        found = distances(features, labels, means, global_mean, one_class=one_class)
        for values, truth in zip(found, expected(features, labels, means, global_mean), strict=True):
            # d squares, and two bits that the shortcut to the global mean may lose
            assert values == pytest.approx(truth, rel=8 * d * EPS[features.dtype.type], abs=0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1.0, 1e-18, 1e-25, 1e-37, 1e18, 1e30])
@pytest.mark.parametrize("one_class", [False, True])
def test_features_of_every_scale_have_their_distances(dtype, scale, one_class):
    rng = np.random.default_rng(1)
    labels = np.ones(20, dtype=np.int64) if one_class else rng.integers(0, 3, 20)
    means = scale * rng.standard_normal((3, 5))
    features = (means[labels] + scale * rng.standard_normal((20, 5))).astype(dtype)
    assert_distances(features, labels, means, means.mean(axis=0))


@pytest.mark.parametrize("scale", [1e-170, 1e-300, 1e170])
def test_float64_features_beyond_the_range_of_squares_have_their_distances(scale):
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 3, 20)
    means = scale * rng.standard_normal((3, 5))
    assert_distances(means[labels] + scale * rng.standard_normal((20, 5)), labels, means, means.mean(axis=0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_feature_at_the_global_mean_is_not_lost_in_cancellation(dtype):
    means = np.array([[1.0, 0.0], [-1.0, 0.0]])
    for gap in (0.0, 2.0**-20, 2.0**-11):
        assert_distances(np.array([[gap, 0.0], [-1.0, gap]], dtype=dtype), np.array([0, 1]), means, np.zeros(2))


def test_a_mean_between_two_neighbouring_floats_is_not_rounded_to_one_of_them():
    low = np.float32(1)
    high = np.nextafter(low, np.float32(2))
    features = np.array([[low], [high], [high], [-low]], dtype=np.float32)
    labels = np.array([0, 0, 0, 1])
    metric = CollapseMetrics(2, 1)
    metric.update(features, labels)
    step = float(high) - 1
    own, _ = distances(features, labels, metric.class_means.means, metric.class_means.global_mean)
    assert own[:3] == pytest.approx([2 / 3 * step, step / 3, step / 3], rel=1e-6)
    alone, _ = distances(
        features[:3], labels[:3], metric.class_means.means, metric.class_means.global_mean, one_class=True
    )
    assert alone == pytest.approx([2 / 3 * step, step / 3, step / 3], rel=1e-6)


def test_plain_float32_differences_would_fail_that_test():
    """Negative control: the mean rounded to float32 is one of the two neighbours."""
    low = np.float32(1)
    high = np.nextafter(low, np.float32(2))
    mean = (float(low) + 2 * float(high)) / 3
    assert high - np.float32(mean) == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_features_at_their_class_mean_have_distance_exactly_zero(dtype):
    means = np.array([[0.1, 0.7], [0.3, -0.2]]).astype(dtype).astype(np.float64)
    own, overall = distances(means.astype(dtype), np.array([0, 1]), means, means.mean(axis=0))
    assert own.tolist() == [0, 0]
    assert overall == pytest.approx([math.hypot(*(means[0] - means[1])) / 2] * 2, rel=8 * EPS[dtype])


@pytest.mark.parametrize("scale", [1e-200, 1e-25])
def test_a_feature_at_its_tiny_class_mean_still_has_its_distance_from_the_global_mean(scale):
    means = scale * np.array([[1.0, 0.0], [0.0, 2.0]])
    assert_distances(means, np.array([0, 1]), means, means.mean(axis=0))


@pytest.mark.parametrize("times", [300, 1_000, 3_000, 10_000, 100_000])
def test_what_single_precision_lacks_of_a_mean_counts_for_features_near_it(times):
    """Less than a ten-millionth of the mean, and up to a three-hundredth of the distance."""
    means = np.array([[1 / 3] * 4, [-1 / 3] * 4])
    rest = means[0] - means[0].astype(np.float32)
    features = (means[:1] + times * np.linalg.norm(rest) * np.sign(rest)).astype(np.float32)
    assert rest.all()
    assert_distances(features, np.array([0]), means, np.zeros(4))


def test_products_that_leave_single_precision_are_measured_again_without_a_warning():
    means, labels = np.array([[1.6e19], [-1.6e19]]), np.array([0, 1])
    features = np.array([[3.2e19], [-3.2e19]], dtype=np.float32)
    assert_distances(features, labels, means, np.zeros(1))


def test_without_its_second_pass_the_within_class_variation_is_unknown():
    metric = CollapseMetrics(K=2, d=1, second_moments=True)
    features, labels = np.array([[1.0], [2.0], [-1.0], [-4.0]]), np.array([0, 0, 1, 1])
    metric.update(features, labels)
    metric.update_distances(features[:3], labels[:3])
    assert math.isnan(metric.compute(np.array([[1.0], [-1.0]]), single_pass=True).within_class_variation)


def test_a_single_pass_over_features_beyond_the_range_of_squares_knows_no_root_mean_square_and_does_not_warn():
    metric = CollapseMetrics(K=2, d=1, second_moments=True)
    metric.update(np.array([[1e200], [2e200], [-1e200], [-2e200]]), np.array([0, 0, 1, 1]))
    assert math.isnan(metric.compute(np.array([[1.0], [-1.0]]), single_pass=True).within_class_rms)
