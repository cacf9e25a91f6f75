"""Norms, ratios and cosines of rows that survive every scale; on floats of every backend and on exact arithmetic.

On floats each row is divided by its largest entry before anything is squared, so that rows of size 1e-200 or 1e200 are
measured as well as any other. Rational and ball arithmetic have no such limits and take the plain formula.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ncverify.kinds import Array, Functions

ROWS = 1024


def row_norms(x: Array, xp: Functions) -> Array:
    """The Euclidean norm of every row of x (m, d), shape (m,); no overflow or underflow on floats."""
    if xp.exact:
        return xp.sqrt(xp.sum(x * x, axis=1))
    if isinstance(x, np.ndarray) and len(x) > ROWS:
        return np.concatenate([row_norms(part, xp) for part in _parts(x)])
    scaled, scale, is_zero = _scaled_rows(x, xp)
    squares = xp.sum(scaled * scaled, axis=1)  # at least one, except for a row of zeros
    return xp.where(is_zero, 0, scale * xp.sqrt(xp.where(is_zero, 1, squares)))


def ratio(numerator: Array, denominator: Array, xp: Functions) -> Array:
    """numerator / denominator, and NaN (without a warning) where the denominator is zero.

    Raises:
        ZeroDivisionError: on a zero denominator in rational arithmetic, which has no NaN.
    """
    if xp.exact:
        return numerator / denominator
    is_zero = denominator == 0
    return xp.where(is_zero, math.nan, numerator / xp.where(is_zero, 1, denominator))


def unit_rows(x: Array, xp: Functions) -> Array:
    """The rows of x (m, d) divided by their norms; a row of zeros has no direction and becomes NaN."""
    if isinstance(x, np.ndarray) and len(x) > ROWS:
        directions = np.empty_like(x)
        for part, units in zip(_parts(x), _parts(directions), strict=True):
            units[...] = unit_rows(part, xp)
        return directions
    if not xp.exact:
        x, _, _ = _scaled_rows(x, xp)
    return ratio(x, xp.expand_dims(row_norms(x, xp), axis=1), xp)


def cosines(x: Array, xp: Functions) -> Array:
    """The cosine of every pair of rows of x (m, d), shape (m, m); NaN where a row is zero.

    The product of two squared norms is rational where one norm is not: exact arithmetic keeps regular simplices exact.
    """
    if not xp.exact:
        x, _, _ = _scaled_rows(x, xp)
    products = x @ x.T
    squares = xp.sum(x * x, axis=1)
    return ratio(products, xp.sqrt(xp.expand_dims(squares, axis=1) * xp.expand_dims(squares, axis=0)), xp)


def centred_rows(x: Array, xp: Functions) -> Array:
    """The rows of x (m, d) minus their mean."""
    return x - xp.expand_dims(xp.mean(x, axis=0), axis=0)


def _parts(x: np.ndarray) -> Iterator[np.ndarray]:
    """Views of some rows each, so that no second array of the size of x is needed beside it."""
    for start in range(0, len(x), ROWS):
        yield x[start : start + ROWS]


def _scaled_rows(x: Array, xp: Functions) -> tuple[Array, Array, Array]:
    largest = xp.max(xp.abs(x), axis=1)
    is_zero = largest == 0
    scale = xp.where(is_zero, 1, largest)
    return x / xp.expand_dims(scale, axis=1), scale, is_zero
