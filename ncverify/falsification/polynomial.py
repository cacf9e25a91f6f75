"""Polynomial identity testing: an identity of polynomials is proved, up to a stated probability, by random points.

If two polynomials of degree D differ, they agree at a point whose coordinates are drawn from a set of size M with
probability at most D / M (Schwartz and Zippel). With M = 2^64 and a few points the error is far below 1e-30. Rational
functions are cleared of their denominators first, which the degree accounts for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ncverify.domain import Domain, Shape
from ncverify.errors import NotPolynomialError, NotRationalError
from ncverify.numbers.degree import DEGREE, Degree
from ncverify.numbers.exact import ExactArray
from ncverify.numbers.rational import RATIONAL
from ncverify.point import Point
from ncverify.statements.types import Identity

_SIZE = 1 << 64
TRIALS = 3


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
    shapes: tuple[Shape, ...]
    counterexample: Point | None = None


def prove_identity(identity: Identity, domain: Domain, *, seed: int = 0, trials: int = TRIALS) -> IdentityTest:
    """The identity tested at random rational points of every shape of the domain.

    Args:
        identity: two sides that are rational functions of the coordinates; its hypotheses must be empty.
        domain: shapes.
        seed: of the points.
        trials: points per shape.

    Raises:
        NotPolynomialError: a side is no rational function of the coordinates.
        ValueError: the identity has hypotheses, which random points would not meet.
    """
    if identity.given:
        raise ValueError(f"{identity.name!r}: an identity under hypotheses is not decided by random points")
    rng = np.random.default_rng(seed)
    degree, shapes = 0, domain.shapes()
    for shape in shapes:
        degree = max(degree, degree_bound(identity, shape))
        for _ in range(trials):
            point = _random_point(shape, rng)
            if not _agree(identity, point):
                return IdentityTest(False, degree, 0.0, tuple(shapes), point)
    error = len(shapes) * (degree / _SIZE) ** trials
    return IdentityTest(True, degree, error, tuple(shapes))


def degree_bound(identity: Identity, shape: Shape) -> int:
    """A bound for the degree of the numerator of left - right.

    Raises:
        NotPolynomialError: a side is no rational function of the coordinates.
    """
    p = _filled(shape, Degree(1, 0))
    bound = 0
    for side in (identity.left, identity.right):
        values = DEGREE.asarray(side(p)).data
        bound = max([bound, *(v.top + v.bottom for v in values.ravel().tolist())])
    return 2 * bound  # left - right over the common denominator


def _filled(shape: Shape, value: Degree) -> Point:
    K, n, d = shape
    W, H = np.full((K, d), value, dtype=object), np.full((d, K * n), value, dtype=object)
    return Point(ExactArray(W, DEGREE.field), ExactArray(H, DEGREE.field))


def _random_point(shape: Shape, rng: np.random.Generator) -> Point:
    K, n, d = shape

    def integers(rows: int, columns: int) -> ExactArray:
        drawn = rng.integers(-(1 << 63), 1 << 63, size=(rows, columns), dtype=np.int64)
        return RATIONAL.asarray(drawn)

    return Point(integers(K, d), integers(d, K * n))


def _agree(identity: Identity, point: Point) -> bool:
    try:
        left, right = (RATIONAL.asarray(side(point)) for side in (identity.left, identity.right))
    except NotRationalError as error:
        raise NotPolynomialError(f"{identity.name!r}: {error}") from error
    if left.shape != right.shape:
        raise ValueError(f"{identity.name!r}: left has shape {left.shape} and right {right.shape}")
    return bool(RATIONAL.all(left == right))
