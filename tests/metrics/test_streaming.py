"""The stream gives what all samples in one array give, whatever the batches, dtypes, libraries and processes."""

import pickle

import array_api_strict
import numpy as np
import pytest
import torch

from ncverify.metrics import CollapseMetrics, Notation, metrics_of
from tests.metrics import oracles
from tests.metrics.samples import balanced, batches, simplex, unbalanced

EPS32 = float(np.finfo(np.float32).eps)
EPS64 = float(np.finfo(np.float64).eps)


def stream(features, labels, W, sizes=(4,), **options):
    metric = CollapseMetrics(*W.shape, **options)
    for batch in batches(features, labels, sizes):
        metric.update(*batch)
    for batch in batches(features, labels, sizes):
        metric.update_distances(*batch)
    return metric


def tolerance(eps, d):
    """A few roundings for each of the d squares of a norm, and for the sums around them."""
    return 4 * (d + 16) * eps


def assert_metrics(found, expected, eps, d):
    for name, value in vars(found).items():
        assert isinstance(value, float)
        assert value == pytest.approx(expected[name], rel=tolerance(eps, d), abs=tolerance(eps, d)), name


@pytest.mark.parametrize("sizes", [(1,), (4,), (5, 1, 0, 8), (100,)], ids=str)
@pytest.mark.parametrize("order", ["mixed", "by class", "reversed"])
def test_batches_of_any_size_and_order_give_the_metrics_of_slow_loops(sizes, order):
    features, labels, W = unbalanced(1)
    if order == "by class":
        by_class = np.argsort(labels, kind="stable")
        features, labels = features[by_class], labels[by_class]
    if order == "reversed":
        features, labels = features[::-1], labels[::-1]
    expected = oracles.metrics(features, labels, W)
    assert_metrics(stream(features, labels, W, sizes).compute(W), expected, EPS64, 7)


