r"""Critical points with weight decay in closed form: the origin with its whole spectrum, merged classes, the optimum.

For equal classes let s^2 = n lambda_W lambda_H. Merge K classes into m blocks of B = K/m: logits c within a block and 0
elsewhere are critical where the singular value of G along block contrasts is sqrt(lambda_W lambda_H), that is

    e^c = (B + tau (K-B))/(B (1-tau)),   tau = 1 - K s > 0

With m = K it is the optimum. For m < K splitting a block has the singular value 1/(K sqrt n) > sqrt(lambda_W lambda_H),
so that every merged point with m <= d is a strict saddle as soon as d >= m.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ncverify.arguments import Classes, Count
from ncverify.weight_decay.model import DecayProblem, Triple


class DecayLevel(NamedTuple):
    """An eigenvalue, its multiplicity, and the directions it belongs to."""

    value: float
    multiplicity: int
    directions: str


def spectrum_at_origin(
    K: Classes, n: Count, d: Count, lambda_W: float, lambda_H: float, lambda_b: float = 0.0
) -> list[DecayLevel]:
    """The spectrum of the Hessian at W = H = 0, b = 0 for equal classes, smallest eigenvalue first.

    Args:
        K: classes.
        n: samples per class.
        d: dimension.
        lambda_W: weight of |W|^2 / 2, positive.
        lambda_H: weight of |H|^2 / 2, positive.
        lambda_b: weight of |b|^2 / 2, at least 0.

    Raises:
        ValueError: a weight out of range.

    Example:
        >>> [(round(level.value, 6), level.multiplicity) for level in spectrum_at_origin(2, 1, 1, 0.25, 0.25)]
        [(-0.25, 1), (0.0, 1), (0.25, 2), (0.5, 1), (0.75, 1)]
    """
    DecayProblem((n,) * K, lambda_W, lambda_H, lambda_b)
    middle, square = (lambda_W + lambda_H) / 2, 1 / (K * K * n)
    apart = math.hypot((lambda_W - lambda_H) / 2, math.sqrt(square))
    levels = [
        DecayLevel((lambda_W * lambda_H - square) / (middle + apart), (K - 1) * d, "W and H alike"),
        DecayLevel(middle + apart, (K - 1) * d, "W against H"),
        DecayLevel(lambda_W, d, "common part of the classifiers"),
        DecayLevel(lambda_H, d * (K * n - K + 1), "features within classes, and all of them"),
        DecayLevel(1 / K + lambda_b, K - 1, "the bias"),
        DecayLevel(lambda_b, 1, "shift of the bias"),
    ]
    merged: dict[float, DecayLevel] = {}
    for level in levels:
        known = merged.get(level.value)
        joined = f"{known.directions}; {level.directions}" if known else level.directions
        merged[level.value] = DecayLevel(level.value, level.multiplicity + (known.multiplicity if known else 0), joined)
    return sorted(merged.values())


def merged_decay_point(
    K: Classes, n: Count, d: Count, lambda_W: float, lambda_H: float, *, blocks: Count, lambda_b: float = 0.0
) -> tuple[DecayProblem, Triple]:
    """The critical point with K classes merged into equal blocks, for equal classes; the optimum for K blocks.

    Args:
        K: classes.
        n: samples per class.
        d: dimension, at least blocks - 1.
        lambda_W: weight of |W|^2 / 2, positive.
        lambda_H: weight of |H|^2 / 2, positive.
        blocks: a divisor of K, at least 2.
        lambda_b: weight of |b|^2 / 2, at least 0.

    Raises:
        ValueError: a weight out of range, K^2 n lambda_W lambda_H >= 1, blocks that do not divide K, or d < blocks - 1.

    Example:
        >>> from ncverify.weight_decay.model import decay_gradient
        >>> problem, point = merged_decay_point(4, 2, 3, 0.01, 0.02, blocks=2)
        >>> max(float(abs(part).max()) for part in decay_gradient(problem, point)) < 1e-16
        True
    """
    problem = DecayProblem((n,) * K, lambda_W, lambda_H, lambda_b)
    tau = 1 - K * math.sqrt(n * lambda_W * lambda_H)
    if not tau > 0:
        raise ValueError(f"lambda_W, lambda_H: expected K^2 n lambda_W lambda_H < 1, got 1 - K s = {tau:.6g}")
    if not 2 <= blocks <= K or K % blocks:
        raise ValueError(f"blocks: expected a divisor of K = {K}, at least 2, got {blocks}")
    if d < blocks - 1:
        raise ValueError(f"d: expected d >= blocks - 1 = {blocks - 1}, got {d}")
    B = K // blocks
    c = math.log1p(K * tau / (B * (1 - tau)))
    own = np.kron(np.eye(blocks), np.ones((B, 1))) - 1 / blocks  # contrasts of blocks, rank blocks - 1
    U, _, _ = np.linalg.svd(own, full_matrices=False)
    unit = np.zeros((K, d))
    unit[:, : blocks - 1] = U[:, : blocks - 1]  # orthonormal columns
    size = math.sqrt(c * B)  # W H = c B (projection) Y
    balance = (n * lambda_H / lambda_W) ** 0.25
    H = np.repeat(unit.T, n, axis=1) * (size / balance)
    return problem, Triple(balance * size * unit, H, np.zeros(K))
