r"""Eigenvalues of the Riemannian Hessian in closed form: the whole spectrum at collapsed points.

At a collapsed point with |W| = |H| and rho^2 = 2 (K-1) s^2, all margins are m = s^2 / sqrt n. Let p = 1 / (K-1 + e^m)
be the probability of each wrong class and l = K p sqrt n = |lambda|. Representations of the symmetric group
split the tangent space into blocks of size one and two; see `collapsed_spectrum`. The kernel consists of the rotations
(W A, -A H): its dimension is that of the manifold of collapsed points, so collapse is a nondegenerate minimum in the
sense of Morse and Bott.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ncverify.arguments import Classes, Count, Positive


class Level(NamedTuple):
    """An eigenvalue, its multiplicity, and the directions it belongs to."""

    value: float
    multiplicity: int
    directions: str


def kernel_dimension(K: Classes, n: Count, d: Count) -> int:
    """d (K-1) - K (K-1) / 2: the dimension of the Hessian's kernel at collapse, whatever n is.

    Raises:
        ValueError: d < K-1, where no collapsed point exists.

    Example:
        >>> kernel_dimension(4, 7, 5)
        9
    """
    _check(K, n, d)
    return d * (K - 1) - K * (K - 1) // 2


def collapsed_spectrum(K: Classes, n: Count, d: Count, rho: Positive) -> list[Level]:
    """The tangent spectrum of the Riemannian Hessian at a collapsed point with |W| = |H|, smallest eigenvalue first.

    Args:
        K: classes.
        n: samples per class.
        d: dimension, at least K-1.
        rho: the radius of the sphere.

    Raises:
        ValueError: d < K-1 or rho <= 0.

    Example:
        >>> levels = collapsed_spectrum(3, 2, 4, 2.0)
        >>> sum(level.multiplicity for level in levels) == 3 * 4 + 4 * 6 - 1
        True
    """
    _check(K, n, d)
    if not rho > 0:
        raise ValueError(f"rho: expected a positive radius, got {rho}")
    s2 = rho * rho / (2 * (K - 1))
    m = s2 / math.sqrt(n)
    p, own = 1 / (K - 1 + math.exp(m)), 1 / (1 + (K - 1) * math.exp(-m))
    lift, a, extra = K * p * math.sqrt(n), s2 * p, d - K + 1
    contrast = own - p  # 1 - K p
    levels = [
        Level(0.0, (K - 1) * extra + (K - 1) * (K - 2) // 2, "rotations"),
        Level(lift, d, "common shift of the classifiers"),
        Level(2 * lift, K * (K - 1) // 2 + (K - 1) * extra, "W against H"),
        Level(2 * (lift + a), (K - 1) * (K - 2) // 2, "W and H turned against each other"),
        Level(lift, K * (n - 1) * extra + extra, "features, across the span of the classifiers"),
        Level(lift + a, K * (n - 1) * (K - 2), "within a class, towards two wrong classes at once"),
        Level(lift + a * K * own, K * (n - 1), "within a class, towards the own classifier"),
        Level(2 * a, K * (K - 3) // 2, "W and H deformed alike, lengths kept"),
    ]
    if K == 2:
        levels[-1] = Level(0.0, 0, "")
        levels.append(Level(lift + a * (1 + contrast), 1, "common shift of the features"))
    else:
        off = math.sqrt(2 * (K - 2)) * a * contrast
        block = [[2 * a * (1 + contrast * (K - 2)), off], [off, lift + a * (1 + contrast)]]
        levels += [Level(float(v), K - 1, "lengths of W and H, and common shift") for v in np.linalg.eigvalsh(block)]
    return sorted((level for level in levels if level.multiplicity), key=lambda level: level.value)


def _check(K: int, n: int, d: int) -> None:
    if K < 2 or n < 1 or d < K - 1:
        raise ValueError(f"expected K >= 2, n >= 1 and d >= K-1, got K={K}, n={n}, d={d}: no collapsed point exists")