FORMS = {
    "numpy float64": (lambda a: a, EPS64),
    "numpy float32": (lambda a: a.astype(np.float32), EPS32),
    "numpy float16": (lambda a: a.astype(np.float16), EPS32),
    "torch float64": (torch.from_numpy, EPS64),
    "torch float32": (lambda a: torch.from_numpy(a).float(), EPS32),
    "torch float16": (lambda a: torch.from_numpy(a).half(), EPS32),
    "torch bfloat16": (lambda a: torch.from_numpy(a).bfloat16(), EPS32),
    "torch with gradient": (lambda a: torch.from_numpy(a).requires_grad_(), EPS64),
    "not contiguous": (lambda a: np.asfortranarray(np.repeat(a, 2, axis=1))[:, ::2], EPS64),
    "array-api-strict": (array_api_strict.asarray, EPS64),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("spread", [1.0, 1e-3])
def test_every_dtype_and_library_gives_the_metrics_of_the_numbers_it_holds(form, spread):
    convert, eps = FORMS[form]
    features, labels, W = unbalanced(2, spread=spread, offset=1.0)
    given = convert(features)
    held = given.detach().double().numpy() if isinstance(given, torch.Tensor) else np.asarray(given, dtype=float)
    metric = CollapseMetrics(*W.shape)
    metric.update(given, labels)
    metric.update_distances(given, labels)
    assert_metrics(metric.compute(W), oracles.metrics(held, labels, W), eps, 7)


@pytest.mark.parametrize("spread", [1.0, 1e-2, 1e-5])
def test_float32_features_far_from_the_origin_lose_nothing_beyond_their_own_rounding(spread):
    features, labels, W = balanced(3, n=40, d=16, spread=spread, offset=100.0)
    features = features.astype(np.float32)
    expected = oracles.metrics(features, labels, W)["within_class_variation"]
    assert metrics_of(features, labels, W).within_class_variation == pytest.approx(expected, rel=tolerance(EPS32, 16))


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_exactly_collapsed_features_have_within_class_variation_exactly_zero(dtype):
    means = np.random.default_rng(4).standard_normal((3, 8)).astype(dtype)
    labels = np.random.default_rng(5).integers(0, 3, 5000)
    metrics = metrics_of(means[labels], labels, np.eye(3, 8))
    assert metrics.within_class_variation == 0
    assert metrics.within_class_rms == 0


def test_float32_sums_leave_a_floor_that_float64_sums_do_not():
    means = np.random.default_rng(4).standard_normal((3, 8)).astype(np.float32)
    labels = np.random.default_rng(5).integers(0, 3, 5000)
    single = stream(means[labels], labels, np.eye(3, 8), (1000,), dtype="float32")
    assert single.compute(np.eye(3, 8)).within_class_variation > 1e-8


def test_many_samples_go_through_several_blocks_in_any_order():
    """More rows than a block holds, so that blocks of one class, of many, and gathered ones all occur."""
    rng = np.random.default_rng(6)
    K, d, N = 3, 2048, 1500
    labels = np.sort(rng.integers(0, K, N))
    features = (rng.standard_normal((K, d))[labels] + 0.3 * rng.standard_normal((N, d))).astype(np.float32)
    W = rng.standard_normal((K, d))
    expected = vars(metrics_of(features.astype(np.float64), labels, W))
    shuffled = rng.permutation(N)
    for order in (slice(None), shuffled):
        for sizes in ((N,), (128,), (700, 3)):
            found = vars(stream(features[order], labels[order], W, sizes).compute(W))
            assert found == pytest.approx(expected, rel=tolerance(EPS32, d))
        sums = CollapseMetrics(K, d, second_moments=True)
        sums.update(features[order].astype(np.float64), labels[order])
        # N + d roundings of the sum of the squares, ten times what is left without the squares of the means
        one_pass = sums.compute(W, single_pass=True).within_class_rms
        assert one_pass == pytest.approx(expected["within_class_rms"], rel=10 * (N + d) * EPS64)


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e200, 1e300])
@pytest.mark.parametrize("form", [np.asarray, array_api_strict.asarray])
def test_the_six_metrics_survive_every_scale_of_float64(scale, form):
    features, labels, W = unbalanced(16)
    expected = oracles.metrics(features, labels, W)
    metric = CollapseMetrics(*W.shape, second_moments=True)
    metric.update(form(features * scale), labels)
    metric.update_distances(form(features * scale), labels)
    found = metric.compute(W / scale)
    for name, value in expected.items():
        if name == "within_class_rms":
            assert np.isnan(getattr(found, name)) or scale == 1e-300
        else:
            assert getattr(found, name) == pytest.approx(value, rel=1e3 * EPS64), name


def test_the_caller_may_fill_the_same_arrays_again():
    features, labels, W = unbalanced(8)
    room, label_room = np.empty_like(features[:1]), np.empty_like(labels[:1])
    metric = CollapseMetrics(*W.shape)
    for step in (metric.update, metric.update_distances):
        for h, k in zip(features, labels, strict=True):
            room[0], label_room[0] = h, k
            step(room, label_room)
    assert_metrics(metric.compute(W), oracles.metrics(features, labels, W), EPS64, 7)


@pytest.mark.parametrize("notation", [Notation(), Notation(False, False, 1)], ids=str)
@pytest.mark.parametrize("centre", ["samples", "classes"])
def test_the_readings_of_notation_and_of_the_global_mean_are_those_of_slow_loops(notation, centre):
    features, labels, W = unbalanced(9)
    expected = oracles.metrics(features, labels, W, centre=centre, **vars(notation))
    assert_metrics(metrics_of(features, labels, W, centre=centre, notation=notation), expected, EPS64, 7)


def test_unequal_classes_show_collapse_only_around_the_mean_of_the_classes():
    labels = np.repeat([0, 1, 2], [1, 5, 50])
    features, W = simplex(3, 4)[labels], simplex(3, 4)
    assert metrics_of(features, labels, W, centre="classes").feature_cosine_deviation < 100 * EPS64
    assert metrics_of(features, labels, W).feature_cosine_deviation > 0.1


