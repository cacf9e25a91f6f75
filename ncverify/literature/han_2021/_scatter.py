"""Means, scatter, the least-squares classifier and its loss, as functions of a point and of features H (d, N)."""

from __future__ import annotations

from typing import Any, NamedTuple

from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import centring, one_hot, square
from ncverify.space import SpacePoint


class Scatter(NamedTuple):
    """Y (K, N); M, the class means (d, K); Mc = M - m_G 1'; Z, each sample less its class mean (d, N); SW = Z Z'/N."""

    Y: Any
    M: Any
    Mc: Any
    Z: Any
    SW: Any


def scatter(p: SpacePoint, H: Array) -> Scatter:
    """The means and the scatter within the classes; m_G is the mean of all samples."""
    Y = one_hot(p)
    M = (H @ Y.T) / p.xp.sum(Y, axis=1)
    Z = H - M @ Y
    return Scatter(Y, M, M - p.xp.mean(H, axis=1, keepdims=True), Z, Z @ Z.T / p.N)


def with_ones(p: SpacePoint, H: Array) -> Array:
    """[H; 1], (d+1, N)."""
    return p.xp.concat([H, p.xp.ones((1, p.N))], axis=0)


def second_moment(p: SpacePoint, lam: Number) -> Array:
    """[H; 1] [H; 1]'/N + lam I, (d+1, d+1): ST~ + m~_G m~_G' + lam I."""
    X = with_ones(p, p.H)
    return X @ X.T / p.N + lam * p.xp.eye(p.d + 1)


def loss(p: SpacePoint, V: Array, lam: Number) -> Number:
    """|V X - Y|^2/(2N) + (lam/2) |V|^2."""
    return square(p, V @ with_ones(p, p.H) - one_hot(p)) / (2 * p.N) + lam * square(p, V) / 2


def form(p: SpacePoint, V: Array, A: Array) -> Number:
    """trace(V A V')."""
    return p.xp.sum((V @ A) * V)


def within(p: SpacePoint) -> Array:
    """SW~ (d+1, d+1): SW with a row and a column of zeros."""
    Z = scatter(p, p.H).Z
    Z = p.xp.concat([Z, p.xp.zeros((1, p.N))], axis=0)
    return Z @ Z.T / p.N


def means(p: SpacePoint) -> Array:
    """M~ = [M; 1], (d+1, K)."""
    return p.xp.concat([scatter(p, p.H).M, p.xp.ones((1, p.K))], axis=0)


def least_loss(p: SpacePoint, H: Array) -> Number:
    """min_V |V [H; 1] - Y|^2/(2N), a rational function where [H; 1] has rank d+1."""
    return square(p, residual(p, H)[1]) / (2 * p.N)


def residual(p: SpacePoint, H: Array) -> tuple[Array, Array]:
    """(W, V X - Y): the least-squares classifier without its bias, and what it leaves."""
    X, Y = with_ones(p, H), one_hot(p)
    V = Y @ X.T @ p.xp.linalg.inv(X @ X.T)
    return V[:, : p.d], V @ X - Y


def slope(p: SpacePoint, H: Array) -> Array:
    """The gradient of min_V L by H: that of L at the least-squares classifier, W'(V X - Y)/N."""
    W, left = residual(p, H)
    return W.T @ left / p.N


def spread(p: SpacePoint, D: Array, Z: Array) -> Array:
    """The derivative of SW along D: (D Z' + Z D')/N."""
    return (D @ Z.T + Z @ D.T) / p.N


def projected(p: SpacePoint, H: Array) -> Array:
    """The velocity of the projected flow where SW = I: the normal space there is {A Z : A symmetric}."""
    G, Z = slope(p, H), scatter(p, H).Z
    return -G + spread(p, G, Z) / 2 @ Z


def renormalised(p: SpacePoint, H: Array) -> Array:
    """The velocity of step-then-renormalise where SW = I: that of (SW + s dSW)^{-1/2} (H - s G) at s = 0."""
    G, Z = slope(p, H), scatter(p, H).Z
    return -G + spread(p, G, Z) / 2 @ H


def centred(p: SpacePoint, D: Array) -> Array:
    """What a velocity D of the features does to Mc: D Y'/n without its mean, for equal classes."""
    return D @ one_hot(p).T @ centring(p) * p.K / p.N


def inverse(p: SpacePoint, C: Array) -> Array:
    """Q = (K I + C)^{-1} for C = S'S (K, K)."""
    return p.xp.linalg.inv(p.K * p.xp.eye(p.K) + C)
