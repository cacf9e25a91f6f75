r"""Lemma B.2, its first half: the norm grows, (B.12) to (B.14) and (B.17).

As printed: once L < log 2, d rho^2/dt > 0 and d gamma~/dt >= 0. Both are true. Two lines of the proof are not true as
printed: |v| = |(1/rho) d rho^2/dt| is twice the radial speed, and the third line of (B.17) has lost the factor 2 that
the lines before and after it have. The second half, about gamma~, is in `lemma_b_2_margin`.

Speeds are taken in the rescaled time of `ncverify.flow.rates`.
"""

from __future__ import annotations

from ncverify.flow import rates
from ncverify.kinds import Array, Number
from ncverify.literature.ulpm_2022._late_points import (
    DEFECTS,
    DRIFT,
    EULER,
    MARGIN,
    PRODUCT,
    PRODUCT_RULE,
    PYTHAGORAS,
    SATURATION,
    SHAPES,
    flow_part,
    late,
    late_part,
)
from ncverify.literature.ulpm_2022._matrices import WORDS, zero
from ncverify.model import log_odds
from ncverify.papers.claim import Claim, Correction, Neighbour, Part, Witness
from ncverify.point import Point
from ncverify.space import Space, SpacePoint, Variable
from ncverify.statements.types import Function, Identity, Inequality

SMALLEST = Witness(W=[[1], [-1]], H=[[1, -1]])


def weighted_differences(p: Point) -> Number:
    """The sum of the weights of (B.6) times s_kij, divided by the loss."""
    return p.xp.sum(rates.relative_weights(p) * p.logit_differences)


def total_weight(p: Point) -> Number:
    """The sum of the weights of (B.6), divided by the loss."""
    return p.xp.sum(rates.relative_weights(p))


def growth_of_squared_norm(p: Point) -> Number:
    """d rho^2 / d sigma by the product rule."""
    velocity = rates.relative_velocity(p)
    return p.xp.sum(2 * p.W * velocity.W) + p.xp.sum(2 * p.H * velocity.H)


def radial_speed(p: Point) -> Number:
    """|v|, the length of the projection of the velocity on theta/rho."""
    return p.xp.abs(rates.inner(p, rates.direction(p), rates.relative_velocity(p)))


# --- (B.13), (B.14), the radial part ---------------------------------------------------------------------------------


def _growth(factor: float) -> Identity:
    return Identity(
        f"(1/2) d rho^2/dt = {factor} sum p s",
        left=lambda p: growth_of_squared_norm(p) / 2,
        right=lambda p: factor * weighted_differences(p),
    )


def _at_least_margin(factor: float, *given: Function) -> Inequality:
    return Inequality(
        f"(1/2) d rho^2/dt >= {factor} q_min sum p",
        slack=lambda p: growth_of_squared_norm(p) / 2 - factor * p.q_min * total_weight(p),
        given=given,
    )


def _growth_links(p: Point) -> Number:
    """The smaller slack of the two inequalities of (B.14)."""
    bound = 2 * p.q_min * total_weight(p)
    return p.xp.minimum(growth_of_squared_norm(p) / 2 - bound, bound)


def _radial(factor: float) -> Identity:
    return Identity(
        f"|v| = |({factor}/rho) d rho^2/dt|",
        left=radial_speed,
        right=lambda p: factor * p.xp.abs(growth_of_squared_norm(p)) / p.xp.sqrt(p.squared_norm),
        given=[late],
    )


