"""Numbers a + b sqrt(m): the field in which a paper full of sqrt(n) is exact.

`m` is a positive integer without square factors, `a` and `b` are rational, `b` is not zero (otherwise the number is a
plain rational). Two surds meet only over the same m; anything else leaves the field.
"""

from __future__ import annotations

from math import isqrt
from typing import Any

from flint import arb, fmpq, fmpz

from ncverify.errors import NotRationalError

_TRIAL_LIMIT = 1 << 40  # square-free parts of larger integers are not looked for: balls take over


def square_root(x: Any) -> Any:
    """The exact square root of a non-negative rational: a rational, or a surd where its square-free part is small.

    Raises:
        NotRationalError: for a negative argument or a square-free part beyond reach.

    Example:
        >>> square_root(fmpq(9, 4)), square_root(fmpq(2))
        (3/2, 0 + 1 sqrt(2))
    """
    if isinstance(x, Surd):
        raise NotRationalError("the square root of a surd is not a surd")
    if x < 0:
        raise NotRationalError(f"square root of a negative number: {x}")
    # sqrt(p/q) = sqrt(pq)/q
    product = int(x.p * x.q)
    root = isqrt(product)
    if root * root == product:
        return fmpq(root, x.q)
    if product > _TRIAL_LIMIT:
        raise NotRationalError("irrational square root")
    outside, inside = 1, 1
    for prime, power in fmpz(product).factor():
        outside *= int(prime) ** (power // 2)
        inside *= int(prime) ** (power % 2)
    return Surd(fmpq(0), fmpq(outside) / x.q, inside)


def surd(a: Any, b: Any, m: int) -> Any:
    """a + b sqrt(m), as a rational where b is zero."""
    return Surd(a, b, m) if b != 0 else a


class Surd:
    """a + b sqrt(m) with rational a, b and square-free m > 1."""

    __slots__ = ("a", "b", "m")

    def __init__(self, a: Any, b: Any, m: int) -> None:
        self.a, self.b, self.m = a, b, m

    def _parts(self, other: Any) -> tuple[Any, Any]:
        if isinstance(other, Surd):
            if other.m != self.m:
                raise NotRationalError(f"sqrt({self.m}) and sqrt({other.m}) meet")
            return other.a, other.b
        return other, fmpq(0)

    def __add__(self, other: Any) -> Any:
        a, b = self._parts(other)
        return surd(self.a + a, self.b + b, self.m)

    __radd__ = __add__

    def __neg__(self) -> Any:
        return Surd(-self.a, -self.b, self.m)

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return other + (-self)

    def __mul__(self, other: Any) -> Any:
        a, b = self._parts(other)
        return surd(self.a * a + self.b * b * self.m, self.a * b + self.b * a, self.m)

    __rmul__ = __mul__

    def _inverse(self) -> Any:
        norm = self.a * self.a - self.b * self.b * self.m  # not zero: sqrt(m) is irrational
        return surd(self.a / norm, -self.b / norm, self.m)

    def __truediv__(self, other: Any) -> Any:
        return self * (other._inverse() if isinstance(other, Surd) else 1 / fmpq(other))

    def __rtruediv__(self, other: Any) -> Any:
        return self._inverse() * other

    def sign(self) -> int:
        """-1 or 1: a surd with b != 0 is never zero."""
        positive_a, positive_b = self.a >= 0, self.b > 0
        if positive_a == positive_b:
            return 1 if positive_b else -1
        larger_a = self.a * self.a > self.b * self.b * self.m
        return 1 if (positive_a if larger_a else positive_b) else -1

    def __float__(self) -> float:
        root = arb(self.m).sqrt()
        if (self.a > 0) == (self.b > 0) or self.a == 0:
            return float(arb(self.a) + arb(self.b) * root)
        # opposite signs cancel: divide the exact norm by the conjugate instead
        norm = self.a * self.a - self.b * self.b * self.m
        return float(arb(norm) / (arb(self.a) - arb(self.b) * root))

    def __repr__(self) -> str:
        return f"{self.a} + {self.b} sqrt({self.m})"
