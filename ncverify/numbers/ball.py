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
from ncverify.kinds import Number
from ncverify.numbers.algebraic import IRRATIONAL
from ncverify.numbers.exact import ExactNamespace
from ncverify.numbers.rational import note_float, rational
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


def ball(value: Number) -> Number:
    """The ball around a number, at the precision in force; infinities and NaN stay what they are.

    Raises:
        TypeError: for anything that is not a real number.
    """
    if isinstance(value, arb):
        return value
    if isinstance(value, IRRATIONAL):
        return value.ball()
    if isinstance(value, float | np.floating):
        if not math.isfinite(value):
            return {math.inf: arb.pos_inf, -math.inf: arb.neg_inf}.get(float(value), arb.nan)()
        note_float(value)
        return arb(float(value))
    return arb(rational(value))


_SHORT_DIGITS = 12  # of a decimal that somebody wrote down; a rounded result has 15 to 17
_LITTLE, _COMPUTED, _SINGLE = fmpq(1, 2**51), fmpq(1, 2**30), fmpq(1, 2**20)
_undefined: list[bool] = [False]
_meanings: list[tuple[dict[float, frozenset[Fraction]], bool]] = [({}, False)]


@contextmanager
def undefined_met() -> Iterator[Callable[[], bool]]:
    """A function that tells whether something without a value was compared inside the block."""
    _undefined.append(False)
    try:
        yield lambda: _undefined[-1]
    finally:
        _undefined.pop()


@contextmanager
def meanings(known: dict[float, frozenset[Fraction]], computes: bool) -> Iterator[None]:
    """Inside the block float constants mean what the source of a formula says.

    Args:
        known: from a float to the exact values that are written for it.
        computes: whether the source calls functions of floats; then no float is exact that is not written.
    """
    _meanings.append((known, computes))
    try:
        yield
    finally:
        _meanings.pop()


def constant(value: Number) -> Number:
    """The ball that a float constant stands for: what it is, and everything that it may mean.

    A constant that stands in the source means what is written. Any other float is the result of a computation in
    floats: exact if it is a short dyadic fraction and no function of floats was called, known to four roundings if it
    is a short decimal, and else known to 2^-30 of itself or of one, whichever is larger: what cancelled before is
    not seen. Floats of single precision are known to 2^-20 of that.

    Raises:
        TypeError: for anything that is not a real number.
    """
    if not isinstance(value, float | np.floating) or not math.isfinite(value):
        return ball(value)
    known, computes = _meanings[-1]
    exact = rational(value)
    absorbed = computes and type(value) is float and value.is_integer()  # tanh(30) is 1.0, as somebody may have written
    if float(value) in known and not absorbed and not isinstance(value, np.float32 | np.float16):
        hull = arb(exact)
        for meant in known[float(value)]:
            hull = hull.union(arb(fmpq(meant.numerator, meant.denominator)))
        return hull
    doubt = _doubt(value, exact, computes)
    return arb(exact, doubt) if doubt else arb(exact)


def _doubt(value: Number, exact: Any, computes: bool) -> Number:
    text = repr(float(value))
    digits = len(text.partition("e")[0].replace(".", "").replace("-", "").strip("0"))
    is_array_entry = type(value) is not float  # np.eye and its like; numbers that math computes are floats
    short, dyadic = digits <= _SHORT_DIGITS, Fraction(text) == Fraction(float(value))
    if short and dyadic and (is_array_entry or not (computes or value == 0)):
        return None
    if short and not computes and value != 0:
        return abs(exact) * _LITTLE
    single = isinstance(value, np.float32 | np.float16) or (_bits(float(value)) <= 24 and not short)
    return max(abs(exact), fmpq(1)) * (_SINGLE if single else _COMPUTED)


def _bits(value: float) -> int:
    numerator = abs(value.as_integer_ratio()[0])
    return numerator.bit_length() - ((numerator & -numerator).bit_length() - 1)


def _absolute(x: Number) -> Number:
    return abs(x).nonnegative_part()


def _sign(x: Number) -> Number:
    return arb.nan() if x.is_nan() else x.sgn()


