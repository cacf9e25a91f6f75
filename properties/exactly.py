"""One predicate at one point, decided without rounding: what the theorems that are written out assert."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ncverify.falsification.exact import judge
from ncverify.point import Point
from ncverify.statements.types import ForAll

BITS = 512


def holds(predicate: Callable[[Point], Any], point: Point) -> bool:
    """Whether a predicate is true at a point, in rational arithmetic where that suffices, else in balls.

    Floats are the fractions that they are. Two sides that 512 bits do not tell apart count as equal.

    Args:
        predicate: a comparison, written with `p` and `p.xp`.
        point: floats or exact coordinates.
    """
    return not judge(ForAll("as written", predicate), point, last_bits=BITS).violated


def like(point: Point, p: Point) -> Point:
    """An exact point in the arithmetic of p, to be compared with p inside a predicate."""
    return Point(p.xp.asarray(point.W.data), p.xp.asarray(point.H.data))
