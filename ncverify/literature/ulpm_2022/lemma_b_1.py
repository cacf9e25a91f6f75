r"""Lemma B.1, (B.6), (B.7), (B.10): points of small loss are approximate KKT points of (3.1).

As printed: if L(theta(t_0)) < log 2 then for any t > t_0 the point theta~ = theta / sqrt(q_min) is an
(epsilon, delta)-KKT point of (3.1) with

.. math:: \epsilon = \sqrt{2(1-\beta)/\tilde\gamma}, \qquad \delta = \frac{K^2(K-1)n}{2e\,\tilde\gamma\,q_{\min}}

where beta = <theta/|theta|, theta'/|theta'|> "is the angle between theta and its corresponding gradient".

Everything here is a statement about one point with loss below log 2. The lemma is true; (B.6), the step that is to give
it, is printed with half of the constant. beta is the cosine of the angle, and of the one with minus the gradient.
Speeds are taken in the rescaled time of `ncverify.flow.rates`.
"""

from __future__ import annotations

from ncverify.flow import rates
from ncverify.kinds import Array, Number
from ncverify.literature.ulpm_2022._late_points import (
    COMMON_FACTOR,
    EULER,
    EXPANSION,
    LENGTH,
    MARGIN,
    PRODUCT,
    PYTHAGORAS,
    SCALING,
    SLACKNESS,
    flow_part,
    late,
    late_part,
)
from ncverify.model import between_classes
from ncverify.papers.claim import Claim, Correction, Neighbour, Witness
from ncverify.point import Point
from ncverify.separation import squared_stationarity
from ncverify.statements.types import Function, Identity, Inequality


def scaled(p: Point) -> Point:
    """theta~ = theta / sqrt(q_min)."""
    root = p.xp.sqrt(p.q_min)
    return Point.trusted(p.W / root, p.H / root)


# --- the approximate KKT point, (B.6), (B.7), (B.10) -----------------------------------------------------------------


def _squared_residual(p: Point) -> Number:
    """|theta~ - sum lambda g~|^2, the left side of (B.6), built from theta~ and the printed multipliers."""
    return squared_stationarity(scaled(p), rates.softmax_multipliers(p))


def stationarity(factor: float) -> Inequality:
    """(B.6) with a factor in front of its right side."""
    return Inequality(
        f"|theta~ - sum lambda g~|^2 <= {factor} (1 - beta) / gamma~",
        slack=lambda p: factor * (1 - rates.alignment(p)) / rates.smoothed_margin(p) - _squared_residual(p),
        given=[late],
    )


def _complementarity(p: Point) -> Array:
    """lambda_kij (s_kij(theta~) - 1) for j != k, shape (K-1, K*n)."""
    excess = rates.softmax_multipliers(p) * (scaled(p).logit_differences - 1)
    return between_classes(excess, p.n, p.xp)


def _rewritten(p: Point) -> Array:
    """The right side of (B.10)."""
    excess = p.xp.sum(rates.relative_weights(p) * (p.logit_differences - p.q_min))
    return p.xp.sqrt(p.squared_norm) / (p.q_min * p.xp.sqrt(rates.squared_speed(p))) * excess


def _total_complementarity(factor: float, *given: Function) -> Inequality:
    return Inequality(
        f"sum lambda (s(theta~) - 1) <= {factor} delta",
        slack=lambda p: factor * rates.complementarity_bound(p) - p.xp.sum(_complementarity(p)),
        given=given,
    )


SHARPER_DELTA = Inequality(
    "the sum over all constraints is at most log(2 K (K-1) n) / (2 gamma~ q_min)",
    slack=lambda p: (
        p.xp.log(2 * p.K * (p.K - 1) * p.n) / (2 * rates.smoothed_margin(p) * p.q_min) - p.xp.sum(_complementarity(p))
    ),
    given=[late],
)
FEASIBLE = Identity(
    "q_min(theta~) = 1: theta~ is feasible", left=lambda p: scaled(p).q_min, right=lambda p: 1, given=[late]
)


def _kkt(p: Point) -> Number:
    """The smaller of epsilon^2 - |theta~ - sum lambda g~|^2 and delta - max lambda (s(theta~) - 1)."""
    stationarity = 2 * (1 - rates.alignment(p)) / rates.smoothed_margin(p) - _squared_residual(p)
    complementarity = rates.complementarity_bound(p) - p.xp.max(_complementarity(p))
    return p.xp.minimum(stationarity, complementarity)


