r"""Quantities of Appendix B at a single point: speeds along the flow, alignment, smoothed margin, KKT residuals.

Along the flow every one of them is a function of the point alone. Rates are taken in the rescaled time

.. math:: d\sigma = \mathcal{L}\,dt

in which nothing overflows or underflows however small the loss is: the velocity is minus the gradient of log L. Every
differential inequality of Appendix B has one factor 1/dt on each side, so it says the same in either time.

All functions run on floats of every backend and on ball arithmetic; where gamma~ or beta is not defined (at the
origin, at a critical point) they are NaN or infinite on floats.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from ncverify.arguments import Classes, Count, Namespace
from ncverify.model import log_odds, own_class_mask
from ncverify.point import Point, Tangent
from ncverify.space.point import SpacePoint

_TINY_LOG_LOSS = -30.0  # below it, exp(log L) / 24 and higher terms of the series vanish against rounding


def _once_per_point(quantity: Callable[[Point], Any]) -> Callable[[Point], Any]:
    """The quantity, computed on first use and then kept with the point, as the point keeps its own."""

    @wraps(quantity)
    def kept(p: Point) -> Any:
        cache = vars(p)
        name = f"flow.{quantity.__name__}"
        if name not in cache:
            cache[name] = quantity(p)
        return cache[name]

    return kept


@_once_per_point
def log_expm1_loss(p: Point) -> Any:
    """log(exp(L) - 1), finite even where the loss underflows; negative exactly where L < log 2.

    Example:
        >>> import numpy as np
        >>> p = Point(np.array([[30.0], [-30.0]]), np.array([[30.0, -30.0]]))
        >>> round(float(log_expm1_loss(p)), 3)
        -1799.307
    """
    xp = p.xp
    if xp.exact:
        return p.loss + xp.log(-xp.expm1(-p.loss))
    tiny = p.log_loss < _TINY_LOG_LOSS
    safe = xp.where(tiny, 1.0, p.loss)
    series = p.log_loss + xp.where(tiny, p.loss, 0.0) / 2
    return xp.where(tiny, series, safe + xp.log(-xp.expm1(-safe)))


def smoothed_margin(p: Point) -> Any:
    """gamma~ = -log(exp(L) - 1) / rho^2. *Source:* before Lemma B.1.

    Example:
        >>> import numpy as np
        >>> p = Point(np.array([[30.0], [-30.0]]), np.array([[30.0, -30.0]]))
        >>> round(float(smoothed_margin(p)), 6)
        0.499807
    """
    return -log_expm1_loss(p) / p.squared_norm


@_once_per_point
def saturation(p: Point) -> Any:
    """(1 - exp(-L)) / L, which tends to one as the loss vanishes. *Source:* (B.17)."""
    xp = p.xp
    if xp.exact:
        return -xp.expm1(-p.loss) / p.loss
    tiny = p.log_loss < _TINY_LOG_LOSS
    safe = xp.where(tiny, 1.0, p.loss)
    return xp.where(tiny, 1 - xp.where(tiny, p.loss, 0.0) / 2, -xp.expm1(-safe) / safe)


@_once_per_point
def relative_weights(p: Point) -> Any:
    r"""The weights of (B.6) divided by the loss, shape (K, K*n); zero in the own class, of order one in sum.

    .. math:: p_{k,i,j} / \mathcal{L}, \qquad p_{k,i,j} = e^{-s_{k,i,j}} / (1 + \sum_{l \ne k} e^{-s_{k,i,l}})
    """
    xp, S = p.xp, p.logit_differences
    others = 1 - own_class_mask(p.K, p.n, xp)
    normaliser = xp.expand_dims(xp.softplus(log_odds(S, p.n, xp)), axis=0)
    return xp.exp(-S - normaliser - others * p.log_loss) * others


@_once_per_point
def relative_logit_gradient(p: Point) -> Any:
    """The derivative of log L by the logits, shape (K, K*n); its columns sum to zero."""
    xp, P = p.xp, relative_weights(p)
    return P - own_class_mask(p.K, p.n, xp) * xp.expand_dims(xp.sum(P, axis=0), axis=0)


@_once_per_point
def relative_velocity(p: Point) -> Tangent:
    """(dW, dH) / d sigma = -grad L / L, the velocity of the flow in rescaled time."""
    G = relative_logit_gradient(p)
    return Tangent(-(G @ p.H.T), -(p.W.T @ G))


def inner(p: Point | SpacePoint, a: Any, b: Any) -> Any:
    """The Euclidean inner product of two pairs with the shapes of (W, H)."""
    return p.xp.sum(a[0] * b[0]) + p.xp.sum(a[1] * b[1])


@_once_per_point
def radial_growth(p: Point) -> Any:
    """Half of d rho^2 / d sigma, as the inner product of theta with its velocity. *Source:* (B.13), left side."""
    return inner(p, (p.W, p.H), relative_velocity(p))


@_once_per_point
def squared_speed(p: Point) -> Any:
    """|d theta / d sigma|^2 = -d log L / d sigma. *Source:* (B.4)."""
    velocity = relative_velocity(p)
    return inner(p, velocity, velocity)


def growth_of_log_norm(p: Point) -> Any:
    """d log rho / d sigma."""
    return radial_growth(p) / p.squared_norm


def squared_direction_speed(p: Point) -> Any:
    """|d (theta/rho) / d sigma|^2, from the tangential part of the velocity. *Source:* (B.18)."""
    velocity, rate = relative_velocity(p), growth_of_log_norm(p)
    tangential = Tangent(velocity.W - rate * p.W, velocity.H - rate * p.H)
    return inner(p, tangential, tangential) / p.squared_norm


def alignment(p: Point) -> Any:
    """beta, the cosine of the angle between theta and its velocity. *Source:* Lemma B.1.

    Example:
        >>> import numpy as np
        >>> p = Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -1.0]]))
        >>> round(float(alignment(p)), 12)
        1.0
    """
    return radial_growth(p) / (p.xp.sqrt(p.squared_norm) * p.xp.sqrt(squared_speed(p)))


def misalignment(p: Point) -> Any:
    """1 - beta, accurate however small it is: sin^2 / (1 + beta), from the tangential part of the velocity."""
    squared_sine = p.squared_norm * squared_direction_speed(p) / squared_speed(p)
    return squared_sine / (1 + alignment(p))


def growth_of_log_smoothed_margin(p: Point) -> Any:
    """d log gamma~ / d sigma, by the chain rule. *Source:* (B.15), (B.16)."""
    return squared_speed(p) / (-log_expm1_loss(p) * saturation(p)) - 2 * growth_of_log_norm(p)


def stationarity_bound(p: Point) -> Any:
    """epsilon of Lemma B.1, sqrt(2 (1 - beta) / gamma~)."""
    return p.xp.sqrt(2 * misalignment(p) / smoothed_margin(p))


def complementarity_bound(p: Point) -> Any:
    """delta of Lemma B.1, K^2 (K-1) n / (2 e gamma~ q_min)."""
    e = p.xp.exp(1)
    return p.K * p.K * (p.K - 1) * p.n / (2 * e * smoothed_margin(p) * p.q_min)


def softmax_multipliers(p: Point) -> Any:
    r"""The multipliers of Lemma B.1 for the constraints of (3.1), shape (K, K*n), zero in the own class.

    .. math:: \lambda_{k,i,j} = \frac{\rho}{\|g\|}\,\frac{e^{-s_{k,i,j}}}{1 + \sum_{l \ne k} e^{-s_{k,i,l}}}
    """
    return relative_weights(p) * p.xp.sqrt(p.squared_norm / squared_speed(p))


def direction(p: Point) -> Tangent:
    """theta / rho."""
    rho = p.xp.sqrt(p.squared_norm)
    return Tangent(p.W / rho, p.H / rho)


def stationarity_residual(p: Point) -> Any:
    """|theta~ - sum lambda g~| for the softmax multipliers: rho / sqrt(q_min) sqrt(2 - 2 beta). *Source:* (B.6)."""
    return p.xp.sqrt(2 * p.squared_norm / p.q_min * misalignment(p))


def largest_possible_margin(K: Classes, n: Count, xp: Namespace) -> Any:
    """1 / (2 (K-1) sqrt n), the largest q_min / rho^2 of any point by Theorem 3.1, so a bound for gamma~ by (B.9).

    Example:
        >>> import numpy as np
        >>> from ncverify.numbers import namespace_of
        >>> float(largest_possible_margin(3, 4, namespace_of(np.ones(1))))
        0.125
    """
    return 1 / (2 * (K - 1) * xp.sqrt(n))
