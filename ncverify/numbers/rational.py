"""Rational arithmetic with square roots of integers and other algebraic numbers: every sign is certain."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
from flint import fmpq, fmpz

from ncverify.errors import NotRationalError
from ncverify.kinds import Number
from ncverify.numbers.algebraic import IRRATIONAL, nth_root, root_of_number
from ncverify.numbers.exact import ExactNamespace

MOST_FLOATS = 64
_LARGEST_POWER, _LARGEST_ROOT = 64, 7
_AS_THEY_ARE = (fmpq, *IRRATIONAL)
_met: dict[tuple[type, float], Any] = {}


@contextmanager
def floats_met() -> Iterator[dict[tuple[type, float], Any]]:
    """The different floats that are read as rationals inside the block, `MOST_FLOATS` of them at most."""
    _met.clear()
    yield _met
    _met.clear()


def note_float(value: Number) -> None:
    """Tells `floats_met` of a float that is read as what it is."""
    if len(_met) < MOST_FLOATS:
        _met[type(value), float(value)] = value


def rational(value: Number) -> Number:
    """The exact rational of a Python or NumPy number; floats are the dyadic fractions that they are.

    Raises:
        NotRationalError: for NaN and infinities.
        TypeError: for anything that is not a real number.

    Example:
        >>> rational(0.5), rational(3)
        (1/2, 3)
    """
    if isinstance(value, _AS_THEY_ARE):  # a tuple: a union of types is made anew at every call
        return value
    if isinstance(value, (int, fmpz)):
        return fmpq(value)
    if isinstance(value, (float, np.floating)):
        note_float(value)
        try:
            return fmpq(*value.as_integer_ratio())
        except (ValueError, OverflowError) as error:
            raise NotRationalError(f"not a finite number: {value}") from error
    if isinstance(value, Fraction):
        return fmpq(value.numerator, value.denominator)
    if hasattr(value, "item") and not isinstance(value, np.inexact):
        return rational(value.item())
    raise TypeError(f"expected a real number, got {type(value).__name__}")


def sign(value: Number) -> int:
    """-1, 0 or 1."""
    if isinstance(value, IRRATIONAL):
        return value.sign()
    return int(value > 0) - int(value < 0)


def _log(value: Number) -> Number:
    if value == 1:
        return fmpq(0)
    raise NotRationalError("log of a rational is not rational")


def _exp(value: Number) -> Number:
    if not isinstance(value, IRRATIONAL) and value == 0:
        return fmpq(1)
    raise NotRationalError("exp of a rational is not rational")


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sqrt": root_of_number,
    "abs": lambda x: x if sign(x) >= 0 else -x,
    "sign": lambda x: fmpq(sign(x)),
    "exp": _exp,
    "log": _log,
    "expm1": lambda x: _exp(x) - 1,
    "log1p": lambda x: _log(1 + x),
}


class RationalField:
    """Scalars are `fmpq`, `Surd` or `Algebraic`; exp and log leave the field except at their trivial points."""

    name = "rational"

    def convert(self, value: Number) -> Number:
        """The exact scalar for a number."""
        return rational(value)

    def function(self, name: str) -> Callable[..., Any]:
        """sqrt, abs, sign, and exp and log at 0 and 1."""
        if name not in _FUNCTIONS:
            raise NotRationalError(f"{name} is not rational")
        return _FUNCTIONS[name]

    def compare(self, op: Callable[[Any, Any], Any], a: Number, b: Number) -> bool:
        """Certain, always."""
        return bool(op(sign(a - b), 0))

    def maximum(self, a: Number, b: Number) -> Number:
        """The larger of two."""
        return a if self.compare(operator.ge, a, b) else b

    def power(self, base: Number, exponent: Number) -> Number:
        """base to an exponent p/q with small p and q; NotRationalError for any other."""
        if isinstance(exponent, IRRATIONAL) or exponent.q > _LARGEST_ROOT or abs(2 * exponent) > _LARGEST_POWER:
            raise NotRationalError("a power that is not rational")
        q = int(exponent.q)
        root = base if q == 1 else root_of_number(base) if q == 2 else nth_root(base, q)
        product = reduce(operator.mul, [root] * abs(int(exponent.p)), fmpq(1))
        return product if exponent >= 0 else 1 / product

    def to_float(self, value: Number) -> float:
        """The nearest float; infinite beyond its range."""
        if isinstance(value, IRRATIONAL):
            return float(value)
        try:
            return float(Fraction(int(value.p), int(value.q)))
        except OverflowError:
            return float("inf") * sign(value)


RATIONAL = ExactNamespace(RationalField())
"""The namespace of rational arithmetic."""


class _ReadableField(RationalField):
    """Rational numbers that may be read as floats: those of points that are shown, never those inside a judgement."""

    readable = True


READABLE = ExactNamespace(_ReadableField())
"""The namespace of exact points that people hold in their hands: `float` and `to_numpy` read them."""
