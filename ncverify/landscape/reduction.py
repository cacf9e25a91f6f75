r"""The Riemannian Hessian with its feature directions eliminated: a small operator on the directions U of W alone.

The block of the Hessian that belongs to H is block diagonal, one d x d block W' J_c W - lambda per sample, with
J_c = diag(p_c) - p_c p_c'. For a level mu < -lambda let t = -(lambda + mu) > 0. Minimising the form of (Hess - mu) over
the feature directions V in closed form leaves, with B_c = (J_c W W' + t)^{-1} J_c,

.. math::
    S_t[U] = t |U|^2 - \tfrac1t |G' U|^2 + \tfrac1t \sum_c (t\,U h_c - W U' g_c)' B_c\, (t\,U h_c - W U' g_c)

plus a rank-one term for the tangency constraint. By Sylvester's law the Riemannian Hessian has as many tangent
eigenvalues below mu as S_t has below zero, and mu is its smallest eigenvalue exactly when that of S_t is zero. S_t has
K*d unknowns instead of K*d + d*K*n, and its product takes two products with H instead of six.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ncverify.arguments import Real
from ncverify.kinds import Array, Functions
from ncverify.landscape.riemannian import multiplier
from ncverify.model import own_class_mask
from ncverify.point import Point, Tangent

LARGEST_CURVATURES = 1 << 25
"""The largest number of entries of all B_c together, 256 MiB in float64."""


@dataclass(frozen=True)
class Reduction:
    """S_t at one point and one t.

    Attributes:
        p: the point, in floats.
        t: -(lambda + mu), positive; mu is the level at which the Hessian is examined.
        B: B_c of every sample, shape (K, K, K*n).
        gram: G G', shape (K, K).
        constraint: the vector s of the tangency term, shape (K, d).
        stiffness: the number gamma of the tangency term s s' / gamma.
    """

    p: Point
    t: float
    B: Any
    gram: Any
    constraint: Any
    stiffness: Any

    def __call__(self, U: Array) -> Any:
        """S_t applied to U, shape (K, d), or to a stack of such."""
        p, t = self.p, self.t
        R = self._response(U)
        back = self.gram @ U + (p.logit_gradient @ R.mT) @ p.W
        out = t * U - back / t + R @ p.H.T
        return out + _times(self._tangency(U) / self.stiffness, self.constraint, p.xp)

    def features(self, U: Array) -> Any:
        """The feature directions V that minimise the form for this U, tangency included; shape (d, K*n)."""
        p, t = self.p, self.t
        V = -(U.mT @ p.logit_gradient + p.W.T @ self._response(U)) / t
        pull = (p.H - p.W.T @ self._curvature(p.logits)) / t
        return V - _times(self._tangency(U) / self.stiffness, pull, p.xp)

    def direction(self, U: Array) -> Tangent:
        """The tangent direction (U, V) with the minimising V."""
        return Tangent(U, self.features(U))

    def _response(self, U: Array) -> Any:
        """B_c (t U h_c - W U' g_c) for every sample: the second-order change of the logit gradient."""
        p = self.p
        return self._curvature(self.t * (U @ p.H) - (p.W @ U.mT) @ p.logit_gradient)

    def _curvature(self, X: Array) -> Any:
        return self.p.xp.sum(self.B * self.p.xp.expand_dims(X, axis=-3), axis=-2)

    def _tangency(self, U: Array) -> Any:
        return self.p.xp.sum(self.constraint * U, axis=(-2, -1))


def reduce_at(p: Point, t: Real) -> Reduction:
    """The reduction of the Riemannian Hessian at the level mu = -(lambda + t).

    Args:
        p: a point in floats, H not zero.
        t: positive.

    Raises:
        ValueError: t is not positive.
    """
    if not t > 0:
        raise ValueError(f"t: expected a positive number, got {t}")
    xp, G, Z = p.xp, p.logit_gradient, p.logits
    B = _curvatures(p, t)
    BZ = xp.sum(B * xp.expand_dims(Z, axis=-3), axis=-2)
    constraint = p.W - BZ @ p.H.T - (p.gradient.W - (G @ BZ.T) @ p.W) / t
    stiffness = (xp.sum(p.H * p.H) - xp.sum(Z * BZ)) / t
    return Reduction(p, t, B, G @ G.T, constraint, stiffness)


def level(p: Point, t: float) -> float:
    """mu = -(lambda + t)."""
    return -(float(multiplier(p)) + t)


def _curvatures(p: Point, t: float) -> Any:
    """(J_c W W' + t)^{-1} J_c for every sample, shape (K, K, K*n), symmetric and semidefinite per sample."""
    xp, K = p.xp, p.K
    mask = own_class_mask(K, p.samples_per_class, xp)
    P = p.logit_gradient + mask
    columns = xp.permute_dims(P, (1, 0))
    # the own-class variance p (1 - p) from the gradient, where 1 - p is a sum of small numbers
    variances = P * xp.where(mask > 0, -p.logit_gradient, 1 - P)
    eye = xp.expand_dims(xp.eye(K), axis=0)
    off = xp.expand_dims(columns, axis=2) * xp.expand_dims(columns, axis=1) * (1 - eye)
    J = eye * xp.expand_dims(xp.permute_dims(variances, (1, 0)), axis=2) - off
    B = xp.library.linalg.solve(J @ (p.W @ p.W.T) + t * eye, J)
    B = xp.permute_dims(0.5 * (B + B.mT), (1, 2, 0))
    return xp.stack([B[k, ...] for k in range(K)])  # samples last and next to each other in memory


def _times(scalars: Any, matrix: Array, xp: Functions) -> Any:
    return xp.expand_dims(xp.expand_dims(scalars, axis=-1), axis=-1) * matrix
