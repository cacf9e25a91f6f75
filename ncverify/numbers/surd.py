"""Sums of square roots with rational coefficients: the field in which a paper full of sqrt(n) is exact.

Square roots of different square-free integers are linearly independent over the rationals, so a sum is zero only where
all its coefficients are, and every other sign shows at some precision.
"""

from __future__ import annotations

import re
from math import gcd, isqrt
from typing import Any

from flint import arb, ctx, fmpq, fmpz

from ncverify.errors import NotRationalError
from ncverify.kinds import Array, Number

_TRIAL_LIMIT = 1 << 40  # square-free parts of larger integers are not looked for: balls take over
_MOST_TERMS = 64
_LARGEST_ROOT = 1 << 256
_TERM = re.compile(r"(-?\d+(?:/\d+)?) sqrt\((\d+)\)")


def square_root(x: Number) -> Number:
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
    return surd(fmpq(0), fmpq(outside) / x.q, inside)


def surd(a: Number, b: Number, m: int) -> Number:
    """a + b sqrt(m) for a square-free m > 1, as a rational where b is zero."""
    return _summed({1: a, m: b})


def read_surd(text: str) -> Number:
    """The number that is written as `1/2 + -3 sqrt(2) + 1/3 sqrt(5)`.

    Raises:
        ValueError: the text is no such sum, or a root is beyond reach.

    Example:
        >>> read_surd("1/2 + -3 sqrt(2)")
        1/2 + -3 sqrt(2)
    """
    first, *others = text.split(" + ")
    try:
        total: Any = fmpq(*map(int, first.split("/")))
        for term in others:
            match = _TERM.fullmatch(term)
            if match is None:
                raise ValueError(f"expected a term such as '1/2 sqrt(3)', got {term[:40]!r}")
            total = total + square_root(fmpq(int(match[2]))) * fmpq(*map(int, match[1].split("/")))
    except (NotRationalError, TypeError, ZeroDivisionError) as error:
        raise ValueError(f"expected a sum of square roots, got {text[:40]!r}") from error
    return total


def _summed(roots: dict[int, Any]) -> Array:
    """A sum of roots, as a rational where none is left."""
    left = {m: c for m, c in roots.items() if c != 0}
    if not left or left.keys() == {1}:
        return left.get(1, fmpq(0))
    if len(left) > _MOST_TERMS or max(left) > _LARGEST_ROOT:
        raise NotRationalError(f"a sum of {len(left)} square roots")
    return Surd(left)


class Surd:
    """A sum of c sqrt(m) over square-free m, m = 1 among them, with rational c: irrational, and never zero.

    Args:
        roots: from m to c, none of them zero.
    """

    __slots__ = ("roots",)

    def __init__(self, roots: dict[int, Any]) -> None:
        self.roots = roots

    def __add__(self, other: Number) -> Number:
        roots = dict(self.roots)
        if isinstance(other, Surd):
            for m, c in other.roots.items():
                roots[m] = roots.get(m, 0) + c
            return _summed(roots)
        fraction = _fraction(other)
        if fraction is None:
            return NotImplemented
        roots[1] = roots.get(1, 0) + fraction
        if roots[1] == 0:
            del roots[1]
        return Surd(roots)  # what is irrational stays so

    __radd__ = __add__

    def __neg__(self) -> Number:
        return Surd({m: -c for m, c in self.roots.items()})

    def __sub__(self, other: Number) -> Number:
        return self + (-other)

    def __rsub__(self, other: Number) -> Number:
        return other + (-self)

    def __mul__(self, other: Number) -> Number:
        if not isinstance(other, Surd):
            factor = _fraction(other)
            if factor is None:
                return NotImplemented
            return Surd({m: c * factor for m, c in self.roots.items()}) if factor != 0 else factor
        roots: dict[int, Any] = {}
        for n, d in other.roots.items():
            for m, c in self.roots.items():
                shared = gcd(m, n)  # sqrt(m) sqrt(n) = shared sqrt(mn / shared^2), again square-free
                root = (m // shared) * (n // shared)
                roots[root] = roots.get(root, 0) + c * d * shared
        return _summed(roots)

    __rmul__ = __mul__

    def _inverse(self) -> Number:
        """With sqrt(p) for one p set apart, 1 / (u + v sqrt(p)) = (u - v sqrt(p)) / (u^2 - p v^2), and so on."""
        if len(self.roots) == 1:
            ((m, c),) = self.roots.items()
            return Surd({m: 1 / (m * c)})
        p = _set_apart(self.roots)
        without = _summed({m: c for m, c in self.roots.items() if m % p})
        conjugate = without + without - self
        norm = self * conjugate  # not zero: sqrt(p) is no sum of the other roots
        return conjugate * (norm._inverse() if isinstance(norm, Surd) else 1 / norm)

    def __truediv__(self, other: Number) -> Number:
        if isinstance(other, Surd):
            return self * other._inverse()
        fraction = _fraction(other)
        return NotImplemented if fraction is None else self * (1 / fraction)

    def __rtruediv__(self, other: Number) -> Number:
        return self._inverse() * other

    def __eq__(self, other: object) -> bool:
        if hasattr(other, "polynomial"):
            return NotImplemented  # an `Algebraic` knows
        return isinstance(other, Surd) and self.roots == other.roots

    def __hash__(self) -> int:
        """Of the mean of its conjugates and that of their squares, as that of an equal `Algebraic`."""
        return hash((self.roots.get(1, fmpq(0)), sum((c * c * m for m, c in self.roots.items()), fmpq(0))))

    def ball(self) -> Number:
        """The ball around it at the precision in force."""
        return sum((arb(c) * arb(m).sqrt() for m, c in self.roots.items()), arb(0))

    def _certain(self) -> Number:
        """A ball with at least 53 correct bits, which no sum of roots withholds for ever."""
        before, bits = ctx.prec, 128
        try:
            while True:
                ctx.prec = bits
                enclosure = self.ball()
                if enclosure.rel_accuracy_bits() > 60:
                    return enclosure
                bits *= 2
        finally:
            ctx.prec = before

    def sign(self) -> int:
        """-1 or 1: a surd is never zero."""
        return 1 if self._certain() > 0 else -1

    def __float__(self) -> float:
        return float(self._certain().mid())

    def __repr__(self) -> str:
        terms = [f"{c} sqrt({m})" for m, c in sorted(self.roots.items()) if m != 1]
        return " + ".join([str(self.roots.get(1, 0)), *terms])


def _fraction(other: Number) -> Any:
    """A rational number as fmpq; None for any other, which takes over."""
    try:
        return fmpq(other)
    except TypeError:
        return None


def _set_apart(roots: dict[int, Any]) -> int:
    """An integer above one that divides some of the square-free roots and has no factor in common with the others."""
    p = max(roots)
    for m in roots:
        p = gcd(p, m) if gcd(p, m) > 1 else p
    return p
