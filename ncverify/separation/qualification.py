r"""The Mangasarian-Fromovitz constraint qualification (MFCQ), with a certificate either way.

For constraints g_i <= 0, MFCQ holds at a feasible x iff some v has <grad g_i(x), v> < 0 for every active i. Otherwise
some convex combination of the active gradients is zero (Gordan), and that is its certificate. Definition A.3 prints the
opposite sign, which is the same up to v -> -v, and all constraints instead of the active ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from ncverify.kinds import Array
from ncverify.point import Point, Tangent
from ncverify.separation.constraints import logit_rounding, on_host, slopes
from ncverify.separation.program import entries_within
from ncverify.separation.solvers import DEFAULT_SOLVER, RESOLUTION, cvxpy, solve


@dataclass(frozen=True)
class Qualification:
    """Whether MFCQ holds, and what shows it.

    Attributes:
        holds: the answer.
        direction: v with <grad g_i, v> < 0 for every gradient; None where it fails.
        slope: the largest <grad g_i, v>, negative where it holds; 0 where it fails.
        combination: convex weights whose combination of the gradients is zero; None where it holds.
    """

    holds: bool
    direction: Any
    slope: float
    combination: Any


def mangasarian_fromovitz(point: Point, *, every_constraint: bool = False) -> Qualification:
    """MFCQ for (3.1) at a feasible point: it always holds, with v = (W, H).

    With g_kij = 1 - s_kij the slope is <grad g_kij, (W, H)> = -2 s_kij <= -2, for inactive constraints too, so that the
    printed form, which ranges over all constraints, holds as well.

    Args:
        point: a point with q_min >= 1 up to rounding.
        every_constraint: take all constraints, as (A.2) is printed, instead of the active ones.

    Raises:
        ValueError: an infeasible point.

    Example:
        >>> from ncverify.collapse import collapsed_point
        >>> condition = mangasarian_fromovitz(collapsed_point(3, 1, 2, squared_norm=4.0))
        >>> condition.holds, round(condition.slope, 12)
        (True, -2.0)
    """
    p = on_host(point)
    rounding = logit_rounding(p)
    if not float(p.q_min) >= 1.0 - rounding:
        raise ValueError(f"point: MFCQ is asked at feasible points, q_min >= 1; got q_min = {float(p.q_min):.6g}")
    entries = entries_within(p, np.inf if every_constraint else rounding)
    direction = Tangent(p.W, p.H)
    if len(entries) == 0:
        return Qualification(True, direction, -np.inf, None)
    slope = -float(entries.pick(slopes(p, direction)).min())
    return Qualification(slope < 0.0, direction, slope, None)


def constraint_qualification(
    gradients: Annotated[np.ndarray, "m? D"], *, solver: str = DEFAULT_SOLVER
) -> Qualification:
    """MFCQ for the given gradients of active constraints g_i <= 0.

    The point of least norm in their convex hull decides: it is minus the best direction, or zero.

    Args:
        gradients: one row for each active constraint, shape (m, dimension), float64 NumPy.
        solver: any installed cvxpy solver that takes quadratic objectives.

    Raises:
        ValueError: no matrix of finite numbers.
        SolverFailedError: the solver ended without a solution.

    Example:
        >>> import numpy as np
        >>> constraint_qualification(np.array([[0.0]])).holds      # x^2 <= 0 at x = 0
        False
        >>> constraint_qualification(np.array([[1.0, 0.0], [0.0, 1.0]])).holds
        True
    """
    G = np.asarray(gradients, dtype=np.float64)
    if G.ndim != 2 or not np.isfinite(G).all():
        raise ValueError(f"gradients: expected a matrix of finite numbers, one row each, got shape {G.shape}")
    if len(G) == 0:
        return Qualification(True, np.zeros(G.shape[1]), -np.inf, None)
    weights = _least_norm_weights(G, solver)
    v = -(weights @ G)
    slope = float((G @ v).max())
    size = float(np.linalg.norm(G, axis=1).max())
    if slope < 0.0 and float(np.linalg.norm(v)) > RESOLUTION * size:
        return Qualification(True, v, slope, None)
    return Qualification(False, None, 0.0, weights)


def _least_norm_weights(G: Array, solver: str) -> Array:
    cp = cvxpy()
    scale = float(np.abs(G).max()) or 1.0
    weights = cp.Variable(len(G), nonneg=True)
    solve(cp.Problem(cp.Minimize(cp.sum_squares((G / scale).T @ weights)), [cp.sum(weights) == 1]), solver)
    clipped = np.maximum(weights.value, 0.0)
    return clipped / clipped.sum()
