"""Ball arithmetic: every number is an interval that provably contains the true value.

python-flint's `arb` carries the error bounds; the precision is a context, doubled until a sign is certain.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import flint
import numpy as np
from flint import arb, fmpq

from ncverify.errors import NotRationalError
from ncverify.numbers.exact import ExactNamespace
from ncverify.numbers.rational import rational
from ncverify.numbers.surd import Surd
from ncverify.numbers.truth import Kleene


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Balls carry this many bits inside the block."""
    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before


def ball(value: Any) -> Any:
    """The ball around a number, at the precision in force; infinities and NaN stay what they are.

    Raises:
        TypeError: for anything that is not a real number.
    """
    if isinstance(value, arb):
        return value
    if isinstance(value, Surd):
        return arb(value.a) + arb(value.b) * arb(value.m).sqrt()
    if isinstance(value, float | np.floating) and not math.isfinite(value):
        return {math.inf: arb.pos_inf, -math.inf: arb.neg_inf}.get(float(value), arb.nan)()
    return arb(rational(value))


_SHORT = 24  # bits of a fraction that somebody may have meant exactly
_DOUBT = fmpq(1, 2**51)  # four roundings to nearest


def constant(value: Any) -> Any:
    """The ball that a float constant stands for: what it is, or, where it is the result of rounding, what it may mean.

    0.5, 3.0 and 2**-30 are exact, and so is every float that its shortest decimal names exactly. A float such as 0.1
    or math.sqrt(2) is not the number that its author had in mind: it is taken up to four roundings.

    Raises:
        TypeError: for anything that is not a real number.
    """
    if not isinstance(value, float) or not math.isfinite(value) or _is_meant(float(value)):
        return ball(value)
    exact = rational(value)
    return arb(exact, abs(exact) * _DOUBT)


def _is_meant(value: float) -> bool:
    numerator, _ = value.as_integer_ratio()
    trailing = (numerator & -numerator).bit_length() - 1 if numerator else 0
    return (abs(numerator) >> trailing).bit_length() <= _SHORT or Fraction(repr(value)) == Fraction(value)


def _absolute(x: Any) -> Any:
    return abs(x).nonnegative_part()


def _sign(x: Any) -> Any:
    return arb.nan() if x.is_nan() else x.sgn()


def _log_softplus(x: Any) -> Any:
    """log(log(1 + exp(x))); far left, where exp(x) is beyond every exponent, it is x - [0, 1] exp(x) / 2."""
    bits = 2 * flint.ctx.prec
    if x < -bits:
        return x - arb(fmpq(1, 2), fmpq(1, 2)) * arb(2) ** (-bits)
    return (arb.max(x, arb(0)) + (-_absolute(x)).exp().log1p()).log()


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": arb.exp,
    "log": arb.log,
    "log1p": arb.log1p,
    "expm1": arb.expm1,
    "sqrt": arb.sqrt,
    "abs": _absolute,
    "sign": _sign,
    "tanh": arb.tanh,
    "sin": arb.sin,
    "cos": arb.cos,
    "floor": arb.floor,
    "log_softplus": _log_softplus,
    "pi": lambda _: arb.pi(),
}


class BallField:
    """Scalars are `arb`; a comparison is decided only where it holds for every pair of enclosed values.

    Args:
        name: of the arithmetic.
        convert: from a number to its ball.
    """

    def __init__(self, name: str = "ball", convert: Callable[[Any], Any] = ball) -> None:
        self.name, self.convert = name, convert

    def function(self, name: str) -> Callable[[Any], Any]:
        """The elementary functions."""
        if name not in _FUNCTIONS:
            raise NotRationalError(f"{name} is not available in ball arithmetic")
        return _FUNCTIONS[name]

    def compare(self, op: Callable[[Any, Any], Any], a: Any, b: Any) -> Kleene:
        """True or False where certain, else None."""
        gap = a - b
        if not gap.is_finite():  # the sign of an infinity is known, that of NaN or of an unbounded ball is not
            return bool(op(gap, 0)) if gap > 0 or gap < 0 else None
        if op in (operator.eq, operator.ne):
            equal: Kleene = True if gap.is_zero() else None if gap.contains(0) else False
            return equal if op is operator.eq or equal is None else not equal
        if gap > 0 or gap < 0 or gap.is_zero():
            return bool(op(gap, 0))
        # a ball that touches zero from one side still decides >= or <=
        if (op is operator.ge or op is operator.lt) and gap >= 0:
            return op is operator.ge
        if (op is operator.le or op is operator.gt) and gap <= 0:
            return op is operator.le
        return None

    def maximum(self, a: Any, b: Any) -> Any:
        """A ball that contains the larger value."""
        return arb.max(a, b)

    def to_float(self, value: Any) -> float:
        """The midpoint as a float."""
        if not value.is_finite():
            return float("nan")
        return float(value.mid())


BALL = ExactNamespace(BallField())
"""The namespace of ball arithmetic."""

DOUBTFUL = ExactNamespace(BallField("ball with doubtful constants", constant))
"""The same, with float constants that are results of rounding taken with the doubt that this implies."""
