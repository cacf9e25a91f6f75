"""Zhu et al., the appendix: balance, lower bounds, nuclear norm, convex program; existence of minimisers."""

from __future__ import annotations

from functools import partial

from ncverify import Identity, Inequality, Optimum, Space, Variable
from ncverify.kinds import Number, TruthValue
from ncverify.literature._layer_peeled import (
    POSITIVE,
    balanced,
    centring,
    is_equal,
    logits,
    mean_loss,
    one_hot,
    peeled,
    simplex,
    square,
    wide,
    zhu_space,
)
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.papers.neighbours import scaled
from ncverify.space import SpacePoint

EQUAL = zhu_space(where=balanced)


with_c1 = partial(peeled, K=(2, 4), n=(1, 3), d=(1, 3), where=None, b=Variable("K"), c1=POSITIVE)
"""(W, H, b) and c1 > 0."""


FREE_G = Space(
    sizes={"K": (2, 3), "d": (1, 3), "N": (2, 4)},
    variables={
        "W": Variable("K", "d"),
        "H": Variable("d", "N"),
        "G": Variable("K", "N"),
        "lW": Variable(positive=True),
        "lH": Variable(positive=True),
    },
)

BALANCE = Identity(
    "W' R_W - R_H H' = lW W'W - lH H H' for every G, R_W = G H' + lW W, R_H = W'G + lH H",
    left=lambda p: p.W.T @ (p.G @ p.H.T + p.lW * p.W) - (p.W.T @ p.G + p.lH * p.H) @ p.H.T,
    right=lambda p: p.lW * (p.W.T @ p.W) - p.lH * (p.H @ p.H.T),
)

EIGEN = Identity(
    "G G' W - lW lH W = G R_H' - lH R_W: at a critical point the columns of W are singular vectors of G",
    left=lambda p: p.G @ (p.G.T @ p.W) - p.lW * p.lH * p.W,
    right=lambda p: p.G @ (p.W.T @ p.G + p.lH * p.H).T - p.lH * (p.G @ p.H.T + p.lW * p.W),
)


BALANCED = Part(
    BALANCE,
    domain=FREE_G,
    proof=(BALANCE,),
    argument="both residuals vanish at a critical point",
    beyond="multiplied out, W'G H' cancels, whatever the shapes",
)
SINGULAR = Part(
    EIGEN,
    domain=FREE_G,
    proof=(EIGEN,),
    argument="both residuals vanish at a critical point",
    beyond="multiplied out, lH G H' cancels, whatever the shapes",
)


def c2(p: SpacePoint) -> Number:
    """The constant of the tangent bound."""
    w = 1 / (1 + p.c1)
    return p.xp.log((1 + p.c1) * (p.K - 1)) * w + p.c1 * w * p.xp.log((1 + p.c1) / p.c1)


def _tangent(p: SpacePoint) -> Number:
    z = p.z
    return p.xp.logsumexp(z) - z[0] - (p.xp.sum(z) - p.K * z[0]) / ((1 + p.c1) * (p.K - 1)) - c2(p)


ONE = Space(sizes={"K": (2, 5)}, variables={"z": Variable("K"), "c1": Variable(positive=True)})


def _product_bound(p: SpacePoint, factor: Number = 1) -> Number:
    """g - c2 + factor |W||H| / ((1+c1)(K-1) sqrt(N/K)): with |W|^2 lW = |H|^2 lH this is the printed bound."""
    size = p.xp.sqrt(square(p, p.W) * square(p, p.H) * p.K / p.N)
    return mean_loss(p, logits(p)) - c2(p) + factor * size / ((1 + p.c1) * (p.K - 1))


def _unequal(p: SpacePoint) -> Number:
    xp, scale = p.xp, 1 / ((1 + p.c1) * (p.K - 1))
    shift = xp.sum(p.b) - p.K * xp.sum(p.b * xp.sum(one_hot(p), axis=1)) / p.N
    size = p.K * xp.sqrt(max(p.class_sizes) * square(p, p.W) * square(p, p.H)) / p.N
    return mean_loss(p, logits(p)) - c2(p) - scale * (shift - size)


