"""The common zeros of polynomials in floats: values, slopes, and the way to them, for many rows at once."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from ncverify.numbers.rational import RATIONAL

_FLAT = 1e-3  # relative: slopes below this are none
_FACTORED = 40  # terms of a polynomial that is factored
_STEPS = 30  # of Gauss and Newton, at most


class Variety:
    """The common zeros of polynomials.

    Args:
        polynomials: in x0, x1, ..., of one ring.
    """

    def __init__(self, polynomials: list[Any]) -> None:
        self.polynomials = polynomials
        self.names = polynomials[0].context().names()
        terms = [(i, c, powers) for i, e in enumerate(polynomials) for powers, c in e.to_dict().items()]
        owner = np.array([t[0] for t in terms], dtype=np.int64)
        self._factor = np.array([RATIONAL.field.to_float(t[1]) for t in terms])
        powers = np.array([t[2] for t in terms], dtype=np.int64).reshape(len(terms), len(self.names))
        self._places = _places(powers)
        which, by = np.nonzero(powers)
        self._slope_factor = self._factor[which] * powers[which, by]
        slopes = powers[which]
        slopes[np.arange(len(which)), by] -= 1
        self._slope_places = _places(slopes)
        self._sum = _Sums(owner, len(polynomials))
        self._slope_sum = _Sums(owner[which] * len(self.names) + by, len(polynomials) * len(self.names))

    @cached_property
    def factors(self) -> list[list[Any]]:
        """The factors of each polynomial, of a long one itself alone."""
        return [[f for f, _ in e.factor()[1]] if len(e) <= _FACTORED else [e] for e in self.polynomials]

    def values(self, x: Any) -> Any:
        """Values at rows x, shape (..., number of polynomials)."""
        return self._sum(self._terms(x))

    def _terms(self, x: Any) -> Any:
        return self._factor * _products(x, self._places)

    def jacobian(self, x: Any) -> Any:
        """Derivatives at rows x, shape (..., number of polynomials, number of coordinates)."""
        slopes = self._slope_sum(self._slope_factor * _products(x, self._slope_places))
        return slopes.reshape(*x.shape[:-1], len(self.polynomials), len(self.names))

    def singular(self, x: Any) -> list[bool]:
        """Which polynomials have no slope at a row x, in units of their terms and as far as floats near zero tell."""
        sizes = self._sum(np.abs(self._terms(x)))
        slopes = np.abs(self.jacobian(x) * x).sum(axis=1)
        return [bool(flat) for flat in slopes <= _FLAT * sizes]

    def nearest(self, x: Any, *, cut: float = 1e-10) -> Any:
        """Rows on the variety near rows x, by Gauss-Newton steps; those of x where they do not converge.

        Args:
            x: rows, shape (B, D).
            cut: relative size of singular values that count as zero; large where more equations than needed agree.
        """
        found, close = x.copy(), np.zeros(len(x), dtype=bool)
        going = np.arange(len(x))
        for _ in range(_STEPS):
            there = found[going]
            terms, slopes = self._terms(there), self.jacobian(there)
            values, sizes = np.abs(self._sum(terms)), self._sum(np.abs(terms))
            finite = np.isfinite(values).all(axis=1) & np.isfinite(slopes).all(axis=(1, 2))
            close[going] = finite & (values <= 1e-6 * sizes + 1e-300).all(axis=1)
            on = finite & ~(values <= 1e-14 * sizes + 1e-300).all(axis=1)
            going = going[on]
            if not len(going):
                break
            step = least_squares(slopes[on], -self._sum(terms[on]), cut)
            found[going] += within(step, 0.5 * np.linalg.norm(there[on], axis=1) + 1e-6)
        return np.where(close[:, None], found, x)


def least_squares(matrices: Any, right: Any, cut: float) -> Any:
    """The shortest solutions of linear systems, shape (B, D), in the sense of least squares.

    Args:
        matrices: shape (B, M, D), finite.
        right: right-hand sides, shape (B, M).
        cut: singular values below this, relative to the largest of their matrix, count as zero.
    """
    u, s, v = np.linalg.svd(matrices, full_matrices=False)
    inverse = np.where(s > cut * s[:, :1], 1 / np.where(s > 0, s, 1.0), 0.0)
    parts = inverse * np.einsum("bmk,bm->bk", u, right)
    return np.einsum("bkd,bk->bd", v, parts)


def within(steps: Any, limits: Any) -> Any:
    """Steps, shape (B, D), cut to lengths of at most `limits`, shape (B,)."""
    lengths = np.linalg.norm(steps, axis=1)
    return steps * np.minimum(1.0, limits / np.maximum(lengths, 1e-300))[:, None]


class _Sums:
    """Sums of those terms that have the same key.

    Args:
        keys: of the terms, from 0 to size - 1.
        size: number of sums.
    """

    def __init__(self, keys: Any, size: int) -> None:
        self.size, self.order = size, np.argsort(keys, kind="stable")
        self.known, self.starts = np.unique(keys[self.order], return_index=True)

    def __call__(self, terms: Any) -> Any:
        """The sums of terms of shape (..., number of keys)."""
        sums = np.zeros((*terms.shape[:-1], self.size))
        if len(self.known):
            sums[..., self.known] = np.add.reduceat(terms[..., self.order], self.starts, axis=-1)
        return sums


def _places(powers: Any) -> Any:
    """The coordinates whose product each monomial is, one index for each factor; the index after the last stands for 1.

    Args:
        powers: of the coordinates, shape (number of monomials, number of coordinates).
    """
    terms, width = powers.shape
    degrees = powers.sum(axis=1)
    which, of = np.nonzero(powers)
    times = powers[which, of]
    place = np.arange(times.sum()) - np.repeat(np.cumsum(degrees) - degrees, degrees)
    found = np.full((int(degrees.max(initial=0)), terms), width)
    found[place, np.repeat(which, times)] = np.repeat(of, times)
    return found


def _products(x: Any, places: Any) -> Any:
    """The monomials at rows x, shape (..., number of monomials)."""
    known = np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1)
    return known[..., places].prod(axis=-2)
