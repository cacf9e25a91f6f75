"""The sphere |W|^2 + |H|^2 = rho^2 through a point, and its tangent space (Definition 3.1).

Directions are pairs (U, V) with the shapes of (W, H); several directions at once are stacked in front. Everything is
written for any arithmetic; the Cayley retraction keeps the norm exactly in rational arithmetic.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ncverify.arguments import Classes, Count, Namespace, Pair, Positive, Scalar
from ncverify.kinds import Array, Functions
from ncverify.point import Point, Tangent

_ENTRIES = (-2, -1)


def inner(a: Pair, b: Pair, xp: Namespace) -> Any:
    """tr(A_W' B_W) + tr(A_H' B_H), the inner product of two pairs; batched over leading axes."""
    return xp.sum(a[0] * b[0], axis=_ENTRIES) + xp.sum(a[1] * b[1], axis=_ENTRIES)


def norm(a: Pair, xp: Namespace) -> Any:
    """The Frobenius norm of a pair."""
    return xp.sqrt(inner(a, a, xp))


def combine(*terms: tuple[Any, Any]) -> Tangent:
    """The sum of coefficient * pair over the (coefficient, pair) given."""
    W = sum((c * pair[0] for c, pair in terms[1:]), terms[0][0] * terms[0][1][0])
    H = sum((c * pair[1] for c, pair in terms[1:]), terms[0][0] * terms[0][1][1])
    return Tangent(W, H)


def position(p: Point) -> Tangent:
    """The point as a pair: the outward normal of its sphere, not normalised."""
    return Tangent(p.W, p.H)


def is_tangent(p: Point, direction: Pair) -> Any:
    """Whether tr(W' U) + tr(H' V) = 0. *Source:* Definition 3.1."""
    return inner(position(p), direction, p.xp) == 0


def project(p: Point, direction: Pair) -> Tangent:
    """The tangent part of a direction, its radial part removed; at W = H = 0 the direction itself.

    Args:
        p: the point.
        direction: (U, V) with the shapes of (W, H), or stacks of them.
    """
    xp = p.xp
    radial = inner(position(p), direction, xp) / _positive(p.squared_norm, xp)
    radial = xp.expand_dims(xp.expand_dims(radial, axis=-1), axis=-1)
    return Tangent(direction[0] - radial * p.W, direction[1] - radial * p.H)


def retract(p: Point, direction: Pair, step: Scalar = 1) -> Point:
    r"""The point of the same norm, reached from p along a tangent direction by the Cayley map.

    .. math:: x' = \frac{(1-q) x + s v}{1+q}, \qquad q = \frac{s^2 |v|^2}{4 |x|^2}

    A rational function with |x'| = |x| exactly and x' = x + s v + O(s^2), so it serves exact arithmetic too. The origin
    is its own sphere and stays.

    Args:
        p: the point x.
        direction: tangent at p; a radial part would change the norm.
        step: s.

    Example:
        >>> import numpy as np
        >>> from ncverify import Point
        >>> p = Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -1.0]]))
        >>> q = retract(p, (np.array([[1.0], [1.0]]), np.array([[2.0, 2.0]])), 0.5)
        >>> float(q.squared_norm)
        4.0
    """
    xp = p.xp
    size = p.squared_norm
    moved = xp.where(size > 0, xp.asarray(step), xp.asarray(0))
    q = moved * moved * inner(direction, direction, xp) / (4 * _positive(size, xp))
    W = ((1 - q) * p.W + moved * direction[0]) / (1 + q)
    H = ((1 - q) * p.H + moved * direction[1]) / (1 + q)
    return p.moved(W, H)


def rescale(p: Point, rho: Positive) -> Point:
    """The point on the ray of p at distance rho from the origin.

    Raises:
        ValueError: p is the origin, or rho is negative.
    """
    p = without_gradient(p)
    size = float(p.xp.sqrt(p.squared_norm))
    if not (size > 0 and rho >= 0):
        raise ValueError(f"rescale: expected a point other than the origin and rho >= 0, got norm {size}, rho {rho}")
    return p.moved(p.W * (rho / size), p.H * (rho / size))


def without_gradient(p: Point) -> Point:
    """The point cut off from PyTorch's graph, where it is on one: for what no gradient goes through."""
    if getattr(p.W, "requires_grad", False) or getattr(p.H, "requires_grad", False):
        return p.map(lambda array: array.detach())
    return p


def random_point(K: Classes, n: Count, d: Count, rho: Positive, rng: np.random.Generator) -> Point:
    """A point drawn uniformly from the sphere of radius rho, NumPy float64."""
    return rescale(Point(rng.standard_normal((K, d)), rng.standard_normal((d, K * n))), rho)


def flatten(direction: Array, xp: Functions) -> Any:
    """The coordinates of a pair as one vector, W before H, row by row; stacks of pairs give rows."""
    lead = tuple(direction[0].shape[:-2])
    rows = [xp.reshape(part, (*lead, part.shape[-2] * part.shape[-1])) for part in direction]
    return xp.concat(rows, axis=len(lead))


def unflatten(vector: Array, p: Point) -> Tangent:
    """The pair of a coordinate vector; rows of a matrix give stacks."""
    xp, split, lead = p.xp, p.K * p.d, tuple(vector.shape[:-1])
    U, V = vector[..., :split], vector[..., split:]
    return Tangent(xp.reshape(U, (*lead, p.K, p.d)), xp.reshape(V, (*lead, p.d, p.N)))


def _positive(size: Any, xp: Functions) -> Any:
    """The size itself, or one where it is zero: at the origin there is no radial direction."""
    return xp.where(size > 0, size, xp.asarray(1))
