"""Tirer and Bruna: one weight layer, without a bias and with a free one.

The proofs are convex duality, `ncverify.literature._regularised_squared`: with E = (c/N) Y the squares are zero exactly
where W H = (1-c) Y and lh H = W'E. In the families below the weights follow from the point, so that they are rational
functions: W = a U', H = g U Y with U'U = I is the minimiser for lw = x(1-x)/(K a^2), lh = x(1-x)/(N g^2), where x is a
g = 1-c.
"""

from __future__ import annotations

from ncverify import Identity, Inequality, Optimum, Space, Variable
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import balanced, centring, one_hot, square
from ncverify.literature._means import class_means
from ncverify.literature._regularised_squared import (
    alpha,
    bias_of_optimum,
    biased_value,
    free_bias,
    is_learned,
    objective,
    proved,
    shape_of_optimum,
    space,
    value,
    wide,
)
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.papers.neighbours import raised, scaled
from ncverify.space import Sizes, SpacePoint

WIDE, ANY_D = space(where=wide), space()
WIDE_BIAS, ANY_D_BIAS = free_bias(where=wide), free_bias()

FAMILY = Space(
    sizes={"K": (2, 3), "d": (2, 4)},
    classes=("K", (1, 2)),
    where=balanced,
    variables={
        "U": Variable("d", "K", on="orthonormal columns"),
        "a": Variable(positive=True),
        "g": Variable(positive=True),
    },
)


def at_family(p: SpacePoint, centred: bool = False) -> tuple[Array, Array]:
    """(f, c) at the family's point, with the weights for which it is the minimiser; c = K sqrt(n lw lh) is 1 - a g."""
    xp, x, Y = p.xp, p.a * p.g, one_hot(p)
    C = centring(p) if centred else xp.eye(p.K)
    W, H = p.a * (C @ p.U.T), p.g * (p.U @ C @ Y)
    lw, lh = x * (1 - x) / (p.K * p.a**2), x * (1 - x) / (p.N * p.g**2)
    bias = 1 / xp.asarray(p.K) if centred else 0
    f = square(p, W @ H + bias - Y) / (2 * p.N) + (lw * square(p, W) + lh * square(p, H)) / 2
    return f, 1 - x


ATTAINED = Identity(
    "W = a U', H = g U Y: f = c - c^2/2 with c = K sqrt(n lw lh) = 1 - a g",
    left=lambda p: at_family(p)[0],
    right=lambda p: at_family(p)[1] - at_family(p)[1] ** 2 / 2,
)
ATTAINED_CENTRED = Identity(
    "W = a P U', H = g U P Y, b = 1/K: f = ((K-1)/K)(c - c^2/2)",
    left=lambda p: at_family(p, True)[0],
    right=lambda p: (at_family(p)[1] - at_family(p)[1] ** 2 / 2) * (p.K - 1) / p.K,
)


def attained(identity: Identity, family: Space = FAMILY) -> Part:
    """That a value is attained, by a family that has every pair of weights below the threshold."""
    return Part(
        identity,
        domain=family,
        argument="a^2 = (1-c) sqrt(n lh/lw) and g^2 = (1-c) sqrt(lw/(n lh)) give every lw, lh > 0 with c < 1",
        beyond="only that the columns of the frame are orthonormal is used, whatever the shapes",
    )


def gram_scale(p: SpacePoint) -> Number:
    """sqrt(lw/(n lh))."""
    return p.xp.sqrt(p.lw * p.K / (p.N * p.lh))


def collapse(p: SpacePoint, shape: Array) -> Number:
    """0 where H equals its class means, M'M is the multiple of a matrix and W that of M'; negative elsewhere."""
    M, scale = class_means(p), gram_scale(p)
    return -square(p, p.H - M @ one_hot(p)) - square(p, M.T @ M - scale * shape) - square(p, p.W - M.T / scale)


def _frame(p: SpacePoint) -> Number:
    return collapse(p, alpha(p) * p.xp.eye(p.K))


def _simplex(p: SpacePoint) -> Number:
    return collapse(p, shape_of_optimum(p)) - square(p, p.b - bias_of_optimum(p))


