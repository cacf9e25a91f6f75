"""What a library's linear algebra may give in floats of a format, as balls: backward errors, enclosed.

Elimination with partial pivoting solves (A + E) x = b for every column with |E| <= 3 n u |L||U| entry by entry (Higham,
Accuracy and Stability, Theorem 9.4), and |L||U| <= n 2^(n-1) max |A|: so the inverse, whether of columns or of rows, is
that of a matrix in a box. Orthogonal reductions give eigenvalues and singular values of A + E with |E| a multiple of
u |A| that grows like a low power of n; here 16 n^2, and Weyl's bound for what they move.
"""

from __future__ import annotations

import numpy as np
from flint import arb

from ncverify.errors import NotRationalError, UndecidedError
from ncverify.kinds import Array, Number
from ncverify.numbers import elimination, spectra
from ncverify.numbers.ball import BallField
from ncverify.numbers.formats import Rounded

_BALLS = BallField()
_UNIT = arb(0, 1)
_LARGEST_LOGARITHM = 750  # of a number of double precision; it is off by so many roundings


def _balls(x: Array) -> np.ndarray:
    return np.asarray(np.frompyfunc(lambda v: v.ball, 1, 1)(x.data))


def _rounded(x: Array, balls: np.ndarray, roundings: int = 0) -> Array:
    format = x.field.format
    entries = np.empty(np.shape(balls), dtype=object)
    for index, v in np.ndenumerate(balls):
        entries[index] = Rounded(format.rounded(v, roundings) if roundings else v, format)
    return type(x)(entries, x.field)


def _box(x: Array) -> np.ndarray:
    """The matrix with what elimination may add to each entry."""
    balls, n, format = _balls(x), x.shape[0], x.field.format
    sizes = [v.abs_upper() for v in balls.ravel().tolist()]
    largest = max(sizes, key=lambda v: float(v)) if all(v.is_finite() for v in sizes) else arb.nan()
    return np.asarray(balls + _UNIT * (4 * n * n * 2 ** (n - 1) * (format.u * largest + format.tiny)))


def inv(x: Array) -> Array:
    """The inverse; unknown where the box has a singular matrix."""
    return _rounded(x, elimination.inverse(_box(x), _BALLS), 1)


def solve(a: Array, b: Array) -> Array:
    """The x with a x = b."""
    right = _balls(b).reshape(b.shape[0], -1)
    product = np.asarray(elimination.inverse(_box(a), _BALLS)) @ right
    return _rounded(a, product.reshape(b.shape), 1)


def det(x: Array) -> Number:
    """The determinant: a product of n pivots, or as in NumPy the exponential of the sum of their logarithms."""
    whole = np.empty((), dtype=object)
    whole[()] = elimination.determinant(_box(x), _BALLS)
    return _rounded(x, whole, (x.shape[0] + 1) * _LARGEST_LOGARITHM)


def _spread(x: Array) -> Array:
    """How far eigenvalues and singular values may be off."""
    format, size = x.field.format, max(x.shape)
    norm = sum((v.abs_upper() for v in _balls(x).ravel().tolist()), arb(0))
    return _UNIT * (16 * size * size * (format.u * norm + format.tiny))


def eigvalsh(x: Array) -> Array:
    """The eigenvalues of a symmetric matrix."""
    return _rounded(x, spectra.eigenvalues(_balls(x), _BALLS) + _spread(x))


def svdvals(x: Array) -> Array:
    """The singular values."""
    return _rounded(x, spectra.singular_values(_balls(x), _BALLS) + _spread(x))


def matrix_rank(x: Array) -> Array:
    """The rank where it is full for certain.

    Raises:
        UndecidedError: rounding may take it for a smaller one.
    """
    values = svdvals(x).data
    cut = 4 * max(x.shape) * x.field.format.u * values[0].ball.abs_upper()
    if not values[-1].ball > cut:
        raise UndecidedError("matrix_rank: rounding decides whether the least singular value counts as zero")
    return x.namespace.asarray(min(x.shape))


def pinv(x: Array) -> Array:
    """Of floats no bound is known here: a library decides by a cut which singular values are zero."""
    raise NotRationalError("pinv: how far floats may be off is not known")


def spectral(x: Array) -> Number:
    """The largest singular value."""
    return svdvals(x)[0]


def nuclear(x: Array) -> Number:
    """The sum of the singular values."""
    return x.namespace.sum(svdvals(x))
