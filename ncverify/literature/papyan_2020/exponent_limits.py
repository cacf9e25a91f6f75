"""Papyan, Han and Donoho: the exponent in small dimensions, and which decoders attain the largest one."""

from __future__ import annotations

from fractions import Fraction

from ncverify import ForAll, Identity, Implication, Inequality, Optimum, OverShapes, Space, Variable
from ncverify.kinds import Array, Number, TruthValue
from ncverify.literature._layer_peeled import is_equal, simplex, square
from ncverify.literature._means import centred, frame, frames, is_dual
from ncverify.literature.papyan_2020.exponent import (
    ANY,
    ATTAINED,
    BELOW,
    BOUNDED,
    LAGRANGE,
    PAIRED,
    PROOF,
    SHAPES,
    TIGHT,
    TWO,
    WHY,
    best,
    beta,
    decoders,
    gaps,
    radius,
)
from ncverify.optima import error_exponent
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.space import SpacePoint

RADON = Space(
    sizes={"i": (1, 3), "j": (1, 3), "d": (1, 3)},
    variables={"a": Variable("i"), "c": Variable("j"), "X": Variable("i", "d"), "Z": Variable("j", "d")},
)


def _weighted_gaps(p: SpacePoint) -> Array:
    xp = p.xp
    gaps = xp.sum((xp.expand_dims(p.X, 1) - xp.expand_dims(p.Z, 0)) ** 2, axis=2)
    return p.a @ (gaps @ p.c)


def _weighted_squares(p: SpacePoint) -> Array:
    xp = p.xp
    first, second = p.a @ xp.sum(p.X**2, axis=1), p.c @ xp.sum(p.Z**2, axis=1)
    return xp.sum(p.c) * first + xp.sum(p.a) * second - 2 * xp.sum((p.a @ p.X) * (p.c @ p.Z))


PARTITION = Identity(
    "sum a_i c_j |x_i - z_j|^2 = sum c sum a |x|^2 + sum a sum c |z|^2 - 2 <sum a x, sum c z>",
    left=_weighted_gaps,
    right=_weighted_squares,
)
QUARTER = Part(
    Inequality("K >= d+2: beta <= max |m_k|^2/4, less than K/(4(K-1)) of it", slack=lambda p: radius(p) / 4 - beta(p)),
    domain=BELOW,
    refutes=True,
    proof=((PAIRED, ANY), (LAGRANGE, TWO), (PARTITION, RADON)),
    argument="d+2 points have a Radon partition: weights a, c >= 0 of sum 1 with sum a x = sum c z, so that some "
    "|x_i - z_j|^2 <= 2 max |m|^2",
    beyond=SHAPES,
)
STEPS = Identity(
    "the steps from x_1 to x_K add up to x_K - x_1",
    left=lambda p: p.xp.sum(p.x[1:] - p.x[:-1]),
    right=lambda p: p.x[-1] - p.x[0],
)
LINE = Part(
    Inequality("d = 1: beta <= max |m_k|^2/(2 (K-1)^2)", slack=lambda p: radius(p) / (2 * (p.K - 1) ** 2) - beta(p)),
    domain=decoders(K=(2, 4), d=1),
    proof=((PAIRED, ANY), (STEPS, Space(sizes={"K": (2, 5)}, variables={"x": Variable("K")}))),
    argument="in order, K - 1 steps that add up to at most 2 max |m_k|: the least is at most 2 max |m_k|/(K-1)",
    beyond="both sums telescope or cancel, whatever K is",
)
ANY_D = Claim(
    id="papyan-exponent-any-d",
    where="same theorem",
    kind="identity",
    attribution="reading",
    says="max beta = K/(4(K-1)) for every d >= 1",
    printed=r"\max_{M,W,b}\beta=\tfrac K{4(K-1)},\ d\ge1",
    verdict="false",
    reason="K >= d+2 points of a ball have two at most sqrt 2 apart, so beta <= 1/4; K = 3, d = 1 has 1/8; a reading, "
    "no verdict on the paper",
    severity="local",
    effect="needs d >= K-1; below, max beta is delta^2/8 for the best packing of K points in the ball",
    parts=(
        QUARTER,
        Part(
            OverShapes(
                "K/(4(K-1)) is at most what is possible: 1/4 for K >= d+2",
                predicate=lambda s: Fraction(s.K, 4 * (s.K - 1)) <= Fraction(1, 4),
                given=[lambda s: s.d + 2 <= s.K],
            ),
            domain=Space(sizes={"K": (2, 6), "d": (1, 5)}),
            witness=Witness(K=3, d=1),
        ),
    ),
    correction=Correction(
        latex=r"\max\beta=\tfrac K{4(K-1)}\ (d\ge K-1),\ \tfrac1{2(K-1)^2}\ (d=1),\ \le\tfrac14\ (K\ge d+2)",
        parts=(BOUNDED, ATTAINED, LINE),
    ),
    neighbours=(
        TIGHT[0],
        Neighbour(
            Inequality("K >= d+2: beta <= max |m_k|^2/8", slack=lambda p: radius(p) / 8 - beta(p)),
            decoders(K=4, d=2),
        ),
        Neighbour(
            Inequality("d = 1: beta <= max |m_k|^2/(2 K^2)", slack=lambda p: radius(p) / (2 * p.K**2) - beta(p)),
            decoders(K=(2, 3), d=1),
        ),
    ),
)

