r"""Lemma B.3 and its proof, (B.20) to (B.22): the loss tends to zero, L = O(1/t).

The squared projection before (B.20) and (B.20) itself have lost a factor 1/rho^2. Restored,

.. math:: \frac{dL}{dt} \le -\frac{4}{\rho^2}\Bigl(\frac{e^L-1}{e^L}\log(e^L-1)\Bigr)^2
          = -4\tilde\gamma\Bigl(\frac{e^L-1}{e^L}\Bigr)^2\log\frac{1}{e^L-1}
          \le -\Bigl(\frac{\tilde\gamma\rho}{\log 2}\Bigr)^2 L^2

so the lemma survives with C = (gamma~(t_0) rho(t_0) / log 2)^2, because gamma~ and rho increase. It is never sharp:
the middle term gives t L -> 0, and with |dtheta/dt|^2 <= 2 rho^2 L^2 from the other side L is of the order 1/(t log t).
Along flows L t log t tends to 1/(4 gamma~_infinity). Speeds are taken in the rescaled time of `ncverify.flow.rates`.
"""

from __future__ import annotations

from typing import Any

from ncverify.flow import rates
from ncverify.kinds import Number
from ncverify.literature.ulpm_2022._flow_evidence import SHARP_RATE
from ncverify.literature.ulpm_2022._late_points import (
    DRIFT,
    EULER,
    MARGIN,
    PRODUCT,
    SATURATION,
    SPLIT,
    flow_part,
    in_range,
    late,
    late_part,
)
from ncverify.literature.ulpm_2022._matrices import zero
from ncverify.papers.claim import Claim, Correction, Neighbour, Part, Witness
from ncverify.point import Point
from ncverify.space import Space, Variable
from ncverify.statements.types import Function, Identity, Inequality

TWICE = Witness(W=[[2], [-2]], H=[[2, -2]])


def weighted_differences(p: Point) -> Number:
    """The sum of the weights of (B.6) times s_kij, divided by the loss."""
    return p.xp.sum(rates.relative_weights(p) * p.logit_differences)


def right_side(p: Point) -> Number:
    """((exp(L) - 1)/exp(L) log(exp(L) - 1) / L)^2."""
    return (rates.saturation(p) * rates.log_expm1_loss(p)) ** 2


# --- the projection and (B.20) ---------------------------------------------------------------------------------------


