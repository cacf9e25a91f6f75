r"""Definition A.2 as numbers: the smallest epsilon for a given delta, and the smallest delta for a given epsilon.

All K(K-1)n constraints take part, and lambda_kij (s_kij - 1) <= delta is the only condition on them, as printed. The
point is taken as it is, not scaled; it has to be feasible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ncverify.arguments import Allowance
from ncverify.errors import SolverFailedError
from ncverify.kinds import Array
from ncverify.point import Point
from ncverify.separation.constraints import logit_rounding, on_host
from ncverify.separation.program import (
    Entries,
    balance,
    classifier_map,
    entries_within,
    feature_map,
    least_squares_multipliers,
)
from ncverify.separation.residuals import kkt_residuals
from ncverify.separation.solvers import DEFAULT_SOLVER, cvxpy, solve


@dataclass(frozen=True)
class ApproximateKKT:
    """A pair of bounds for which a point is an (epsilon, delta)-KKT point, with the multipliers that show it.

    Attributes:
        epsilon: the stationarity residual of the multipliers.
        delta: their largest lambda_kij (s_kij - 1).
        matrix: the multipliers, shape (K, K*n); None where there are none.
        status: the status of the solver.
    """

    epsilon: float
    delta: float
    matrix: Any
    status: str


def smallest_epsilon(point: Point, delta: Allowance, *, solver: str = DEFAULT_SOLVER) -> ApproximateKKT:
    """The smallest epsilon for which a feasible point is an (epsilon, delta)-KKT point. *Source:* Definition A.2.

    Host only.

    Args:
        point: a point with q_min >= 1 up to rounding.
        delta: the bound of the complementarity, at least 0.
        solver: any installed cvxpy solver that takes quadratic objectives.

    Raises:
        ValueError: an infeasible point, or a negative delta.
        SolverFailedError: the solver ended without a solution.

    Example:
        >>> from ncverify.collapse import collapsed_point
        >>> p = collapsed_point(3, 1, 2, squared_norm=4.0)
        >>> bool(smallest_epsilon(p, 0.0).epsilon < 1e-6)
        True
    """
    p = _feasible(point)
    if not delta >= 0:
        raise ValueError(f"delta: expected a number >= 0, got {delta}")
    entries = entries_within(p, np.inf)
    matrix, status = least_squares_multipliers(p, entries, solver, upper=_upper_bounds(p, entries, delta))
    return _measured(p, matrix, status)


def smallest_delta(point: Point, epsilon: Allowance, *, solver: str = DEFAULT_SOLVER) -> ApproximateKKT:
    """The smallest delta for which a feasible point is an (epsilon, delta)-KKT point. *Source:* Definition A.2.

    Host only. Where no multipliers reach epsilon at all, delta is infinite and the matrix None.

    Args:
        point: a point with q_min >= 1 up to rounding.
        epsilon: the bound of the stationarity residual, at least 0.
        solver: any installed cvxpy solver that takes second-order cones.

    Raises:
        ValueError: an infeasible point, or a negative epsilon.
        SolverFailedError: the solver ended without a solution.

    Example:
        >>> from ncverify.collapse import collapsed_point
        >>> p = collapsed_point(3, 1, 2, squared_norm=4.0)
        >>> bool(smallest_delta(p, 1e-3).delta < 1e-6)
        True
    """
    cp = cvxpy()
    p = _feasible(point)
    if not epsilon >= 0:
        raise ValueError(f"epsilon: expected a number >= 0, got {epsilon}")
    entries = entries_within(p, np.inf)
    a = balance(p)
    largest, balanced = max(a, 1 / a), Point(a * p.W, p.H / a)
    nu, delta = cp.Variable(len(entries), nonneg=True), cp.Variable(nonneg=True)  # largest^2 times what they stand for
    gap = np.maximum(entries.pick(p.logit_differences) - 1.0, 0.0)
    classifiers = np.ravel(balanced.W) - (a / largest) ** 2 * (classifier_map(balanced, entries) @ nu)
    features = np.ravel(balanced.H.T) - (1 / (a * largest)) ** 2 * (feature_map(balanced, entries) @ nu)
    residual = cp.hstack([classifiers / (a * largest), features * (a / largest)])
    problem = cp.Problem(cp.Minimize(delta), [cp.norm2(residual) <= epsilon / largest, cp.multiply(gap, nu) <= delta])
    try:
        status = solve(problem, solver)
    except SolverFailedError:
        if "infeasible" not in str(problem.status):
            raise
        return ApproximateKKT(epsilon, np.inf, None, str(problem.status))
    return _measured(p, entries.spread(np.maximum(nu.value, 0.0) / largest**2), status)


def _measured(p: Point, matrix: Array, status: str) -> ApproximateKKT:
    residuals = kkt_residuals(p, matrix)
    return ApproximateKKT(float(residuals.stationarity), float(residuals.complementarity), matrix, status)


def _feasible(point: Point) -> Point:
    """The point on the host; feasible up to the rounding of its logits."""
    p = on_host(point)
    if not float(p.q_min) >= 1.0 - logit_rounding(p):
        raise ValueError(
            f"point: expected a feasible point of (3.1), q_min >= 1, got q_min = {float(p.q_min):.6g}; "
            "Definition A.2 speaks of feasible points only (a separating point can be scaled by 1 / sqrt(q_min))"
        )
    return p


def _upper_bounds(p: Point, entries: Entries, delta: float) -> Array:
    """delta / (s - 1), or infinity where that bound cannot be active.

    Multipliers that minimise the residual sum to at most |(W, H)|^2 / 2: their weighted gradient is no longer than
    (W, H), and every slope along (W, H) is 2 s >= 2.
    """
    gap = entries.pick(p.logit_differences) - 1.0
    gap = np.where(gap <= logit_rounding(p), 0.0, gap)
    with np.errstate(divide="ignore", invalid="ignore"):
        upper = np.where(gap > 0.0, delta / gap, np.inf)
    return np.where(upper > float(p.squared_norm) / 2, np.inf, upper)
