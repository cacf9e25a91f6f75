r"""Singular vectors of the logit gradient as a direction (u a', -a v'), kept as factors and never formed in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ncverify.kinds import Functions
from ncverify.landscape.riemannian import multiplier
from ncverify.model.derivatives import softmax_jacobian_product
from ncverify.numbers import to_numpy
from ncverify.point import Point, Tangent


@dataclass(frozen=True)
class Factors:
    """The direction (u a', -a v'): u of length K, a of length d, v of length K*n."""

    u: Any
    a: Any
    v: Any

    def direction(self, xp: Functions) -> Tangent:
        """The pair (U, V) in full."""
        a = xp.expand_dims(self.a, axis=0)
        U = xp.expand_dims(self.u, axis=1) * a
        return Tangent(U, -(a.T * xp.expand_dims(self.v, axis=0)))


def largest_singular_triple(p: Point) -> tuple[float, Any, Any]:
    """(s, u, v) with G v = s u, s = |G|_2, from the K x K Gram matrix G G'.

    Raises:
        FloatingPointError: the gradient underflows to zero, so it has no direction.
    """
    xp, G = p.xp, p.logit_gradient
    scale = xp.max(xp.abs(G))
    if not float(to_numpy(scale)) > 0:
        raise FloatingPointError("the logit gradient is zero in this precision: its singular vectors are lost")
    unit = G / scale
    _, vectors = np.linalg.eigh(to_numpy(unit @ unit.T).astype(np.float64))
    u = xp.library.asarray(np.ascontiguousarray(vectors[:, -1]), dtype=xp.dtype, device=xp.device)
    v = u @ unit
    length = xp.sqrt(xp.sum(v * v))
    return float(to_numpy(length * scale)), u, v / length


def spectral_lower_bound(p: Point) -> float:
    """-(lambda + |G|_2): no tangent eigenvalue of the Riemannian Hessian is smaller, at any point."""
    return -(float(to_numpy(multiplier(p))) + largest_singular_triple(p)[0])


def null_vector(p: Point, seed: int = 0) -> Any | None:
    """A unit vector a with W a = 0, or None where W has full column rank; shape (d,).

    At a critical point with lambda != 0 it is a null vector of H' as well, because H = W' G / lambda.
    """
    xp = p.xp
    if p.d == 1 and float(xp.max(xp.abs(p.W))) > 0:
        return None
    W = to_numpy(p.W).astype(np.float64)
    _, values, rows = np.linalg.svd(W, full_matrices=False)
    rank = int(np.sum(values > values[0] * max(W.shape) * np.finfo(np.float64).eps))
    if rank >= p.d:
        return None
    a = np.random.default_rng(seed).standard_normal(p.d)
    for _ in range(2):
        a -= rows[:rank].T @ (rows[:rank] @ a)
    return xp.library.asarray(a / np.linalg.norm(a), dtype=xp.dtype, device=xp.device)


def factored_quotient(p: Point, factors: Factors, *, squared_norm: Any = None) -> float:
    """The Rayleigh quotient of the Riemannian Hessian along (u a', -a v'), without forming the direction.

    The radial part r (W, H) of the direction, zero where W a = H' a = 0, is removed first.

    Args:
        p: the point.
        factors: of the direction.
        squared_norm: that of the point, where it is known.
    """
    rho2 = p.squared_norm if squared_norm is None else squared_norm
    xp, (u, a, v) = p.xp, (factors.u, factors.a, factors.v)
    G, Z, size = p.logit_gradient, p.logits, xp.sum(a * a)
    leak_W, leak_H = p.W @ a, a @ p.H
    D = xp.expand_dims(u, axis=1) * leak_H - xp.expand_dims(leak_W, axis=1) * v
    r = (xp.sum(u * leak_W) - xp.sum(leak_H * v)) / rho2
    second = r * r * xp.sum(G * Z) - size * xp.sum((u @ G) * v) - r * xp.sum(G * D)
    D = D - 2 * r * Z
    form = xp.sum(D * softmax_jacobian_product(G, D, p.samples_per_class, xp)) + 2 * second
    length = size * (xp.sum(u * u) + xp.sum(v * v)) - r * r * rho2
    return float(form / length - 2 * xp.sum(G * Z) / rho2)
