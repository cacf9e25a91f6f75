"""The six formulas: against slow loops, at their limits, in every arithmetic; and each sees the defect it is for."""

import array_api_strict
import numpy as np
import pytest
import torch

from ncverify.errors import NotRationalError
from ncverify.metrics import (
    Notation,
    classifier_cosine_deviation,
    classifier_norm_variation,
    feature_cosine_deviation,
    feature_norm_variation,
    mean_distance,
    section_4_metrics,
    self_duality_distance,
    within_class_variation,
)
from ncverify.metrics.section_4 import from_means
from ncverify.numbers.ball import BALL, precision
from ncverify.numbers.rational import RATIONAL
from ncverify.point import Point
from tests.metrics import oracles
from tests.metrics.samples import simplex

EPS = float(np.finfo(np.float64).eps)
BACKENDS = {
    "numpy float64": (np.asarray, EPS),
    "numpy float32": (lambda a: np.asarray(a, dtype=np.float32), float(np.finfo(np.float32).eps)),
    "torch float64": (torch.from_numpy, EPS),
    "torch float32": (lambda a: torch.from_numpy(a).float(), float(np.finfo(np.float32).eps)),
    "array-api-strict": (array_api_strict.asarray, EPS),
    "balls": (BALL.asarray, EPS),
}
NOTATIONS = [Notation(), Notation(centred_cosines=False), Notation(centred_classifier=False), Notation(ddof=1)]


def number(value):
    """A plain float, also from the middle of a ball."""
    return value.field.to_float(value.item()) if hasattr(value, "field") else float(value)


def random_point(seed, K=4, n=3, d=6):
    rng = np.random.default_rng(seed)
    # short numbers, so that float32 starts from the same point
    return np.round(rng.standard_normal((K, d)), 3), np.round(rng.standard_normal((d, K * n)), 3)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("notation", NOTATIONS, ids=str)
def test_the_metrics_of_a_point_are_those_of_slow_loops_in_every_arithmetic(backend, notation):
    convert, eps = BACKENDS[backend]
    W, H = random_point(7)
    labels = np.repeat(np.arange(4), 3)
    if "32" in backend:
        W, H = W.astype(np.float32).astype(float), H.astype(np.float32).astype(float)
    expected = oracles.metrics(H.T, labels, W, **vars(notation))
    found = vars(section_4_metrics(Point(convert(W), convert(H)), notation))
    for name, value in found.items():
        # a handful of roundings for each of the d numbers under a norm, over quotients of order one
        assert number(value) == pytest.approx(expected[name], abs=8 * W.shape[1] * eps), name


def test_the_standard_deviation_is_that_of_the_whole_population_unless_asked_otherwise():
    rows = np.array([[3.0], [-1.0]])
    assert float(classifier_norm_variation(rows, centred=False)) == 0.5
    assert float(classifier_norm_variation(rows, centred=False, ddof=1)) == pytest.approx(0.5**0.5)
    assert float(feature_norm_variation(rows, np.zeros(1))) == 0.5


def test_results_stay_in_the_library_and_dtype_of_the_point():
    W, H = random_point(1)
    metrics = section_4_metrics(Point(torch.from_numpy(W).float(), torch.from_numpy(H).float()))
    assert {(type(v), v.dtype) for v in vars(metrics).values()} == {(torch.Tensor, torch.float32)}


@pytest.mark.parametrize(("K", "d"), [(2, 2), (3, 5), (10, 12)])
@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e200])
def test_all_metrics_vanish_at_collapse_at_every_scale(K, d, scale):
    M = simplex(K, d, scale)
    shift = scale * np.linspace(-1, 1, d)  # the features may sit anywhere
    H = np.repeat(M + shift, 3, axis=0).T
    metrics = vars(section_4_metrics(Point(simplex(K, d, 1 / scale), H)))
    for name, value in metrics.items():
        assert value <= 8 * d * EPS, name


def test_rational_arithmetic_gives_exact_zeros_at_collapse():
    K, d = 4, 5
    means = RATIONAL.asarray(simplex(K, d)) + 1  # 1/4 is a dyadic fraction
    metrics = from_means(means, RATIONAL.ones(d), RATIONAL.asarray(simplex(K, d)) * 3, RATIONAL.asarray(0))
    assert all(bool(value == 0) for value in vars(metrics).values())
    own_mean = within_class_variation(means, range(K), means, RATIONAL.ones(d))
    assert bool(own_mean == 0)


def test_rational_arithmetic_declines_what_is_irrational_and_balls_take_over():
    W, _ = random_point(3)
    with pytest.raises(NotRationalError):
        classifier_norm_variation(RATIONAL.asarray(W))
    with precision(128):
        enclosure = classifier_norm_variation(BALL.asarray(W))
    assert number(enclosure) == pytest.approx(float(classifier_norm_variation(W)), rel=16 * EPS)


@pytest.mark.slow
def test_the_metrics_can_be_differentiated():
    W, H = random_point(5)
    W, H = torch.from_numpy(W).requires_grad_(), torch.from_numpy(H).requires_grad_()
    sum(vars(section_4_metrics(Point(W, H))).values()).backward()
    assert torch.isfinite(W.grad).all()
    assert torch.isfinite(H.grad).all()


@pytest.mark.parametrize("factor", [0.5, 3.0, 1e-160, 1e160])
def test_positive_factors_change_nothing(factor):
    W, H = random_point(9)
    plain = vars(section_4_metrics(Point(W, H)))
    scaled = vars(section_4_metrics(Point(W * factor, H * factor)))
    for name, value in scaled.items():
        assert value == pytest.approx(float(plain[name]), rel=64 * EPS), name


