"""Demonstrations about the limit of the direction: KKT points of (3.1), the rate, invariant rays and their escape."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from ncverify.domain import Shape
from ncverify.flow.escape import escape_exponent, measured_exponent
from ncverify.flow.integration import gradient_flow, log_time_grid
from ncverify.flow.kkt import least_stationarity
from ncverify.flow.limits import Limit, limit_direction
from ncverify.flow.offsets import complement_of, predicted_offsets
from ncverify.flow.trajectory import Trajectory
from ncverify.landscape import direct_sum
from ncverify.literature.ulpm_2022._flow_evidence import random_start
from ncverify.papers.claim import Demonstration, Shown
from ncverify.point import Point
from ncverify.separation import multipliers, weight_matrix

SHAPES = (Shape(2, 2, 1), Shape(3, 2, 2), Shape(3, 1, 4), Shape(4, 1, 2), Shape(4, 2, 6))
_HORIZON = 1e6
_DEGENERATE = 1e-3  # an extrapolation with a larger error bar decides nothing


@cache
def long_flows(seed: int) -> tuple[Trajectory, ...]:
    """One flow for each shape, to log t = 10^6."""
    record = log_time_grid(_HORIZON, per_decade=4, first=10.0)
    return tuple(gradient_flow(random_start(s, seed), until_log_t=_HORIZON, rtol=1e-9, record=record) for s in SHAPES)


def residual_over_bound(limit: Limit) -> float:
    """The stationarity residual of (3.1) at a direction, by cvxpy multipliers, over what its error bar allows.

    If the true limit is a KKT point with multipliers A, then at distance delta of it some multipliers leave at most
    |(I - A) delta| <= (1 + |A|) delta.
    """
    delta = limit.error / math.sqrt(float(limit.point.q_min))
    rho = math.sqrt(float(limit.point.squared_norm) / float(limit.point.q_min))
    resolved = 1e-6
    nearest = multipliers(limit.point, active_within=resolved + 4 * rho * delta)
    A = weight_matrix(nearest.matrix, nearest.point.n, nearest.point.xp)
    return float(nearest.stationarity / ((1 + float(np.linalg.norm(A, 2))) * delta + resolved * rho))


def _limits_are_kkt(seed: int) -> Shown:
    limits = [limit_direction(path) for path in long_flows(seed)]
    if max(limit.error for limit in limits) > _DEGENERATE:
        return Shown(None, "an extrapolation has not settled", max(limit.error for limit in limits), len(limits))
    ratios = [residual_over_bound(limit) for limit in limits]
    bars = ", ".join(f"{limit.error:.0e}" for limit in limits)
    detail = f"largest residual over error bar: {max(ratios):.2g}; error bars {bars}"
    return Shown(max(ratios) <= 1, detail, max(ratios), len(limits))


def _early_directions_are_kkt(seed: int) -> Shown:
    """The same for the direction at log t = 10, with the error bars of the limits."""
    ratios = [
        residual_over_bound(Limit(path.point(1), limit_direction(path).error * float(path["rho"][1])))
        for path in long_flows(seed)
    ]
    return Shown(max(ratios) <= 1, f"largest residual over error bar: {max(ratios):.2g}", max(ratios), len(ratios))


LIMITS = Demonstration(
    "the limit direction, extrapolated in 1/rho, is a KKT point of (3.1) within its error bar",
    _limits_are_kkt,
    "measured",
    _early_directions_are_kkt,
)


def _residual_rate(*, with_offsets: bool) -> Callable[[int], Shown]:
    def run(seed: int) -> Shown:
        worst = 0.0
        for path in long_flows(seed):
            complement = complement_of(limit_direction(path).point)
            predicted = predicted_offsets(path.origin, path.end.K, complement)
            length = math.sqrt(predicted.classifiers + (predicted.features if with_offsets else 0.0))
            constant = length / math.sqrt(float(path["smoothed_margin"][-1]))
            measured = float(least_stationarity(path, [-1])[0] * path["rho"][-1])
            worst = max(worst, abs(measured / constant - 1))
        allowed = 1 / float(min(path["rho"][-1] for path in long_flows(seed)))  # the next term of the expansion
        detail = f"residual times rho against the prediction: off by at most {worst:.1e}"
        return Shown(worst <= allowed, detail, worst, len(SHAPES))

    return run


RESIDUAL_RATE = Demonstration(
    "the residual by cvxpy multipliers is c/rho with c from the conserved quantities of the start",
    _residual_rate(with_offsets=True),
    "measured",
    _residual_rate(with_offsets=False),
)

_EXAMPLE = np.array([[1.0, -1.0, 0.0, 0.0], [-1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0], [0.0, 0.0, -1.0, 1.0]])


def stays_on_ray(start: Point, horizon: float = _HORIZON) -> tuple[float, float]:
    """How far the direction moves from the start's, and q_min/rho^2 at the end over its largest possible value."""
    path = gradient_flow(start, until_log_t=horizon, record=[])
    directions = path.directions()
    share = float(path["q_min"][-1] / path["rho"][-1] ** 2) * 2 * (start.K - 1) * math.sqrt(start.n)
    return float(np.linalg.norm(directions[-1] - directions[0])), share


