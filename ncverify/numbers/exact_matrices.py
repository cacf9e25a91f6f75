"""Linear algebra of exact arrays: what `p.xp.linalg` calls in rational and ball arithmetic, and on degrees."""

from __future__ import annotations

from flint import arb

from ncverify.errors import NotRationalError
from ncverify.kinds import Array, Number
from ncverify.numbers import elimination, spectra


def _like(x: Array, data: Array) -> Array:
    return type(x)(data, x.field)


def inv(x: Array) -> Array:
    """The inverse; ZeroDivisionError or NaN where there is none."""
    return _like(x, elimination.inverse(x.data, x.field))


def solve(a: Array, b: Array) -> Array:
    """The x with a x = b."""
    return inv(a) @ b


def det(x: Array) -> Number:
    """The determinant."""
    return _like(x, elimination.determinant(x.data, x.field))


def matrix_rank(x: Array) -> Array:
    """The rank, or UndecidedError."""
    return x.namespace.asarray(elimination.rank(x.data, x.field))


def pinv(x: Array) -> Array:
    """The Moore-Penrose inverse, or UndecidedError where the rank is."""
    return _like(x, elimination.pseudo_inverse(x.data, x.field))


def eigvalsh(x: Array) -> Array:
    """The eigenvalues of a symmetric matrix."""
    return _like(x, spectra.eigenvalues(x.data, x.field))


def svdvals(x: Array) -> Array:
    """The singular values."""
    return _like(x, spectra.singular_values(x.data, x.field))


def spectral(x: Array) -> Number:
    """The largest singular value."""
    return svdvals(x)[0]


def nuclear(x: Array) -> Number:
    """The sum of the singular values; of two of them through their squares and their product, which may be rational."""
    xp = x.namespace
    if min(x.shape) == 1 and not any(type(v) is arb for v in x.data.flat):  # a ball around zero has no root
        return xp.sqrt(xp.sum(x * x))
    if min(x.shape) > 2 or x.field.name != "rational":
        return xp.sum(svdvals(x))
    squares = xp.sum(x * x)
    gram = x @ x.T if x.shape[0] == 2 else x.T @ x
    try:
        return xp.sqrt(squares + 2 * xp.sqrt(det(gram)))
    except NotRationalError:
        return xp.sum(svdvals(x))
