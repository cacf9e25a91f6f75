"""Fang et al.: the balanced layer-peeled model, softmax-based losses, the contrastive loss, oversampling.

EW, EH are never lost in scaling: a point (W, H) that is not zero is brought onto both constraints by its norms, so
that every statement is about E = sqrt(EW EH) and free arrays: the constraints are |W|^2 <= K EW and sum_k (1/n_k)
sum_i |h_{k,i}|^2 <= K EH.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ncverify import Inequality, Optimum
from ncverify.certificates import Constraint, DualPoint, NonNegative, positive
from ncverify.kinds import Number
from ncverify.literature._layer_peeled import (
    POSITIVE,
    balanced,
    is_equal,
    mean_loss,
    one_hot,
    peeled,
    simplex,
    simplex_loss,
    square,
)
from ncverify.optima.excess import layer_peeled_terms
from ncverify.papers import Claim, Correction, Neighbour, Part
from ncverify.papers.neighbours import scaled
from ncverify.space import SpacePoint

space = partial(peeled, K=(2, 4), EW=POSITIVE, EH=POSITIVE)
"""(W, H) with EW, EH > 0."""


def _of_features(p: SpacePoint) -> Number:
    sizes = p.xp.sum(one_hot(p), axis=1) @ one_hot(p)
    return p.K * p.EH - p.xp.sum(p.xp.sum(p.H * p.H, axis=0) / sizes)


FEASIBLE = (Constraint(lambda p: p.K * p.EW - square(p, p.W)), Constraint(_of_features))


def energy(p: SpacePoint) -> Number:
    """E = sqrt(EW EH)."""
    return p.xp.sqrt(p.EW * p.EH)


def value(p: SpacePoint, factor: Number = 1) -> Number:
    """log(1 + (K-1) exp(-K E/(K-1)))."""
    return simplex_loss(p.xp, p.K, factor * p.K * energy(p) / (p.K - 1))


def loss(p: SpacePoint) -> Number:
    """The mean cross-entropy."""
    return mean_loss(p, p.W @ p.H)


def has_simplex(p: SpacePoint) -> Number:
    """W W' = EW G(K) and h_{k,i} = sqrt(EH/EW) w_k."""
    return is_equal(p, p.W @ p.W.T, p.EW * simplex(p, p.K)) - square(
        p, p.H * p.xp.sqrt(p.EW) - p.xp.sqrt(p.EH) * (p.W.T @ one_hot(p))
    )


WIDE = space(where=lambda s: balanced(s) and s.d >= s.K - 1)

ANY_D = space()

BELOW = space(K=(3, 4), d=(1, 2), where=lambda s: balanced(s) and s.d < s.K - 1)

NO_ETF = Inequality(
    "d < K-1: |W W' - EW G(K)|^2 >= (K-1-d)(K EW/(K-1))^2 > 0: no W is an ETF, and minimisers exist (compactness)",
    slack=lambda p: square(p, p.W @ p.W.T - p.EW * simplex(p, p.K)) - (p.K - 1 - p.d) * (p.K * p.EW / (p.K - 1)) ** 2,
)


def _terms(p: SpacePoint) -> tuple[tuple[NonNegative, ...], tuple[NonNegative, NonNegative]]:
    return layer_peeled_terms(p, p.W, p.H, positive(p, "EW"), positive(p, "EH"))


def _multipliers(p: SpacePoint) -> tuple[NonNegative, NonNegative]:
    of_classifiers, of_features = _terms(p)[1]
    return of_classifiers, (p.N // p.K) * of_features


BOUND = Optimum(
    "loss >= log(1 + (K-1) exp(-K E/(K-1)))",
    objective=loss,
    value=value,
    given=FEASIBLE,
    certificate=DualPoint(_multipliers, lambda p: _terms(p)[0]),
)
SIMPLICES = replace(BOUND, name="every minimiser is a simplex ETF with dual features", conclusion=has_simplex)


def _product(p: SpacePoint, factor: Number = 1) -> Number:
    """The same without constraints, E = |W| |H| / (K sqrt n): any point attacks it."""
    E = p.xp.sqrt(square(p, p.W) * square(p, p.H) / (p.N // p.K)) / p.K
    return loss(p) - simplex_loss(p.xp, p.K, factor * p.K * E / (p.K - 1))


FREE = Inequality("loss >= log(1 + (K-1) exp(-K E/(K-1))), E = |W||H|/(K sqrt n)", slack=_product)

TIGHT = scaled(_product, ("9/10", "7/10", "5/10"), "the exponent", ANY_D)

ETF_FORM = "w_k = sqrt(EW) m_k, h_ki = sqrt(EH) m_k, M = sqrt(K/(K-1)) Q (I - J/K)"

CLAIMS = (
    Claim(
        id="fang-abstract-any-solution",
        where="Abstract",
        kind="claim",
        attribution="seen",
        says="every global minimiser is a simplex ETF, any p",
        printed=r"WW^\top=E_WG(K)",
        verdict="false",
        reason="p < K-1: G(K) has rank K-1, no W of width p is an ETF, and minimisers exist",
        severity="local",
        effect="the theorem has p >= K; p >= K-1 suffices for the Gram matrix",
        parts=(Part(NO_ETF, domain=BELOW, refutes=True),),
        correction=Correction(latex=r"p\ge K-1", parts=(Part(SIMPLICES, domain=WIDE),)),
        neighbours=(
            Neighbour(
                Inequality(
                    "|W W' - EW G|^2 >= that for d >= K-1 too",
                    slack=lambda p: square(p, p.W @ p.W.T - p.EW * simplex(p, p.K)) - p.EW**2 / 4,
                ),
                WIDE,
            ),
        ),
    ),
    Claim(
        id="fang-thm-1-etf",
        where="Theorem 1",
        kind="claim",
        attribution="recalled",
        says=ETF_FORM,
        printed=r"h_{k,i}=\sqrt{E_H}m_k,\ w_k=\sqrt{E_W}m_k",
        verdict="holds",
        reason=(
            "equality in fang-lpm-value; Q is completed by one vector, for which p "
            ">= K is needed; the Gram form needs p >= K-1"
        ),
        parts=(Part(SIMPLICES, domain=WIDE), Part(FREE, domain=ANY_D)),
        neighbours=TIGHT,
    ),
    Claim(
        id="fang-lpm-value",
        where="closed form",
        kind="inequality",
        attribution="reading",
        says="loss >= log(1+(K-1)exp(-K sqrt(EW EH)/(K-1)))",
        printed=r"\ge\log(1+(K-1)e^{-K\sqrt{E_WE_H}/(K-1)})",
        verdict="holds",
        reason="Jensen, then |(I-J/K)Y|_2 = sqrt n; attained iff d >= K-1",
        parts=(Part(BOUND, domain=ANY_D), Part(FREE, domain=ANY_D)),
        neighbours=TIGHT,
    ),
)
