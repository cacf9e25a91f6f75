"""Real roots of irreducible polynomials over the rationals, told apart by their order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from flint import arb, ctx, fmpq, fmpq_poly


class Root:
    """A real root of an irreducible polynomial over the rationals.

    Args:
        coefficients: of the polynomial, the constant one first and the last one 1.
        index: among the real roots, the smallest of which is 0.
    """

    def __init__(self, coefficients: tuple[Any, ...], index: int) -> None:
        self.coefficients, self.index = coefficients, index
        self.modulus = fmpq_poly(list(coefficients))
        self._balls: dict[int, Any] = {}

    @property
    def degree(self) -> int:
        """Of the polynomial."""
        return len(self.coefficients) - 1

    def ball(self) -> Any:
        """The ball around it at the precision in force."""
        if ctx.prec not in self._balls:
            self._balls[ctx.prec] = real_roots(self.modulus)[self.index]
        return self._balls[ctx.prec]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Root) and (self.coefficients, self.index) == (other.coefficients, other.index)

    def __hash__(self) -> int:
        return hash((tuple(map(str, self.coefficients)), self.index))


def real_roots(polynomial: Any) -> list[Any]:
    """Disjoint balls around the real roots of a squarefree polynomial over the rationals, in increasing order."""
    balls = [root.real for root, _ in sorted(polynomial.numer().complex_roots(), key=_real_part) if root.imag.is_zero()]
    np.add(0.0, 0.0)  # forgets the division by zero by which flint starts, or NumPy would tell of it
    return balls


def _real_part(pair: Any) -> Any:
    mantissa, exponent = pair[0].real.mid().man_exp()
    return fmpq(int(mantissa)) * fmpq(2) ** int(exponent)


def certain(value: Callable[[], Any], enough: Callable[[Any], bool]) -> Any:
    """The value at the first precision at which it is enough."""
    before, bits = ctx.prec, 128
    try:
        while True:
            ctx.prec = bits
            computed = value()
            if enough(computed):
                return computed
            bits *= 2
    finally:
        ctx.prec = before


def height(polynomial: Any) -> int:
    """Bits of the largest numerator or denominator of its coefficients."""
    return max(max(int(c.p).bit_length(), int(c.q).bit_length()) for c in polynomial.coeffs())


def value_at(polynomial: Any, argument: Any) -> Any:
    """A ball around the value of a polynomial at a ball."""
    total: Any = arb(0)
    for c in reversed(polynomial.coeffs()):
        total = total * argument + arb(c)
    return total
