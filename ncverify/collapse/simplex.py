r"""Simplex equiangular tight frames and collapsed points, in closed form.

.. math:: M' M = \tfrac{K}{K-1} (I_K - \tfrac1K 1 1')

for a d x K matrix M of unit columns; it exists exactly for d >= K-1 (Definition 2.1 as it must be meant).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ncverify.arguments import Classes, Count, Namespace, NotNegative, Positive, Rotation
from ncverify.kinds import Array, Functions
from ncverify.point import Point


def simplex_etf(K: Classes, d: Count, *, rotation: Rotation | None = None) -> Array:
    """K unit vectors in R^d with pairwise cosines -1/(K-1), as rows, shape (K, d), float64 NumPy.

    Args:
        K: number of vectors, at least 2.
        d: dimension, at least K-1.
        rotation: None, a seed for a random rotation, or an orthogonal d x d matrix.

    Raises:
        ValueError: K < 2, d < K-1 (no such vectors exist: their Gram matrix has rank K-1), or a rotation that is not
            orthogonal to rounding.

    Example:
        >>> V = simplex_etf(3, 2)
        >>> bool(np.allclose(V @ V.T, [[1, -0.5, -0.5], [-0.5, 1, -0.5], [-0.5, -0.5, 1]]))
        True
    """
    _check_classes_and_samples(K, 1)
    if d < K - 1:
        raise ValueError(
            f"d: expected d >= K-1 = {K - 1}, got {d}: "
            f"a simplex of {K} vectors has rank {K - 1}, so no collapsed point exists"
        )
    vectors = np.zeros((K, d))
    vectors[:, : K - 1] = np.sqrt(K / (K - 1)) * _helmert(K).T
    return vectors @ _rotation(rotation, d)


def _check_classes_and_samples(K: int, n: int) -> None:
    if K < 2:
        raise ValueError(f"K: expected at least 2 classes, got {K}")
    if n < 1:
        raise ValueError(f"n: expected at least one sample per class, got {n}")


def _helmert(K: int) -> Array:
    """An orthonormal basis of the complement of the all-ones vector, rows, shape (K-1, K)."""
    rows = np.tril(np.ones((K - 1, K)))
    j = np.arange(1, K)
    rows[j - 1, j] = -j
    return rows / np.sqrt(j * (j + 1.0))[:, None]


def _rotation(rotation: int | Any | None, d: int) -> Array:
    if rotation is None:
        return np.eye(d)
    if isinstance(rotation, int | np.integer):
        gaussian = np.random.default_rng(rotation).standard_normal((d, d))
        Q, R = np.linalg.qr(gaussian)
        return Q * np.sign(np.diag(R))
    Q = np.asarray(rotation, dtype=np.float64)
    if Q.shape != (d, d):
        raise ValueError(f"rotation: expected a seed or an orthogonal matrix of shape ({d}, {d}), got shape {Q.shape}")
    error = np.abs(Q @ Q.T - np.eye(d)).max()
    if not error <= _orthogonality_bound(d):
        raise ValueError(
            f"rotation: expected an orthogonal matrix of shape ({d}, {d}), got one with |Q Q' - I| = {error:.3g}"
        )
    return Q


def _orthogonality_bound(d: int) -> float:
    """How far from the identity Q Q' may be: d columns, each wrong by a few roundings, in each of d products."""
    return 4.0 * d * d * float(np.finfo(float).eps)


def collapsed_point(
    K: Classes,
    n: Count,
    d: Count,
    *,
    squared_norm: NotNegative = 1.0,
    norm_ratio: Positive = 1.0,
    rotation: Rotation | None = None,
    like: Namespace | None = None,
) -> Point:
    """A point that satisfies NC1 to NC4.

    Args:
        K: classes, at least 2.
        n: samples per class, at least 1.
        d: dimension, at least K-1.
        squared_norm: |W|_F^2 + |H|_F^2, positive and finite.
        norm_ratio: |W|_F / |H|_F, positive and finite; 1 is the equality case of Theorems 3.1 and 3.3.
        rotation: as in `simplex_etf`.
        like: a namespace of `ncverify.numbers` whose arrays to use; by default NumPy float64. Exact namespaces take
            the float64 coordinates as the rationals that they are: collapsed to rounding only.

    Raises:
        ValueError: no such point exists, or a norm is not positive and finite.

    Example:
        >>> p = collapsed_point(3, 4, 2, squared_norm=8.0)
        >>> round(float(p.q_min), 12) == round(8.0 / (2 * 2 * 4**0.5), 12)
        True
    """
    _check_classes_and_samples(K, n)
    for name, value in (("squared_norm", squared_norm), ("norm_ratio", norm_ratio)):
        if not 0 < value < math.inf:
            raise ValueError(f"{name}: expected a positive, finite number, got {value}")
    V = simplex_etf(K, d, rotation=rotation)
    radius, size = math.sqrt(squared_norm), math.hypot(1, norm_ratio)
    W = V * (radius * (norm_ratio / size) / math.sqrt(K))
    H = np.repeat(V.T, n, axis=1) * (radius / size / math.sqrt(K * n))
    return Point(W, H) if like is None else Point(_like(W, like), _like(H, like))


def _like(array: Array, namespace: Functions) -> Array:
    if namespace.exact:
        return namespace.asarray(array)
    return namespace.library.asarray(array, dtype=namespace.dtype, device=namespace.device)


def integer_collapsed_point(K: Classes, n: Count, d: Count) -> Point:
    """A collapsed point with |W| = |H| and exact coordinates, in rational arithmetic (with sqrt(n) if n is no square).

    Args:
        K: classes, at least 2.
        n: samples per class, at least 1.
        d: dimension; at least K, because the integer simplex K I - 11' needs K coordinates (K = 2 needs one).

    Raises:
        ValueError: K, n or d is smaller.

    Example:
        >>> from ncverify.collapse import is_collapsed
        >>> p = integer_collapsed_point(3, 4, 3)
        >>> bool(is_collapsed(p)), p.squared_norm.item(), p.q_min.item()
        (True, 36, 9/2)
    """
    from ncverify.numbers.rational import RATIONAL

    _check_classes_and_samples(K, n)
    least = K if K > 2 else 1
    if d < least:
        raise ValueError(f"d: expected d >= {least} for a simplex of {K} vectors with rational coordinates, got {d}")
    vectors = np.zeros((K, d), dtype=np.int64)
    if K == 2:
        vectors[:, 0] = (1, -1)
    else:
        vectors[:, :K] = K * np.eye(K, dtype=np.int64) - 1
    W = RATIONAL.asarray(vectors)
    return Point(W, RATIONAL.asarray(np.repeat(vectors.T, n, axis=1)) / RATIONAL.sqrt(n))
