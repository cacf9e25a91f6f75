"""Velocities of flows of the squared loss, computed from their definitions, and an integration to hold laws against.

No closed form is used here: gradients are those of the loss, tangent projections those of the constraint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ncverify.arguments import Classes, Positive
from ncverify.flow.laws import samples_per_class

Floats = NDArray[np.float64]
Arrays = tuple[Floats, ...]
_RTOL, _ATOL = 1e-12, 1e-16


def mse_velocity(
    W: Annotated[np.ndarray, "K d"], H: Annotated[np.ndarray, "d N"], b: Annotated[np.ndarray, "K"]
) -> tuple[Floats, Floats, Floats]:
    """The velocity of W, H and b along the gradient flow of R = |W H + b 1' - Y|^2/2, for classes of one size."""
    K = len(W)
    E = np.repeat(np.eye(K), samples_per_class(H, K), axis=1) - W @ H - b[:, None]
    return E @ H.T, W.T @ E, E.sum(axis=1)


def linearised_mse_velocity(
    W: Annotated[np.ndarray, "K d"], H: Annotated[np.ndarray, "d N"], b: Annotated[np.ndarray, "K"]
) -> tuple[Floats, Floats, Floats]:
    """The velocity linearised at zero: W' = Yc H', H' = W'Yc, b' = -K n (b - 1/K) with Yc = P kron 1_n'."""
    K, N = len(W), H.shape[1]
    Yc = np.repeat(np.eye(K) - 1 / K, samples_per_class(H, K), axis=1)
    return Yc @ H.T, W.T @ Yc, -N * (b - 1 / K)


def within_class_scatter(H: Annotated[np.ndarray, "d N"], K: Classes) -> Floats:
    """SW (d, d), the mean over all samples of the squared differences to their class means."""
    Z = _within(H, K)
    return np.asarray(Z @ Z.T / H.shape[1])


def centred_class_means(H: Annotated[np.ndarray, "d N"], K: Classes) -> Floats:
    """Mc (d, K): class means less their mean; where SW = I it is the signal-to-noise matrix SW^{-1/2} Mc."""
    M = H.reshape(len(H), K, samples_per_class(H, K)).mean(axis=2)
    return np.asarray(M - M.mean(axis=1, keepdims=True))


def least_squares_slope(H: Annotated[np.ndarray, "d N"], K: Classes) -> Floats:
    """The gradient by H of min over V of |V [H; 1] - Y|^2/(2N): that of the loss at the least-squares classifier."""
    N = H.shape[1]
    Y, X = np.repeat(np.eye(K), samples_per_class(H, K), axis=1), np.vstack([H, np.ones(N)])
    V = np.linalg.lstsq(X.T, Y.T, rcond=None)[0].T
    return np.asarray(V[:, :-1].T @ (V @ X - Y) / N)


def projected_velocity(H: Annotated[np.ndarray, "d N"], K: Classes) -> Floats:
    """Minus the gradient of the least loss, without its part normal to the features with the SW of H.

    Raises:
        ValueError: classes of different sizes.
    """
    G, Z = least_squares_slope(H, K), _within(H, K)
    return np.asarray(_half_change(G, Z) @ Z - G)


def renormalised_velocity(H: Annotated[np.ndarray, "d N"], K: Classes) -> Floats:
    """The velocity of a small step against that gradient and X <- A X with the symmetric A that brings SW back.

    Raises:
        ValueError: classes of different sizes.
    """
    G = least_squares_slope(H, K)
    return np.asarray(_half_change(G, _within(H, K)) @ H - G)


def renormalised_step(H: Annotated[np.ndarray, "d N"], K: Classes, step: Positive) -> Floats:
    """One step X - step G against that gradient, and then SW^{-1/2} X, as it is printed.

    Raises:
        ValueError: classes of different sizes.
    """
    moved = H - step * least_squares_slope(H, K)
    values, vectors = np.linalg.eigh(within_class_scatter(moved, K))
    return np.asarray(vectors / np.sqrt(values) @ vectors.T @ moved)


def integrated(
    velocity: Callable[..., Floats | Arrays], start: Sequence[np.ndarray], times: Sequence[float]
) -> list[Arrays]:
    """The arrays at some times of a flow, by an explicit Runge-Kutta method of order 8 with a relative error of 1e-12.

    Args:
        velocity: from the arrays to their velocities.
        start: the arrays at time 0.
        times: increasing, >= 0.

    Raises:
        ValueError: times that do not increase from 0.
        ArithmeticError: the integration failed.
    """
    from scipy.integrate import solve_ivp

    if len(times) == 0 or times[0] < 0 or any(b <= a for a, b in zip(times, list(times)[1:], strict=False)):
        raise ValueError(f"times: expected increasing numbers >= 0, got {list(times)}")
    shapes = [a.shape for a in start]
    ends = np.cumsum([a.size for a in start])[:-1]

    def arrays(x: Floats) -> Arrays:
        return tuple(part.reshape(shape) for part, shape in zip(np.split(x, ends), shapes, strict=True))

    def rate(_: float, x: Floats) -> Floats:
        rates = velocity(*arrays(x))
        return np.concatenate([np.ravel(a) for a in (rates if isinstance(rates, tuple) else (rates,))])

    initial = np.concatenate([np.ravel(a) for a in start]).astype(np.float64)
    end = max(float(times[-1]), np.finfo(np.float64).tiny)
    solution = solve_ivp(rate, (0.0, end), initial, "DOP853", t_eval=times, rtol=_RTOL, atol=_ATOL)
    if not solution.success:
        raise ArithmeticError(f"the flow could not be integrated: {solution.message}")
    return [arrays(x) for x in solution.y.T]


def _within(H: Floats, K: int) -> Floats:
    samples = H.reshape(len(H), K, samples_per_class(H, K))
    return np.asarray((samples - samples.mean(axis=2, keepdims=True)).reshape(H.shape))


def _half_change(G: Floats, Z: Floats) -> Floats:
    """The symmetric B with B SW + SW B = (G Z' + Z G')/N: half of what a step along G does to SW, where SW = I."""
    from scipy.linalg import solve_continuous_lyapunov

    N = Z.shape[1]
    return np.asarray(solve_continuous_lyapunov(Z @ Z.T / N, (G @ Z.T + Z @ G.T) / N))
