r"""Lemma B.2, its second half: the smoothed margin grows, (B.15), (B.16), (B.18), (B.19).

All true as printed once L < log 2. The three rest on each other: (B.16) on q_min >= -log(exp(L) - 1), (B.18) on (B.17),
(B.19) on both. Each is divided by the loss, that is, taken in the rescaled time of `ncverify.flow.rates`.
"""

from __future__ import annotations

from ncverify.flow import rates
from ncverify.kinds import Number
from ncverify.landscape.sphere import position
from ncverify.literature.ulpm_2022._late_points import (
    DRIFT,
    MARGIN,
    PRODUCT,
    SATURATION,
    SPLIT,
    flow_part,
    late,
)
from ncverify.literature.ulpm_2022._matrices import INNER, MOVES, SMALL_SHAPES, at, pair
from ncverify.papers.claim import Claim, Neighbour, Part
from ncverify.point import Point, Tangent
from ncverify.space import SpacePoint
from ncverify.statements.types import Function, Identity, Inequality


def growth_of_log_log(p: Point) -> Number:
    """d/d sigma of log(-log(exp(L) - 1)), by the chain rule."""
    return rates.squared_speed(p) / (-rates.log_expm1_loss(p) * rates.saturation(p))


def decrease_over_margin(p: Point) -> Number:
    """-dL/d sigma (1/q_min) exp(L)/(exp(L) - 1)."""
    return rates.squared_speed(p) / (p.q_min * rates.saturation(p))


def decrease_over_growth(p: Point) -> Number:
    """-dL/d sigma over (1/2) d rho^2/d sigma."""
    return rates.squared_speed(p) / rates.radial_growth(p)


def split(p: Point) -> Number:
    """d log rho + |d theta^|^2 / d log rho, per unit of sigma: the radial and the tangential part."""
    rate = rates.growth_of_log_norm(p)
    return rate + rates.squared_direction_speed(p) / rate


# --- (B.18) with a velocity that is free -----------------------------------------------------------------------------


def _free_left(p: SpacePoint) -> Number:
    theta, velocity = at(p), pair(p)
    return rates.inner(theta, velocity, velocity) / rates.inner(theta, position(theta), velocity)


def _free_right(p: SpacePoint) -> Number:
    theta = at(p)
    squared_norm = theta.squared_norm
    rate = rates.inner(theta, position(theta), pair(p)) / squared_norm
    tangential = Tangent(p.dW - rate * p.W, p.dH - rate * p.H)
    return rate + rates.inner(theta, tangential, tangential) / squared_norm / rate


FREE_SPLIT = (Identity("the equality of (B.18) for a free velocity", left=_free_left, right=_free_right), MOVES)


# --- the claims ------------------------------------------------------------------------------------------------------


def _b16(factor: float, *given: Function) -> Inequality:
    return Inequality(
        f"d/dt log(-log(exp(L) - 1)) >= -{factor} dL/dt (1/q_min) exp(L)/(exp(L) - 1)",
        slack=lambda p: growth_of_log_log(p) - factor * decrease_over_margin(p),
        given=given,
    )


def _b18(factor: float, *given: Function) -> Inequality:
    return Inequality(
        f"the split is at most -{factor} dL/dt (1/q_min) exp(L)/(2 (exp(L) - 1))",
        slack=lambda p: factor * decrease_over_margin(p) / 2 - split(p),
        given=given,
    )


def b19_links(p: Point) -> Number:
    """The smaller slack of the two inequalities of (B.19), in units of d log rho."""
    rate = rates.growth_of_log_norm(p)
    middle = decrease_over_margin(p) / 2 - rate
    first = rates.growth_of_log_smoothed_margin(p) / 2 - middle
    second = middle - rates.squared_direction_speed(p) / rate
    return p.xp.minimum(first, second) / rate


def _b19_ends(factor: float, *given: Function) -> Inequality:
    return Inequality(
        f"(1/2) d log gamma~ >= {factor} |d theta^|^2 / d log rho",
        slack=lambda p: (
            rates.growth_of_log_smoothed_margin(p) / 2
            - factor * rates.squared_direction_speed(p) / rates.growth_of_log_norm(p)
        ),
        given=given,
    )


