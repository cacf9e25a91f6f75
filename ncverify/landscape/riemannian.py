"""First and second derivatives of the loss on the sphere: the multiplier, the Riemannian gradient, and two Hessians.

The paper speaks of two Hessians at once and they differ. With P the projection on the tangent space and lambda the
multiplier of (C.4),

    tangent Hessian     P (Hess L) P                   second derivative along straight tangent lines, as in (3.3)
    Riemannian Hessian  P (Hess L) P - lambda P        second derivative along the sphere's geodesics, as in (3.4)

They agree up to the shift lambda, which is negative at separating points: the tangent Hessian is then the smaller one,
because a straight line leaves the sphere outwards.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ncverify.arguments import Pair
from ncverify.kinds import Array
from ncverify.landscape.sphere import combine, flatten, inner, norm, position, project, unflatten
from ncverify.numbers import to_numpy
from ncverify.point import Point, Tangent

Hessian = Callable[[Point, Any], Tangent]


def multiplier(p: Point) -> Any:
    """lambda = <grad L, (W, H)> / rho^2 = 2 <G, WH> / rho^2; zero at W = H = 0. *Source:* (C.4).

    At a critical point of the sphere it is the lambda of (C.4); elsewhere the one with the smallest residual.
    """
    xp, size = p.xp, p.squared_norm
    return 2 * xp.sum(p.logit_gradient * p.logits) / xp.where(size > 0, size, xp.asarray(1))


def riemannian_gradient(p: Point) -> Tangent:
    """grad L - lambda (W, H): the steepest ascent direction within the tangent space."""
    return combine((1, p.gradient), (-multiplier(p), position(p)))


def stationarity_residual(p: Point) -> Any:
    """The norm of the Riemannian gradient: zero exactly at critical points of the sphere, (C.4)."""
    return norm(riemannian_gradient(p), p.xp)


def tangent_hessian(p: Point, direction: Pair) -> Tangent:
    """P (Hess L) P applied to a direction: the Euclidean Hessian restricted to the tangent space.

    Its quadratic form is the second derivative along the straight line of (3.3), which leaves the sphere.

    Args:
        p: the point.
        direction: (U, V) with the shapes of (W, H), or stacks of them; its radial part is ignored.
    """
    return project(p, p.hessian_vector_product(project(p, direction)))


def riemannian_hessian(p: Point, direction: Pair) -> Tangent:
    """P (Hess L) P - lambda P applied to a direction: the second derivative along geodesics of the sphere.

    Args:
        p: the point.
        direction: (U, V) with the shapes of (W, H), or stacks of them; its radial part is ignored.
    """
    v = project(p, direction)
    return combine((1, project(p, p.hessian_vector_product(v))), (-multiplier(p), v))


def rayleigh_quotient(p: Point, direction: Pair, hessian: Hessian = riemannian_hessian) -> Any:
    """<v, Hess v> / <v, v> for the tangent part v of a direction.

    Raises:
        ZeroDivisionError: in exact arithmetic, when the direction is radial; floats give NaN.
    """
    v = project(p, direction)
    return inner(v, hessian(p, v), p.xp) / inner(v, v, p.xp)


def rounding_bound(p: Point, squared_norm: Any = None) -> float:
    """Bound of the rounding error of a Rayleigh quotient: unit roundoff times the sum of the terms' norms.

    The terms are U H + W V, the softmax Jacobian (norm at most 1/2), its pull-back, G and lambda; each entry of a
    product is a sum of at most max(K, d, K n) terms, whose errors add like a square root.

    Args:
        p: the point.
        squared_norm: that of the point, where it is known.
    """
    xp, G = p.xp, p.logit_gradient
    eps = float(xp.library.finfo(p.W.dtype).eps)
    size = float(p.squared_norm if squared_norm is None else squared_norm)
    lam = 2 * float(xp.sum(G * p.logits)) / size
    terms = 2 * min(0.5, float(xp.max(xp.abs(G)))) * size + 2 * float(xp.sqrt(xp.sum(G * G))) + abs(lam)
    return 4 * eps * math.sqrt(max(p.K, p.d, p.N)) * terms


def linear_operator(p: Point, hessian: Hessian = riemannian_hessian) -> Any:
    """The Hessian as scipy.sparse.linalg.LinearOperator on vectors of K*d + d*K*n coordinates.

    The radial direction (W, H) is mapped to zero. The product runs on the point's backend; vectors cross to the host.

    Args:
        p: a point in floats.
        hessian: `riemannian_hessian` or `tangent_hessian`.

    Example:
        >>> from ncverify.collapse import collapsed_point
        >>> linear_operator(collapsed_point(3, 1, 2)).shape
        (12, 12)
    """
    from scipy.sparse.linalg import LinearOperator

    size = p.K * p.d + p.d * p.N

    def columns(X: Array) -> Any:
        rows = p.xp.asarray(np.ascontiguousarray(np.asarray(X, dtype=np.float64).T))
        return to_numpy(flatten(hessian(p, unflatten(_cast(rows, p), p)), p.xp)).T

    def single(x: Array) -> Any:
        return columns(np.reshape(x, (size, 1)))[:, 0]

    return LinearOperator(
        (size, size), matvec=single, rmatvec=single, matmat=columns, rmatmat=columns, dtype=np.float64
    )


def _cast(rows: Array, p: Point) -> Any:
    """Rows on the point's library, dtype and device."""
    library = p.xp.library
    return library.asarray(rows, dtype=p.xp.dtype, device=p.xp.device)


def dense_hessian(p: Point, hessian: Hessian = riemannian_hessian) -> Any:
    """The Hessian as a symmetric NumPy matrix, radial direction mapped to zero; for at most 2,000 coordinates.

    Raises:
        ValueError: the matrix would be larger; use `linear_operator` or `smallest_eigenpair`.
    """
    size = p.K * p.d + p.d * p.N
    if size > LARGEST_DENSE:
        raise ValueError(f"dense_hessian: {size} coordinates ({p.sizes}) exceed {LARGEST_DENSE}; use linear_operator")
    product = linear_operator(p, hessian).matmat
    width = max(1, (1 << 22) // (p.K * p.N))  # columns whose logits together have at most 32 MiB
    A = np.concatenate([product(np.eye(size, min(width, size - i), -i)) for i in range(0, size, width)], axis=1)
    return 0.5 * (A + A.T)


LARGEST_DENSE = 2000
"""The largest number of coordinates for which a square matrix is formed."""