def _ray(disturbance: float) -> Callable[[int], Shown]:
    def run(seed: int) -> Shown:
        noise = disturbance * np.random.default_rng(seed).standard_normal((2, 4, 4))
        moved, share = stays_on_ray(Point(_EXAMPLE + noise[0], _EXAMPLE + noise[1]))
        detail = f"moved by {moved:.1e}, margin {share:.4f} of the largest at log t = {_HORIZON:.0e}"
        return Shown(moved < 1e-6 and share < 0.76, detail, moved)

    return run


RAY = Demonstration(
    "a flow that starts on the ray of Example 3.1 stays there, with three quarters of the largest margin",
    _ray(0.0),
    "measured",
    _ray(0.1),
)


@cache
def _escape(blocks: int, seed: int) -> tuple[float, float]:
    """The power of rho with which a disturbed ray of some orthogonal simplices is left, measured and predicted."""
    K, d = 2 * blocks, blocks + 1
    ray = direct_sum(K, 1, d, blocks=blocks, rho=20.0).point
    disturbed = ray.W + 1e-6 * np.outer(np.random.default_rng((seed, blocks)).standard_normal(K), np.eye(d)[-1])
    record = log_time_grid(_HORIZON, per_decade=4, first=1e4)
    path = gradient_flow(Point(disturbed, ray.H), until_log_t=_HORIZON, record=record)
    return measured_exponent(path, np.diag(np.eye(d)[-1]), 1e5), escape_exponent(path.end)


def _leaves(power: int) -> Callable[[int], Shown]:
    """Whether a disturbed ray of m orthogonal simplices is left like rho^(power/(m-1)), to 5 %.

    Parts of the disturbance that grow more slowly are down by rho^(-1/2) or more, squared: from rho = 20 at the start
    to some 10^3 in the window that is a few per cent.
    """

    def run(seed: int) -> Shown:
        exponents = {blocks: _escape(blocks, seed) for blocks in (2, 3)}
        worst = max(abs(measured / (power * predicted) - 1) for measured, predicted in exponents.values())
        detail = "; ".join(f"{m} simplices: power {a:.3f}, predicted {b:.3f}" for m, (a, b) in exponents.items())
        return Shown(worst < 0.05, detail, worst, len(exponents))

    return run


LEAVES = Demonstration(
    "a disturbance outside the span of a non-collapsed ray grows like rho^(|A|_2 - 1), A its multipliers",
    _leaves(1),
    "measured",
    _leaves(2),
)


# --- collapse, or not ------------------------------------------------------------------------------------------------

_ABOVE = (Shape(3, 1, 2), Shape(3, 2, 3), Shape(4, 2, 4), Shape(5, 1, 8))
_BELOW = (Shape(4, 1, 2), Shape(5, 1, 2), Shape(5, 2, 3))


def share_of_largest_margin(path: Trajectory) -> float:
    """q_min / rho^2 at the end over its largest possible value; one at collapse, by Theorem 3.1."""
    end = path.end
    return float(end.q_min / end.squared_norm) * 2 * (end.K - 1) * math.sqrt(end.n)


def _collapse(shapes: tuple[Shape, ...]) -> Callable[[int], Shown]:
    def run(seed: int) -> Shown:
        paths = [
            gradient_flow(random_start(shape, 100 * seed + i), until_log_t=_HORIZON, record=[], rtol=1e-7)
            for shape in shapes
            for i in range(3)
        ]
        shares = [share_of_largest_margin(path) for path in paths]
        detail = f"margin at log t = {_HORIZON:.0e} over the largest possible: {min(shares):.6f} to {max(shares):.6f}"
        return Shown(min(shares) > 0.999, detail, min(shares), len(shares))

    return run


COLLAPSE = Demonstration(
    "from random starts with d >= K-1 the limit is collapsed (and below d = K-1 it is not)",
    _collapse(_ABOVE),
    "measured",
    _collapse(_BELOW),
)
