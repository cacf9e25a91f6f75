"""What the statements of Appendix B on the flow have in common: hypothesis, shapes, and the identities behind them.

The identities hold for free matrices and numbers in place of gradients, weights and exponentials. With the losses
log(1 + x_i) of the samples, x_i = sum_j exp(-s_ij), exp(L) is the product of the 1 + x_i.
"""

from __future__ import annotations

from typing import Any

from ncverify.domain import Domain
from ncverify.flow.rates import inner
from ncverify.kinds import Array, Number
from ncverify.literature.ulpm_2022._matrices import WORDS, at, free, zero
from ncverify.papers.claim import Part
from ncverify.point import Point
from ncverify.separation import weighted_gradient
from ncverify.space import Space, SpacePoint, Variable
from ncverify.statements.types import Identity, Statement

LATE_SHAPES = Domain(K=(2, 4), n=(1, 2), d=(1, 4), where=lambda K, n, d: d in (1, K - 1, K))
"""d = 1, K-1 and K: a line, the smallest dimension that holds a simplex, and one more."""


def late_part(statement: Statement, **options: Any) -> Part:
    """A part of a claim over `LATE_SHAPES`; options as for `Part`."""
    return Part(statement, domain=LATE_SHAPES, **options)


def late(p: Point) -> Number:
    """The hypothesis L < log 2."""
    return p.xp.log(2) - p.loss


def in_range(p: Point) -> Number:
    """Logit differences below 1000: beyond, the two sides of some bounds agree to more digits than are carried."""
    return 1000 - p.xp.max(p.xp.abs(p.logit_differences))


SHAPES = Domain(K=(2, 4), n=(1, 2), d=(1, 3))

FLOW = free("W", "H", "G", K=(2, 4), d=(1, 3))
"""A point and a logit gradient, or weights, that do not depend on it."""

MOTION = free("W", "H", "dW", "dH", "r", K=(2, 4), d=(1, 2))
"""A point theta, a velocity and a number."""

TERMS = Space({"N": (2, 8)}, variables={"x": Variable("N")})
"""One number for each sample."""


# --- identities -------------------------------------------------------------------------------------------------------


def _product_gap(p: SpacePoint) -> Number:
    total, product = 0, p.xp.asarray(1)
    for x in (p.x[i] for i in range(p.N)):
        total = total + x + x * (product - 1)
        product = product * (1 + x)
    return product - 1 - total


def _defect_gap(p: SpacePoint) -> Number:
    total, product = 0, p.xp.asarray(1)
    for a in (p.x[i] for i in range(p.N)):
        total = total + (1 - a) - (1 - a) * (1 - product)
        product = product * a
    return total - (1 - product)


def _free_growth(p: SpacePoint) -> Number:
    q = at(p)
    return inner(q, (q.W, q.H), weighted_gradient(q, p.G))


def _free_differences(p: SpacePoint) -> Number:
    return 2 * p.xp.sum(p.G * at(p).logit_differences)


def _position_velocity_number(p: SpacePoint) -> tuple[Point, Point, Any]:
    """theta, its velocity as a point, and a number."""
    return at(p), Point.trusted(p.dW, p.dH), p.r


def _pythagoras_gap(p: SpacePoint) -> Number:
    """rho^2 |v|^2 - <theta, v>^2 - rho^2 |v - <theta, v> theta / rho^2|^2."""
    theta, v, _ = _position_velocity_number(p)
    square, radial = theta.squared_norm, inner(theta, (theta.W, theta.H), (v.W, v.H))
    tangential = Point.trusted(v.W - radial / square * theta.W, v.H - radial / square * theta.H)
    return square * v.squared_norm - radial * radial - square * tangential.squared_norm


def _expansion_gap(p: SpacePoint) -> Number:
    """|theta - r v|^2 - |theta|^2 + 2 r <theta, v> - r^2 |v|^2."""
    theta, v, r = _position_velocity_number(p)
    rest = Point.trusted(theta.W - r * v.W, theta.H - r * v.H)
    radial = inner(theta, (theta.W, theta.H), (v.W, v.H))
    return rest.squared_norm - theta.squared_norm + 2 * r * radial - r * r * v.squared_norm


