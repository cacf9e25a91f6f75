"""The unconstrained model with the squared loss, its invariant subspace S, and strong collapse."""

from __future__ import annotations

from typing import Any

from ncverify import Space, Variable
from ncverify.literature._layer_peeled import balanced, one_hot, square
from ncverify.space import SpacePoint


def risk(p: Any) -> Any:
    """R = |W H + b 1' - Y|^2 / 2."""
    return square(p, residual(p)) / 2


def residual(p: Any) -> Any:
    """W H + b 1' - Y, shape (K, N)."""
    return p.W @ p.H + p.xp.expand_dims(p.b, 1) - one_hot(p)


def model(n: Any = (1, 2), where: Any = balanced, K: Any = (2, 3), d: Any = (1, 2), **more: Variable) -> Space:
    """W (K, d), H (d, N), b (K,)."""
    variables = {"W": Variable("K", "d"), "H": Variable("d", "N"), "b": Variable("K")}
    return Space(sizes={"K": K, "d": d}, classes=("K", n), where=where, variables=variables | more)


def subspace(n: Any = (1, 2), K: Any = (2, 3), d: Any = (1, 2)) -> Space:
    """S by its coordinates: A (K, d), of which W = (I - J/K) A, and beta."""
    variables = {"A": Variable("K", "d"), "beta": Variable()}
    return Space(sizes={"K": K, "d": d}, classes=("K", n), where=balanced, variables=variables)


def root(p: Any) -> Any:
    """sqrt(n)."""
    return p.xp.sqrt(p.xp.asarray(p.N // p.K))


def centred_rows(p: Any, A: Any) -> Any:
    """(I - J/K) A."""
    return A - p.xp.expand_dims(p.xp.mean(A, axis=0), 0)


def repeated(p: Any, W: Any) -> Any:
    """n^{-1/2} (W kron 1_n)', shape (d, N)."""
    return W.T @ one_hot(p) / root(p)


def on_subspace(p: Any) -> SpacePoint:
    """The point of S that belongs to A and beta."""
    return paired(p, centred_rows(p, p.A))


def paired(p: Any, W: Any) -> SpacePoint:
    """W with H = n^{-1/2} (W kron 1_n)' and b = beta 1."""
    return SpacePoint(p.sizes, {"W": W, "H": repeated(p, W), "b": p.beta * p.xp.ones((p.K,))})


def projection(p: Any) -> Any:
    """P = I - J/K."""
    return p.xp.eye(p.K) - p.xp.ones((p.K, p.K)) / p.K
