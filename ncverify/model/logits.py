"""Logits, logit differences and margins of the unconstrained layer-peeled model, on arrays.

Columns are class-major: column k*n + i of a K x K*n matrix belongs to sample i of class k. Wherever a function takes
the number n of samples per class it also takes the tuple (n_1, ..., n_K) of class sizes; K*n is then their sum.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ncverify.arguments import Logits, Namespace, PerClass
from ncverify.kinds import Array


def logit_differences(Z: Logits, n: PerClass, xp: Namespace) -> Array:
    """s_kij = z_kik - z_kij for every class j, shape (K, K*n); zero where j is the column's own class.

    Args:
        Z: logits, shape (K, K*n).
        n: samples per class, or the class sizes.
        xp: the namespace of Z.

    *Source:* Appendix B, first paragraph.

    Example:
        >>> import numpy as np
        >>> from ncverify.numbers import backend_namespace
        >>> logit_differences(np.array([[3.0, 1.0], [1.0, 2.0]]), 1, backend_namespace("numpy"))
        array([[0., 1.],
               [2., 0.]])
    """
    own = xp.take(xp.reshape(Z, (-1,)), xp.integers(_own_positions(Z.shape[0], n)), axis=0)
    return xp.expand_dims(own, axis=0) - Z


def between_classes(S: Logits, n: PerClass, xp: Namespace) -> Array:
    """The entries of a matrix (K, K*n) with j different from the column's class, shape (K-1, K*n).

    Args:
        S: any matrix of the logits' shape.
        n: samples per class, or the class sizes.
        xp: the namespace of S.

    Example:
        >>> import numpy as np
        >>> from ncverify.numbers import backend_namespace
        >>> between_classes(np.array([[0.0, 1.0], [2.0, 0.0]]), 1, backend_namespace("numpy"))
        array([[2., 1.]])
    """
    K = S.shape[0]
    picked = xp.take(xp.reshape(S, (-1,)), xp.integers(_other_positions(K, n)), axis=0)
    return xp.reshape(picked, (K - 1, S.shape[1]))


def margins(S: Logits, n: PerClass, xp: Namespace) -> Array:
    """q_ki = min over j != k of s_kij, shape (K*n,), from logit differences S (K, K*n). *Source:* Section 3.1.

    Example:
        >>> import numpy as np
        >>> from ncverify.numbers import backend_namespace
        >>> margins(np.array([[0.0, 1.0], [2.0, 0.0]]), 1, backend_namespace("numpy"))
        array([2., 1.])
    """
    return xp.min(between_classes(S, n, xp), axis=0)


@lru_cache(maxsize=64)
def classes_of_columns(K: int, n: PerClass) -> np.ndarray:
    """The class of every column, integers in class order, shape (K*n,)."""
    return np.repeat(np.arange(K), n)


@lru_cache(maxsize=64)
def _own_positions(K: int, n: PerClass) -> np.ndarray:
    """Positions, in the flattened (K, K*n) matrix, of each column's own class; shape (K*n,)."""
    own = classes_of_columns(K, n)
    return own * own.size + np.arange(own.size)


@lru_cache(maxsize=64)
def _other_positions(K: int, n: PerClass) -> np.ndarray:
    """Positions, in the flattened (K, K*n) matrix, of all other classes, row after row; shape ((K-1)*K*n,)."""
    own, order = classes_of_columns(K, n), np.arange(K - 1)[:, None]
    rows = order + (order >= own)
    return (rows * own.size + np.arange(own.size)).reshape(-1)
