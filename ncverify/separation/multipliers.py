r"""Multipliers of (3.1) at a point, found by cvxpy, with residuals and bounds that are checked without it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ncverify.arguments import Allowance
from ncverify.kinds import Array
from ncverify.point import Point, Tangent
from ncverify.separation.constraints import (
    logit_rounding,
    on_host,
    scaled_to_unit_margin,
    slopes,
    stationarity,
    weight_matrix,
)
from ncverify.separation.error_bounds import distances
from ncverify.separation.program import Entries, balance, entries_within, least_squares_multipliers
from ncverify.separation.residuals import kkt_residuals
from ncverify.separation.solvers import DEFAULT_SOLVER, RESOLUTION

_BALANCED = 4.0  # root of the ratio of the norms up to which the solver has all digits that it promises


@dataclass(frozen=True)
class Multipliers:
    """Multipliers of (3.1) at a point scaled to q_min = 1, and what they show.

    Attributes:
        point: the scaled point, float64 NumPy.
        matrix: lambda_kij in row j and column k*n + i, shape (K, K*n), non-negative.
        feasibility: max(0, 1 - q_min), rounding only.
        stationarity: |(W, H) - sum lambda grad s|.
        stationarity_bound: no non-negative multipliers on the same constraints have a smaller stationarity residual;
            certified by a direction of the dual cone, independent of the solver.
        complementarity: the largest lambda_kij (s_kij - 1).
        objective: (|W|^2 + |H|^2) / 2.
        dual_value: sum(lambda) / |A|_2, a lower bound of the optimal value of (3.1).
        epsilon: bound of the stationarity residual that was used.
        delta: bound of the complementarity that was used.
        active_within: constraints with s_kij - 1 beyond this carry no multiplier.
        solver: the cvxpy solver, or "softmax".
        status: its status.
        given: the point before it was scaled, float64 NumPy.
        entries: the constraints that may carry a multiplier.
    """

    point: Point
    matrix: Any
    feasibility: float
    stationarity: float
    stationarity_bound: float
    complementarity: float
    objective: float
    dual_value: float
    epsilon: float
    delta: float
    active_within: float
    solver: str
    status: str
    given: Point = field(repr=False)
    entries: Entries = field(repr=False)

    @cached_property
    def errors(self) -> Array:
        """For each multiplier a bound of its error, shape (K, K*n), whatever the solver did and however it ended.

        The exact multipliers are those of least stationarity residual on the same constraints, at the scaled point and
        at the point as given; between the two lies the rounding of the scaling, which counts where |H| / |W| is large.
        Infinite where they are not unique, or where floats do not show that they are. Computed at the first use.
        """
        return np.maximum(*(distances(p, self.matrix, self.entries) for p in (self.point, self.given)))

    @property
    def is_kkt(self) -> bool:
        """Whether this is an (epsilon, delta)-KKT point by these multipliers. *Source:* Definition A.2."""
        return self.stationarity <= self.epsilon and self.complementarity <= self.delta

    @property
    def duality_gap(self) -> float:
        """Objective minus dual value: zero exactly at global optima whose multipliers are dual optimal."""
        return self.objective - self.dual_value

    def __str__(self) -> str:
        answer = "a KKT point" if self.is_kkt else "no KKT point"
        return (
            f"{answer} of (3.1): stationarity {self.stationarity:.3g} (bound {self.epsilon:.3g}), "
            f"complementarity {self.complementarity:.3g} (bound {self.delta:.3g}), duality gap {self.duality_gap:.3g}"
        )


def multipliers(
    point: Point,
    *,
    epsilon: Allowance | None = None,
    delta: Allowance | None = None,
    active_within: Allowance | None = None,
    solver: str = DEFAULT_SOLVER,
) -> Multipliers:
    r"""The non-negative multipliers of (3.1) that minimise the stationarity residual, at the point scaled to q_min = 1.

    .. math:: \min_{\lambda \ge 0} \Bigl|(W, H) - \sum \lambda_{kij} \nabla s_{kij}\Bigr|^2

    Host only. cvxpy solves this for the balanced point (a W, H / a). Up to 128 constraints what it finds is refined in
    ball arithmetic, to the last digit, at any ratio of |H| and |W|; up to 4,096 where that ratio is beyond 16 and up to
    some 10^6; else it is as exact as the solver. `errors` of the result bounds the error of each multiplier. Where
    d < K-1 the multipliers need not be unique; their residuals are.

    Args:
        point: any point with q_min > 0, on any backend.
        epsilon: bound of the stationarity residual for `is_kkt`; by default `resolution(point)` times the norm of the
            scaled point.
        delta: bound of the complementarity for `is_kkt`; by default `active_within` times the objective, which every
            multiplier of a KKT point satisfies (they sum to the objective).
        active_within: constraints with s_kij - 1 up to this may carry a multiplier, infinite for all; by default
            `resolution(point)`.
        solver: any installed cvxpy solver that takes quadratic objectives.

    Raises:
        NotSeparableError: q_min <= 0.
        ValueError: a negative bound, or no solver of that name.
        SolverFailedError: the solver ended without a solution; the message has its status.

    Example:
        >>> from ncverify.collapse import collapsed_point
        >>> kkt = multipliers(collapsed_point(3, 1, 2))
        >>> kkt.is_kkt, bool(abs(kkt.matrix[1, 0] - 1 / 3) < 1e-6), bool(kkt.duality_gap < 1e-6)
        (True, True, True)
    """
    for name, value in (("epsilon", epsilon), ("delta", delta), ("active_within", active_within)):
        if value is not None and not value >= 0:
            raise ValueError(f"{name}: expected a number >= 0, got {value}")
    p, resolved = scaled_to_unit_margin(point), resolution(point)
    within = resolved if active_within is None else active_within
    entries = entries_within(p, max(within, float(p.q_min) - 1.0))
    matrix, status = least_squares_multipliers(p, entries, solver)
    matrix = _refined(p, entries, matrix)
    epsilon = resolved * float(np.sqrt(p.squared_norm)) if epsilon is None else epsilon
    given = on_host(point)
    return describe(p, given, matrix, entries, epsilon, delta, active_within=within, solver=solver, status=status)


def _refined(p: Point, entries: Entries, matrix: Array) -> Array:
    """The exact multipliers, rounded, where they are unique, and few or out of the solver's reach; else the matrix."""
    from ncverify.separation.refinement import FEW_CONSTRAINTS, refined

    if len(entries) > FEW_CONSTRAINTS and 1 / _BALANCED <= balance(p) <= _BALANCED:
        return matrix
    values = entries.pick(matrix)
    exact = refined(p, entries, values > RESOLUTION * values.max(initial=0.0))
    return matrix if exact is None else entries.spread(exact.floats())


