r"""Theorem A.1: limits of approximate KKT points are KKT points where MFCQ holds.

As printed, for min f(x) subject to g_i(x) <= 0: if feasible x_k are (epsilon_k, delta_k)-KKT points with epsilon_k,
delta_k -> 0 and x_k -> x, and "MFCQ (A.3) holds at x", then x is a KKT point of "(P)", which is (A.1).

It holds, with MFCQ as it is printed in (A.2) - some v has <grad g_i(x), v> > 0 for all i: more than the textbooks ask,
and of the opposite sign, which v -> -v repairs. The heart of the proof is that the multipliers stay bounded,

.. math:: \Bigl|\sum_i \lambda_i \nabla g_i\Bigr| \, |v| \ge \min_i \langle \nabla g_i, v \rangle \sum_i \lambda_i,

whose left side is at most (|grad f| + epsilon) |v|. So they have a limit point lambda; gradients are continuous, which
gives stationarity at x, and -delta_k <= lambda_i g_i(x_k) <= 0 gives complementarity. Without MFCQ they can escape:
for min x subject to -x^3 <= 0 the points x = 1/k have multipliers k^2/3, epsilon = 0 and delta = 1/(3k), and their
limit 0 is no KKT point.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ncverify.kinds import Array, Number, TruthValue
from ncverify.model import own_class_mask
from ncverify.papers.claim import Claim, Demonstration, Neighbour, Part, Shown
from ncverify.point import Point, Tangent
from ncverify.separation import softmax_multipliers, squared_stationarity, weighted_gradient
from ncverify.space import Space, SpacePoint, Variable
from ncverify.statements.types import Function, Identity, Implication, Inequality

DATA = Space(
    sizes={"m": 2, "d": (1, 3)},
    variables={"gradients": Variable("m", "d"), "v": Variable("d"), "roots": Variable("m")},
)
"""m constraints in R^d with their gradients as rows, the v of (A.2), and the square roots of the multipliers."""

LINE = Space(variables={"x": Variable(), "multiplier": Variable()})

# --- the multipliers stay bounded -----------------------------------------------------------------------------------


def multipliers(p: SpacePoint) -> Array:
    """lambda >= 0, shape (m,)."""
    return p.roots * p.roots


def slopes(p: SpacePoint) -> Array:
    """<grad g_i, v>, shape (m,)."""
    return p.gradients @ p.v


def combination(p: SpacePoint) -> Array:
    """sum lambda_i grad g_i, shape (d,)."""
    return p.gradients.T @ multipliers(p)


def is_qualified(p: SpacePoint) -> Number:
    """(A.2) as printed: <grad g_i, v> > 0 for all i."""
    return p.xp.min(slopes(p))


def _norms(p: SpacePoint) -> Number:
    x = combination(p)
    return p.xp.sum(x * x) * p.xp.sum(p.v * p.v)


def _bounded(
    name: str, slope: Function, given: Sequence[Function] = (is_qualified,), weight: float = 1.0
) -> Inequality:
    def slack(p: SpacePoint) -> Number:
        total = p.xp.sum(multipliers(p)) * slope(p)
        return weight * _norms(p) - total * total

    return Inequality(name, slack=slack, given=given)


def _least_slope(p: SpacePoint) -> Number:
    return p.xp.min(slopes(p))


def _minors(p: SpacePoint) -> Number:
    """The sum of (x_i v_j - x_j v_i)^2 / 2 over all i, j, for x = sum lambda_i grad g_i."""
    outer = p.xp.expand_dims(combination(p), axis=1) * p.xp.expand_dims(p.v, axis=0)
    gap = outer - outer.T
    return p.xp.sum(gap * gap) / 2


def _weighted_slopes(p: SpacePoint) -> Number:
    return p.xp.sum(multipliers(p) * slopes(p))


BOUNDED = _bounded("the multipliers are bounded by the least slope along v", _least_slope)
LAGRANGE = Identity(
    "|x|^2 |v|^2 - <x, v>^2 is a sum of squares, for x = sum lambda_i grad g_i",
    left=lambda p: _norms(p) - _weighted_slopes(p) * _weighted_slopes(p),
    right=_minors,
)

# --- along the gradient flow ----------------------------------------------------------------------------------------


def flow_points(K: int, n: int, d: int, seed: int, *, margins: tuple[float, ...]) -> list[Point]:
    """The points of a gradient flow, from a separating start, where the margin first reaches the given values.

    The flow is followed at another speed on the same path, d theta / d tau = rho g/|g|, by Heun steps of length
    0.1 / q_min: its curvature grows like the margin.
    """
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((K, d))
    W /= np.linalg.norm(W, axis=1, keepdims=True)
    p, points = Point(2.0 * W, 2.0 * np.repeat(W.T, n, axis=1)), []
    for margin in margins:
        while float(p.q_min) < margin:
            h = 0.1 / max(1.0, float(p.q_min))
            first = _unit_speed(p)
            second = _unit_speed(Point(p.W + h * first.W, p.H + h * first.H))
            p = Point(p.W + h * (first.W + second.W) / 2, p.H + h * (first.H + second.H) / 2)
        points.append(p)
    return points


def _unit_speed(p: Point) -> Tangent:
    """rho g/|g| for the negative gradient g, from weights that cannot underflow."""
    S = p.logit_differences
    own = own_class_mask(p.K, p.n, p.xp)
    weights = (1 - own) * np.exp(np.minimum(float(p.q_min) - S, 0.0)) / np.exp(-S).sum(axis=0)
    g = weighted_gradient(p, weights)
    size = np.sqrt(float(p.squared_norm) / float((g.W**2).sum() + (g.H**2).sum()))
    return Tangent(size * g.W, size * g.H)


def exact_bounds(p: Point) -> tuple[Array, Array]:
    """epsilon^2 and delta of Lemma B.1's multipliers at p / sqrt(q_min), in rational arithmetic.

    The scaled point is enlarged by a billionth so that it is feasible exactly, whatever the rounding.
    """
    from ncverify.numbers.rational import RATIONAL

    found = softmax_multipliers(p)
    q = found.point.map(lambda array: RATIONAL.asarray(array * (1 + 1e-9)))
    M = RATIONAL.asarray(found.matrix)
    delta = RATIONAL.max(M * (q.logit_differences - 1))
    squared = squared_stationarity(q, M)
    if not bool(q.q_min >= 1):
        raise ArithmeticError("the enlarged point is not feasible")
    return squared, delta


def _along_the_flow(seed: int, *, stay: bool) -> Shown:
    margins = (8.0, 32.0, 128.0)
    points = flow_points(3, 1, 2, seed, margins=margins)
    bounds = [exact_bounds(points[0] if stay else p) for p in points]
    squared, deltas = [b[0] for b in bounds], [b[1] for b in bounds]
    falls = all(bool(16 * later < 9 * earlier) for earlier, later in pairwise(squared)) and bool(8 * deltas[-1] < 1)
    epsilons = ", ".join(f"{s.nearest_float() ** 0.5:.3g}" for s in squared)
    shown = ", ".join(f"{d.nearest_float():.2g}" for d in deltas)
    return Shown(
        falls,
        f"margins {', '.join(map(str, margins))}: epsilon {epsilons}, delta {shown}",
        value=squared[-1].nearest_float() ** 0.5,
        cases=len(points),
    )


FLOW = Demonstration(
    "points of a gradient flow are (epsilon, delta)-KKT points of (3.1) with falling bounds, verified in rationals",
    run=lambda seed: _along_the_flow(seed, stay=False),
    grade="proved",
    control=lambda seed: _along_the_flow(seed, stay=True),
    exact="both bounds in rational arithmetic at the float coordinates",
)

# --- without MFCQ: min x subject to -x^3 <= 0 -----------------------------------------------------------------------


def cubic_is_approximate_kkt(p: SpacePoint) -> TruthValue:
    """x > 0 with lambda = 1/(3 x^2) has epsilon = 0 and delta = x/3; here delta <= 0.001."""
    return (p.x > 0) & (p.x / 3 <= 0.001)


def _origin_is_kkt(p: SpacePoint) -> TruthValue:
    """1 - lambda 3 x^2 = 0 at x = 0, for any multiplier lambda."""
    origin = p.x * 0
    return 1 - p.multiplier * 3 * origin * origin == 0


CLAIMS = (
    Claim(
        id="thm-a.1",
        where="Theorem A.1",
        kind="implication",
        says="limits of approximate KKT points are KKT points under MFCQ",
        position=340,
        printed=r"x_k\text{ feasible, }(\epsilon_k,\delta_k)\text{-KKT},\ \epsilon_k,\delta_k\to0,\ x_k\to x,\ "
        r"\text{MFCQ at }x\ \Rightarrow\ x\text{ is a KKT point}",
        verdict="holds",
        reason="MFCQ bounds the multipliers, so every condition passes to the limit; (A.2) asks for more than needed",
        parts=(
            Part(
                BOUNDED,
                domain=DATA,
                proof=(LAGRANGE,),
                argument="<sum lambda_i grad g_i, v> is at least the least slope times sum lambda_i; bounded "
                "multipliers have a limit point, and stationarity and complementarity pass to the limit",
                beyond="x is free for any number of constraints, and the monomials involve two coordinates",
            ),
            Part(FLOW),
        ),
        neighbours=(
            Neighbour(_bounded("0.1 % less", _least_slope, weight=0.999), DATA),
            Neighbour(
                _bounded(
                    "<grad g_i, v> > 0 for one i only", lambda p: p.xp.max(slopes(p)), (lambda p: p.xp.max(slopes(p)),)
                ),
                DATA,
            ),
            Neighbour(
                _bounded("without MFCQ", lambda p: p.xp.asarray(1), ()),
                DATA,
            ),
            Neighbour(
                Implication(
                    "without MFCQ: min x s.t. -x^3 <= 0, whose (0, 0.001)-KKT points approach 0",
                    premise=cubic_is_approximate_kkt,
                    conclusion=_origin_is_kkt,
                ),
                LINE,
            ),
        ),
    ),
)
