"""Exact values next to what floats came to: short fractions, and square roots of short fractions.

A statement that fails on a threshold alone, at lambda = 1/3 or lambda = 1/sqrt(K n), fails at no float.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ncverify.errors import NotRationalError
from ncverify.numbers.surd import Surd
from ncverify.space.layout import Layout

_NEAR = 1e-7  # relative: a descent towards a threshold ends closer than this
_DENOMINATORS = 60
_LARGEST = 64  # coordinates of a point that is looked at
MOST_ROOTS = 3  # of different integers: numbers of a point with r of them are sums of up to 2^r terms


def snapped(layout: Layout, point: Any) -> Iterator[Any]:
    """The point with coordinates near a short fraction moved to it; then those near a square root, too."""
    coordinates = point.variables if point.free is None else point.free
    if not coordinates or sum(np.size(a) for a in coordinates.values()) > _LARGEST:
        return
    for nearest in (_fraction, short_root):
        moved = {b.name: _each(nearest, coordinates[b.name]) for b in layout.blocks if b.variable.on is None}
        changed = any(not np.array_equal(new, coordinates[name]) for name, new in moved.items())
        if changed and different_roots(moved.values()) <= MOST_ROOTS:
            yield layout.of_coordinates({**coordinates, **moved})


def different_roots(arrays: Iterable[Any]) -> int:
    """How many square roots of different integers the entries have."""
    return len({m for array in arrays for x in array.ravel() if isinstance(x, Surd) for m in x.roots if m != 1})


def _each(nearest: Callable[[float], Any], values: Any) -> Any:
    out = np.empty(np.shape(values), dtype=object)
    out[...] = values
    for index in np.argwhere(_may_be_short(np.asarray(values, dtype=np.float64))).tolist():
        out[tuple(index)] = nearest(float(values[tuple(index)]))
    return out


def _may_be_short(values: Any) -> Any:
    """Where a number or its square may be near a short fraction, told in floats: most are near none."""
    with np.errstate(all="ignore"):
        both = np.stack([values, values * values])[..., None] * np.arange(1, _DENOMINATORS + 1)
        near = np.abs(both - np.rint(both)) <= 2 * _NEAR * np.abs(both)
    return (near | ~np.isfinite(both)).any(axis=(0, -1))


def _fraction(value: float) -> Any:
    short = Fraction(value).limit_denominator(_DENOMINATORS)
    return short if abs(value - short) <= _NEAR * abs(value) else value


def short_root(value: float, near: float = _NEAR) -> Any:
    """The short fraction that a number is near, or the square root of one; else the number."""
    nearest = _fraction(value)
    if isinstance(nearest, Fraction) or not 1e-3 < abs(value) < 1e3:
        return nearest
    square = Fraction(value * value).limit_denominator(_DENOMINATORS)
    if abs(value * value - square) > near * value * value:
        return value
    from ncverify.numbers.rational import RATIONAL

    try:
        root = RATIONAL.sqrt(RATIONAL.asarray(square)).item()
    except NotRationalError:  # of a number too large to be split into primes
        return value
    return root if value > 0 else -root