class TestProcesses:
    """Merging the states of several processes."""

    features, labels, W = unbalanced(11)
    parts = (slice(0, 5), slice(5, 6), slice(6, None))

    def first_pass(self):
        processes = [CollapseMetrics(*self.W.shape, second_moments=True) for _ in self.parts]
        for process, part in zip(processes, self.parts, strict=True):
            process.update(self.features[part], self.labels[part])
        return processes

    def merged(self, states):
        total = CollapseMetrics(*self.W.shape, second_moments=True)
        for state in states:
            total.merge_state(state)
        return total

    def test_two_merges_give_the_metrics_of_one_process(self):
        states = [pickle.loads(pickle.dumps(process.state())) for process in self.first_pass()]
        everywhere = [self.merged(states) for _ in self.parts]
        for process, part in zip(everywhere, self.parts, strict=True):
            process.update_distances(self.features[part], self.labels[part])
        total, *others = everywhere
        for other in others:
            total.merge_state(other.state())
        assert_metrics(total.compute(self.W), oracles.metrics(self.features, self.labels, self.W), EPS64, 7)

    def test_whole_objects_merge_and_travel_too(self):
        first, *others = [pickle.loads(pickle.dumps(process)) for process in self.first_pass()]
        for other in others:
            first.merge_state(other)
        means = oracles.metrics(self.features, self.labels, self.W)["feature_norm_variation"]
        found = first.compute(self.W, single_pass=True).feature_norm_variation
        assert found == pytest.approx(means, rel=tolerance(EPS64, 7))

    def test_distances_from_different_means_are_refused(self):
        first, second, _ = self.first_pass()
        for process in (first, second):
            process.update(self.features, self.labels)
            process.update_distances(self.features, self.labels)
        with pytest.raises(ValueError, match="different class means"):
            first.merge_state(second)

    def test_states_of_different_passes_are_refused(self):
        first, second, _ = self.first_pass()
        first.update(self.features, self.labels)
        first.update_distances(self.features, self.labels)
        with pytest.raises(ValueError, match="first pass and the other in its second"):
            first.merge_state(second)
        with pytest.raises(ValueError, match="first pass and the other in its second"):
            second.merge_state(first)

    def test_other_shapes_are_refused(self):
        with pytest.raises(ValueError, match="expected K, d = 5, 7, got"):
            CollapseMetrics(5, 7).merge_state(CollapseMetrics(5, 8))

    def test_libraries_may_be_mixed_in_one_stream(self):
        metric = CollapseMetrics(*self.W.shape)
        forms = (array_api_strict.asarray, torch.from_numpy, np.asarray)
        for step in (metric.update, metric.update_distances):
            for part, form in zip(self.parts, forms, strict=True):
                step(form(self.features[part]), self.labels[part])
        assert_metrics(metric.compute(self.W), oracles.metrics(self.features, self.labels, self.W), EPS64, 7)


@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy, array_api_strict.asarray])
@pytest.mark.parametrize("label_form", [np.asarray, torch.from_numpy, array_api_strict.asarray, np.ndarray.tolist])
def test_labels_may_be_of_another_library_than_features(form, label_form):
    features, labels, W = unbalanced(17)
    found = metrics_of(form(features), label_form(labels), W)
    assert_metrics(found, oracles.metrics(features, labels, W), EPS64, 7)


class TestOnePass:
    """What can be had without a second pass, and what cannot."""

    features, labels, W = unbalanced(12)

    @pytest.mark.parametrize("form", [np.asarray, array_api_strict.asarray])
    def test_the_root_mean_square_variant_is_that_of_slow_loops(self, form):
        metric = CollapseMetrics(*self.W.shape, second_moments=True)
        metric.update(form(self.features), self.labels)
        found = metric.compute(self.W, single_pass=True)
        expected = oracles.metrics(self.features, self.labels, self.W)
        assert found.within_class_rms == pytest.approx(expected["within_class_rms"], rel=1e3 * EPS64)
        assert np.isnan(found.within_class_variation)
        assert found.self_duality_distance == pytest.approx(expected["self_duality_distance"], rel=1e3 * EPS64)

    def test_it_is_not_the_number_of_the_paper(self):
        expected = oracles.metrics(self.features, self.labels, self.W)
        assert abs(expected["within_class_rms"] - expected["within_class_variation"]) > 1e-3

    def test_without_second_moments_it_is_nan(self):
        metric = CollapseMetrics(*self.W.shape)
        metric.update(self.features, self.labels)
        assert np.isnan(metric.compute(self.W, single_pass=True).within_class_rms)

    def test_collapsed_classes_have_root_mean_square_of_rounding_only(self):
        metric = CollapseMetrics(3, 4, second_moments=True)
        metric.update(simplex(3, 4)[[0, 0, 1, 1, 2, 2]], [0, 0, 1, 1, 2, 2])
        assert metric.compute(np.eye(3, 4), single_pass=True).within_class_rms < 1e-7


