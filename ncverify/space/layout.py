"""The coordinates of the points of one shape as one row of numbers, and back: the only packing there is.

The row holds free real coordinates. Where a variable ranges over all reals they are its entries; else a map leads from
them into its set (`charts`, `intervals`), in floats while the search moves them, exactly when a point is confirmed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ncverify.kinds import Array, Functions
from ncverify.numbers.native import NativeNamespace
from ncverify.space import charts, intervals
from ncverify.space.point import SpacePoint
from ncverify.space.sizes import Sizes
from ncverify.space.variable import Variable

_FLOATS = NativeNamespace(np.ones(()))
_BITS = 45  # of the free coordinates that an exact map is evaluated at, relative to the largest of them


@dataclass(frozen=True)
class Block:
    """The place of a variable in a row.

    Attributes:
        name: of the variable.
        variable: its set.
        shape: of its array.
        free: shape of its free coordinates.
        start: index of the first of them.
    """

    name: str
    variable: Variable
    shape: tuple[int, ...]
    free: tuple[int, ...]
    start: int

    @property
    def stop(self) -> int:
        """Index after the last free coordinate."""
        return self.start + math.prod(self.free)

    @property
    def plain(self) -> bool:
        """Whether the free coordinates are the entries themselves."""
        v = self.variable
        return v.on is None and not v.positive and v.low is None and v.high is None

    def value(self, free: Array, xp: Functions) -> Array:
        """The array that belongs to free coordinates, in the arithmetic of `xp`."""
        if self.plain:
            return free
        if self.variable.on is not None:
            return charts.apply(self.variable.on, free, self.shape, xp)
        return intervals.apply(self.variable, free, xp)


class Layout:
    """The packing of the points of one shape.

    Args:
        sizes: of the axes.
        variables: by name, in the order of the row.
        build: makes a point of arrays by name, without checks.
    """

    def __init__(
        self,
        sizes: Any,
        variables: Mapping[str, Variable],
        build: Callable[[Mapping[str, Any]], Any] | None = None,
    ) -> None:
        self.sizes, self.blocks, start = sizes, [], 0
        values = sizes.values if isinstance(sizes, Sizes) else sizes._asdict() | {"N": sizes.K * sizes.n}
        for name, variable in variables.items():
            shape = variable.resolved(values)
            free = charts.free_shape(variable.on, shape)
            self.blocks.append(Block(name, variable, shape, free, start))
            start = self.blocks[-1].stop
        self.size = start
        self.plain = all(block.plain for block in self.blocks)
        self._build = build
        self.within: Layout | None = None

    def unbounded(self) -> Layout:
        """The packing with the entries themselves for bounded variables, bounds left out until a point is made."""
        variables = {b.name: b.variable if b.variable.on else Variable(*b.variable.shape) for b in self.blocks}
        free = Layout(self.sizes, variables, self._build)
        free.within = self
        return free

    def entries(self, rows: Array) -> Array:
        """Rows of free coordinates as rows of entries, for the packing of `unbounded`."""
        split = [self.split(row) for row in np.asarray(rows)]
        return self.pack({b.name: np.stack([_coordinates(b, free[b.name]) for free in split]) for b in self.blocks})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and (self.sizes, self.blocks) == (other.sizes, other.blocks)

    def __hash__(self) -> int:
        return hash(self.sizes)

    def pack(self, free: Mapping[str, Any]) -> Array:
        """Free coordinates of a batch, each (B, ...), as one NumPy matrix (B, D)."""
        count = len(next(iter(free.values())))
        rows = [np.asarray(free[b.name], dtype=np.float64).reshape(count, -1) for b in self.blocks]
        return np.concatenate(rows, axis=1)

    def split(self, row: Array) -> dict[str, Any]:
        """Free coordinates by name of one row (D,), NumPy or torch."""
        return {b.name: row[b.start : b.stop].reshape(b.free) for b in self.blocks}

    def values(self, row: Array, xp: Functions) -> dict[str, Any]:
        """The variables by name at one row of coordinates, in the arithmetic of `xp`."""
        free = self.split(row)
        return {b.name: b.value(free[b.name], xp) for b in self.blocks}

    def trusted(self, values: Mapping[str, Any], *, free: Mapping[str, Any] | None = None, like: Array = None) -> Any:
        """The point with the given arrays, without checks."""
        if self._build is not None:
            return self._build(values)
        return SpacePoint(self.sizes, values, free=free, like=like)

    def point(self, row: Array) -> Any:
        """The point of one NumPy row: floats where variables are free, elsewhere exact members of their sets."""
        free = self.split(np.nan_to_num(np.asarray(row, dtype=np.float64)))
        return self.of_coordinates({b.name: _coordinates(b, free[b.name]) for b in self.blocks})

    def admits(self, coordinates: Mapping[str, Any]) -> bool:
        """Whether the coordinates of bounded variables lie within their bounds."""
        if self.within is not None:
            return self.within.admits(coordinates)
        return all(b.plain or b.variable.on or _inside(b, coordinates[b.name]) for b in self.blocks)

    def of_coordinates(self, coordinates: Mapping[str, Any]) -> Any:
        """The point with these coordinates by name: entries, or free coordinates where a variable has a chart."""
        if self.within is not None:
            return self.within.of_coordinates(coordinates)
        if self.plain and all(np.asarray(v).dtype != object for v in coordinates.values()):
            return self.trusted({n: v.copy() for n, v in coordinates.items()}, free=coordinates, like=np.ones(()))
        from ncverify.numbers.rational import READABLE

        values = {b.name: READABLE.asarray(_exact(b, coordinates[b.name])) for b in self.blocks}
        return self.trusted(values, free=coordinates, like=READABLE.ones(()))


def _inside(block: Block, value: Array) -> bool:
    v, value = block.variable, np.vectorize(float, otypes=[np.float64])(value)
    if v.positive and not bool(np.all(value > 0)):
        return False
    return (v.low is None or bool(np.all(value >= float(v.low)))) and (
        v.high is None or bool(np.all(value <= float(v.high)))
    )


def _coordinates(block: Block, free: Array) -> Array:
    """What the free coordinates of a bounded variable stand for; others as they are."""
    if block.plain or block.variable.on is not None:
        return free
    with np.errstate(all="ignore"):
        return np.nan_to_num(np.asarray(block.value(free, _FLOATS)))


def _exact(block: Block, coordinates: Array) -> Array:
    from ncverify.numbers.rational import READABLE

    if block.plain:
        return coordinates
    if block.variable.on is not None:
        exact = coordinates if np.asarray(coordinates).dtype == object else _coarse(coordinates)
        return block.value(READABLE.asarray(exact), READABLE)
    exact = np.empty(coordinates.size, dtype=object)
    exact[:] = intervals.settle(block.variable, coordinates)
    return exact.reshape(block.shape)


def _coarse(free: np.ndarray) -> np.ndarray:
    """Coordinates rounded to a common exponent: an exact map of them then has numbers of bounded length."""
    top = float(np.abs(free).max(initial=0.0))
    if top == 0.0:
        return np.zeros(free.shape, dtype=np.int64)
    exponent = int(np.frexp(top)[1])
    scaled = np.round(np.ldexp(free, _BITS - exponent)).astype(np.int64)
    out = np.empty(free.shape, dtype=object)
    for index in np.ndindex(free.shape):
        out[index] = int(scaled.item(index)) * Fraction(2) ** (exponent - _BITS)
    return out