APPROXIMATE_KKT = Inequality(
    "theta~ is an (epsilon, delta)-KKT point, with the printed multipliers", slack=_kkt, given=[late]
)
RESIDUAL = Identity(
    "|theta~ - sum lambda g~|^2 = (rho^2 / q_min) (2 - 2 beta)",
    left=_squared_residual,
    right=lambda p: p.squared_norm / p.q_min * (2 - 2 * rates.alignment(p)),
    given=[late],
)


FEASIBLE_PART = flow_part(FEASIBLE, f"s(theta~) = s / q_min; {MARGIN}", SCALING, PRODUCT)
RESIDUAL_PART = flow_part(RESIDUAL, LENGTH, EXPANSION, SCALING)
B6_WITNESS = Witness(W=[[2], [-2]], H=[[2, -4]])

KKT_CLAIMS = (
    Claim(
        id="eq-b.6",
        where="(B.6)",
        kind="inequality",
        says="stationarity residual",
        position=450,
        printed=r"\|\tilde\theta-\sum\lambda_{k,i,j}\tilde g_{k,i,j}\|_2^2\le\frac{1-\beta}{\tilde\gamma}",
        verdict="false",
        reason="the left side is (rho^2/q_min)(2 - 2 beta): a factor 2 is lost",
        severity="misprint",
        effect="Lemma B.1 is unaffected: its epsilon has the factor 2 that is lost here",
        parts=(late_part(stationarity(1.0), witness=B6_WITNESS),),
        correction=Correction(
            latex=r"\|\tilde\theta-\sum\lambda\tilde g\|^2=\tfrac{\rho^2}{q_{\min}}(2-2\beta)"
            r"\le\frac{2(1-\beta)}{\tilde\gamma}",
            parts=(
                RESIDUAL_PART,
                flow_part(stationarity(2.0), f"{LENGTH}; {MARGIN}", EXPANSION, SCALING, PRODUCT),
            ),
        ),
        neighbours=(
            Neighbour(stationarity(1.998)),
            Neighbour(
                Inequality(
                    "1 - beta^2 for 1 - beta",
                    slack=lambda p: (1 - rates.alignment(p) ** 2) / rates.smoothed_margin(p) - _squared_residual(p),
                    given=[late],
                )
            ),
            Neighbour(
                Inequality(
                    "without gamma~", slack=lambda p: 2 * (1 - rates.alignment(p)) - _squared_residual(p), given=[late]
                )
            ),
        ),
    ),
    Claim(
        id="eq-b.7",
        where="(B.7)",
        kind="inequality",
        says="complementarity residual",
        position=460,
        printed=r"\sum\lambda_{k,i,j}(s_{k,i,j}(\tilde\theta)-1)\le\frac{K^2(K-1)n}{2eq_{\min}\tilde\gamma}",
        verdict="holds",
        reason="(B.10), (B.11), (B.9) and x exp(-x) <= 1/e for each of the K(K-1)n terms; far from sharp",
        parts=(
            flow_part(_total_complementarity(1.0, late), SLACKNESS, SCALING, COMMON_FACTOR, PYTHAGORAS, EULER, PRODUCT),
        ),
        neighbours=(
            Neighbour(_total_complementarity(1.0)),
            Neighbour(_total_complementarity(0.05, late)),
            Neighbour(
                Inequality("a sum that is at most zero", slack=lambda p: -p.xp.sum(_complementarity(p)), given=[late])
            ),
        ),
    ),
    Claim(
        id="eq-b.10",
        where="(B.10)",
        kind="identity",
        says="the complementarity sum rewritten",
        position=480,
        printed=r"\sum\lambda(s(\tilde\theta)-1)"
        r"=\frac{\rho}{q_{\min}\|g\|_2}\sum\frac{e^{-s}}{1+\sum e^{-s}}(s-q_{\min})",
        verdict="holds",
        reason="s(theta~) = s / q_min",
        parts=(
            flow_part(
                Identity("(B.10)", left=lambda p: p.xp.sum(_complementarity(p)), right=_rewritten, given=[late]),
                "s(theta~) = s / q_min, and lambda = (rho / |g|) p",
                SCALING,
                COMMON_FACTOR,
            ),
        ),
        neighbours=(
            Neighbour(
                Identity(
                    "without 1/q_min",
                    left=lambda p: p.xp.sum(_complementarity(p)),
                    right=lambda p: p.q_min * _rewritten(p),
                    given=[late],
                )
            ),
            Neighbour(
                Identity(
                    "0.1 % off",
                    left=lambda p: 1.001 * p.xp.sum(_complementarity(p)),
                    right=_rewritten,
                    given=[late],
                )
            ),
            Neighbour(
                Identity(
                    "multipliers without rho",
                    left=lambda p: p.xp.sum(_complementarity(p)) / p.xp.sqrt(p.squared_norm),
                    right=_rewritten,
                    given=[late],
                )
            ),
        ),
    ),
)

