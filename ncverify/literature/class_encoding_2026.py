"""The role of class encoding in neural collapse: simplex and orthogonal frame, by the weight decay of the bias."""

from __future__ import annotations

from ncverify import Equivalence, Identity, Inequality, Optimum, Space, Variable
from ncverify.kinds import Number
from ncverify.literature._layer_peeled import one_hot, square
from ncverify.literature._means import class_means
from ncverify.literature._regularised_squared import (
    bias_of_optimum,
    biased,
    biased_value,
    is_learned,
    objective,
    proved,
    shape_of_optimum,
    value,
    wide,
)
from ncverify.literature._transition import REACHED, SIMPLEX_REACHED
from ncverify.papers import Claim, Neighbour, Paper, Part
from ncverify.papers.neighbours import raised
from ncverify.space import SpacePoint
from ncverify.statements.types import Statement

REGULARISED, ANY_D = biased(where=wide), biased()


def _conclusion(p: SpacePoint) -> Number:
    M, scale = class_means(p), p.xp.sqrt(p.N * p.lh / (p.K * p.lw))
    return (
        -square(p, scale * M.T @ M - shape_of_optimum(p))
        - square(p, p.b - bias_of_optimum(p))
        - square(p, p.H - M @ one_hot(p))
    )


TRANSITION = Optimum(
    "c < 1, lb > 0: sqrt(n lh/lw) M'M = (1-c) P + (g/K) J, b = (1-g)/(K (1+lb))",
    objective=objective,
    value=biased_value,
    conclusion=_conclusion,
    given=[is_learned, lambda p: p.lb],
)

NUMBERS = Space(
    sizes={"K": (2, 4)},
    variables={"c": Variable(low=0, high=1), "lb": Variable(positive=True)},
)
INSIDE = [lambda p: p.c, lambda p: 1 - p.c]


def _room(p: SpacePoint) -> Number:
    return p.lb * (1 - p.c) - p.c


def _g(p: SpacePoint) -> Number:
    return p.xp.maximum(1 - p.c - p.c / p.lb, p.xp.asarray(0))


PURE = Equivalence(
    "g = 0 iff lb <= c/(1-c)", left=lambda p: -_g(p), right=lambda p: p.lb * (1 - p.c) <= p.c, given=INSIDE
)
LIMIT = Inequality(
    "|(1-c) P + (g/K) J - (1-c) I| <= c/lb: an orthogonal frame in the limit",
    slack=lambda p: (p.c / p.lb) ** 2 - square(p, ((_g(p) - 1 + p.c) / p.K) * p.xp.ones((p.K, p.K))),
    given=INSIDE,
)
ROOM = Identity("lb (1 - c - c/lb) = lb (1-c) - c", left=lambda p: p.lb * (1 - p.c - p.c / p.lb), right=_room)


def of_numbers(statement: Statement, argument: str) -> Part:
    """A part about c and lb alone."""
    return Part(statement, domain=NUMBERS, proof=(ROOM,), argument=argument, beyond="K does not occur in it")


RAISED = raised(TRANSITION, ("11/10", "14/10"), ANY_D)
NO_COMMON = Neighbour(
    Inequality(
        "f >= the value at the best simplex",
        slack=lambda p: objective(p) - _simplex_value(p),
    ),
    REGULARISED,
)


def _simplex_value(p: SpacePoint) -> Number:
    """The minimum without the common part: g = 0."""
    return ((p.K - 1) * value(p) + p.lb / (1 + p.lb) / 2) / p.K


PAPER = Paper(
    key="class-encoding-2026",
    title="The role of class encoding in neural collapse",
    authors="",
    arxiv="2606.00344",
    year=2026,
    claims=(
        Claim(
            id="encoding-transition",
            where="transition from simplex to orthogonal frame",
            kind="identity",
            attribution="reading",
            says="sqrt(n lh/lw) M'M = (1-c) P + (g/K) J, b = (1-g)/(K (1+lb)), g = max(0, 1 - c - c/lb)",
            printed=r"\sqrt{n\lambda_H/\lambda_W}M^\top M=(1-c)P+\tfrac gKJ,\ g=\max(0,1-c-c/\lambda_b)",
            verdict="holds",
            reason="duality with E = ((c/N) P + (eps/K) J) Y, eps = min(c, lb/(1+lb))/N; g is what is left of the mean",
            parts=(
                proved(
                    TRANSITION,
                    REGULARISED,
                    "E E' <= lw lh I and E 1 = lb beta with beta = b: R = T = 0 give W H, b and lh H'H = E'(W H)",
                ),
                REACHED,
                SIMPLEX_REACHED,
                of_numbers(PURE, "g = 0 where lb (1-c) - c <= 0"),
                of_numbers(LIMIT, "|J/K| = 1, and 1 - c - g is c/lb for g > 0 and 1 - c <= c/lb for g = 0"),
            ),
            neighbours=(*RAISED, NO_COMMON),
        ),
    ),
)
