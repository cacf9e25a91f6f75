"""Eigenvalues of symmetric matrices of exact scalars: exact where they are rational or quadratic, enclosed in balls.

The enclosure works for eigenvalues of any multiplicity. With Q from Jacobi's rotations at the precision in force,
M = Q'AQ is nearly diagonal, its eigenvalues lie within the norm of its off-diagonal part of its diagonal (Weyl), and
those of A are those of M up to a factor between the extreme eigenvalues of Q'Q (Ostrowski). Rounding of Q costs width,
never truth.
"""

from __future__ import annotations

import functools
import itertools
from typing import Any

import flint
import numpy as np
from flint import arb, arb_mat, fmpq, fmpq_mat

from ncverify.errors import NotRationalError
from ncverify.kinds import Array, Number
from ncverify.numbers.elimination import _refuse_degrees
from ncverify.numbers.field import Field, product
from ncverify.numbers.surd import Surd, square_root

_SWEEPS = 60  # of rotations; convergence is quadratic, and a matrix that has not converged gets wide balls


def eigenvalues(a: np.ndarray, field: Field) -> np.ndarray:
    """The eigenvalues of a symmetric matrix (n, n) in ascending order, shape (n,).

    Raises:
        ValueError: two mirrored entries certainly differ.
        NotRationalError: in rational arithmetic, where one is neither rational nor quadratic.
    """
    _refuse_degrees("eigvalsh", field)
    if field.name.startswith("ball"):
        enclosures = _enclosures(a)
        _check_symmetric(enclosures)
        return _column([field.convert(v) for v in _enclosed(enclosures)])
    _check_symmetric(a)
    if not all(type(v) is fmpq for v in a.ravel().tolist()):
        raise NotRationalError("eigenvalues of a matrix with square roots")
    return _column(_exact(fmpq_mat(a.tolist())))


def singular_values(a: np.ndarray, field: Field) -> np.ndarray:
    """The singular values in descending order, shape (min(m, n),)."""
    _refuse_degrees("svdvals", field)
    m, n = a.shape
    if not field.name.startswith("ball"):
        gram = product(a, a.T, field) if m <= n else product(a.T, a, field)
        return _column([square_root(v) for v in eigenvalues(gram, field)[::-1]])
    # the eigenvalues of [0 A; A' 0] are the singular values, their negatives, and zeros
    both = np.full((m + n, m + n), arb(0), dtype=object)
    both[:m, m:] = _enclosures(a)
    both[m:, :m] = both[:m, m:].T
    return _column([field.convert(v.nonnegative_part()) for v in _enclosed(both)[::-1][: min(m, n)]])


def _enclosures(a: np.ndarray) -> np.ndarray:
    """The balls of a matrix, without the expressions that some of them know."""
    enclosures: np.ndarray = np.frompyfunc(lambda v: getattr(v, "enclosure", v), 1, 1)(a)
    return enclosures


def _column(values: list[Any]) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _check_symmetric(a: np.ndarray) -> None:
    for i, j in zip(*np.tril_indices(len(a), -1), strict=True):
        apart = a[i, j] - a[j, i]
        if (apart != 0) if type(apart) is not arb else (apart > 0 or apart < 0):
            raise ValueError(
                f"eigvalsh: expected a symmetric matrix, but entries [{i}, {j}] and [{j}, {i}] differ; "
                "its symmetric part is (A + A.T) / 2"
            )


def _exact(a: Number) -> list[Array]:
    """Roots of the characteristic polynomial, where its factors are linear or quadratic."""
    eigenvalues: list[Any] = []
    for factor, times in a.charpoly().factor()[1]:
        if factor.degree() > 2:
            raise NotRationalError("an eigenvalue is neither rational nor a + b sqrt(m)")
        c, b, lead = (fmpq(factor[k]) for k in (0, 1, 2))
        if factor.degree() == 1:
            roots = [-c / b]
        else:
            root = square_root(b * b - 4 * lead * c)
            roots = [(-b - root) / (2 * lead), (-b + root) / (2 * lead)]
        eigenvalues += [root for root in roots for _ in range(times)]
    return _in_order(eigenvalues)


