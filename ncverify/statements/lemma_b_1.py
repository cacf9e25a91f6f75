r"""Lemma B.1 and its proof, (B.4) to (B.11): points of small loss are approximate KKT points of (3.1).

As printed: if L(theta(t_0)) < log 2 then for any t > t_0 the point theta~ = theta / sqrt(q_min) is an (epsilon, delta)-KKT
point of (3.1) with

.. math:: \epsilon = \sqrt{2(1-\beta)/\tilde\gamma}, \qquad \delta = \frac{K^2(K-1)n}{2e\,\tilde\gamma\,q_{\min}}

where beta = <theta/|theta|, theta'/|theta'|> "is the angle between theta and its corresponding gradient".

Everything here is a statement about one point with loss below log 2. The lemma is true; (B.6), the step that is to give
it, is printed with half of the constant. beta is the cosine of the angle, and the angle is that with minus the gradient.
Speeds are taken in the rescaled time of `ncverify.flow.rates`.
"""

from __future__ import annotations

from typing import Any

from ncverify.domain import Domain
from ncverify.flow import rates
from ncverify.model import between_classes
from ncverify.point import Point
from ncverify.statements.claim import SMALL, Claim, Correction, Neighbour, Part, Witness
from ncverify.statements.types import Identity, Implication, Inequality


def late(p: Point) -> Any:
    """The hypothesis L < log 2."""
    return p.xp.log(2) - p.loss


def in_range(p: Point) -> Any:
    """Logit differences below 1000: beyond, both sides of some bounds agree to more digits than exact arithmetic carries."""
    return 1000 - p.xp.max(p.xp.abs(p.logit_differences))


def scaled(p: Point) -> Point:
    """theta~ = theta / sqrt(q_min)."""
    root = p.xp.sqrt(p.q_min)
    return Point.trusted(p.W / root, p.H / root)


# --- the gradient, (B.4) and (B.11) ----------------------------------------------------------------------------------


def free_flow(p: Point) -> tuple[Any, Any, Any]:
    """(W, H, G) with a logit gradient G of rank two that does not depend on W and H: the last two coordinates of p."""
    return p.W[:, :-2], p.H[:-2], p.W[:, -2:] @ p.H[-2:]


def _loss_decrease(p: Point) -> Any:
    W, H, G = free_flow(p)
    return p.xp.sum(G * (G @ H.T @ H + W @ W.T @ G))


def _free_squared_speed(p: Point) -> Any:
    W, H, G = free_flow(p)
    return p.xp.sum((G @ H.T) * (G @ H.T)) + p.xp.sum((W.T @ G) * (W.T @ G))


def loss_decrease(p: Point) -> Any:
    """-d log L / d sigma, from the change of the logits."""
    G, velocity = rates.relative_logit_gradient(p), rates.relative_velocity(p)
    return -p.xp.sum(G * (velocity.W @ p.H + p.W @ velocity.H))


def _decrease(factor: float) -> Identity:
    return Identity(
        f"-dL/dt = {factor} |dtheta/dt|^2", left=loss_decrease, right=lambda p: factor * rates.squared_speed(p)
    )


RANK_TWO = Domain(K=(2, 4), n=(1, 2), d=(3, 5))

GRADIENT_CLAIM = Claim(
    id="eq-b.4",
    printed=r"-\frac{d\mathcal L(\theta)}{dt}=-\frac{\partial\mathcal L}{\partial\theta}\frac{d\theta}{dt}=\|\frac{d\theta}{dt}\|^2",
    verdict="holds",
    reason="the chain rule along the flow; the loss therefore stays below log 2",
    parts=(
        Part(
            _decrease(1.0),
            domain=RANK_TWO,
            proof=(Identity("(B.4) for a free logit gradient", left=_loss_decrease, right=_free_squared_speed),),
            argument="both sides are the same quadratic form of the logit gradient; rank two is enough to compare them",
        ),
    ),
    neighbours=(
        Neighbour(_decrease(1.001)),
        Neighbour(Identity("the speed, not squared", left=loss_decrease, right=lambda p: p.xp.sqrt(rates.squared_speed(p)))),
        Neighbour(
            Identity(
                "the classifiers alone",
                left=loss_decrease,
                right=lambda p: p.xp.sum(rates.relative_velocity(p).W ** 2),
            )
        ),
    ),
)


def weighted_differences(p: Point) -> Any:
    """The sum of the weights of (B.6) times s_kij, divided by the loss."""
    return p.xp.sum(rates.relative_weights(p) * p.logit_differences)


