"""A ball and the expression that it encloses, as a quotient of two sums in a normal form."""

from __future__ import annotations

from collections.abc import Callable

from flint import fmpq

from ncverify.errors import NotRationalError
from ncverify.kinds import Number
from ncverify.numbers.ball import ball
from ncverify.numbers.quotients import MOST, Part, common, crossed, merged
from ncverify.numbers.rational import rational
from ncverify.numbers.terms import ONE, Sum, TooLongError, constant, inverted, multiplied, scaled, sign_of

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
            return signs.pop() if len(signs) == 1 and None not in signs else sign_of(quotient(self)[0])
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


def quotient(a: Form) -> Part:
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
    above, below = quotient(b)
    single = inverted(above)
    if single is not None:
        return merged([(multiplied(multiplied(top, below), single), bottom) for top, bottom in a.parts])
    sign = fmpq(1 if b.enclosure > 0 else -1)  # not zero, since the quotient has bounds
    return merged([crossed(scaled(top, sign), bottom, below, scaled(above, sign)) for top, bottom in a.parts])
