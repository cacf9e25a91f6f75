r"""The two largest of K scores of every sample, found in float32 with a bound on the error.

A score is <a_k, x> + b_k: a logit, or minus half the squared distance from a mean. In float32 a product of vectors of
length d is wrong by at most

.. math:: \gamma |a_k| |x| + \gamma |b_k|, \quad \gamma = (d + 6) u / (1 - (d + 6) u), \quad u = 2^{-24}

in whatever order it is added up, the rounding of a, b and x to float32 included. Where that bound leaves open what is
asked, the sample is looked at again in float64; so the answers are those of float64, in about half the time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

SCREENED_CLASSES = 256  # below, float64 at once is faster
CLASSES, SAMPLES = 2048, 512  # of a block of float32 scores: 4 MiB
EXACT_NUMBERS = 1 << 21  # entries of a block of float64 scores: 16 MiB
LARGEST = 1e37  # scores beyond leave the range of float32

State = tuple[np.ndarray, np.ndarray, np.ndarray]


class Leaders(NamedTuple):
    """For each sample, shapes (B,): the largest score, whose it is, the largest of the others, and the error bound."""

    best: np.ndarray
    whose: np.ndarray
    second: np.ndarray
    error: np.ndarray


class Scores:
    """Scores x A' + b of K classes for one or several vectors b.

    Args:
        rows: A, shape (K, d), float64.
        biases: vectors (K,), float64.
    """

    def __init__(self, rows: np.ndarray, biases: Sequence[np.ndarray]) -> None:
        self.rows, self.biases = rows, list(biases)
        self._narrow: tuple[np.ndarray, list[np.ndarray]] | None = None
        with np.errstate(over="ignore"):
            self._size = float(np.sqrt(np.vecdot(rows, rows).max()))
        self._bias_sizes = [float(np.abs(b).max()) for b in biases]

    def __getstate__(self) -> dict[str, Any]:
        """The state that is sent to other processes: all but the float32 copy."""
        return self.__dict__ | {"_narrow": None}

    def exact(self, x: np.ndarray) -> Iterator[np.ndarray]:
        """The scores of x (B, d) in float64, shape (B, K), for each of the biases."""
        products = x @ self.rows.T
        for b in self.biases:
            yield products + b

    def leaders(self, x: np.ndarray) -> list[Leaders] | None:
        """The leaders of x (B, d) for each of the biases; None where scores leave the range of float32."""
        with np.errstate(over="ignore", invalid="ignore"):
            lengths = np.sqrt(np.vecdot(x, x))
            sizes = lengths * self._size
            largest = float(max(sizes.max(), lengths.max())) + max(self._size, *self._bias_sizes)
        if not largest < LARGEST:
            return None
        states = [
            (np.full(len(x), -np.inf, np.float32), np.zeros(len(x), np.int64), np.full(len(x), -np.inf, np.float32))
            for _ in self.biases
        ]
        for start, scores in self._blocks(x.astype(np.float32)):
            for state in states:
                _update(state, *_largest_two(next(scores)), start)
        return [Leaders(*state, self._errors(sizes, b)) for state, b in zip(states, self._bias_sizes, strict=True)]

    def _blocks(self, x: np.ndarray) -> Iterator[tuple[int, Iterator[np.ndarray]]]:
        """Blocks of classes: the first of them, and the scores (B, classes) for each of the biases, to be spoilt."""
        if self._narrow is None:
            self._narrow = self.rows.astype(np.float32), [b.astype(np.float32) for b in self.biases]
        rows, biases = self._narrow
        room = np.empty((len(x), min(CLASSES, len(rows))), np.float32)
        for start in range(0, len(rows), CLASSES):
            part = rows[start : start + CLASSES]
            products = np.matmul(x, part.T, out=room if len(part) == room.shape[1] else None)
            yield start, _shifted(products, [b[start : start + CLASSES] for b in biases])

    def _errors(self, sizes: np.ndarray, bias: float) -> np.ndarray:
        d = self.rows.shape[1]
        rounding = (d + 6) * 2.0**-24
        gamma = rounding / (1 - rounding) if rounding < 0.5 else np.inf
        # numbers below 2^-126 may be lost altogether
        lost = 2.0**-126 * d * (2 + self._size + sizes / max(self._size, 2.0**-126))
        return np.asarray(gamma * (sizes + bias) + lost)


def _shifted(products: np.ndarray, biases: list[np.ndarray]) -> Iterator[np.ndarray]:
    last = len(biases) - 1
    for i, b in enumerate(biases):
        if i == last:
            yield np.add(products, b, out=products) if b.any() else products
        else:
            yield products + b


def _largest_two(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The largest score of each row, its column, and the largest of the others; the scores are written over."""
    every = np.arange(len(scores))
    index = scores.argmax(axis=1)
    best = scores[every, index]
    scores[every, index] = -np.inf
    return best, index, scores.max(axis=1)


def _update(
    state: tuple[np.ndarray, np.ndarray, np.ndarray],
    best: np.ndarray,
    index: np.ndarray,
    second: np.ndarray,
    start: int,
) -> None:
    old, where, other = state
    ahead = best > old
    np.maximum(other, np.where(ahead, np.maximum(old, second), best), out=other)
    where[ahead] = index[ahead] + start
    old[ahead] = best[ahead]
