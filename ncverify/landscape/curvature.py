r"""Negative curvature at critical points of the sphere, certified by a direction in closed form.

Three kinds of critical point, by the sign of the multiplier lambda of (C.4), three directions:

    lambda > 0   (W, -H): moving norm from W to H shrinks the logits; the quotient is -2 lambda
    lambda = 0   (x u b', -y b v') with the best x, y: the logits do not feel V
    lambda < 0   (u a', -a v') with G v = s u the largest singular value, W a = H' a = 0: the quotient is |lambda| - s

The last one is the printed argument; it needs a common null vector a, which exists when rank W < d. For every point
and every sign, no tangent direction has a quotient below -(lambda + s), so where the singular vectors apply they are
the smallest eigenpair. Their cost is that of one Hessian-vector product, and they are kept as factors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.linalg

from ncverify.arguments import Seed
from ncverify.errors import NotConvergedError
from ncverify.kinds import Array, Functions
from ncverify.landscape.eigenpair import smallest_eigenpair
from ncverify.landscape.riemannian import rayleigh_quotient, riemannian_hessian, rounding_bound
from ncverify.landscape.singular import Factors, factored_quotient, largest_singular_triple, null_vector
from ncverify.landscape.sphere import combine, inner, project, without_gradient
from ncverify.numbers import to_numpy
from ncverify.point import Point, Tangent

Kind = Literal["opposition", "flat", "singular vectors", "eigenvector"]


@dataclass(frozen=True)
class NegativeCurvature:
    """A tangent direction along which the Riemannian Hessian is negative.

    Attributes:
        kind: where the direction comes from.
        quotient: its Rayleigh quotient, negative.
        multiplier: lambda of (C.4).
        residual: the norm of the Riemannian gradient; the quotient means a saddle only where this is zero.
        lower_bound: -(lambda + |G|_2), below which no tangent direction goes.
        factors: of the direction where it has them, else None.
        pair: the direction itself where it has no factors.
    """

    kind: Kind
    quotient: float
    multiplier: float
    residual: float
    lower_bound: float
    factors: Factors | None = None
    pair: Tangent | None = None

    def direction(self, xp: Functions) -> Tangent:
        """The direction as a pair with the shapes of (W, H)."""
        if self.pair is not None:
            return self.pair
        assert self.factors is not None
        return self.factors.direction(xp)


def negative_curvature(p: Point, *, seed: Seed = 0) -> NegativeCurvature | None:
    """A certified direction of negative curvature at a critical point of the sphere; None where none was found.

    Args:
        p: a point in floats; meant for critical points, whose `residual` is reported.
        seed: of the choice among several null vectors.

    Raises:
        NotConvergedError: no direction was found and the smallest eigenvalue did not converge either.

    Example:
        >>> from ncverify.landscape.families import merged_classes
        >>> certificate = negative_curvature(merged_classes(4, 1, 4, blocks=2, rho=2.0).point)
        >>> certificate.kind, certificate.quotient < 0
        ('singular vectors', True)
    """
    p = without_gradient(p)
    rho2 = squared_norm_by_blocks(p)
    lam = 2 * float(p.xp.sum(p.logit_gradient * p.logits) / rho2)
    residual = blockwise_residual(p, lam)
    s, u, v = largest_singular_triple(p)

    def certificate(kind: Kind, value: float, factors: Factors | None, pair: Tangent | None) -> NegativeCurvature:
        return NegativeCurvature(kind, value, lam, residual, -(lam + s), factors, pair)

    noise = rounding_bound(p, rho2)
    candidates: list[tuple[float, Kind, Factors | None, Tangent | None]] = []
    if (a := null_vector(p, seed)) is not None:
        factors = Factors(u, a, v)
        quotient = factored_quotient(p, factors, squared_norm=rho2)
        candidates.append((quotient, "singular vectors", factors, None))
    if not candidates or candidates[0][0] > -(lam + s) + noise:  # the bound was not reached: look further
        pairs: tuple[tuple[Kind, Tangent], ...] = (
            ("opposition", Tangent(p.W, -p.H)),
            ("flat", flat_direction(p, u, v)),
        )
        candidates += [(_quotient(p, pair), kind, None, pair) for kind, pair in pairs]
    quotient, kind, best_factors, pair = min(candidates, key=lambda candidate: candidate[0])
    if quotient < -noise:
        return certificate(kind, quotient, best_factors, pair)
    smallest = smallest_eigenpair(p, seed=seed)
    if smallest.sign == "negative":
        return certificate("eigenvector", smallest.value, None, smallest.direction)
    if not smallest.converged:
        raise NotConvergedError(
            f"p: the smallest eigenvalue did not converge ({smallest.route}, {smallest.products} products, residual "
            f"{smallest.residual:.3g}): it lies in [{smallest.enclosure[0]:.6g}, {smallest.enclosure[1]:.6g}], which "
            "does not decide whether the curvature is negative"
        )
    return None


def squared_norm_by_blocks(p: Point) -> Any:
    """|W|^2 + |H|^2 over blocks of samples, so that no second array like H is formed."""
    xp = p.xp
    blocks = [p.W, *(p.H[:, start : start + _BLOCK] for start in range(0, p.N, _BLOCK))]
    return xp.sum(xp.stack([xp.sum(block * block) for block in blocks]))


def blockwise_residual(p: Point, lam: float) -> float:
    """|(G H' - lambda W, W' G - lambda H)|: the norm of the Riemannian gradient, over blocks of samples likewise."""
    xp, G = p.xp, p.logit_gradient
    own = G @ p.H.T - lam * p.W
    parts = [xp.sum(own * own)]
    for start in range(0, p.N, _BLOCK):
        block = p.W.T @ G[:, start : start + _BLOCK] - lam * p.H[:, start : start + _BLOCK]
        parts.append(xp.sum(block * block))
    return float(xp.sqrt(xp.sum(xp.stack(parts))))


_BLOCK = 4096  # samples


def _quotient(p: Point, direction: Tangent) -> float:
    """The Rayleigh quotient along a direction; infinite where the direction is radial up to rounding."""
    v = project(p, direction)
    size, whole = float(inner(v, v, p.xp)), float(inner(direction, direction, p.xp))
    eps = float(p.xp.library.finfo(p.W.dtype).eps)
    return float(rayleigh_quotient(p, v)) if size > whole * eps * (p.N) ** 0.5 else math.inf


def flat_direction(p: Point, u: Array, v: Array) -> Tangent:
    """The lowest direction in the span of (u b', 0) and (0, -b v'), with b the direction that W and H use least.

    Where all classifiers agree (lambda = 0) this is an eigenvector, with eigenvalue c/2K - sqrt(c^2/4K^2 + n) for
    c = b' H H' b, however many dimensions the features fill.
    """
    xp = p.xp
    used = to_numpy(p.W.T @ p.W + p.H @ p.H.T).astype(np.float64)
    b = xp.library.asarray(np.ascontiguousarray(np.linalg.eigh(used)[1][:, 0]), dtype=xp.dtype, device=xp.device)
    full = Factors(u, b, v).direction(xp)
    halves = [project(p, Tangent(full.W, xp.zeros(full.H.shape))), project(p, Tangent(xp.zeros(full.W.shape), full.H))]
    images = [riemannian_hessian(p, half) for half in halves]
    form = np.array([[float(inner(x, y, xp)) for y in images] for x in halves])
    gram = np.array([[float(inner(x, y, xp)) for y in halves] for x in halves])
    try:
        low = scipy.linalg.eigh(0.5 * (form + form.T), gram)[1][:, 0]
    except np.linalg.LinAlgError:  # one half is radial
        low = np.ones(2)
    return combine((float(low[0]), halves[0]), (float(low[1]), halves[1]))
