"""The two passes over features on any device, in the Python array API: as on the host, without the tricks."""

from __future__ import annotations

import array_api_compat
import numpy as np

from ncverify.kinds import Array, Functions
from ncverify.metrics.place import device_parts
from ncverify.metrics.rows import row_norms
from ncverify.metrics.totals import ClassMeans, ClassTotals, DistanceTotals
from ncverify.numbers import namespace_of, to_numpy


class DeviceSums:
    """Adds up the first pass on the device of the features; as `HostSums`."""

    def __init__(self, K: int, d: int, like: Array, *, squares: bool, dtype: str) -> None:
        self._xp = array_api_compat.array_namespace(like)
        self._dtype = getattr(self._xp, dtype)
        device = array_api_compat.device(like)
        self._counts = self._xp.zeros(K, dtype=self._xp.int64, device=device)
        self._sums = self._xp.zeros((K, d), dtype=self._dtype, device=device)
        self._squares = self._xp.zeros(K, dtype=self._dtype, device=device) if squares else None

    def add(self, features: Array, labels: Array) -> None:
        """Adds samples, features (N, d) with labels (N,)."""
        xp = self._xp
        for part, chosen in device_parts(features, labels, self._sums.shape[0]):
            part = xp.astype(part, self._dtype)
            weights = xp.astype(one_hot(chosen, self._sums.shape[0], xp), self._dtype)
            self._counts = self._counts + xp.astype(xp.sum(weights, axis=1), self._counts.dtype)
            with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is reported with the means
                self._sums = self._sums + weights @ part
                if self._squares is not None:
                    self._squares = self._squares + weights @ xp.sum(part * part, axis=1)

    def totals(self) -> ClassTotals:
        """The sums so far, on the host."""
        counts = to_numpy(self._counts)
        squares = np.full(len(counts), np.nan) if self._squares is None else _to_float64(self._squares)
        return ClassTotals(counts.copy(), _to_float64(self._sums), squares)


class DeviceDistances:
    """Adds up the second pass on the device of the features; as `HostDistances`."""

    def __init__(self, means: ClassMeans, like: Array, *, dtype: str) -> None:
        xp = array_api_compat.array_namespace(like)
        self._xp, self._dtype = xp, getattr(xp, dtype)
        device = array_api_compat.device(like)
        means = means.filled()
        self._means = xp.asarray(means.means, dtype=self._dtype, device=device)
        self._global_mean = xp.asarray(means.global_mean, dtype=self._dtype, device=device)
        self._counts = xp.zeros(len(means.counts), dtype=xp.int64, device=device)
        self._sums = xp.zeros((len(means.counts), 4), dtype=self._dtype, device=device)

    def add(self, features: Array, labels: Array) -> None:
        """Adds samples, features (N, d) with labels (N,)."""
        xp = self._xp
        for part, chosen in device_parts(features, labels, self._means.shape[0]):
            part = xp.astype(part, self._dtype)
            names = namespace_of(part)
            own = row_norms(part - xp.take(self._means, chosen, axis=0), names)
            overall = row_norms(part - self._global_mean, names)
            weights = xp.astype(one_hot(chosen, self._means.shape[0], xp), self._dtype)
            self._counts = self._counts + xp.astype(xp.sum(weights, axis=1), self._counts.dtype)
            with np.errstate(over="ignore", invalid="ignore"):  # only root mean squares need the squares: NaN
                columns = xp.stack([own, overall, own * own, overall * overall], axis=1)
                self._sums = self._sums + weights @ columns

    def totals(self) -> DistanceTotals:
        """The sums so far, on the host."""
        return DistanceTotals(to_numpy(self._counts).copy(), *_to_float64(self._sums).T)


def one_hot(labels: Array, K: int, xp: Functions) -> Array:
    """Which sample belongs to which class, shape (K, N), as booleans on the labels' device."""
    classes = xp.arange(K, dtype=xp.int64, device=array_api_compat.device(labels))
    return xp.expand_dims(labels, axis=0) == xp.expand_dims(classes, axis=1)


def _to_float64(array: Array) -> np.ndarray:
    wide: np.ndarray = to_numpy(array).astype(np.float64)
    return wide
