"""Zhu et al., Theorem 3.1 and the abstract: the global minimisers; where zero takes over; the optimal value.

f - min f is the sum of `excess_terms`, in every dimension d; the minimisers are its zeros: 1'W = 0,
h_{k,i} = sqrt(lW/(lH n)) w_k, b = beta 1, W W' = c sqrt(n lH/lW) (I - J/K), c = max(0, log(1/s - (K-1))). From K^2 n
lW lH = 1 on c = 0 and W = 0: no division by |w|^2, no simplex.
"""

from __future__ import annotations

from collections.abc import Sequence

from ncverify import Inequality, Optimum
from ncverify.certificates import SumOfNonNegative
from ncverify.kinds import Number, TruthValue
from ncverify.literature._layer_peeled import (
    balanced,
    excess_terms,
    is_equal,
    is_learned,
    mean_loss,
    objective,
    one_hot,
    optimal_logit_gap,
    optimal_value,
    simplex,
    square,
    strength,
    wide,
    zhu_space,
)
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.papers.neighbours import scaled, strict
from ncverify.space import SpacePoint
from ncverify.statements.types import Function

WIDE = zhu_space(where=wide)
ANY_D = zhu_space(where=balanced)
BELOW = zhu_space(K=(3, 4), d=(1, 2), where=lambda s: balanced(s) and s.d < s.K - 1)


def optimum(name: str, conclusion: Function | None, given: Sequence[Function] = ()) -> Optimum:
    """min f, and what holds of every minimiser."""
    return Optimum(
        name,
        objective=objective,
        value=optimal_value,
        conclusion=conclusion,
        given=given,
        certificate=SumOfNonNegative(excess_terms),
    )


def has_dual_features(p: SpacePoint) -> Number:
    """Equal row norms, h_{k,i} = sqrt(lW/(lH n)) w_k, sum_k h_{k,i} = 0, without roots or divisions."""
    xp, n = p.xp, p.N // p.K
    norms = xp.sum(p.W * p.W, axis=1)
    paired = p.H * xp.sqrt(p.lH * n) - xp.sqrt(p.lW) * (p.W.T @ one_hot(p))
    return -square(p, norms - xp.mean(norms)) - square(p, paired) - p.K**2 * square(p, xp.sum(p.W, axis=0))


def has_constant_bias(p: SpacePoint) -> Number:
    """b = beta 1, and beta = 0 or lb = 0."""
    return -square(p, p.b - p.xp.mean(p.b)) - p.lb * square(p, p.b)


def has_simplex_gram(p: SpacePoint) -> Number:
    """W W' = (|W|^2/K) G(K)."""
    return is_equal(p, p.W @ p.W.T, square(p, p.W) / p.K * simplex(p, p.K))


def is_simplex(p: SpacePoint) -> TruthValue:
    """The same, and W != 0: what (1/|w|^2) W W' = G(K) needs."""
    return (has_simplex_gram(p) >= 0) & (square(p, p.W) > 0)


VALUE = optimum("f >= its closed form, for every d", None)
ZERO = Witness(W=[[0], [0]], H=[[0, 0]], b=[0, 0], lW=1, lH=1, lb=0, class_sizes=(1, 1))
ETF = optimum("every global minimiser is a simplex ETF (W != 0)", is_simplex)
ETF_BELOW = optimum("below the threshold every global minimiser is a simplex ETF", is_simplex, [is_learned])
GRAM = optimum("W W' = (|W|^2/K) G(K)", has_simplex_gram)
LINE = Witness(W=[[1], [-1], [0]], H=[[1, -1, 0]], b=[0, 0, 0], lW="1/100", lH="1/100", lb=0, class_sizes=(1, 1, 1))
ONLY_ZERO = Inequality(
    "d < K-1, where W W' = (|W|^2/K) G(K) leaves only W = 0: f >= log K",
    slack=lambda p: objective(p) - p.xp.log(p.K),
    given=[lambda p: p.K - 1 - p.d],
)


def _descent(p: SpacePoint) -> Number:
    """log K - f on the line W = alpha u e', H = beta e v' with t = 1 - K s: positive iff K s < 1; s is a root."""
    t = 1 - p.K * p.xp.sqrt(strength(p))
    return 2 * (t * t - p.xp.log((p.xp.exp(t) + p.xp.exp(-t) + p.K - 2) / p.K)) / p.K


