"""The equality hypotheses of a claim as polynomials, read off by running them on symbols instead of numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from flint import Ordering, fmpq, fmpq_mpoly_ctx

from ncverify.errors import NotPolynomialError, NotRationalError
from ncverify.falsification.batch import BatchedClaim
from ncverify.numbers.exact import ExactArray
from ncverify.numbers.rational import RATIONAL
from ncverify.numbers.surd import Surd

_LARGEST, _MOST_TERMS = 80, 4000  # coordinates, and terms of all polynomials together


class Quotient:
    """A quotient of two polynomials, not reduced."""

    __slots__ = ("bottom", "top")

    def __init__(self, top: Any, bottom: Any) -> None:
        self.top, self.bottom = top, bottom

    def __add__(self, other: Any) -> Quotient:
        right = self._lift(other)
        if self.bottom == right.bottom:
            return Quotient(self.top + right.top, self.bottom)
        return Quotient(self.top * right.bottom + right.top * self.bottom, self.bottom * right.bottom)

    def __neg__(self) -> Quotient:
        return Quotient(-self.top, self.bottom)

    def __sub__(self, other: Any) -> Quotient:
        return self + (-self._lift(other))

    def __rsub__(self, other: Any) -> Quotient:
        return self._lift(other) - self

    def __mul__(self, other: Any) -> Quotient:
        right = self._lift(other)
        return Quotient(self.top * right.top, self.bottom * right.bottom)

    def __truediv__(self, other: Any) -> Quotient:
        right = self._lift(other)
        return Quotient(self.top * right.bottom, self.bottom * right.top)

    def __rtruediv__(self, other: Any) -> Quotient:
        return self._lift(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def _lift(self, other: Any) -> Quotient:
        return other if isinstance(other, Quotient) else Quotient(0 * self.top + other, 0 * self.bottom + 1)

    @property
    def constant(self) -> Any:
        """The number that it is, None where it depends on the coordinates."""
        if not (self.top.is_constant() and self.bottom.is_constant()):
            return None
        return _number(self.top) / _number(self.bottom)


def _number(polynomial: Any) -> Any:
    return next(iter(polynomial.to_dict().values()), fmpq(0))


class SymbolicField:
    """Scalars are quotients of polynomials; an equality is assumed and noted, every other comparison assumed.

    Args:
        context: the polynomial ring.
    """

    name = "symbolic"

    def __init__(self, context: Any) -> None:
        self.context = context
        self.noted: list[Any] = []

    def convert(self, value: Any) -> Quotient:
        """Every rational number is a constant."""
        if isinstance(value, Quotient):
            return value
        known = RATIONAL.field.convert(value)
        if isinstance(known, Surd):
            raise NotPolynomialError("a square root is no polynomial with rational coefficients")
        return Quotient(self.context.constant(known), self.context.constant(1))

    def function(self, name: str) -> Callable[[Any], Any]:
        """Elementary functions, of constants only."""

        def apply(x: Quotient) -> Quotient:
            if x.constant is None:
                raise NotPolynomialError(f"{name} is not polynomial")
            return self.convert(RATIONAL.field.function(name)(x.constant))

        return apply

    def compare(self, op: Callable[[Any, Any], Any], a: Any, b: Any) -> bool:
        """Assumed to be true unless both sides are constants; equations are noted."""
        gap = a - b
        if gap.constant is not None:
            return bool(op(gap.constant, 0))
        if op is operator.eq:
            self.noted.append(gap.top)
        return True

    def power(self, base: Any, exponent: Any) -> Any:
        """A power that is not written as a number is not polynomial."""
        raise NotPolynomialError("a power with an exponent that depends on the point is not polynomial")

    def maximum(self, a: Any, b: Any) -> Any:
        """One of them: where several extremes are equal, which is as good as any."""
        return a

    def to_float(self, value: Any) -> float:
        """A symbol has no value."""
        raise NotPolynomialError("a symbol has no value")


def equations(claim: BatchedClaim, width: int) -> list[Any] | None:
    """Polynomials in x0, x1, ... whose common zeros meet the equality hypotheses; None where there are none.

    It is a guess by which the search finds its way: every point it leads to is judged by the hypotheses themselves.

    Args:
        claim: what is attacked.
        width: number of coordinates of a packed row.
    """
    if width > _LARGEST:
        return None
    field = SymbolicField(fmpq_mpoly_ctx.get(("x", width), Ordering.lex))
    one = field.context.constant(1)
    row = np.empty(width, dtype=object)
    row[:] = [Quotient(x, one) for x in field.context.gens()]
    try:
        arrays = {name: ExactArray(part, field) for name, part in claim.layout.split(row).items()}
        point = claim.layout.trusted(arrays, like=ExactArray(np.full((), Quotient(one, one)), field))
        for hypothesis in claim.claim.hypotheses:
            hypothesis(point)
    except (NotPolynomialError, NotRationalError, ArithmeticError, TypeError, ValueError, AttributeError):
        return None
    found = list({str(e): e for e in field.noted}.values())
    return found if found and sum(map(len, found)) <= _MOST_TERMS else None
