"""The six metrics of Section 4 from batches, in the manner of torchmetrics: update, compute, reset, merge_state.

Avg(|h_ki - hbar_k|) is a mean of norms, which no sums taken before the class means are known can give. So the samples
pass twice, first through `update`, then, in any order and any batches, through `update_distances`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import array_api_compat
import numpy as np

from ncverify.arguments import guarded
from ncverify.metrics.device import DeviceDistances, DeviceSums
from ncverify.metrics.host import HostDistances, HostSums, on_host
from ncverify.metrics.samples import check_dense, checked_classifier, checked_features, checked_labels
from ncverify.metrics.section_4 import Notation, Section4Metrics, from_means
from ncverify.metrics.totals import ClassMeans, ClassTotals, DistanceTotals, GlobalMean
from ncverify.numbers import to_numpy


@dataclass(frozen=True)
class StreamedMetrics(Section4Metrics):
    """The six metrics as Python floats, and one number more.

    Args:
        within_class_rms: sqrt(sum |h_ki - hbar_k|^2 / sum |h_ki - hbar|^2), root mean squares in the place of means. It
            is **not** the paper's within-class variation, but one pass is enough for it. NaN where squares overflow.
    """

    within_class_rms: float


class CollapseMetrics:
    """Streams features and labels, and computes the metrics of Section 4 of a classifier on them.

    Batches may have any size, order and class balance, in float16, bfloat16, float32 or float64, as NumPy arrays or
    PyTorch tensors on any device (JAX and array-api-strict work too). Sums are kept in float64; the result is that of
    all features in one array up to the rounding of the features' dtype.

    Across processes: merge the `state()` of each process, in the same order everywhere, between the two passes; then
    let each process feed its own samples to `update_distances`, and merge the states again.

    Args:
        K: number of classes.
        d: dimension of the features.
        centre: the global mean is the mean of all `samples`, as in the paper, or of the `classes`. They are one for
            equal class sizes; for unequal ones only the second can show collapse: a weighted simplex is off centre.
        second_moments: also add up squared norms in the first pass, so that `within_class_rms` needs no second one. It
            is rounding then below about 1e-8 times the features' distance from the origin: the squares cancel.
        dtype: of the sums; float32 only for devices without float64. It leaves a floor of about 1e-4 on collapsed data.

    Raises:
        ValueError: K < 2, d < 1, an unknown centre or dtype.

    Example:
        >>> import numpy as np
        >>> metric = CollapseMetrics(K=2, d=1)
        >>> batches = [(np.array([[3.0], [-3.0]]), [0, 1]), (np.array([[5.0], [-5.0]]), [0, 1])]
        >>> for features, labels in batches:
        ...     metric.update(features, labels)
        >>> for features, labels in batches:
        ...     metric.update_distances(features, labels)
        >>> metric.compute(np.array([[1.0], [-1.0]])).within_class_variation
        0.25
    """

    @guarded
    def __init__(
        self,
        K: int,
        d: int,
        *,
        centre: GlobalMean = "samples",
        second_moments: bool = False,
        dtype: str = "float64",
    ) -> None:
        if centre not in ("samples", "classes"):
            raise ValueError(f"centre: expected samples or classes, got {centre!r}")
        if dtype not in ("float32", "float64"):
            raise ValueError(f"dtype: expected float32 or float64, got {dtype!r}")
        self.K, self.d = K, d
        self._centre: GlobalMean = centre
        self._second_moments = second_moments
        self._dtype = dtype
        self.reset()

    def reset(self) -> None:
        """Forgets all samples."""
        self._sums: dict[str, HostSums | DeviceSums] = {}
        self._distances: dict[str, HostDistances | DeviceDistances] = {}
        self._merged = ClassTotals.zero(self.K, self.d)
        self._merged_distances = DistanceTotals.zero(self.K)
        self._frozen: ClassMeans | None = None

    def update(self, features: Any, labels: Any) -> None:
        """Adds a batch to the first pass.

        Args:
            features: shape (B, d).
            labels: B integers in 0..K-1.

        Raises:
            TypeError, ValueError: see `checked_features` and `checked_labels`.
            RuntimeError: the second pass has begun.
        """
        if self._frozen is not None:
            raise RuntimeError(
                "update: the class means are fixed since update_distances was called; call reset() first"
            )
        place, features, labels = self._placed(features, labels)
        if place not in self._sums:
            self._sums[place] = self._new_sums(place, features)
        self._sums[place].add(features, labels)

    def update_distances(self, features: Any, labels: Any) -> None:
        """Adds a batch to the second pass; the first call fixes the class means.

        Args:
            features: shape (B, d), the samples that `update` has seen.
            labels: B integers in 0..K-1.

        Raises:
            TypeError, ValueError: see `checked_features` and `checked_labels`; a class has no samples yet.
        """
        place, features, labels = self._placed(features, labels)
        if self._frozen is None:
            self._frozen = self.class_means
        if place not in self._distances:
            self._distances[place] = self._new_distances(place, features, self._frozen)
        self._distances[place].add(features, labels)

    @property
    def class_means(self) -> ClassMeans:
        """Class sizes, class means and the global mean of the samples of the first pass.

        Raises:
            ValueError: a class has no samples, or features are not finite.
        """
        return self._frozen or ClassMeans.of(self._class_totals(), self._centre)

    def compute(
        self, classifier: Any, *, notation: Notation | None = None, single_pass: bool = False
    ) -> StreamedMetrics:
        """The metrics of the samples seen so far with the classifiers W (K, d).

        Args:
            classifier: shape (K, d), any float dtype and device.
            notation: the reading of what the paper leaves open.
            single_pass: accept that the second pass was not made: the within-class variation is NaN then.

        Raises:
            ValueError: the second pass is missing or has not seen as many samples of a class as the first.
        """
        W = checked_classifier(classifier, self.K, self.d)
        means = self.class_means
        distances = self._distance_totals()
        if not single_pass:
            _check_passes(means.counts, distances.counts)
        complete = bool((means.counts == distances.counts).all())
        within = _quotient(distances.own.sum(), distances.overall.sum()) if complete else math.nan
        metrics = from_means(means.means, means.global_mean, W, within, notation)
        values = {name: float(value) for name, value in vars(metrics).items()}
        return StreamedMetrics(**values, within_class_rms=self._rms(means, distances if complete else None))

    def state(self) -> dict[str, np.ndarray]:
        """The sufficient statistics as NumPy arrays: what one process sends to another."""
        state = dict(vars(self._class_totals()))
        if self._frozen is not None:
            state |= {f"distances.{name}": value for name, value in vars(self._distance_totals()).items()}
        return state

    def merge_state(self, incoming: CollapseMetrics | Mapping[str, Any]) -> None:
        """Adds the samples that another object has seen.

        Before the second pass the sums are added. In the second pass both must have the same class means, and the
        distances are added.

        Args:
            incoming: another object, or its `state()`.

        Raises:
            ValueError: states of different passes, shapes or class means.
        """
        state = incoming.state() if isinstance(incoming, CollapseMetrics) else incoming
        totals = ClassTotals(state["counts"], state["sums"], state["squares"])
        if totals.sums.shape != (self.K, self.d):
            raise ValueError(f"merge_state: expected K, d = {self.K}, {self.d}, got {totals.sums.shape}")
        if ("distances.own" in state) != (self._frozen is not None):
            raise ValueError("merge_state: one state is in its first pass and the other in its second")
        if self._frozen is None:
            self._merged = self._merged.plus(totals)
            return
        own = self._class_totals()
        if not (np.array_equal(own.counts, totals.counts) and np.array_equal(own.sums, totals.sums)):
            raise ValueError(
                "merge_state: the second passes used different class means; merge the first pass in the same order "
                "on every process before the second begins"
            )
        parts = {name: state[f"distances.{name}"] for name in vars(self._merged_distances)}
        self._merged_distances = self._merged_distances.plus(DistanceTotals(**parts))

    def _placed(self, features: Any, labels: Any) -> tuple[str, Any, Any]:
        """Where the batch is to be added up, and the batch as the accumulators there want it."""
        features = checked_features(features, self.d)
        check_dense("labels", labels)
        N = features.shape[0]
        rows = on_host(features)
        if rows is not None:
            nearby = on_host(labels)
            if nearby is None and hasattr(labels, "device"):
                nearby = to_numpy(labels)
            return "host", rows, checked_labels(labels if nearby is None else nearby, self.K, N)
        xp, device = array_api_compat.array_namespace(features), array_api_compat.device(features)
        labels = checked_labels(labels, self.K, N)
        if not (type(labels) is type(features) and array_api_compat.device(labels) == device):
            labels = xp.asarray(to_numpy(labels), device=device)
        features = features.detach() if array_api_compat.is_torch_array(features) else features
        return f"{xp.__name__} {device}", features, labels

    def _new_sums(self, place: str, features: Any) -> HostSums | DeviceSums:
        if place == "host":
            return HostSums(self.K, self.d, squares=self._second_moments, dtype=self._dtype)
        return DeviceSums(self.K, self.d, features, squares=self._second_moments, dtype=self._dtype)

    def _new_distances(self, place: str, features: Any, means: ClassMeans) -> HostDistances | DeviceDistances:
        return HostDistances(means) if place == "host" else DeviceDistances(means, features, dtype=self._dtype)

    def _class_totals(self) -> ClassTotals:
        total = self._merged
        for part in self._sums.values():
            total = total.plus(part.totals())
        return total

    def _distance_totals(self) -> DistanceTotals:
        total = self._merged_distances
        for part in self._distances.values():
            total = total.plus(part.totals())
        return total

    def _rms(self, means: ClassMeans, distances: DistanceTotals | None) -> float:
        if distances is not None:
            return math.sqrt(_quotient(distances.own_squares.sum(), distances.overall_squares.sum()))
        offsets = means.means - means.global_mean
        with np.errstate(over="ignore", invalid="ignore"):
            within = self._class_totals().squares - means.counts * np.vecdot(means.means, means.means)
            between = means.counts * np.vecdot(offsets, offsets)
        inside = max(float(within.sum()), 0.0) if np.isfinite(within).all() else math.nan
        return math.sqrt(_quotient(inside, inside + between.sum()))


def metrics_of(
    features: Any, labels: Any, classifier: Any, *, centre: GlobalMean = "samples", notation: Notation | None = None
) -> StreamedMetrics:
    """The six metrics of features in one array, for classes of any size in any order.

    Args:
        features: shape (N, d), dtypes and libraries as for `CollapseMetrics`.
        labels: N integers in 0..K-1.
        classifier: shape (K, d).
        centre: the global mean is the mean of all `samples` or of the `classes`.
        notation: the reading of what the paper leaves open.

    Raises:
        TypeError, ValueError: see `checked_features` and `checked_labels`; a class has no samples.

    Example:
        >>> import numpy as np
        >>> features = np.array([[3.0], [-3.0], [5.0], [-5.0]])
        >>> metrics_of(features, [0, 1, 0, 1], np.array([[1.0], [-1.0]])).within_class_variation
        0.25
    """
    K, d = checked_classifier(classifier).shape
    metric = CollapseMetrics(K, checked_features(features, d).shape[1], centre=centre)
    metric.update(features, labels)
    metric.update_distances(features, labels)
    return metric.compute(classifier, notation=notation)


def _quotient(numerator: float, denominator: float) -> float:
    return float(numerator) / float(denominator) if denominator else math.nan


def _check_passes(first: np.ndarray, second: np.ndarray) -> None:
    if not second.any():
        raise ValueError(
            "compute: the within-class variation is a mean of distances from the class means and needs a second pass: "
            "feed the same samples to update_distances, or ask for compute(..., single_pass=True)"
        )
    different = np.flatnonzero(first != second)
    if different.size:
        k = different[0]
        raise ValueError(
            f"compute: update has seen {first[k]} samples of class {k}, update_distances {second[k]}; feed both alike"
        )