class TestMisuse:
    """Each misuse has its sentence."""

    features, labels, W = unbalanced(13)

    def test_compute_without_the_second_pass(self):
        metric = CollapseMetrics(*self.W.shape)
        metric.update(self.features, self.labels)
        with pytest.raises(ValueError, match=r"needs a second pass: feed the same samples to update_distances"):
            metric.compute(self.W)

    def test_compute_after_half_of_the_second_pass(self):
        metric = CollapseMetrics(*self.W.shape)
        metric.update(self.features, self.labels)
        metric.update_distances(self.features[:9], self.labels[:9])
        with pytest.raises(ValueError, match="update has seen 3 samples of class 0, update_distances"):
            metric.compute(self.W)

    def test_update_after_the_second_pass_has_begun(self):
        metric = stream(self.features, self.labels, self.W)
        with pytest.raises(RuntimeError, match="class means are fixed"):
            metric.update(self.features, self.labels)

    def test_reset_forgets_both_passes(self):
        metric = stream(self.features, self.labels, self.W)
        metric.reset()
        other, labels, _ = unbalanced(14)
        metric.update(other, labels)
        metric.update_distances(other, labels)
        assert_metrics(metric.compute(self.W), oracles.metrics(other, labels, self.W), EPS64, 7)

    def test_a_class_without_samples(self):
        metric = CollapseMetrics(3, 2)
        metric.update(np.ones((2, 2)), [0, 2])
        with pytest.raises(ValueError, match="class 1 has no samples"):
            metric.update_distances(np.ones((2, 2)), [0, 2])

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    @pytest.mark.parametrize("form", [np.asarray, torch.from_numpy, array_api_strict.asarray])
    def test_features_that_are_not_finite(self, value, form):
        features = self.features.copy()
        features[4, 2] = value
        metric = CollapseMetrics(*self.W.shape)
        metric.update(form(features), self.labels)
        with pytest.raises(ValueError, match=f"finite, class {self.labels[4]} has others"):
            metric.compute(self.W)

    def test_a_classifier_of_another_shape(self):
        with pytest.raises(ValueError, match="it looks transposed"):
            stream(self.features, self.labels, self.W).compute(self.W.T)

    @pytest.mark.parametrize("options", [{"centre": "median"}, {"dtype": "float16"}])
    def test_unknown_options(self, options):
        with pytest.raises(ValueError, match="expected"):
            CollapseMetrics(3, 2, **options)

    @pytest.mark.parametrize(("K", "d"), [(1, 3), (3, 0)])
    def test_too_few_classes_or_dimensions(self, K, d):
        with pytest.raises(ValueError, match=r"expected (K >= 2|d >= 1)"):
            CollapseMetrics(K, d)


def test_the_smallest_stream_there_is():
    metrics = metrics_of(np.array([[1.0], [-2.0]]), [0, 1], np.array([[1.0], [-1.0]]))
    assert metrics.within_class_variation == 0
    assert metrics.feature_cosine_deviation == 0
    assert metrics.self_duality_distance == 0


def test_degenerate_features_are_nan_without_a_warning():
    metrics = metrics_of(np.ones((4, 3)), [0, 1, 0, 1], np.zeros((2, 3)))
    assert all(np.isnan(value) for value in vars(metrics).values())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_features_on_a_cuda_device_give_the_metrics_of_the_host(dtype):
    features, labels, W = unbalanced(15)
    given = torch.from_numpy(features).to(dtype)
    metric = stream(given.cuda(), torch.from_numpy(labels).cuda(), torch.from_numpy(W))
    assert_metrics(metric.compute(torch.from_numpy(W).cuda()), oracles.metrics(given.double(), labels, W), EPS64, 7)
