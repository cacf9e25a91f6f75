"""Certificates of a minimum: objective - value as a sum of numbers that are not negative by their form.

A `NonNegative` can only be made of squares, of variables and hypotheses that are stated not to be negative, and of
sums, products, quotients, roots, smaller and larger ones of such numbers. Nothing else has to be believed of a
certificate than that its sum is the objective less the value, which `falsify` tests: exactly where it is polynomial.

For instance::

    from ncverify.certificates import SumOfNonNegative, positive, square

    Optimum(
        "x^2 + lam y^2 - 2x is least at x = 1, y = 0",
        objective=lambda p: p.x**2 + p.lam * p.y**2 - 2 * p.x,
        value=lambda p: -1,
        conclusion=lambda p: -((p.x - 1) ** 2),
        certificate=SumOfNonNegative(
            terms=lambda p: [square(p, p.x - 1), positive(p, "lam") * square(p, p.y)],
            conclude=lambda p: [-1, 0],
        ),
    )
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

__all__ = [
    "Constraint",
    "DualPoint",
    "NonNegative",
    "SumOfNonNegative",
    "constant",
    "divergence",
    "exponential",
    "maximum",
    "minimum",
    "nonnegative",
    "positive",
    "positive_part",
    "root",
    "square",
]


@dataclass(frozen=True)
class NonNegative:
    """A number that is >= 0 by its form; made by the functions of this module alone.

    Attributes:
        value: the number, in the arithmetic of the point.
        strict: whether the form says that it is > 0.
        names: the variables that it takes to be >= 0 (False) or > 0 (True).
    """

    value: Any
    strict: bool = False
    names: frozenset[tuple[str, bool]] = frozenset()

    def __add__(self, other: Any) -> NonNegative:
        right = _known(other)
        return NonNegative(self.value + right.value, self.strict or right.strict, self.names | right.names)

    def __mul__(self, other: Any) -> NonNegative:
        right = _known(other)
        return NonNegative(self.value * right.value, self.strict and right.strict, self.names | right.names)

    def __truediv__(self, other: Any) -> NonNegative:
        right = _known(other)
        if not right.strict:
            raise ValueError("certificate: a divisor has to be > 0 by its form, got one that may be 0")
        return NonNegative(self.value / right.value, self.strict, self.names | right.names)

    def __rtruediv__(self, other: Any) -> NonNegative:
        return _known(other) / self

    __radd__, __rmul__ = __add__, __mul__


def _known(x: Any) -> NonNegative:
    """A NonNegative as it is; a plain number >= 0 as one."""
    if isinstance(x, NonNegative):
        return x
    if isinstance(x, bool) or not isinstance(x, int | float | Fraction):
        raise TypeError(
            "certificate: expected numbers that are not negative by their form (square, positive, nonnegative, ...) or "
            f"plain numbers >= 0, got {type(x).__name__}"
        )
    if not x >= 0:
        raise ValueError(f"certificate: expected a number >= 0, got {x}")
    return NonNegative(x, x > 0)


def square(p: Any, a: Any) -> NonNegative:
    """The sum of the squares of the entries of an array, at a point p."""
    a = p.xp.asarray(a)
    return NonNegative(p.xp.sum(a * a))


def positive(p: Any, name: str) -> NonNegative:
    """A variable without axes that its `Space` declares to be positive."""
    return NonNegative(p.variables[name], True, frozenset({(name, True)}))


def nonnegative(p: Any, name: str) -> NonNegative:
    """A variable without axes for which its `Space` declares low >= 0."""
    return NonNegative(p.variables[name], False, frozenset({(name, False)}))


def constant(p: Any, x: float) -> NonNegative:
    """A plain number >= 0 in the arithmetic of a point, as which `constant(p, 1) / 3` is exactly a third."""
    known = _known(x)
    return NonNegative(p.xp.asarray(known.value), known.strict)


def exponential(p: Any, x: Any) -> NonNegative:
    """exp(x) of any number, which is > 0."""
    return NonNegative(p.xp.exp(p.xp.asarray(x)), True)


def root(p: Any, x: Any) -> NonNegative:
    """The square root."""
    x = _known(x)
    return NonNegative(p.xp.sqrt(p.xp.asarray(x.value)), x.strict, x.names)


def minimum(p: Any, x: Any, y: Any) -> NonNegative:
    """The smaller one of two."""
    x, y = _known(x), _known(y)
    return NonNegative(
        p.xp.minimum(p.xp.asarray(x.value), p.xp.asarray(y.value)), x.strict and y.strict, x.names | y.names
    )


def maximum(p: Any, x: Any, y: Any) -> NonNegative:
    """The larger one of two."""
    x, y = _known(x), _known(y)
    return NonNegative(
        p.xp.maximum(p.xp.asarray(x.value), p.xp.asarray(y.value)), x.strict or y.strict, x.names | y.names
    )


def positive_part(p: Any, x: Any) -> NonNegative:
    """max(x, 0) of any number."""
    return NonNegative(p.xp.maximum(p.xp.asarray(x), p.xp.asarray(0)))


def divergence(p: Any, Z: Any, at: Any) -> NonNegative:
    """logsumexp(z) - logsumexp(a) - <softmax(a), z - a>, summed over the columns z of Z and a of `at`: convexity.

    It is exactly 0 where Z is `at`.
    """
    xp = p.xp
    at = xp.asarray(at)
    P, D = xp.exp(at - xp.expand_dims(xp.logsumexp(at, axis=0), axis=0)), Z - at
    top = xp.max(D, axis=0)
    moments = top + xp.log1p(xp.sum(P * xp.expm1(D - xp.expand_dims(top, axis=0)), axis=0))
    return NonNegative(xp.sum(moments - xp.sum(P * D, axis=0)))


@dataclass(frozen=True)
class Constraint:
    """A hypothesis slack(p) >= 0 of an `Optimum`, with a slack that a `DualPoint` can multiply."""

    slack: Callable[[Any], Any]

    def __call__(self, p: Any) -> Any:
        """Whether the constraint is met."""
        return self.slack(p) >= 0


@dataclass(frozen=True)
class SumOfNonNegative:
    """objective - value is the sum of the terms.

    Args:
        terms: from a point to a list of numbers that are not negative by their form.
        conclude: from a point to one multiplier for each term, polynomials, with `factor` times the conclusion equal
            to the sum of multipliers times terms, so that the conclusion is true where all terms vanish; None where the
            search is to decide that.
        factor: from a point to a number that is > 0 by its form; by default 1.
    """

    terms: Callable[[Any], Sequence[Any]]
    conclude: Callable[[Any], Sequence[Any]] | None = field(default=None, kw_only=True)
    factor: Callable[[Any], Any] | None = field(default=None, kw_only=True)

    def parts(self, p: Any, given: Sequence[Any]) -> list[NonNegative]:
        """The terms at a point."""
        return [_known(term) for term in self.terms(p)]


@dataclass(frozen=True)
class DualPoint:
    """objective - value is the sum of multipliers times the slacks of `given`, and of more terms.

    Args:
        multipliers: from a point to one number for each hypothesis, not negative by its form. The slack of a hypothesis
            is that of a `Constraint`, or the number itself.
        terms: from a point to more numbers that are not negative by their form; by default none.
        conclude: as for `SumOfNonNegative`, the multiplied slacks first.
        factor: likewise.
    """

    multipliers: Callable[[Any], Sequence[Any]]
    terms: Callable[[Any], Sequence[Any]] | None = None
    conclude: Callable[[Any], Sequence[Any]] | None = field(default=None, kw_only=True)
    factor: Callable[[Any], Any] | None = field(default=None, kw_only=True)

    def parts(self, p: Any, given: Sequence[Any]) -> list[NonNegative]:
        """The products and the terms at a point; where a hypothesis fails its product may be negative.

        Raises:
            ValueError: another number of multipliers than of hypotheses.
        """
        multipliers = list(self.multipliers(p))
        if len(multipliers) != len(given):
            raise ValueError(
                f"certificate: expected {len(given)} multipliers, one a hypothesis, got {len(multipliers)}"
            )
        slacks = [getattr(hypothesis, "slack", hypothesis)(p) for hypothesis in given]
        products = [_known(m) * NonNegative(s) for m, s in zip(multipliers, slacks, strict=True)]
        return products + [_known(term) for term in (self.terms(p) if self.terms else ())]


Certificate = SumOfNonNegative | DualPoint