FAMILY = frames(c=Variable(positive=True), v=Variable("d"), b=Variable("K"))


def _reaches(p: SpacePoint, W: Array, b: Array) -> TruthValue:
    """beta = K/(4(K-1)) at the simplex M = U (I - J/K) with unit columns instead: beta >= 1/4."""
    return error_exponent(W, frame(p), b, p.xp) * 4 >= 1


def _shifted(p: SpacePoint, v: Array = 1) -> Array:
    return p.c * frame(p).T + v * p.xp.expand_dims(p.v, 0)


IF = ForAll(
    "M a simplex and W = c M': beta is largest, whatever b is",
    predicate=lambda p: _reaches(p, _shifted(p, 0), p.b),
)
ONLY_IF = Implication(
    "beta is largest: W = c M'",
    premise=lambda p: _reaches(p, _shifted(p), 0 * p.b),
    conclusion=lambda p: is_dual(p, _shifted(p), frame(p)),
)
SUFFICES = Identity(
    "M = U (I - J/K), W = c M' + 1 v', b = e 1: every margin is c, every |w_i - w_j|^2 is 2 c^2",
    left=lambda p: p.xp.concat(
        [_offset_margins(p), gaps(p, _shifted(p).T)],
        axis=0,
    ),
    right=lambda p: p.xp.concat([p.c * (1 - p.xp.eye(p.K)), 2 * p.c**2 * (1 - p.xp.eye(p.K))], axis=0),
)


def _offset_margins(p: SpacePoint) -> Array:
    S = _shifted(p) @ frame(p)
    return p.xp.sum(S * p.xp.eye(p.K), axis=0) - S


def _conclusion(p: SpacePoint) -> Number:
    """M'M is that of a simplex, W less the mean of its rows a multiple of M', b constant."""
    M, W = p.M, centred(p, p.W.T).T
    simple = is_equal(p, M.T @ M, radius(p) * simplex(p, p.K))
    dual = square(p, W.T * square(p, M) - p.xp.sum(W.T * M) * M)
    return simple - dual - square(p, p.b - p.xp.mean(p.b))


def _tells_apart(p: SpacePoint) -> TruthValue:
    """Means that are not all zero."""
    return radius(p)


NECESSARY = Optimum(
    "-beta = -K/(4(K-1)) max |m_k|^2 only at a simplex with W = c M' + 1 v', c > 0, and b = e 1",
    objective=lambda p: -beta(p),
    value=lambda p: -best(p),
    conclusion=_conclusion,
    given=[_tells_apart],
)
IFF = Claim(
    id="papyan-exponent-iff",
    where="same theorem",
    kind="equivalence",
    attribution="reading",
    says="beta = K/(4(K-1)) iff M is a simplex with unit columns and W = c M', c > 0",
    printed=r"\beta=\tfrac K{4(K-1)}\iff M\text{ a simplex ETF},\ W=cM^\top",
    verdict="false",
    reason="a bias that is not constant spoils it, and W = c M' + 1 v' attains it; a reading, no verdict on the paper",
    severity="local",
    effect="the decoder does not change with v and a constant bias: the simplex is unique, W only up to both",
    parts=(
        Part(IF, domain=FAMILY, witness=Witness(U=[[1, 0], [0, 1]], c=1, v=[0, 0], b=[1, 0])),
        Part(ONLY_IF, domain=FAMILY, witness=Witness(U=[[1, 0], [0, 1]], c=1, v=[1, 0], b=[0, 0])),
    ),
    correction=Correction(
        latex=r"\beta=\tfrac K{4(K-1)}\iff M\text{ a simplex ETF},\ W=cM^\top+\mathbf1v^\top,\ b=e\mathbf1",
        parts=(
            Part(
                SUFFICES,
                domain=FAMILY,
                proof=(SUFFICES,),
                argument="beta = (c/(sqrt 2 c))^2/2 = 1/4 at |m_k|^2 = (K-1)/K",
                beyond="from U'U = I alone, whatever the shapes",
            ),
            Part(
                NECESSARY,
                domain=decoders(d=(1, 2)),
                proof=PROOF,
                argument=f"{WHY}; equal only if sum m = 0, all |m_k|^2 and all |m_i - m_j| are equal, D is parallel to "
                "m_i - m_j (one factor c for all pairs: three differences add up to 0) and r_ij = r_ji, b_i = b_j",
                beyond=SHAPES,
            ),
        ),
    ),
    neighbours=(
        Neighbour(IF, FAMILY),
        Neighbour(ONLY_IF, FAMILY),
        Neighbour(
            ForAll("W = M' + 1 v' with a bias", predicate=lambda p: _reaches(p, _shifted(p), p.b)),
            FAMILY,
        ),
    ),
)

CLAIMS = (ANY_D, IFF)
