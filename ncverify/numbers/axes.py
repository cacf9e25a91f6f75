"""Axes of reductions: none, one, or several, as NumPy and the array API count them."""

from __future__ import annotations

import operator
from math import prod

from ncverify.kinds import Array, Functions

Axis = int | tuple[int, ...] | None
Shape = int | tuple[int, ...]


def axes_of(axis: Axis, ndim: int) -> tuple[int, ...]:
    """The axes that a reduction goes over, each in 0..ndim-1; all of them for None.

    Raises:
        ValueError: an axis that the array does not have, or one twice.
    """
    if axis is None:
        return tuple(range(ndim))
    given = [operator.index(a) for a in (axis if isinstance(axis, tuple | list) else (axis,))]
    if any(not -ndim <= a < ndim for a in given):
        raise ValueError(f"axis: expected one of {-ndim}..{ndim - 1} for an array with {ndim} axes, got {axis!r}")
    axes = tuple(a % ndim for a in given)
    if len(set(axes)) < len(axes):
        raise ValueError(f"axis: the same axis twice in {axis!r}")
    return axes


def count_along(shape: tuple[int, ...], axis: Axis) -> int:
    """How many elements a reduction takes together."""
    return prod(shape[a] for a in axes_of(axis, len(shape)))


def lines(xp: Functions, x: Array, axis: Axis) -> Array:
    """x with the axes of a reduction as one axis in front: shape (count, *other lengths)."""
    axes = axes_of(axis, len(x.shape))
    rest = tuple(a for a in range(len(x.shape)) if a not in axes)
    in_front = xp.permute_dims(x, axes + rest) if axes + rest != tuple(range(len(x.shape))) else x
    return xp.reshape(in_front, (count_along(tuple(x.shape), axis), *(x.shape[a] for a in rest)))


def with_lengths_one(xp: Functions, reduced: Array, shape: tuple[int, ...], axis: Axis) -> Array:
    """The result of a reduction with its axes kept as axes of length one."""
    axes = axes_of(axis, len(shape))
    return xp.reshape(reduced, tuple(1 if a in axes else length for a, length in enumerate(shape)))
