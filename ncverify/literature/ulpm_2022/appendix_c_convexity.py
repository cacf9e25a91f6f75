r"""Appendix C, (C.10): is L(Z) + |lambda| |Z|_* strictly convex?

As printed: "by the strict convexity of (C.10) we know WH is the global minimum of it". It is convex, not strictly:
along the multiples of 1 c' the loss is constant and the nuclear norm linear. It is strictly convex on the matrices of
column sums zero, where every minimiser lies; and for a global minimum convexity is all that the proof needs.

What is examined are pairs u h', v h' of rank one, whose nuclear norms are products of lengths, and |lambda| = 1.
"""

from __future__ import annotations

from ncverify.kinds import Array, Number
from ncverify.literature.ulpm_2022._matrices import (
    COEFFICIENTS,
    COLUMNS,
    GRID,
    SMALL_MATRICES,
    WEIGHTED_MEAN,
    outer,
)
from ncverify.model import between_classes, log_odds, logit_differences
from ncverify.papers.claim import Claim, Correction, Neighbour, Part, Witness
from ncverify.point import Point
from ncverify.space import Space, SpacePoint, Variable
from ncverify.statements.types import Identity, Inequality

PAIRS = Space(sizes={"K": 2}, variables={"u": Variable("K"), "v": Variable("K"), "h": Variable("K")})
"""Z_1 = u h' and Z_2 = v h', with one sample of each class."""

BLOCKS = Space(sizes={"K": 3}, variables={name: Variable("K") for name in ("u", "v", "g", "h")})
"""Z_1 = u g' and Z_2 = v h', two independent matrices of rank one."""


def _total_loss(Z: Array, p: SpacePoint) -> Number:
    return p.xp.sum(p.xp.softplus(log_odds(logit_differences(Z, 1, p.xp), 1, p.xp)))


def _odds(p: SpacePoint, u: Array) -> Array:
    """1 + sum over j != k of e^-s for every sample, at Z = u h'."""
    S = logit_differences(outer(u, p.h, p.xp), 1, p.xp)
    return 1 + p.xp.sum(p.xp.exp(-between_classes(S, 1, p.xp)), axis=0)


def _loss_gap(p: SpacePoint, u: Array, v: Array) -> Number:
    """L(Z_1)/2 + L(Z_2)/2 - L((Z_1 + Z_2)/2), as one logarithm for each sample."""
    first, second, middle = (_odds(p, w) for w in (u, v, (u + v) / 2))
    return p.xp.sum(p.xp.log(first * second / (middle * middle))) / 2


def _squares(p: SpacePoint, *vectors: Array) -> list[Array]:
    return [p.xp.sum(w * w) for w in vectors]


def _norm_gap(p: SpacePoint, u: Array, v: Array) -> Number:
    """The same for the nuclear norm: |u h'|_* = |u| |h|."""
    first, second, middle, h2 = _squares(p, u, v, (u + v) / 2, p.h)
    return p.xp.sqrt(first * h2) / 2 + p.xp.sqrt(second * h2) / 2 - p.xp.sqrt(middle * h2)


def convexity_gap(p: SpacePoint, u: Array, v: Array) -> Number:
    """The gap of (C.10) with |lambda| = 1 between the mean of two values and the value at the mean."""
    return _loss_gap(p, u, v) + _norm_gap(p, u, v)


def are_different(p: SpacePoint, u: Array, v: Array) -> Number:
    """Positive where u h' and v h' differ."""
    gap, h2 = _squares(p, u - v, p.h)
    return gap * h2


def _centred(p: SpacePoint) -> tuple[Array, Array]:
    """u and v with entries that add up to zero."""
    return p.u - p.xp.mean(p.u), p.v - p.xp.mean(p.v)


def _block_loss(p: SpacePoint, weight_first: Number, weight_second: Number) -> Number:
    """L at a combination of Z_1 and Z_2."""
    return _total_loss(weight_first * outer(p.u, p.g, p.xp) + weight_second * outer(p.v, p.h, p.xp), p)


