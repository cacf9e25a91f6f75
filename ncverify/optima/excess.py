r"""What a point of equal classes costs beyond the optimum, as a sum of terms that are visibly not negative.

Let C = I - J/K, Y the labels as columns, sigma the softmax of a wrong class at the optimum, c the logit gap there,
P* = (1 - K sigma) Y + sigma 1 1' and D = W H + b 1' - c Y. For every point, in every dimension,

    f - min f     = B + (lambda_H/2) |H - (sigma/(n lambda_H)) W'C Y|^2
                      + ((lambda_W - sigma^2/(n lambda_H))/2) |C W|^2 + (lambda_W/(2K)) |1'W|^2 + (lambda_b/2) |b|^2
    loss - min    = B + (sigma/n) ((n rho/2) (K E_W - |W|^2) + (K n E_H - |H|^2)/(2 rho)
                      + |H - rho W'C Y|^2/(2 rho) + (n rho/(2K)) |1'W|^2)

in the regularised and in the layer-peeled model (b = 0, rho^2 = E_H/E_W), where B is the mean over the samples of
log sum_j P*_j exp(D_j) - sum_j P*_j D_j, the Bregman divergence of logsumexp at c Y: not negative by Jensen.
In the second one two terms are the slack of the constraints. All terms vanish at a simplex and nowhere else.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from ncverify.arguments import Array, Classes, Classifier, Features
from ncverify.kinds import Functions
from ncverify.model import own_class_mask
from ncverify.numbers import namespace_of
from ncverify.optima.reals import Real, exact


class RegularisedExcess(NamedTuple):
    """The terms of f - min f; their sum is the excess.

    Attributes:
        loss: the Bregman divergence of the mean loss.
        features: how far H is from its best answer to W.
        classifiers: zero for K^2 n lambda_W lambda_H <= 1; beyond it W costs more than it gains.
        common: the part of W that all classes share.
        bias: the bias.
    """

    loss: Any
    features: Any
    classifiers: Any
    common: Any
    bias: Any


class LayerPeeledExcess(NamedTuple):
    """The terms of the loss less its minimum; their sum is the excess. Two are slacks, negative at infeasible points.

    Attributes:
        loss: the Bregman divergence of the mean loss.
        features: how far H is from its best answer to W.
        common: the part of W that all classes share.
        classifier_slack: what the constraint of W leaves.
        feature_slack: what the constraint of H leaves.
    """

    loss: Any
    features: Any
    common: Any
    classifier_slack: Any
    feature_slack: Any


def regularised_excess(
    W: Classifier, H: Features, bias: Annotated[Array, "K"], lambda_W: Real, lambda_H: Real, lambda_b: Real = 0.0
) -> RegularisedExcess:
    """f - min f of the regularised model as a sum of terms that are not negative, for equal classes and any d.

    Args:
        W: shape (K, d), floats of any library, or balls.
        H: shape (d, K*n), class by class, of the same kind.
        bias: b, shape (K,), of the same kind.
        lambda_W: weight of |W|^2 / 2, positive.
        lambda_H: weight of |H|^2 / 2, positive.
        lambda_b: weight of |b|^2 / 2, at least 0.

    Raises:
        TypeError: arrays of different kinds, or a weight that is no real number.
        ValueError: shapes that do not fit together, or a weight out of range.

    Example:
        >>> import numpy as np
        >>> terms = regularised_excess(np.zeros((2, 1)), np.zeros((1, 2)), np.zeros(2), 1.0, 1.0)
        >>> [float(term) for term in terms]
        [0.0, 0.0, 0.0, 0.0, 0.0]
    """
    exact("lambda_W", lambda_W), exact("lambda_H", lambda_H), exact("lambda_b", lambda_b, least=0)
    xp = namespace_of(W)
    _check(W, H, bias)
    return regularised_terms(xp, W, H, bias, *(xp.asarray(weight) for weight in (lambda_W, lambda_H, lambda_b)))


def layer_peeled_excess(W: Classifier, H: Features, E_W: Real, E_H: Real) -> LayerPeeledExcess:
    """The loss of the layer-peeled model less its minimum as a sum of terms, for equal classes and any d.

    Args:
        W: shape (K, d), floats of any library, or balls.
        H: shape (d, K*n), class by class, of the same kind.
        E_W: bound of the mean of |w_k|^2, positive.
        E_H: bound of the mean of |h_{k,i}|^2, positive.

    Raises:
        TypeError: arrays of different kinds, or a bound that is no real number.
        ValueError: shapes that do not fit together, or a bound out of range.

    Example:
        >>> import numpy as np
        >>> terms = layer_peeled_excess(np.array([[1.0], [-1.0]]), np.array([[1.0, -1.0]]), 1.0, 1.0)
        >>> max(abs(float(term)) for term in terms) < 1e-15
        True
    """
    exact("E_W", E_W), exact("E_H", E_H)
    xp = namespace_of(W)
    _check(W, H)
    return layer_peeled_terms(xp, W, H, xp.asarray(E_W), xp.asarray(E_H))


def regularised_terms(xp: Functions, W: Array, H: Array, b: Array, lW: Any, lH: Any, lb: Any) -> RegularisedExcess:
    """The terms at a point whose arrays and weights are of one namespace."""
    K, n = W.shape[0], H.shape[1] // W.shape[0]
    sigma, gap = at_the_optimum(xp, K, n * lW * lH)
    Y, C = own_class_mask(K, n, xp), xp.eye(K) - xp.ones((K, K)) / K
    features, rows, centred = H - sigma / (n * lH) * (W.T @ (C @ Y)), xp.sum(W, axis=0), C @ W
    return RegularisedExcess(
        loss=_bregman(xp, W @ H + xp.reshape(b, (K, 1)), Y, sigma, gap),
        features=lH / 2 * xp.sum(features * features),
        classifiers=(lW - sigma * sigma / (n * lH)) / 2 * xp.sum(centred * centred),
        common=lW / (2 * K) * xp.sum(rows * rows),
        bias=lb / 2 * xp.sum(b * b),
    )


def layer_peeled_terms(xp: Functions, W: Array, H: Array, E_W: Any, E_H: Any) -> LayerPeeledExcess:
    """The terms at a point whose arrays and bounds are of one namespace."""
    K, n = W.shape[0], H.shape[1] // W.shape[0]
    rho, gap = xp.sqrt(E_H / E_W), K * xp.sqrt(E_W * E_H) / (K - 1)
    sigma = xp.exp(-gap) / (1 + (K - 1) * xp.exp(-gap))
    Y, C = own_class_mask(K, n, xp), xp.eye(K) - xp.ones((K, K)) / K
    features, rows = H - rho * (W.T @ (C @ Y)), xp.sum(W, axis=0)
    return LayerPeeledExcess(
        loss=_bregman(xp, W @ H, Y, sigma, gap),
        features=sigma / (2 * n * rho) * xp.sum(features * features),
        common=sigma * rho / (2 * K) * xp.sum(rows * rows),
        classifier_slack=sigma * rho / 2 * (K * E_W - xp.sum(W * W)),
        feature_slack=sigma / (2 * n * rho) * (K * n * E_H - xp.sum(H * H)),
    )


def at_the_optimum(xp: Functions, K: Classes, square: Any) -> tuple[Any, Any]:
    """sigma = min(s, 1/K) and c = log(1/sigma - (K-1)), zero from the threshold on; square is s^2."""
    s = xp.sqrt(square)
    sigma = xp.minimum(s, xp.asarray(1) / K)
    return sigma, xp.log(xp.maximum(1 / s - (K - 1), xp.asarray(1)))


def _bregman(xp: Functions, Z: Array, Y: Array, sigma: Any, gap: Any) -> Any:
    """The mean of log sum_j P*_j exp(D_j) - sum_j P*_j D_j; exactly 0 where D = 0."""
    target, D = (1 - Y.shape[0] * sigma) * Y + sigma, Z - gap * Y
    top = xp.max(D, axis=0)
    moments = top + xp.log1p(xp.sum(target * xp.expm1(D - xp.expand_dims(top, 0)), axis=0))
    return xp.mean(moments - xp.sum(target * D, axis=0))


def _check(W: Array, H: Array, bias: Any | None = None) -> None:
    K = W.shape[0]
    if H.shape[0] != W.shape[1] or H.shape[1] % K:
        raise ValueError(f"H: expected shape (d, K*n) with K = {K}, d = {W.shape[1]}, got {tuple(H.shape)}")
    if bias is not None and tuple(bias.shape) != (K,):
        raise ValueError(f"bias: expected shape ({K},), got {tuple(bias.shape)}")
