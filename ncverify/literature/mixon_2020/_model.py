"""The unconstrained model with the squared loss, its invariant subspace S, and strong collapse."""

from __future__ import annotations

from functools import partial

from ncverify import Space, Variable
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import balanced, one_hot, peeled, square
from ncverify.space import SpacePoint
from ncverify.space.space import Range


def risk(p: SpacePoint) -> Number:
    """R = |W H + b 1' - Y|^2 / 2."""
    return square(p, residual(p)) / 2


def residual(p: SpacePoint) -> Array:
    """W H + b 1' - Y, shape (K, N)."""
    return p.W @ p.H + p.xp.expand_dims(p.b, 1) - one_hot(p)


model = partial(peeled, d=(1, 2), b=Variable("K"))
"""W (K, d), H (d, N), b (K,)."""


def subspace(n: Range = (1, 2), K: Range = (2, 3), d: Range = (1, 2)) -> Space:
    """S by its coordinates: A (K, d), of which W = (I - J/K) A, and beta."""
    variables = {"A": Variable("K", "d"), "beta": Variable()}
    return Space(sizes={"K": K, "d": d}, classes=("K", n), where=balanced, variables=variables)


def root(p: SpacePoint) -> Number:
    """sqrt(n)."""
    return p.xp.sqrt(p.xp.asarray(p.N // p.K))


def centred_rows(p: SpacePoint, A: Array) -> Array:
    """(I - J/K) A."""
    return A - p.xp.expand_dims(p.xp.mean(A, axis=0), 0)


def repeated(p: SpacePoint, W: Array) -> Array:
    """n^{-1/2} (W kron 1_n)', shape (d, N)."""
    return W.T @ one_hot(p) / root(p)


def on_subspace(p: SpacePoint) -> SpacePoint:
    """The point of S that belongs to A and beta."""
    return paired(p, centred_rows(p, p.A))


def paired(p: SpacePoint, W: Array) -> SpacePoint:
    """W with H = n^{-1/2} (W kron 1_n)' and b = beta 1."""
    return SpacePoint(p.sizes, {"W": W, "H": repeated(p, W), "b": p.beta * p.xp.ones((p.K,))})


def projection(p: SpacePoint) -> Array:
    """P = I - J/K."""
    return p.xp.eye(p.K) - p.xp.ones((p.K, p.K)) / p.K
