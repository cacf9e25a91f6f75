"""Where the models of three losses have their optimum, as Gram matrices of classifiers and of class means.

The squared loss: with a free bias the model is min over Z of |(Z - Y)(I - J/N)|^2/(2N) + lambda |Z|_*, so that Z is Y
centred over the samples with its singular values lowered by N lambda. The contrastive loss: over collapsed unit
features, numerically. Cross-entropy: numerically, and for lambda -> 0 the SELI geometry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ncverify.optima import seli_geometry


class Grams(NamedTuple):
    """Gram matrices (K, K); None where a loss has no classifiers."""

    classifiers: Any
    means: Any


def simplex(K: int) -> Grams:
    """The geometry of equal classes."""
    return Grams(np.eye(K) - 1 / K, np.eye(K) - 1 / K)


def seli(class_sizes: Sequence[int]) -> Grams:
    """The geometry of margin one and least norm."""
    geometry = seli_geometry(class_sizes)
    return Grams(geometry.classifier_gram, geometry.feature_gram)


def cross_entropy_optimum(class_sizes: Sequence[int], weight: float) -> Grams:
    """Mean cross-entropy + weight/2 (|W|^2 + |H|^2) without bias, minimised numerically."""
    W, H = cross_entropy_minimum(class_sizes, weight)
    return Grams(W @ W.T, H.T @ H)


def cross_entropy_minimum(class_sizes: Sequence[int], weight: float) -> tuple[Any, Any]:
    """The minimum as W (K, K) and class means (K, K); `certify_regularised` bounds how far it is off."""
    from scipy.optimize import minimize

    n, K = np.asarray(class_sizes, dtype=np.float64), len(class_sizes)
    root, shares, target = np.sqrt(n), n / n.sum(), np.eye(K)

    def value_and_gradient(x: Any) -> tuple[float, Any]:
        W, scaled = x.reshape(2, K, K)  # H sqrt(n), so that both have one weight
        Z = W @ (scaled / root)
        shifted = Z - Z.max(axis=0)
        P = np.exp(shifted) / np.exp(shifted).sum(axis=0)
        value = shares @ (np.log(np.exp(shifted).sum(axis=0)) - np.diag(shifted)) + weight / 2 * float(x @ x)
        G = (P - target) * (shares / root)
        return float(value), np.concatenate([(G @ scaled.T).ravel(), (W.T @ G).ravel()]) + weight * x

    start = np.random.default_rng(0).standard_normal(2 * K * K)
    options = {"maxiter": 50_000, "maxfun": 100_000, "maxcor": 50, "ftol": 0.0, "gtol": 1e-12}
    end = minimize(value_and_gradient, start, jac=True, method="L-BFGS-B", options=options)
    W, scaled = end.x.reshape(2, K, K)
    return W, scaled / root


def squared_optimum(class_sizes: Sequence[int], weight: float) -> Grams:
    """|W H + b 1' - Y|^2/(2N) + weight/2 (|W|^2 + |H|^2), in closed form.

    Example:
        >>> squared_optimum([2, 2], 0.1).classifiers[0].round(6).tolist()
        [0.507107, -0.507107]
    """
    n = np.asarray(class_sizes, dtype=np.float64)
    root = np.sqrt(n)
    U, values, V = np.linalg.svd((np.eye(len(n)) - np.outer(n, np.ones(len(n))) / n.sum()) * root)
    kept = np.maximum(values - n.sum() * weight, 0.0)
    means = V.T / root[:, None]
    return Grams(U * kept @ U.T, means * kept @ means.T)


def contrastive_optimum(class_sizes: Sequence[int], temperature: float, features: int) -> Grams:
    """The loss of the whole data set over one unit vector for each class, minimised numerically from near a simplex."""
    from scipy.optimize import minimize

    n, K = np.asarray(class_sizes, dtype=np.float64), len(class_sizes)
    rng = np.random.default_rng(0)
    start = np.hstack([np.eye(K) - 1 / K, np.zeros((K, features))])[:, : max(K, features)]
    weights = n[None, :] - np.eye(K)

    def value_and_gradient(x: Any) -> tuple[float, Any]:
        raw = x.reshape(start.shape)
        lengths = np.linalg.norm(raw, axis=1, keepdims=True)
        u = raw / lengths
        logits = (u @ u.T - 1) / temperature
        terms = weights * np.exp(logits)
        sums = terms.sum(axis=1)
        slope = n[:, None] * terms / sums[:, None] / temperature
        pull = (slope + slope.T) @ u
        return float(n @ np.log(sums)), ((pull - (pull * u).sum(axis=1, keepdims=True) * u) / lengths).ravel()

    moved = start + 0.01 * rng.standard_normal(start.shape)
    end = minimize(
        value_and_gradient, moved.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 20_000, "gtol": 1e-9}
    )
    u = end.x.reshape(start.shape)
    u = u / np.linalg.norm(u, axis=1, keepdims=True)
    return Grams(None, u @ u.T)


def distance(A: Any, B: Any) -> float:
    """|A/|A| - B/|B||: 0 for one geometry, sqrt(2) for orthogonal matrices."""
    return float(np.linalg.norm(A / np.linalg.norm(A) - B / np.linalg.norm(B)))
