"""Arrays of exact or enclosing scalars behind the names of the array API.

The container is a NumPy array of Python objects; a `Field` supplies the scalars (rationals, balls, degrees). Formulas
that were written for floats run on these unchanged.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any, Protocol

import numpy as np

from ncverify.errors import NotRationalError
from ncverify.numbers.operators import Operators
from ncverify.numbers.truth import Kleene, Truth


class Field(Protocol):
    """What a kind of scalar has to supply."""

    name: str

    def convert(self, value: Any) -> Any:
        """The scalar for a Python, NumPy or exact number, without loss (balls: enclosed)."""

    def function(self, name: str) -> Callable[[Any], Any]:
        """The elementary function of that name on scalars; NotRationalError where the field lacks it."""

    def compare(self, op: Callable[[Any, Any], Any], a: Any, b: Any) -> Kleene:
        """The truth of a comparison; None when the scalars do not decide it."""

    def maximum(self, a: Any, b: Any) -> Any:
        """The larger of two scalars."""

    def to_float(self, value: Any) -> float:
        """A nearby float, for reports only."""


class ExactArray(Operators):
    """An array of scalars of one field; indexing, operators and comparisons as in NumPy."""

    __slots__ = ("data", "field")

    def __init__(self, data: Any, field: Field) -> None:
        self.data = data if isinstance(data, np.ndarray) else _zero_dimensional(data)
        self.field = field

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return self.data.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.data.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.data.size

    @property
    def T(self) -> ExactArray:  # noqa: N802
        """The transpose."""
        return ExactArray(self.data.T, self.field)

    mT = T  # noqa: N815

    @property
    def namespace(self) -> ExactNamespace:
        """The functions that belong to this array."""
        return ExactNamespace(self.field)

    def item(self) -> Any:
        """The scalar of an array with one element."""
        return self.data.item()

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[ExactArray]:
        return (self[i] for i in range(len(self.data)))

    def __getitem__(self, index: Any) -> ExactArray:
        return ExactArray(self.data[index], self.field)

    def nearest_float(self) -> float:
        """A nearby float of the only element, for reports; a verdict never rests on it."""
        return self.field.to_float(self.data.item())

    def __float__(self) -> float:
        raise TypeError(
            f"float() leaves {self.field.name} arithmetic, and with it every guarantee; use p.xp functions instead"
        )

    def _lift(self, other: Any) -> np.ndarray:
        if isinstance(other, ExactArray):
            return other.data
        if isinstance(other, np.ndarray) or hasattr(other, "shape"):
            return _convert(np.asarray(other), self.field)
        return _zero_dimensional(self.field.convert(other))

    def _binary(self, op: Callable[[Any, Any], Any], other: Any, *, swapped: bool = False) -> ExactArray:
        right = self._lift(other)
        return ExactArray(op(right, self.data) if swapped else op(self.data, right), self.field)

    def _compare(self, op: Callable[[Any, Any], Any], other: Any) -> Truth:
        compare = np.frompyfunc(lambda a, b: self.field.compare(op, a, b), 2, 1)
        return Truth(compare(self.data, self._lift(other)))

    def __matmul__(self, other: Any) -> ExactArray:
        return ExactArray(self.data @ self._lift(other), self.field)

    def __rmatmul__(self, other: Any) -> ExactArray:
        return ExactArray(self._lift(other) @ self.data, self.field)

    def __pow__(self, exponent: Any) -> ExactArray:
        if isinstance(exponent, float) and exponent.is_integer():
            exponent = int(exponent)
        if isinstance(exponent, int):
            power = reduce(operator.mul, [self] * abs(exponent), self._one())
            return power if exponent >= 0 else self._one() / power
        root = ExactNamespace(self.field)
        if exponent == 0.5:
            return root.sqrt(self)
        return root.exp(root.log(self) * exponent)

    def _one(self) -> ExactArray:
        return ExactArray(_zero_dimensional(self.field.convert(1)), self.field)

    def __abs__(self) -> ExactArray:
        return ExactNamespace(self.field).abs(self)

    def sum(self, axis: int | None = None) -> ExactArray:
        """The sum along an axis, or of all elements."""
        return ExactNamespace(self.field).sum(self, axis=axis)

    def __repr__(self) -> str:
        return f"ExactArray({self.field.name}, {self.data.tolist()!r})"


def _zero_dimensional(value: Any) -> np.ndarray:
    box = np.empty((), dtype=object)
    box[()] = value
    return box


def _convert(values: np.ndarray, field: Field) -> np.ndarray:
    out = np.empty(values.shape, dtype=object)
    for index in np.ndindex(values.shape):
        out[index] = field.convert(values[index])
    return out


_FUNCTIONS = ("exp", "log", "log1p", "expm1", "sqrt", "abs", "sign", "tanh", "sin", "cos", "floor", "log_softplus")


class ExactNamespace:
    """The functions of the array API that formulas use, on `ExactArray`s of one field."""

    exact = True

    def __init__(self, field: Field) -> None:
        self.field = field

    @property
    def pi(self) -> ExactArray:
        """The number pi, enclosed; rational arithmetic has none."""
        return ExactArray(self.field.function("pi")(None), self.field)

    def asarray(self, value: Any) -> ExactArray:
        """`value` as an exact array: numbers, nested lists, NumPy arrays (floats are taken as the rationals they are)."""
        if isinstance(value, ExactArray):
            return value
        if isinstance(value, list | tuple):
            return ExactArray(np.stack([self.asarray(v).data for v in value]), self.field)
        return ExactArray(_convert(np.asarray(value), self.field), self.field)

    def integers(self, values: Any) -> np.ndarray:
        """Integer indices."""
        return np.asarray(values, dtype=np.int64)

    def zeros(self, shape: Any) -> ExactArray:
        """Zeros of the given shape."""
        return self.asarray(np.zeros(shape, dtype=np.int64))

    def ones(self, shape: Any) -> ExactArray:
        """Ones of the given shape."""
        return self.asarray(np.ones(shape, dtype=np.int64))

    def eye(self, rows: int, columns: int | None = None) -> ExactArray:
        """The identity matrix, or its upper left corner."""
        return self.asarray(np.eye(rows, columns, dtype=np.int64))

    def __getattr__(self, name: str) -> Callable[[Any], ExactArray]:
        if name not in _FUNCTIONS:
            raise AttributeError(f"p.xp.{name} is not available in {self.field.name} arithmetic")

        def apply(x: Any) -> ExactArray:
            function = np.frompyfunc(self.field.function(name), 1, 1)
            return ExactArray(function(self.asarray(x).data), self.field)

        return apply

    def square(self, x: Any) -> ExactArray:
        """The square, element by element."""
        x = self.asarray(x)
        return x * x

    def matmul(self, a: Any, b: Any) -> ExactArray:
        """The matrix product."""
        return self.asarray(a) @ b

    def matrix_transpose(self, x: ExactArray) -> ExactArray:
        """The transpose."""
        return x.T

    def trace(self, x: ExactArray) -> ExactArray:
        """The sum of the diagonal."""
        return ExactArray(np.trace(x.data), self.field)

    def reshape(self, x: ExactArray, shape: Any) -> ExactArray:
        """The same elements in another shape."""
        return ExactArray(x.data.reshape(shape), self.field)

    def take(self, x: ExactArray, indices: Any, axis: int = 0) -> ExactArray:
        """The elements at the indices along an axis."""
        return ExactArray(np.take(x.data, np.asarray(indices), axis=axis), self.field)

    def expand_dims(self, x: ExactArray, axis: int = 0) -> ExactArray:
        """`x` with one more axis of length one."""
        return ExactArray(np.expand_dims(x.data, axis), self.field)

    def concat(self, parts: Any, axis: int = 0) -> ExactArray:
        """Arrays joined along an axis."""
        return ExactArray(np.concatenate([self.asarray(x).data for x in parts], axis=axis), self.field)

    def stack(self, parts: Any, axis: int = 0) -> ExactArray:
        """Arrays stacked along a new axis."""
        return ExactArray(np.stack([self.asarray(x).data for x in parts], axis=axis), self.field)

    def sum(self, x: Any, axis: int | None = None, keepdims: bool = False) -> ExactArray:
        """The sum along an axis, or of all elements."""
        data = self.asarray(x).data
        zero = self.field.convert(0)
        return ExactArray(np.add.reduce(data, axis=_axes(data, axis), keepdims=keepdims, initial=zero), self.field)

    def mean(self, x: Any, axis: int | None = None) -> ExactArray:
        """The mean along an axis, or of all elements."""
        x = self.asarray(x)
        return self.sum(x, axis=axis) / (x.size if axis is None else x.shape[axis])

    def maximum(self, a: Any, b: Any) -> ExactArray:
        """The larger of the two, element by element."""
        larger = np.frompyfunc(self.field.maximum, 2, 1)
        return ExactArray(larger(self.asarray(a).data, self.asarray(b).data), self.field)

    def minimum(self, a: Any, b: Any) -> ExactArray:
        """The smaller of the two, element by element."""
        return -self.maximum(-self.asarray(a), -self.asarray(b))

    def max(self, x: Any, axis: int | None = None) -> ExactArray:
        """The maximum along an axis, or of all elements."""
        data = self.asarray(x).data
        if data.size == 0:
            raise ValueError("max: the array is empty")
        larger = np.frompyfunc(self.field.maximum, 2, 1)
        return ExactArray(larger.reduce(data.ravel() if axis is None else data, axis=axis or 0), self.field)

    def min(self, x: Any, axis: int | None = None) -> ExactArray:
        """The minimum along an axis, or of all elements."""
        return -self.max(-self.asarray(x), axis=axis)

    def where(self, condition: Any, a: Any, b: Any) -> ExactArray:
        """`a` where the condition holds, else `b`; UndecidedError where it is not decided."""
        chosen = condition if isinstance(condition, Truth) else Truth(np.asarray(condition, dtype=bool))
        flags = np.frompyfunc(lambda t: bool(Truth(t)), 1, 1)(chosen.values)
        return ExactArray(
            np.where(np.asarray(flags, dtype=bool), self.asarray(a).data, self.asarray(b).data), self.field
        )

    def all(self, truth: Any) -> Truth:
        """Whether all are true."""
        return truth.all() if isinstance(truth, Truth) else Truth(bool(np.all(truth)))

    def any(self, truth: Any) -> Truth:
        """Whether any is true."""
        return truth.any() if isinstance(truth, Truth) else Truth(bool(np.any(truth)))

    def logsumexp(self, x: Any, axis: int | None = None) -> ExactArray:
        """log of the sum of exponentials, shifted by the largest so that huge numbers stay representable."""
        x = self.asarray(x)
        if axis is None:
            x, axis = self.reshape(x, (-1,)), 0
        top = self.max(x, axis=axis)
        return top + self.log(self.sum(self.exp(x - self.expand_dims(top, axis)), axis=axis))

    def logaddexp(self, a: Any, b: Any) -> ExactArray:
        """log(exp(a) + exp(b))."""
        return self.logsumexp(self.stack([a, b]), axis=0)

    def softplus(self, x: Any) -> ExactArray:
        """log(1 + exp(x))."""
        x = self.asarray(x)
        return self.maximum(x, 0) + self.log1p(self.exp(-self.abs(x)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExactNamespace) and self.field is other.field

    def __hash__(self) -> int:
        return hash(self.field.name)

    def __repr__(self) -> str:
        return f"ExactNamespace({self.field.name})"


def _axes(data: np.ndarray, axis: int | None) -> Any:
    return tuple(range(data.ndim)) if axis is None else axis


__all__ = ["ExactArray", "ExactNamespace", "Field", "NotRationalError"]
