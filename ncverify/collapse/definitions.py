"""NC1 to NC4 as different papers define them, as predicates of one point: which number means which definition.

A point has W (K, d), H (d, N) and, for NC4 with a bias, b (K,): a `Point`, an `UnequalPoint` or a point of a `Space`
with classes. m_k are the class means, m_G the mean of all columns of H, M the means as rows, Mc = M - m_G. All of them
are decided exactly at rational points. `docs/definitions.md` has which of them imply which.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from ncverify.collapse.conditions import is_simplex, simplex_gram
from ncverify.kinds import Array, TruthValue
from ncverify.point import Point
from ncverify.space import SpacePoint

Condition = Literal["NC1", "NC2", "NC3", "NC4"]


@dataclass(frozen=True)
class Definition:
    """One condition as one paper defines it.

    Attributes:
        condition: NC1 to NC4.
        paper: its key, as `ncverify.papers.find` takes it.
        name: the condition with what tells it from others of the same paper.
        says: the definition in words and formulas.
        holds: from a point to a truth value.
    """

    condition: Condition
    paper: str
    name: str
    says: str
    holds: Callable[[Any], Any]

    @property
    def key(self) -> str:
        """Paper and name: "papyan-2020/nc2"."""
        return f"{self.paper}/{self.name}"


def one_hot(p: Point | SpacePoint) -> Array:
    """The labels as columns, shape (K, N)."""
    return p.xp.take(p.xp.eye(p.K), p.labels, axis=1)


def class_means(p: Point | SpacePoint, *, centred: bool = False) -> Array:
    """The class means as rows, shape (K, d), less the mean of all samples if asked for."""
    Y = one_hot(p)
    means = Y @ p.H.T / p.xp.expand_dims(p.xp.sum(Y, axis=1), axis=1)
    return means - p.xp.expand_dims(p.xp.mean(p.H, axis=1), axis=0) if centred else means


def deviations(p: Point | SpacePoint) -> Array:
    """h_{k,i} - m_k, shape (d, N)."""
    return p.H - class_means(p).T @ one_hot(p)


def _collapsed(p: Point | SpacePoint) -> TruthValue:
    return p.xp.all(deviations(p) == 0)


def _ratio_vanishes(p: Point | SpacePoint) -> TruthValue:
    return p.xp.all(class_means(p, centred=True) @ deviations(p) == 0)


def _is_frame(p: Point | SpacePoint) -> TruthValue:
    M = class_means(p)
    gram = M @ M.T
    return (gram[0, 0] > 0) & p.xp.all(gram == gram[0, 0] * p.xp.eye(p.K))


def _is_seli(p: Point | SpacePoint) -> TruthValue:
    """G D G = c^2 P with c^2 > 0, G the Gram matrix of the means: then D^(1/2) G D^(1/2) is the psd root."""
    M = class_means(p)
    gram = M @ M.T
    square = gram * p.xp.sum(one_hot(p), axis=1) @ gram
    return (square[0, 0] > 0) & p.xp.all(square == square[0, 0] * simplex_gram(p.K, p.xp))


def _parallel(p: Point | SpacePoint, A: Array, B: Array) -> TruthValue:
    """A = C B with C > 0: all a_i b_j = a_j b_i, and <A, B> > 0."""
    xp = p.xp
    a, b = xp.reshape(A, (-1,)), xp.reshape(B, (-1,))
    products = xp.expand_dims(a, axis=1) * b
    return (xp.sum(a * b) > 0) & xp.all(products == products.T)


def _agrees(p: Point | SpacePoint, scores: Array) -> TruthValue:
    """The largest score of every feature and its nearest class mean have a class in common."""
    xp, M = p.xp, class_means(p)
    distances = xp.expand_dims(xp.sum(M * M, axis=1), axis=1) - 2 * (M @ p.H)
    lag = xp.expand_dims(xp.max(scores, axis=0), axis=0) - scores
    together = lag + distances - xp.expand_dims(xp.min(distances, axis=0), axis=0)
    return xp.all(xp.min(together, axis=0) == 0)


DEFINITIONS = (
    Definition("NC1", "papyan-2020", "nc1", "h_{k,i} = m_k for all k, i (Sigma_W = 0)", _collapsed),
    Definition("NC1", "papyan-2020", "nc1-measured", "tr(Sigma_W Sigma_B^+) = 0", _ratio_vanishes),
    Definition(
        "NC2",
        "papyan-2020",
        "nc2",
        "the m_k - m_G have one norm > 0 and cosines -1/(K-1)",
        lambda p: is_simplex(class_means(p, centred=True), p.xp),
    ),
    Definition(
        "NC2",
        "ulpm-2022",
        "nc2",
        "the m_k, not centred, have one norm > 0 and cosines -1/(K-1)",
        lambda p: is_simplex(class_means(p), p.xp),
    ),
    Definition(
        "NC2",
        "zhu-2021",
        "nc2",
        "the w_k, not centred, have one norm > 0 and cosines -1/(K-1)",
        lambda p: is_simplex(p.W, p.xp),
    ),
    Definition("NC2", "tirer-bruna-2022", "nc2", "the m_k are orthogonal with one norm > 0", _is_frame),
    Definition(
        "NC2",
        "thrampoulidis-2022",
        "nc2",
        "SELI: the m_k have the Gram matrix c (P D P)^(1/2)^+, c > 0, D = diag(n_1..n_K)",
        _is_seli,
    ),
    Definition(
        "NC3",
        "papyan-2020",
        "nc3",
        "W/|W| = Mc/|Mc|: classifiers and centred means are parallel",
        lambda p: _parallel(p, p.W, class_means(p, centred=True)),
    ),
    Definition(
        "NC3",
        "ulpm-2022",
        "nc3",
        "w_k = C m_k with one C > 0, means not centred",
        lambda p: _parallel(p, p.W, class_means(p)),
    ),
    Definition(
        "NC3",
        "zhu-2021",
        "nc3",
        "h_{k,i} = C w_k for every sample, one C > 0",
        lambda p: _parallel(p, p.H, p.W.T @ one_hot(p)),
    ),
    Definition(
        "NC4",
        "papyan-2020",
        "nc4-measured",
        "argmax_k <w_k, h> + b_k = argmin_k |h - m_k| for the features h of H",
        lambda p: _agrees(p, p.W @ p.H + p.xp.expand_dims(p.b, axis=1)),
    ),
    Definition(
        "NC4",
        "ulpm-2022",
        "nc4",
        "argmax_k <w_k, h> = argmin_k |h - m_k| for the features h of H, no bias (printed with arg min on the left)",
        lambda p: _agrees(p, p.W @ p.H),
    ),
)


def definition(key: str) -> Definition:
    """The definition of a key such as "papyan-2020/nc2".

    Raises:
        TypeError: no text.
        ValueError: there is none; the message has those that there are.

    Example:
        >>> import numpy as np
        >>> from ncverify import Point
        >>> shifted = Point(np.array([[1.0], [-1.0]]), np.array([[3.0, 1.0]]))
        >>> [bool(definition(f"{paper}/nc2").holds(shifted)) for paper in ("papyan-2020", "ulpm-2022")]
        [True, False]
    """
    for entry in DEFINITIONS:
        if entry.key == key:
            return entry
    raise ValueError(f"key: expected one of {', '.join(entry.key for entry in DEFINITIONS)}, got {key!r}"[:600])
