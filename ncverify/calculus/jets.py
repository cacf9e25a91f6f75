"""Arrays with their first two derivatives along a direction, over the arrays of any other arithmetic.

A jet is the beginning c_0 + c_1 t + c_2 t^2 of a power series; a coefficient that is None is zero.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

from ncverify.kinds import Array, Functions
from ncverify.numbers.methods import Methods
from ncverify.numbers.operators import Operators

Coefficients = tuple[Any, Any, Any]


def plus(a: Array, b: Array) -> Any:
    """The sum of two coefficients."""
    return b if a is None else a if b is None else a + b


def times(a: Array, b: Array, product: Callable[[Any, Any], Any] = operator.mul) -> Any:
    """The product of two coefficients."""
    return None if a is None or b is None else product(a, b)


class JetArray(Operators, Methods):
    """An array c_0 + c_1 t + c_2 t^2; indexing, operators and comparisons as in NumPy, the latter by c_0.

    Args:
        coefficients: arrays of one shape, or None for zero; the first is always there.
        namespace: the `JetNamespace` that they belong to.
    """

    __slots__ = ("coefficients", "namespace")
    namespace: Any

    def __init__(self, coefficients: Coefficients, namespace: Functions) -> None:
        self.coefficients, self.namespace = coefficients, namespace

    @property
    def value(self) -> Any:
        """c_0."""
        return self.coefficients[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return tuple(self.value.shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def is_constant(self) -> bool:
        """Whether all derivatives are known to vanish."""
        return self.coefficients[1] is None and self.coefficients[2] is None

    def mapped(self, function: Callable[[Any], Any]) -> JetArray:
        """A linear function applied to every coefficient."""
        a, b, c = (None if part is None else function(part) for part in self.coefficients)
        return JetArray((a, b, c), self.namespace)

    @property
    def T(self) -> JetArray:  # noqa: N802
        """The transpose."""
        return self.mapped(lambda part: part.T)

    @property
    def mT(self) -> JetArray:  # noqa: N802
        """The transpose of the last two axes."""
        return self.mapped(lambda part: part.mT)

    def __getitem__(self, index: Any) -> JetArray:
        return self.mapped(lambda part: part[index])

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[JetArray]:
        return (self[i] for i in range(len(self)))

    def _binary(self, op: Callable[[Any, Any], Any], other: Any, *, swapped: bool = False) -> Any:
        xp = self.namespace
        if self._is_within(other):
            return other.namespace.asarray(self)._binary(op, other, swapped=swapped)
        a, b = (xp.asarray(other), self) if swapped else (self, xp.asarray(other))
        if op is operator.mul:
            return JetArray(_product(a.coefficients, b.coefficients, operator.mul), xp)
        if op is operator.truediv:
            return JetArray(_quotient(a.coefficients, b.coefficients), xp)
        whole = op(a.value, b.value)
        return JetArray((whole, *(_shaped(op, x, y, whole, xp.base) for x, y in _pairs(a, b))), xp)

    def _is_within(self, other: Any) -> bool:
        """Whether the other is a jet over jets such as this one, which is a constant to it."""
        return isinstance(other, JetArray) and other.namespace.depth > self.namespace.depth

    def _compare(self, op: Callable[[Any, Any], Any], other: Any) -> Any:
        if self._is_within(other):
            return other.namespace.asarray(self)._compare(op, other)
        return op(self.value, self.namespace.asarray(other).value)

    def __matmul__(self, other: Any) -> Any:
        if self._is_within(other):
            return other.namespace.asarray(self) @ other
        right = self.namespace.asarray(other)
        return JetArray(_product(self.coefficients, right.coefficients, operator.matmul), self.namespace)

    def __rmatmul__(self, other: Any) -> JetArray:
        return self.namespace.asarray(other).__matmul__(self)  # type: ignore[no-any-return]

    def __pow__(self, exponent: Any) -> JetArray:
        return self.namespace.power(self, exponent)  # type: ignore[no-any-return]

    def __abs__(self) -> JetArray:
        return self.namespace.abs(self)  # type: ignore[no-any-return]

    def __float__(self) -> float:
        raise TypeError("float() leaves the arithmetic in which derivatives are taken; use p.xp functions instead")


def _pairs(a: JetArray, b: JetArray) -> list[tuple[Any, Any]]:
    return list(zip(a.coefficients[1:], b.coefficients[1:], strict=True))


def _shaped(op: Callable[[Any, Any], Any], x: Array, y: Array, whole: Any, xp: Functions) -> Any:
    """A sum or difference of coefficients, stretched to the shape of the whole."""
    if x is None and y is None:
        return None
    coefficient = op(xp.zeros(()) if x is None else x, xp.zeros(()) if y is None else y)
    return coefficient if tuple(coefficient.shape) == tuple(whole.shape) else coefficient + xp.zeros(tuple(whole.shape))


def _product(a: Coefficients, b: Coefficients, product: Callable[[Any, Any], Any]) -> Coefficients:
    first = plus(times(a[1], b[0], product), times(a[0], b[1], product))
    second = plus(times(a[2], b[0], product), plus(times(a[1], b[1], product), times(a[0], b[2], product)))
    return product(a[0], b[0]), first, second


def _quotient(a: Coefficients, b: Coefficients) -> Coefficients:
    value = a[0] / b[0]
    first = _divided(_minus(a[1], times(value, b[1])), b[0])
    second = _divided(_minus(a[2], plus(times(value, b[2]), times(first, b[1]))), b[0])
    return value, first, second


def _minus(a: Array, b: Array) -> Any:
    return a if b is None else -b if a is None else a - b


def _divided(a: Array, b: Array) -> Any:
    return None if a is None else a / b