def is_projection(p: SpacePoint) -> Number:
    """M'M = (1-c) sqrt(lw/(n lh)) times a projection of rank d, for d <= K."""
    M = class_means(p).T @ class_means(p) / (alpha(p) * gram_scale(p))
    return -square(p, M @ M - M) - (p.xp.sum(p.xp.sum(M * p.xp.eye(p.K), axis=0)) - p.d) ** 2


def _below_wide(s: Sizes) -> bool:
    return balanced(s) and s.d == s.K - 1


NARROW = space(where=_below_wide)


def _narrow_value(p: SpacePoint) -> Number:
    return (p.d * value(p) + p.xp.asarray(p.K - p.d) / 2) / p.K


SPLIT = Space(
    sizes={"K": (2, 3), "d": (1, 2)},
    classes=("K", (1, 2)),
    where=_below_wide,
    variables={
        "V": Variable("K", "d", on="orthonormal columns"),
        "a": Variable(positive=True),
        "g": Variable(positive=True),
    },
)


def _at_split(p: SpacePoint) -> Number:
    x, Y = p.a * p.g, one_hot(p)
    W, H = p.a * p.V, p.g * (p.V.T @ Y)
    lw, lh = x * (1 - x) / (p.K * p.a**2), x * (1 - x) / (p.N * p.g**2)
    return square(p, W @ H - Y) / (2 * p.N) + (lw * square(p, W) + lh * square(p, H)) / 2


EVERY_PROJECTION = Identity(
    "every projection V V' of rank d occurs: f = (d (c - c^2/2) + (K-d)/2)/K at W = a V, H = g V'Y",
    left=_at_split,
    right=lambda p: (p.d * (1 - (p.a * p.g) ** 2) / 2 + p.xp.asarray(p.K - p.d) / 2) / p.K,
)

NARROW_OPTIMUM = Optimum(
    "d = K-1, no bias: M'M is (1-c) sqrt(lw/(n lh)) times a projection of rank K-1",
    objective=objective,
    value=_narrow_value,
    conclusion=is_projection,
    given=[is_learned],
)
SIMPLEX = Identity(
    "d = K-1, no bias: at the minimisers M = g V', V'V = I, (K-1) M'M = |M|^2 P",
    left=lambda p: (p.K - 1) * (p.g * p.V @ (p.g * p.V.T)),
    right=lambda p: square(p, p.g * p.V) * centring(p),
)
FRAME = Optimum(
    "collapse onto an orthogonal frame", objective=objective, value=value, conclusion=_frame, given=[is_learned]
)
ZERO_BEYOND = Optimum(
    "f >= c - c^2/2 for c <= 1 and 1/2 beyond, for every d; for c >= 1 zero is the only minimiser",
    objective=objective,
    value=value,
    conclusion=lambda p: p.xp.where(is_learned(p) > 0, 0 * p.lw, -square(p, p.W) - square(p, p.H)),
)
SIMPLEX_WITH_BIAS = Optimum(
    "collapse onto a simplex", objective=objective, value=biased_value, conclusion=_simplex, given=[is_learned]
)

LOWER_THRESHOLD = Neighbour(
    Inequality(
        "f >= 1/2 from c^2 = 0.9 on",
        slack=lambda p: objective(p) - p.xp.asarray(1) / 2,
        given=[lambda p: 10 * p.K * p.N * p.lw * p.lh - 9],
    ),
    ANY_D,
)
RAISED = raised(ZERO_BEYOND, ("11/10", "14/10"), ANY_D)
RAISED_BIAS = scaled(
    lambda p, factor: objective(p) - factor * value(p) * (p.K - 1) / p.K,
    ("11/10", "14/10"),
    "((K-1)/K)(c - c^2/2)",
    ANY_D_BIAS,
)
WITHOUT_BIAS = Neighbour(
    Inequality("the minimum without a bias bounds f with one", slack=lambda p: objective(p) - value(p)), ANY_D_BIAS
)