STRICTLY_CONVEX = Inequality(
    "(C.10) lies strictly below its chords",
    slack=lambda p: convexity_gap(p, p.u, p.v),
    given=[lambda p: are_different(p, p.u, p.v)],
    strict=True,
)
CONVEX_LOSS = Inequality(
    "L(Z) lies below its chords",
    slack=lambda p: _block_loss(p, 1, 0) / 2 + _block_loss(p, 0, 1) / 2 - _block_loss(p, 0.5, 0.5),
)


def are_moderate(p: SpacePoint) -> Number:
    """Both matrices have a Frobenius norm below 8: further out the gaps are there, but smaller than e^-8."""
    first, second, h2 = _squares(p, *_centred(p), p.h)
    return 64 - (first + second) * h2


STRICT_ON_CENTRED = Inequality(
    "(C.10) lies strictly below its chords between moderate matrices of column sums zero",
    slack=lambda p: convexity_gap(p, *_centred(p)),
    given=[lambda p: are_different(p, *_centred(p)), are_moderate],
    strict=True,
)


def _centred_part(Z: Array, p: Point) -> Array:
    return Z - p.xp.expand_dims(p.xp.mean(Z, axis=0), axis=0)


CENTRING = Identity(
    "centring the columns of Z removes exactly 11'/K of Z'Z",
    left=lambda p: p.logits.T @ p.logits - _centred_part(p.logits, p).T @ _centred_part(p.logits, p),
    right=lambda p: p.K * outer(p.xp.mean(p.logits, axis=0), p.xp.mean(p.logits, axis=0), p.xp),
)
SHIFT = Identity(
    "adding a number to every logit of a sample leaves the logit differences alone",
    left=lambda p: logit_differences(_centred_part(p.logits, p), p.n, p.xp),
    right=lambda p: p.logit_differences,
)

CONVEXITY = Claim(
    id="eq-c.10-convexity",
    where="(C.10), 'by the strict convexity'",
    kind="claim",
    says="L(Z) + |lambda| |Z|_* is strictly convex",
    position=940,
    printed=r"L(Z)+|\lambda|\|Z\|_*\text{ is strictly convex}",
    verdict="false",
    reason="along the multiples of 1c' the loss is constant and the nuclear norm linear; convexity suffices",
    severity="proof",
    effect="none; convexity is enough for a stationary point to be a global minimum",
    parts=(Part(STRICTLY_CONVEX, domain=PAIRS, witness=Witness(u=[1, 1], v=[2, 2], h=[1, 1])),),
    correction=Correction(
        latex=r"L(Z)+|\lambda|\|Z\|_*\text{ is convex, and for }\lambda\ne0\text{ strictly convex on }\{1'Z=0\}"
        r"\text{, where all its minimisers lie}",
        parts=(
            Part(
                CONVEX_LOSS,
                domain=BLOCKS,
                proof=(WEIGHTED_MEAN,),
                argument="L lies above its tangents, as e^y >= 1 + y with weights p_j of mean zero; a norm is convex",
                beyond=COLUMNS,
            ),
            Part(STRICT_ON_CENTRED, domain=PAIRS),
            Part(
                SHIFT,
                domain=SMALL_MATRICES,
                proof=(SHIFT, CENTRING),
                argument="centring keeps L and lowers Z'Z, hence every singular value: a minimiser is centred",
                shapes=GRID,
                beyond=COEFFICIENTS,
            ),
        ),
    ),
    neighbours=(
        Neighbour(
            Inequality(
                "L alone is strictly convex",
                slack=lambda p: _loss_gap(p, p.u, p.v),
                given=[lambda p: are_different(p, p.u, p.v)],
                strict=True,
            ),
            PAIRS,
        ),
        Neighbour(Inequality("L is concave", slack=lambda p: -_loss_gap(p, p.u, p.v)), PAIRS),
        Neighbour(
            Inequality(
                "strongly convex with modulus 1",
                slack=lambda p: convexity_gap(p, p.u, p.v) - are_different(p, p.u, p.v) / 8,
            ),
            PAIRS,
        ),
    ),
)

CLAIMS = (CONVEXITY,)
