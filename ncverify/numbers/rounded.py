"""What floats of a format may give: balls that grow by a unit roundoff with every operation.

**The bound of every comparison with a float backend stands here and nowhere else.** A number of this arithmetic is a
ball that contains the true value and every value that a correct library can return, whatever the order of its sums.
Operations follow the standard model of rounding with the unit roundoff u of the format:

- `+ - * /` and the square root are correctly rounded (IEEE 754): off by u times the result, and by nothing where the
  exact result is a number of the format;
- a sum of m terms that are not zero, in any order: off by m u times the sum of their sizes, and by nothing where all
  terms are multiples of one quantum of which a sum of their sizes is less than 1/u;
- elementary functions: off by `ULPS` units in the last place, 2 u each. Libraries document one to four;
- a result below the smallest normal number may be flushed to zero; one beyond the largest is not known.

What is composed of these (matrix products, means, `logsumexp`, ...) is composed here as in `NativeNamespace`. Balls do
not know that two operands hang together, so a radius is a bound for the worst case: the size of the terms that met,
times u, times the number of roundings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from flint import arb

from ncverify.errors import NotRationalError
from ncverify.kinds import Array, Number
from ncverify.numbers.ball import BallField, ball, elementary, order
from ncverify.numbers.exact import ExactArray, ExactNamespace
from ncverify.numbers.truth import Kleene, Truth, truth_of

ULPS = 4
_BALLS = BallField()
_UNIT = arb(0, 1)
_EXACT = frozenset({"abs", "sign", "floor", "trunc", "rint"})  # no rounding at all


@dataclass(frozen=True)
class Format:
    """A binary floating format.

    Args:
        name: of the dtype.
        digits: binary digits of the significand.
        least: exponent of the smallest normal number.
        most: exponent of the first power of two that is too large.
    """

    name: str
    digits: int
    least: int
    most: int
    u: Any = field(init=False, compare=False, repr=False)
    tiny: Any = field(init=False, compare=False, repr=False)
    largest: Any = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        two = arb(2)
        for name, exponent in (("u", -self.digits), ("tiny", self.least), ("largest", self.most)):
            object.__setattr__(self, name, two**exponent)

    def has(self, z: Array) -> bool:
        """Whether a ball is a single number of this format, zero or normal."""
        if z.is_zero():
            return True
        if not z.is_exact() or not z.is_finite() or not self.tiny <= abs(z) < self.largest:
            return False
        return int(z.mid().man_exp()[0]).bit_length() <= self.digits

    def rounded(self, z: Array, roundings: int = 1) -> Array:
        """The ball with what some roundings of its values may add."""
        if z.is_zero():
            return z
        size = z.abs_upper()
        if not z.is_finite() or size >= self.largest:
            return arb.nan()
        return z + _UNIT * (size * self.u * roundings + self.tiny)

    def result(self, z: Array) -> Array:
        """The ball of a correctly rounded result."""
        return z if self.has(z) else self.rounded(z)


FORMATS = {"float64": Format("float64", 53, -1022, 1024), "float32": Format("float32", 24, -126, 128)}


class Rounded:
    """A ball with its format; operators round."""

    __slots__ = ("ball", "format")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Number, format: Format) -> None:
        self.ball, self.format = value, format

    def _rounded(self, z: Array) -> Rounded:
        return Rounded(self.format.result(z), self.format)

    def __add__(self, other: Rounded) -> Rounded:
        return self._rounded(self.ball + other.ball)

    def __sub__(self, other: Rounded) -> Rounded:
        return self._rounded(self.ball - other.ball)

    def __mul__(self, other: Rounded) -> Rounded:
        z = self.ball * other.ball
        return self._rounded(z.nonnegative_part() if self is other and z.is_finite() else z)

    def __truediv__(self, other: Rounded) -> Rounded:
        return self._rounded(self.ball / other.ball)

    def __neg__(self) -> Rounded:
        return Rounded(-self.ball, self.format)

    def is_finite(self) -> bool:
        """Whether bounds are known."""
        return bool(self.ball.is_finite())

    def contains(self, value: float) -> bool:
        """Whether a correct library may return the value."""
        return bool(self.ball.contains(ball(value)))


class RoundedField:
    """Scalars are `Rounded`; a comparison is decided where rounding cannot change it.

    Args:
        format: of the floats.
    """

    def __init__(self, format: Format) -> None:
        self.format, self.name = format, f"rounded {format.name}"
        self.namespace = RoundedNamespace(self)

    def convert(self, value: Number) -> Rounded:
        """The number of the format that is next to a number."""
        if isinstance(value, Rounded):
            return value
        return Rounded(self.format.result(ball(value)), self.format)

    def function(self, name: str) -> Callable[..., Any]:
        """The elementary functions, off by some units in the last place."""
        if name == "log_softplus":
            raise NotRationalError("log_softplus is composed")
        function, format = elementary(name), self.format
        if name in _EXACT:
            return lambda x: Rounded(function(x.ball), format)
        if name == "sqrt":
            return lambda x: Rounded(format.result(function(x.ball)), format)
        if name == "pi":
            return lambda _: Rounded(format.rounded(function(None)), format)
        return lambda *x: Rounded(format.rounded(function(*(one.ball for one in x)), 2 * ULPS), format)

    def power(self, base: Rounded, exponent: Rounded) -> Rounded:
        """A power, off by some units in the last place."""
        return Rounded(self.format.rounded(_BALLS.power(base.ball, exponent.ball), 2 * ULPS), self.format)

    def compare(self, op: Callable[[Any, Any], Any], a: Number, b: Number) -> Kleene:
        """True or False where it is so for all values, else None."""
        return order(op, a.ball, b.ball)

    def maximum(self, a: Number, b: Number) -> Number:
        """A ball that contains the larger value."""
        return Rounded(arb.max(a.ball, b.ball), self.format)

    def total(self, terms: list[Any]) -> Array:
        """The sum of some scalars in any order."""
        balls = [term.ball for term in terms if not term.ball.is_zero()]
        if len(balls) < 2:
            return Rounded(balls[0] if balls else arb(0), self.format)
        z, size = sum(balls, arb(0)), sum((b.abs_upper() for b in balls), arb(0))
        if not z.is_finite() or size >= self.format.largest:
            return Rounded(arb.nan(), self.format)
        if all(b.is_exact() for b in balls):
            quantum = arb(2) ** min(int(b.mid().man_exp()[1]) for b in balls)
            if size * self.format.u <= quantum and quantum >= self.format.tiny:
                return Rounded(z, self.format)
        lost = len(balls) * (size * self.format.u + self.format.tiny)
        return Rounded(z + _UNIT * lost, self.format)

    def to_float(self, value: Number) -> float:
        """The midpoint as a float."""
        return float(value.ball.mid()) if value.is_finite() else float("nan")


class RoundedNamespace(ExactNamespace):
    """The functions that formulas use, with the branches that they take on floats."""

    exact = False

    def where(self, condition: Array, a: Number, b: Number) -> ExactArray:
        """`a` where the condition holds, `b` where it does not, and both where rounding decides."""

        def pick(truth: Kleene, x: Rounded, y: Rounded) -> Rounded:
            return x if truth else y if truth is False else Rounded(x.ball.union(y.ball), x.format)

        picked = np.frompyfunc(pick, 3, 1)(truth_of(condition).values, self.asarray(a).data, self.asarray(b).data)
        return ExactArray(picked, self.field)

    def asarray(self, value: Number) -> ExactArray:
        """`value` in this arithmetic; a truth that rounding decides is zero or one."""
        if isinstance(value, Truth) and None in value.values.reshape(-1).tolist():
            return self.where(value, 1, 0)
        return super().asarray(value)

    def log_softplus(self, x: Number) -> ExactArray:
        """log(log(1 + exp(x))), with the branches of `NativeNamespace`."""
        x = self.asarray(x)
        far = x < -40  # there it is x up to exp(-40) / 2, which is less than a rounding of x
        near = self.log(self.softplus(self.maximum(x, -40)))
        grown = np.frompyfunc(lambda v: Rounded(v.format.rounded(v.ball), v.format), 1, 1)
        return self.where(far, ExactArray(grown(x.data), self.field), near)

    def cumulative_sum(self, x: Number, axis: int | None = None, include_initial: bool = False) -> Number:
        """The sums of the first one, two, ... elements along an axis, each in any order."""
        slices = self._slices(x, axis)
        slices = [0 * slices[0], *slices] if include_initial and slices else slices
        sums = [self.sum(self.stack(slices[: i + 1]), axis=0) for i in range(len(slices))]
        return self.stack(sums, axis=0 if axis is None else axis)


ROUNDED = {name: RoundedField(format).namespace for name, format in FORMATS.items()}
"""By dtype, the namespace of what floats of that dtype may give."""
