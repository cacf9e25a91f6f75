r"""The constraints s_kij >= 1 of (3.1) as linear maps: multipliers to gradients, directions to slopes.

Multipliers are a matrix M of shape (K, K*n): lambda_kij stands in row j and column k*n + i, zero at j = k. With the
one-hot labels Y,

.. math:: A = Y \operatorname{diag}(1'M) - M, \qquad \sum_{k,i,j} \lambda_{k,i,j} \nabla s_{k,i,j} = (A H',\; W' A)

No gradient of a single constraint is ever formed. Every function runs in the arithmetic of the point.
"""

from __future__ import annotations

import numpy as np

from ncverify.arguments import Logits, Namespace, Pair, Samples
from ncverify.errors import NotSeparableError
from ncverify.kinds import Array
from ncverify.model import logit_differences, own_class_mask
from ncverify.numbers import to_numpy
from ncverify.point import Point, Tangent


def weight_matrix(M: Logits, n: Samples, xp: Namespace) -> Array:
    """A = Y diag(1'M) - M, shape (K, K*n): the derivative of sum(M * S) by the logits; its columns sum to zero.

    Args:
        M: multipliers, shape (K, K*n).
        n: samples per class.
        xp: the namespace of M.
    """
    return own_class_mask(M.shape[0], n, xp) * xp.expand_dims(xp.sum(M, axis=0), axis=0) - M


def weighted_gradient(p: Point, M: Logits) -> Tangent:
    """The sum of lambda_kij grad s_kij, with the shapes of (W, H).

    Example:
        >>> import numpy as np
        >>> p = Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -1.0]]))
        >>> M = np.array([[0.0, 0.5], [0.5, 0.0]])
        >>> [part.tolist() for part in weighted_gradient(p, M)]
        [[[1.0], [-1.0]], [[1.0, -1.0]]]
    """
    A = weight_matrix(M, p.n, p.xp)
    return Tangent(A @ p.H.T, p.W.T @ A)


def slopes(p: Point, direction: Pair) -> Array:
    """<grad s_kij, (U, V)> in row j and column k*n + i, shape (K, K*n); zero at j = k. Along (W, H) it is 2 s_kij.

    Args:
        p: the point.
        direction: (U, V) with the shapes of (W, H).
    """
    U, V = direction
    return logit_differences(U @ p.H + p.W @ V, p.n, p.xp)


def stationarity(p: Point, M: Logits) -> Tangent:
    """(W, H) - sum of lambda_kij grad s_kij: the gradient of the Lagrangian of (3.1), with the shapes of (W, H)."""
    G = weighted_gradient(p, M)
    return Tangent(p.W - G.W, p.H - G.H)


def scaled_to_unit_margin(point: Point) -> Point:
    """(W, H) / sqrt(q_min) as float64 NumPy arrays: on the boundary of the feasible set of (3.1).

    Raises:
        NotSeparableError: q_min <= 0.

    Example:
        >>> import numpy as np
        >>> p = scaled_to_unit_margin(Point(np.array([[4.0], [-4.0]]), np.array([[2.0, -2.0]])))
        >>> float(p.q_min), float(p.squared_norm)
        (1.0, 2.5)
    """
    p = on_host(point)
    q = float(p.q_min)
    if not q > 0.0:
        raise NotSeparableError(_not_separated(p))
    scaled = Point(p.W / np.sqrt(q), p.H / np.sqrt(q))
    if not np.isfinite(scaled.logits).all():
        raise NotSeparableError(f"q_min = {q}: scaling the point to q_min = 1 leaves the range of float64")
    return scaled


def on_host(point: Point) -> Point:
    """The point as float64 NumPy arrays."""
    return point.map(lambda array: np.asarray(_floats(array), dtype=np.float64))


def logit_rounding(p: Point, eps: float = float(np.finfo(np.float64).eps)) -> float:
    """A bound for the rounding error of a logit difference: each of its two inner products has d terms."""
    return float(4 * p.d * eps * (np.abs(p.W) @ np.abs(p.H)).max())


def _floats(array: Array) -> Array:
    if getattr(array, "namespace", None) is None:
        return to_numpy(array)
    return np.vectorize(array.field.to_float, otypes=[np.float64])(array.data)


def _not_separated(p: Point) -> str:
    S = np.where(own_class_mask(p.K, p.n, p.xp) > 0, np.inf, p.logit_differences)
    j, column = np.unravel_index(int(np.argmin(S)), S.shape)
    return (
        f"q_min: expected > 0, got {float(S[j, column]):.6g} (sample {column % p.n} of class {column // p.n} against "
        f"class {j}): no multiple of this point is feasible for (3.1)"
    )


def independence(p: Point) -> Array:
    """Below the smallest singular value of the differences w_k - w_j, for each class k, shape (K,)."""
    if p.d < p.K - 1:
        return np.zeros(p.K)
    bounds = np.zeros(p.K)
    for k in range(p.K):
        sizes = np.linalg.svd(np.delete(p.W[k] - p.W, k, axis=0), compute_uv=False)
        bounds[k] = sizes[-1] - 16 * (p.K + p.d) * np.finfo(np.float64).eps * sizes[0]
    return np.maximum(bounds, 0.0)
