"""Determinants, ranks, inverses and pseudo-inverses of matrices of exact scalars.

Matrices of rationals and of balls go through python-flint; sums with square roots, and degrees, through elimination
and expansion by the scalars' own operators. Arrays are NumPy arrays of scalars of one field, shape (m, n).
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
from flint import arb, arb_mat, fmpq, fmpq_mat

from ncverify.errors import NotPolynomialError, UndecidedError
from ncverify.kinds import Array, Number
from ncverify.numbers.field import Field, product


def determinant(a: np.ndarray, field: Field) -> Number:
    """The determinant of a square matrix, a scalar."""
    library = _library(a)
    if library is not None and a.size:
        return library(a.tolist()).det()
    return expanded(lambda i, j: a[i, j], len(a), field.convert(1))


def expanded(entry: Callable[[int, int], Any], size: int, one: Number) -> Number:
    """The determinant by expansion along rows, each minor computed once: no division, and any kind of number.

    Args:
        entry: from a row and a column to the number there.
        size: of the matrix.
        one: the determinant of the empty matrix.
    """
    minors: dict[tuple[int, ...], Any] = {(): one}
    for i in reversed(range(size)):
        row = functools.partial(entry, i)
        minors = {columns: _along_a_row(row, columns, minors) for columns in combinations(range(size), size - i)}
    return minors[tuple(range(size))]


def _along_a_row(entry: Callable[[int], Any], columns: tuple[int, ...], minors: dict[tuple[int, ...], Any]) -> Number:
    total: Any = None
    for place, j in enumerate(columns):
        term = entry(j) * minors[columns[:place] + columns[place + 1 :]]
        total = term if total is None else total - term if place % 2 else total + term
    return total


def inverse(a: np.ndarray, field: Field) -> np.ndarray:
    """The inverse of a square matrix; NaN in every entry where balls do not exclude that there is none.

    Raises:
        ZeroDivisionError: the matrix has no inverse.
    """
    library = _library(a)
    if library is fmpq_mat:
        return _array(fmpq_mat(a.tolist()).inv())
    if library is arb_mat:
        try:
            return _array(arb_mat(a.tolist()).inv())
        except ZeroDivisionError:
            return np.full(a.shape, arb.nan(), dtype=object)
    if field.name == "degree":
        return _by_cofactors(a, field)
    unit = np.array([[field.convert(int(i == j)) for j in range(len(a))] for i in range(len(a))], dtype=object)
    reduced, pivots = reduced_rows(np.concatenate([a, unit], axis=1), field, columns=len(a))
    if len(pivots) < len(a):
        raise ZeroDivisionError("the matrix has no inverse")
    return reduced[:, len(a) :]


def _by_cofactors(a: np.ndarray, field: Field) -> np.ndarray:
    size, whole = len(a), determinant(a, field)
    inverse = np.empty(a.shape, dtype=object)
    for i, j in np.ndindex(a.shape):
        minor = np.delete(np.delete(a, j, axis=0), i, axis=1)
        inverse[i, j] = determinant(minor, field) / whole if size > 1 else field.convert(1) / whole
    return inverse


def rank(a: np.ndarray, field: Field) -> int:
    """The rank.

    Raises:
        UndecidedError: balls around zero are left after elimination.
    """
    _refuse_degrees("matrix_rank", field)
    if _library(a) is fmpq_mat:
        return int(fmpq_mat(a.tolist()).rank())
    return len(reduced_rows(a, field)[1])


def pseudo_inverse(a: np.ndarray, field: Field) -> np.ndarray:
    """The Moore-Penrose inverse, from a factorisation A = B C into pivot columns and reduced rows.

    Raises:
        UndecidedError: balls do not decide the rank.
    """
    _refuse_degrees("pinv", field)
    reduced, pivots = reduced_rows(a, field)
    zero = field.convert(0)
    if not pivots:
        return np.full(a.shape[::-1], zero, dtype=object)
    B, C = a[:, pivots], reduced[: len(pivots)]
    right = product(C.T, inverse(product(C, C.T, field), field), field)
    return product(right, product(inverse(product(B.T, B, field), field), B.T, field), field)


def reduced_rows(a: np.ndarray, field: Field, columns: int | None = None) -> tuple[np.ndarray, list[int]]:
    """The reduced row echelon form and its pivot columns.

    Args:
        a: the matrix.
        field: of its scalars.
        columns: in which pivots are looked for; by default in all.

    Raises:
        UndecidedError: no pivot is certain, and not all that is left is zero.
    """
    pivots: list[int] = []
    a = a.copy()
    for j in range(a.shape[1] if columns is None else columns):
        i = len(pivots)
        if i == len(a):
            break
        chosen = _pivot(a[i:, j], field)
        if chosen is None:
            continue
        a[[i, i + chosen]] = a[[i + chosen, i]]
        a[i] = a[i] / a[i, j]
        a[i, j] = field.convert(1)
        for other in (k for k in range(len(a)) if k != i):
            factor = a[other, j]
            a[other] = a[other] - a[i] * factor
            a[other, j] = field.convert(0)
        pivots.append(j)
    return a, pivots


def _pivot(column: np.ndarray, field: Field) -> int | None:
    """The row of the largest entry that is certainly not zero; None where all certainly are."""
    sure = [k for k, v in enumerate(column) if field.compare(operator.ne, v, field.convert(0))]
    if sure:
        return max(sure, key=lambda k: abs(field.to_float(column[k])))
    if any(field.compare(operator.eq, v, field.convert(0)) is not True for v in column):
        raise UndecidedError("the rank of a matrix is undecided at this precision")
    return None


def _library(a: np.ndarray) -> Any:
    """The matrices of python-flint that hold such scalars; None where none does."""
    kinds = {type(v) for v in a.ravel().tolist()}
    return {frozenset({fmpq}): fmpq_mat, frozenset({arb}): arb_mat}.get(frozenset(kinds))


def _array(matrix: Array) -> np.ndarray:
    entries = np.empty((matrix.nrows(), matrix.ncols()), dtype=object)
    entries[:] = matrix.tolist()
    return entries


def _refuse_degrees(name: str, field: Field) -> None:
    if field.name == "degree":
        raise NotPolynomialError(f"linalg.{name} of quantities that depend on the point is not polynomial")
