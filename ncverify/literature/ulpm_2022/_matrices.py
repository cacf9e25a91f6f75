"""Small matrix tools for statements, in any arithmetic: determinants, orthonormal frames, blocks of a point."""

from __future__ import annotations

from typing import Any, NamedTuple

from ncverify.domain import Domain
from ncverify.point import Point
from ncverify.statements.types import Identity

FRAMES = Domain(K=(2, 3), n=1, d=3)
"""Shapes for statements that cut several independent matrices out of one point."""

FEW = Domain(K=(2, 3), n=(1, 2), d=(1, 3), where=lambda K, n, d: d != 2 or n == 1)


def outer(u: Any, v: Any, xp: Any) -> Any:
    """u v', shape (len u, len v)."""
    return xp.expand_dims(u, axis=1) * xp.expand_dims(v, axis=0)


def inner(A: Any, B: Any, xp: Any) -> Any:
    """The sum of the products of all entries."""
    return xp.sum(A * B)


def squares(A: Any, p: Point) -> Any:
    """The sum of squares of all entries."""
    return p.xp.sum(A * A)


def zero(name: str, left: Any) -> Identity:
    """The identity left = 0, for numbers and arrays."""
    return Identity(name, left=left, right=lambda p: left(p) * 0)


def imbalance(p: Point) -> Any:
    """W'W - HH', shape (d, d)."""
    return p.W.T @ p.W - p.H @ p.H.T


def is_balanced(p: Point) -> Any:
    """W'W = HH'. *Source:* (C.9)."""
    return p.xp.all(imbalance(p) == 0)


def determinant(A: Any) -> Any:
    """The determinant of a small square matrix, by expansion along the first row."""
    size = A.shape[0]
    return _expanded([[A[i, j] for j in range(size)] for i in range(size)])


def _expanded(rows: list[list[Any]]) -> Any:
    if len(rows) == 1:
        return rows[0][0]
    total: Any = None
    for column, entry in enumerate(rows[0]):
        term = entry * _expanded([row[:column] + row[column + 1 :] for row in rows[1:]])
        total = term if total is None else total + (-term if column % 2 else term)
    return total


def frame(x: Any, columns: int, xp: Any) -> Any:
    """Orthonormal columns that depend rationally on a free vector x: the first columns of a Householder reflection."""
    v = xp.concat([xp.stack([1 + x[0] * x[0]]), x[1:]])
    reflection = xp.eye(x.shape[0]) - 2 * outer(v, v, xp) / xp.sum(v * v)
    return reflection[:, :columns]


def frames(p: Point, columns: int) -> tuple[Any, Any]:
    """U and V with orthonormal columns, from the last column of W and the last row of H."""
    return frame(p.W[:, p.d - 1], columns, p.xp), frame(p.H[p.d - 1, :], columns, p.xp)


class Critical(NamedTuple):
    """Independent W, H, a gradient matrix G and a number lambda, cut out of one point with d >= 3.

    G has rank one; the identities that use it are linear in G, so that they hold for every G if they hold for these.
    """

    W: Any
    H: Any
    G: Any
    lam: Any


def critical_data(p: Point) -> Critical:
    """(W, H, G, lambda) from the first d-2 dimensions, the last one, and an entry of the one in between."""
    G = outer(p.W[:, p.d - 1], p.H[p.d - 1, :], p.xp)
    return Critical(p.W[:, : p.d - 2], p.H[: p.d - 2, :], G, p.W[0, p.d - 2])


def radial_multiplier(p: Point) -> Any:
    """The lambda of (C.4): <grad L, (W, H)> / |(W, H)|^2, the only candidate where (W, H) is not zero."""
    gradient = p.gradient
    return (inner(gradient.W, p.W, p.xp) + inner(gradient.H, p.H, p.xp)) / p.squared_norm
