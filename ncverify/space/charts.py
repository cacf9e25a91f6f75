"""Free real coordinates for the sets of `Variable(on=)`: rational maps onto each set, and exact membership.

The search moves the free coordinates. Because every map is rational, a point that the search found lies on its set
exactly when the same map is evaluated on the same coordinates in rational arithmetic.

A point of the unit sphere is the image of e_1 under a Householder reflection, e_1 - 2 v_1 v / |v|^2: onto, of degree
zero in v, and without a pole. Frames with orthonormal columns are products of such reflections.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ncverify.kinds import Array, Functions, TruthValue


def free_shape(on: str | None, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of the free coordinates of an array of a shape on a set."""
    if on == "ball":
        return (_count(shape) + 1,)
    if on == "orthonormal columns":
        return (shape[0], shape[1] + 1)
    return shape


def signs(on: str | None, shape: tuple[int, ...]) -> range:
    """The free coordinates, as indices of the flat array, whose signs alone pick one of the parts of a set.

    No single rational map reaches all orthogonal matrices, or both points -1 and 1 of a line.
    """
    if on == "orthonormal columns" and shape[0] == shape[1]:
        return range(shape[1], shape[1] + 1)
    line = {"sphere": _count(shape) == 1, "rows on sphere": shape[-1:] == (1,), "columns on sphere": shape[:1] == (1,)}
    return range(_count(shape) if line.get(on or "", False) else 0)


def apply(on: str, free: Array, shape: tuple[int, ...], xp: Functions) -> Array:
    """The array on the set that belongs to free coordinates, in the arithmetic of `xp`."""
    if on == "sphere":
        return xp.reshape(_unit_rows(xp.reshape(free, (1, _count(shape))), xp), shape)
    if on == "ball":
        m = _count(shape)
        return xp.reshape(_unit_rows(xp.reshape(free, (1, m + 1)), xp)[0, :m], shape)
    if on == "rows on sphere":
        return _unit_rows(free, xp)
    if on == "columns on sphere":
        return _unit_rows(free.T, xp).T
    if on == "simplex":
        square = free * free
        return _or_where_zero(xp.sum(square), lambda total: square / total, xp.ones(shape) / shape[0], xp)
    if on == "symmetric":
        return (free + free.T) / 2
    if on == "psd":
        return _product(free, free.T, xp)
    return _frame(free, shape, xp)


def _count(shape: tuple[int, ...]) -> int:
    total = 1
    for length in shape:
        total *= length
    return total


def _product(a: Array, b: Array, xp: Functions) -> Array:
    """The matrix product by multiplication and sum, which every arithmetic has."""
    return xp.sum(xp.expand_dims(a, axis=2) * xp.expand_dims(b, axis=0), axis=1)


def _unit_rows(v: Array, xp: Functions) -> Array:
    """Each row's image of e_1: e_1 - 2 v_1 v / |v|^2; in one dimension, the sign of v; e_1 where v = 0."""
    rows, m = v.shape
    ones = xp.ones((rows, 1))
    if m == 1:
        return _sign(v, xp)
    first = xp.concat([ones, xp.zeros((rows, m - 1))], axis=1)
    return _or_where_zero(
        xp.sum(v * v, axis=1, keepdims=True), lambda square: first - 2 * v[:, :1] * v / square, first, xp
    )


def _frame(free: Array, shape: tuple[int, ...], xp: Functions) -> Array:
    """Reflections by the columns of `free` applied to the first columns of the identity; the last one is a sign."""
    p, q = shape
    frame = xp.eye(p, q)
    sign = _sign(free[0, q], xp)
    flip = xp.concat([xp.ones((q - 1,)), xp.reshape(sign, (1,))], axis=0) if q > 1 else xp.reshape(sign, (1,))
    frame = frame * xp.expand_dims(flip, axis=0)
    for k in reversed(range(q)):
        frame = _reflected(frame, free[:, k : k + 1], xp)
    return frame


def _reflected(frame: Array, v: Array, xp: Functions) -> Array:
    """The frame reflected along a column v; itself where v = 0."""
    along = 2 * xp.sum(v * frame, axis=0, keepdims=True)
    return _or_where_zero(xp.sum(v * v), lambda square: frame - v * (along / square), frame, xp)


def _or_where_zero(square: Array, value: Callable[[Any], Any], otherwise: Array, xp: Functions) -> Array:
    """value(square), or `otherwise` where the square vanishes; degrees have no zero to look for."""
    if _counts_degrees(xp):
        return value(square)
    return xp.where(square > 0, value(xp.where(square > 0, square, xp.ones(()))), otherwise)


def _sign(v: Array, xp: Functions) -> Array:
    """-1 where v is negative, 1 elsewhere; either sign is a constant."""
    ones = xp.ones(v.shape)
    return ones if _counts_degrees(xp) else xp.where(v < 0, -ones, ones)


def _counts_degrees(xp: Functions) -> bool:
    return getattr(getattr(xp, "field", None), "name", "") == "degree"


def fault(on: str, value: Array, xp: Functions) -> str:
    """The reason why an exact array does not lie on a set; "" where it does.

    Args:
        on: the set.
        value: an array in rational arithmetic.
        xp: its namespace.
    """
    squares = value * value
    if on == "sphere":
        return _unless(xp.sum(squares) == 1, f"the squared norm is {_text(xp.sum(squares))}, not 1")
    if on == "ball":
        return _unless(xp.sum(squares) <= 1, f"the squared norm is {_text(xp.sum(squares))}, more than 1")
    if on in ("rows on sphere", "columns on sphere"):
        norms = xp.sum(squares, axis=1 if on.startswith("rows") else 0)
        return _unless(xp.all(norms == 1), f"the squared norms are {[_text(n) for n in norms]}, not 1")
    if on == "simplex":
        if not bool(xp.all(value >= 0)):
            return "an entry is negative"
        return _unless(xp.sum(value) == 1, f"the entries add up to {_text(xp.sum(value))}, not 1")
    if on == "symmetric":
        return _unless(xp.all(value == value.T), "the matrix is not symmetric")
    if on == "psd":
        if not bool(xp.all(value == value.T)):
            return "the matrix is not symmetric"
        return "" if _is_psd(value, xp) else "the matrix is not positive semidefinite"
    gram = _product(value.T, value, xp)
    return _unless(xp.all(gram == xp.eye(value.shape[1])), "the columns are not orthonormal")


def _unless(truth: TruthValue, sentence: str) -> str:
    return "" if bool(truth) else sentence


def _text(value: Array) -> str:
    return str(value.item())


def _is_psd(a: Array, xp: Functions) -> bool:
    """Exact elimination: a zero pivot needs a zero row, and a negative one means that it is not."""
    while a.shape[0]:
        pivot = a[0, 0]
        if bool(pivot < 0):
            return False
        if bool(pivot == 0):
            if not bool(xp.all(a[0, :] == 0)):
                return False
            a = a[1:, 1:]
            continue
        column = a[1:, :1]
        a = a[1:, 1:] - column * a[:1, 1:] / pivot
    return True
