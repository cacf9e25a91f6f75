"""Zhu et al.: whether f attains its infimum."""

from __future__ import annotations

from ncverify import Inequality, Variable
from ncverify.kinds import Number
from ncverify.literature._layer_peeled import (
    logits,
    mean_loss,
    objective,
    one_hot,
    zhu_space,
)
from ncverify.papers import Claim, Correction, Neighbour, Part
from ncverify.space import SpacePoint

ANY = zhu_space(n=(1, 3))

UNIT = Variable(low=0, high=1)
TWO = zhu_space(K=2, n=1, d=(1, 2), lW=UNIT, lH=UNIT, lb=UNIT)


def _descent(p: SpacePoint) -> Number:
    gaps = p.xp.sum(logits(p) * (1 - 2 * one_hot(p)), axis=0)
    m = 1 + p.d * p.xp.max(p.xp.abs(p.W)) + p.d * p.xp.max(p.xp.abs(p.H)) + p.xp.max(p.xp.abs(p.b))
    return p.xp.mean(p.xp.softplus(gaps)) - p.xp.softplus(-2 * m * m)


NO_MINIMUM = Inequality("lW = lH = lb = 0, K = 2, n = 1: every point has a lower one", slack=_descent, strict=True)

COERCIVE = Inequality(
    (
        "f >= (lW/2)|W|^2 + (lH/2)|H|^2, and g >= log of the spread of the logits "
        "/ N: sublevel sets are bounded up to b + c 1"
    ),
    slack=lambda p: (
        p.N * mean_loss(p, logits(p)) - p.xp.max(p.xp.max(logits(p), axis=0) - p.xp.sum(logits(p) * one_hot(p), axis=0))
    ),
)

CLAIMS = (
    Claim(
        id="zhu-min-exists",
        where="existence",
        kind="claim",
        attribution="reading",
        says="f attains its infimum for lW, lH, lb >= 0",
        printed=r"\min f\text{ exists},\ \lambda_W,\lambda_H,\lambda_b\ge0",
        verdict="false",
        reason="lW lH = 0: the infimum is never attained (scale W up, H down); a reading, no verdict on the paper",
        severity="local",
        effect="f attains its infimum iff lW > 0 and lH > 0 (any lb >= 0, any class sizes, any d)",
        parts=(
            Part(
                NO_MINIMUM,
                domain=TWO,
                refutes=True,
                argument="(W, H, b) is any point; f' is the value at (m e_1, -m e_1; m e_1, -m e_1; 0)",
            ),
        ),
        correction=Correction(latex=r"\lambda_W,\lambda_H>0,\ \lambda_b\ge0", parts=(Part(COERCIVE, domain=ANY),)),
        neighbours=(
            Neighbour(
                Inequality("f' is lower with all weights 1", slack=lambda p: objective(p) - p.xp.log(2), strict=True),
                zhu_space(K=(2, 2), n=(1, 1), d=(1, 2)),
            ),
        ),
    ),
)
