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

from types import SimpleNamespace
from typing import Annotated, Any, NamedTuple

from ncverify.arguments import Array, Classes, Classifier, Features
from ncverify.certificates import (
    NonNegative,
    constant,
    divergence,
    exponential,
    minimum,
    positive_part,
    root,
    square,
)
from ncverify.kinds import Functions
from ncverify.model import own_class_mask
from ncverify.numbers import namespace_of
from ncverify.optima.reals import NotNegative, Positive, exact


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
    W: Classifier,
    H: Features,
    bias: Annotated[Array, "K"],
    lambda_W: Positive,
    lambda_H: Positive,
    lambda_b: NotNegative = 0.0,
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
    p = SimpleNamespace(xp=namespace_of(W))
    _check(W, H, bias)
    weights = (
        NonNegative(p.xp.asarray(weight), strict=i < 2) for i, weight in enumerate((lambda_W, lambda_H, lambda_b))
    )
    return RegularisedExcess(*(term.value for term in regularised_terms(p, W, H, bias, *weights)))


def layer_peeled_excess(W: Classifier, H: Features, E_W: Positive, E_H: Positive) -> LayerPeeledExcess:
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
    p = SimpleNamespace(xp=namespace_of(W))
    _check(W, H)
    terms, multipliers = layer_peeled_terms(p, W, H, *(NonNegative(p.xp.asarray(E), strict=True) for E in (E_W, E_H)))
    slacks = W.shape[0] * p.xp.asarray(E_W) - p.xp.sum(W * W), H.shape[1] * p.xp.asarray(E_H) - p.xp.sum(H * H)
    products = (m.value * slack for m, slack in zip(multipliers, slacks, strict=True))
    return LayerPeeledExcess(*(term.value for term in terms), *products)


def regularised_terms(
    p: Any, W: Array, H: Array, b: Array, lW: NonNegative, lH: NonNegative, lb: NonNegative
) -> tuple[NonNegative, ...]:
    """The terms of a `RegularisedExcess`, not negative by their form; p has the namespace `xp` of the arrays."""
    xp, K, n = p.xp, W.shape[0], H.shape[1] // W.shape[0]
    s, uniform = root(p, n * lW * lH), constant(p, 1) / K
    sigma, beyond = minimum(p, s, uniform), positive_part(p, s.value - uniform.value)
    gap = at_the_optimum(xp, K, n * lW.value * lH.value)[1]
    Y, centred = own_class_mask(K, n, xp), W - xp.mean(W, axis=0, keepdims=True)
    return (
        divergence(p, W @ H + xp.reshape(b, (K, 1)), gap * Y) / (K * n),
        lH / 2 * square(p, H - sigma.value / (n * lH.value) * (centred.T @ Y)),
        beyond * (s + sigma) / (2 * n * lH) * square(p, centred),
        lW / (2 * K) * square(p, xp.sum(W, axis=0)),
        lb / 2 * square(p, b),
    )


def layer_peeled_terms(
    p: Any, W: Array, H: Array, E_W: NonNegative, E_H: NonNegative
) -> tuple[tuple[NonNegative, ...], tuple[NonNegative, NonNegative]]:
    """The terms of a `LayerPeeledExcess` without constraints, and the multipliers of K E_W - |W|^2, K n E_H - |H|^2."""
    xp, K, n = p.xp, W.shape[0], H.shape[1] // W.shape[0]
    rho, gap = root(p, E_H / E_W), K * xp.sqrt(E_W.value * E_H.value) / (K - 1)
    wrong = exponential(p, -gap)
    sigma = wrong / (1 + (K - 1) * wrong)
    Y, centred = own_class_mask(K, n, xp), W - xp.mean(W, axis=0, keepdims=True)
    terms = (
        divergence(p, W @ H, gap * Y) / (K * n),
        sigma / (2 * n * rho) * square(p, H - rho.value * (centred.T @ Y)),
        sigma * rho / (2 * K) * square(p, xp.sum(W, axis=0)),
    )
    return terms, (sigma * rho / 2, sigma / (2 * n * rho))


def at_the_optimum(xp: Functions, K: Classes, square: Any) -> tuple[Any, Any]:
    """sigma = min(s, 1/K) and c = log(1/sigma - (K-1)), zero from the threshold on; square is s^2."""
    s = xp.sqrt(square)
    sigma = xp.minimum(s, xp.asarray(1) / K)
    return sigma, xp.log(xp.maximum(1 / s - (K - 1), xp.asarray(1)))


def _check(W: Array, H: Array, bias: Any | None = None) -> None:
    K = W.shape[0]
    if H.shape[0] != W.shape[1] or H.shape[1] % K:
        raise ValueError(f"H: expected shape (d, K*n) with K = {K}, d = {W.shape[1]}, got {tuple(H.shape)}")
    if bias is not None and tuple(bias.shape) != (K,):
        raise ValueError(f"bias: expected shape ({K},), got {tuple(bias.shape)}")