GROWTH_CLAIMS = (
    Claim(
        id="b-radial-norm",
        where="proof of Lemma B.2, |v|",
        kind="identity",
        says="|v| = |(1/rho) d rho^2/dt|",
        position=510,
        printed=r"\|v\|_2=|\hat\theta^\top\tfrac{d\theta}{dt}|=|\tfrac1\rho\langle\theta,\tfrac{d\theta}{dt}\rangle|"
        r"=|\tfrac1\rho\tfrac{d\rho^2}{dt}|",
        verdict="false",
        reason="<theta, dtheta/dt> is half of d rho^2/dt",
        severity="misprint",
        effect="none; where |v| is used, later in the same proof, the factor is there",
        parts=(late_part(_radial(1.0), witness=SMALLEST),),
        correction=Correction(
            latex=r"\|v\|_2=|\tfrac{1}{2\rho}\tfrac{d\rho^2}{dt}|=|\tfrac{d\rho}{dt}|",
            parts=(flow_part(_radial(0.5), "|v| = |<theta, dtheta/dt>| / rho", PRODUCT_RULE),),
        ),
        neighbours=(Neighbour(_radial(0.5005)),),
    ),
    Claim(
        id="eq-b.13",
        where="(B.13)",
        kind="identity",
        says="growth of the norm",
        position=520,
        printed=r"\tfrac12\tfrac{d\rho^2}{dt}=\langle\theta,\tfrac{d\theta}{dt}\rangle"
        r"=2\sum\tfrac{e^{-s}}{1+\sum e^{-s}}s",
        verdict="holds",
        reason="Euler's identity for the 2-homogeneous logit differences",
        parts=(
            Part(
                _growth(2.0),
                domain=SHAPES,
                proof=(EULER,),
                argument="minus the gradient is the sum of p_kij grad s_kij, and <grad s, theta> = 2 s",
                beyond=WORDS,
            ),
        ),
        neighbours=(
            Neighbour(_growth(2.002)),
            Neighbour(_growth(1.0)),
            Neighbour(
                Identity(
                    "(1/2) d rho^2/dt = 2 q_min sum p",
                    left=lambda p: growth_of_squared_norm(p) / 2,
                    right=lambda p: 2 * p.q_min * total_weight(p),
                )
            ),
        ),
    ),
    Claim(
        id="eq-b.14",
        where="(B.14)",
        kind="inequality",
        says="its lower bound",
        position=530,
        printed=r"\tfrac12\tfrac{d\rho^2}{dt}=2\sum\tfrac{e^{-s}}{1+\sum e^{-s}}s"
        r"\ge2\sum\tfrac{e^{-s}}{1+\sum e^{-s}}q_{\min}\ge0",
        verdict="holds",
        reason="s_kij >= q_min with non-negative weights, and q_min > 0 once L < log 2",
        parts=(
            flow_part(
                Inequality("both inequalities of (B.14)", slack=_growth_links, given=[late]),
                f"s >= q_min with weights p > 0; {MARGIN}",
                EULER,
                PRODUCT,
            ),
        ),
        neighbours=(
            Neighbour(_at_least_margin(2.002, late)),
            Neighbour(Inequality("2 q_min sum p >= 0 without L < log 2", slack=lambda p: p.q_min * total_weight(p))),
            Neighbour(
                Inequality(
                    "at least the largest logit difference",
                    slack=lambda p: growth_of_squared_norm(p) / 2 - 2 * p.xp.max(p.logit_differences) * total_weight(p),
                    given=[late],
                )
            ),
        ),
    ),
)

# --- (B.17) ----------------------------------------------------------------------------------------------------------


def sample_weights(p: Point) -> Array:
    """sum over j != k of exp(-s_kij) / (1 + sum over l of exp(-s_kil)), divided by the loss; shape (K*n,)."""
    return p.xp.sum(rates.relative_weights(p), axis=0)


def third_line(p: Point) -> Number:
    """The third line of (B.17) as printed, divided by the loss."""
    losses = p.xp.exp(p.xp.log_softplus(log_odds(p.logit_differences, p.n, p.xp)) - p.log_loss)
    return p.xp.sum(losses * (1 / losses) * sample_weights(p) * p.q_min)


def _cancelled_gap(p: SpacePoint) -> Number:
    """2 sum_i w_i q - 2 sum_i l_i (1/l_i) w_i q."""
    return 2 * p.xp.sum(p.w * p.q) - 2 * p.xp.sum(p.losses * (1 / p.losses) * p.w * p.q)


CANCELLED = (
    zero("2 sum w q = 2 sum l (1/l) w q", _cancelled_gap),
    Space(sizes={"N": (1, 4)}, variables={"losses": Variable("N"), "w": Variable("N"), "q": Variable()}),
)


def _third(factor: float) -> Identity:
    return Identity(
        f"second line of (B.17) = {factor} times its third line",
        left=lambda p: 2 * p.xp.sum(sample_weights(p) * p.q_min),
        right=lambda p: factor * third_line(p),
        given=[late],
    )


def _end(factor: float, *given: Function) -> Inequality:
    return Inequality(
        f"(1/2) d rho^2/dt >= {factor} (exp(L) - 1)/exp(L) q_min",
        slack=lambda p: growth_of_squared_norm(p) / 2 - factor * rates.saturation(p) * p.q_min,
        given=given,
    )