def _scaling_gap(p: SpacePoint) -> Array:
    """r^2 s(theta / r) - s(theta) for a free r."""
    return p.r * p.r * Point.trusted(p.W / p.r, p.H / p.r).logit_differences - at(p).logit_differences


def _common_factor_gap(p: SpacePoint) -> Number:
    """c sum p (s/q - 1) - (c/q) sum p (s - q), all of them free."""
    return p.xp.sum(p.c * p.E * (p.Z / p.q - 1)) - p.c / p.q * p.xp.sum(p.E * (p.Z - p.q))


def _product_rule_gap(p: SpacePoint) -> Number:
    """(|theta + r v|^2 - |theta|^2 - r^2 |v|^2) - 2 r <theta, v>."""
    theta, v, r = _position_velocity_number(p)
    moved = Point.trusted(theta.W + r * v.W, theta.H + r * v.H)
    radial = inner(theta, (theta.W, theta.H), (v.W, v.H))
    return moved.squared_norm - theta.squared_norm - r * r * v.squared_norm - 2 * r * radial


COMMON_FACTOR = (zero("c sum p (s/q - 1) = (c/q) sum p (s - q)", _common_factor_gap), free("E", "Z", "c", "q"))
PRODUCT_RULE = (zero("d|theta|^2 = 2 <theta, v>", _product_rule_gap), MOTION)
PRODUCT = (zero("prod(1 + x_i) - 1 - sum x_i = sum_i x_i (prod_(j<i) (1 + x_j) - 1)", _product_gap), TERMS)
DEFECTS = (zero("sum(1 - a_i) - (1 - prod a_i) = sum_i (1 - a_i) (1 - prod_(j<i) a_j)", _defect_gap), TERMS)
EULER = (
    Identity("<sum w grad s, theta> = 2 sum w s for free weights w", left=_free_growth, right=_free_differences),
    FLOW,
)
PYTHAGORAS = (zero("rho^2 |v|^2 = <theta, v>^2 + rho^2 |tangential part of v|^2", _pythagoras_gap), MOTION)
SPLIT = (PYTHAGORAS, EULER, PRODUCT, DEFECTS)
"""What is behind (B.18): the velocity in its radial and its tangential part, and how fast rho grows."""
EXPANSION = (zero("|theta - r v|^2 = |theta|^2 - 2 r <theta, v> + r^2 |v|^2", _expansion_gap), MOTION)
SCALING = (zero("s(theta / r) = s(theta) / r^2", _scaling_gap), free("W", "H", "r", K=(2, 4), d=(1, 3)))

MARGIN = "exp(-q_min) <= sum x_i <= exp(L) - 1, so q_min >= -log(exp(L) - 1) > 0 where L < log 2"
DRIFT = "(1/2) d rho^2/dt = 2 sum p s >= 2 q_min sum p"
SATURATION = "sum p = sum(1 - a_i) >= 1 - exp(-L) with a_i = 1/(1 + x_i)"
LENGTH = (
    "theta~ - sum lambda g~ is (theta - r g)/sqrt(q_min) with r |g| = rho, so its square is (rho^2/q_min)(2 - 2 beta)"
)
SLACKNESS = (
    "(B.10), then |g| >= (2 q_min/(K rho)) exp(-q_min) by (B.11), gamma~ <= q_min/rho^2 by (B.9), and y exp(-y) "
    "<= 1/e, as exp(y-1) >= y, for each of K(K-1)n terms"
)
TELESCOPED = "in a telescoped product one factor more adds one term more"


def flow_part(statement: Statement, argument: str, *proof: Identity | tuple[Identity, Domain | Space]) -> Part:
    """A part over `LATE_SHAPES` that follows from some of the identities above."""
    return Part(
        statement,
        domain=LATE_SHAPES,
        proof=proof,
        argument=argument,
        shapes=SHAPES,
        beyond=f"{WORDS}; {TELESCOPED}",
    )
