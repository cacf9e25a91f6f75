"""Statements about variables of one's own whose violations lie at roots, on sets under equalities, or in thin cones.

Each false one stands beside a true one that invites a false alarm in the same way.
"""

from fractions import Fraction
from typing import Any

import numpy as np

from ncverify import ForAll, Implication, Inequality, Optimum, Space, Variable
from ncverify.statements.types import Statement

LINE = Space({}, variables={"x": Variable()})
PLANE = Space({}, variables={"x": Variable(), "y": Variable()})
ROOTS = Space({}, variables={"x": Variable(positive=True), "y": Variable(positive=True)})
UNIT = Space({}, variables={"u": Variable(3, on="sphere"), "v": Variable(3, on="sphere")})
FRAME = Space({}, variables={"Q": Variable(2, 2, on="orthonormal columns")})
SIMPLEX = Space({}, variables={"w": Variable(3, on="simplex")})
SIX = Space({}, variables={"x": Variable(6)})
CONE = Space({}, variables={"x": Variable(3)})
SCALED = Space({}, variables={"x": Variable(), "lam": Variable(positive=True)})

FOUR = Space({}, variables={"x": Variable(4)})
TRIANGLE = Space({}, variables={"U": Variable(3, 2, on="rows on sphere")})

THIRD, TINY = Fraction(1, 3), Fraction(1, 10**7)


def on_the_sphere(p: Any) -> Any:
    return (p.x**2).sum() == 1


def centred_unit(p: Any) -> Any:
    return (p.x.sum() == 0) & on_the_sphere(p)


def largest_cosine(p: Any) -> Any:
    return p.xp.max(p.U @ p.U.T - 10 * p.xp.eye(3))


def inner(p: Any) -> Any:
    return (p.u * p.v).sum()


def root_sum(p: Any) -> Any:
    return p.xp.sqrt(p.x) + p.xp.sqrt(p.y) == 3


def in_a_thin_cone(p: Any) -> Any:
    return (p.x[0] > 10**4 * abs(p.x[1])) & (p.x[2] > 10**4 * abs(p.x[0] - p.x[1]))


def weighted(p: Any) -> Any:
    return p.w[0] ** 2 + 2 * p.w[1] ** 2 + 3 * p.w[2] ** 2


def quartic(p: Any) -> Any:
    return p.x**4 / 4 - p.lam * p.x


