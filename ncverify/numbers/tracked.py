"""Floats that remember the size of the terms they came from, for searching.

Beside its value every element carries the size of the largest terms that met in it, propagated to first order. The
ratio value / size tells a real sign from rounding, is blind to a change of units, and is what the adversary descends.
`min` and `max` can be smoothed, and a comparison says how far it is from changing its answer.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ncverify.kinds import Array, Number, TruthValue
from ncverify.numbers.array_functions import ArrayFunctions, axis_of_take, lacking
from ncverify.numbers.axes import Axis, Shape, count_along
from ncverify.numbers.composed import ALIASES
from ncverify.numbers.linalg import Linalg
from ncverify.numbers.native import NativeNamespace, with_floats
from ncverify.numbers.slopes import EXPONENTIAL, SLOPES, least
from ncverify.numbers.tracked_array import TrackedArray, native_index
from ncverify.numbers.tracked_truth import TrackedTruth, softened

__all__ = ["TrackedArray", "TrackedNamespace", "TrackedTruth"]


def _holds_arrays(value: Array) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_holds_arrays, value))
    return isinstance(value, TrackedArray)


class TrackedNamespace(ArrayFunctions):
    """The functions that formulas use, on `TrackedArray`s.

    Args:
        native: the namespace of the values.
        smoothing: 0 for exact min and max; else the temperature of a soft minimum, in units of the size of its terms,
            a number, or an array without axes that may be 0 as well.
    """

    exact = False

    def __init__(self, native: NativeNamespace, smoothing: Number = 0.0) -> None:
        self.native, self.smoothing, self.pi = native, smoothing, native.pi

    def track(self, value: Array) -> TrackedArray:
        """Coordinates: their size is their absolute value."""
        coordinates = TrackedArray(value, abs(value), self)
        coordinates._magnitude = coordinates.size_of_terms
        return coordinates

    def larger(self, a: Array, b: Array) -> Array:
        """The larger of two sizes. Not `maximum`, whose gradient takes twice the operations to split ties evenly."""
        return self.native.library.where(a >= b, a, b)

    def asarray(self, value: Array) -> TrackedArray:
        """`value` as a tracked array."""
        if isinstance(value, TrackedArray):
            return value
        if isinstance(value, TrackedTruth):
            return self._counted(value)
        if isinstance(value, list | tuple) and _holds_arrays(value):
            return self.stack(value)
        if isinstance(value, list | tuple | Fraction):
            value = with_floats(value)
        value = self.native.asarray(value)
        kind = str(value.dtype).rpartition(".")[2]
        if kind.startswith(("int", "uint")):  # PyTorch divides integers in single precision
            value = self.native.library.astype(value, self.native.dtype)
            return TrackedArray(value, abs(value).clip(1.0), self)  # zero is one of several numbers, not a lost one
        return self.track(self.native.where(value, 1.0, 0.0) if kind == "bool" else value)

    def lifted(self, truth: TruthValue) -> TrackedTruth:
        """Booleans as truth values at a distance of one."""
        if isinstance(truth, TrackedTruth):
            return truth
        flags = self.native.library.asarray(truth, device=self.native.device)
        return TrackedTruth(flags, self.native.where(flags, 1.0, -1.0), self)

    def _counted(self, truth: TrackedTruth) -> TrackedArray:
        """One where true, zero where false; smoothed, a number between them that has a slope."""
        sharp = self.native.where(truth.truth, 1.0, 0.0)

        def soft(heat: Number) -> Array:
            between = 0.5 + 0.5 * self.native.tanh(truth.distance / (2 * heat))
            return self.native.where(truth.distance == truth.distance, between, sharp)  # NaN: floats cannot tell

        return self.track(softened(self.native, self.smoothing, lambda: sharp, soft))

    def integers(self, values: Array) -> Array:
        """Integer indices."""
        return self.native.integers(values)

    def zeros(self, shape: Shape) -> TrackedArray:
        """Zeros of the given shape."""
        return self.track(self.native.zeros(shape))

    def ones(self, shape: Shape) -> TrackedArray:
        """Ones of the given shape."""
        return self.track(self.native.ones(shape))

    def eye(self, rows: int, columns: int | None = None) -> TrackedArray:
        """The identity matrix, or its upper left corner."""
        return self.track(self.native.eye(rows, columns))

    def __getattr__(self, name: str) -> Any:
        if name in ALIASES:
            return getattr(self, ALIASES[name])
        if name not in SLOPES:
            raise lacking(self, name, "the search")

        def apply(x: Array) -> TrackedArray:
            x, native = self.asarray(x), self.native
            y = getattr(native, name)(x.value)
            slope = native.abs(SLOPES[name](native, x.value, y))
            size = x.size_of_terms
            if name in EXPONENTIAL:
                size = native.minimum(size, native.asarray(1.0))
            result = TrackedArray(y, None, self)
            result.size_of_terms = self.larger(result.magnitude, slope * size)
            return result

        return apply

    @property
    def linalg(self) -> Linalg:
        """Norms, products, inverses, ranks and spectra."""
        from ncverify.numbers import tracked_matrices  # loads flint

        return Linalg(self, tracked_matrices)

    def permute_dims(self, x: Array, axes: tuple[int, ...]) -> TrackedArray:
        """x with its axes in another order."""
        return self._both(lambda v: self.native.permute_dims(v, axes), x)

    def matmul(self, a: Array, b: Array) -> TrackedArray:
        """The matrix product."""
        return self.asarray(a).__matmul__(b)

    def _both(self, function: Callable[[Any], Any], x: Array) -> TrackedArray:
        x = self.asarray(x)
        return TrackedArray(function(x.value), function(x.size_of_terms), self)

    def atan2(self, y: Array, x: Array) -> TrackedArray:
        """The angle of the point (x, y)."""
        y, x, native = self.asarray(y), self.asarray(x), self.native
        angle = TrackedArray(native.atan2(y.value, x.value), None, self)
        turned = x.magnitude * y.size_of_terms + y.magnitude * x.size_of_terms
        squares = x.value * x.value + y.value * y.value
        angle.size_of_terms = self.larger(angle.magnitude, turned / self.larger(squares, least(native)))
        return angle

    def matrix_transpose(self, x: Array) -> TrackedArray:
        """The transpose of the last two axes."""
        return self.asarray(x).mT

    def reshape(self, x: Array, shape: Shape) -> TrackedArray:
        """The same elements in another shape."""
        return self._both(lambda v: self.native.reshape(v, shape), x)

    def take(self, x: Array, indices: Array, axis: int | None = None) -> TrackedArray:
        """The elements at the indices along an axis, which only a vector may leave out."""
        x = self.asarray(x)
        along, indices = axis_of_take(x.ndim, axis), native_index(indices)
        return self._both(lambda v: self.native.take(v, indices, axis=along), x)

    def expand_dims(self, x: Array, axis: int = 0) -> TrackedArray:
        """`x` with one more axis of length one."""
        return self._both(lambda v: self.native.expand_dims(v, axis=axis), x)

    def _joined(self, join: Callable[..., Any], parts: Array, axis: int) -> TrackedArray:
        parts = [self.asarray(x) for x in parts]
        value = join([x.value for x in parts], axis=axis)
        return TrackedArray(value, join([x.size_of_terms for x in parts], axis=axis), self)

    def concat(self, parts: Array, axis: int | None = 0) -> TrackedArray:
        """Arrays joined along an axis, or their elements in a line."""
        if axis is None:
            return self._joined(self.native.concat, [self.reshape(x, (-1,)) for x in parts], 0)
        return self._joined(self.native.concat, parts, axis)

    def stack(self, parts: Array, axis: int = 0) -> TrackedArray:
        """Arrays stacked along a new axis."""
        return self._joined(self.native.stack, parts, axis)

    def sum(self, x: Array, axis: Axis = None, keepdims: bool = False) -> TrackedArray:
        """The sum along axes, or of all elements."""
        return self._both(lambda v: self.native.sum(v, axis=axis, keepdims=keepdims), x)

    def mean(self, x: Array, axis: Axis = None, keepdims: bool = False) -> TrackedArray:
        """The mean along axes, or of all elements."""
        return self._both(lambda v: self.native.mean(v, axis=axis, keepdims=keepdims), x)

    def max(self, x: Array, axis: Axis = None, keepdims: bool = False) -> TrackedArray:
        """The maximum; smoothed, it is the log-mean-exp, which is exact where all elements agree."""
        x, native = self.asarray(x), self.native
        size = native.max(x.size_of_terms, axis=axis, keepdims=keepdims)

        def soft(smoothing: Number) -> Array:
            heat = smoothing * native.maximum(native.mean(x.size_of_terms), least(native))
            total = native.logsumexp(x.value / heat, axis=axis) - native.log(float(count_along(x.shape, axis)))
            return native.reshape(heat * total, size.shape)

        def sharp() -> Array:
            return native.max(x.value, axis=axis, keepdims=keepdims)

        return TrackedArray(softened(native, self.smoothing, sharp, soft), size, self)

    def maximum(self, a: Array, b: Array) -> TrackedArray:
        """The larger of the two, element by element."""
        a, b, native = self.asarray(a), self.asarray(b), self.native
        return TrackedArray(native.maximum(a.value, b.value), native.maximum(a.size_of_terms, b.size_of_terms), self)

    def relu(self, x: Array) -> TrackedArray:
        """The larger of x and 0, element by element."""
        return self.maximum(x, 0)

    def where(self, condition: Array, a: Array, b: Array) -> TrackedArray:
        """`a` where the condition holds, else `b`."""
        truth = condition.truth if isinstance(condition, TrackedTruth) else condition
        a, b, native = self.asarray(a), self.asarray(b), self.native
        return TrackedArray(
            native.where(truth, a.value, b.value), native.where(truth, a.size_of_terms, b.size_of_terms), self
        )

    def all(self, truth: TruthValue, axis: Axis = None, keepdims: bool = False) -> TruthValue:
        """The conjunction along axes, or of all; a number is true where it is not zero."""
        return self.truth(truth).all(axis, keepdims=keepdims)

    def any(self, truth: TruthValue, axis: Axis = None, keepdims: bool = False) -> TruthValue:
        """The disjunction along axes, or of all; a number is true where it is not zero."""
        return self.truth(truth).any(axis, keepdims=keepdims)

    def logsumexp(self, x: Array, axis: Axis = None, keepdims: bool = False) -> TrackedArray:
        """log of the sum of exponentials along axes (or of all)."""
        x, native = self.asarray(x), self.native
        value = native.logsumexp(x.value, axis=axis, keepdims=keepdims)
        size = native.max(x.size_of_terms, axis=axis, keepdims=keepdims)
        return TrackedArray(value, self.larger(native.abs(value), size), self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TrackedNamespace) and (self.native, self.smoothing) == (other.native, other.smoothing)

    def __hash__(self) -> int:
        return hash((self.native, self.smoothing))

    def __repr__(self) -> str:
        return "TrackedNamespace"
