r"""KKT and (epsilon, delta)-KKT points of (3.1), Definitions A.1 and A.2, as numbers and as predicates.

With g_kij = 1 - s_kij, Definition A.2 asks for multipliers lambda >= 0 with

.. math:: \bigl|(W, H) - \textstyle\sum \lambda_{kij} \nabla s_{kij}\bigr| \le \epsilon, \qquad
          \lambda_{kij} (s_{kij} - 1) \le \delta \text{ for all } k, i, j

at a feasible point; Definition A.1 is the case epsilon = delta = 0. Every function runs in the arithmetic of the point,
so that in rational arithmetic the answer is exact.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ncverify.arguments import Allowance, Logits
from ncverify.kinds import Array
from ncverify.model import between_classes
from ncverify.point import Point
from ncverify.separation.constraints import stationarity


class KKTResiduals(NamedTuple):
    """The distances from a KKT point of (3.1); all four vanish together exactly at a KKT point.

    Attributes:
        feasibility: max(0, 1 - q_min).
        sign: the largest negative part of a multiplier.
        stationarity: the norm of (W, H) - sum lambda grad s.
        complementarity: the largest |lambda_kij (s_kij - 1)|.
    """

    feasibility: Any
    sign: Any
    stationarity: Any
    complementarity: Any


def kkt_residuals(p: Point, M: Logits) -> KKTResiduals:
    """The four residuals at a point as it is, without scaling.

    Args:
        p: the point.
        M: multipliers, shape (K, K*n); entries at j = k are not read.

    Example:
        >>> import numpy as np
        >>> p = Point(np.array([[1.0], [-1.0]]) / 2**0.5, np.array([[1.0, -1.0]]) / 2**0.5)
        >>> r = kkt_residuals(p, np.array([[0.0, 0.5], [0.5, 0.0]]))
        >>> max(float(value) for value in r) < 1e-15
        True
    """
    xp, zero = p.xp, p.xp.asarray(0)
    lam, gap = _pairs(p, M)
    return KKTResiduals(
        xp.maximum(1 - p.q_min, zero),
        xp.maximum(-xp.min(lam), zero),
        xp.sqrt(squared_stationarity(p, M)),
        xp.max(xp.abs(lam * gap)),
    )


def squared_stationarity(p: Point, M: Logits) -> Array:
    """|(W, H) - sum lambda grad s|^2."""
    R = stationarity(p, M)
    return p.xp.sum(R.W * R.W) + p.xp.sum(R.H * R.H)


def is_feasible(p: Point) -> Array:
    """Whether every constraint of (3.1) holds."""
    return p.q_min >= 1


def is_approximate_kkt_point(p: Point, M: Logits, epsilon: Allowance, delta: Allowance) -> Array:
    """Whether the multipliers M show that p is an (epsilon, delta)-KKT point of (3.1). *Source:* Definition A.2."""
    xp = p.xp
    lam, gap = _pairs(p, M)
    stationary = squared_stationarity(p, M) <= epsilon * epsilon
    return is_feasible(p) & xp.all(lam >= 0) & stationary & xp.all(lam * gap <= delta)


def is_kkt_point(p: Point, M: Logits) -> Array:
    """Whether the multipliers M show that p is a KKT point of (3.1), exactly. *Source:* Definition A.1."""
    xp = p.xp
    R = stationarity(p, M)
    lam, gap = _pairs(p, M)
    stationary = xp.all(R.W == 0) & xp.all(R.H == 0)
    return is_feasible(p) & xp.all(lam >= 0) & stationary & xp.all(lam * gap == 0)


def _pairs(p: Point, M: Array) -> tuple[Array, Array]:
    """Multipliers and s - 1 of the constraints, shape (K-1, K*n)."""
    return between_classes(M, p.n, p.xp), between_classes(p.logit_differences, p.n, p.xp) - 1
