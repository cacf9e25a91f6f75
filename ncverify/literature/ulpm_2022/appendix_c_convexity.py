r"""Appendix C, (C.10): is L(Z) + |lambda| |Z|_* strictly convex?

As printed: "by the strict convexity of (C.10) we know WH is the global minimum of it". It is convex, not strictly:
along the multiples of 1 c' the loss is constant and the nuclear norm linear. It is strictly convex on the matrices of
column sums zero, where every minimiser lies; and for a global minimum convexity is all that the proof needs.

What is examined are pairs u_1 h', u_2 h' of rank one, whose nuclear norms are products of lengths: u_1 and u_2 are the
first columns of W, h is the first row of H, and |lambda| = 1.
"""

from __future__ import annotations

from typing import Any

from ncverify.domain import Domain
from ncverify.literature.ulpm_2022._matrices import (
    COEFFICIENTS,
    COLUMNS,
    FEW,
    FREE,
    GRID,
    WEIGHTED_MEAN,
    outer,
    squares,
)
from ncverify.model import between_classes, log_odds, logit_differences
from ncverify.papers.claim import Claim, Correction, Neighbour, Part, Witness
from ncverify.point import Point
from ncverify.statements.types import Identity, Inequality

PAIRS = Domain(K=2, n=1, d=2)


def _columns(p: Point, W: Any) -> tuple[Any, Any, Any]:
    return W[:, 0], W[:, 1], (W[:, 0] + W[:, 1]) / 2


def _odds(p: Point, u: Any) -> Any:
    """1 + sum over j != k of e^-s for every sample, at Z = u h'."""
    S = logit_differences(outer(u, p.H[0, :], p.xp), p.n, p.xp)
    return 1 + p.xp.sum(p.xp.exp(-between_classes(S, p.n, p.xp)), axis=0)


def _loss_gap(p: Point, W: Any) -> Any:
    """L(Z_1)/2 + L(Z_2)/2 - L((Z_1 + Z_2)/2), as one logarithm for each sample."""
    first, second, middle = (_odds(p, u) for u in _columns(p, W))
    return p.xp.sum(p.xp.log(first * second / (middle * middle))) / 2


def _norm_gap(p: Point, W: Any) -> Any:
    """The same for the nuclear norm: |u h'|_* = |u| |h|."""
    h2 = squares(p.H[0, :], p)
    first, second, middle = (p.xp.sqrt(squares(u, p) * h2) for u in _columns(p, W))
    return first / 2 + second / 2 - middle


def convexity_gap(p: Point, W: Any) -> Any:
    """The gap of (C.10) with |lambda| = 1 between the mean of two values and the value at the mean."""
    return _loss_gap(p, W) + _norm_gap(p, W)


def are_different(p: Point, W: Any) -> Any:
    """Positive where u_1 h' and u_2 h' differ."""
    return squares(W[:, 0] - W[:, 1], p) * squares(p.H[0, :], p)


def _block_loss(p: Point, weight_first: Any, weight_second: Any) -> Any:
    """L at a combination of Z_1 = W_1 h_1' and Z_2 = W_2 h_2', two independent matrices of rank one."""
    Z = weight_first * outer(p.W[:, 0], p.H[0, :], p.xp) + weight_second * outer(p.W[:, 1], p.H[1, :], p.xp)
    return p.xp.sum(p.xp.softplus(log_odds(logit_differences(Z, p.n, p.xp), p.n, p.xp)))


STRICTLY_CONVEX = Inequality(
    "(C.10) lies strictly below its chords",
    slack=lambda p: convexity_gap(p, p.W),
    given=[lambda p: are_different(p, p.W)],
    strict=True,
)
CONVEX_LOSS = Inequality(
    "L(Z) lies below its chords",
    slack=lambda p: _block_loss(p, 1, 0) / 2 + _block_loss(p, 0, 1) / 2 - _block_loss(p, 0.5, 0.5),
)


def are_moderate(p: Point) -> Any:
    """Both matrices have a Frobenius norm below 8: further out the gaps are there, but smaller than e^-8."""
    W = p.centred_classifiers
    return 64 - (squares(W[:, 0], p) + squares(W[:, 1], p)) * squares(p.H[0, :], p)


STRICT_ON_CENTRED = Inequality(
    "(C.10) lies strictly below its chords between moderate matrices of column sums zero",
    slack=lambda p: convexity_gap(p, p.centred_classifiers),
    given=[lambda p: are_different(p, p.centred_classifiers), are_moderate],
    strict=True,
)


def _centred_part(Z: Any, p: Point) -> Any:
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
    parts=(Part(STRICTLY_CONVEX, domain=PAIRS, witness=Witness(W=[[1, 2], [1, 2]], H=[[1, 1], [0, 0]])),),
    correction=Correction(
        latex=r"L(Z)+|\lambda|\|Z\|_*\text{ is convex, and for }\lambda\ne0\text{ strictly convex on }\{1'Z=0\}"
        r"\text{, where all its minimisers lie}",
        parts=(
            Part(
                CONVEX_LOSS,
                domain=Domain(K=3, n=1, d=2),
                proof=(WEIGHTED_MEAN,),
                argument="L lies above its tangents, as e^y >= 1 + y with weights p_j of mean zero; a norm is convex",
                shapes=FREE,
                beyond=COLUMNS,
            ),
            Part(STRICT_ON_CENTRED, domain=PAIRS),
            Part(
                SHIFT,
                domain=FEW,
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
                slack=lambda p: _loss_gap(p, p.W),
                given=[lambda p: are_different(p, p.W)],
                strict=True,
            ),
            PAIRS,
        ),
        Neighbour(Inequality("L is concave", slack=lambda p: -_loss_gap(p, p.W)), PAIRS),
        Neighbour(
            Inequality(
                "strongly convex with modulus 1", slack=lambda p: convexity_gap(p, p.W) - are_different(p, p.W) / 8
            ),
            PAIRS,
        ),
    ),
)

CLAIMS = (CONVEXITY,)
