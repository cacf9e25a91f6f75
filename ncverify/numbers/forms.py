"""Balls that know their expression: where two expressions are the same by the rules of arithmetic, they are equal.

No precision shows that log 4 and 2 log 2 are equal. Here every number carries its ball and, as a quotient of two sums
in a normal form, what it is. A difference whose numerator is empty is zero; every other sign is told by the ball.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any, cast

import numpy as np
from flint import arb, fmpq

from ncverify.errors import NotRationalError
from ncverify.kinds import Number
from ncverify.numbers.ball import BallField
from ncverify.numbers.ball import constant as doubted
from ncverify.numbers.exact import ExactNamespace
from ncverify.numbers.form import Form, form, quotient
from ncverify.numbers.quotients import Part
from ncverify.numbers.rational import rational
from ncverify.numbers.terms import (
    ONE,
    Sum,
    TooLongError,
    added,
    atom,
    constant,
    exponential,
    frozen,
    logarithm,
    root,
    scaled,
    spelled,
)
from ncverify.numbers.truth import Kleene

_BALLS = BallField()
_LARGEST_POWER = 16


def _as_atom(name: str) -> Callable[[Sum, Sum], Part]:
    return lambda top, bottom: (atom(name, frozen(top), frozen(bottom)), ONE)


def _exp(top: Sum, bottom: Sum) -> Part:
    return exponential(top) if bottom == ONE else _as_atom("exp")(top, bottom)


def _log(top: Sum, bottom: Sum) -> Part:
    over = logarithm(top)  # positive, as its ball and its denominator are
    return (over if bottom == ONE else added(over, scaled(logarithm(bottom), fmpq(-1)))), ONE


def _sqrt(top: Sum, bottom: Sum) -> Part:
    return root(top), (bottom if bottom == ONE else root(bottom))


def _of_either_sign(name: str) -> Callable[[Sum, Sum], Part]:
    """sin or cos of a number or of its opposite, as one atom for both."""

    def apply(top: Sum, bottom: Sum) -> Part:
        opposite = scaled(top, fmpq(-1))
        if spelled(frozen(top)) <= spelled(frozen(opposite)):
            return _as_atom(name)(top, bottom)
        value = atom(name, frozen(opposite), frozen(bottom))
        return (value if name == "cos" else scaled(value, fmpq(-1))), ONE

    return apply


_RULES: dict[str, Callable[[Sum, Sum], Part]] = {
    "exp": _exp,
    "log": _log,
    "sqrt": _sqrt,
    "sin": _of_either_sign("sin"),
    "cos": _of_either_sign("cos"),
}


def _erfc(f: Callable[[str], Any], x: Form) -> Form:
    """Of a positive number, which is what tells the sign of 1 - erf."""
    if x.enclosure < 0:
        return 2 - cast("Form", f("erfc")(-x))
    return Form(_BALLS.function("erfc")(x.enclosure), *_as_atom("erfc")(*quotient(x)))


_COMPOSED: dict[str, Callable[[Callable[[str], Any], Form], Form]] = {
    "expm1": lambda f, x: f("exp")(x) - 1,
    "log1p": lambda f, x: f("log")(x + 1),
    "log_softplus": lambda f, x: f("log")(f("log1p")(f("exp")(x))),
    "erf": lambda f, x: f("erfc")(-x) - 1 if x.enclosure < 0 else 1 - f("erfc")(x),
    "erfc": _erfc,
    "tanh": lambda f, x: 1 - 2 / (f("exp")(2 * x) + 1),
}


def _doubtful(value: Number) -> Form:
    """The form of a number; of a float that is the result of rounding only the ball that it stands for."""
    if isinstance(value, float | np.floating):
        enclosure = doubted(value)
        return Form(enclosure, constant(rational(value)) if enclosure.is_exact() and enclosure.is_finite() else None)
    return form(value)


class FormField:
    """Scalars are `Form`s: the comparisons of balls, and equality where the expressions are equal.

    Args:
        name: of the arithmetic.
        convert: from a number to its form.
    """

    def __init__(self, name: str = "ball with expressions", convert: Callable[[Any], Form] = form) -> None:
        self.name, self.convert = name, convert

    def function(self, name: str) -> Callable[..., Any]:
        """The elementary functions, with the rules of exp and log; others are equal where their arguments are."""
        if name == "pi":
            return lambda _: Form(arb.pi(), atom("pi"))
        if name in ("abs", "sign"):
            return self._absolute if name == "abs" else self._sign
        of_ball = _BALLS.function(name)
        if name == "atan2":
            return lambda y, x: Form(of_ball(y.enclosure, x.enclosure))

        def apply(x: Form) -> Form:
            enclosure = of_ball(x.enclosure)
            if x.top is None or not enclosure.is_finite() or (name == "sqrt" and not x.enclosure > 0):
                return Form(enclosure, {} if enclosure.is_zero() else None)
            try:
                if name in _COMPOSED:
                    composed = _COMPOSED[name](self.function, x)
                    return Form(enclosure, composed.top, composed.bottom, *composed.more)
                return Form(enclosure, *_RULES.get(name, _as_atom(name))(*quotient(x)))
            except (TooLongError, NotRationalError):
                return Form(enclosure)

        return apply

    def _absolute(self, x: Form) -> Form:
        if x.is_zero:
            return form(0)
        return x if x > 0 else -x if x < 0 else Form(_BALLS.function("abs")(x.enclosure))

    def _sign(self, x: Form) -> Form:
        return form(0) if x.is_zero else Form(_BALLS.function("sign")(x.enclosure))

    def compare(self, op: Callable[[Any, Any], Any], a: Form, b: Form) -> Kleene:
        """True or False where the expressions or the balls decide it, else None."""
        gap = a - b
        sign = gap.sign()
        return _BALLS.compare(op, gap.enclosure, arb(0)) if sign is None else bool(op(sign, 0))

    def maximum(self, a: Form, b: Form) -> Form:
        """The larger of two; only a ball where that is not decided."""
        larger = self.compare(operator.ge, a, b)
        return Form(arb.max(a.enclosure, b.enclosure)) if larger is None else a if larger else b

    def power(self, base: Form, exponent: Form) -> Form:
        """base to an exponent; small integers by multiplication."""
        enclosure = _BALLS.power(base.enclosure, exponent.enclosure)
        whole = exponent.enclosure.unique_fmpz() if exponent.enclosure.is_exact() else None
        if whole is None or abs(whole) > _LARGEST_POWER or not enclosure.is_finite():
            return Form(enclosure)
        product = reduce(operator.mul, [base] * abs(int(whole)), form(1))
        product = product if whole >= 0 else 1 / product
        return Form(enclosure, product.top, product.bottom, *product.more)

    def to_float(self, value: Form) -> float:
        """The midpoint as a float."""
        return _BALLS.to_float(value.enclosure)


FORMS = ExactNamespace(FormField())
"""The namespace of balls that know their expressions."""

DOUBTFUL_FORMS = ExactNamespace(FormField("ball with expressions and doubtful constants", _doubtful))
"""The same, with float constants taken with the doubt about them."""