class TestEachMetricSeesItsDefect:
    """Negative controls: at a collapsed point, one defect moves the metric that is for it."""

    K, d = 4, 6

    def defective(self, *, means=None, W=None, noise=None):
        M = simplex(self.K, self.d) if means is None else means
        W = simplex(self.K, self.d) if W is None else W
        H = np.repeat(M, 2, axis=0).T.copy()
        if noise is not None:
            H += noise
        found = vars(section_4_metrics(Point(W, H)))
        return {name for name, value in found.items() if value > 1e-6}

    def test_nothing_is_seen_at_collapse(self):
        assert self.defective() == set()

    def test_one_long_classifier(self):
        W = simplex(self.K, self.d)
        W[0] *= 1.5
        assert self.defective(W=W) == {
            "classifier_norm_variation",
            "classifier_cosine_deviation",
            "self_duality_distance",
        }

    def test_unequal_means_at_right_angles(self):
        means = np.diag([1.0, 2.0, 1.0, 1.0, 0.0, 0.0])[:4]
        assert {"feature_norm_variation", "feature_cosine_deviation"} <= self.defective(means=means)

    def test_noise_around_the_means(self):
        noise = np.zeros((self.d, 2 * self.K))
        noise[5, ::2], noise[5, 1::2] = 0.1, -0.1
        assert self.defective(noise=noise) == {"within_class_variation"}

    def test_classifiers_that_belong_to_other_classes(self):
        assert self.defective(W=simplex(self.K, self.d)[[1, 0, 2, 3]]) == {"self_duality_distance"}

    def test_classifiers_with_parts_that_no_mean_has(self):
        W = simplex(self.K, self.d)
        W[:, 4], W[:, 5] = [1, -1, 1, -1], [1, 1, -1, -1]
        assert "self_duality_distance" in self.defective(W=W)


class TestNotation:
    """The readings of ambiguous notation differ where they should."""

    def test_uncentred_cosines_of_a_collapsed_network_far_from_the_origin_are_not_those_of_a_simplex(self):
        means = simplex(3, 4) + 1.0
        assert feature_cosine_deviation(means, np.ones(4)) < 8 * EPS
        assert feature_cosine_deviation(means, np.ones(4), centred=False) > 0.5

    def test_a_common_shift_of_the_classifiers_is_invisible_only_when_centred(self):
        W = simplex(3, 4) + 1.0
        means, centre = simplex(3, 4), np.zeros(4)
        for metric in (classifier_norm_variation, classifier_cosine_deviation):
            assert metric(W) < 8 * EPS
        assert classifier_cosine_deviation(W, centred=False) > 0.5
        assert self_duality_distance(means, centre, W) < 8 * EPS
        assert self_duality_distance(means, centre, W, centred=False) > 0.5

    def test_appendix_d_prints_a_quotient_that_is_one(self):
        _, H = random_point(2)
        own = np.repeat(H.T.reshape(4, 3, 6).mean(axis=1), 3, axis=0)
        assert mean_distance(H.T, own) / mean_distance(H.T, own) == 1


class TestDegeneratePoints:
    """A denominator of zero is NaN, silently; warnings are errors in these tests."""

    zeros = np.zeros((3, 4))
    means = simplex(3, 4)

    def test_equal_class_means(self):
        centre = np.ones(4)
        same = np.ones((3, 4))
        assert np.isnan(feature_norm_variation(same, centre))
        assert np.isnan(feature_cosine_deviation(same, centre))
        assert np.isnan(self_duality_distance(same, centre, self.means))

    def test_equal_classifiers(self):
        assert np.isnan(classifier_norm_variation(np.ones((3, 4))))
        assert classifier_norm_variation(np.ones((3, 4)), centred=False) == 0
        assert np.isnan(classifier_cosine_deviation(np.ones((3, 4))))
        assert np.isnan(self_duality_distance(self.means, np.zeros(4), self.zeros))

    def test_one_mean_of_norm_zero_leaves_the_norm_variation_defined(self):
        means = np.array([[0.0], [1.0], [-1.0]])
        assert feature_norm_variation(means, np.zeros(1)) == pytest.approx(0.5**0.5)
        assert np.isnan(feature_cosine_deviation(means, np.zeros(1)))

    def test_all_features_equal(self):
        assert np.isnan(within_class_variation(np.ones((4, 2)), [0, 0, 1, 1], np.ones((2, 2)), np.ones(2)))

    def test_features_equal_to_their_means_are_within_class_zero(self):
        means = np.array([[1.0], [-1.0]])
        assert within_class_variation(means, [0, 1], means, np.zeros(1)) == 0

    def test_rational_arithmetic_has_no_nan(self):
        with pytest.raises(ZeroDivisionError):
            feature_norm_variation(RATIONAL.ones((3, 4)), RATIONAL.ones(4))

    @pytest.mark.parametrize(
        "metric",
        [
            lambda one: feature_norm_variation(one, one[0]),
            classifier_norm_variation,
            lambda one: feature_cosine_deviation(one, one[0]),
            classifier_cosine_deviation,
            lambda one: self_duality_distance(one, one[0], one),
        ],
    )
    def test_a_single_class_is_refused(self, metric):
        with pytest.raises(ValueError, match="at least two classes"):
            metric(np.ones((1, 3)))