FALSE: dict[str, tuple[Space, Statement]] = {
    "a cube root": (
        PLANE,
        Implication("s", premise=lambda p: (p.x**3 == 2 * p.y**3) & (p.y > 0), conclusion=lambda p: p.x <= p.y),
    ),
    "a root of degree five": (LINE, ForAll("s", predicate=lambda p: p.x**5 - p.x - 1 != 0)),
    "roots of roots, strict": (LINE, Inequality("s", slack=lambda p: (p.x**4 - 10 * p.x**2 + 1) ** 2, strict=True)),
    "two equations": (
        PLANE,
        Implication("s", premise=lambda p: (p.x**2 == p.y + 1) & (p.y**2 == p.x + 2), conclusion=lambda p: p.x >= 0),
    ),
    "an equality under square roots": (
        ROOTS,
        Implication("s", premise=root_sum, conclusion=lambda p: p.x + p.y <= 8),
    ),
    "unit vectors at a cosine": (
        UNIT,
        Implication("s", premise=lambda p: inner(p) == THIRD, conclusion=lambda p: 10 * p.u[0] * p.v[0] >= -3),
    ),
    "unit vectors at an irrational cosine": (
        UNIT,
        Inequality("s", slack=lambda p: 9 - 10 * (p.u[0] - p.v[0]), given=[lambda p: 3 * inner(p) ** 2 == 1]),
    ),
    "rotations of trace one": (
        FRAME,
        Implication("s", premise=lambda p: p.Q[0, 0] + p.Q[1, 1] == 1, conclusion=lambda p: p.Q[0, 1] == p.Q[1, 0]),
    ),
    "a minimiser on the simplex": (
        SIMPLEX,
        Optimum("s", objective=weighted, value=lambda p: Fraction(6, 11), conclusion=lambda p: p.w[0] == p.w[1]),
    ),
    "a minimiser at cube roots": (
        SCALED,
        Optimum(
            "s",
            objective=quartic,
            value=lambda p: -Fraction(3, 4) * p.lam ** Fraction(4, 3),
            conclusion=lambda p: p.x <= 2,
        ),
    ),
    "an extreme on a sphere, attained": (
        CONE,
        Implication("s", premise=on_the_sphere, conclusion=lambda p: 27 * (p.x[0] * p.x[1] * p.x[2]) ** 2 < 1),
    ),
    "within 1e-7 of an extreme": (
        FOUR,
        Implication("s", premise=centred_unit, conclusion=lambda p: p.xp.max(p.x) ** 2 < Fraction(3, 4) - TINY),
    ),
    "two squares, strict": (PLANE, Inequality("s", slack=lambda p: (p.x**2 - 2) ** 2 + (p.y**2 - 3) ** 2, strict=True)),
    "three unit vectors, strict": (TRIANGLE, ForAll("s", predicate=lambda p: largest_cosine(p) > Fraction(-1, 2))),
    "one of 720 orders": (
        SIX,
        ForAll("s", predicate=lambda p: (p.xp.argsort(p.x) != np.array([2, 4, 0, 3, 1, 5])).any()),
    ),
    "truth values as numbers": (SIX, ForAll("s", predicate=lambda p: ((p.x > 1) * 1.0 + (p.x > 2)).sum() <= 11)),
    "a thin cone": (CONE, Implication("s", premise=in_a_thin_cone, conclusion=lambda p: p.x[2] <= 10**9 * p.x[1])),
}
TRUE: dict[str, tuple[Space, Statement]] = {
    "a cube root": (
        PLANE,
        Implication("s", premise=lambda p: p.x**3 == 2 * p.y**3, conclusion=lambda p: p.x**6 == 4 * p.y**6),
    ),
    "roots of roots": (
        LINE,
        Implication(
            "s",
            premise=lambda p: (p.x**4 - 10 * p.x**2 + 1 == 0) & (p.x > 3),
            conclusion=lambda p: p.x == p.xp.sqrt(2) + p.xp.sqrt(3),
        ),
    ),
    "an equality under square roots": (
        ROOTS,
        Inequality("s", slack=lambda p: 2 * p.xp.sqrt(p.x) * p.xp.sqrt(p.y) - 9 + p.x + p.y, given=[root_sum]),
    ),
    "unit vectors at a cosine": (
        UNIT,
        Inequality("s", slack=lambda p: ((p.u - p.v) ** 2).sum() - 4 * THIRD, given=[lambda p: inner(p) == THIRD]),
    ),
    "rotations of trace one": (
        FRAME,
        Implication("s", premise=lambda p: p.Q[0, 0] + p.Q[1, 1] == 1, conclusion=lambda p: p.Q[0, 1] == -p.Q[1, 0]),
    ),
    "a minimiser on the simplex": (
        SIMPLEX,
        Optimum("s", objective=weighted, value=lambda p: Fraction(6, 11), conclusion=lambda p: p.w[0] == 2 * p.w[1]),
    ),
    "a minimiser at cube roots": (
        SCALED,
        Optimum(
            "s",
            objective=quartic,
            value=lambda p: -Fraction(3, 4) * p.lam ** Fraction(4, 3),
            conclusion=lambda p: p.x**3 == p.lam,
        ),
    ),
    "an extreme on a sphere, attained": (
        CONE,
        Implication("s", premise=on_the_sphere, conclusion=lambda p: 27 * (p.x[0] * p.x[1] * p.x[2]) ** 2 <= 1),
    ),
    "an extreme, attained": (
        FOUR,
        Implication("s", premise=centred_unit, conclusion=lambda p: p.xp.max(p.x) ** 2 <= Fraction(3, 4)),
    ),
    "three unit vectors": (TRIANGLE, ForAll("s", predicate=lambda p: largest_cosine(p) >= Fraction(-1, 2))),
    "a bound just above a root": (
        Space({}, variables={"lam": Variable(low="0.70710679")}),
        ForAll("s", predicate=lambda p: 2 * p.lam**2 != 1),
    ),
    "an order": (SIX, ForAll("s", predicate=lambda p: (p.x[p.xp.argsort(p.x)] == p.xp.sort(p.x)).all())),
    "a sum of indices": (SIX, ForAll("s", predicate=lambda p: p.xp.sum(p.xp.argsort(p.x)) == 15)),
    "a thin cone": (CONE, Implication("s", premise=in_a_thin_cone, conclusion=lambda p: p.x[2] > 0)),
    "erf is below one": (LINE, Inequality("s", slack=lambda p: 1 - p.xp.erf(p.x), strict=True)),
}
