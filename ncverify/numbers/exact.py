"""Arrays of exact or enclosing scalars behind the names of the array API.

The container is a NumPy array of Python objects; a `Field` supplies the scalars (rationals, balls, degrees). Formulas
that were written for floats run on these unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ncverify.kinds import Array, Number, TruthValue
from ncverify.numbers.array_functions import ArrayFunctions, axis_of_take, lacking
from ncverify.numbers.axes import Axis, Shape, lines, with_lengths_one
from ncverify.numbers.composed import ALIASES
from ncverify.numbers.field import Field, boxed, converted, product, summed
from ncverify.numbers.linalg import Linalg
from ncverify.numbers.methods import Methods
from ncverify.numbers.operators import Operators
from ncverify.numbers.truth import Truth, truth_of


def _plain(index: Any) -> Any:
    """An index with the truth values in it as booleans."""
    return index.decided() if isinstance(index, Truth) else index


class ExactArray(Operators, Methods):
    """An array of scalars of one field; indexing, operators and comparisons as in NumPy."""

    __slots__ = ("data", "field")

    def __init__(self, data: np.ndarray, field: Field) -> None:
        self.data = data if isinstance(data, np.ndarray) else boxed(data)
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

    @property
    def mT(self) -> ExactArray:  # noqa: N802
        """The transpose of the last two axes."""
        return ExactArray(np.swapaxes(self.data, -1, -2), self.field)

    @property
    def namespace(self) -> ExactNamespace:
        """The functions that belong to this array."""
        own: ExactNamespace | None = getattr(self.field, "namespace", None)
        return ExactNamespace(self.field) if own is None else own

    def item(self) -> Number:
        """The scalar of an array with one element."""
        return self.data.item()

    def __array__(self, *arguments: Any, **options: Any) -> Any:
        if getattr(self.field, "readable", False):
            return np.asarray(np.frompyfunc(self.field.to_float, 1, 1)(self.data), dtype=np.float64)
        return super().__array__(*arguments, **options)

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[ExactArray]:
        return (self[i] for i in range(len(self.data)))

    def __getitem__(self, index: Any) -> ExactArray:
        return ExactArray(self.data[_plain(index)], self.field)

    def nearest_float(self) -> float:
        """A nearby float of the only element, for reports; a verdict never rests on it."""
        return self.field.to_float(self.data.item())

    def tolist(self) -> Any:
        """The scalars as nested lists, exact."""
        return self.data.tolist()

    def __float__(self) -> float:
        if getattr(self.field, "readable", False):
            return self.nearest_float()
        raise TypeError(
            f"float() leaves {self.field.name} arithmetic, and with it every guarantee; use p.xp functions instead"
        )

    def _lift(self, other: Array) -> np.ndarray:
        if isinstance(other, ExactArray) and other.field is self.field:
            return other.data
        if isinstance(other, list | tuple) or hasattr(other, "shape"):
            return self.namespace.asarray(other).data
        return boxed(self.field.convert(other))

    def _binary(self, op: Callable[[Any, Any], Any], other: Array, *, swapped: bool = False) -> ExactArray:
        right = self._lift(other)
        return ExactArray(op(right, self.data) if swapped else op(self.data, right), self.field)

    def _compare(self, op: Callable[[Any, Any], Any], other: Array) -> Truth:
        compare = np.frompyfunc(lambda a, b: self.field.compare(op, a, b), 2, 1)
        return Truth(compare(self.data, self._lift(other)), self.namespace)

    def __matmul__(self, other: Array) -> ExactArray:
        return ExactArray(product(self.data, self._lift(other), self.field), self.field)

    def __rmatmul__(self, other: Array) -> ExactArray:
        return ExactArray(product(self._lift(other), self.data, self.field), self.field)

    def __pow__(self, exponent: Number) -> ExactArray:
        exponent = exponent.item() if isinstance(exponent, np.generic) else exponent
        xp = self.namespace
        if isinstance(exponent, int | float | Fraction) and (2 * exponent) % 1 == 0:  # inf % 1 is NaN
            halves = round(abs(2 * exponent))
            base, count = (self, halves // 2) if halves % 2 == 0 else (xp.sqrt(self), halves)
            power = base._to_the(count)
            return power if exponent >= 0 else 1 / power
        each = np.frompyfunc(self.field.power, 2, 1)
        return ExactArray(each(self.data, self._lift(exponent)), self.field)

    def _to_the(self, count: int) -> ExactArray:
        """A whole power; to the zeroth one, and undefined where self is. A degree is always defined."""
        if count == 0:
            return self.namespace.ones(self.shape) if self.field.name == "degree" else 0 * self + 1
        half = self._to_the(count // 2) if count > 1 else self
        return half if count == 1 else half * half * self if count % 2 else half * half

    def __repr__(self) -> str:
        return f"ExactArray({self.field.name}, {self.data.tolist()!r})"


_FUNCTIONS = (
    *("exp", "log", "log1p", "expm1", "sqrt", "abs", "sign", "tanh", "sin", "cos", "floor", "log_softplus"),
    *("trunc", "rint", "erf", "erfc", "atan", "acos", "asin", "atanh", "acosh", "asinh"),
)


class ExactNamespace(ArrayFunctions):
    """The functions of the array API that formulas use, on `ExactArray`s of one field."""

    exact = True

    def __init__(self, field: Field) -> None:
        self.field = field

    @property
    def pi(self) -> ExactArray:
        """The number pi, enclosed; rational arithmetic has none."""
        return ExactArray(self.field.function("pi")(None), self.field)

    def asarray(self, value: Array) -> ExactArray:
        """`value` as an exact array of this field: numbers, nested lists, arrays; floats are the rationals they are."""
        if isinstance(value, ExactArray):
            same = value.field.name == self.field.name
            return value if same else ExactArray(converted(value.data, self.field), self.field)
        if isinstance(value, list | tuple):
            return ExactArray(np.stack([self.asarray(v).data for v in value]), self.field)
        if type(value) in (int, float, Fraction):
            return ExactArray(boxed(self.field.convert(value)), self.field)
        if isinstance(value, Truth):
            value = value.decided().astype(np.int64)
        return ExactArray(converted(np.asarray(value), self.field), self.field)

    def integers(self, values: Array) -> np.ndarray:
        """Integer indices."""
        return np.asarray(values, dtype=np.int64)

    def zeros(self, shape: Shape) -> ExactArray:
        """Zeros of the given shape."""
        return self.asarray(np.zeros(shape, dtype=np.int64))

    def ones(self, shape: Shape) -> ExactArray:
        """Ones of the given shape."""
        return self.asarray(np.ones(shape, dtype=np.int64))

    def eye(self, rows: int, columns: int | None = None) -> ExactArray:
        """The identity matrix, or its upper left corner."""
        return self.asarray(np.eye(rows, columns, dtype=np.int64))

    def __getattr__(self, name: str) -> Callable[[Any], ExactArray]:
        if name in ALIASES:
            return getattr(self, ALIASES[name])  # type: ignore[no-any-return]
        if name not in _FUNCTIONS:
            raise lacking(self, name, f"{self.field.name} arithmetic")

        def apply(x: Array) -> ExactArray:
            function = np.frompyfunc(self.field.function(name), 1, 1)
            return ExactArray(function(self.asarray(x).data), self.field)

        return apply

    def atan2(self, y: Array, x: Array) -> ExactArray:
        """The angle of the point (x, y)."""
        angle = np.frompyfunc(self.field.function("atan2"), 2, 1)
        return ExactArray(angle(self.asarray(y).data, self.asarray(x).data), self.field)

    def lifted(self, truth: TruthValue) -> Truth:
        """Booleans as truth values."""
        return truth_of(truth)

    @property
    def linalg(self) -> Linalg:
        """Norms, products, inverses, ranks and spectra."""
        from ncverify.numbers import exact_matrices  # loads flint

        return Linalg(self, exact_matrices)

    def permute_dims(self, x: Array, axes: tuple[int, ...]) -> ExactArray:
        """x with its axes in another order."""
        return ExactArray(np.transpose(self.asarray(x).data, axes), self.field)

    def matmul(self, a: Array, b: Array) -> ExactArray:
        """The matrix product."""
        return self.asarray(a).__matmul__(b)

    def matrix_transpose(self, x: Array) -> ExactArray:
        """The transpose of the last two axes."""
        return self.asarray(x).mT

    def reshape(self, x: Array, shape: Shape) -> ExactArray:
        """The same elements in another shape."""
        return ExactArray(self.asarray(x).data.reshape(shape), self.field)

    def take(self, x: Array, indices: Array, axis: int | None = None) -> ExactArray:
        """The elements at the indices along an axis, which only a vector may leave out."""
        data = self.asarray(x).data
        along = axis_of_take(data.ndim, axis)
        taken = np.take(data, np.asarray(indices), axis=along)
        return ExactArray(taken if isinstance(taken, np.ndarray) else boxed(taken), self.field)

    def expand_dims(self, x: Array, axis: int = 0) -> ExactArray:
        """`x` with one more axis of length one."""
        return ExactArray(np.expand_dims(self.asarray(x).data, axis), self.field)

    def concat(self, parts: Array, axis: int | None = 0) -> ExactArray:
        """Arrays joined along an axis, or their elements in a line."""
        return ExactArray(np.concatenate([self.asarray(x).data for x in parts], axis=axis), self.field)

    def stack(self, parts: Array, axis: int = 0) -> ExactArray:
        """Arrays stacked along a new axis."""
        return ExactArray(np.stack([self.asarray(x).data for x in parts], axis=axis), self.field)

    def sum(self, x: Array, axis: Axis = None, keepdims: bool = False) -> ExactArray:
        """The sum along axes, or of all elements."""
        return ExactArray(summed(self.asarray(x).data, self.field, axis, keepdims=keepdims), self.field)

    def maximum(self, a: Array, b: Array) -> ExactArray:
        """The larger of the two, element by element."""
        larger = np.frompyfunc(self.field.maximum, 2, 1)
        return ExactArray(larger(self.asarray(a).data, self.asarray(b).data), self.field)

    def max(self, x: Array, axis: Axis = None, keepdims: bool = False) -> ExactArray:
        """The maximum along axes, or of all elements.

        Raises:
            ValueError: there is nothing to take it of.
        """
        x = self.asarray(x)
        if x.size == 0:
            raise ValueError(f"max: expected at least one element, got shape {x.shape}")
        larger = np.frompyfunc(self.field.maximum, 2, 1)
        top = ExactArray(larger.reduce(lines(self, x, axis).data, axis=0), self.field)
        return with_lengths_one(self, top, x.shape, axis) if keepdims else top

    def where(self, condition: Array, a: Array, b: Array) -> ExactArray:
        """`a` where the condition holds, else `b`.

        Raises:
            UndecidedError: the condition is not decided at this precision.
        """
        picked = np.where(truth_of(condition).decided(), self.asarray(a).data, self.asarray(b).data)
        return ExactArray(picked, self.field)

    def all(self, truth: TruthValue, axis: Axis = None, keepdims: bool = False) -> Truth:
        """Whether all are true, along axes or at all; a number is true where it is not zero."""
        return self.truth(truth).all(axis=axis, keepdims=keepdims)  # type: ignore[no-any-return]

    def any(self, truth: TruthValue, axis: Axis = None, keepdims: bool = False) -> Truth:
        """Whether any is true, along axes or at all; a number is true where it is not zero."""
        return self.truth(truth).any(axis=axis, keepdims=keepdims)  # type: ignore[no-any-return]

    def relu(self, x: Array) -> ExactArray:
        """The larger of x and 0, element by element."""
        return self.maximum(x, 0)

    def softplus(self, x: Array) -> ExactArray:
        """log(1 + exp(x))."""
        x = self.asarray(x)
        return self.maximum(x, 0) + self.log1p(self.exp(-self.abs(x)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExactNamespace) and self.field.name == other.field.name

    def __hash__(self) -> int:
        return hash(self.field.name)

    def __repr__(self) -> str:
        return f"ExactNamespace({self.field.name})"
