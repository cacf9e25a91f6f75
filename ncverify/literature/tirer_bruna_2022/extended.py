"""Tirer and Bruna: two linear weight layers, the minimisers and the threshold."""

from __future__ import annotations

from ncverify import Identity, Inequality, Optimum
from ncverify.kinds import Array, Number, TruthValue
from ncverify.literature._layer_peeled import one_hot, square
from ncverify.literature._means import class_means
from ncverify.literature.tirer_bruna_2022._three_factors import (
    ATTAINED,
    BELOW,
    BEYOND,
    BEYOND_THRESHOLD,
    DUALITY,
    FRAMES,
    INSIDE,
    MODES,
    NUMBERS,
    cube,
    features,
    objective,
    three,
    value,
)
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.papers.neighbours import scaled
from ncverify.space import SpacePoint
from ncverify.statements.types import Function

WIDE, ANY_WEIGHTS = three(), three(by_x=False)


def multiple_of_identity(p: SpacePoint, G: Array) -> Number:
    """-|G - (tr G/K) I|^2."""
    unit = p.xp.eye(p.K)
    return -square(p, G - p.xp.sum(G * unit) / p.K * unit)


def collapsed(p: SpacePoint) -> TruthValue:
    """Features collapse, both Gram matrices are positive multiples of I, W2 is a positive multiple of (W1 M)'."""
    M = class_means(p)
    inner = p.W1 @ M
    aligned = p.W2 * square(p, inner) - p.xp.sum(p.W2 * inner.T) * inner.T
    equal = (
        -square(p, p.H - M @ one_hot(p))
        + multiple_of_identity(p, M.T @ M)
        + multiple_of_identity(p, inner.T @ inner)
        - square(p, aligned)
    )
    return (equal >= 0) & (p.xp.sum(p.W2 * inner.T) > 0)


def _is_scaled(p: SpacePoint) -> Number:
    """W2 W1 M = x I."""
    return -square(p, p.W2 @ (p.W1 @ class_means(p)) - p.x * p.xp.eye(p.K))


def least(name: str, conclusion: Function) -> Part:
    """The minimum for q < 2^(-4/3) with a conclusion, and its proof."""
    return Part(
        Optimum(name, objective=objective, value=value, conclusion=conclusion, given=INSIDE),
        domain=WIDE,
        proof=((DUALITY, FRAMES), (BELOW, NUMBERS)),
        argument=(
            "with y_k = N e_k = min(1, N sqrt(l1 lh/n)/s_k) the squares are not negative and the numbers are least at "
            "y_k = 1-x alone, since 0 < y <= 1 < 2x; there W2 = s V U', W2 W1 H = x Y, lh H = W1'W2'E, W1 = U U'W1"
        ),
        beyond=BEYOND,
    )


ORTHOGONAL_MEANS = Identity(
    "x = 1/2, where W2 = a V U', W1 = b U T', H = g T V'Y is a minimiser for every r: K M'M = |M|^2 I",
    left=lambda p: p.K * class_means(p, features(p)).T @ class_means(p, features(p)),
    right=lambda p: square(p, class_means(p, features(p))) * p.xp.eye(p.K),
)

ZERO_BEYOND = Part(
    Inequality(
        "q^3 >= 1/16: f >= 1/2",
        slack=lambda p: objective(p) - p.xp.asarray(1) / 2,
        given=[lambda p: 16 * cube(p) >= 1],
    ),
    domain=ANY_WEIGHTS,
    proof=((DUALITY, FRAMES), (BEYOND_THRESHOLD, NUMBERS)),
    argument="y (1-y) <= 1/4, so that every number is at least 1/2",
    beyond=BEYOND,
)

REACHED = Part(
    ATTAINED,
    domain=MODES,
    argument="all weights with q^3 = x (1-x)^3 occur; r = K gives the minimum, and every r at x = 1/2",
    beyond=BEYOND,
)

