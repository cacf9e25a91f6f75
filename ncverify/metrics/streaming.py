"""The six metrics of Section 4 from batches, in the manner of torchmetrics: update, compute, reset, merge_state.

Avg(|h_ki - hbar_k|) is a mean of norms, which no sums taken before the class means are known can give. So the samples
pass twice, first through `update`, then, in any order and any batches, through `update_distances`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Annotated, Any

import numpy as np

from ncverify.arguments import AtLeast, Classes, Count, InFunction, Labels, checked
from ncverify.kinds import Array
from ncverify.metrics.device import DeviceDistances, DeviceSums
from ncverify.metrics.host import HostDistances, HostSums
from ncverify.metrics.pairs import PairSample
from ncverify.metrics.place import HOST, placed
from ncverify.metrics.results import StreamedMetrics, check_passes, gathered, within_class_rms
from ncverify.metrics.samples import checked_classifier, checked_features
from ncverify.metrics.section_4 import Notation
from ncverify.metrics.totals import ClassMeans, ClassTotals, DistanceTotals, Empty, GlobalMean


class CollapseMetrics:
    """Streams features and labels, and computes the metrics of Section 4 of a classifier on them.

    Batches may have any size, order and class balance, in float16, bfloat16, float32 or float64, as NumPy arrays or
    PyTorch tensors on any device (JAX and array-api-strict work too). Sums are kept in float64, on the host where the
    library or the device has none (JAX in its default precision); the result is that of all features in one array up to
    the rounding of the features' dtype.

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
        ignore_index: samples with this label are left out, as PyTorch's losses leave out -100.
        empty: `refuse` classes without samples, or `leave out` such classes, their classifiers too.

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

    @checked
    def __init__(
        self,
        K: Classes,
        d: Count,
        *,
        centre: GlobalMean = "samples",
        second_moments: bool = False,
        dtype: str = "float64",
        ignore_index: Annotated[int, AtLeast(-(2**31))] | None = None,
        empty: Empty = "refuse",
    ) -> None:
        if centre not in ("samples", "classes"):
            raise ValueError(f"centre: expected samples or classes, got {centre!r}")
        if dtype not in ("float32", "float64"):
            raise ValueError(f"dtype: expected float32 or float64, got {dtype!r}")
        if empty not in ("refuse", "leave out"):
            raise ValueError(f"empty: expected 'refuse' or 'leave out', got {empty!r}")
        self.K, self.d = K, d
        self._ignore_index = ignore_index
        self._empty: Empty = empty
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

    def update(self, features: Array, labels: Array) -> None:
        """Adds a batch to the first pass.

        Args:
            features: shape (B, d).
            labels: B integers in 0..K-1.

        Raises:
            TypeError, ValueError: see `checked_features` and `checked_labels`.
            RuntimeError: the second pass has begun.
        """
        for batch in self._placed(features, labels):
            self.add(*batch)

    def add(self, place: str, features: Array, labels: Array) -> None:
        """Adds a checked batch to the first pass, where it is; see `ncverify.metrics.place.placed`.

        Raises:
            RuntimeError: the second pass has begun.
        """
        if self._frozen is not None:
            raise RuntimeError(
                "update: the class means are fixed since update_distances was called; call reset() first"
            )
        if place not in self._sums:
            self._sums[place] = self._new_sums(place, features)
        self._sums[place].add(features, labels)

    def update_distances(self, features: Array, labels: Array) -> None:
        """Adds a batch to the second pass; the first call fixes the class means.

        Args:
            features: shape (B, d), the samples that `update` has seen.
            labels: B integers in 0..K-1.

        Raises:
            TypeError, ValueError: see `checked_features` and `checked_labels`; a class has no samples yet.
        """
        for batch in self._placed(features, labels):
            self.add_distances(*batch)

    def add_distances(self, place: str, features: Array, labels: Array) -> None:
        """Adds a checked batch to the second pass, where it is.

        Raises:
            ValueError: a class has no samples yet.
        """
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
        return self._frozen or ClassMeans.of(self._class_totals(), self._centre, self._empty)

    def compute(
        self,
        classifier: Array,
        *,
        notation: Notation | None = None,
        single_pass: bool = False,
        pairs: int | None = None,
        seed: int = 0,
    ) -> StreamedMetrics:
        """The metrics of the samples seen so far with the classifiers W (K, d).

        Pairs of classes are taken in blocks: beside W and the class means it needs about four more arrays K x d of
        float64, whatever K is.

        Args:
            classifier: shape (K, d), any float dtype and device.
            notation: the reading of what the paper leaves open.
            single_pass: accept that the second pass was not made: the within-class variation is NaN then.
            pairs: estimate the two cosine deviations from this many pairs of classes, drawn at random with replacement;
                the result is a `SampledMetrics` with their standard errors. Without it all pairs are taken.
            seed: of the pairs.

        Raises:
            ValueError: the second pass is missing or has not seen as many samples of a class as the first; a single
                pass without second moments.
        """
        W = checked_classifier(classifier, self.K, self.d)
        means = self.class_means
        distances = self._distance_totals()
        complete = bool((means.counts == distances.counts).all())
        if not single_pass:
            check_passes(means.counts, distances.counts)
        elif not complete and not (self._second_moments and not np.isnan(self._merged.squares).any()):
            raise ValueError(
                "single_pass: without the second pass within_class_rms needs the squared norms of the first; give "
                "second_moments=True to CollapseMetrics, or feed the same samples to update_distances"
            )
        totals = distances if complete else None
        rms = within_class_rms(means, totals, None if complete else self._class_totals().squares)
        return gathered(means, W, totals, rms, notation, None if pairs is None else PairSample(pairs, seed))

    def state(self) -> dict[str, np.ndarray]:
        """The sufficient statistics as NumPy arrays: what one process sends to another."""
        state = dict(vars(self._class_totals()))
        if self._frozen is not None:
            state |= {f"distances.{name}": value for name, value in vars(self._distance_totals()).items()}
        return state

    def merge_state(self, incoming: CollapseMetrics | Mapping[str, Any]) -> None:
        """Adds the samples that another object has seen.

        Before the second pass the sums are added. In the second pass both must have the same class means, and the
        distances are added; a process that had no samples in the second pass adds none.

        Args:
            incoming: another object, or its `state()`.

        Raises:
            ValueError: states of different passes, shapes or class means.
        """
        state = incoming.state() if isinstance(incoming, CollapseMetrics) else incoming
        totals = ClassTotals(state["counts"], state["sums"], state["squares"])
        if totals.sums.shape != (self.K, self.d):
            raise ValueError(f"merge_state: expected K, d = {self.K}, {self.d}, got {totals.sums.shape}")
        second = "distances.own" in state
        if self._frozen is None and not second:
            self._merged = self._merged.plus(totals)
            return
        own = self._class_totals()
        if not (np.array_equal(own.counts, totals.counts) and np.array_equal(own.sums, totals.sums)):
            if second != (self._frozen is not None):
                raise ValueError("merge_state: one state is in its first pass and the other in its second")
            raise ValueError(
                "merge_state: the second passes used different class means; merge the first pass in the same order "
                "on every process before the second begins"
            )
        if self._frozen is None:  # this process had no samples in the second pass
            self._frozen = self.class_means
        if second:
            parts = {name: state[f"distances.{name}"] for name in vars(self._merged_distances)}
            self._merged_distances = self._merged_distances.plus(DistanceTotals(**parts))

    def _placed(self, features: Array, labels: Array) -> Iterator[tuple[str, Any, Any]]:
        return placed(features, labels, self.K, self.d, ignore_index=self._ignore_index, dtype=self._dtype)

    def _new_sums(self, place: str, features: Array) -> HostSums | DeviceSums:
        if place == HOST:
            return HostSums(self.K, self.d, squares=self._second_moments, dtype=self._dtype)
        return DeviceSums(self.K, self.d, features, squares=self._second_moments, dtype=self._dtype)

    def _new_distances(self, place: str, features: Array, means: ClassMeans) -> HostDistances | DeviceDistances:
        return HostDistances(means) if place == HOST else DeviceDistances(means, features, dtype=self._dtype)

    def _class_totals(self) -> ClassTotals:
        return reduce(ClassTotals.plus, [part.totals() for part in self._sums.values()], self._merged)

    def _distance_totals(self) -> DistanceTotals:
        return reduce(DistanceTotals.plus, [part.totals() for part in self._distances.values()], self._merged_distances)


