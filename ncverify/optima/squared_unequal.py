r"""The optimum of the regularised squared loss with a free bias, classes of any sizes.

.. math:: f(W,H,b) = \frac1{2N}|WH + b1' - Y|^2 + \tfrac{\lambda_W}2|W|^2 + \tfrac{\lambda_H}2|H|^2

The best bias leaves Y_c = Y (I - 11'/N), whose squared singular values are the eigenvalues s_j^2 of D - nn'/N, with D =
diag(n_1, ..., n_K) and n the vector of class sizes. With t = N sqrt(lambda_W lambda_H) each is shrunk to (s_j - t)_+:

    W H = U diag((s_j - t)_+) V',  b = n/N,  W W' = sqrt(lambda_H/lambda_W) U diag((s_j - t)_+) U'
    min f = (1/(2N)) sum_j (s_j^2, or 2 t s_j - t^2 where s_j > t)

For equal sizes all s_j are sqrt(n), j < K, and this is the simplex of `squared_bias_optimum`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ncverify.arguments import Count
from ncverify.optima.classes import sizes
from ncverify.optima.reals import Positive, exact

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class SquaredFreeBiasOptimum:
    """The optimum in floats, up to rounding.

    Attributes:
        value: min f.
        singular_values: s_j of Y_c, falling, K-1 of them.
        threshold: t.
        logits: W m_k + b in column k, shape (K, K).
        bias: n_k/N, shape (K,).
        classifier_gram: W W', shape (K, K).
        mean_gram: M'M, shape (K, K).
        is_zero: whether W = H = 0 is the minimiser: all s_j <= t, decided exactly.
    """

    value: float
    singular_values: Floats
    threshold: float
    logits: Floats
    bias: Floats
    classifier_gram: Floats
    mean_gram: Floats
    is_zero: bool


def squared_free_bias_optimum(
    class_sizes: Sequence[int], lambda_W: Positive, lambda_H: Positive, d: Count | None = None
) -> SquaredFreeBiasOptimum:
    """The optimum of the squared loss with weight decay and a free bias, any class sizes.

    Args:
        class_sizes: n_1..n_K.
        lambda_W: weight of |W|^2 / 2, positive.
        lambda_H: weight of |H|^2 / 2, positive.
        d: dimension of the features: below K-1 the largest d singular values are kept.

    Raises:
        TypeError: class sizes that are no integers, or a weight that is no real number.
        ValueError: a size or a weight that is not positive.

    Example:
        >>> best = squared_free_bias_optimum([2, 2], 0.1, 0.1)
        >>> best.classifier_gram.round(6).tolist(), round(best.value, 6), best.is_zero
        ([[0.507107, -0.507107], [-0.507107, 0.507107]], 0.121421, False)
    """
    counts = [int(n) for n in sizes(class_sizes)]
    w, h = exact("lambda_W", lambda_W), exact("lambda_H", lambda_H)
    product = Fraction(int(w.p), int(w.q)) * Fraction(int(h.p), int(h.q))
    n, N, K = np.array(counts, dtype=np.float64), sum(counts), len(counts)
    root = np.sqrt(n)
    # D - nn'/N = D^(1/2) (I - rr') D^(1/2) with the unit vector r = sqrt(n/N): the singular values of D^(1/2) (I - rr')
    left, s, _ = np.linalg.svd(root[:, None] * (np.eye(K) - np.outer(root, root) / N))
    left, s = left[:, : K - 1], s[: K - 1]
    t = N * math.sqrt(float(w)) * math.sqrt(float(h))
    is_zero = _all_below(counts, N * N * product)
    kept = np.maximum(s - t, 0.0) * (np.arange(K - 1) < (K if d is None else d)) * (not is_zero)
    cost = np.where(kept > 0, 2 * t * s - t * t, s * s)
    shares = left.T - left.T @ np.outer(n, np.ones(K)) / N  # U'(e_k - n/N)
    ratio = math.sqrt(float(h)) / math.sqrt(float(w))
    means = np.sqrt(kept)[:, None] / np.where(s > 0, s, 1)[:, None] * shares
    return SquaredFreeBiasOptimum(
        value=float(cost.sum()) / (2 * N),
        singular_values=s,
        threshold=t,
        logits=left @ (np.sqrt(kept)[:, None] * means) + (n / N)[:, None],
        bias=n / N,
        classifier_gram=ratio * (left * kept) @ left.T,
        mean_gram=means.T @ means / ratio,
        is_zero=is_zero,
    )


def _all_below(counts: list[int], square: Fraction) -> bool:
    """Whether no eigenvalue of D - nn'/N exceeds the square: square I - D + nn'/N has none below zero.

    With c_k = square - n_k the rank-one term lifts at most one negative c_k; with one, and no zero beside it, the sign
    of the determinant, prod c_k (1 + sum n_k^2/(N c_k)), decides.
    """
    c, N = [square - n for n in counts], sum(counts)
    if min(c) >= 0 or sum(x <= 0 for x in c) > 1:
        return min(c) >= 0
    return 1 + sum(Fraction(n * n, N) / x for n, x in zip(counts, c, strict=True)) <= 0  # prod c_k < 0
