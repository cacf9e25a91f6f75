"""Exact points of spheres next to what floats came to, with square roots for coordinates.

Three unit vectors at 120 degrees have no rational coordinates, and a search over rational ones never meets them. What
is extreme under the rotations is met after one that makes the vectors triangular: the entries are often square roots of
short fractions then. The points are candidates only; what they show is judged exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ncverify.falsification.snapping import MOST_ROOTS, different_roots, short_root
from ncverify.numbers.rational import RATIONAL
from ncverify.space import charts
from ncverify.space.layout import Block, Layout
from ncverify.space.text import floats

_NEAR = 1e-6  # of entries of unit vectors; a descent ends closer than this
_DENOMINATORS = 60
_AXIS = {"sphere": None, "rows on sphere": 1, "columns on sphere": 0}
_LARGEST = 64  # coordinates of a point that is looked at


def on_spheres(layout: Layout, point: Any) -> Iterator[Any]:
    """The point with its unit vectors moved to simple entries, as they stand and after rotations of each space.

    Args:
        layout: its packing.
        point: exact or in floats.
    """
    blocks = [b for b in layout.blocks if b.variable.on in _AXIS]
    if not blocks or layout.size > _LARGEST:
        return
    values = {b.name: np.asarray(floats(point.variables[b.name])) for b in layout.blocks}
    for some in (values, *_rotated(layout.blocks, values)):
        free: dict[str, Any] = dict(point.free if point.free is not None else point.variables)
        free |= {b.name: _simple(some[b.name]) for b in layout.blocks if b.plain}
        units = {b.name: RATIONAL.asarray(_simple(some[b.name])) for b in blocks}
        if (
            different_roots([*(free[b.name] for b in layout.blocks if b.plain), *(u.data for u in units.values())])
            > MOST_ROOTS
        ):
            continue
        if not any(charts.fault(b.variable.on, units[b.name], RATIONAL) for b in blocks if b.variable.on):
            yield layout.of_coordinates(free | {b.name: _chart(units[b.name], b) for b in blocks})


def _rotated(blocks: list[Block], values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The values after an orthogonal map of one named axis at a time that makes the vectors along it triangular."""
    for size in dict.fromkeys(size for b in blocks for size in b.variable.shape):
        turned = [(b, b.variable.shape.index(size)) for b in blocks if _turns(b, size)]
        turned.sort(key=lambda pair: pair[0].variable.on is None)
        if not any(b.variable.on for b, _ in turned):
            continue
        rows = [np.moveaxis(values[b.name], axis, -1).reshape(-1, values[b.name].shape[axis]) for b, axis in turned]
        Q, R = np.linalg.qr(np.concatenate(rows).T, mode="complete")
        signs = np.ones(len(Q))
        signs[: min(R.shape)] = np.where(np.diag(R) < 0, -1.0, 1.0)
        last = {b.name: np.moveaxis(values[b.name], axis, -1) @ (Q * signs) for b, axis in turned}
        yield values | {b.name: np.moveaxis(last[b.name], -1, axis) for b, axis in turned}


def _turns(block: Block, size: Any) -> bool:
    """Whether a rotation of the axis keeps a variable in its set."""
    v = block.variable
    if v.shape.count(size) != 1:
        return False
    return block.plain or (v.on in _AXIS and _AXIS[v.on] in (None, v.shape.index(size)))


def _simple(values: Any) -> Any:
    """The array with every entry that is near a short fraction, or the square root of one, moved there."""
    simple = np.empty(values.shape, dtype=object)
    for index in np.ndindex(values.shape):
        simple[index] = _entry(float(values[index]))
    return simple


def _entry(value: float) -> Any:
    short = Fraction(value).limit_denominator(_DENOMINATORS)
    return short if abs(value - short) <= _NEAR else short_root(value, _NEAR)


def _chart(unit: Any, block: Block) -> Any:
    """Free coordinates of a member of a sphere: e_1 - u, and e_2 where u = e_1; in one dimension u itself."""
    on, shape = block.variable.on, unit.data.shape
    rows = unit.data.T if on == "columns on sphere" else unit.data.reshape(1, -1) if on == "sphere" else unit.data
    free = np.array(rows, dtype=object)
    if free.shape[1] > 1:
        for i, row in enumerate(rows):
            free[i] = [(1 if k == 0 else 0) - entry for k, entry in enumerate(row)]
            if all(entry == 0 for entry in free[i]):
                free[i][1] = RATIONAL.asarray(1).item()
    return free.T if on == "columns on sphere" else free.reshape(shape)
