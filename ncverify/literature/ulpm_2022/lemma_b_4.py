r"""Lemma B.4 and (B.23): the direction moves no faster than log rho grows.

As printed: |d(theta/rho)/dt| <= (1/gamma~(t_0)) d log rho/dt for t > t_0. True, with every step of its proof; the bound
|grad s_kij| <= 2 rho that it uses is not sharp: the constant is sqrt(2), attained by two opposed classifiers and a
single feature. Since gamma~ increases, the statement at t follows from the one with gamma~(t) in place of gamma~(t_0).
Speeds are taken in the rescaled time of `ncverify.flow.rates`.
"""

from __future__ import annotations

from ncverify.flow import rates
from ncverify.kinds import Array, Number
from ncverify.literature.ulpm_2022._late_points import DRIFT, EULER, MARGIN, PRODUCT, PYTHAGORAS, flow_part, late
from ncverify.literature.ulpm_2022._matrices import zero
from ncverify.model import between_classes, own_class_mask
from ncverify.papers.claim import Claim, Neighbour
from ncverify.point import Point
from ncverify.statements.types import Function, Inequality


def squared_gradients(p: Point) -> Array:
    """|grad s_kij|^2 = 2 |h_ki|^2 + |w_k - w_j|^2 in row j and column k*n + i, shape (K, K*n)."""
    xp = p.xp
    gram = p.W @ p.W.T
    squares = xp.sum(p.W * p.W, axis=1)
    distances = xp.expand_dims(squares, axis=0) + xp.expand_dims(squares, axis=1) - 2 * gram
    by_column = distances @ own_class_mask(p.K, p.n, xp)
    return by_column + 2 * xp.expand_dims(xp.sum(p.H * p.H, axis=0), axis=0)


def _sum_of_squares_gap(p: Point) -> Array:
    """2 rho^2 - |grad s_kij|^2 - |w_k + w_j|^2 - twice the squares of all other classifiers and features, j != k."""
    xp = p.xp
    squares = xp.expand_dims(xp.sum(p.W * p.W, axis=1), axis=1)
    pair = squares + squares.T
    sums = pair + 2 * (p.W @ p.W.T)
    own = own_class_mask(p.K, p.n, xp)
    others = 2 * (xp.sum(squares) - pair) @ own + 2 * (xp.sum(p.H * p.H) - xp.sum(p.H * p.H, axis=0))
    return between_classes(2 * p.squared_norm - squared_gradients(p) - sums @ own - others, p.n, xp)


GRADIENT_SQUARES = zero(
    "2 rho^2 - |grad s_kij|^2 = |w_k + w_j|^2 + twice the squares of the other classifiers and features",
    _sum_of_squares_gap,
)


def _gradient_bound(square: float) -> Inequality:
    return Inequality(
        f"|grad s_kij|^2 <= {square} rho^2",
        slack=lambda p: square * p.squared_norm - p.xp.max(between_classes(squared_gradients(p), p.n, p.xp)),
    )


def _weighted_gradients(p: Point) -> Number:
    """The sum of the weights of (B.6), divided by the loss, times |grad s_kij|."""
    squares = between_classes(squared_gradients(p), p.n, p.xp)
    return p.xp.sum(between_classes(rates.relative_weights(p), p.n, p.xp) * p.xp.sqrt(squares))


def _display(factor: float) -> Inequality:
    """Both inequalities of (B.23) as one: the smaller slack, squared lengths in the first."""

    def slack(p: Point) -> Number:
        first = rates.squared_speed(p) - p.squared_norm * rates.squared_direction_speed(p)
        second = (factor * _weighted_gradients(p)) ** 2 - rates.squared_speed(p)
        return p.xp.minimum(first, second)

    return Inequality(f"(B.23) with {factor} times its last sum", slack=slack, given=[late])


def _speed(factor: float, *given: Function) -> Inequality:
    return Inequality(
        f"|d(theta/rho)| <= {factor} (1/gamma~) d log rho",
        slack=lambda p: (
            (factor * rates.growth_of_log_norm(p) / rates.smoothed_margin(p)) ** 2 - rates.squared_direction_speed(p)
        ),
        given=given,
    )


def _links(p: Point) -> Number:
    """The smallest slack of the chain of the proof, in units of d log rho."""
    xp, rate = p.xp, rates.growth_of_log_norm(p)
    speed = xp.sqrt(rates.squared_speed(p) / p.squared_norm)
    by_margin = p.squared_norm / p.q_min
    return xp.min(
        xp.stack(
            [
                (speed - xp.sqrt(rates.squared_direction_speed(p))) / rate,
                by_margin - speed / rate,
                1 / rates.smoothed_margin(p) - by_margin,
            ]
        )
    )


_PROOF = (PYTHAGORAS, GRADIENT_SQUARES, EULER, PRODUCT)
_CHAIN = f"|dtheta/dt| <= sum p |grad s| <= 2 rho sum p; {DRIFT}; {MARGIN}"

CLAIMS = (
    Claim(
        id="eq-b.23",
        where="(B.23)",
        kind="inequality",
        says="bounds of the gradient, |g_kij| <= 2 rho",
        position=640,
        printed=r"\|\tfrac{d\hat\theta}{dt}\|=\tfrac1\rho\|(I-\hat\theta\hat\theta^\top)\tfrac{d\theta}{dt}\|"
        r"\le\tfrac1\rho\|\tfrac{d\theta}{dt}\|,\ \|\tfrac{d\theta}{dt}\|\le\sum p_{k,i,j}\|g_{k,i,j}\|,\ "
        r"\|g_{k,i,j}\|\le2\rho",
        verdict="holds",
        reason="a projection, the triangle inequality, and |grad s|^2 = 2|h|^2 + |w_k - w_j|^2 <= 2 rho^2 (sharp)",
        parts=(
            flow_part(
                _display(1.0),
                "Pythagoras; and minus the gradient is the sum of p_kij grad s_kij, so the triangle inequality",
                PYTHAGORAS,
                EULER,
            ),
            flow_part(_gradient_bound(2.0), "all squares, so |grad s| <= sqrt(2) rho <= 2 rho", GRADIENT_SQUARES),
        ),
        neighbours=(
            Neighbour(_gradient_bound(1.998)),
            Neighbour(_gradient_bound(1.0)),
            Neighbour(_display(0.5)),
        ),
    ),
    Claim(
        id="lem-b.4",
        where="Lemma B.4",
        kind="inequality",
        says="speed of the direction against the growth of log rho",
        position=650,
        printed=r"\|\tfrac{d\hat\theta}{dt}\|\le\tfrac1{\tilde\gamma(t_0)}\tfrac{d}{dt}\log\rho",
        verdict="holds",
        reason="(B.23), (B.13), (B.9), and gamma~ increases by Lemma B.2",
        parts=(
            flow_part(_speed(1.0, late), _CHAIN, *_PROOF),
            flow_part(
                Inequality("the chain of the proof of Lemma B.4, link by link", slack=_links, given=[late]),
                _CHAIN,
                *_PROOF,
            ),
        ),
        neighbours=(
            Neighbour(_speed(1.0)),
            Neighbour(_speed(0.25, late)),
            Neighbour(
                Inequality(
                    "without gamma~",
                    slack=lambda p: rates.growth_of_log_norm(p) ** 2 - rates.squared_direction_speed(p),
                    given=[late],
                )
            ),
        ),
    ),
)
