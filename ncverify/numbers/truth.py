"""Three-valued truth: what a comparison of balls can say."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ncverify.errors import UndecidedError
from ncverify.kinds import Array, Number
from ncverify.numbers.axes import Axis, lines, with_lengths_one

Kleene = bool | None


def _and(a: Kleene, b: Kleene) -> Kleene:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _not(a: Kleene) -> Kleene:
    return None if a is None else not a


_AND = np.frompyfunc(_and, 2, 1)
_NOT = np.frompyfunc(_not, 1, 1)


class Counted:
    """Arithmetic of truth values, one where they are true and zero elsewhere, as NumPy has it: `(x > 1) * 2.0`."""

    __slots__ = ()

    def counted(self) -> Any:
        """The truth values as numbers of the arithmetic that they were told in."""
        raise NotImplementedError

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """The truth values as numbers, or as they are where `dtype` is bool."""
        return self if np.dtype(dtype) == bool else self.counted()

    def __add__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Counted) else self.counted() + other

    def __radd__(self, other: Any) -> Any:
        return other + self.counted()

    def __sub__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Counted) else self.counted() - other

    def __rsub__(self, other: Any) -> Any:
        return other - self.counted()

    def __mul__(self, other: Any) -> Any:
        return operator.and_(self, other) if isinstance(other, Counted) else self.counted() * other

    def __rmul__(self, other: Any) -> Any:
        return other * self.counted()

    def __truediv__(self, other: Any) -> Any:
        return self.counted() / other


class Truth(Counted):
    """Truth values True, False or None (undecided at this precision), element by element.

    Kleene's logic: a connective is decided where the values that are known decide it.

    Args:
        values: True, False and None, alone or in an array.
        namespace: of the numbers that were compared; None where none were.

    Example:
        >>> bool(Truth(True) & ~Truth(False)), Truth([None, False]).all()
        (True, Truth(False))
    """

    __slots__ = ("namespace", "values")

    def __init__(self, values: Array, namespace: Any = None) -> None:
        self.values, self.namespace = np.asarray(values, dtype=object), namespace

    def counted(self) -> Any:
        """The truth values as numbers; UndecidedError where one is not known."""
        return self._as_numbers(self.decided().astype(np.int64))

    def _as_numbers(self, counts: Any) -> Any:
        return counts if self.namespace is None else self.namespace.asarray(counts)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Array, **options: Any) -> Any:
        """NumPy's logical functions, and its truth values on the left of an operator."""
        return connected(ufunc, method, inputs, options, truth_of)

    def __array_function__(self, function: Callable[..., Any], types: Any, arguments: Any, options: Any) -> Any:
        """NumPy's all, any, sum, count_nonzero and where; with numbers beside it, in their arithmetic."""
        xp = next((a.namespace for a in arguments if hasattr(a, "namespace")), None)
        if xp is not None:
            return xp.numpy_call(function, arguments, options)
        if function.__name__ in ("all", "any", "sum"):
            return getattr(self, function.__name__)(*arguments[1:], **options)
        if function.__name__ == "count_nonzero":
            return self.sum(*arguments[1:], **options)
        if function.__name__ == "where" and len(arguments) == 3:
            return np.where(self.decided(), *arguments[1:])
        raise TypeError(f"np.{function.__name__} does not take truth values that may be undecided: use p.xp")

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.values.ndim

    @property
    def size(self) -> int:
        """Number of truth values."""
        return self.values.size

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array of truth values."""
        return self.values.shape

    def __and__(self, other: Number) -> Truth:
        right = truth_of(other)
        return Truth(_AND(self.values, right.values), self.namespace or right.namespace)

    __rand__ = __and__

    def __invert__(self) -> Truth:
        return Truth(_NOT(self.values), self.namespace)

    def __or__(self, other: Number) -> Truth:
        return ~(~self & ~truth_of(other))

    __ror__ = __or__

    def __xor__(self, other: Number) -> Truth:
        right = truth_of(other)
        return (self & ~right) | (~self & right)

    __rxor__ = __xor__

    def __getitem__(self, index: Any) -> Truth:
        return Truth(self.values[index], self.namespace)

    def __eq__(self, other: object) -> Truth:  # type: ignore[override]
        return ~(self ^ other)

    def __ne__(self, other: object) -> Truth:  # type: ignore[override]
        return self ^ other

    __hash__ = None  # type: ignore[assignment]

    def all(self, axis: Axis = None, out: None = None, keepdims: bool = False) -> Truth:
        """The conjunction along axes, or of all values; of nothing it is true."""
        conjunction = _AND.reduce(lines(np, self.values, axis), axis=0, initial=True)
        return Truth(with_lengths_one(np, conjunction, self.shape, axis) if keepdims else conjunction, self.namespace)

    def any(self, axis: Axis = None, out: None = None, keepdims: bool = False) -> Truth:
        """The disjunction along axes, or of all values; of nothing it is false."""
        return ~(~self).all(axis, keepdims=keepdims)

    def sum(self, axis: Axis = None, dtype: None = None, out: None = None, keepdims: bool = False) -> Array:
        """How many are true, along axes or at all; UndecidedError where that is not known."""
        return self._as_numbers(self.decided().sum(axis=axis, keepdims=keepdims))

    def certain(self) -> Truth:
        """Whether each value is certainly true: what is undecided counts as false.

        Example:
            >>> Truth([True, None]).certain()
            Truth([True, False])
        """
        return truth_of(np.frompyfunc(lambda value: value is True, 1, 1)(self.values))

    def decided(self) -> np.ndarray:
        """The truth values as booleans.

        Raises:
            UndecidedError: one of them is None.
        """
        if None in self.values.reshape(-1).tolist():
            raise UndecidedError("a comparison is undecided at this precision")
        return self.values.astype(bool)

    def __bool__(self) -> bool:
        if self.values.size != 1:
            raise ValueError(f"truth of an array of shape {self.shape} is ambiguous: use p.xp.all or p.xp.any")
        value = self.values.item()
        if value is None:
            raise UndecidedError("a comparison is undecided at this precision")
        return bool(value)

    def __repr__(self) -> str:
        return f"Truth({self.values.tolist()})"


_CONNECTIVES: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("logical_and", "bitwise_and"), operator.and_),
    **dict.fromkeys(("logical_or", "bitwise_or"), operator.or_),
    **dict.fromkeys(("logical_xor", "bitwise_xor", "not_equal"), operator.xor),
    **dict.fromkeys(("logical_not", "invert"), operator.invert),
    "equal": operator.eq,
}


class Indices(np.ndarray):
    """Integer indices of exact arithmetic: what a comparison of them gives is as certain as they are.

    Attributes:
        owner: the namespace of the numbers that were sorted.
    """

    __hash__ = None
    owner: Any

    def __array_finalize__(self, source: object) -> None:
        self.owner = getattr(source, "owner", None)

    def _told(self, op: Callable[[Any, Any], Any], other: Any) -> Any:
        if hasattr(other, "namespace"):
            return NotImplemented
        return Truth(truth_of(op(np.asarray(self), np.asarray(other))).values, self.owner)

    def __eq__(self, other: object) -> Any:
        return self._told(operator.eq, other)

    def __ne__(self, other: object) -> Any:
        return self._told(operator.ne, other)

    def __lt__(self, other: Any) -> Any:
        return self._told(operator.lt, other)

    def __le__(self, other: Any) -> Any:
        return self._told(operator.le, other)

    def __gt__(self, other: Any) -> Any:
        return self._told(operator.gt, other)

    def __ge__(self, other: Any) -> Any:
        return self._told(operator.ge, other)


def indices(values: np.ndarray, owner: Any) -> Indices:
    """Integers as indices that numbers of a namespace gave."""
    marked = values.view(Indices)
    marked.owner = owner
    return marked


_ARITHMETIC = {"add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv}


def connected(ufunc: Any, method: str, inputs: Array, options: Any, lift: Callable[[Any], Any]) -> Any:
    """A connective that NumPy calls by its own name, on truth values of one kind."""
    if method == "__call__" and not options and ufunc.__name__ in _ARITHMETIC:
        left, right = (operand.counted() if isinstance(operand, Counted) else operand for operand in inputs)
        return _ARITHMETIC[ufunc.__name__](left, right)
    if method != "__call__" or options or ufunc.__name__ not in _CONNECTIVES:
        return NotImplemented
    return _CONNECTIVES[ufunc.__name__](*map(lift, inputs))


def truth_of(value: Number) -> Truth:
    """Truth values from booleans and None, or arrays of them; `Truth` passes through."""
    if isinstance(value, Truth):
        return value
    values = np.asarray(value, dtype=object)
    return Truth(np.frompyfunc(lambda v: None if v is None else bool(v), 1, 1)(values))
