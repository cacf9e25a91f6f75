"""Logits, logit differences and margins of the unconstrained layer-peeled model, on arrays.

Columns are class-major: column k*n + i of a K x K*n matrix belongs to sample i of class k.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=256)
def own_indices(K: int, n: int) -> list[int]:
    """Positions, in the flattened K x K*n matrix, of each column's own class."""
    return [(column // n) * K * n + column for column in range(K * n)]


@lru_cache(maxsize=256)
def other_indices(K: int, n: int) -> list[int]:
    """Positions, in the flattened K x K*n matrix, of all other classes: K-1 rows of K*n columns, flattened."""
    rows = [[j for j in range(K) if j != column // n] for column in range(K * n)]
    return [rows[column][r] * K * n + column for r in range(K - 1) for column in range(K * n)]


def logit_differences(Z: Any, n: int, xp: Any) -> Any:
    """s_kij = z_kik - z_kij for every class j, shape (K, K*n); zero where j is the column's own class.

    Args:
        Z: logits, shape (K, K*n).
        n: samples per class.
        xp: the namespace of Z.

    *Source:* Appendix B, first paragraph.
    """
    K = Z.shape[0]
    own = xp.take(xp.reshape(Z, (-1,)), xp.integers(own_indices(K, n)), axis=0)
    return xp.expand_dims(own, axis=0) - Z


def between_classes(S: Any, n: int, xp: Any) -> Any:
    """The entries of a K x K*n matrix with j different from the column's class, shape (K-1, K*n)."""
    K = S.shape[0]
    picked = xp.take(xp.reshape(S, (-1,)), xp.integers(other_indices(K, n)), axis=0)
    return xp.reshape(picked, (K - 1, K * n))


def margins(S: Any, n: int, xp: Any) -> Any:
    """q_ki = min over j != k of s_kij, shape (K*n,). *Source:* Section 3.1."""
    return xp.min(between_classes(S, n, xp), axis=0)