def resolution(point: Point) -> float:
    """The relative residual that cannot be told from zero: 1e-6, or the rounding of the point's logits if larger.

    Half the square of a residual of 1e-6 is a duality gap of 1e-12, where the solver stops; logits of d terms in the
    dtype of the point carry a rounding error of 4 d eps times the size of their terms, in units of the margin.

    Args:
        point: any point with q_min > 0.

    Raises:
        NotSeparableError: q_min <= 0.
    """
    eps = 0.0 if point.xp.exact else float(point.xp.library.finfo(point.xp.dtype).eps)
    return max(float(RESOLUTION), logit_rounding(scaled_to_unit_margin(point), eps))


def describe(
    p: Point,
    given: Point,
    matrix: Array,
    entries: Entries,
    epsilon: float,
    delta: float | None,
    *,
    active_within: float,
    solver: str,
    status: str,
) -> Multipliers:
    """The multipliers with all their residuals, at a point that is scaled already."""
    residuals = kkt_residuals(p, matrix)
    objective = float(p.squared_norm) / 2
    largest = float(np.linalg.norm(weight_matrix(matrix, p.n, p.xp), 2))
    return Multipliers(
        point=p,
        matrix=matrix,
        feasibility=float(residuals.feasibility),
        stationarity=float(residuals.stationarity),
        stationarity_bound=stationarity_bound(p, matrix, entries),
        complementarity=float(residuals.complementarity),
        objective=objective,
        dual_value=float(matrix.sum()) / largest if largest > 0 else 0.0,
        epsilon=float(epsilon),
        delta=(active_within * objective if np.isfinite(active_within) else np.inf) if delta is None else float(delta),
        active_within=active_within,
        solver=solver,
        status=status,
        given=given,
        entries=entries,
    )


def stationarity_bound(p: Point, matrix: Array, entries: Entries) -> float:
    """A number that no non-negative multipliers on the entries can beat as stationarity residual.

    The residual r of good multipliers, moved by a multiple of (W, H) until no constraint has a positive slope along
    it, is a direction y of the dual cone, and (W, H) is at least <(W, H), y> / |y| away from the cone of gradients.
    """
    r = stationarity(p, matrix)
    excess = entries.pick(slopes(p, r)) / (2 * entries.pick(p.logit_differences))
    t = max(0.0, float(excess.max(initial=0.0)))
    y = Tangent(r.W - t * p.W, r.H - t * p.H)
    size = float(np.sqrt((y.W**2).sum() + (y.H**2).sum()))
    along = float((y.W * p.W).sum() + (y.H * p.H).sum())
    return max(0.0, along / size) if size > 0 else 0.0
