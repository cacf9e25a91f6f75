"""Polynomials beside a float: the real root next to it, and the factor that vanishes there."""

from __future__ import annotations

import math
from typing import Any

from flint import fmpq, fmpq_poly

from ncverify.errors import NotRationalError
from ncverify.numbers.algebraic import roots_of
from ncverify.numbers.rational import RATIONAL
from ncverify.numbers.surd import square_root


def nearest_root(equation: Any, v: int, value: float) -> Any | None:
    """The real root of a polynomial in one unknown that is nearest to a float, None where it has none."""
    return min(_roots(equation, v), key=lambda r: abs(RATIONAL.field.to_float(r) - value), default=None)


def _roots(equation: Any, v: int) -> list[Any]:
    """Real roots of a polynomial in one unknown, those that are too large left out."""
    roots: list[Any] = []
    for factor, _ in equation.factor()[1]:
        a: dict[int, Any] = {powers[v]: c for powers, c in factor.to_dict().items()}
        zero = fmpq(0)
        if max(a) == 1:
            roots.append(-a.get(0, zero) / a[1])
        try:
            roots += _of_a_quadratic(a) if max(a) == 2 else []
        except NotRationalError:  # of integers too large to be split into primes
            roots += _of_any(a)
        roots += _of_any(a) if max(a) > 2 else []
    return roots


def _of_a_quadratic(a: dict[int, Any]) -> list[Any]:
    half, square = a.get(1, fmpq(0)), a.get(1, fmpq(0)) ** 2 - 4 * a[2] * a.get(0, fmpq(0))
    if square < 0:
        return []
    root = square_root(square)
    return [(root - half) / (2 * a[2]), (-root - half) / (2 * a[2])]


def _of_any(a: dict[int, Any]) -> list[Any]:
    try:
        return roots_of(fmpq_poly([a.get(i, 0) for i in range(max(a) + 1)]))
    except NotRationalError:
        return []


def vanishing(factors: list[Any], x: Any) -> Any:
    """The factor that is nearest to zero at a row, in units of its terms."""
    if len(factors) == 1:
        return factors[0]

    def distance(factor: Any) -> float:
        terms = terms_at(factor, x)
        return abs(sum(terms)) / (sum(map(abs, terms)) + 1e-300) if len(terms) > 1 else abs(terms[0])

    return min(factors, key=distance)


def terms_at(polynomial: Any, x: Any) -> list[float]:
    """The terms of a polynomial at a row, in floats.

    Raises:
        ValueError: the row has another number of coordinates than the polynomial has unknowns.
    """
    return [
        RATIONAL.field.to_float(c) * math.prod(float(v) ** int(p) for v, p in zip(x, powers, strict=True) if p)
        for powers, c in polynomial.to_dict().items()
    ]