def _projection(power: int) -> Identity:
    return Identity(
        f"<dtheta/dt, theta/|theta|>^2 = rho^-{power} (2 sum p s)^2",
        left=lambda p: rates.inner(p, rates.direction(p), rates.relative_velocity(p)) ** 2,
        right=lambda p: (2 * weighted_differences(p)) ** 2 / p.squared_norm ** (power // 2),
        given=[late],
    )


def _b20(factor: float, *given: Function) -> Inequality:
    return Inequality(
        f"dL/dt <= -({factor}/rho^2) ((exp(L) - 1)/exp(L) log(exp(L) - 1))^2",
        slack=lambda p: rates.squared_speed(p) * p.squared_norm - factor * right_side(p),
        given=given,
    )


PRINTED_B20 = Inequality(
    "dL/dt <= -4 ((exp(L) - 1)/exp(L) log(exp(L) - 1))^2",
    slack=lambda p: rates.squared_speed(p) - 4 * right_side(p),
    given=[late],
)

_FALL = f"rho^2 |dtheta/dt|^2 >= <theta, dtheta/dt>^2; {DRIFT}, {SATURATION}; {MARGIN}"

B20_CLAIMS = (
    Claim(
        id="b-squared-projection",
        where="display before (B.20)",
        kind="identity",
        says="<dtheta/dt, theta/|theta|>^2 as printed",
        position=590,
        printed=r"\langle\tfrac{d\theta}{dt},\tfrac{\theta}{\|\theta\|_2}\rangle^2"
        r"=(2\sum\tfrac{e^{-s}}{1+\sum e^{-s}}s)^2",
        verdict="false",
        reason="<dtheta/dt, theta> is 2 sum p s; the division by rho is lost",
        severity="proof",
        effect="(B.20) inherits the lost 1/rho^2, and with it the printed proof of Lemma B.3",
        parts=(late_part(_projection(0), witness=TWICE),),
        correction=Correction(
            latex=r"=\tfrac1{\rho^2}(2\sum\tfrac{e^{-s}}{1+\sum e^{-s}}s)^2",
            parts=(flow_part(_projection(2), "<theta, dtheta/dt> = 2 sum p s", EULER),),
        ),
        neighbours=(Neighbour(_projection(4)),),
    ),
    Claim(
        id="eq-b.20",
        where="(B.20)",
        kind="inequality",
        says="differential inequality of the loss",
        position=600,
        printed=r"\tfrac{d\mathcal L}{dt}\le-4(\tfrac{e^{\mathcal L}-1}{e^{\mathcal L}}\log(e^{\mathcal L}-1))^2",
        verdict="false",
        reason="a factor 1/rho^2 is lost with the squared projection",
        severity="proof",
        effect="Lemma B.3 does not follow from it as printed; with 1/rho^2 restored it does, because gamma~ and rho "
        "grow",
        parts=(late_part(PRINTED_B20, witness=TWICE),),
        correction=Correction(
            latex=r"\tfrac{d\mathcal L}{dt}\le-\tfrac4{\rho^2}(\tfrac{e^{\mathcal L}-1}{e^{\mathcal L}}"
            r"\log(e^{\mathcal L}-1))^2",
            parts=(flow_part(_b20(4.0, late), _FALL, *SPLIT),),
        ),
        neighbours=(Neighbour(_b20(4.004, late)), Neighbour(_b20(4.0))),
    ),
)

# --- (B.21), (B.22) --------------------------------------------------------------------------------------------------


def _quotient_bounds(lower: float, upper: float) -> Inequality:
    return Inequality(
        f"{lower} < (exp(L) - 1)/L < {upper}/log 2",
        slack=lambda p: p.xp.minimum(
            p.xp.expm1(p.loss) / p.loss - lower, upper / p.xp.log(2) - p.xp.expm1(p.loss) / p.loss
        ),
        given=[late, in_range],
        strict=True,
    )


def _b22(least: float, given: tuple[Any, ...]) -> Inequality:
    return Inequality(
        f"log(exp(L) - 1) < {least}, 0 < exp(L) - 1 < 1, and the loss falls",
        slack=lambda p: p.xp.min(
            p.xp.stack(
                [
                    least - rates.log_expm1_loss(p),
                    1 - p.xp.expm1(p.loss),
                    rates.squared_speed(p),
                ]
            )
        ),
        given=given,
        strict=True,
    )


TWO_WEIGHTS = (
    zero("t ((1-t) l) + (1-t) (-t l) = 0", lambda p: p.t * ((1 - p.t) * p.l) + (1 - p.t) * (-p.t * p.l)),
    Space(variables={"t": Variable(), "l": Variable()}),
)

BOUND_CLAIMS = (
    Claim(
        id="eq-b.21",
        where="(B.21)",
        kind="inequality",
        says="bounds of (e^L - 1)/L",
        position=610,
        printed=r"1<\frac{e^{\mathcal L}-1}{\mathcal L}<\frac1{\log2}",
        verdict="holds",
        reason="(exp(x) - 1)/x increases from 1 to 1/log 2 on (0, log 2)",
        parts=(
            flow_part(
                _quotient_bounds(1.0, 1.0),
                "e^x > 1 + x for x != 0; and for x = t log 2, t in (0, 1), the weighted mean t 2 + (1-t) exceeds 2^t = "
                "e^x, as e^y >= 1 + y with y = (1-t) log 2 and -t log 2, of weighted mean zero",
                TWO_WEIGHTS,
            ),
        ),
        neighbours=(
            Neighbour(_quotient_bounds(1.001, 1.0)),
            Neighbour(_quotient_bounds(1.0, 0.999)),
            Neighbour(
                Inequality(
                    "without L < log 2",
                    slack=lambda p: 1 / p.xp.log(2) - p.xp.expm1(p.loss) / p.loss,
                    given=[in_range],
                    strict=True,
                )
            ),
        ),
    ),
    Claim(
        id="eq-b.22",
        where="(B.22)",
        kind="inequality",
        says="bounds of log(e^L - 1) and e^L",
        position=620,
        printed=r"\log(e^{\mathcal L(t)}-1)<\log(e^{\mathcal L(t_0)}-1)<0,\quad 1<e^{\mathcal L(t)}<2",
        verdict="holds",
        reason="L < log 2, and L falls strictly: the gradient is not zero where q_min > 0",
        parts=(
            flow_part(
                _b22(0.0, (late, in_range)),
                f"0 < L < log 2; and the velocity is not zero, as {DRIFT} > 0; {MARGIN}",
                EULER,
                PRODUCT,
            ),
        ),
        neighbours=(
            Neighbour(_b22(-0.001, (late,))),
            Neighbour(_b22(0.0, ())),
            Neighbour(
                Inequality("exp(L) < 1.999", slack=lambda p: 0.999 - p.xp.expm1(p.loss), given=[late], strict=True)
            ),
        ),
    ),
)

# --- the lemma -------------------------------------------------------------------------------------------------------


def _survives(factor: float, *given: Function) -> Inequality:
    return Inequality(
        f"dL/dt <= -{factor} (gamma~ rho / log 2)^2 L^2",
        slack=lambda p: rates.squared_speed(p) * p.squared_norm - factor * (rates.log_expm1_loss(p) / p.xp.log(2)) ** 2,
        given=given,
    )


def _from_above(factor: float) -> Inequality:
    return Inequality(
        f"-dL/dt <= {factor} rho^2 L^2",
        slack=lambda p: factor * p.squared_norm - rates.squared_speed(p),
        given=[late],
    )


LEMMA = Claim(
    id="lem-b.3",
    where="Lemma B.3",
    kind="asymptotic",
    says="L -> 0, q_min -> infinity, L = O(1/t)",
    position=630,
    printed=r"\mathcal L(\theta(t_0))<\log2\Rightarrow\mathcal L(\theta(t))\to0,\ q_{\min}(\theta(t))\to\infty,\ "
    r"\mathcal L(\theta(t))=O(1/t)",
    verdict="proof-gap",
    reason="true with C = (gamma~(t_0) rho(t_0)/log 2)^2; the printed proof goes through (B.20), which is false",
    severity="proof",
    effect="Theorem 3.2 uses only that the loss tends to zero, which stands; the rate O(1/t) stands too, with another"
    " constant",
    parts=(
        flow_part(
            _survives(1.0, late),
            f"{_FALL}; (1 - exp(-x))/x falls, to 1/(2 log 2) at log 2, and gamma~ and rho grow: integrate 1/L",
            *SPLIT,
        ),
        late_part(PRINTED_B20, role="step", witness=TWICE),
        late_part(_projection(0), role="step", witness=TWICE),
    ),
    correction=Correction(
        latex=r"\tfrac{d\mathcal L}{dt}\le-(\tfrac{\tilde\gamma(t_0)\rho(t_0)}{\log2})^2\mathcal L^2,\quad "
        r"\mathcal L=\Theta(\tfrac1{t\log t}),\quad t\,\mathcal L\to0",
        parts=(
            late_part(_from_above(2.0)),
            Part(SHARP_RATE),
        ),
    ),
    neighbours=(
        Neighbour(_survives(4.0, late)),
        Neighbour(_survives(1.0)),
        Neighbour(_from_above(0.5)),
        Neighbour(
            Inequality(
                "dL/dt <= -4 L^2 log(1/(exp(L) - 1)), without gamma~",
                slack=lambda p: rates.squared_speed(p) + 4 * rates.log_expm1_loss(p),
                given=[late],
            )
        ),
    ),
)

CLAIMS = (*B20_CLAIMS, *BOUND_CLAIMS, LEMMA)
