"""Degrees instead of numbers: running a formula on degrees tells whether it is polynomial, and bounds its degree.

A scalar is the pair (degree of the numerator, degree of the denominator) of a rational function in the coordinates.
Square roots of constants are constants; exp, log, max, abs and comparisons of non-constants are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ncverify.errors import NotPolynomialError
from ncverify.kinds import Array, Number
from ncverify.numbers.exact import ExactNamespace


@dataclass(slots=True)  # frozen, each would take twice the time to make
class Degree:
    """Degrees of numerator and denominator; (0, 0) is a constant."""

    top: int = 0
    bottom: int = 0

    def __add__(self, other: Number) -> Degree:
        right = _degree(other)
        if not (self.bottom or right.bottom):  # mostly; one of the two will do
            return self if self.top >= right.top else right
        return Degree(max(self.top + right.bottom, right.top + self.bottom), self.bottom + right.bottom)

    __radd__ = __sub__ = __rsub__ = __add__

    def __mul__(self, other: Number) -> Degree:
        right = _degree(other)
        if right.is_constant:
            return self
        return Degree(self.top + right.top, self.bottom + right.bottom)

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Degree:
        right = _degree(other)
        return self * Degree(right.bottom, right.top)

    def __rtruediv__(self, other: Number) -> Degree:
        return _degree(other) / self

    def __neg__(self) -> Degree:
        return self

    @property
    def is_constant(self) -> bool:
        """Whether the expression does not depend on the coordinates."""
        return self.top == 0 and self.bottom == 0


def _degree(value: Number) -> Degree:
    return value if isinstance(value, Degree) else Degree()


def _constant_only(name: str) -> Callable[..., Degree]:
    def apply(*x: Array) -> Degree:
        if not all(_degree(value).is_constant for value in x):
            raise NotPolynomialError(f"{name} of a quantity that depends on the point is not polynomial")
        return Degree()

    return apply


class DegreeField:
    """Scalars are `Degree`s."""

    name = "degree"

    def convert(self, value: Number) -> Degree:
        """Every number is a constant."""
        return _degree(value)

    def function(self, name: str) -> Callable[..., Degree]:
        """Elementary functions, of constants only."""
        return _constant_only(name)

    def compare(self, op: Callable[[Any, Any], Any], a: Number, b: Number) -> bool:
        """Comparisons make a formula piecewise: refused."""
        raise NotPolynomialError("a comparison is not polynomial")

    def maximum(self, a: Number, b: Number) -> Degree:
        """Only of constants."""
        if not (_degree(a).is_constant and _degree(b).is_constant):
            raise NotPolynomialError("max or min is not polynomial")
        return Degree()

    def power(self, base: Number, exponent: Number) -> Number:
        """Only of constants."""
        return _constant_only("a power")(base, exponent)

    def to_float(self, value: Number) -> float:
        """A degree has no numerical value."""
        raise NotPolynomialError("a degree has no numerical value")


DEGREE = ExactNamespace(DegreeField())
"""The namespace of degrees."""