PRODUCT = Inequality("g >= c2 - |W||H|/((1+c1)(K-1) sqrt n) at every point, critical or not", slack=_product_bound)

EQ = with_c1(K=(2, 3), n=(1, 2), where=wide)


def _cauchy_gap(p: SpacePoint) -> Number:
    """The polynomial part of the bound: n |W|^2 |H|^2 - <(I-J/K) Y, W H>^2 >= 0."""
    return (p.N // p.K) * square(p, p.W) * square(p, p.H) - p.xp.sum((centring(p) @ one_hot(p)) * (p.W @ p.H)) ** 2


def _both_or_none(p: SpacePoint) -> TruthValue:
    """W and H are both zero or both not, as at every critical point."""
    return (square(p, p.W) * square(p, p.H) > 0) | (square(p, p.W) + square(p, p.H) <= 0)


CONCLUDES = Optimum(
    "equality gives a simplex, a constant bias and 1'W = 0",
    objective=_product_bound,
    value=lambda p: p.xp.asarray(0),
    conclusion=lambda p: (
        is_equal(p, p.W @ p.W.T, square(p, p.W) / p.K * simplex(p, p.K))
        - square(p, p.b - p.xp.mean(p.b))
        - square(p, p.xp.sum(p.W, axis=0))
    ),
    given=[_both_or_none],
)

STRICT_TANGENT = Neighbour(
    Inequality(
        "the tangent bound is strict with 1/1000 to spare", slack=lambda p: _tangent(p) - p.xp.asarray(1) / 1000
    ),
    ONE,
)

SCALED = scaled(_product_bound, ("9/10", "5/10"), "the product", with_c1(where=balanced))

UNEQ = with_c1(where=lambda s: not balanced(s))

NO_BIAS = Neighbour(
    Inequality(
        "the bound with nbar at b = 0, K >= 3 and unequal classes",
        slack=lambda p: (
            mean_loss(p, p.W @ p.H)
            - c2(p)
            + p.xp.sqrt(square(p, p.W) * square(p, p.H) * p.K / p.N) / ((1 + p.c1) * (p.K - 1))
        ),
    ),
    Space(
        sizes={"K": (3, 4), "d": (1, 3)},
        classes=("K", (1, 3)),
        where=lambda s: not balanced(s),
        variables=UNEQ.variables,
    ),
)

CLAIMS = (
    Claim(
        id="zhu-lem-balance",
        where="appendix",
        kind="identity",
        attribution="recalled",
        says="W'W = (lH/lW) H H' at critical points",
        printed=r"W^\top W=\tfrac{\lambda_H}{\lambda_W}HH^\top",
        verdict="holds",
        reason="W' grad_W - grad_H H' = lW W'W - lH H H'; for every loss of W H and b, every lb, all sizes",
        parts=(BALANCED,),
        neighbours=tuple(
            Neighbour(Identity(name, left=BALANCE.left, right=right), FREE_G)
            for name, right in (
                ("with lW and lH exchanged", lambda p: p.lH * (p.W.T @ p.W) - p.lW * (p.H @ p.H.T)),
                ("without the weights", lambda p: p.W.T @ p.W - p.H @ p.H.T),
                ("with a sum", lambda p: p.lW * (p.W.T @ p.W) + p.lH * (p.H @ p.H.T)),
            )
        ),
    ),
    Claim(
        id="zhu-lem-tangent",
        where="appendix",
        kind="inequality",
        attribution="recalled",
        says="CE >= its tangent with c1, c2",
        printed=r"CE(z,k)\ge\tfrac1{1+c_1}\tfrac1{K-1}\sum_{j\ne k}(z_j-z_k)+c_2",
        verdict="holds",
        reason="Jensen twice; equality iff z_j equal for j != k and c1 = exp(z_k - z_j)/(K-1)",
        parts=(Part(Inequality("tangent", slack=_tangent), domain=ONE),),
        neighbours=(
            STRICT_TANGENT,
            Neighbour(
                Inequality(
                    "strict by 1 %",
                    slack=lambda p: (
                        p.xp.logsumexp(p.z)
                        - p.z[0]
                        - (p.xp.sum(p.z) - p.K * p.z[0]) / ((1 + p.c1) * (p.K - 1))
                        - c2(p) * 101 / 100
                    ),
                ),
                ONE,
            ),
            Neighbour(
                Inequality(
                    "sum instead of mean",
                    slack=lambda p: p.xp.logsumexp(p.z) - p.z[0] - (p.xp.sum(p.z) - p.K * p.z[0]) / (1 + p.c1) - c2(p),
                ),
                Space(sizes={"K": (3, 5)}, variables=ONE.variables),
            ),
        ),
    ),
    Claim(
        id="zhu-lem-lower-bound",
        where="appendix",
        kind="inequality",
        attribution="recalled",
        says="g >= c2 - rho sqrt(lW/(lH n))/((1+c1)(K-1)) at critical points",
        printed=r"g\ge c_2-\tfrac{\rho}{(1+c_1)(K-1)}\sqrt{\lambda_W/(\lambda_Hn)}",
        verdict="holds",
        reason="tangents summed, Cauchy; |W||H| = rho sqrt(lW/lH) by the balance; |W||H| at every point",
        parts=(Part(PRODUCT, domain=with_c1(where=balanced)), BALANCED),
        neighbours=(*SCALED, STRICT_TANGENT),
    ),
    Claim(
        id="zhu-lem-lower-bound-equality",
        where="appendix",
        kind="claim",
        attribution="recalled",
        says="equality: dual features, simplex, constant bias, c1",
        printed=r"\text{equality}\Rightarrow h_{k,i}=\sqrt{\lambda_W/(\lambda_Hn)}w_k,\dots",
        verdict="holds",
        reason="all three inequalities tight: 1'W = 0, H parallel to W'Y, equal wrong logits; W = 0 gives c1 = 1/(K-1)",
        parts=(Part(CONCLUDES, domain=EQ), Part(Inequality("Cauchy's gap", slack=_cauchy_gap), domain=EQ)),
        neighbours=(*SCALED, STRICT_TANGENT),
    ),
    Claim(
        id="zhu-lem-unequal",
        where="unequal classes",
        kind="inequality",
        attribution="reading",
        says="the bound with nbar for unequal classes, any (W,H,b)",
        printed=r"g\ge c_2-\tfrac{\|W\|\|H\|}{(1+c_1)(K-1)\sqrt{\bar n}}",
        verdict="false",
        reason=(
            "b towards the larger class; and b = 0 fails too for K >= 3: "
            "|(I-J/K)Y|^2 > nbar; a reading, no verdict on the paper"
        ),
        severity="local",
        effect="the maximum class size and a term of b replace nbar",
        parts=(
            Part(
                Inequality("the bound with nbar", slack=_product_bound),
                domain=with_c1(),
                witness=Witness(W=[[0], [0]], H=[[0, 0, 0]], b=["1/2", 0], c1=1, class_sizes=(2, 1)),
            ),
        ),
        correction=Correction(
            latex=r"g\ge c_2+\tfrac{\sum b_j-\frac KN\sum n_kb_k-\frac KN\sqrt{n_{\max}}\|W\|\|H\|}{(1+c_1)(K-1)}",
            parts=(Part(Inequality("corrected", slack=_unequal), domain=with_c1()),),
        ),
        neighbours=(NO_BIAS, Neighbour(Inequality("corrected, n_min", slack=lambda p: _product_bound(p)), UNEQ)),
    ),
)