B17_CLAIMS = (
    Claim(
        id="eq-b.17-line-3",
        where="(B.17), third line",
        kind="identity",
        says="the third line as printed",
        position=550,
        printed=r"2\sum_{k,i}\tfrac{\sum_je^{-s}}{1+\sum_je^{-s}}q_{\min}"
        r"=\sum_{k,i}\log(1+\textstyle\sum_je^{-s})\tfrac{1}{\log(1+\sum_je^{-s})}"
        r"\tfrac{\sum_je^{-s}}{1+\sum_je^{-s}}q_{\min}",
        verdict="false",
        reason="the factor 2 of the second and the fourth line is missing",
        severity="misprint",
        effect="none; the line after it has the factor again",
        parts=(late_part(_third(1.0), witness=SMALLEST),),
        correction=Correction(
            latex=r"=2\sum_{k,i}\log(1+\textstyle\sum_je^{-s})\cdots",
            parts=(flow_part(_third(2.0), "log(1 + x) times its inverse is one", CANCELLED),),
        ),
        neighbours=(Neighbour(_third(2.002)),),
    ),
    Claim(
        id="eq-b.17",
        where="(B.17), first against last line",
        kind="inequality",
        says="the end result",
        position=560,
        printed=r"\tfrac12\tfrac{d\rho^2}{dt}\ge2\tfrac{e^{\mathcal L}-1}{e^{\mathcal L}}q_{\min}",
        verdict="holds",
        reason="(1 - exp(-x))/x decreases, so each sample's 1 - exp(-l) is at least its share l/L of 1 - exp(-L)",
        parts=(flow_part(_end(2.0, late), f"{DRIFT}, q_min > 0, and {SATURATION}", EULER, PRODUCT, DEFECTS),),
        neighbours=(
            Neighbour(_end(2.002, late)),
            Neighbour(_end(2.0)),
            Neighbour(
                Inequality(
                    "exp(L) - 1 without the division by exp(L)",
                    slack=lambda p: (
                        growth_of_squared_norm(p) / 2 - 2 * rates.saturation(p) * p.xp.exp(p.loss) * p.q_min
                    ),
                    given=[late],
                )
            ),
        ),
    ),
)


# --- the lemma -------------------------------------------------------------------------------------------------------


def _log_margin_growth(least: float, *given: Function) -> Inequality:
    return Inequality(
        f"d log gamma~/dt >= {least} d log rho/dt",
        slack=lambda p: rates.growth_of_log_smoothed_margin(p) - least * rates.growth_of_log_norm(p),
        given=given,
    )


NORM_GROWS = Inequality(
    "d rho^2/dt > 0, as 4 sum p s by (B.13)", slack=lambda p: 4 * weighted_differences(p), given=[late], strict=True
)

LEMMA = Claim(
    id="lem-b.2",
    where="Lemma B.2, (B.12)",
    kind="inequality",
    says="norm and gamma~ increase along the flow",
    position=500,
    printed=r"\mathcal L(\theta(t_0))<\log2\Rightarrow\forall t>t_0:\ \tfrac{d\rho^2}{dt}>0,"
    r"\ \tfrac{d\tilde\gamma}{dt}\ge0",
    verdict="proof-gap",
    reason="both inequalities are true; |v| and the third line of (B.17) are each off by a factor 2",
    severity="misprint",
    effect="none; both inequalities, and so all later uses of the lemma, are true",
    parts=(
        flow_part(NORM_GROWS, f"p > 0 and s >= q_min > 0; {MARGIN}", EULER, PRODUCT),
        flow_part(
            _log_margin_growth(0.0, late),
            f"(B.19): log gamma~ is log m - 2 log rho, m = -log(exp(L) - 1); {MARGIN}; {DRIFT}, {SATURATION}",
            EULER,
            PRODUCT,
            DEFECTS,
            PYTHAGORAS,
        ),
        late_part(_radial(1.0), role="step", witness=SMALLEST),
        late_part(_third(1.0), role="step", witness=SMALLEST),
    ),
    correction=Correction(
        latex=r"\|v\|=\tfrac1{2\rho}\tfrac{d\rho^2}{dt}\text{ and the factor 2 restored in (B.17), line 3}",
        parts=(flow_part(_third(2.0), "log(1 + x) times its inverse is one", CANCELLED),),
    ),
    neighbours=(
        Neighbour(Inequality("d rho^2/dt > 0 without L < log 2", slack=growth_of_squared_norm, strict=True)),
        Neighbour(_log_margin_growth(0.001, late)),
        Neighbour(_log_margin_growth(0.0)),
    ),
)


CLAIMS = (LEMMA, *GROWTH_CLAIMS, *B17_CLAIMS)