ZERO_IS_OPTIMAL = Inequality(
    "K^2 n lW lH >= 1: f >= log K = f(0)",
    slack=lambda p: objective(p) - p.xp.log(p.K),
    given=[lambda p: is_learned(p) <= 0],
)
ZERO_IS_NOT = Inequality(
    "K^2 n lW lH < 1: a point of rank one is lower", slack=_descent, strict=True, given=[is_learned]
)


def _value_conclusion(p: SpacePoint) -> Number:
    """|W|^2 sqrt(lW) = sqrt(n lH) (K-1) c and w_k.h - w_j.h = c for all j != k."""
    xp, c, n = p.xp, optimal_logit_gap(p), p.N // p.K
    norm = square(p, p.W) * xp.sqrt(p.lW) - xp.sqrt(n * p.lH) * (p.K - 1) * c
    Z, Y = p.W @ p.H, one_hot(p)
    gap = (xp.expand_dims(xp.sum(Z * Y, axis=0), 0) - Z - c) * (1 - Y)
    return -norm * norm - square(p, gap)


def _excess(p: SpacePoint) -> Number:
    """f - min f, as the sum of the terms: exactly 0 at a minimiser."""
    return sum(term.value for term in excess_terms(p))


BELOW_ALL = Neighbour(ONLY_ZERO, BELOW)
HEAVY = Neighbour(
    Inequality(
        "f >= log K up to K^2 n lW lH = 0.97",
        slack=lambda p: objective(p) - p.xp.log(p.K),
        given=[lambda p: 100 * p.K**2 * strength(p) - 97],
    ),
    ANY_D,
)
RAISED = scaled(lambda p, factor: objective(p) - factor * optimal_value(p), ("2", "3"), "the closed form", WIDE)
STRICT = Neighbour(strict(Inequality("f >= its closed form", slack=_excess)), WIDE)
NO_REG_W = Neighbour(
    Inequality(
        "without the term of H", slack=lambda p: mean_loss(p, p.W @ p.H) + p.lW * square(p, p.W) / 2 - optimal_value(p)
    ),
    WIDE,
)
ALL = (HEAVY, STRICT, NO_REG_W)

