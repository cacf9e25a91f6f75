"""New arrays and other shapes, for exact and for tracked numbers."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from ncverify.kinds import Array, Number
from ncverify.numbers.axes import Shape, axes_of


class Shapes:
    """The functions of the array API that make, cut and join arrays."""

    def full(self: Any, shape: Shape, value: Array) -> Array:
        """An array of one value."""
        return self.ones(shape) * value

    def zeros_like(self: Any, x: Array) -> Array:
        """Zeros in the shape of x."""
        return self.zeros(self.asarray(x).shape)

    def ones_like(self: Any, x: Array) -> Array:
        """Ones in the shape of x."""
        return self.ones(self.asarray(x).shape)

    def full_like(self: Any, x: Array, value: Array) -> Array:
        """An array of one value in the shape of x."""
        return self.full(self.asarray(x).shape, value)

    def arange(self: Any, start: Number, stop: Number = None, step: Number = 1) -> Number:
        """The numbers from start up to stop, as numbers of this arithmetic."""
        bounds = (0, start) if stop is None else (start, stop)
        return self.asarray(np.arange(bounds[0], bounds[1], step))

    def linspace(self: Any, start: Number, stop: Number, num: int) -> Number:
        """So many numbers, or arrays along a new first axis, at equal distances from start to stop."""
        start = self.asarray(start)
        way = self.asarray(stop) - start
        steps = self.reshape(self.arange(num), (num,) + (1,) * way.ndim)
        return start + way * (steps / max(num - 1, 1))

    def squeeze(self: Any, x: Array, axis: int | tuple[int, ...] | None = None) -> Array:
        """x without the given axes of length one, or without all of them.

        Raises:
            ValueError: an axis is longer than one.
        """
        x = self.asarray(x)
        gone = [a for a in range(x.ndim) if x.shape[a] == 1] if axis is None else axes_of(axis, x.ndim)
        if any(x.shape[a] != 1 for a in gone):
            raise ValueError(f"squeeze: expected axes of length one, got axis={axis} of shape {x.shape}")
        return self.reshape(x, tuple(length for a, length in enumerate(x.shape) if a not in gone))

    def broadcast_to(self: Any, x: Array, shape: Shape) -> Array:
        """x stretched to a shape along axes of length one."""
        x = self.asarray(x)
        places = np.broadcast_to(np.arange(x.size).reshape(x.shape), shape)
        line = self.take(self.reshape(x, (-1,)), self.integers(places.reshape(-1).tolist()), axis=0)
        return self.reshape(line, places.shape)

    def moveaxis(self: Any, x: Array, source: Any, destination: Any) -> Array:
        """x with axes moved to other places, the others in their order."""
        x = self.asarray(x)
        moved, places = axes_of(source, x.ndim), axes_of(destination, x.ndim)
        order = [a for a in range(x.ndim) if a not in moved]
        for place, a in sorted(zip(places, moved, strict=True)):
            order.insert(place, a)
        return self.permute_dims(x, tuple(order))

    def swapaxes(self: Any, x: Array, axis1: int, axis2: int) -> Array:
        """x with two axes exchanged."""
        x = self.asarray(x)
        order = list(range(x.ndim))
        (a,), (b,) = axes_of(axis1, x.ndim), axes_of(axis2, x.ndim)
        order[a], order[b] = b, a
        return self.permute_dims(x, tuple(order))

    def flip(self: Any, x: Array, axis: int | tuple[int, ...] | None = None) -> Array:
        """x with the order reversed along one axis, some, or all."""
        x = self.asarray(x)
        if not isinstance(axis, int):
            return reduce(self.flip, axes_of(axis, x.ndim), x)
        return self.take(x, self.integers(list(range(x.shape[axis]))[::-1]), axis=axis)

    def roll(self: Any, x: Array, shift: Any, axis: int | tuple[int, ...] | None = None) -> Array:
        """x with its elements moved along axes, or in one line; what leaves one end enters the other."""
        x = self.asarray(x)
        if axis is None:
            return self.reshape(self.roll(self.reshape(x, (-1,)), int(np.sum(shift)), 0), x.shape)
        if not isinstance(axis, int):
            shifts = np.broadcast_to(shift, len(axis)).tolist()
            return reduce(lambda y, step: self.roll(y, *step), zip(shifts, axis, strict=True), x)
        if not isinstance(shift, int):
            return self.roll(x, int(np.sum(shift)), axis)
        count = x.shape[axis]
        return self.take(x, self.integers([(i - shift) % count for i in range(count)]), axis=axis)

    def repeat(self: Any, x: Array, repeats: Any, axis: int | None = None) -> Array:
        """x with every element repeated along an axis, or the elements in a line; `repeats` may be one for each."""
        x, axis = self._lines(x, axis)
        order = np.repeat(np.arange(x.shape[axis]), repeats)
        return self.take(x, self.integers(order.tolist()), axis=axis)

    def tile(self: Any, x: Array, repetitions: Any) -> Array:
        """x side by side with itself, so often along each axis."""
        x = self.asarray(x)
        places = np.tile(np.arange(x.size).reshape(x.shape), repetitions)
        line = self.take(self.reshape(x, (-1,)), self.integers(places.reshape(-1).tolist()), axis=0)
        return self.reshape(line, places.shape)

    def tril(self: Any, x: Array, k: int = 0) -> Array:
        """The lower triangle, zeros elsewhere."""
        x = self.asarray(x)
        return self.where(np.tril(np.ones(x.shape, dtype=bool), k), x, 0)

    def triu(self: Any, x: Array, k: int = 0) -> Array:
        """The upper triangle, zeros elsewhere."""
        x = self.asarray(x)
        return self.where(np.triu(np.ones(x.shape, dtype=bool), k), x, 0)

    def unstack(self: Any, x: Array, axis: int = 0) -> tuple[Array, ...]:
        """The slices along an axis."""
        return tuple(self._slices(x, axis))

    def diagonal(self: Any, x: Array, offset: int = 0) -> Array:
        """The diagonals of the matrices in the last two axes."""
        x = self.asarray(x)
        rows, columns = x.shape[-2:]
        places = [(i, i + offset) for i in range(rows) if 0 <= i + offset < columns]
        if not places:
            return self.zeros((*x.shape[:-2], 0))
        return self.stack([x[(..., i, j)] for i, j in places], axis=-1)

    def trace(self: Any, x: Array, offset: int = 0) -> Array:
        """The sums of the diagonals of the matrices in the last two axes."""
        return self.sum(self.diagonal(x, offset), axis=-1)