def _total_odds(p: Point) -> Any:
    """The sum of exp(-s_kij) over j != k, divided by the loss."""
    return p.xp.sum(p.xp.exp(-between_classes(p.logit_differences, p.n, p.xp) - p.log_loss))


EULER = Identity("<g, theta> = 2 sum p s", left=rates.radial_growth, right=lambda p: 2 * weighted_differences(p))


def _at_least(factor: float, *given: Any) -> Inequality:
    return Inequality(
        f"(B.11), last bound times {factor}",
        slack=lambda p: rates.radial_growth(p) - factor * 2 * p.q_min / p.K * _total_odds(p),
        given=given,
    )


def _links(p: Point) -> Any:
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
    printed=r"\|g\|\ge\tfrac1\rho\langle g,\theta\rangle=\tfrac2\rho\sum\tfrac{e^{-s}}{1+\sum e^{-s}}s"
    r"\ge\tfrac2\rho\tfrac{q_{\min}}K\sum e^{-s}\ge\tfrac2\rho\tfrac{q_{\min}}Ke^{-q_{\min}}",
    verdict="holds",
    reason="Cauchy, Euler's identity for the 2-homogeneous s, and 1 + sum exp(-s) <= K while every s is positive",
    parts=(
        Part(Inequality("the three inequalities of (B.11)", slack=_links, given=[late, in_range])),
        Part(EULER),
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
        printed=r"\mathcal L=\sum_{k,i}\log(1+\sum_{j\ne k}e^{-s_{k,i,j}})\ge\log(1+\exp(-q_{\min}))",
        verdict="holds",
        reason="one term of the sum, and one exponential in it, belong to the smallest margin; so L < log 2 gives q_min > 0",
        parts=(Part(_loss_bound(1.0)), Part(_separates_below(1.0))),
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
        printed=r"\tilde\gamma\le q_{\min}/\rho^2",
        verdict="holds",
        reason="(B.5) solved for q_min (the indices n, N, y_n of (B.8) are not the paper's: read k, i and j != k)",
        parts=(Part(_margin_bound(1.0)),),
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
# --- the approximate KKT point, (B.6), (B.7), (B.10) -----------------------------------------------------------------


def _squared_residual(p: Point) -> Any:
    """|theta~ - sum lambda g~|^2, the left side of (B.6), built from theta~ and the printed multipliers."""
    return rates.squared_stationarity_residual(scaled(p), rates.softmax_multipliers(p))


def _stationarity(factor: float) -> Inequality:
    return Inequality(
        f"|theta~ - sum lambda g~|^2 <= {factor} (1 - beta) / gamma~",
        slack=lambda p: factor * (1 - rates.alignment(p)) / rates.smoothed_margin(p) - _squared_residual(p),
        given=[late],
    )


def _complementarity(p: Point) -> Any:
    """lambda_kij (s_kij(theta~) - 1) for j != k, shape (K-1, K*n)."""
    excess = rates.softmax_multipliers(p) * (scaled(p).logit_differences - 1)
    return between_classes(excess, p.n, p.xp)


def _rewritten(p: Point) -> Any:
    """The right side of (B.10)."""
    excess = p.xp.sum(rates.relative_weights(p) * (p.logit_differences - p.q_min))
    return p.xp.sqrt(p.squared_norm) / (p.q_min * p.xp.sqrt(rates.squared_speed(p))) * excess


def _total_complementarity(factor: float, *given: Any) -> Inequality:
    return Inequality(
        f"sum lambda (s(theta~) - 1) <= {factor} delta",
        slack=lambda p: factor * rates.complementarity_bound(p) - p.xp.sum(_complementarity(p)),
        given=given,
    )


SHARPER_DELTA = Inequality(
    "the sum over all constraints is at most log(2 K (K-1) n) / (2 gamma~ q_min)",
    slack=lambda p: p.xp.log(2 * p.K * (p.K - 1) * p.n) / (2 * rates.smoothed_margin(p) * p.q_min)
    - p.xp.sum(_complementarity(p)),
    given=[late],
)
FEASIBLE = Identity("q_min(theta~) = 1: theta~ is feasible", left=lambda p: scaled(p).q_min, right=lambda p: 1, given=[late])
EACH_CONSTRAINT = Inequality(
    "lambda_kij (1 - s_kij(theta~)) >= -delta for each constraint",
    slack=lambda p: rates.complementarity_bound(p) - p.xp.max(_complementarity(p)),
    given=[late],
)
B6_WITNESS = Witness(W=[[2], [-2]], H=[[2, -4]])

KKT_CLAIMS = (
    Claim(
        id="eq-b.6",
        printed=r"\|\tilde\theta-\sum\lambda_{k,i,j}\tilde g_{k,i,j}\|_2^2\le\frac{1-\beta}{\tilde\gamma}",
        verdict="false",
        reason="the left side is (rho^2/q_min)(2 - 2 beta): a factor 2 is lost",
        parts=(Part(_stationarity(1.0), witness=B6_WITNESS),),
        correction=Correction(
            latex=r"\|\tilde\theta-\sum\lambda\tilde g\|^2=\tfrac{\rho^2}{q_{\min}}(2-2\beta)\le\frac{2(1-\beta)}{\tilde\gamma}",
            parts=(Part(_stationarity(2.0)),),
        ),
        neighbours=(
            Neighbour(_stationarity(1.998)),
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
        printed=r"\sum\lambda_{k,i,j}(s_{k,i,j}(\tilde\theta)-1)\le\frac{K^2(K-1)n}{2eq_{\min}\tilde\gamma}",
        verdict="holds",
        reason="(B.10), (B.11), (B.9) and x exp(-x) <= 1/e for each of the K(K-1)n terms; far from sharp",
        parts=(Part(_total_complementarity(1.0, late)), Part(SHARPER_DELTA)),
        neighbours=(
            Neighbour(_total_complementarity(1.0)),
            Neighbour(_total_complementarity(0.05, late)),
            Neighbour(
                Inequality(
                    "a sum that is at most zero", slack=lambda p: -p.xp.sum(_complementarity(p)), given=[late]
                )
            ),
        ),
    ),
    Claim(
        id="eq-b.10",
        printed=r"\sum\lambda(s(\tilde\theta)-1)=\frac{\rho}{q_{\min}\|g\|_2}\sum\frac{e^{-s}}{1+\sum e^{-s}}(s-q_{\min})",
        verdict="holds",
        reason="s(theta~) = s / q_min",
        parts=(
            Part(
                Identity(
                    "(B.10)", left=lambda p: p.xp.sum(_complementarity(p)), right=_rewritten, given=[late]
                )
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
    printed=r"\tilde\theta:=\theta/q_{\min}(\theta)^{1/2}\text{ is an }(\epsilon,\delta)\text{-KKT point},\ "
    r"\epsilon=\sqrt{2(1-\beta)/\tilde\gamma},\ \delta=\frac{K^2(K-1)n}{2e\tilde\gamma q_{\min}}",
    verdict="proof-gap",
    reason="the lemma is true; (B.6), 'we only need to show', is false as printed, its own proof gives twice the right side",
    parts=(
        Part(FEASIBLE),
        Part(_stationarity(2.0)),
        Part(EACH_CONSTRAINT),
        Part(_stationarity(1.0), role="step", witness=B6_WITNESS),
    ),
    correction=Correction(
        latex=r"\text{(B.6) with }2(1-\beta)/\tilde\gamma\text{ on the right; }"
        r"\delta\text{ may be lowered to }\frac{\log(2K(K-1)n)}{2\tilde\gamma q_{\min}}",
        parts=(Part(_stationarity(2.0)), Part(SHARPER_DELTA)),
    ),
    neighbours=(
        Neighbour(_stationarity(1.998)),
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
    printed=r"\beta=\langle\frac{\theta}{\|\theta\|_2},\frac{d\theta}{dt}/\|\frac{d\theta}{dt}\|_2\rangle"
    r"\text{ is the angle between }\theta\text{ and its corresponding gradient}",
    verdict="defect",
    reason="beta is the cosine of an angle, and of the one with minus the gradient: 1 where the two are aligned",
    parts=(
        Part(
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
            Part(
                Identity(
                    "beta^2 + (rho |d(theta/rho)/dt| / |dtheta/dt|)^2 = 1",
                    left=lambda p: rates.alignment(p) ** 2,
                    right=lambda p: 1 - p.squared_norm * rates.squared_direction_speed(p) / rates.squared_speed(p),
                    given=[late],
                )
            ),
        ),
    ),
)

CLAIMS = (LEMMA, ANGLE, GRADIENT_CLAIM, *LOSS_CLAIMS, *KKT_CLAIMS, LOWER_BOUND_CLAIM)
