"""Distances of samples from their class means and from the global mean: fast where safe, careful elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from ncverify.metrics.rows import row_norms
from ncverify.metrics.totals import ClassMeans
from ncverify.numbers import namespace_of


class DistanceTable:
    """The means in the dtype of the features, split where that is narrower than float64.

    Args:
        means: class means and global mean.
        dtype: float32 or float64.
    """

    def __init__(self, means: ClassMeans, dtype: np.dtype[Any]) -> None:
        self._means = means
        limits = np.finfo(dtype)
        offsets = means.means - means.global_mean
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows here is not trusted later
            self._narrow_means = means.means.astype(dtype)
            rest = (means.means - self._narrow_means).astype(dtype)
            self._offsets = offsets.astype(dtype)
            self._offset_squares = np.vecdot(offsets, offsets).astype(dtype)
        self._rest = rest if rest.any() else None
        # at this squared distance, leaving out the rest is an error of one rounding
        self._rest_matters = float(np.square(rest, dtype=np.float64).sum(axis=1).max() / float(limits.eps) ** 2)
        # below, squares of single entries may have underflowed by more than one rounding of their sum
        self._smallest = len(means.global_mean) * limits.smallest_normal / limits.eps
        self._largest = limits.max / 8
        self._buffers = [np.empty((0, 0), dtype=dtype)] * 2
        self._tiled = -1  # the class whose mean fills the second buffer

    def distances(self, x: np.ndarray, labels: np.ndarray, *, one_class: bool = False) -> tuple[np.ndarray, np.ndarray]:
        r"""Distances from the own class mean and from the global mean, shapes (B,), in float64.

        The second comes from the first, which saves a pass:

        .. math:: \|h - \bar h\|^2 = \|h - \bar h_k\|^2 + 2 (h - \bar h_k)^\top (\bar h_k - \bar h)
                  + \|\bar h_k - \bar h\|^2

        Where that cancels more than two bits, the sample is measured again.

        Args:
            x: features, shape (B, d).
            labels: shape (B,).
            one_class: all labels are known to be the same.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            own, along, difference = self._one_class(x, labels) if one_class else self._mixed(x, labels)
            parts = own + self._offset_squares[labels]
            overall = parts + 2 * along
            safe = (4 * overall >= parts) & (parts <= self._largest)
            trusted = safe & (own >= self._smallest)
            distances = np.sqrt(own, dtype=np.float64), np.sqrt(overall, dtype=np.float64)
        if not trusted.all():
            at_mean = safe & (difference.max(axis=1) == 0) & (difference.min(axis=1) == 0)
            again = np.flatnonzero(~(trusted | at_mean))
            if again.size:
                distances[0][again], distances[1][again] = self._carefully(x[again], labels[again])
        return distances

    def _mixed(self, x: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """|h - hbar_k|^2, (h - hbar_k)'(hbar_k - hbar) and h - hbar_k, for samples of any classes."""
        difference, other = self._room(x)
        self._tiled = -1
        np.take(self._narrow_means, labels, axis=0, out=difference, mode="clip")
        np.subtract(x, difference, out=difference)
        own = np.vecdot(difference, difference)
        if self._rest is not None and own.min() < self._rest_matters:
            difference -= np.take(self._rest, labels, axis=0, out=other, mode="clip")
            own = np.vecdot(difference, difference)
        np.take(self._offsets, labels, axis=0, out=other, mode="clip")
        return own, np.vecdot(difference, other), difference

    def _one_class(self, x: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same for samples of one class; its mean is kept in as many rows as a block has."""
        difference, tile = self._room(x)
        k = int(labels[0])
        if self._tiled != k:
            self._buffers[1][:] = self._narrow_means[k]
            self._tiled = k
        np.subtract(x, tile, out=difference)
        own = np.vecdot(difference, difference)
        if self._rest is not None and own.min() < self._rest_matters:
            difference -= self._rest[k]
            own = np.vecdot(difference, difference)
        return own, difference @ self._offsets[k], difference

    def _room(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Two arrays of the shape of x, to be written over."""
        if len(self._buffers[0]) < len(x):
            self._buffers = [np.empty(x.shape, dtype=x.dtype) for _ in range(2)]
            self._tiled = -1
        return self._buffers[0][: len(x)], self._buffers[1][: len(x)]

    def _carefully(self, x: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both distances in float64, at any scale."""
        wide = x.astype(np.float64)
        xp = namespace_of(wide)
        return row_norms(wide - self._means.means[labels], xp), row_norms(wide - self._means.global_mean, xp)
