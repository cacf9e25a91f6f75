"""Zhu et al., the appendix: the nuclear norm and the convex program."""

from __future__ import annotations

from ncverify import Identity, Inequality, Space, Variable
from ncverify.kinds import Number
from ncverify.literature._layer_peeled import (
    mean_loss,
    square,
)
from ncverify.papers import Claim, Neighbour, Part
from ncverify.papers.neighbours import scaled
from ncverify.space import SpacePoint

NU = Space(
    sizes={"K": (2, 3), "N": (2, 4), "d": (1, 3), "r": (1, 2)},
    variables={
        "W": Variable("K", "d"),
        "H": Variable("d", "N"),
        "U": Variable("K", "r", on="orthonormal columns"),
        "V": Variable("N", "r", on="orthonormal columns"),
        "S": Variable("r", low=0),
        "a": Variable(positive=True),
    },
)


def _dual(p: SpacePoint, factor: Number = 1) -> Number:
    """(|W|^2 + a |H|^2)/(2 sqrt a) - <U V', W H>, whose least value over U, V is the claim."""
    return (square(p, p.W) + p.a * square(p, p.H)) / (2 * p.xp.sqrt(p.a)) - factor * p.xp.sum(
        (p.U @ p.V.T) * (p.W @ p.H)
    )


def _attained(p: SpacePoint) -> Number:
    root, a = p.xp.sqrt(p.S), p.xp.sqrt(p.xp.sqrt(p.a))
    return (square(p, a * p.U * root) + p.a * square(p, p.V * root / a)) / (2 * p.xp.sqrt(p.a))


NUCLEAR = (
    Part(Inequality("(|W|^2 + a|H|^2)/(2 sqrt a) >= <U V', W H>", slack=_dual), domain=NU),
    Part(
        Identity(
            "attained by W = a^(1/4) U sqrt S, H = a^(-1/4) sqrt S V'", left=_attained, right=lambda p: p.xp.sum(p.S)
        ),
        domain=NU,
    ),
)

PAIR = Space(sizes={"K": (2, 3)}, classes=("K", (1, 2)), variables={"Z": Variable("K", "N"), "Z2": Variable("K", "N")})

CONVEX = Inequality(
    "g is convex: midpoints",
    slack=lambda p: mean_loss(p, p.Z) + mean_loss(p, p.Z2) - 2 * mean_loss(p, (p.Z + p.Z2) / 2),
)

NOT_AVERAGED = Neighbour(
    Inequality(
        "g is concave", slack=lambda p: 2 * mean_loss(p, (p.Z + p.Z2) / 2) - mean_loss(p, p.Z) - mean_loss(p, p.Z2)
    ),
    PAIR,
)

SCALED = scaled(_dual, ("3/2", "2"), "the nuclear norm", NU)

CLAIMS = (
    Claim(
        id="zhu-nuclear",
        where="appendix",
        kind="identity",
        attribution="recalled",
        says="|Z|_* = min (|W|^2 + a|H|^2)/(2 sqrt a) over W H = Z",
        printed=r"\|Z\|_*=\min_{WH=Z}\tfrac1{2\sqrt a}(\|W\|^2+a\|H\|^2)",
        verdict="holds",
        reason="duality with |.|_2 and the balanced factors; d >= rank Z suffices",
        parts=NUCLEAR,
        neighbours=(
            *SCALED,
            Neighbour(
                Inequality(
                    "with 1/(2a)",
                    slack=lambda p: (
                        (square(p, p.W) + p.a * square(p, p.H)) / (2 * p.a) - p.xp.sum(p.U @ p.V.T * (p.W @ p.H))
                    ),
                ),
                NU,
            ),
        ),
    ),
    Claim(
        id="zhu-convex-program",
        where="appendix",
        kind="claim",
        attribution="recalled",
        says="F convex, min F = min f, minimisers correspond",
        printed=r"\min F=\min f,\ F(Z,b)=g+\sqrt{\lambda_W\lambda_H}\|Z\|_*+\tfrac{\lambda_b}2\|b\|^2",
        verdict="holds",
        reason="f >= F(WH, b), equality iff both norms are balanced; d >= K-1 suffices, as 1'Z = 0 at the minimum",
        parts=(*NUCLEAR, Part(CONVEX, domain=PAIR)),
        neighbours=(
            NOT_AVERAGED,
            *SCALED,
        ),
    ),
)
