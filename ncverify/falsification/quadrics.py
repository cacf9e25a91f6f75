"""Rational points of quadrics near floats: a line through one rational point meets the quadric in another one."""

from __future__ import annotations

from itertools import product
from typing import Any

from flint import fmpq

from ncverify.errors import NotRationalError
from ncverify.numbers.surd import Surd, square_root

_MOST = 6  # unknowns of a quadric
_TRIES = 400  # rational points that are guessed


def rational_point(quadric: Any, x: Any, denominator: int) -> dict[int, Any] | None:
    """Rational coordinates by unknown, on the quadric and near the row x; None where no rational point is known.

    Args:
        quadric: a polynomial of degree two.
        x: a row of floats.
        denominator: of the point at which the line aims.
    """
    unknowns = [v for v, d in enumerate(quadric.degrees()) if d]
    if quadric.total_degree() != 2 or not 2 <= len(unknowns) <= _MOST:
        return None
    base = _some_point(quadric, unknowns, x)
    if base is None:
        return None
    aim = {v: fmpq(round(float(x[v]) * denominator), denominator) for v in unknowns}
    along = {v: aim[v] - base[v] for v in unknowns}
    half, start = _second(quadric, base, along)
    if half == 0:
        return None
    return {v: base[v] - start / half * along[v] for v in unknowns}


def _second(quadric: Any, base: dict[int, Any], along: dict[int, Any]) -> tuple[Any, Any]:
    """The coefficients of t^2 and t of the quadric on the line base + t along."""
    square = slope = fmpq(0)
    for powers, c in quadric.to_dict().items():
        factors = [v for v, p in enumerate(powers) for _ in range(p)]
        if len(factors) == 1:
            slope += c * along[factors[0]]
        if len(factors) == 2:
            a, b = factors
            square += c * along[a] * along[b]
            slope += c * (along[a] * base[b] + base[a] * along[b])
    return square, slope


def _some_point(quadric: Any, unknowns: list[int], x: Any) -> dict[int, Any] | None:
    """The rational point farthest from x of those with small coordinates in all unknowns but one."""
    names, points = quadric.context().names(), []
    for last in unknowns:
        others = [v for v in unknowns if v != last]
        values = [sorted({fmpq(0), fmpq(1), fmpq(-1), fmpq(round(float(x[v])))}, key=str) for v in others]
        for chosen in list(product(*values))[: _TRIES // len(unknowns)]:
            left = quadric.subs({names[v]: value for v, value in zip(others, chosen, strict=True)})
            root = _rational_root(left, last)
            if root is not None:
                points.append(dict(zip(others, chosen, strict=True)) | {last: root})
    if not points:
        return None
    return max(points, key=lambda p: sum((float(int(c.p)) / float(int(c.q)) - x[v]) ** 2 for v, c in p.items()))


def _rational_root(equation: Any, v: int) -> Any | None:
    a = {powers[v]: c for powers, c in equation.to_dict().items()}
    a, b, c = (a.get(i, fmpq(0)) for i in (2, 1, 0))
    if a == 0:
        return None if b == 0 else -c / b
    square = b * b - 4 * a * c
    if square < 0:
        return None
    try:
        root = square_root(square)
    except NotRationalError:
        return None
    return None if isinstance(root, Surd) else (root - b) / (2 * a)
