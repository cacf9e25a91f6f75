"""Both models minimised by L-BFGS from a random start, whatever the class sizes: the numbers beside the closed forms.

The layer-peeled model has its constraints met with equality at every minimiser other than zero, so W and H are scaled
onto them; features are scaled by sqrt(n_k) in the regularised model. Both are nonconvex in (W, H): whether an end is
the minimum is what `ncverify.optima.duality` certifies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ncverify.arguments import Seed
from ncverify.kinds import Array
from ncverify.optima.classes import mean_loss, probabilities, sizes
from ncverify.optima.reals import NotNegative, Positive, exact

_OPTIONS = {"maxiter": 20_000, "maxfun": 40_000, "maxcor": 30, "ftol": 0.0, "gtol": 1e-11}


@dataclass(frozen=True)
class Minimum:
    """The point at which a descent ended.

    Attributes:
        value: the objective there.
        W: shape (K, K).
        H: class means, shape (K, K), one column a class.
        b: shape (K,), zero in the layer-peeled model.
        residual: the largest partial derivative in the coordinates of the descent.
    """

    value: float
    W: Any
    H: Any
    b: Any
    residual: float

    def contrast(self, classes: Sequence[int]) -> float:
        """The largest |P_kk - P_lk| for k, l among some classes, P the softmax: zero where their classifiers agree.

        Args:
            classes: numbers of classes, counted from 0.
        """
        chosen = list(classes)
        P = probabilities(self.W @ self.H + self.b[:, None])[np.ix_(chosen, chosen)]
        return float(np.abs(np.diag(P) - P).max())


def minimise_layer_peeled(class_sizes: Sequence[int], E_W: Positive, E_H: Positive, *, seed: Seed = 0) -> Minimum:
    """The layer-peeled model in d = K dimensions, minimised numerically.

    Args:
        class_sizes: n_1..n_K.
        E_W: bound of the mean of |w_k|^2, positive.
        E_H: bound of the mean over classes of the mean of |h_{k,i}|^2, positive.
        seed: of the start.

    Raises:
        TypeError: a bound that is no real number.
        ValueError: a bound that is not positive and finite, or class sizes below 1.

    Example:
        >>> minimum = minimise_layer_peeled([2, 2, 2], 1.0, 4.0)
        >>> round(minimum.value, 6)
        0.094923
    """
    n = sizes(class_sizes)
    K, weights = len(n), n / n.sum()
    radii = [float(np.sqrt(K * float(exact(name, E).p) / float(exact(name, E).q))) for name, E in _named(E_W, E_H)]

    def scaled(x: Array) -> tuple[Any, Any, list[float]]:
        halves = x.reshape(2, K, K)
        lengths = [float(np.linalg.norm(half)) for half in halves]
        return halves[0] * (radii[0] / lengths[0]), halves[1] * (radii[1] / lengths[1]), lengths

    def value_and_gradient(x: Array) -> tuple[float, Any]:
        W, H, lengths = scaled(x)
        Z = W @ H
        G = (probabilities(Z) - np.eye(K)) * weights
        parts = []
        for own, slope, radius, length in zip((W, H), (G @ H.T, W.T @ G), radii, lengths, strict=True):
            along = own * (np.sum(own * slope) / radius**2)
            parts.append((slope - along) * (radius / length))
        return mean_loss(Z, weights), np.concatenate([part.ravel() for part in parts])

    end = _descend(value_and_gradient, np.random.default_rng(seed).standard_normal(2 * K * K))
    W, H, _ = scaled(end.x)
    return Minimum(float(end.fun), W, H, np.zeros(K), float(np.abs(end.jac).max()))


def minimise_regularised(
    class_sizes: Sequence[int], lambda_W: Positive, lambda_H: Positive, lambda_b: NotNegative = 0.0, *, seed: Seed = 0
) -> Minimum:
    """The regularised model with bias in d = K dimensions, minimised numerically.

    Args:
        class_sizes: n_1..n_K.
        lambda_W: weight of |W|^2 / 2, positive.
        lambda_H: weight of |H|^2 / 2, positive.
        lambda_b: weight of |b|^2 / 2, at least 0.
        seed: of the start.

    Raises:
        TypeError: a weight that is no real number.
        ValueError: a weight out of range, or class sizes below 1.

    Example:
        >>> round(minimise_regularised([1, 1], 0.1, 0.1).value, 6)
        0.325083
    """
    n = sizes(class_sizes)
    K, weights, root = len(n), n / n.sum(), np.sqrt(n)
    exact("lambda_W", lambda_W), exact("lambda_H", lambda_H), exact("lambda_b", lambda_b, least=0)
    w, h, beta = float(lambda_W), float(lambda_H), float(lambda_b)
    balance = (h / w) ** 0.25  # W = balance A, H sqrt(n) = B/balance: one weight for both

    def unpacked(x: Array) -> tuple[Any, Any, Any]:
        A, B = x[: 2 * K * K].reshape(2, K, K)
        return balance * A, B / balance / root, x[2 * K * K :]

    def value_and_gradient(x: Array) -> tuple[float, Any]:
        W, H, b = unpacked(x)
        Z = W @ H + b[:, None]
        G = (probabilities(Z) - np.eye(K)) * weights
        cost = w * np.sum(W * W) + h * np.sum(n * np.sum(H * H, axis=0)) + beta * b @ b
        slopes = ((G @ H.T + w * W) * balance, (W.T @ G + h * n * H) / root / balance, G.sum(axis=1) + beta * b)
        return mean_loss(Z, weights) + float(cost) / 2, np.concatenate([slope.ravel() for slope in slopes])

    rng = np.random.default_rng(seed)
    end = _descend(value_and_gradient, np.concatenate([rng.standard_normal(2 * K * K), np.zeros(K)]))
    W, H, b = unpacked(end.x)
    return Minimum(float(end.fun), W, H, b, float(np.abs(end.jac).max()))


def _named(E_W: Positive, E_H: Positive) -> tuple[tuple[str, Positive], tuple[str, Positive]]:
    return ("E_W", E_W), ("E_H", E_H)


def _descend(value_and_gradient: Any, start: Any) -> Any:
    from scipy.optimize import minimize

    return minimize(value_and_gradient, start, jac=True, method="L-BFGS-B", options=_OPTIONS)
