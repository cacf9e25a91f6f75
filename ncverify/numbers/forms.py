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
from ncverify.numbers.ball import BallField, ball
from ncverify.numbers.ball import constant as doubted
from ncverify.numbers.exact import ExactNamespace
from ncverify.numbers.quotients import MOST, Part, common, crossed, merged
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
    inverted,
    logarithm,
    multiplied,
    root,
    scaled,
    sign_of,
    spelled,
)
from ncverify.numbers.truth import Kleene

_BALLS = BallField()
_LARGEST_POWER = 16
_LARGEST_EXPONENT = 1 << 14  # binary, of numbers that are written out


class Form:
    """A ball, and the quotient of sums that it encloses, with a positive denominator; None where that was given up.

    Args:
        enclosure: the ball.
        top: the numerator.
        bottom: the denominator.
        more: further quotients that are added, of other denominators: a common one would be long.
    """

    __slots__ = ("bottom", "enclosure", "more", "top")

    def __init__(self, enclosure: Number, top: Sum | None = None, bottom: Sum = ONE, *more: Part) -> None:
        self.enclosure, self.more = enclosure, more
        if not enclosure.is_finite():  # rules hold for what is defined
            self.top, self.bottom, self.more = None, ONE, ()
        elif (
            top is not None and enclosure.is_exact() and (known := _exact(enclosure)) is not None
        ):  # sin(0) is zero, although no rule says so
            self.top, self.bottom, self.more = constant(known), ONE, ()
        else:
            self.top, self.bottom = top, bottom

    @property
    def is_zero(self) -> bool:
        """Whether it is zero by the rules, or by its ball."""
        return (self.top == {} and not self.more) or self.enclosure.is_zero()

    @property
    def parts(self) -> list[Part]:
        """The quotients whose sum it is.

        Raises:
            TooLongError: it was given up.
        """
        if self.top is None:
            raise TooLongError
        return [(self.top, self.bottom), *self.more]

    def sign(self) -> int | None:
        """-1, 0 or 1 where the rules tell it."""
        try:
            signs = {sign_of(top) for top, _ in self.parts}
            return signs.pop() if len(signs) == 1 and None not in signs else sign_of(_quotient(self)[0])
        except (TooLongError, NotRationalError):
            return None

    def is_finite(self) -> bool:
        """Whether it has bounds."""
        return bool(self.enclosure.is_finite())

    def is_exact(self) -> bool:
        """Whether its ball is one number."""
        return bool(self.enclosure.is_exact())

    def __gt__(self, other: Number) -> bool:
        return bool(self.enclosure > other)

    def __lt__(self, other: Number) -> bool:
        return bool(self.enclosure < other)

    def __add__(self, other: Number) -> Form:
        right = form(other)
        return _known(self.enclosure + right.enclosure, self, right, _sum_of)

    __radd__ = __add__

    def __neg__(self) -> Form:
        if self.top is None:
            return Form(-self.enclosure)
        (top, bottom), *more = ((scaled(top, fmpq(-1)), bottom) for top, bottom in self.parts)
        return Form(-self.enclosure, top, bottom, *more)

    def __sub__(self, other: Number) -> Form:
        return self + (-form(other))

    def __rsub__(self, other: Number) -> Form:
        return form(other) + (-self)

    def __mul__(self, other: Number) -> Form:
        right = form(other)
        return _known(self.enclosure * right.enclosure, self, right, _product_of)

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Form:
        right = form(other)
        return _known(self.enclosure / right.enclosure, self, right, _quotient_of)

    def __rtruediv__(self, other: Number) -> Form:
        return form(other) / self


def _exact(enclosure: Number) -> Number:
    mantissa, exponent = enclosure.mid().man_exp()
    return fmpq(int(mantissa)) * fmpq(2) ** int(exponent) if abs(exponent) < _LARGEST_EXPONENT else None


def form(value: Number) -> Form:
    """A number as a form: rational, a sum of square roots, or whatever a ball can be made of."""
    if isinstance(value, Form):
        return value
    enclosure = ball(value)
    try:
        return Form(enclosure, constant(rational(value)))
    except (NotRationalError, TypeError):
        return Form(enclosure)


def _known(enclosure: Number, a: Form, b: Form, combine: Callable[[Form, Form], list[Part]]) -> Form:
    if a.top is None or b.top is None or not enclosure.is_finite():
        return Form(enclosure)
    try:
        (top, bottom), *more = combine(a, b)
    except (TooLongError, NotRationalError):
        return Form(enclosure)
    return Form(enclosure, top, bottom, *more)


def _quotient(a: Form) -> Part:
    """One quotient, over the common denominator.

    Raises:
        TooLongError: more terms than are worth it, or it was given up.
    """
    return common(a.parts)


def _sum_of(a: Form, b: Form) -> list[Part]:
    return merged(a.parts + b.parts)


def _product_of(a: Form, b: Form) -> list[Part]:
    if len(a.parts) * len(b.parts) > MOST:
        raise TooLongError
    return merged([crossed(*left, *right) for left in a.parts for right in b.parts])


def _quotient_of(a: Form, b: Form) -> list[Part]:
    above, below = _quotient(b)
    single = inverted(above)
    if single is not None:
        return merged([(multiplied(multiplied(top, below), single), bottom) for top, bottom in a.parts])
    sign = fmpq(1 if b.enclosure > 0 else -1)  # not zero, since the quotient has bounds
    return merged([crossed(scaled(top, sign), bottom, below, scaled(above, sign)) for top, bottom in a.parts])


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
    return Form(_BALLS.function("erfc")(x.enclosure), *_as_atom("erfc")(*_quotient(x)))


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
                return Form(enclosure, *_RULES.get(name, _as_atom(name))(*_quotient(x)))
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