def _in_order(values: list[Any]) -> list[Array]:
    """Numbers with different square roots do not meet in exact arithmetic: their order is that of their balls."""
    bits = 128
    while True:
        with flint.ctx.workprec(bits):
            pairs: list[tuple[arb, Any]] = [(x.ball() if isinstance(x, Surd) else arb(x), x) for x in values]
            ordered = sorted(pairs, key=functools.cmp_to_key(_ahead))
            if all(x is y or a < b for (a, x), (b, y) in itertools.pairwise(ordered)):
                return [x for _, x in ordered]
        bits *= 2


def _ahead(x: tuple[arb, Any], y: tuple[arb, Any]) -> int:
    return int(x[0] > y[0]) - int(x[0] < y[0])


def _enclosed(a: np.ndarray) -> list[Array]:
    before = flint.ctx.prec
    flint.ctx.prec = before + 32
    try:
        return _by_congruence(a)
    finally:
        flint.ctx.prec = before


def _by_congruence(a: np.ndarray) -> list[Array]:
    n = len(a)
    if not all(v.is_finite() for v in a.ravel().tolist()):
        return [arb.nan()] * n
    A = arb_mat(n, n, [a[max(i, j), min(i, j)] for i in range(n) for j in range(n)])
    Q = arb_mat(n, n, _rotations(A))
    defect = Q.transpose() * Q - arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])
    M = Q.transpose() * A * Q
    rows = [sum((abs(M[i, j]) for j in range(n) if j != i), arb(M[i, i].rad())) for i in range(n)]
    width, stretch = _largest(rows), _largest([sum((abs(defect[i, j]) for j in range(n)), arb(0)) for i in range(n)])
    if not (width.is_finite() and stretch < 1):
        return [arb.nan()] * n
    centres = sorted(M[i, i].mid() for i in range(n))
    return [arb(c, width) / arb(1, stretch) for c in centres]


def _largest(values: list[Any]) -> Array:
    top = arb(0)
    for value in values:
        top = arb.max(top, value)
    return top.upper()


def _rotations(A: Array) -> list[Array]:
    """Jacobi's rotations of the midpoints, a nearly orthogonal matrix row by row; rounded, without error bounds."""
    n = A.nrows()
    a = [[A[i, j].mid() for j in range(n)] for i in range(n)]
    q = [[arb(int(i == j)) for j in range(n)] for i in range(n)]
    small = arb(2) ** (-2 * flint.ctx.prec)
    size = sum((v * v for row in a for v in row), arb(0)).mid()
    for _ in range(_SWEEPS):
        off = sum((a[i][j] * a[i][j] for i in range(n) for j in range(i)), arb(0)).mid()
        if off <= small * size:
            break
        for i in range(n):
            for j in range(i):
                _rotate(a, q, j, i)
    return [v for row in q for v in row]


def _rotate(a: list[list[Any]], q: list[list[Any]], i: int, j: int) -> None:
    if a[i][j].is_zero():
        return
    half = ((a[j][j] - a[i][i]) / (2 * a[i][j])).mid()
    root = (1 + half * half).sqrt()
    t = (1 / (half + root) if half >= 0 else 1 / (half - root)).mid()
    c = (1 / (1 + t * t).sqrt()).mid()
    s = (t * c).mid()
    for row in (*a, *q):  # columns
        x, y = row[i], row[j]
        row[i], row[j] = (c * x - s * y).mid(), (s * x + c * y).mid()
    for k in range(len(a)):
        x, y = a[i][k], a[j][k]
        a[i][k], a[j][k] = (c * x - s * y).mid(), (s * x + c * y).mid()