CLAIMS = (
    Claim(
        id="eq-b.16",
        where="(B.15), (B.16)",
        kind="inequality",
        says="log-derivative of gamma~",
        position=540,
        printed=r"\tfrac{d}{dt}\log(-\log(e^{\mathcal L}-1))=\tfrac{1}{\log(e^{\mathcal L}-1)}"
        r"\tfrac{e^{\mathcal L}}{e^{\mathcal L}-1}\tfrac{d\mathcal L}{dt}"
        r"\ge-\tfrac{d\mathcal L}{dt}\tfrac1{q_{\min}}\tfrac{e^{\mathcal L}}{e^{\mathcal L}-1}",
        verdict="holds",
        reason="the chain rule, then 0 < -log(exp(L) - 1) <= q_min by (B.5), and dL/dt < 0",
        parts=(flow_part(_b16(1.0, late), f"1/m >= 1/q_min for m = -log(exp(L) - 1): {MARGIN}", PRODUCT),),
        neighbours=(
            Neighbour(_b16(1.001, late)),
            Neighbour(_b16(1.0)),
            Neighbour(
                Inequality(
                    "the same from above",
                    slack=lambda p: decrease_over_margin(p) - growth_of_log_log(p),
                    given=[late],
                )
            ),
        ),
    ),
    Claim(
        id="eq-b.18",
        where="(B.18)",
        kind="inequality",
        says="radial and tangential split",
        position=570,
        printed=r"-\tfrac{d\mathcal L}{dt}(\tfrac12\tfrac{d\rho^2}{dt})^{-1}=\tfrac{d}{dt}\log\rho"
        r"+(\tfrac{d}{dt}\log\rho)^{-1}\|\tfrac{d\hat\theta}{dt}\|^2"
        r"\le-\tfrac{d\mathcal L}{dt}\tfrac1{q_{\min}}\tfrac{e^{\mathcal L}}{2(e^{\mathcal L}-1)}",
        verdict="holds",
        reason="Pythagoras for the radial and the tangential part, then (B.17)",
        parts=(
            Part(
                Identity("the equality of (B.18)", left=decrease_over_growth, right=split, given=[late]),
                domain=SMALL_SHAPES,
                proof=(FREE_SPLIT,),
                argument="an identity of any point and any velocity that is not tangential",
                beyond=INNER,
            ),
            flow_part(
                _b18(1.0, late),
                f"the split is |dtheta/dt|^2 over (1/2) d rho^2/dt; {DRIFT}, {SATURATION}",
                *SPLIT,
            ),
        ),
        neighbours=(
            Neighbour(_b18(0.999, late)),
            Neighbour(_b18(1.0)),
            Neighbour(
                Identity(
                    "without the tangential part",
                    left=decrease_over_growth,
                    right=rates.growth_of_log_norm,
                    given=[late],
                )
            ),
        ),
    ),
    Claim(
        id="eq-b.19",
        where="(B.19)",
        kind="inequality",
        says="lower bound of the growth of log gamma~",
        position=580,
        printed=r"\tfrac12\tfrac{d}{dt}\log\tilde\gamma\ge-\tfrac{d\mathcal L}{dt}\tfrac1{q_{\min}}"
        r"\tfrac{e^{\mathcal L}}{2(e^{\mathcal L}-1)}-\tfrac{d}{dt}\log\rho"
        r"\ge(\tfrac{d}{dt}\log\rho)^{-1}\|\tfrac{d\hat\theta}{dt}\|^2",
        verdict="holds",
        reason="(B.16) minus d log rho, then (B.18)",
        parts=(
            flow_part(
                Inequality("both inequalities of (B.19)", slack=b19_links, given=[late]),
                f"log gamma~ is log m - 2 log rho with 1/m >= 1/q_min: {MARGIN}; then (B.18): {DRIFT}, {SATURATION}",
                *SPLIT,
            ),
        ),
        neighbours=(
            Neighbour(_b19_ends(2.0, late)),
            Neighbour(_b19_ends(1.0)),
            Neighbour(
                Inequality(
                    "0.1 % more than d log rho is left",
                    slack=lambda p: (
                        rates.growth_of_log_smoothed_margin(p) / 2
                        - rates.squared_direction_speed(p) / rates.growth_of_log_norm(p)
                        - 0.001 * rates.growth_of_log_norm(p)
                    ),
                    given=[late],
                )
            ),
        ),
    ),
)
