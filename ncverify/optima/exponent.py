r"""The error exponent of a linear decoder under small noise, and the largest one: a packing problem.

A class k = 1..K, uniform, is sent as h = m_k + z with z ~ N(0, s^2 I_d), and decoded as argmax_j <w_j, h> + b_j. As
s -> 0 the probability of an error falls like exp(-beta/s^2), with

.. math:: \beta = \tfrac12 \min_{i\ne j}
          \Bigl(\frac{(\langle w_i-w_j, m_i\rangle + b_i-b_j)_+}{|w_i-w_j|}\Bigr)^2
          \le \tfrac18\min_{i\ne j}|m_i-m_j|^2,

half the least squared distance of a mean from the edge of its cell: the probability of an error lies between that of
the nearest half-space and the sum over all of them. The nearest mean, w_k = m_k, b_k = -|m_k|^2/2, attains the bound.
So the largest beta over |m_k| <= 1 is delta^2/8, delta the largest least distance of K points in the unit ball of R^d.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from ncverify.arguments import Array, Classes, Count, Namespace
from ncverify.collapse import simplex_etf

KISSING = {1: 2, 2: 6, 3: 12, 4: 24, 8: 240, 24: 196_560}
"""How many unit vectors in R^d have angles of at least 60 degrees, where that is known."""


@dataclass(frozen=True)
class ErrorExponent:
    """Bounds of the largest error exponent of K classes in the unit ball of R^d.

    Attributes:
        lower: attained.
        upper: an upper bound; equal to `lower` where the largest exponent is known.
        reason: what gives both bounds.
    """

    lower: float
    upper: float
    reason: str

    @property
    def is_known(self) -> bool:
        """Whether the bounds agree."""
        return self.lower == self.upper


def error_exponent(
    W: Annotated[Array, "K d"], M: Annotated[Array, "d K"], b: Annotated[Array, "K"], xp: Namespace
) -> Any:
    """beta of the decoder argmax_j <w_j, h> + b_j for the means in the columns of M, in any arithmetic.

    Zero where a mean is not decoded as its class, or not by it alone; two classes of one row w_j, too.

    Args:
        W: classifiers as rows.
        M: class means as columns.
        b: biases.
        xp: namespace of the arrays.

    Example:
        >>> from ncverify.numbers import namespace_of
        >>> M = simplex_etf(3, 2).T
        >>> round(float(error_exponent(M.T, M, np.zeros(3), namespace_of(M))), 12)
        0.375
    """
    K = W.shape[0]
    pairs = [(i, j) for i in range(K) for j in range(K) if i != j]
    own, other = (xp.integers(list(side)) for side in zip(*pairs, strict=True))
    D = xp.take(W, own, axis=0) - xp.take(W, other, axis=0)
    margins = xp.sum(D * xp.take(M.T, own, axis=0), axis=1) + xp.take(b, own, axis=0) - xp.take(b, other, axis=0)
    squares = xp.sum(D * D, axis=1)
    ahead = xp.maximum(margins, 0)
    return xp.min(ahead * ahead / xp.where(squares > 0, squares, 1) * xp.where(squares > 0, 1, 0)) / 2


def optimal_error_exponent(K: Classes, d: Count) -> ErrorExponent:
    """The largest beta over |m_k| <= 1, W and b, or bounds for it.

    Known are d >= K-1 (a simplex, K/(4(K-1))), d+2 <= K <= 2d (half of a cross-polytope and more, 1/4), d = 1 (equal
    steps, 1/(2(K-1)^2)), d = 2 with K <= 9 (a regular polygon, with its centre from K = 7 on; Pirl 1969 for 8, 9) and
    one class more than the kissing number of R^d (1/8). Elsewhere: volumes, sixty-degree sectors and Rankin's bound
    from above, configurations and maximal separated sets from below.

    Args:
        K: classes.
        d: dimension of the features.

    Example:
        >>> optimal_error_exponent(3, 1).upper, optimal_error_exponent(6, 3).upper, optimal_error_exponent(3, 2).upper
        (0.125, 0.25, 0.375)
        >>> optimal_error_exponent(8, 3).is_known
        False
    """
    known = _known(K, d)
    if known is not None:
        return ErrorExponent(known[0] / 8, known[0] / 8, known[1])
    upper, above = _largest(K, d)
    lower, below = _attained(K, d)
    return ErrorExponent(lower / 8, upper / 8, f"above: {above}; below: {below}")


def _known(K: int, d: int) -> tuple[float, str] | None:
    """(squared least distance, reason) of the best packing, where it is known."""
    if d >= K - 1:
        return 2 * K / (K - 1), "the simplex: sum of |m_i - m_j|^2 <= K^2"
    if d == 1:
        return 4 / (K - 1) ** 2, "equal steps from -1 to 1"
    if 2 * d >= K:
        return 2.0, "orthogonal axes: K >= d+2 points have a Radon partition"
    if d == 2 and K == 5:
        return 4 * math.sin(math.pi / 5) ** 2, "the pentagon: two points lie within 72 degrees"
    if d == 2 and K in (8, 9):
        return 4 * math.sin(math.pi / (K - 1)) ** 2, "a polygon and its centre (Pirl 1969)"
    if (d == 2 and K == 6) or KISSING.get(d, -1) + 1 == K:
        return 1.0, "kissing unit balls around the centre: beyond distance 1 all angles exceed 60 degrees"
    return None


def _largest(K: int, d: int) -> tuple[float, str]:
    """An upper bound of the squared least distance, K > 2d."""
    bounds = [(2.0, "a Radon partition"), (4 / (K ** (1 / d) - 1) ** 2, "volumes: K balls in a larger one")]
    if KISSING.get(d, K) < K:
        bounds.append((1.0, "more points than sixty-degree angles"))
    return min(bounds)


def _attained(K: int, d: int) -> tuple[float, str]:
    """A squared least distance that is attained, K > 2d, d >= 2."""
    distances = [
        (K ** (-2 / d), "a maximal separated set covers the ball"),
        (4 * math.sin(math.pi / K) ** 2, "a polygon"),
        (min(1.0, 4 * math.sin(math.pi / (K - 1)) ** 2), "a polygon and its centre"),
    ]
    if max(2 * d * (d - 1), KISSING.get(d, 0)) + 1 >= K:
        distances.append((1.0, "unit vectors with angles of 60 degrees, and the centre"))
    return max(distances)


def packed_means(K: Classes, d: Count) -> Any:
    """K points of the unit ball that attain the lower bound of `optimal_error_exponent`: columns, shape (d, K), NumPy.

    Args:
        K: classes.
        d: dimension of the features.

    Raises:
        ValueError: the bound is not from a configuration that is known here.

    Example:
        >>> packed_means(3, 1).tolist()
        [[-1.0, 0.0, 1.0]]
    """
    if d >= K - 1:
        return simplex_etf(K, d).T
    if d == 1:
        return np.linspace(-1, 1, K)[None]
    if 2 * d >= K:
        return np.concatenate([np.eye(d), -np.eye(d)], axis=1)[:, :K]
    if d > 2 and 2 * d * (d - 1) + 1 >= K:
        return _roots(d)[:, :K]
    ring = K if K <= 6 else K - 1
    squared = min(2.0 if ring == K else 1.0, 4 * math.sin(math.pi / ring) ** 2)
    if 8 * optimal_error_exponent(K, d).lower > squared * (1 + 8 * math.ulp(1.0)):
        raise ValueError(f"K, d: no configuration of {K} points in R^{d} that attains the lower bound is known here")
    turn = 2 * np.pi * np.arange(ring) / ring
    flat = np.zeros((d, K))
    flat[:2, :ring] = np.cos(turn), np.sin(turn)
    return flat


def _roots(d: int) -> Any:
    """(+-e_i +- e_j)/sqrt 2 and the centre: 2 d (d-1) + 1 columns."""
    axes, signs = np.eye(d) / math.sqrt(2), ((1, 1), (1, -1), (-1, 1), (-1, -1))
    roots = [s * axes[i] + t * axes[j] for i in range(d) for j in range(i) for s, t in signs]
    return np.stack([np.zeros(d), *roots], axis=1)
