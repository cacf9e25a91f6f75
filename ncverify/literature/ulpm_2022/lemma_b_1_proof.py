r"""Proof of Lemma B.1: the loss and its gradient, (B.4), (B.5), (B.8), (B.9) and (B.11).

All true once the loss is below log 2; (B.4), (B.5) and (B.9) are true everywhere. Speeds are taken in the rescaled time
of `ncverify.flow.rates`.
"""

from __future__ import annotations

from ncverify.flow import rates
from ncverify.kinds import Number
from ncverify.literature.ulpm_2022._late_points import EULER as FREE_EULER
from ncverify.literature.ulpm_2022._late_points import (
    FLOW,
    MARGIN,
    PRODUCT,
    PYTHAGORAS,
    SHAPES,
    flow_part,
    in_range,
    late,
)
from ncverify.literature.ulpm_2022._matrices import WORDS, squares
from ncverify.model import between_classes
from ncverify.papers.claim import Claim, Neighbour, Part
from ncverify.point import Point
from ncverify.space import SpacePoint
from ncverify.statements.types import Function, Identity, Implication, Inequality

# --- the gradient, (B.4) and (B.11) ----------------------------------------------------------------------------------


def _free_decrease(p: SpacePoint) -> Number:
    return p.xp.sum(p.G * (p.G @ p.H.T @ p.H + p.W @ p.W.T @ p.G))


def _free_squared_speed(p: SpacePoint) -> Number:
    return squares(p.G @ p.H.T, p) + squares(p.W.T @ p.G, p)


FREE_DECREASE = (
    Identity("(B.4) for a free logit gradient", left=_free_decrease, right=_free_squared_speed),
    FLOW,
)


def loss_decrease(p: Point) -> Number:
    """-d log L / d sigma, from the change of the logits."""
    G, velocity = rates.relative_logit_gradient(p), rates.relative_velocity(p)
    return -p.xp.sum(G * (velocity.W @ p.H + p.W @ velocity.H))


def _decrease(factor: float) -> Identity:
    return Identity(
        f"-dL/dt = {factor} |dtheta/dt|^2", left=loss_decrease, right=lambda p: factor * rates.squared_speed(p)
    )


GRADIENT_CLAIM = Claim(
    id="eq-b.4",
    where="(B.4)",
    kind="identity",
    says="rate of loss decrease",
    position=430,
    printed=r"-\frac{d\mathcal L(\theta)}{dt}=-\frac{\partial\mathcal L}{\partial\theta}\frac{d\theta}{dt}"
    r"=\|\frac{d\theta}{dt}\|^2",
    verdict="holds",
    reason="the chain rule along the flow; the loss therefore stays below log 2",
    parts=(
        Part(
            _decrease(1.0),
            domain=SHAPES,
            proof=(FREE_DECREASE,),
            argument="both sides are the same quadratic form of the logit gradient",
            beyond=WORDS,
        ),
    ),
    neighbours=(
        Neighbour(_decrease(1.001)),
        Neighbour(
            Identity("the speed, not squared", left=loss_decrease, right=lambda p: p.xp.sqrt(rates.squared_speed(p)))
        ),
        Neighbour(
            Identity(
                "the classifiers alone",
                left=loss_decrease,
                right=lambda p: p.xp.sum(rates.relative_velocity(p).W ** 2),
            )
        ),
    ),
)


def weighted_differences(p: Point) -> Number:
    """The sum of the weights of (B.6) times s_kij, divided by the loss."""
    return p.xp.sum(rates.relative_weights(p) * p.logit_differences)


def _total_odds(p: Point) -> Number:
    """The sum of exp(-s_kij) over j != k, divided by the loss."""
    return p.xp.sum(p.xp.exp(-between_classes(p.logit_differences, p.n, p.xp) - p.log_loss))


EULER = Identity("<g, theta> = 2 sum p s", left=rates.radial_growth, right=lambda p: 2 * weighted_differences(p))


def _at_least(factor: float, *given: Function) -> Inequality:
    return Inequality(
        f"(B.11), last bound times {factor}",
        slack=lambda p: rates.radial_growth(p) - factor * 2 * p.q_min / p.K * _total_odds(p),
        given=given,
    )


def _links(p: Point) -> Number:
    """Left minus right side of the inequalities of (B.11), each divided by its left side."""
    xp, odds = p.xp, _total_odds(p)
    gradient = xp.sqrt(p.squared_norm) * xp.sqrt(rates.squared_speed(p))
    weighted = 2 * weighted_differences(p)
    return xp.min(
        xp.stack(
            [
                1 - rates.radial_growth(p) / gradient,
                1 - 2 * p.q_min * odds / (p.K * weighted),
                1 - xp.exp(-p.q_min - p.log_loss) / odds,
            ]
        )
    )


