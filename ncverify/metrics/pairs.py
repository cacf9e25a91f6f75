"""Means over all pairs of classes, in blocks or from a sample of pairs; no array K x K for large K."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ncverify.kinds import Array, Functions
from ncverify.metrics.rows import cosines, unit_rows
from ncverify.numbers import namespace_of

BLOCK = 1024  # classes on each side of a block: 8 MiB of float64
SAMPLED_AT_ONCE = 1 << 22  # entries of rows that are gathered for sampled pairs


class PairSample(NamedTuple):
    """So many pairs of classes, drawn at random with replacement.

    Args:
        number: of pairs, at least 2.
        seed: of the generator.
    """

    number: int
    seed: int = 0


class Estimate(NamedTuple):
    """A mean over a sample of pairs and its standard error."""

    mean: float
    error: float


def cosine_deviation(x: Array, xp: Functions) -> Array:
    """Avg over k != k' of |cos(x_k, x_k') + 1/(K-1)| of the rows of x (K, d)."""
    K = x.shape[0]
    check_classes(K)
    shift = xp.asarray(1) / (K - 1)
    if xp.exact or K <= BLOCK:
        gaps = xp.abs(cosines(x, xp) + shift)
        return xp.sum(gaps * (1 - xp.eye(K))) / (K * (K - 1))
    units = unit_rows(x, xp)
    if isinstance(units, np.ndarray):
        return units.dtype.type(_host_sum(units, 1 / (K - 1)) / (K * (K - 1)))
    total = xp.asarray(0.0)
    for rows, columns in blocks(K):
        gaps = xp.abs(units[rows, ...] @ units[columns, ...].T + shift)
        total = total + (xp.sum(gaps * (1 - xp.eye(gaps.shape[0]))) if rows == columns else 2 * xp.sum(gaps))
    return total / (K * (K - 1))


def sampled_cosine_deviation(x: np.ndarray, sample: PairSample) -> Estimate:
    """The same from a sample of pairs, with its standard error; only some rows are looked at.

    Raises:
        ValueError: fewer than two classes or two pairs.
    """
    K = len(x)
    check_classes(K)
    if sample.number < 2:
        raise ValueError(f"pairs: expected at least 2 pairs of classes, got {sample.number}")
    rng = np.random.default_rng(sample.seed)
    xp, deviations = namespace_of(x), np.empty(sample.number)
    step = max(1, SAMPLED_AT_ONCE // x.shape[1])
    for start in range(0, sample.number, step):
        first = rng.integers(0, K, min(step, sample.number - start))
        other = (first + rng.integers(1, K, len(first))) % K
        cosine = np.vecdot(unit_rows(x[first], xp), unit_rows(x[other], xp))
        deviations[start : start + len(first)] = np.abs(cosine + 1 / (K - 1))
    return Estimate(float(deviations.mean()), float(deviations.std(ddof=1)) / math.sqrt(sample.number))


def gram_residual(M: np.ndarray) -> float:
    r"""The residual of NC2: |K M M' / |M|^2 - E|_F / |E|_F with the Gram matrix E of a unit simplex.

    For K > 2d + 2 the two matrices are far apart, as the first has rank d and the second K - 1. Then

    .. math:: |G - E|^2 = |G|^2 - 2 \langle G, E \rangle + |E|^2

    cancels one bit at most, and |G| = K |M'M| / |M|^2 needs no K x K matrix. Otherwise pairs are taken in blocks.

    Args:
        M: class means as rows, shape (K, d).
    """
    K, d = M.shape
    largest = float(np.abs(M).max())
    if not largest:
        return math.nan
    M = M / largest
    size, squared_E = float(np.vecdot(M, M).sum()), K * K / (K - 1)
    if 2 * d + 2 < K:
        mean = M.mean(axis=0)
        along = K / (K - 1) * (size - K * float(mean @ mean)) * K / size
        squares = float(((M.T @ M) ** 2).sum()) * (K / size) ** 2 - 2 * along + squared_E
        return math.sqrt(squares / squared_E)
    squares = math.fsum(_squared_gaps(M, rows, columns, K / size) for rows, columns in blocks(K))
    return math.sqrt(squares / squared_E)


def blocks(K: int) -> Iterator[tuple[slice, slice]]:
    """The blocks of pairs k <= k', as slices of the rows and of the columns."""
    slices = [slice(start, min(start + BLOCK, K)) for start in range(0, K, BLOCK)]
    for i, rows in enumerate(slices):
        yield from ((rows, columns) for columns in slices[i:])


def check_classes(K: int) -> None:
    """Nothing for at least two classes.

    Raises:
        ValueError: fewer.
    """
    if K < 2:
        raise ValueError(f"expected at least two classes, got {K} rows")


def _host_sum(units: np.ndarray, shift: float) -> float:
    """The sum of |cos + shift| over all pairs k != k', in one block of memory."""
    room = np.empty((BLOCK, BLOCK), dtype=units.dtype)
    sums = []
    for rows, columns in blocks(len(units)):
        gaps = room[: rows.stop - rows.start, : columns.stop - columns.start]
        np.matmul(units[rows], units[columns].T, out=gaps)
        gaps += units.dtype.type(shift)
        np.abs(gaps, out=gaps)
        if rows == columns:
            np.fill_diagonal(gaps, 0)
        sums.append(float(gaps.sum(dtype=np.float64)) * (1 if rows == columns else 2))
    return sum(sums) if any(map(math.isnan, sums)) else math.fsum(sums)


def _squared_gaps(M: np.ndarray, rows: slice, columns: slice, scale: float) -> float:
    K = len(M)
    gaps = scale * (M[rows] @ M[columns].T) + 1 / (K - 1)
    if rows == columns:
        gaps -= np.eye(len(gaps)) * (K / (K - 1))
    return float((gaps * gaps).sum()) * (1 if rows == columns else 2)
