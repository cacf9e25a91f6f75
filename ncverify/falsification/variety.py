"""The common zeros of polynomials in floats: values, slopes, and the way to them, for many rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch

from ncverify.falsification.equations import Root
from ncverify.numbers.rational import RATIONAL

_FLAT = 1e-3  # relative: slopes below this are none
_FACTORED = 40  # terms of a polynomial that is factored
_STEPS = 30  # of Gauss and Newton, at most


class _Terms:
    """The terms of polynomials, and which sums they make. Sparse matrices take up to four times as long at this size.

    Args:
        powers: of the coordinates, shape (number of terms, number of coordinates).
        factors: one for each term.
        columns: the sum that each term is in.
        size: number of sums.
    """

    def __init__(self, powers: Any, factors: Any, columns: Any, size: int) -> None:
        order = np.argsort(columns, kind="stable")
        self._places, self._factors, self._size = _places(powers[order]), factors[order], size
        self._filled, self._starts = np.unique(columns[order], return_index=True)

    def at(self, x: Any) -> Any:
        """The terms at rows x, shape (..., number of terms)."""
        known = np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1)
        return known[..., self._places].prod(axis=-2) * self._factors

    def summed(self, terms: Any) -> Any:
        """The sums, shape (..., number of sums)."""
        sums = np.zeros((*terms.shape[:-1], self._size))
        if len(self._starts):
            sums[..., self._filled] = np.add.reduceat(terms, self._starts, axis=-1)
        return sums


class Variety:
    """The common zeros of polynomials.

    Args:
        polynomials: in x0, x1, ..., of one ring.
        roots: what the last unknowns stand for; the rows of points have the others alone.
    """

    def __init__(self, polynomials: list[Any], roots: Sequence[Root] = ()) -> None:
        self.polynomials, self.roots = polynomials, roots
        self.names = polynomials[0].context().names()
        terms = [(i, c, powers) for i, e in enumerate(polynomials) for powers, c in e.to_dict().items()]
        owner = np.array([t[0] for t in terms], dtype=np.int64)
        factor = np.array([RATIONAL.field.to_float(t[1]) for t in terms])
        count, width = len(polynomials), len(self.names)
        powers = np.array([t[2] for t in terms], dtype=np.int64).reshape(len(terms), width)
        which, by = np.nonzero(powers)
        slopes = powers[which]
        slopes[np.arange(len(which)), by] -= 1
        self._terms = _Terms(powers, factor, owner, count)
        self._slopes = _Terms(slopes, factor[which] * powers[which, by], owner[which] * width + by, count * width)

    @property
    def width(self) -> int:
        """Number of coordinates of a point."""
        return len(self.names) - len(self.roots)

    def extended(self, x: Any) -> Any:
        """Rows x of points with the values of the roots after them, shape (..., number of unknowns)."""
        x = np.concatenate([x, np.zeros((*x.shape[:-1], len(self.roots)))], axis=-1)
        for i, square in enumerate(self._squares):
            top, bottom = np.moveaxis(square.values(x), -1, 0)
            x[..., self.width + i] = (top / bottom) ** (1 / self.roots[i].power)
        return x

    @cached_property
    def _squares(self) -> list[Variety]:
        return [Variety([root.top, root.bottom]) for root in self.roots]

    @cached_property
    def factors(self) -> list[list[Any]]:
        """The factors of each polynomial, of a long one itself alone."""
        return [[f for f, _ in e.factor()[1]] if len(e) <= _FACTORED else [e] for e in self.polynomials]

    def values(self, x: Any) -> Any:
        """Values at rows x, shape (..., number of polynomials)."""
        return self._terms.summed(self._terms.at(x))

    def jacobian(self, x: Any) -> Any:
        """Derivatives at rows x, shape (..., number of polynomials, number of coordinates)."""
        slopes = self._slopes.summed(self._slopes.at(x))
        return slopes.reshape(*x.shape[:-1], len(self.polynomials), len(self.names))

    def sizes(self, x: Any) -> Any:
        """What the sizes of the terms sum to at rows x, shape (..., number of polynomials)."""
        return self._terms.summed(np.abs(self._terms.at(x)))

    def singular(self, x: Any) -> list[bool]:
        """Which polynomials have no slope at a row x, in units of their terms and as far as floats near zero tell."""
        slopes = np.abs(self.jacobian(x) * x).sum(axis=1)
        return [bool(flat) for flat in slopes <= _FLAT * self.sizes(x)]

    def nearest(self, x: Any, *, cut: float = 1e-10) -> Any:
        """Rows on the variety near rows x, by Gauss-Newton steps; those of x where they do not converge.

        Args:
            x: rows, shape (B, D).
            cut: relative size of singular values that count as zero; large where more equations than needed agree.
        """
        moved, close = x.copy(), np.zeros(len(x), dtype=bool)
        going = np.arange(len(x))
        for _ in range(_STEPS):
            there = moved[going]
            terms, slopes = self._terms.at(there), self.jacobian(there)
            values, sizes = self._terms.summed(terms), self._terms.summed(np.abs(terms))
            finite = np.isfinite(values).all(axis=1) & np.isfinite(slopes).all(axis=(1, 2))
            close[going] = finite & (np.abs(values) <= 1e-6 * sizes + 1e-300).all(axis=1)
            on = finite & ~(np.abs(values) <= 1e-14 * sizes + 1e-300).all(axis=1)
            going = going[on]
            if not len(going):
                break
            step = least_squares(slopes[on], -values[on], cut)
            moved[going] += within(step, 0.5 * np.linalg.norm(there[on], axis=1) + 1e-6)
        return np.where(close[:, None], moved, x)


def least_squares(matrices: Any, right: Any, cut: float) -> Any:
    """The shortest solutions of linear systems, shape (B, D), in the sense of least squares.

    Args:
        matrices: shape (B, M, D), finite.
        right: right-hand sides, shape (B, M).
        cut: singular values below this, relative to the largest of their matrix, count as zero.
    """
    system, wanted = torch.as_tensor(matrices), torch.as_tensor(right)[..., None]
    return torch.linalg.lstsq(system, wanted, rcond=cut, driver="gelsd").solution[..., 0].numpy()


def within(steps: Any, limits: Any) -> Any:
    """Steps, shape (B, D), cut to lengths of at most `limits`, shape (B,)."""
    lengths = np.linalg.norm(steps, axis=1)
    return steps * np.minimum(1.0, limits / np.maximum(lengths, 1e-300))[:, None]


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
    places = np.full((int(degrees.max(initial=0)), terms), width)
    places[place, np.repeat(which, times)] = np.repeat(of, times)
    return places
