"""Reductions and orders along axes, for exact and for tracked numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import cmp_to_key, reduce
from typing import Any

import numpy as np

from ncverify.errors import UndecidedError
from ncverify.kinds import Array
from ncverify.numbers.axes import Axis, axes_of, count_along, lines, with_lengths_one
from ncverify.numbers.truth import indices


class Reductions:
    """The functions that the array API takes along one axis, several, or all of them."""

    def _lines(self: Any, x: Array, axis: int | None) -> tuple[Any, int]:
        x = self.asarray(x)
        return (self.reshape(x, (-1,)), 0) if axis is None else (x, axes_of(axis, x.ndim)[0])

    def _slices(self: Any, x: Array, axis: int | None) -> list[Array]:
        x, axis = self._lines(x, axis)
        return [x[(slice(None),) * axis + (i,)] for i in range(x.shape[axis])]

    def _reduced(self: Any, combine: Callable[[list[Any]], Any], x: Array, axis: Axis, keepdims: bool) -> Array:
        x = self.asarray(x)
        result = combine(list(lines(self, x, axis)))
        return with_lengths_one(self, result, x.shape, axis) if keepdims else result

    def min(self: Any, x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
        """The minimum along axes, or of all elements; errors and smoothing as for `max`."""
        return -self.max(-self.asarray(x), axis=axis, keepdims=keepdims)

    def mean(self: Any, x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
        """The mean along axes, or of all elements."""
        x = self.asarray(x)
        return self.sum(x, axis=axis, keepdims=keepdims) / count_along(x.shape, axis)

    def logsumexp(self: Any, x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
        """log of the sum of exponentials, shifted by the largest so that huge numbers stay representable."""
        x = self.asarray(x)
        top = self.max(x, axis=axis, keepdims=True)
        logarithm = top + self.log(self.sum(self.exp(x - top), axis=axis, keepdims=True))
        return logarithm if keepdims else self.reshape(logarithm, self.sum(x, axis=axis).shape)

    def prod(self: Any, x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
        """The product along axes, or of all elements."""
        return self._reduced(lambda terms: reduce(operator.mul, terms), x, axis, keepdims)

    def var(
        self: Any, x: Array, axis: Axis = None, correction: float = 0, keepdims: bool = False, ddof: float | None = None
    ) -> Array:
        """The variance along axes, or of all elements; `ddof` is NumPy's name for the correction."""
        x = self.asarray(x)
        deviation = x - self.mean(x, axis=axis, keepdims=True)
        count = max(count_along(x.shape, axis) - (correction if ddof is None else ddof), 0)
        return self.sum(deviation * deviation, axis=axis, keepdims=keepdims) / count

    def std(
        self: Any, x: Array, axis: Axis = None, correction: float = 0, keepdims: bool = False, ddof: float | None = None
    ) -> Array:
        """The standard deviation along axes, or of all elements."""
        return self.sqrt(self.var(x, axis=axis, correction=correction, keepdims=keepdims, ddof=ddof))

    def cumulative_sum(self: Any, x: Array, axis: int | None = None, include_initial: bool = False) -> Array:
        """The sums of the first one, two, ... elements along an axis."""
        return self._cumulative(operator.add, self.zeros, x, axis, include_initial)

    def cumulative_prod(self: Any, x: Array, axis: int | None = None, include_initial: bool = False) -> Array:
        """The products of the first one, two, ... elements along an axis."""
        return self._cumulative(operator.mul, self.ones, x, axis, include_initial)

    def _cumulative(
        self: Any, op: Callable[..., Any], first: Array, x: Array, axis: int | None, include_initial: bool
    ) -> Array:
        x, axis = self._lines(x, axis)
        terms = self._slices(x, axis)
        partial: list[Any] = []
        for term in terms:
            partial.append(op(partial[-1], term) if partial else term)
        start = [first(terms[0].shape)] if include_initial else []
        return self.stack(start + partial, axis=axis)

    def vecdot(self: Any, a: Array, b: Array, axis: int = -1) -> Array:
        """The inner product along an axis."""
        return self.sum(self.asarray(a) * b, axis=axis)

    def count_nonzero(self: Any, x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
        """The number of elements that are not zero."""
        return self.sum(self.truth(x), axis=axis, keepdims=keepdims)

    def sort(self: Any, x: Array, axis: int | None = -1, descending: bool = False) -> Array:
        """The elements in order along an axis, by pairwise minima and maxima: nothing needs to be decided."""
        x, axis = self._lines(x, axis)
        terms = self._slices(x, axis)
        for turn in range(len(terms)):
            for i in range(turn % 2, len(terms) - 1, 2):
                low, high = self.minimum(terms[i], terms[i + 1]), self.maximum(terms[i], terms[i + 1])
                terms[i], terms[i + 1] = (high, low) if descending else (low, high)
        return self.stack(terms, axis=axis)

    def argsort(self: Any, x: Array, axis: int | None = -1, descending: bool = False, stable: bool = True) -> Array:
        """The indices that sort along an axis; equal elements stay in their order.

        Raises:
            UndecidedError: two balls cannot be told apart at this precision.
        """
        x, axis = self._lines(x, axis)
        if hasattr(self, "native"):
            return self.asarray(self.native.argsort(x.value, axis=axis, descending=descending, stable=True))
        data = np.moveaxis(x.data, axis, -1)
        order = np.empty(data.shape, dtype=np.int64)
        key = cmp_to_key(lambda a, b: self._order(b, a) if descending else self._order(a, b))
        for line in np.ndindex(order.shape[:-1]):
            keys = [key(scalar) for scalar in data[line]]
            order[line] = sorted(range(len(keys)), key=keys.__getitem__)
        return indices(np.moveaxis(order, -1, axis), self)

    def _order(self: Any, a: Array, b: Array) -> int:
        for op, answer in ((operator.lt, -1), (operator.gt, 1)):
            holds = self.field.compare(op, a, b)
            if holds is None:
                raise UndecidedError("an order is undecided at this precision")
            if holds:
                return answer
        return 0

    def argmax(self: Any, x: Array, axis: int | None = None, keepdims: bool = False) -> Array:
        """The index of the first largest value along an axis, or among all; UndecidedError as for `argsort`."""
        x = self.asarray(x)
        if hasattr(self, "native"):
            index = self.native.library.argmax(x.value, axis=axis)
            return self.asarray(with_lengths_one(self.native, index, x.shape, axis) if keepdims else index)
        flat, along = self._lines(x, axis)
        best = np.take(self.argsort(flat, axis=along, descending=True), 0, axis=along)
        if not keepdims:
            return indices(np.asarray(best), self)
        return np.expand_dims(best, along) if axis is not None else best.reshape((1,) * x.ndim)

    def argmin(self: Any, x: Array, axis: int | None = None, keepdims: bool = False) -> Array:
        """The index of the first smallest value; UndecidedError as for `argsort`."""
        return self.argmax(-self.asarray(x), axis=axis, keepdims=keepdims)
