"""Points by what the theorems ask of them: collapsed, feasible, late, critical; the first two are exact."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from ncverify.collapse import collapsed_point, has_balanced_norms, integer_collapsed_point, is_collapsed
from ncverify.domain import Domain, Shape
from ncverify.landscape import direct_sum, merged_classes, partial_simplex, polygon, vanishing_gradient
from ncverify.numbers.rational import RATIONAL
from ncverify.papers.claim import SMALL
from ncverify.point import Point
from properties.strategies.points import FAMILIES, Drawn, points

TAME = tuple(family for family in FAMILIES if family != "badly scaled")
_TURNS = ((1, 0, 1), (3, 4, 5), (-4, 3, 5), (5, 12, 13), (-8, 15, 17))
_SIZES = [Fraction(a, b) for a, b in ((1, 1), (1, 3), (2, 1), (3, 4), (7, 1))]
_COLLAPSIBLE = (Shape(2, 1, 1), Shape(2, 4, 1), Shape(2, 2, 2), Shape(3, 1, 3), Shape(3, 2, 4), Shape(4, 4, 4))
_SQUARE = tuple(shape for shape in _COLLAPSIBLE if shape.n in (1, 4))  # sqrt(q_min) stays within the exact numbers
_LATE = [Shape(2, 2, 1), Shape(3, 1, 2), Shape(3, 2, 3), Shape(4, 1, 2)]
_NOISE = [Fraction(a, 20) for a in (0, 1, -1, 3, -4, 7)]


def any_points(domain: Domain = SMALL, families: tuple[str, ...] = FAMILIES) -> st.SearchStrategy[Point]:
    """Points (W, H) of every family, as float64 NumPy arrays."""
    return points(domain, families).map(_as_point)


def _as_point(drawn: Drawn) -> Point:
    return Point(drawn.W, drawn.H)


@st.composite
def collapsed_points(draw: st.DrawFn, *, balanced: bool = True, shapes: tuple[Shape, ...] = _COLLAPSIBLE) -> Point:
    """Exactly collapsed points: a simplex with rational coordinates, scaled and turned; with |W| = |H|, or without."""
    shape = draw(st.sampled_from(shapes))
    p = integer_collapsed_point(*shape)
    size = draw(st.sampled_from(_SIZES))
    ratio = 1 if balanced else draw(st.sampled_from([Fraction(1, 2), Fraction(3), Fraction(5, 4)]))
    turn = _turned(shape.d, draw(st.sampled_from(_TURNS)))
    return Point(size * ratio * (p.W @ turn), size * (turn.T @ p.H))


def _turned(d: int, turn: tuple[int, int, int]) -> Any:
    """An orthogonal matrix of fractions: a rotation of the first and the last coordinate."""
    matrix = [[Fraction(int(i == j)) for j in range(d)] for i in range(d)]
    if d > 1:
        cosine, sine = Fraction(turn[0], turn[2]), Fraction(turn[1], turn[2])
        matrix[0][0], matrix[0][-1], matrix[-1][0], matrix[-1][-1] = cosine, -sine, sine, cosine
    return RATIONAL.asarray(np.array(matrix, dtype=object))


@st.composite
def feasible_points(draw: st.DrawFn) -> Point:
    """Points with q_min = 1 exactly: collapsed ones with |W| = |H|, moved and scaled."""
    p = draw(collapsed_points(shapes=_SQUARE))
    W, H = (RATIONAL.asarray(_noise(draw, part.shape)) for part in (p.W, p.H))
    moved = Point(p.W + W, p.H + H)
    return with_unit_margin(moved if is_separating(moved) else p)


def optimal_points() -> st.SearchStrategy[Point]:
    """Exactly collapsed points with |W| = |H| and q_min = 1."""
    return collapsed_points(shapes=_SQUARE).map(with_unit_margin)


def with_unit_margin(p: Point) -> Point:
    """The multiple of a separating point with q_min = 1."""
    root = p.xp.sqrt(p.q_min)
    return Point(p.W / root, p.H / root)


def is_separating(p: Point) -> bool:
    """Whether every sample is on its side."""
    return bool(p.q_min > 0)


def _noise(draw: st.DrawFn, shape: tuple[int, ...]) -> Any:
    entries = draw(st.lists(st.sampled_from(_NOISE), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]))
    return np.array(entries, dtype=object).reshape(shape)


@st.composite
def points_below_log_2(draw: st.DrawFn) -> Point:
    """Points with L < log 2, where Theorem 3.2 starts: separating ones, moved and scaled until the loss is there."""
    shape = draw(st.sampled_from(_LATE))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    K, n, d = shape
    angles = 2 * np.pi * np.arange(K) / K
    corners = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    W = collapsed_point(K, n, d).W if d >= K - 1 else corners
    p = Point(W + 0.1 * rng.standard_normal((K, d)), np.repeat(W.T, n, axis=1) + 0.1 * rng.standard_normal((d, K * n)))
    while not (float(p.q_min) > 0 and float(p.loss) < np.log(2)):
        p = Point(1.3 * p.W, 1.3 * p.H) if float(p.q_min) > 0 else Point(p.W + W, p.H + np.repeat(W.T, n, axis=1))
    return p


def saddles() -> st.SearchStrategy[Point]:
    """Critical points of the loss on their spheres, d >= K-1, none optimal; to rounding."""
    families = [
        direct_sum(4, 1, 4, blocks=2, rho=3.0),
        merged_classes(4, 1, 3, blocks=2, rho=1.0),
        partial_simplex(3, 1, 2, active=2, rho=2.0),
        polygon(4, 1, 3, 2.0),
        vanishing_gradient(3, 2, 3, 1.0),
    ]
    return st.sampled_from([family.point for family in families])


def not_optimal_points() -> st.SearchStrategy[Point]:
    """Points with d >= K-1, not the origin, that are not collapsed with |W| = |H|: ordinary ones, and saddles."""
    wide = Domain(K=(2, 3), n=(1, 2), d=(1, 3), where=lambda K, n, d: d >= K - 1)
    ordinary = any_points(wide, ("small", "gaussian", "low rank", "merged classes", "anti-collapsed"))
    return st.one_of(ordinary.filter(_is_ordinary), saddles())


def _is_ordinary(p: Point) -> bool:
    return bool(p.squared_norm > 0) and not bool(is_collapsed(p) & has_balanced_norms(p))
