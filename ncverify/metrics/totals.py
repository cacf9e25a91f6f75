"""Sufficient statistics of the two passes, as sums that can be added across batches and processes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, Self

import numpy as np

GlobalMean = Literal["samples", "classes"]
Empty = Literal["refuse", "leave out"]


class Additive:
    """Frozen records of float arrays of one shape each: added entry by entry."""

    def plus(self, other: Self) -> Self:
        """The entrywise sum of the two records."""
        names = [field.name for field in fields(self)]  # type: ignore[arg-type]
        return type(self)(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True)
class ClassTotals(Additive):
    """The sums of the first pass, for each class.

    Args:
        counts: samples, shape (K,), integers.
        sums: sums of the features, shape (K, d).
        squares: sums of the squared norms of the features, shape (K,); NaN where they were not asked for.
    """

    counts: Any
    sums: Any
    squares: Any

    @classmethod
    def zero(cls, K: int, d: int) -> ClassTotals:
        """The totals of no samples."""
        return cls(np.zeros(K, dtype=np.int64), np.zeros((K, d)), np.zeros(K))


@dataclass(frozen=True)
class DistanceTotals(Additive):
    """The sums of the second pass for each class, all of shape (K,).

    Args:
        counts: samples, integers.
        own: distances from the class's own mean.
        overall: distances from the global mean.
        own_squares: squared distances from the class's own mean.
        overall_squares: squared distances from the global mean.
    """

    counts: Any
    own: Any
    overall: Any
    own_squares: Any
    overall_squares: Any

    @classmethod
    def zero(cls, K: int) -> DistanceTotals:
        """The totals of no samples."""
        return cls(np.zeros(K, dtype=np.int64), np.zeros(K), np.zeros(K), np.zeros(K), np.zeros(K))


@dataclass(frozen=True)
class ClassMeans:
    """Class sizes, class means and the global mean of some features, in float64 on the host.

    Args:
        counts: class sizes, shape (K,).
        means: class means as rows, shape (K, d); NaN for a class without samples that was left out.
        global_mean: shape (d,).
    """

    counts: np.ndarray
    means: np.ndarray
    global_mean: np.ndarray

    @classmethod
    def of(cls, totals: ClassTotals, centre: GlobalMean = "samples", empty: Empty = "refuse") -> ClassMeans:
        """The means that belong to the totals of a first pass.

        Args:
            totals: sums over all samples.
            centre: the global mean is the mean of all `samples`, or of the `classes`; they differ for unequal sizes.
            empty: whether to `refuse` classes without samples, or to `leave out` such classes.

        Raises:
            ValueError: a class without samples that is not to be left out, fewer than two classes with samples, or
                features that are not finite.
        """
        missing = np.flatnonzero(totals.counts == 0)
        if missing.size and empty == "refuse":
            raise ValueError(
                f"labels: class {missing[0]} has no samples, so its mean does not exist ({missing.size} such classes); "
                'CollapseMetrics(..., empty="leave out") measures the others'
            )
        if len(totals.counts) - missing.size < 2:
            raise ValueError("labels: expected samples of at least two classes")
        bad = np.flatnonzero(~np.isfinite(totals.sums).all(axis=1))
        if bad.size:
            raise ValueError(f"features: expected finite numbers whose sums are finite, class {bad[0]} has others")
        with np.errstate(invalid="ignore"):
            means = totals.sums / totals.counts[:, np.newaxis]
        if centre == "classes":
            present = means[totals.counts > 0] if missing.size else means
            return cls(totals.counts, means, present.mean(axis=0))
        return cls(totals.counts, means, totals.sums.sum(axis=0) / totals.counts.sum())

    @property
    def present(self) -> np.ndarray:
        """Which classes have samples, shape (K,), booleans."""
        return self.counts > 0

    @property
    def balanced(self) -> bool:
        """Whether all classes that have samples have the same number of them."""
        sizes = self.counts[self.present]
        return bool((sizes == sizes[0]).all())

    def filled(self) -> ClassMeans:
        """The same with the mean of a class that has samples in the place of those that do not exist."""
        if self.present.all():
            return self
        means = self.means.copy()
        means[~self.present] = means[int(np.argmax(self.present))]
        return ClassMeans(self.counts, means, self.global_mean)
