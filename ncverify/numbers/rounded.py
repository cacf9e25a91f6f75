"""What floats of a format may give: balls that grow by a unit roundoff with every operation.

**The bound of every comparison with a float backend stands here and nowhere else.** A number of this arithmetic is a
ball that contains the true value and every value that a correct library can return, whatever the order of its sums.
Operations follow the standard model of rounding with the unit roundoff u of the format:

- `+ - * /` are correctly rounded (IEEE 754): off by u times the result, and by nothing where the exact result is a
  number of the format;
- the square root is off by less than a unit in the last place, 2 u, and by nothing where it is a number of the format:
  NumPy rounds it correctly, and PyTorch on the CPU takes it from MKL, whose vector functions do not (up to 0.75 units);
- where a library divides by multiplying with the rounded reciprocal, as XLA and CUDA do with a divisor that is one
  number (`divides_by_reciprocals`), a quotient is off by three roundings, and by nothing for powers of two;
- a sum of m terms that are not zero, in any order: off by m u times the sum of their sizes, and by nothing where all
  terms are multiples of one quantum of which a sum of their sizes is less than 1/u;
- elementary functions: off by `ULPS` units in the last place, 2 u each. Libraries document one to four.
  Where division is as in XLA, sinh and cosh are off by a rounding of their argument, too: XLA computes exp(x - log 2);
- a result below the smallest normal number may be flushed to zero; one beyond the largest is not known.

What is composed of these (matrix products, means, `logsumexp`, ...) is composed here as in `NativeNamespace`. Balls do
not know that two operands hang together, so a radius is a bound for the worst case: the size of the terms that met,
times u, times the number of roundings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from flint import arb

from ncverify.errors import NotRationalError
from ncverify.kinds import Array, Number
from ncverify.numbers import rounded_matrices
from ncverify.numbers.ball import BallField, ball, elementary, order
from ncverify.numbers.exact import ExactArray, ExactNamespace
from ncverify.numbers.formats import FORMATS, Format, Rounded
from ncverify.numbers.linalg import Linalg
from ncverify.numbers.truth import Kleene, Truth, truth_of

ULPS = 4
_BALLS = BallField()
_EXACT = frozenset({"abs", "sign", "floor", "trunc", "rint"})  # no rounding at all


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
            return lambda x: Rounded(format.root(function(x.ball)), format)
        if name == "pi":
            return lambda _: Rounded(format.rounded(function(None)), format)
        return lambda *x: Rounded(format.rounded(function(*(v.ball for v in x)), 2 * ULPS), format)

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
        balls = [b for term in terms if not (b := term.ball).is_zero()]
        if len(balls) < 2:
            return Rounded(balls[0] if balls else arb(0), self.format)
        return Rounded(self.format.total(balls), self.format)

    def to_float(self, value: Number) -> float:
        """The midpoint as a float."""
        return float(value.ball.mid()) if value.is_finite() else float("nan")


class RoundedNamespace(ExactNamespace):
    """The functions that formulas use, with the branches that they take on floats."""

    exact = False

    @property
    def linalg(self) -> Linalg:
        """Norms, products, inverses, ranks and spectra, with what libraries may make of them."""
        return Linalg(self, rounded_matrices)

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

    def hypot(self, a: Array, b: Array) -> ExactArray:
        """The square root of a^2 + b^2, an elementary function of libraries, which scale before they square."""
        grown = np.frompyfunc(lambda v: Rounded(v.format.rounded(v.ball, 2 * ULPS), v.format), 1, 1)
        return ExactArray(np.asarray(grown(super().hypot(a, b).data), dtype=object), self.field)

    def sinh(self, x: Array) -> ExactArray:
        """The hyperbolic sine, of a rounded argument where the library is of XLA's kind."""
        return self._of_rounded(super().sinh(x), x)

    def cosh(self, x: Array) -> ExactArray:
        """The hyperbolic cosine, likewise."""
        return self._of_rounded(super().cosh(x), x)

    def _of_rounded(self, values: Array, x: Array) -> ExactArray:
        def grown(v: Rounded, a: Rounded) -> Rounded:
            if not v.format.reciprocals:
                return v
            return Rounded(v.format.rounded(v.ball, 2 * (abs(a.ball) + 1)), v.format)  # exp of (|x| + 1) u

        return ExactArray(np.asarray(np.frompyfunc(grown, 2, 1)(values.data, self.asarray(x).data), object), self.field)

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
"""By dtype, the namespace of what floats of that dtype may give where division is correctly rounded."""

_RECIPROCALS = {name: RoundedField(replace(format, reciprocals=True)).namespace for name, format in FORMATS.items()}


def divides_by_reciprocals(xp: Any) -> bool:
    """Whether the library of a native namespace may divide by multiplying with a rounded reciprocal.

    JAX does on every device (XLA rewrites a division by one number), PyTorch on every device but the CPU.
    """
    return xp.library.__name__.startswith("jax") or not str(xp.device).lower().startswith("cpu")


def rounded_like(xp: Any) -> RoundedNamespace:
    """The namespace of what a native namespace may give.

    Args:
        xp: of the arrays of a library, float64 or float32.
    """
    models = _RECIPROCALS if divides_by_reciprocals(xp) else ROUNDED
    return models[str(xp.dtype).rpartition(".")[2]]
