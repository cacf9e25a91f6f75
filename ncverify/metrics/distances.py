"""Distances of samples from their class means and from the global mean: fast where safe, careful elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from ncverify.metrics.rows import row_norms
from ncverify.metrics.totals import ClassMeans
from ncverify.numbers import namespace_of


class DistanceTable:
    r"""The means in the dtype of the features, split where that is narrower than float64.

    With the deviation D = h - hbar_k and the offset c_k = hbar_k - hbar, the squared distance from the global mean is

    .. math:: \|h - \bar h\|^2 = \|D\|^2 + 2 D^\top c_k + \|c_k\|^2

    which saves a pass over the features. It is trusted where it cancels no more than two bits.

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
            self.offset_squares = np.vecdot(offsets, offsets)
        self._rest = rest if rest.any() else None
        # at this squared distance, leaving out the rest is an error of four roundings
        self._rest_matters = float(np.square(rest, dtype=np.float64).sum(axis=1).max() / float(4 * limits.eps) ** 2)
        # below, squares of single entries may have underflowed by more than one rounding of their sum
        self._smallest = float(len(means.global_mean) * limits.smallest_normal / limits.eps)
        self._largest = float(limits.max / 8)
        self._least_offset = float(self.offset_squares.min())
        self._in_range = bool(self.offset_squares.max() <= self._largest)
        self._buffers = [np.empty((0, 0), dtype=dtype)] * 2
        self._tiled = -1  # the class whose mean fills the second buffer

    def products(self, x: np.ndarray, labels: np.ndarray, *, one_class: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """|D|^2 and D'c_k of every sample, shapes (B,), in the dtype of the features.

        Args:
            x: features, shape (B, d).
            labels: shape (B,).
            one_class: all labels are known to be the same.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            return self._one_class(x, labels) if one_class else self._mixed(x, labels)

    def trusts(self, own: np.ndarray, along: np.ndarray) -> bool:
        """Whether no sample needs a second look; a sufficient condition that costs three reductions."""
        least = float(own.min())
        return (
            least >= self._smallest
            and float(along.min()) >= -0.375 * (least + self._least_offset)
            and float(own.max()) <= self._largest
            and self._in_range
        )

    def distances(self, own: np.ndarray, along: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distances from the own class mean and from the global mean in float64, from trusted products."""
        own = own.astype(np.float64)
        return np.sqrt(own), np.sqrt(own + 2.0 * along + self.offset_squares[labels])

    def careful_distances(
        self, x: np.ndarray, labels: np.ndarray, own: np.ndarray, along: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The same where not all products can be trusted: those samples are measured again, in float64.

        Args:
            x: features, shape (B, d); the last ones that `products` has seen.
            labels: shape (B,).
            own: |D|^2 as `products` gave it.
            along: D'c_k as `products` gave it.
        """
        difference = self._buffers[0][: len(x)]
        parts = own + self.offset_squares[labels]
        at_mean = (difference.max(axis=1) == 0) & (difference.min(axis=1) == 0)
        with np.errstate(over="ignore", invalid="ignore"):
            trusted = (4 * (parts + 2.0 * along) >= parts) & (parts >= self._smallest) & (parts <= self._largest)
            trusted &= at_mean | (own >= self._smallest)
            near, far = self.distances(own, along, labels)
        again = np.flatnonzero(~trusted)
        if again.size:
            near[again], far[again] = self._measured(x[again].astype(np.float64), labels[again])
        return near, far

    def _measured(self, x: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both distances of float64 features, at any scale."""
        xp = namespace_of(x)
        return row_norms(x - self._means.means[labels], xp), row_norms(x - self._means.global_mean, xp)

    def _mixed(self, x: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The products for samples of any classes."""
        difference, other = self._room(x)
        self._tiled = -1
        np.take(self._narrow_means, labels, axis=0, out=difference, mode="clip")
        np.subtract(x, difference, out=difference)
        own = np.vecdot(difference, difference)
        if self._rest is not None and own.min() < self._rest_matters:
            difference -= np.take(self._rest, labels, axis=0, out=other, mode="clip")
            own = np.vecdot(difference, difference)
        np.take(self._offsets, labels, axis=0, out=other, mode="clip")
        return own, np.vecdot(difference, other)

    def _one_class(self, x: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The products for samples of one class; its mean is kept in as many rows as a block has."""
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
        return own, difference @ self._offsets[k]

    def _room(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Two arrays of the shape of x, to be written over."""
        if len(self._buffers[0]) < len(x):
            self._buffers = [np.empty(x.shape, dtype=x.dtype) for _ in range(2)]
            self._tiled = -1
        return self._buffers[0][: len(x)], self._buffers[1][: len(x)]
