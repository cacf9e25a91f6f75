"""Layers before the last one: the metrics that need no classifier, and the classifier of the nearest class mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ncverify.metrics import ClassMeans, CollapseMetrics, NearestMeanAgreement, ScatterRatio
from ncverify.metrics.place import placed
from ncverify.recorder.passes import Part

METRICS = ("feature_norm_variation", "within_class_variation", "feature_cosine_deviation", "within_class_rms")


class HiddenSums:
    """The sums of the two passes for each of some layers.

    Args:
        names: of the layers.
        K: number of classes.
    """

    def __init__(self, names: list[str], K: int) -> None:
        self._names, self._K = names, K
        self._metrics: dict[str, CollapseMetrics] = {}
        self._totals: dict[str, CollapseMetrics] = {}
        self._scatter: dict[str, ScatterRatio] = {}
        self._nearest: dict[str, NearestMeanAgreement] = {}
        self._tested: dict[str, NearestMeanAgreement] = {}

    def first(self, part: Part) -> dict[str, Any]:
        """The sums of a part in the first pass."""
        states = {}
        for name in self._names:
            sums = CollapseMetrics(self._K, part.hidden[name].shape[1])
            for features, labels, _ in part.chunks(self._K, name):
                sums.update(features, labels)
            states[name] = sums.state()
        return states

    def merge_first(self, states: dict[str, Any]) -> None:
        """Adds them."""
        for name, state in states.items():
            if name not in self._metrics:
                self._metrics[name] = CollapseMetrics(self._K, state["sums"].shape[1])
            self._metrics[name].merge_state(state)

    def begin_second_pass(self, present: np.ndarray) -> None:
        """Fixes the means of the classes that have samples; from here on their numbers count these classes only."""
        self._K = int(present.sum())
        for name, first in self._metrics.items():
            metric = self._metrics[name] = of_classes(first, present)
            means = metric.class_means
            self._totals[name] = CollapseMetrics(metric.K, metric.d)
            self._totals[name].merge_state(metric)
            self._totals[name].update_distances(np.empty((0, metric.d)), np.empty(0, dtype=np.int64))
            self._scatter[name] = ScatterRatio(means)
            self._nearest[name], self._tested[name] = nearest_mean(means), nearest_mean(means)

    def second(self, part: Part) -> dict[str, Any]:
        """The sums of a part in the second pass."""
        sums_by_layer = {}
        for name in self._names:
            metric = self._metrics[name]
            sums = CollapseMetrics(metric.K, metric.d)
            sums.merge_state(metric)
            scatter, nearest = ScatterRatio(metric.class_means), nearest_mean(metric.class_means)
            for features, labels, _ in part.chunks(self._K, name):
                for batch in placed(features, labels, metric.K, metric.d):
                    sums.add_distances(*batch)
                    scatter.add(*batch)
                nearest.update(_centred(features, metric.class_means), labels)
            sums_by_layer[name] = sums.state(), scatter, nearest
        return sums_by_layer

    def merge_second(self, states: dict[str, Any]) -> None:
        """Adds them."""
        for name, (state, scatter, nearest) in states.items():
            self._totals[name].merge_state(state)
            self._scatter[name].merge_state(scatter)
            self._nearest[name].merge_state(nearest)

    def test(self, part: Part) -> dict[str, NearestMeanAgreement]:
        """The decisions of the nearest class mean on a part of the test data."""
        decisions = {}
        for name in self._names:
            means = self._metrics[name].class_means
            decisions[name] = nearest_mean(means)
            for features, labels, _ in part.chunks(self._K, name):
                decisions[name].update(_centred(features, means), labels)
        return decisions

    def merge_test(self, states: dict[str, NearestMeanAgreement]) -> None:
        """Adds them."""
        for name, sums in states.items():
            self._tested[name].merge_state(sums)

    def rows(self) -> dict[str, dict[str, float | int]]:
        """The numbers of each layer on the training data."""
        by_layer: dict[str, dict[str, float | int]] = {}
        for name in self._names:
            # the metrics of the features do not depend on the classifier
            values = vars(self._totals[name].compute(self._metrics[name].class_means.means))
            by_layer[name] = {metric: values[metric] for metric in METRICS}
            by_layer[name]["papyan_nc1"] = self._scatter[name].compute()
            by_layer[name]["nearest_mean_accuracy"] = self._nearest[name].compute().accuracy
        return by_layer

    def test_rows(self) -> dict[str, dict[str, float]]:
        """Those on the test data."""
        return {name: {"test_nearest_mean_accuracy": self._tested[name].compute().accuracy} for name in self._names}


def of_classes(metric: CollapseMetrics, present: np.ndarray) -> CollapseMetrics:
    """The first pass of some classes, numbered anew.

    Raises:
        ValueError: fewer than two.
    """
    if present.all():
        return metric
    if present.sum() < 2:
        raise ValueError(f"labels: expected samples of at least two classes, got {int(present.sum())}")
    kept = CollapseMetrics(int(present.sum()), metric.d)
    kept.merge_state({name: values[present] for name, values in metric.state().items()})
    return kept


def nearest_mean(means: ClassMeans) -> NearestMeanAgreement:
    """The decisions of the nearest class mean, for features that are measured from the global mean.

    arg min |h - m_k| is arg max <m_k, h> - |m_k|^2 / 2.
    """
    offsets = means.means - means.global_mean
    centred = ClassMeans(means.counts, offsets, np.zeros_like(means.global_mean))
    return NearestMeanAgreement(centred, offsets, -(offsets**2).sum(axis=1) / 2)


def _centred(features: torch.Tensor, means: ClassMeans) -> torch.Tensor:
    return features.double() - torch.from_numpy(means.global_mean).to(features.device)
