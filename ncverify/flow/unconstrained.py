r"""The gradient flow of the squared loss of the unconstrained model, where it is known in closed form.

Mixon, Parshall and Pi (2020): R = |W H + b 1' - Y|^2 / 2 with K classes of n samples, P = I - J/K, q = sqrt n.

On the subspace 1'W = 0, H = n^{-1/2} (W kron 1_n)', b = beta 1 the flow is W' = q W - W W'W, so that singular vectors
stay and

.. math:: s_j(t)^2 = \frac{s_j(0)^2}{e^{-2qt} + (1 - e^{-2qt}) s_j(0)^2/q}, \qquad
          \beta(t) = \tfrac1K + (\beta(0) - \tfrac1K) e^{-nKt}.

Linearised at W = H = 0, b = 1/K, with Y_c = P kron 1_n', P W + n^{-1/2} Y_c H' grows like e^{qt}, their difference
falls like e^{-qt}, the rest of W and H stays, and b - 1/K falls like e^{-nKt}.
"""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ncverify.arguments import Count, NotNegative, Real

Array: TypeAlias = NDArray[np.float64]


class UnconstrainedState(NamedTuple):
    """W (K, d), H (d, K n) class by class, b (K,)."""

    W: Array
    H: Array
    b: Array


def subspace_flow(W: Annotated[Array, "K d"], beta: Real, n: Count, t: NotNegative) -> UnconstrainedState:
    """The flow at time t from W, H = n^{-1/2} (W kron 1_n)', b = beta 1; exact up to rounding at every t.

    Singular values of W that are rounding beside the largest count as zero: they would grow like exp(sqrt(n) t).

    Args:
        W: at time 0; its rows add up to zero.
        beta: at time 0.
        n: samples per class.
        t: at least 0, finite.

    Raises:
        ValueError: rows of W that do not add up to zero, to rounding.

    Example:
        >>> end = subspace_flow(np.array([[0.1], [-0.1]]), 0.0, 4, 50.0)
        >>> end.W.round(12).ravel().tolist(), end.H.round(12).tolist()[0][:4], end.b.tolist()
        ([1.0, -1.0], [0.5, 0.5, 0.5, 0.5], [0.5, 0.5])
    """
    W = np.asarray(W, dtype=np.float64)
    K, q, eps = W.shape[0], math.sqrt(n), np.finfo(float).eps
    if not np.abs(W.sum(axis=0)).max() <= 4 * K * eps * np.abs(W).sum():
        raise ValueError(f"W: expected rows that add up to zero, got the sum {W.sum(axis=0)}")
    U, s, V = np.linalg.svd(W, full_matrices=False)
    moved = (U * subspace_singular_values(np.where(s > max(W.shape) * eps * s[0], s, 0), n, t)) @ V
    b = np.full(K, 1 / K + (beta - 1 / K) * math.exp(-n * K * t))
    return UnconstrainedState(moved, np.repeat(moved.T, n, axis=1) / q, b)


def subspace_singular_values(s: Annotated[Array, "r"], n: Count, t: NotNegative) -> Array:
    """The singular values of W(t) on the subspace, one for each at time 0.

    Args:
        s: at time 0, not negative; zero stays zero, and any positive number tends to n^{1/4}.
        n: samples per class.
        t: at least 0, finite.

    Example:
        >>> subspace_singular_values(np.array([0.0, 1e-200, 2.0]), 16, 150.0).tolist()
        [0.0, 2.0, 2.0]
    """
    q = math.sqrt(n)
    with np.errstate(all="ignore"):
        lost = np.exp(-q * t - np.log(s))  # exp(-q t)/s, infinite for s = 0
        return 1 / np.hypot(lost, math.sqrt(-math.expm1(-2 * q * t) / q))


def linearised_flow(
    W: Annotated[Array, "K d"], H: Annotated[Array, "d N"], b: Annotated[Array, "K"], t: NotNegative
) -> UnconstrainedState:
    """The flow linearised at W = H = 0, b = 1/K, at time t.

    Args:
        W: at time 0.
        H: at time 0, with the same number of samples in each class, class by class.
        b: at time 0.
        t: at least 0, finite.

    Raises:
        ValueError: shapes that do not fit.

    Example:
        >>> start = np.array([[0.1], [0.0]]), np.array([[0.0, 0.0]]), np.zeros(2)
        >>> linearised_flow(*start, 0.0).W.tolist(), linearised_flow(*start, 3.0).W.round(3).tolist()
        ([[0.1], [0.0]], [[0.553], [-0.453]])
    """
    n = _samples(W, H)
    K, q = W.shape[0], math.sqrt(n)
    growing, falling = _parts(W, H, n)
    up, down = math.exp(q * t), math.exp(-q * t)
    W_t = W.mean(axis=0) + (up * growing + down * falling) / 2
    H_t = H - _seen(H, n) + np.repeat((up * growing - down * falling).T, n, axis=1) / (2 * q)
    return UnconstrainedState(W_t, H_t, 1 / K + (b - 1 / K) * math.exp(-n * K * t))


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
        >>> W.ravel().tolist(), H.ravel().tolist()
        ([0.5, -0.5], [0.5, -0.5])
    """
    n = _samples(W, H)
    growing = _parts(W, H, n)[0]
    size = float(np.linalg.norm(growing))
    if not size > 8 * np.finfo(float).eps * (float(np.linalg.norm(W)) + float(np.linalg.norm(H))):
        raise ValueError(
            "W, H: expected a start that is not orthogonal to E: P W + n^{-1/2} Y_c H' is zero to rounding"
        )
    direction = growing / (size * math.sqrt(2))
    return direction, np.repeat(direction.T, n, axis=1) / math.sqrt(n)


def _samples(W: Array, H: Array) -> int:
    """n."""
    K, d, N = *W.shape, H.shape[1]
    if H.shape[0] != d or N % K or not N:
        raise ValueError(f"H: expected shape (d, K*n) with K = {K}, d = {d}, got {H.shape}")
    return N // K


def _means(H: Array, n: int) -> Array:
    """The class means less their mean, as rows, shape (K, d): n^{-1} Y_c H'."""
    means = H.reshape(H.shape[0], -1, n).mean(axis=2).T
    centred: Array = means - means.mean(axis=0)
    return centred


def _seen(H: Array, n: int) -> Array:
    """The part of H that the centred targets see, shape (d, K n)."""
    return np.repeat(_means(H, n).T, n, axis=1)


def _parts(W: Array, H: Array, n: int) -> tuple[Array, Array]:
    """P W + n^{-1/2} Y_c H' and P W - n^{-1/2} Y_c H'."""
    own, other = W - W.mean(axis=0), math.sqrt(n) * _means(H, n)
    return own + other, own - other
