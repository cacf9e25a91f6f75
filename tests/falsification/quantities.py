"""Hypotheses that hold on sets of measure zero, counts, and slacks that tie on whole subspaces."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ncverify import Domain, Point
from tests.falsification.gallery import squares

Predicate = Callable[[Point], Any]

PAIR = Domain(K=2, n=1, d=1)
PLANE = Domain(K=2, n=1, d=2)
SQUARE = Domain(K=(2, 3), n=1, d=(2, 3), where=lambda K, n, d: d == K)
ONE_EACH = Domain(K=(2, 3), n=1, d=(1, 3))
SEVERAL = Domain(K=(2, 4), n=(1, 3), d=(1, 3))


def zero(array: Any, p: Point) -> Any:
    """Every element vanishes."""
    return p.xp.all(array == 0)


def balanced(p: Point) -> Any:
    """W'W = HH'."""
    return p.xp.all(p.W.T @ p.W == p.H @ p.H.T)


def equal_norms(p: Point) -> Any:
    """|W|^2 = |H|^2."""
    return squares(p.W) == squares(p.H)


def centred(p: Point) -> Any:
    """The classifiers add up to zero."""
    return zero(p.xp.sum(p.W, axis=0), p)


def centred_features(p: Point) -> Any:
    """The features add up to zero."""
    return zero(p.xp.sum(p.H, axis=1), p)


def first_features(p: Point) -> Any:
    """The first feature of each class, repeated, shape (d, K*n)."""
    return p.H[:, np.repeat(np.arange(p.K) * p.n, p.n)]


def collapsed(p: Point) -> Any:
    """Features of a class agree."""
    return p.xp.all(first_features(p) == p.H)


def scatter(p: Point) -> Any:
    """Squared distances of the features to their class means."""
    means = p.class_means[np.repeat(np.arange(p.K), p.n), :].T
    return squares(p.H - means)


def stationary(p: Point) -> Any:
    """The gradient of the loss vanishes."""
    return zero(p.gradient.W, p) & zero(p.gradient.H, p)


def row_norms(p: Point) -> Any:
    """|w_k|^2, shape (K,)."""
    return p.xp.sum(p.W * p.W, axis=1)


def same_row_norms(p: Point) -> Any:
    """All classifiers have one norm."""
    norms = row_norms(p)
    return p.xp.all(norms == norms[0])


def determinant(A: Any) -> Any:
    """Of a matrix of two or three rows."""
    if A.shape[0] == 2:
        return A[0, 0] * A[1, 1] - A[0, 1] * A[1, 0]
    return (
        A[0, 0] * (A[1, 1] * A[2, 2] - A[1, 2] * A[2, 1])
        - A[0, 1] * (A[1, 0] * A[2, 2] - A[1, 2] * A[2, 0])
        + A[0, 2] * (A[1, 0] * A[2, 1] - A[1, 1] * A[2, 0])
    )


def ranks(values: Any) -> list[Any]:
    """For each value, how many are smaller."""
    return [(values < values[i]).sum() for i in range(len(values))]


def pattern(p: Point) -> Any:
    """Signs without any order, in the shape of the logits."""
    return np.random.default_rng(p.K * 100 + p.n * 10).choice([-1.0, 1.0], size=(p.K, p.K * p.n))


def tied(s: Any, hole: Any, p: Point, depth: Any = 4) -> Any:
    """Zero at s = 0, flat there, and negative for small s > 0 where `hole` is small."""
    return p.xp.exp(s) - 1 - s - depth * s * s / (1 + hole)