LEMMA = Claim(
    id="lem-b.1",
    where="Lemma B.1",
    kind="inequality",
    says="theta / sqrt(q_min) is an (epsilon, delta)-KKT point with the printed epsilon and delta",
    position=410,
    printed=r"\tilde\theta:=\theta/q_{\min}(\theta)^{1/2}\text{ is an }(\epsilon,\delta)\text{-KKT point},\ "
    r"\epsilon=\sqrt{2(1-\beta)/\tilde\gamma},\ \delta=\frac{K^2(K-1)n}{2e\tilde\gamma q_{\min}}",
    verdict="proof-gap",
    reason="the lemma is true; (B.6), 'we only need to show', is false as printed: its own proof gives twice that",
    severity="misprint",
    effect="Theorem 3.2 is unaffected: epsilon and delta of the lemma are right as stated",
    parts=(
        FEASIBLE_PART,
        flow_part(
            APPROXIMATE_KKT,
            f"{LENGTH}; {SLACKNESS}, and no term is below zero",
            EXPANSION,
            SCALING,
            COMMON_FACTOR,
            PYTHAGORAS,
            EULER,
            PRODUCT,
        ),
        late_part(stationarity(1.0), role="step", witness=B6_WITNESS),
    ),
    correction=Correction(
        latex=r"\text{(B.6) with }2(1-\beta)/\tilde\gamma\text{ on the right; }"
        r"\delta\text{ may be lowered to }\frac{\log(2K(K-1)n)}{2\tilde\gamma q_{\min}}",
        parts=(late_part(SHARPER_DELTA),),
    ),
    neighbours=(
        Neighbour(stationarity(1.998)),
        Neighbour(
            Inequality(
                "theta / q_min is feasible",
                slack=lambda p: Point.trusted(p.W / p.q_min, p.H / p.q_min).q_min - 1,
                given=[late],
            )
        ),
        Neighbour(
            Inequality(
                "delta fifty times smaller",
                slack=lambda p: rates.complementarity_bound(p) / 50 - p.xp.max(_complementarity(p)),
                given=[late],
            )
        ),
        Neighbour(
            Inequality(
                "without L < log 2", slack=lambda p: rates.complementarity_bound(p) - p.xp.max(_complementarity(p))
            )
        ),
    ),
)

ANGLE = Claim(
    id="lem-b.1-beta",
    where="Lemma B.1",
    kind="definition",
    says="beta 'is the angle'",
    position=420,
    printed=r"\beta=\langle\frac{\theta}{\|\theta\|_2},\frac{d\theta}{dt}/\|\frac{d\theta}{dt}\|_2\rangle"
    r"\text{ is the angle between }\theta\text{ and its corresponding gradient}",
    verdict="defect",
    reason="beta is the cosine of an angle, and of the one with minus the gradient: 1 where the two are aligned",
    severity="misprint",
    effect="none; the proofs use beta as the cosine with minus the gradient",
    parts=(
        late_part(
            Identity(
                "beta is the angle between theta and dtheta/dt: cos(beta) = beta",
                left=lambda p: p.xp.cos(rates.alignment(p)),
                right=rates.alignment,
                given=[late],
            ),
            role="form",
            witness=Witness(W=[[1], [-1]], H=[[1, -1]]),
        ),
    ),
    correction=Correction(
        latex=r"\beta\text{ is the cosine of the angle between }\theta\text{ and }-\nabla\mathcal L",
        parts=(
            flow_part(
                Identity(
                    "beta^2 + (rho |d(theta/rho)/dt| / |dtheta/dt|)^2 = 1",
                    left=lambda p: rates.alignment(p) ** 2,
                    right=lambda p: 1 - p.squared_norm * rates.squared_direction_speed(p) / rates.squared_speed(p),
                    given=[late],
                ),
                "beta = <theta, v> / (rho |v|)",
                PYTHAGORAS,
            ),
        ),
    ),
)

CLAIMS = (LEMMA, ANGLE, *KKT_CLAIMS)
