"""Sufficient statistics of the two passes, as sums that can be added across batches and processes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, Self

import numpy as np

GlobalMean = Literal["samples", "classes"]


class Additive:
    """Frozen records of float arrays of one shape each: added entry by entry."""

    def plus(self, other: Self) -> Self:
        """The entrywise sum of the two records."""
        names = [field.name for field in fields(self)]  # type: ignore[arg-type]
        return type(self)(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True)
class ClassTotals(Additive):
    """What the first pass adds up for each class.

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
    """What the second pass adds up for each class, all of shape (K,).

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
        means: class means as rows, shape (K, d).
        global_mean: shape (d,).
    """

    counts: np.ndarray
    means: np.ndarray
    global_mean: np.ndarray

    @classmethod
    def of(cls, totals: ClassTotals, centre: GlobalMean = "samples") -> ClassMeans:
        """The means that belong to the totals of a first pass.

        Args:
            totals: sums over all samples.
            centre: the global mean is the mean of all `samples`, or of the `classes`; they differ for unequal sizes.

        Raises:
            ValueError: a class without samples, or features that are not finite.
        """
        empty = np.flatnonzero(totals.counts == 0)
        if empty.size:
            raise ValueError(
                f"labels: class {empty[0]} has no samples, so its mean does not exist ({empty.size} such classes)"
            )
        bad = np.flatnonzero(~np.isfinite(totals.sums).all(axis=1))
        if bad.size:
            raise ValueError(f"features: expected finite numbers whose sums are finite, class {bad[0]} has others")
        means = totals.sums / totals.counts[:, np.newaxis]
        if centre == "classes":
            return cls(totals.counts, means, means.mean(axis=0))
        return cls(totals.counts, means, totals.sums.sum(axis=0) / totals.counts.sum())

    @property
    def balanced(self) -> bool:
        """Whether all classes have the same size."""
        return bool((self.counts == self.counts[0]).all())
