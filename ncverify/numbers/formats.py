"""Binary floating formats, and balls that round: the standard model that `numbers.rounded` writes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flint import arb

from ncverify.kinds import Array, Number
from ncverify.numbers.ball import ball

_UNIT = arb(0, 1)


@dataclass(frozen=True)
class Format:
    """A binary floating format.

    Args:
        name: of the dtype.
        digits: binary digits of the significand.
        least: exponent of the smallest normal number.
        most: exponent of the first power of two that is too large.
        reciprocals: whether a / b may be a times the rounded 1 / b, and sinh and cosh those of a rounded argument.
    """

    name: str
    digits: int
    least: int
    most: int
    reciprocals: bool = False
    u: Any = field(init=False, compare=False, repr=False)
    tiny: Any = field(init=False, compare=False, repr=False)
    largest: Any = field(init=False, compare=False, repr=False)
    least_number: Any = field(init=False, compare=False, repr=False)
    flushed: Any = field(init=False, compare=False, repr=False)
    once: Any = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        two = arb(2)
        numbers = {"u": two**-self.digits, "tiny": two**self.least, "largest": two**self.most}
        numbers["least_number"], numbers["flushed"] = -numbers["largest"], _UNIT * numbers["tiny"]
        numbers["once"] = 1 + _UNIT * numbers["u"]
        for name, number in numbers.items():
            object.__setattr__(self, name, number)

    def has(self, z: Array) -> bool:
        """Whether a ball is a single number of this format, zero or normal."""
        if z.is_zero():
            return True
        if not z.is_exact() or not z.is_finite() or not self.tiny <= abs(z) < self.largest:
            return False
        return int(z.mid().man_exp()[0]).bit_length() <= self.digits

    def rounded(self, z: Array, roundings: Number = 1) -> Any:
        """The ball with what some roundings of its values may add: each is a factor between 1 - u and 1 + u."""
        if z.is_zero():
            return z
        if not self.least_number < z < self.largest:  # too large, without bounds, or undefined
            return arb.nan()
        return z * (self.once if roundings == 1 else 1 + _UNIT * (roundings * self.u)) + self.flushed

    def result(self, z: Array) -> Any:
        """The ball of a correctly rounded result."""
        if z.is_exact() and self.has(z):
            return z
        if not self.least_number < z < self.largest:
            return arb.nan()
        return z * self.once + self.flushed

    def root(self, z: Array) -> Any:
        """The ball of a square root, off by less than a unit in the last place."""
        return z if z.is_exact() and self.has(z) else self.rounded(z, 2)

    def quotient(self, a: Array, b: Array) -> Any:
        """The ball of a quotient."""
        z = a / b
        if not self.reciprocals or (b.is_exact() and abs(int(b.mid().man_exp()[0])) == 1):
            return self.result(z)
        # 1 / b of a larger divisor is below the smallest normal number: zero where such are flushed
        return self.rounded(z, 3) if b.abs_upper() * self.tiny < 1 else arb.nan()

    def total(self, balls: list[Any]) -> Any:
        """The sum of two or more balls in any order."""
        if all(b.is_exact() for b in balls) and (z := self._exact_total(balls)) is not None:
            return z
        roundings = len(balls)
        factor, terms = 1 + _UNIT * (roundings * self.u), iter(balls)
        z = next(terms) * factor
        for b in terms:
            z += b * factor
        if not z.rad() < roundings * self.u * self.largest:  # the radius bounds what the sizes of the terms sum to
            return arb.nan()
        return z + roundings * self.flushed

    def _exact_total(self, balls: list[Any]) -> Any:
        """The sum where no order rounds, else None."""
        z, size = sum(balls, arb(0)), sum((abs(b) for b in balls), arb(0))
        if not size < self.largest:
            return None
        quantum = arb(2) ** min(int(b.mid().man_exp()[1]) for b in balls)
        return z if size * self.u <= quantum and quantum >= self.tiny else None


FORMATS = {"float64": Format("float64", 53, -1022, 1024), "float32": Format("float32", 24, -126, 128)}


class Rounded:
    """A ball with its format; operators round."""

    __slots__ = ("ball", "format")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Number, format: Format) -> None:
        self.ball, self.format = value, format

    def __add__(self, other: Rounded) -> Rounded:
        return Rounded(self.format.result(self.ball + other.ball), self.format)

    def __sub__(self, other: Rounded) -> Rounded:
        return Rounded(self.format.result(self.ball - other.ball), self.format)

    def __mul__(self, other: Rounded) -> Rounded:
        z = self.ball * other.ball
        return Rounded(self.format.result(z.nonnegative_part() if self is other and z.is_finite() else z), self.format)

    def __truediv__(self, other: Rounded) -> Rounded:
        return Rounded(self.format.quotient(self.ball, other.ball), self.format)

    def __neg__(self) -> Rounded:
        return Rounded(-self.ball, self.format)

    def is_finite(self) -> bool:
        """Whether bounds are known."""
        return bool(self.ball.is_finite())

    def contains(self, value: float) -> bool:
        """Whether a correct library may return the value."""
        return bool(self.ball.contains(ball(value)))