def _log_softplus(x: Number) -> Number:
    """log(log(1 + exp(x))); far left, where exp(x) is beyond every exponent, it is x - [0, 1] exp(x) / 2."""
    bits = 2 * flint.ctx.prec
    if x < -bits:
        return x - arb(fmpq(1, 2), fmpq(1, 2)) * arb(2) ** (-bits)
    return (arb.max(x, arb(0)) + (-_absolute(x)).exp().log1p()).log()


def _trunc(x: Number) -> Number:
    return x.floor() if x >= 0 else x.ceil() if x <= 0 else x.floor().union(x.ceil())


def _rint(x: Number) -> Number:
    """The nearest integer, halves to even; all that may be the nearest where a half lies inside the ball."""
    if x.is_integer():
        return x
    half = x + fmpq(1, 2)
    lower = half.floor()
    if not half.contains_integer():
        return lower
    if half.is_integer():
        return lower - 1 if int(half.unique_fmpz()) % 2 else lower
    return lower.union(lower - 1)


def _atan2(y: Number, x: Number) -> Number:
    return arb.nan() if y.is_nan() or x.is_nan() else arb.atan2(y, x)  # flint's own gives 0 for an ordinate of zero


def _power(x: Number, y: Number) -> Number:
    if not y.is_integer():
        return x**y
    whole = y.unique_fmpz()
    return 0 * x + 1 if whole == 0 else x**whole


_FUNCTIONS: dict[str, Callable[..., Any]] = {
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
    "trunc": _trunc,
    "rint": _rint,
    "erf": arb.erf,
    "erfc": arb.erfc,
    "atan": arb.atan,
    "acos": arb.acos,
    "asin": arb.asin,
    "atanh": arb.atanh,
    "acosh": arb.acosh,
    "asinh": arb.asinh,
    "atan2": _atan2,
    "log_softplus": _log_softplus,
    "pi": lambda _: arb.pi(),
}


def elementary(name: str) -> Callable[..., Any]:
    """The elementary function of that name on balls.

    Raises:
        NotRationalError: there is none.
    """
    if name not in _FUNCTIONS:
        raise NotRationalError(f"{name} is not available in ball arithmetic")
    return _FUNCTIONS[name]


def order(op: Callable[[Any, Any], Any], a: Number, b: Number) -> Kleene:
    """The truth of a comparison for every pair of enclosed values, None where it is not one."""
    gap = a - b
    if gap.is_nan():
        _undefined[-1] = True
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


class BallField:
    """Scalars are `arb`; a comparison is decided only where it holds for every pair of enclosed values.

    Args:
        name: of the arithmetic.
        convert: from a number to its ball.
    """

    def __init__(self, name: str = "ball", convert: Callable[[Any], Any] = ball) -> None:
        self.name, self.convert = name, convert

    def function(self, name: str) -> Callable[..., Any]:
        """The elementary functions."""
        return elementary(name)

    def compare(self, op: Callable[[Any, Any], Any], a: Number, b: Number) -> Kleene:
        """True or False where certain, else None."""
        return order(op, a, b)

    def maximum(self, a: Number, b: Number) -> Number:
        """A ball that contains the larger value."""
        return arb.max(a, b)

    def power(self, base: Number, exponent: Number) -> Number:
        """base to an exponent; undefined for a negative base unless the exponent is an integer."""
        return _power(base, exponent)

    def to_float(self, value: Number) -> float:
        """The midpoint as a float; NaN for a ball without bounds."""
        if not value.is_finite() and not value.is_exact():
            return float("nan")
        return float(value.mid())


class TiedBallField(BallField):
    """Balls of which two that overlap at the precision in use count as equal: what would hold if every tie were one."""

    def compare(self, op: Callable[[Any, Any], Any], a: Number, b: Number) -> Kleene:
        """True or False as for balls, and for equal numbers where that does not tell; None without bounds."""
        known = super().compare(op, a, b)
        return bool(op(0, 0)) if known is None and a.is_finite() and b.is_finite() else known


BALL = ExactNamespace(BallField())
"""The namespace of ball arithmetic."""

DOUBTFUL = ExactNamespace(BallField("ball with doubtful constants", constant))
"""The same, with float constants that are results of rounding taken with the doubt that this implies."""

TIED = ExactNamespace(TiedBallField("ball with ties as equalities"))
"""The namespace of balls with ties as equalities."""