def metrics_of(
    features: InFunction,
    labels: Labels,
    classifier: InFunction,
    *,
    centre: GlobalMean = "samples",
    notation: Notation | None = None,
    ignore_index: Annotated[int, AtLeast(-(2**31))] | None = None,
    empty: Empty = "refuse",
) -> StreamedMetrics:
    """The six metrics of features in one array, for classes of any size in any order.

    Args:
        features: shape (N, d), dtypes and libraries as for `CollapseMetrics`.
        labels: N integers in 0..K-1.
        classifier: shape (K, d).
        centre: the global mean is the mean of all `samples` or of the `classes`.
        notation: the reading of what the paper leaves open.
        ignore_index: samples with this label are left out.
        empty: `refuse` classes without samples, or `leave out` such classes.

    Raises:
        TypeError, ValueError: see `checked_features` and `checked_labels`; a class has no samples.

    Example:
        >>> import numpy as np
        >>> features = np.array([[3.0], [-3.0], [5.0], [-5.0]])
        >>> metrics_of(features, [0, 1, 0, 1], np.array([[1.0], [-1.0]])).within_class_variation
        0.25
    """
    K, d = checked_classifier(classifier).shape
    dimension = checked_features(features, d).shape[1]
    metric = CollapseMetrics(K, dimension, centre=centre, ignore_index=ignore_index, empty=empty)
    metric.update(features, labels)
    metric.update_distances(features, labels)
    return metric.compute(classifier, notation=notation)