FACTORS = Part(
    Identity(
        "L factors, q = x^(1-2/L) (1-x): (1-x)^2/2 + (L/2) q x^(2/L) - 1/2 = (x/2)(L-2 - (L-1) x)",
        left=lambda p: (1 - p.x) ** 2 / 2 + p.x * (1 - p.x) * p.L / 2 - p.xp.asarray(1) / 2,
        right=lambda p: p.x * (p.L - 2 - (p.L - 1) * p.x) / 2,
    ),
    domain=NUMBERS,
    argument="it is zero at x* = (L-2)/(L-1), where q is x*^(1-2/L)/(L-1), and negative for larger x",
    beyond="a polynomial in L and x",
)

RAISED = scaled(
    lambda p, factor: objective(p) - factor * value(p), ("11/10",), "the minimum for q < 2^(-4/3)", WIDE, given=INSIDE
)
EARLY = Neighbour(
    Inequality(
        "f >= 1/2 from q^3 = 1/25 on",
        slack=lambda p: objective(p) - p.xp.asarray(1) / 2,
        given=[lambda p: 25 * cube(p) >= 1],
    ),
    ANY_WEIGHTS,
)
ALL_RANKS = Neighbour(ORTHOGONAL_MEANS, MODES)

CLAIMS = (
    Claim(
        id="tirer-ext-linear",
        where="theorem on the extended linear model",
        kind="claim",
        attribution="recalled",
        says="nonzero minimisers: collapse, M'M and (W1 M)'(W1 M) positive multiples of I, W2 one of (W1 M)'",
        printed=r"M^\top M\propto I,\ (W_1M)^\top W_1M\propto I,\ W_2\propto(W_1M)^\top\text{ at nonzero minimisers}",
        verdict="false",
        reason="at q = 2^(-4/3) exactly every part of Y may be learned or not: minimisers of every rank from 0 to K",
        severity="local",
        effect="true for every other q; the condition is q < 2^(-4/3), not that the minimiser is nonzero",
        parts=(
            Part(
                ORTHOGONAL_MEANS,
                domain=MODES,
                witness=Witness(V=[[1], [0]], U=[[1], [0]], T=[[1], [0]], a=1, b=1, x="1/2", r=1, class_sizes=(1, 1)),
            ),
            REACHED,
            ZERO_BEYOND,
        ),
        correction=Correction(
            latex=r"q<2^{-4/3}:\ \text{every global minimiser}",
            parts=(least("q < 2^(-4/3): every global minimiser is collapsed", collapsed), REACHED),
        ),
        neighbours=(ALL_RANKS, *RAISED),
    ),
    Claim(
        id="tirer-ext-threshold",
        where="extended linear model, threshold",
        kind="identity",
        attribution="reading",
        says="zero is optimal iff q >= 2^(-4/3); below, min (1-x)^2/2 + (3/2) q x^(2/3), W2 W1 M = x I; L factors",
        printed=r"q\ge2^{-4/3};\quad\min f=\tfrac12(1-x)^2+\tfrac32qx^{2/3},\ x^{1/3}(1-x)=q,\ W_2W_1M=xI",
        verdict="holds",
        reason="one number for each singular value of W2; x^(1/3)(1-x) falls on (1/2, 1), so x stands for q there",
        parts=(least("q < 2^(-4/3): the minimum, and W2 W1 M = x I", _is_scaled), ZERO_BEYOND, REACHED, FACTORS),
        neighbours=(
            *RAISED,
            EARLY,
            Neighbour(
                Identity(
                    "L factors: zero at x = (L-1)/L",
                    left=lambda p: (1 - p.x) ** 2 / 2 + p.x * (1 - p.x) * p.L / 2 - p.xp.asarray(1) / 2,
                    right=lambda p: p.x * (p.L - 1 - p.L * p.x) / 2,
                ),
                NUMBERS,
            ),
        ),
    ),
)
