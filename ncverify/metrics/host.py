"""The two passes over features in host memory, in blocks of such a size that every intermediate stays in the cache.

First pass: samples are gathered into blocks, widened to float64 as they are copied, and each block is added to its
classes in order, by PyTorch where that is loaded (`index_add_` is the fastest at hand), by SciPy's sparse matrices
otherwise. So exactly collapsed float32 features have exactly their own value as mean.

Second pass: float32 features keep float32 arithmetic where that loses nothing. The mean is split into a float32 part
and the rest; x minus the first is rounded relative to the difference, not to x (Sterbenz), and the rest is subtracted
where it matters. Distances whose squares over- or underflow, or that come out of a cancellation, are taken again in
float64.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from ncverify.metrics.distances import DistanceTable
from ncverify.metrics.totals import ClassMeans, ClassTotals, DistanceTotals

BLOCK_BYTES = 1 << 20  # of one intermediate: two of them fit into a second-level cache
PENDING = 1 << 13  # distances that wait to be added up


def pieces(labels: np.ndarray, rows: int) -> Iterator[tuple[slice, bool]]:
    """Slices of at most `rows` samples, and of each whether it is known to lie in one class.

    Samples that come class by class in long runs are cut between the classes: a block of one class is faster.
    """
    if len(labels) <= rows:
        if len(labels):
            yield slice(0, len(labels)), False
        return
    starts = np.flatnonzero(labels[1:] != labels[:-1]) + 1
    by_class = (len(starts) + 1) * rows <= len(labels) * 2
    ends = [0, *starts.tolist(), len(labels)] if by_class else [0, len(labels)]
    for first, last in pairwise(ends):
        for start in range(first, last, rows):
            yield slice(start, min(start + rows, last)), by_class


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
        self._squares = np.zeros(K) if squares else None
        rows = max(16, 4 * BLOCK_BYTES // (self._sums.itemsize * d))
        self._block = np.empty((rows, d), dtype=dtype)
        self._labels = np.empty(rows, dtype=np.int64)
        self._filled = 0

    def add(self, features: np.ndarray, labels: np.ndarray) -> None:
        """Adds samples, features (N, d) with labels (N,)."""
        rows = len(self._labels)
        for part, one_class in pieces(labels, rows):
            if one_class:
                self._add_class(features[part], labels[part.start])
            else:
                self._gather(features[part], labels[part])

    def _add_class(self, features: np.ndarray, k: np.int64) -> None:
        self._flush()
        block = self._block[: len(features)]
        block[...] = features
        self._sums[k] += np.ones(len(block), dtype=block.dtype) @ block
        self._counts[k] += len(block)
        if self._squares is not None:
            with np.errstate(over="ignore", invalid="ignore"):
                self._squares[k] += np.vecdot(block, block).sum()

    def _gather(self, features: np.ndarray, labels: np.ndarray) -> None:
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
        """The sums so far."""
        self._flush()
        squares = np.full(len(self._counts), np.nan) if self._squares is None else self._squares.copy()
        return ClassTotals(self._counts.copy(), self._sums.astype(np.float64), squares)

    def _flush(self) -> None:
        block, labels = self._block[: self._filled], self._labels[: self._filled]
        K = len(self._counts)
        self._counts += np.bincount(labels, minlength=K)
        if self._filled:
            _scatter_add(self._sums, labels, block)
        if self._squares is not None:
            with np.errstate(over="ignore", invalid="ignore"):
                self._squares += np.bincount(labels, weights=np.vecdot(block, block), minlength=K)
        self._filled = 0


def _scatter_add(sums: np.ndarray, labels: np.ndarray, block: np.ndarray) -> None:
    """Adds the rows of a block to the rows of their classes, in their order."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.from_numpy(sums).index_add_(0, torch.from_numpy(labels), torch.from_numpy(block))
        return
    from scipy.sparse import csc_array

    classes, inverse = np.unique(labels, return_inverse=True)
    ones, ends = np.ones(len(labels), dtype=block.dtype), np.arange(len(labels) + 1)
    sums[classes] += csc_array((ones, inverse, ends), shape=(len(classes), len(labels))) @ block


class HostDistances:
    """Adds up the second pass: distances from the own class mean and from the global mean.

    Args:
        means: the result of the first pass.
    """

    def __init__(self, means: ClassMeans) -> None:
        self._means = means.filled()
        self._tables: dict[np.dtype[Any], DistanceTable] = {}
        self._counts = np.zeros(len(means.counts), dtype=np.int64)
        self._sums = np.zeros((4, len(means.counts)))
        self._pending: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._waiting = 0
        self._dtype: np.dtype[Any] | None = None  # of what waits

    def add(self, features: np.ndarray, labels: np.ndarray) -> None:
        """Adds samples, features (N, d) with labels (N,)."""
        if self._dtype is None or features.dtype != self._dtype:
            self._flush()
            self._dtype = features.dtype
            if self._dtype not in self._tables:
                self._tables[self._dtype] = DistanceTable(self._means, self._dtype)
        rows = max(16, BLOCK_BYTES // (features.itemsize * features.shape[1]))
        if 0 < len(labels) <= rows:
            self._add_block(features, labels, one_class=False)
            return
        for part, one_class in pieces(labels, rows):
            self._add_block(features[part], labels[part], one_class=one_class)

    def totals(self) -> DistanceTotals:
        """The sums so far."""
        self._flush()
        return DistanceTotals(self._counts.copy(), *self._sums.copy())

    def _add_block(self, x: np.ndarray, labels: np.ndarray, *, one_class: bool) -> None:
        table = self._tables[x.dtype]
        own, along = table.products(x, labels, one_class=one_class)
        if not table.trusts(own, along):
            self._tally(labels, *table.careful_distances(x, labels, own, along))
            return
        self._pending.append((labels.copy(), own, along))  # the caller may fill the same labels again
        self._waiting += len(labels)
        if self._waiting >= PENDING:
            self._flush()

    def _flush(self) -> None:
        if not self._pending or self._dtype is None:
            return
        labels, own, along = (np.concatenate(parts) for parts in zip(*self._pending, strict=True))
        self._pending, self._waiting = [], 0
        self._tally(labels, *self._tables[self._dtype].distances(own, along, labels))

    def _tally(self, labels: np.ndarray, own: np.ndarray, overall: np.ndarray) -> None:
        K = len(self._counts)
        self._counts += np.bincount(labels, minlength=K)
        with np.errstate(over="ignore"):  # only the root mean squares need the squares, and become NaN
            weights = (own, overall, own * own, overall * overall)
        for total, values in zip(self._sums, weights, strict=True):
            total += np.bincount(labels, weights=values, minlength=K)
