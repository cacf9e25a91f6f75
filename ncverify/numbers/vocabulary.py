"""Names of the array API that follow from a few others, written once for exact and for tracked numbers.

A formula of a user may use any of them; each is composed of functions that the namespace itself supplies, so that
enclosures stay enclosures and sizes stay sizes.
"""

from __future__ import annotations

import math
import operator
from functools import reduce
from typing import Any

import numpy as np

from ncverify.numbers.tendency import Tendency
from ncverify.numbers.truth import Truth


class Vocabulary:
    """Composed functions of the array API; the namespace supplies asarray, sum, max, exp, take and their like."""

    exact: bool
    newaxis = None

    # --- constants and new arrays ----------------------------------------------------------------------------------

    @property
    def e(self: Any) -> Any:
        """The number e."""
        return self.exp(1)

    @property
    def inf(self: Any) -> Any:
        """Infinity."""
        return self.asarray(math.inf)

    def full(self: Any, shape: Any, value: Any) -> Any:
        """An array of one value."""
        return self.ones(shape) * value

    def zeros_like(self: Any, x: Any) -> Any:
        """Zeros in the shape of x."""
        return self.zeros(self.asarray(x).shape)

    def ones_like(self: Any, x: Any) -> Any:
        """Ones in the shape of x."""
        return self.ones(self.asarray(x).shape)

    def full_like(self: Any, x: Any, value: Any) -> Any:
        """An array of one value in the shape of x."""
        return self.full(self.asarray(x).shape, value)

    def arange(self: Any, start: int, stop: int | None = None, step: int = 1) -> Any:
        """The integers from start to stop, as numbers of this arithmetic."""
        return self.asarray(np.arange(*((0, start) if stop is None else (start, stop)), step))

    # --- element by element ----------------------------------------------------------------------------------------

    def add(self: Any, a: Any, b: Any) -> Any:
        """a + b."""
        return self.asarray(a) + b

    def subtract(self: Any, a: Any, b: Any) -> Any:
        """a - b."""
        return self.asarray(a) - b

    def multiply(self: Any, a: Any, b: Any) -> Any:
        """a b."""
        return self.asarray(a) * b

    def divide(self: Any, a: Any, b: Any) -> Any:
        """a / b."""
        return self.asarray(a) / b

    def pow(self: Any, a: Any, b: Any) -> Any:
        """a to the power b."""
        return self.asarray(a) ** b

    def negative(self: Any, x: Any) -> Any:
        """-x."""
        return -self.asarray(x)

    def reciprocal(self: Any, x: Any) -> Any:
        """1 / x."""
        return 1 / self.asarray(x)

    def hypot(self: Any, a: Any, b: Any) -> Any:
        """The square root of a^2 + b^2."""
        return self.sqrt(self.square(a) + self.square(b))

    def minimum(self: Any, a: Any, b: Any) -> Any:
        """The smaller of the two."""
        return -self.maximum(-self.asarray(a), -self.asarray(b))

    def logaddexp(self: Any, a: Any, b: Any) -> Any:
        """log(exp(a) + exp(b))."""
        return self.logsumexp(self.stack([a, b]), axis=0)

    def log2(self: Any, x: Any) -> Any:
        """The logarithm to base two."""
        return self.log(x) / self.log(2)

    def log10(self: Any, x: Any) -> Any:
        """The logarithm to base ten."""
        return self.log(x) / self.log(10)

    def sinh(self: Any, x: Any) -> Any:
        """The hyperbolic sine."""
        return (self.expm1(x) - self.expm1(-self.asarray(x))) / 2

    def cosh(self: Any, x: Any) -> Any:
        """The hyperbolic cosine."""
        return (self.exp(x) + self.exp(-self.asarray(x))) / 2

    def tan(self: Any, x: Any) -> Any:
        """The tangent."""
        return self.sin(x) / self.cos(x)

    def ceil(self: Any, x: Any) -> Any:
        """The smallest integer that is not less."""
        return -self.floor(-self.asarray(x))

    def clip(self: Any, x: Any, low: Any = None, high: Any = None) -> Any:
        """x brought into the interval from low to high."""
        raised = self.asarray(x) if low is None else self.maximum(x, low)
        return raised if high is None else self.minimum(raised, high)

    def logical_and(self: Any, a: Any, b: Any) -> Any:
        """Whether both hold."""
        return a & b

    def logical_or(self: Any, a: Any, b: Any) -> Any:
        """Whether one holds."""
        return a | b

    def logical_not(self: Any, a: Any) -> Any:
        """Whether it does not hold."""
        return ~a if not isinstance(a, bool) else not a

    # --- reductions ------------------------------------------------------------------------------------------------

    def _lines(self: Any, x: Any, axis: int | None) -> tuple[Any, int]:
        x = self.asarray(x)
        return (self.reshape(x, (-1,)), 0) if axis is None else (x, axis % x.ndim)

    def _slices(self: Any, x: Any, axis: int | None) -> list[Any]:
        x, axis = self._lines(x, axis)
        return [x[(slice(None),) * axis + (i,)] for i in range(x.shape[axis])]

    def min(self: Any, x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
        """The minimum along an axis, or of all elements; errors and smoothing as for `max`."""
        return -self.max(-self.asarray(x), axis=axis, keepdims=keepdims)

    def prod(self: Any, x: Any, axis: int | None = None) -> Any:
        """The product along an axis, or of all elements."""
        return reduce(operator.mul, self._slices(x, axis))

    def cumulative_sum(self: Any, x: Any, axis: int | None = None) -> Any:
        """The sums of the first one, two, ... elements along an axis."""
        sums: list[Any] = []
        for term in self._slices(x, axis):
            sums.append(sums[-1] + term if sums else term)
        return self.stack(sums, axis=0 if axis is None else axis)

    def var(self: Any, x: Any, axis: int | None = None, correction: float = 0.0) -> Any:
        """The variance along an axis, or of all elements."""
        x = self.asarray(x)
        count = x.size if axis is None else x.shape[axis]
        deviation = x - self.mean(x, axis=axis, keepdims=True) if axis is not None else x - self.mean(x)
        return self.sum(deviation * deviation, axis=axis) / (count - correction)

    def std(self: Any, x: Any, axis: int | None = None, correction: float = 0.0) -> Any:
        """The standard deviation along an axis, or of all elements."""
        return self.sqrt(self.var(x, axis=axis, correction=correction))

    def vecdot(self: Any, a: Any, b: Any, axis: int = -1) -> Any:
        """The inner product along an axis."""
        return self.sum(self.asarray(a) * b, axis=axis)

    def count_nonzero(self: Any, x: Any, axis: int | None = None) -> Any:
        """How many elements are not zero."""
        return self.sum(self.asarray(x) != 0, axis=axis)

    def sort(self: Any, x: Any, axis: int = -1, descending: bool = False) -> Any:
        """The elements in order along an axis, by pairwise minima and maxima: nothing needs to be decided."""
        x = self.asarray(x)
        terms = self._slices(x, axis)
        for turn in range(len(terms)):
            for i in range(turn % 2, len(terms) - 1, 2):
                low, high = self.minimum(terms[i], terms[i + 1]), self.maximum(terms[i], terms[i + 1])
                terms[i], terms[i + 1] = (high, low) if descending else (low, high)
        return self.stack(terms, axis=axis % x.ndim)

    def isfinite(self: Any, x: Any) -> Any:
        """Whether the values are finite: a fact without a distance; of a ball without bounds it is not known."""
        x = self.asarray(x)
        if not hasattr(self, "native"):
            known = np.frompyfunc(lambda v: getattr(v, "is_finite", lambda: True)() or None, 1, 1)
            return Truth(known(x.data))
        finite = self.native.isfinite(x.value)
        return Tendency(finite, self.native.where(finite, 1.0, -1.0), self.native)

    def argmax(self: Any, x: Any, axis: int | None = None) -> Any:
        """The index of the largest value along an axis, or among all.

        Raises:
            UndecidedError: two balls cannot be told apart at this precision.
        """
        if hasattr(self, "native"):
            return self.native.library.argmax(self.asarray(x).value, axis=axis)
        data = self.asarray(x).data
        data = data.reshape(-1) if axis is None else np.moveaxis(data, axis, -1)
        best = np.zeros(data.shape[:-1], dtype=np.int64)
        for line in np.ndindex(best.shape):
            for i in range(data.shape[-1]):
                if bool(Truth(self.field.compare(operator.gt, data[line][i], data[line][best[line]]))):
                    best[line] = i
        return best

    def argmin(self: Any, x: Any, axis: int | None = None) -> Any:
        """The index of the smallest value; UndecidedError as for `argmax`."""
        return self.argmax(-self.asarray(x), axis=axis)

    # --- shapes ----------------------------------------------------------------------------------------------------

    def squeeze(self: Any, x: Any, axis: int | tuple[int, ...]) -> Any:
        """x without the given axes of length one."""
        x = self.asarray(x)
        gone = {a % x.ndim for a in ((axis,) if isinstance(axis, int) else axis)}
        return self.reshape(x, tuple(length for a, length in enumerate(x.shape) if a not in gone))

    def broadcast_to(self: Any, x: Any, shape: tuple[int, ...]) -> Any:
        """x stretched to a shape along axes of length one."""
        return self.ones(shape) * x

    def flip(self: Any, x: Any, axis: int | tuple[int, ...] | None = None) -> Any:
        """x with the order reversed along one axis, some, or all."""
        x = self.asarray(x)
        if not isinstance(axis, int):
            return reduce(self.flip, range(x.ndim) if axis is None else axis, x)
        return self.take(x, self.integers(list(range(x.shape[axis]))[::-1]), axis=axis)

    def roll(self: Any, x: Any, shift: Any, axis: int | tuple[int, ...] | None = None) -> Any:
        """x with its elements moved along axes, or in one line; what leaves one end enters the other."""
        x = self.asarray(x)
        if axis is None:
            return self.reshape(self.roll(self.reshape(x, (-1,)), int(np.sum(shift)), 0), x.shape)
        if not isinstance(axis, int):
            shifts = np.broadcast_to(shift, len(axis)).tolist()
            return reduce(lambda y, step: self.roll(y, *step), zip(shifts, axis, strict=True), x)
        count = x.shape[axis]
        return self.take(x, self.integers([(i - shift) % count for i in range(count)]), axis=axis)

    def repeat(self: Any, x: Any, times: Any, axis: int | None = None) -> Any:
        """x with every element repeated along an axis, or the elements in a line; `times` may be one for each."""
        x, axis = self._lines(x, axis)
        order = np.repeat(np.arange(x.shape[axis]), times)
        return self.take(x, self.integers(order.tolist()), axis=axis)

    def tril(self: Any, x: Any, k: int = 0) -> Any:
        """The lower triangle, zeros elsewhere."""
        x = self.asarray(x)
        return x * self.asarray(np.tril(np.ones(x.shape, dtype=np.int64), k))

    def triu(self: Any, x: Any, k: int = 0) -> Any:
        """The upper triangle, zeros elsewhere."""
        x = self.asarray(x)
        return x * self.asarray(np.triu(np.ones(x.shape, dtype=np.int64), k))

    def unstack(self: Any, x: Any, axis: int = 0) -> tuple[Any, ...]:
        """The slices along an axis."""
        return tuple(self._slices(x, axis))

    def diagonal(self: Any, x: Any) -> Any:
        """The diagonal of a matrix."""
        x = self.asarray(x)
        return self.stack([x[i, i] for i in range(min(x.shape))])