CLAIMS = (
    Claim(
        id="zhu-abstract",
        where="Abstract",
        kind="claim",
        attribution="seen",
        says="global minimisers are simplex ETFs only; every other critical point has negative curvature",
        printed=r"d>K:\ \text{the only global minimisers are simplex ETFs; other critical points are strict saddles}",
        verdict="false",
        reason="from K^2 n lW lH >= 1 on zero is the only minimiser up to b = beta 1; the second half is true",
        severity="local",
        effect="the abstract is meant for small weight decay; the theorem needs K^2 n lW lH < 1",
        parts=(Part(ETF, domain=WIDE, witness=ZERO),),
        correction=Correction(
            latex=r"K^2n\lambda_W\lambda_H<1,\ d\ge K-1",
            parts=(Part(ETF_BELOW, domain=WIDE),),
        ),
        neighbours=(HEAVY, BELOW_ALL),
    ),
    Claim(
        id="zhu-thm-3.1-collapse",
        where="Theorem 3.1",
        kind="claim",
        attribution="recalled",
        says="equal row norms, h_ki = sqrt(lW/(lH n)) w_k, sum_k h_ki = 0",
        printed=r"\|w_1\|=\dots=\|w_K\|,\ h_{k,i}=\sqrt{\lambda_W/(\lambda_Hn)}\,w_k,\ \textstyle\sum_kh_{k,i}=0",
        verdict="holds",
        reason="equality in the certificate; at and beyond the threshold all are zero",
        parts=(Part(optimum("norms, duality, mean", has_dual_features), domain=WIDE),),
        neighbours=(BELOW_ALL, *ALL),
    ),
    Claim(
        id="zhu-thm-3.1-bias",
        where="Theorem 3.1",
        kind="claim",
        attribution="recalled",
        says="b = beta 1, and beta = 0 or lb = 0",
        printed=r"b^\star=\beta\mathbf 1,\ \beta=0\text{ or }\lambda_b=0",
        verdict="holds",
        reason="equality in the certificate: softmax(c Y + b) = P* forces b in span 1",
        parts=(Part(optimum("constant bias", has_constant_bias), domain=WIDE),),
        neighbours=ALL,
    ),
    Claim(
        id="zhu-thm-3.1-etf",
        where="Theorem 3.1",
        kind="claim",
        attribution="recalled",
        says="(1/|w|^2) W W' = G(K)",
        printed=r"\tfrac1{\|w\|^2}WW^\top=\tfrac{K}{K-1}(I-\tfrac1KJ)",
        verdict="false",
        reason="K^2 n lW lH >= 1: the minimiser is W = 0, the division is by zero and nothing is an ETF",
        severity="theorem",
        effect="as recalled; true with K^2 n lW lH < 1, or multiplied out (zhu-gram)",
        parts=(Part(ETF, domain=WIDE, witness=ZERO),),
        correction=Correction(
            latex=r"K^2n\lambda_W\lambda_H<1", parts=(Part(ETF_BELOW, domain=WIDE), Part(ZERO_IS_OPTIMAL, domain=ANY_D))
        ),
        neighbours=(HEAVY, STRICT),
    ),
    Claim(
        id="zhu-gram",
        where="Theorem 3.1 without the division",
        kind="claim",
        attribution="reading",
        says="W W' = (|W|^2/K) G(K)",
        printed=r"WW^\top=\tfrac{\|W\|^2}{K}G(K)",
        verdict="holds",
        reason="equality in the certificate; 0 = 0 beyond the threshold",
        parts=(Part(GRAM, domain=WIDE),),
        neighbours=(BELOW_ALL, *ALL),
    ),
    Claim(
        id="zhu-any-d",
        where="Theorem 3.1 in every dimension",
        kind="claim",
        attribution="reading",
        says="the same for d >= 1",
        printed=r"WW^\top=\tfrac{\|W\|^2}{K}G(K),\ d\ge1",
        verdict="false",
        reason=(
            "G(K) has rank K-1: d < K-1 leaves W = 0, f = log K, which is not optimal below the threshold; "
            "a reading, no verdict on the paper"
        ),
        severity="local",
        effect="needs d >= K-1, or weight decay beyond the threshold",
        parts=(Part(ONLY_ZERO, domain=BELOW, witness=LINE),),
        correction=Correction(
            latex=r"d\ge K-1\ \text{or}\ K^2n\lambda_W\lambda_H\ge1",
            parts=(Part(GRAM, domain=WIDE), Part(ZERO_IS_OPTIMAL, domain=ANY_D)),
        ),
        neighbours=(BELOW_ALL, HEAVY),
    ),
    Claim(
        id="zhu-zero-threshold",
        where="threshold",
        kind="equivalence",
        attribution="reading",
        says="0 is optimal iff K^2 n lW lH >= 1, any d",
        printed=r"0\in\arg\min f\iff K^2n\lambda_W\lambda_H\ge1",
        verdict="holds",
        reason="certificate with sigma = 1/K; below, the rank-one point with t = 1 - K s is lower, d = 1 suffices",
        parts=(Part(ZERO_IS_OPTIMAL, domain=ANY_D), Part(ZERO_IS_NOT, domain=ANY_D)),
        neighbours=(
            HEAVY,
            Neighbour(
                Inequality(
                    "threshold K n lW lH",
                    slack=lambda p: objective(p) - p.xp.log(p.K),
                    given=[lambda p: p.K**3 * strength(p) - 1],
                ),
                ANY_D,
            ),
            STRICT,
        ),
    ),
    Claim(
        id="zhu-optimal-value",
        where="closed form",
        kind="identity",
        attribution="reading",
        says="min f, |W|^2 and the logit gap as functions of s",
        printed=r"\min f=-\log(1-(K-1)s)+(K-1)s\,c,\ c=\log(\tfrac1s-(K-1))",
        verdict="holds",
        reason="certificate; for K s >= 1 the value is log K and c = 0; the bound holds for every d",
        parts=(
            Part(VALUE, domain=ANY_D),
            Part(optimum("norm and gap", _value_conclusion), domain=WIDE),
        ),
        neighbours=(*RAISED, STRICT, NO_REG_W),
    ),
)