LOWER_BOUND_CLAIM = Claim(
    id="eq-b.11",
    where="(B.11)",
    kind="inequality",
    says="lower bound of the gradient norm",
    position=490,
    printed=r"\|g\|\ge\tfrac1\rho\langle g,\theta\rangle=\tfrac2\rho\sum\tfrac{e^{-s}}{1+\sum e^{-s}}s"
    r"\ge\tfrac2\rho\tfrac{q_{\min}}K\sum e^{-s}\ge\tfrac2\rho\tfrac{q_{\min}}Ke^{-q_{\min}}",
    verdict="holds",
    reason="Cauchy, Euler's identity for the 2-homogeneous s, and 1 + sum exp(-s) <= K while every s is positive",
    parts=(
        flow_part(
            Inequality("the three inequalities of (B.11)", slack=_links, given=[late, in_range]),
            "Cauchy; with s >= q_min > 0 and x_i <= K-1, p >= exp(-s)/K and p s >= p q_min; and one s is q_min",
            PYTHAGORAS,
            FREE_EULER,
            PRODUCT,
        ),
        flow_part(EULER, "minus the gradient is the sum of p_kij grad s_kij", FREE_EULER),
    ),
    neighbours=(
        Neighbour(_at_least(1.0)),
        Neighbour(
            Inequality(
                "without the K",
                slack=lambda p: rates.radial_growth(p) - 2 * p.q_min * _total_odds(p),
                given=[late],
            )
        ),
        Neighbour(
            Identity("<g, theta> = sum p s", left=rates.radial_growth, right=weighted_differences),
        ),
        Neighbour(
            Inequality(
                "0.1 % more than the weights allow",
                slack=lambda p: rates.radial_growth(p) - 2.002 * p.q_min * p.xp.sum(rates.relative_weights(p)),
                given=[late],
            )
        ),
    ),
)

# --- the loss and the margin, (B.5), (B.8), (B.9) --------------------------------------------------------------------


def _loss_bound(factor: float) -> Inequality:
    return Inequality(
        f"log L >= log({factor} log(1 + exp(-q_min)))",
        slack=lambda p: p.log_loss - p.xp.log_softplus(-p.q_min) - p.xp.log(factor),
        given=[in_range],
    )


def _margin_bound(factor: float) -> Inequality:
    return Inequality(
        f"{factor} gamma~ <= q_min / rho^2",
        slack=lambda p: (p.q_min - factor * rates.smoothed_margin(p) * p.squared_norm) / p.squared_norm,
        given=[lambda p: p.squared_norm, in_range],
    )


def _separates_below(factor: float) -> Implication:
    return Implication(
        f"L < {factor} log 2 implies q_min > 0",
        premise=lambda p: p.loss < factor * p.xp.log(2),
        conclusion=lambda p: p.q_min > 0,
    )


LOSS_CLAIMS = (
    Claim(
        id="eq-b.5",
        where="(B.5)",
        kind="inequality",
        says="loss >= log(1 + exp(-q_min))",
        position=440,
        printed=r"\mathcal L=\sum_{k,i}\log(1+\sum_{j\ne k}e^{-s_{k,i,j}})\ge\log(1+\exp(-q_{\min}))",
        verdict="holds",
        reason="one term of the sum and one exponential in it belong to the smallest margin; L < log 2 gives q_min > 0",
        parts=(
            flow_part(_loss_bound(1.0), MARGIN, PRODUCT),
            flow_part(_separates_below(1.0), MARGIN, PRODUCT),
        ),
        neighbours=(
            Neighbour(_loss_bound(1.001)),
            Neighbour(_separates_below(1.001)),
            Neighbour(
                Inequality(
                    "L >= K n log(1 + exp(-q_min))",
                    slack=lambda p: p.log_loss - p.xp.log_softplus(-p.q_min) - p.xp.log(p.K * p.n),
                )
            ),
        ),
    ),
    Claim(
        id="eq-b.9",
        where="(B.8), (B.9)",
        kind="inequality",
        says="gamma~ <= q_min / rho^2",
        position=470,
        printed=r"\tilde\gamma\le q_{\min}/\rho^2",
        verdict="holds",
        reason="(B.5) solved for q_min (the indices n, N, y_n of (B.8) are not the paper's: read k, i and j != k)",
        parts=(flow_part(_margin_bound(1.0), MARGIN, PRODUCT),),
        neighbours=(
            Neighbour(_margin_bound(1.001)),
            Neighbour(
                Inequality(
                    "gamma~ >= q_min / rho^2",
                    slack=lambda p: rates.smoothed_margin(p) - p.q_min / p.squared_norm,
                    given=[late],
                )
            ),
            Neighbour(
                Inequality(
                    "log(1/L) for -log(exp(L) - 1)",
                    slack=lambda p: p.q_min + p.log_loss,
                )
            ),
        ),
    ),
)
CLAIMS = (GRADIENT_CLAIM, *LOSS_CLAIMS, LOWER_BOUND_CLAIM)
