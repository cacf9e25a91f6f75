"""Polynomial identity testing: an identity of polynomials is proved, up to a stated probability, by random points.

If two polynomials of degree D differ, they agree at a point whose coordinates are drawn from a set of size M with
probability at most D / M (Schwartz and Zippel). With M = 2^192 one point of each shape is enough for an error far below
1e-30. Rational
functions are cleared of their denominators first, which the degree accounts for.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import fmpq

from ncverify.errors import NotPolynomialError, NotRationalError
from ncverify.falsification import layouts
from ncverify.numbers.degree import DEGREE, Degree
from ncverify.numbers.exact import ExactArray
from ncverify.numbers.rational import RATIONAL
from ncverify.space import charts
from ncverify.space.layout import Layout
from ncverify.statements.types import Identity

_WORDS = 3  # of 64 bits, in a coordinate: one point costs a third of three with coordinates of one word
_SIZE = 1 << (64 * _WORDS)
_PARTS = 64  # of a set that are all tested


@dataclass(frozen=True)
class IdentityTest:
    """Outcome of testing an identity over some shapes.

    Attributes:
        holds: whether the two sides agreed at every point.
        degree: the largest degree bound of the difference of the two sides.
        error_probability: an upper bound for the probability that a false identity passed, over all shapes.
        shapes: the shapes that were tested.
        counterexample: a rational point at which the sides differ, or None.
    """

    holds: bool
    degree: int
    error_probability: float
    shapes: tuple[layouts.AnyShape, ...]
    counterexample: Any = None


def prove_identity(identity: Identity, domain: layouts.Over, *, seed: int = 0) -> IdentityTest:
    """The identity tested at a random rational point of every shape of the domain.

    Args:
        identity: two sides that are rational functions of the coordinates; its hypotheses must be empty.
        domain: shapes.
        seed: of the points.

    Raises:
        NotPolynomialError: a side is no rational function of the coordinates, or the variables range over a set of more
            than 64 parts.
        ValueError: the identity has hypotheses, which random points would not meet.
    """
    if identity.given:
        raise ValueError(f"{identity.name!r}: an identity under hypotheses is not decided by random points")
    rng = np.random.default_rng(seed)
    degree, shapes = 0, domain.shapes()
    for shape in shapes:
        layout = layouts.layout_of(domain, shape)
        degree = max(degree, degree_bound(identity, layout))
        for signs in _parts(identity, layout):
            point = _random_point(layout, signs, rng)
            if not _agree(identity, point):
                return IdentityTest(False, degree, 0.0, tuple(shapes), point)
    error = len(shapes) * degree / _SIZE
    return IdentityTest(True, degree, error, tuple(shapes))


def degree_bound(identity: Identity, layout: Layout) -> int:
    """A bound for the degree of the numerator of left - right.

    Raises:
        NotPolynomialError: a side is no rational function of the coordinates.
    """
    p = _point(layout, np.full(layout.size, Degree(1, 0), dtype=object), DEGREE)
    bound = 0
    for side in (identity.left, identity.right):
        values = DEGREE.asarray(side(p)).data
        bound = max([bound, *(v.top + v.bottom for v in values.ravel().tolist())])
    return 2 * bound  # left - right over the common denominator


def is_polynomial(functions: Callable[[Any], Any], layout: Layout) -> bool:
    """Whether a function of a point to a list of arrays is polynomial in the coordinates, without a divisor."""
    p = _point(layout, np.full(layout.size, Degree(1, 0), dtype=object), DEGREE)
    try:
        values = [v for array in functions(p) for v in DEGREE.asarray(array).data.ravel().tolist()]
    except NotPolynomialError:
        return False
    return all(getattr(v, "bottom", 0) == 0 for v in values)


def _parts(identity: Identity, layout: Layout) -> list[dict[int, int]]:
    """Signs by coordinate, one choice for each part of the set that the variables range over.

    Orthogonal matrices of either determinant: an identity may hold on one part and fail on another, and random points
    would miss the other with a probability of a half each.
    """
    places = [b.start + i for b in layout.blocks for i in charts.signs(b.variable.on, b.shape)]
    if 2 ** len(places) > _PARTS:
        raise NotPolynomialError(f"{identity.name!r}: its variables range over a set of 2^{len(places)} parts")
    return [dict(zip(places, signs, strict=True)) for signs in itertools.product((1, -1), repeat=len(places))]


def _random_point(layout: Layout, signs: dict[int, int], rng: np.random.Generator) -> Any:
    row = np.empty(layout.size, dtype=object)
    words = rng.integers(0, 1 << 64, size=(layout.size, _WORDS), dtype=np.uint64).tolist()
    row[:] = [fmpq(sum(word << (64 * i) for i, word in enumerate(entry)) - _SIZE // 2) for entry in words]
    for place, sign in signs.items():
        row[place] = sign * abs(row[place])
    return _point(layout, row, RATIONAL)


def _point(layout: Layout, row: np.ndarray, xp: Any) -> Any:
    """The point of exact free coordinates; intervals are left out: an identity of polynomials holds beyond them."""
    values = {}
    for block in layout.blocks:
        free = ExactArray(row[block.start : block.stop].reshape(block.free), xp.field)
        values[block.name] = free if block.variable.on is None else block.value(free, xp)
    return layout.trusted(values, like=xp.ones(()))


def _agree(identity: Identity, point: Any) -> bool:
    try:
        left, right = (RATIONAL.asarray(side(point)) for side in (identity.left, identity.right))
    except NotRationalError as error:
        raise NotPolynomialError(f"{identity.name!r}: {error}") from error
    if left.shape != right.shape:
        raise ValueError(f"{identity.name!r}: left has shape {left.shape} and right {right.shape}")
    return bool(RATIONAL.all(left == right))
