r"""Critical points of the loss on its sphere in closed form.

All but one have the form W = c V, H = +-(c / sqrt n) V' with every column repeated n times, |W| = |H|, and V with so
much symmetry that the gradient can only point along (W, H). With the sign minus ("opposed") the features point away
from their classifiers and lambda > 0.

Each comes with its multiplier lambda of (C.4) and, where a common null vector of W and H' exists or lambda > 0, with
the smallest tangent eigenvalue -(lambda + s) of the Riemannian Hessian, s = |G|_2 in closed form.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ncverify.arguments import Classes, Count, NotNegative, Positive, Seed
from ncverify.collapse import simplex_etf
from ncverify.point import Point


@dataclass(frozen=True)
class CriticalFamily:
    """One critical point of a family.

    Attributes:
        name: of the family.
        point: the point, NumPy float64.
        multiplier: lambda of (C.4), from the formula.
        smallest: the smallest tangent eigenvalue of the Riemannian Hessian from a formula, or None where there is none.
    """

    name: str
    point: Point
    multiplier: float
    smallest: float | None


def collapsed(K: Classes, n: Count, d: Count, rho: Positive, *, opposed: bool = False) -> CriticalFamily:
    """Neural collapse with |W| = |H|, or its opposite W = -c H' (class means).

    Raises:
        ValueError: d < K-1 or rho <= 0.
    """
    margin = rho * rho / (2 * (K - 1) * math.sqrt(n)) * (-1 if opposed else 1)
    p = 1 / (K - 1 + math.exp(margin))
    lam = K * p * math.sqrt(n) * (1 if opposed else -1)
    free = d * (K - 1) - K * (K - 1) // 2
    smallest = -2 * lam if opposed else (0.0 if free else -lam)
    return CriticalFamily(
        "opposed" if opposed else "collapsed", _balanced(simplex_etf(K, d), n, rho, opposed), lam, smallest
    )


def merged_classes(
    K: Classes, n: Count, d: Count, *, blocks: Count, rho: Positive, opposed: bool = False
) -> CriticalFamily:
    """K classes merged into `blocks` groups of one size, the groups a simplex.

    Raises:
        ValueError: `blocks` does not divide K, is not between 2 and K-1, or d < blocks - 1.
    """
    size = _block_size(K, blocks)
    V = np.repeat(simplex_etf(blocks, d), size, axis=0)
    margin = rho * rho * blocks / (2 * K * (blocks - 1) * math.sqrt(n)) * (-1 if opposed else 1)
    out = 1 / (size * (math.exp(margin) + blocks - 1))
    lam = math.sqrt(n) * K * out * (1 if opposed else -1)
    # within a block G is minus the identity
    smallest = -(lam + max(math.sqrt(n), abs(lam))) if d >= blocks or opposed else None
    return CriticalFamily("merged classes", _balanced(V, n, rho, opposed), lam, smallest)


def direct_sum(
    K: Classes, n: Count, d: Count, *, blocks: Count, rho: Positive, opposed: bool = False
) -> CriticalFamily:
    """`blocks` simplices of one size in orthogonal subspaces; K = 4, blocks = 2 is Example 3.1 at any scale.

    Raises:
        ValueError: `blocks` does not divide K, is not between 2 and K/2, or d < K - blocks.
    """
    size = _block_size(K, blocks)
    if size < 2 or d < K - blocks:
        raise ValueError(
            f"expected blocks of at least 2 classes and d >= K - blocks, got K={K}, blocks={blocks}, d={d}"
        )
    V = np.zeros((K, d))
    for b in range(blocks):
        V[b * size : (b + 1) * size, b * (size - 1) : (b + 1) * (size - 1)] = simplex_etf(size, size - 1)
    q = rho * rho / (2 * K * math.sqrt(n)) * (-1 if opposed else 1)
    inside, outside, total = math.exp(-q / (size - 1)), 1.0, math.exp(q)
    total += (size - 1) * inside + (K - size) * outside
    lam = math.sqrt(n) * (size * inside + (K - size) * outside) / total * (1 if opposed else -1)
    between = math.sqrt(n) * K * outside / total
    smallest = -(lam + max(between, abs(lam))) if d > K - blocks or opposed else None
    return CriticalFamily("direct sum of simplices", _balanced(V, n, rho, opposed), lam, smallest)


def partial_simplex(
    K: Classes, n: Count, d: Count, *, active: Count, rho: Positive, opposed: bool = False
) -> CriticalFamily:
    """A simplex on the first `active` classes, the other classifiers and features at zero.

    Raises:
        ValueError: `active` is not between 2 and K-1, or d < active - 1.
    """
    if not 2 <= active < K:
        raise ValueError(f"active: expected between 2 and K-1 = {K - 1} classes, got {active}")
    V = np.zeros((K, d))
    V[:active] = simplex_etf(active, d)
    q, idle = rho * rho / (2 * active * math.sqrt(n)) * (-1 if opposed else 1), K - active
    inside, total = math.exp(-q / (active - 1)), math.exp(q)
    total += (active - 1) * inside + idle
    lam = math.sqrt(n) * (active * inside + idle) / total * (1 if opposed else -1)
    group = math.sqrt(n * (K * idle / total**2 + active / K))
    s = max(abs(lam), group, math.sqrt(n) if idle > 1 else 0.0)
    return CriticalFamily(
        "simplex on some classes", _balanced(V, n, rho, opposed), lam, -(lam + s) if d >= active or opposed else None
    )


def polygon(K: Classes, n: Count, d: Count, rho: Positive, *, opposed: bool = False) -> CriticalFamily:
    """A regular K-gon in the plane: for d = 2 and K >= 4 a point of low loss that cannot collapse.

    Raises:
        ValueError: K < 3 or d < 2.
    """
    if K < 3 or d < 2:
        raise ValueError(f"expected K >= 3 and d >= 2 for a polygon, got K={K}, d={d}")
    angles = 2 * np.pi * np.arange(K) / K
    V = np.zeros((K, d))
    V[:, 0], V[:, 1] = np.cos(angles), np.sin(angles)
    logits = rho * rho / (2 * K * math.sqrt(n)) * np.cos(angles) * (-1 if opposed else 1)
    g = np.exp(logits) / np.exp(logits).sum()
    g[0] = -g[1:].sum()
    waves = math.sqrt(n) * np.array([float(g @ np.cos(f * angles)) for f in range(K)])
    lam = float(waves[1]) * (-1 if opposed else 1)
    return CriticalFamily(
        "polygon", _balanced(V, n, rho, opposed), lam, -(lam + float(np.abs(waves).max())) if d > 2 or opposed else None
    )


def vanishing_gradient(
    K: Classes, n: Count, d: Count, rho: Positive, *, share: NotNegative = 0.5, seed: Seed = 0
) -> CriticalFamily:
    """All classifiers equal and all class means equal: the gradient of the loss vanishes altogether, lambda = 0.

    Within a class the features may differ, and may fill all d dimensions once K (n-1) >= d.

    Args:
        K: classes.
        n: samples per class.
        d: dimension.
        rho: the radius of the sphere.
        share: |W|^2 / rho^2, between 0 and 1.
        seed: of the directions.

    Raises:
        ValueError: a share outside 0..1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share: expected a number between 0 and 1, got {share}")
    rng = np.random.default_rng(seed)
    W = np.repeat(rng.standard_normal((1, d)), K, axis=0)
    H = rng.standard_normal((d, K, n))
    H = H - H.mean(axis=2, keepdims=True) + rng.standard_normal((d, 1, 1))
    H = H.reshape(d, K * n)
    W *= rho * math.sqrt(share) / np.linalg.norm(W)
    H *= rho * math.sqrt(1 - share) / np.linalg.norm(H)
    least = float(np.linalg.eigvalsh(H @ H.T)[0]) / (2 * K)
    return CriticalFamily("vanishing gradient", Point(W, H), 0.0, least - math.sqrt(least * least + n))


def _balanced(V: np.ndarray, n: int, rho: float, opposed: bool) -> Point:
    W = V * (rho / math.sqrt(2) / np.linalg.norm(V))
    return Point(W, np.repeat(W.T, n, axis=1) * ((-1 if opposed else 1) / math.sqrt(n)))


def _block_size(K: int, blocks: int) -> int:
    if not 2 <= blocks < K or K % blocks:
        raise ValueError(f"blocks: expected a divisor of K = {K} between 2 and K-1, got {blocks}")
    return K // blocks