CLAIMS = (
    Claim(
        id="tirer-biasfree",
        where="theorem on the bias-free regularised model",
        kind="claim",
        attribution="recalled",
        says="h_ki = m_k, M'M = (1-c) sqrt(lw/(n lh)) I, W = sqrt(n lh/lw) M' for d >= K, c < 1",
        printed=r"M^\top M=(1-c)\sqrt{\lambda_W/(n\lambda_H)}\,I_K,\ W=\sqrt{n\lambda_H/\lambda_W}M^\top",
        verdict="holds",
        reason="duality with E = (c/N) Y: W H = (1-c) Y and lh H = W'E at every minimiser",
        parts=(
            proved(
                FRAME,
                WIDE,
                "E E' = lw lh I, so f - min f is |R|^2/(2N) + (lh/2)|T|^2; R = T = 0 gives W H and H'H, hence all",
            ),
            attained(ATTAINED),
        ),
        neighbours=(*RAISED, LOWER_THRESHOLD),
    ),
    Claim(
        id="tirer-threshold-value",
        where="the same theorem: threshold and value",
        kind="identity",
        attribution="reading",
        says="zero is the minimiser iff c >= 1; the minimum is c - c^2/2 up to c = 1, then 1/2",
        printed=r"(0,0)=\arg\min\iff c\ge1;\quad \min f=c-\tfrac{c^2}2\ (c\le1),\ \tfrac12\ (c\ge1)",
        verdict="holds",
        reason="duality with E = (min(1,c)/N) Y; at c = 1 too zero is the only minimiser",
        parts=(
            proved(
                ZERO_BEYOND,
                ANY_D,
                "<Y, E> - (N/2)|E|^2 is the value; for c >= 1 it is E = Y/N, and R = T = 0 gives W H = 0 and lh H = "
                "W'Y/N, hence W W' = 0",
            ),
            attained(ATTAINED),
        ),
        neighbours=(*RAISED, LOWER_THRESHOLD),
    ),
    Claim(
        id="tirer-biasfree-small-d",
        where="the same theorem: dimension",
        kind="claim",
        attribution="reading",
        says="d = K-1, c < 1, no bias: the means of every global minimiser form a simplex",
        printed=r"d=K-1:\ M^\top M\propto P",
        verdict="false",
        reason=(
            "without a bias nothing prefers the vector of ones: any projection of rank K-1 is optimal, so one class "
            "may be given up altogether; a reading, no verdict on the paper"
        ),
        severity="local",
        effect="d >= K without a bias; with a free bias d = K-1 does",
        parts=(
            Part(SIMPLEX, domain=SPLIT, witness=Witness(V=[[1], [0]], a="1/2", g="1/2", class_sizes=(1, 1))),
            attained(EVERY_PROJECTION, SPLIT),
        ),
        correction=Correction(
            latex=r"M^\top M=(1-c)\sqrt{\lambda_W/(n\lambda_H)}\,\Pi,\ \Pi=\Pi^2=\Pi^\top,\ \operatorname{rank}\Pi=K-1",
            parts=(
                proved(
                    NARROW_OPTIMUM,
                    NARROW,
                    "E = (c Q + I - Q) Y/N with the projection Q onto d dimensions that contain the columns of W: "
                    "W'(I-Q) = 0, so the squares are not negative, and <Y, E> - (N/2)|E|^2 is the value; R = T = 0 "
                    "gives M'M",
                ),
                attained(EVERY_PROJECTION, SPLIT),
            ),
        ),
        neighbours=(
            Neighbour(SIMPLEX, SPLIT),
            Neighbour(Inequality("the value of d = K too", slack=lambda p: value(p) - objective(p)), NARROW),
        ),
    ),
    Claim(
        id="tirer-bias",
        where="theorem with an unregularised bias",
        kind="claim",
        attribution="reading",
        says="b = 1/K, h_ki = m_k, M'M = (1-c) sqrt(lw/(n lh)) P, W = sqrt(n lh/lw) M', min ((K-1)/K)(c - c^2/2)",
        printed=r"b=\tfrac1K\mathbf1,\ M^\top M=(1-c)\sqrt{\lambda_W/(n\lambda_H)}P,\ \min f=\tfrac{K-1}K(c-c^2/2)",
        verdict="holds",
        reason="duality with E = (c/N) P Y, E 1 = 0; d >= K-1 suffices",
        parts=(
            proved(
                SIMPLEX_WITH_BIAS,
                WIDE_BIAS,
                "E E' = lw lh P: R = T = 0 and 1'W = 0 give W H = (1-c) P Y, b = 1/K and H'H; the value is "
                "<Y, E> - (N/2)|E|^2",
            ),
            attained(ATTAINED_CENTRED),
        ),
        neighbours=(*RAISED_BIAS, WITHOUT_BIAS),
    ),
)
