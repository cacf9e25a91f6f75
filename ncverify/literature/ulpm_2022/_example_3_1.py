r"""The points of Example 3.1, in any arithmetic: the example, its multipliers, and the curve through it.

Nothing here depends on the point that a statement is evaluated at, except for the number alpha on the curve.
"""

from __future__ import annotations

from ncverify.domain import Domain
from ncverify.kinds import Array, Functions, Number
from ncverify.point import Point, Tangent
from ncverify.space import Space, Variable
from ncverify.statements.types import Function, Identity

EXAMPLE = ((1, -1, 0, 0), (-1, 1, 0, 0), (0, 0, 1, -1), (0, 0, -1, 1))
"""W = H as printed."""

PRINTED_MULTIPLIERS = ((0, 0, 1, 1), (0, 0, 1, 1), (1, 1, 0, 0), (1, 1, 0, 0))
"""2 Lambda as printed; lambda_ij belongs to class i against class j."""

ALONG_CURVE = Space(variables={"alpha": Variable()})
"""The numbers alpha; statements about the example alone do not depend on them."""

FOUR_CLASSES = Domain(K=4, n=1, d=4)


def matrix(rows: Array, xp: Functions) -> Array:
    """Integer rows as an array."""
    return xp.asarray([list(row) for row in rows])


def example(xp: Functions) -> Point:
    """(W, H) of Example 3.1."""
    return Point.trusted(matrix(EXAMPLE, xp), matrix(EXAMPLE, xp))


def kkt_point(xp: Functions) -> Point:
    """(W, H) / sqrt(2), which is claimed to be a KKT point of (3.1)."""
    p = example(xp)
    root = xp.sqrt(xp.asarray(2))
    return Point.trusted(p.W / root, p.H / root)


def multipliers(xp: Functions) -> Array:
    """Lambda as multipliers: lambda_ij in row j and column i (n = 1), shape (4, 4)."""
    return matrix(PRINTED_MULTIPLIERS, xp).T / 2


def vanishes(name: str, left: Function) -> Identity:
    """The identity left = 0, for numbers and arrays."""
    return Identity(name, left=left, right=lambda p: left(p) * 0)


# --- the curve ------------------------------------------------------------------------------------------------------


def _directions(xp: Functions) -> tuple[Array, Array]:
    """The coefficients of alpha in sqrt(1 + 2 alpha^2) W' and H'."""
    ones = xp.ones((2, 2))
    top, bottom = xp.concat([ones, ones], axis=1), xp.concat([-ones, -ones], axis=1)
    U = xp.concat([top, bottom], axis=0)
    return U, U.T


def unscaled_curve(alpha: Number, xp: Functions) -> Point:
    """sqrt(1 + 2 alpha^2) (W', H')."""
    p, (U, V) = example(xp), _directions(xp)
    return Point.trusted(p.W + alpha * U, p.H + alpha * V)


def curve(alpha: Number, xp: Functions) -> Point:
    """(W', H') as printed."""
    p = unscaled_curve(alpha, xp)
    factor = 1 / xp.sqrt(1 + 2 * alpha * alpha)
    return Point.trusted(factor * p.W, factor * p.H)


def velocity(alpha: Number, xp: Functions) -> Tangent:
    """d(W', H') / d alpha."""
    p, (U, V) = unscaled_curve(alpha, xp), _directions(xp)
    s = 1 + 2 * alpha * alpha
    factor, slope = 1 / xp.sqrt(s), -2 * alpha / (s * xp.sqrt(s))
    return Tangent(slope * p.W + factor * U, slope * p.H + factor * V)


def acceleration(alpha: Number, xp: Functions) -> Tangent:
    """d^2(W', H') / d alpha^2."""
    p, (U, V) = unscaled_curve(alpha, xp), _directions(xp)
    s = 1 + 2 * alpha * alpha
    root = xp.sqrt(s)
    slope, bend = -2 * alpha / (s * root), (12 * alpha * alpha / s - 2) / (s * root)
    return Tangent(bend * p.W + 2 * slope * U, bend * p.H + 2 * slope * V)


def _inner(left: Point | Tangent, right: Point | Tangent, xp: Functions) -> Number:
    return xp.sum(left.W * right.W) + xp.sum(left.H * right.H)


def loss_slope(alpha: Number, xp: Functions) -> Number:
    """f'(alpha) for f(alpha) = L(W', H'), by the chain rule."""
    return _inner(curve(alpha, xp).gradient, velocity(alpha, xp), xp)


def loss_curvature(alpha: Number, xp: Functions) -> Number:
    """f''(alpha): the Hessian along the velocity, and the gradient along the acceleration."""
    p, v = curve(alpha, xp), velocity(alpha, xp)
    return _inner(v, p.hessian_vector_product(v), xp) + _inner(p.gradient, acceleration(alpha, xp), xp)
