r"""The gradient flow of the squared loss of the unconstrained model on its invariant subspace, as a matrix.

Mixon, Parshall and Pi (2020): R = |W H + b 1' - Y|^2 / 2 with K classes of n samples, P = I - J/K, q = sqrt n. Where
1'W = 0, H = n^{-1/2} (W kron 1_n)' and b = beta 1 the flow is W' = q W - W W'W, so that singular vectors stay and

.. math:: s_j(t)^2 = \frac{s_j(0)^2}{e^{-2qt} + (1 - e^{-2qt}) s_j(0)^2/q}, \qquad
          \beta(t) = \tfrac1K + (\beta(0) - \tfrac1K) e^{-nKt}.

Near W = H = 0, b = 1/K the flow leaves along the eigenspace E of its largest rate q, the points of this subspace.
"""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ncverify.arguments import NotNegative, Real, Samples
from ncverify.flow.laws import mse_bias, mse_singular_values, samples_per_class

Array: TypeAlias = NDArray[np.float64]


class UnconstrainedState(NamedTuple):
    """W (K, d), H (d, K n) class by class, b (K,)."""

    W: Array
    H: Array
    b: Array


def subspace_flow(W: Annotated[Array, "K d"], beta: Real, n: Samples, t: NotNegative) -> UnconstrainedState:
    """The flow at time t from W, H = n^{-1/2} (W kron 1_n)', b = beta 1; exact up to rounding at every t.

    Singular values of W that are rounding beside the largest count as zero: they would grow like exp(sqrt(n) t).

    Args:
        W: at time 0; its rows add up to zero.
        beta: at time 0.
        n: samples per class.
        t: at least 0, finite.

    Raises:
        ValueError: rows of W that are not finite, or do not add up to zero, to rounding.

    Example:
        >>> end = subspace_flow(np.array([[0.1], [-0.1]]), 0.0, 4, 50.0)
        >>> end.W.round(12).ravel().tolist(), end.H.round(12).tolist()[0][:4], end.b.tolist()
        ([1.0, -1.0], [0.5, 0.5, 0.5, 0.5], [0.5, 0.5])
    """
    W = np.asarray(W, dtype=np.float64)
    K, eps = len(W), np.finfo(float).eps
    if not np.abs(W.sum(axis=0)).max() <= 4 * K * eps * np.abs(W).sum() < np.inf:
        raise ValueError(f"W: expected finite rows that add up to zero, got the sum {W.sum(axis=0)}")
    U, s, V = np.linalg.svd(W, full_matrices=False)
    s[s <= max(W.shape) * eps * s[0]] = 0
    moved = (U * mse_singular_values(s.tolist(), t, n)) @ V
    b = np.full(K, mse_bias(beta, t, K, n))
    return UnconstrainedState(moved, np.repeat(moved.T, n, axis=1) / math.sqrt(n), b)


def linearised_limit_direction(W: Annotated[Array, "K d"], H: Annotated[Array, "d N"]) -> tuple[Array, Array]:
    """The limit of (W, H)/|(W, H)| along the linearised flow: the part of the start in E, scaled to norm 1.

    E are the points P W = W, H = n^{-1/2} (W kron 1_n)'.

    Args:
        W: at time 0.
        H: at time 0, class by class.

    Raises:
        ValueError: a start that is orthogonal to E, whose direction has another limit, or shapes that do not fit.

    Example:
        >>> W, H = linearised_limit_direction(np.array([[1.0], [0.0]]), np.array([[0.0, 0.0]]))
        >>> W.round(9).ravel().tolist(), H.round(9).ravel().tolist()
        ([0.5, -0.5], [0.5, -0.5])
    """
    n = samples_per_class(H, len(W))
    means = H.reshape(H.shape[0], -1, n).mean(axis=2).T
    growing = W - W.mean(axis=0) + math.sqrt(n) * (means - means.mean(axis=0))
    size = float(np.linalg.norm(growing))
    if not size > 8 * np.finfo(float).eps * (float(np.linalg.norm(W)) + float(np.linalg.norm(H))):
        raise ValueError(
            "W, H: expected a start that is not orthogonal to E: P W + n^{-1/2} Y_c H' is zero to rounding"
        )
    direction = growing / (size * math.sqrt(2))
    return direction, np.repeat(direction.T, n, axis=1) / math.sqrt(n)
