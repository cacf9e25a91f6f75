"""The two passes over features in host memory, block by block so that every intermediate stays in the cache.

First pass: each block is widened to float64 and added to its classes with `torch.Tensor.index_add_`, the fastest
ordered scatter-add at hand, so that exactly collapsed float32 features have exactly their own value as mean.

Second pass: float32 features keep float32 arithmetic where that loses nothing. The mean is split into a float32 part and
the rest; x minus the first is rounded relative to the difference, not to x (Sterbenz), and the rest is subtracted where it
matters. Distances whose square over- or underflows, or that come out of a cancellation, are taken again in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ncverify.metrics.rows import row_norms
from ncverify.metrics.totals import ClassMeans, ClassTotals, DistanceTotals
from ncverify.numbers import namespace_of

BLOCK_BYTES = 1 << 20  # of one intermediate: two of them fit into a second-level cache


def host_rows(features: Any) -> np.ndarray:
    """The features (N, d) as NumPy, not copied if they are float32 or float64; 16-bit floats become float32, exactly."""
    if not isinstance(features, np.ndarray):
        features = features.detach()
        if features.element_size() == 2:
            features = features.float()
        return features.numpy()  # type: ignore[no-any-return]
    return features.astype(np.float32) if features.dtype == np.float16 else features


class HostSums:
    """Adds up the first pass: counts, sums and, if asked for, sums of squared norms of each class.

    Args:
        K: number of classes.
        d: dimension of the features.
        squares: whether to add up squared norms.
        dtype: float64, or float32 for those who accept its rounding.
    """

    def __init__(self, K: int, d: int, *, squares: bool, dtype: str) -> None:
        self._counts = np.zeros(K, dtype=np.int64)
        self._sums = np.zeros((K, d), dtype=dtype)
        self._squares = np.zeros(K) if squares else np.full(K, np.nan)
        rows = max(16, 4 * BLOCK_BYTES // (self._sums.itemsize * d))
        self._block = np.empty((rows, d), dtype=dtype)
        self._labels = np.empty(rows, dtype=np.int64)
        self._filled = 0
        self._with_squares = squares

    def add(self, features: np.ndarray, labels: np.ndarray) -> None:
        """Adds samples, features (N, d) with labels (N,)."""
        done, rows = 0, len(self._labels)
        while done < len(labels):
            start = self._filled
            taken = min(rows - start, len(labels) - done)
            self._block[start : start + taken] = features[done : done + taken]
            self._labels[start : start + taken] = labels[done : done + taken]
            self._filled, done = start + taken, done + taken
            if self._filled == rows:
                self._flush()

    def totals(self) -> ClassTotals:
        """What has been added so far."""
        self._flush()
        return ClassTotals(self._counts.copy(), self._sums.astype(np.float64), self._squares.copy())

    def _flush(self) -> None:
        import torch

        block, labels = self._block[: self._filled], self._labels[: self._filled]
        torch.from_numpy(self._sums).index_add_(0, torch.from_numpy(labels), torch.from_numpy(block))
        K = len(self._counts)
        self._counts += np.bincount(labels, minlength=K)
        if self._with_squares:
            self._squares += np.bincount(labels, weights=np.vecdot(block, block), minlength=K)
        self._filled = 0


class HostDistances:
    """Adds up the second pass: distances from the own class mean and from the global mean.

    Args:
        means: the result of the first pass.
    """

    def __init__(self, means: ClassMeans) -> None:
        self._means = means
        self._tables: dict[np.dtype[Any], _Table] = {}
        self._counts = np.zeros(len(means.counts), dtype=np.int64)
        self._sums = np.zeros((4, len(means.counts)))

    def add(self, features: np.ndarray, labels: np.ndarray) -> None:
        """Adds samples, features (N, d) with labels (N,)."""
        if features.dtype not in self._tables:
            with np.errstate(over="ignore"):  # what overflows is not trusted later
                self._tables[features.dtype] = _Table(self._means, features.dtype)
        table = self._tables[features.dtype]
        rows = len(table.buffer)
        for start in range(0, len(labels), rows):
            self._add_block(features[start : start + rows], labels[start : start + rows], table)

    def totals(self) -> DistanceTotals:
        """What has been added so far."""
        return DistanceTotals(self._counts.copy(), *self._sums.copy())

    def _add_block(self, x: np.ndarray, labels: np.ndarray, table: _Table) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            own, overall, trusted = table.squares(x, labels)
        own, overall = np.sqrt(own, dtype=np.float64), np.sqrt(overall, dtype=np.float64)
        if not trusted.all():
            again = np.flatnonzero(~trusted)
            own[again], overall[again] = self._careful(x[again], labels[again])
        K = len(self._counts)
        self._counts += np.bincount(labels, minlength=K)
        for total, values in zip(self._sums, (own, overall, own * own, overall * overall), strict=True):
            total += np.bincount(labels, weights=values, minlength=K)

    def _careful(self, x: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both distances in float64 without overflow or underflow."""
        wide = x.astype(np.float64)
        xp = namespace_of(wide)
        return row_norms(wide - self._means.means[labels], xp), row_norms(wide - self._means.global_mean, xp)


class _Table:
    """The means in the features' own dtype, split where that is narrower than float64, and room for one block."""

    def __init__(self, means: ClassMeans, dtype: np.dtype[Any]) -> None:
        limits = np.finfo(dtype)
        d = means.means.shape[1]
        self.means = means.means.astype(dtype)
        rest = (means.means - self.means).astype(dtype)
        self.rest = rest if rest.any() else None
        # a distance at least this large is off by less than one rounding when the rest is left out
        self.rest_matters = float(np.square(rest, dtype=np.float64).sum(axis=1).max() / float(limits.eps) ** 2)
        offsets = means.means - means.global_mean
        self.offsets = offsets.astype(dtype)
        self.offset_squares = np.vecdot(offsets, offsets).astype(dtype)
        # below, squares of single entries may have underflowed by more than one rounding of the sum
        self.smallest = d * limits.smallest_normal / limits.eps
        self.largest = limits.max / 8
        rows = max(16, BLOCK_BYTES // (dtype.itemsize * d))
        self.buffer = np.empty((rows, d), dtype=dtype)
        self.offset_buffer = np.empty((rows, d), dtype=dtype)

    def squares(self, x: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Squared distances from the own class mean and from the global mean, and which of them are trusted.

        .. math:: \\|h - \\bar h\\|^2 = \\|h - \\bar h_k\\|^2 + 2 (h - \\bar h_k)^\\top (\\bar h_k - \\bar h)
                  + \\|\\bar h_k - \\bar h\\|^2

        saves a pass; where it cancels more than two bits the sample is not trusted.
        """
        difference, offsets = self.buffer[: len(x)], self.offset_buffer[: len(x)]
        np.take(self.means, labels, axis=0, out=difference, mode="clip")
        np.subtract(x, difference, out=difference)
        own = np.vecdot(difference, difference)
        if self.rest is not None and own.min() < self.rest_matters:
            difference -= np.take(self.rest, labels, axis=0, out=offsets, mode="clip")
            own = np.vecdot(difference, difference)
        np.take(self.offsets, labels, axis=0, out=offsets, mode="clip")
        parts = own + self.offset_squares[labels]
        overall = parts + 2 * np.vecdot(difference, offsets)
        trusted = (own >= self.smallest) & (4 * overall >= parts) & (parts <= self.largest)
        return own, overall, trusted
