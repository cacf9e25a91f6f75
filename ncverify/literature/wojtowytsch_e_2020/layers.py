"""E and Wojtowytsch: outputs in a ball, features in a ball with |A|_2 <= 1, a flow, shallow networks.

|A|_2 <= 1 is drawn as the first K rows and m columns of a frame scaled by s <= 1: A = s F, F with orthonormal columns
or rows.
"""

from __future__ import annotations

from ncverify import Inequality, Optimum, Space, Variable
from ncverify.kinds import Array, Number
from ncverify.literature._claims import in_our_words
from ncverify.literature._layer_peeled import column_losses, cross_entropies, one_hot, simplex, simplex_loss, square
from ncverify.papers import Part
from ncverify.papers.neighbours import scaled
from ncverify.space import SpacePoint
from ncverify.space.space import Range

CLASSES = Space(sizes={"K": (2, 4)}, classes=("K", (1, 3)), variables={"Z": Variable("K", "N")})

TAME = Space(sizes=CLASSES.ranges, classes=("K", (1, 3)), variables={"Z": Variable("K", "N", low=-512, high=512)})

BALL = Space(sizes={"K": (2, 5)}, variables={"z": Variable("K", on="ball"), "R": Variable(positive=True, high=8)})


def features(K: Range = (2, 4), m: Range = (1, 4), equal: bool = False, **more: Variable) -> Space:
    """F (K,m) with orthonormal columns, s <= 1, features Y (m,K) in the ball, proportions, R."""
    own = {} if equal else {"prob": Variable("K", on="simplex")}
    return Space(
        sizes={"K": K, "m": m},
        where=lambda q: q.K - 1 <= q.m <= q.K,
        variables={
            "A": Variable("K", "m", on="orthonormal columns"),
            "Y": Variable("m", "K", on="columns on sphere"),
            "R": Variable(positive=True, high=8),
        }
        | own
        | more,
    )


def ce(p: SpacePoint, Z: Array) -> Array:
    """CE of column k for class k."""
    return column_losses(p.xp, Z, range(p.K))


def value(p: SpacePoint, factor: Number = 1) -> Number:
    """log(1 + (K-1) exp(-R sqrt(K/(K-1)))), computed with the root of the rational K/(K-1)."""
    return simplex_loss(p.xp, p.K, factor * p.R * p.xp.sqrt(p.xp.asarray(p.K) / (p.K - 1)))


def _means(p: SpacePoint) -> Array:
    Y = one_hot(p)
    return p.Z @ Y.T / p.xp.expand_dims(p.xp.sum(Y, axis=1), 0) @ Y


def _jensen(p: SpacePoint, factor: Number = 1) -> Number:
    return p.xp.sum(cross_entropies(p, p.Z)) - factor * p.xp.sum(cross_entropies(p, _means(p)))


def _spread(p: SpacePoint) -> Number:
    D = p.Z - _means(p)
    return -square(p, D - p.xp.expand_dims(p.xp.mean(D, axis=0), 0))


def _ball_loss(p: SpacePoint) -> Number:
    return column_losses(p.xp, p.R * p.xp.reshape(p.z, (p.K, 1)), [0])[0]


def _is_vertex(p: SpacePoint) -> Number:
    e = p.xp.eye(p.K)[0, :]
    return -p.xp.sum((p.z - p.xp.sqrt(p.xp.asarray(p.K - 1) / p.K) * (e - (1 - e) / (p.K - 1))) ** 2)


def risk(p: SpacePoint, b: Array = 0) -> Number:
    """sum_k p_k CE(R A y_k + b, k)."""
    return p.xp.sum(p.prob * ce(p, p.R * (p.A @ p.Y) + b))


def _is_simplex(p: SpacePoint) -> Number:
    return -p.xp.sum((p.Y.T @ p.Y - simplex(p, p.K)) ** 2)


PEN, BIAS = features(), features(b=Variable("K"))

TIGHT_BALL = scaled(lambda p, factor: _ball_loss(p) - value(p, factor), ("9/10", "7/10", "5/10"), "the exponent", BALL)

TIGHT_PEN = scaled(lambda p, factor: risk(p) - value(p, factor), ("9/10", "7/10", "5/10"), "the exponent", PEN)


CLAIMS = (
    in_our_words(
        id="we-jensen",
        says="averaging over a class",
        verdict="holds",
        reason="logsumexp is strictly convex modulo 1",
        parts=(
            Part(Inequality("Jensen", slack=_jensen), domain=CLASSES),
            Part(
                Optimum(
                    ("equality, |z| <= 512: far out the gap is like exp(-z), below every precision"),
                    objective=_jensen,
                    value=lambda p: p.xp.asarray(0),
                    conclusion=_spread,
                ),
                domain=TAME,
            ),
        ),
        neighbours=scaled(_jensen, ("11/10", "12/10", "15/10"), "the loss of the mean", CLASSES),
    ),
    in_our_words(
        id="we-ball",
        says="the unique minimiser on a ball",
        verdict="holds",
        reason="tangent bound and Cauchy",
        parts=(
            Part(Inequality("value", slack=lambda p: _ball_loss(p) - value(p)), domain=BALL),
            Part(Optimum("unique", objective=_ball_loss, value=value, conclusion=_is_vertex), domain=BALL),
        ),
        neighbours=TIGHT_BALL,
    ),
    in_our_words(
        id="we-penultimate",
        says="penultimate layer, |A|_2 <= 1",
        verdict="holds",
        reason="|A y| <= R reduces it to we-ball; A'A y = y gives the Gram matrix; any proportions",
        parts=(
            Part(Inequality("value", slack=lambda p: risk(p) - value(p)), domain=PEN),
            Part(
                Optimum(
                    "simplex", objective=risk, value=value, conclusion=_is_simplex, given=[lambda p: p.xp.min(p.prob)]
                ),
                domain=PEN,
            ),
        ),
        neighbours=TIGHT_PEN,
    ),
)
