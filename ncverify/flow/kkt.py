"""KKT residuals of (3.1) along a trajectory, with the best multipliers that cvxpy finds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ncverify.flow.trajectory import Trajectory
from ncverify.separation import multipliers


def least_stationarity(trajectory: Trajectory, rows: Sequence[int] | None = None) -> NDArray[np.float64]:
    """The smallest stationarity residual of (3.1) at theta/sqrt(q_min), for each row; NaN where q_min <= 0.

    Never above the column "stationarity", which has the softmax multipliers of Lemma B.1. Every constraint may carry a
    multiplier, so this takes a convex program with K (K-1) n unknowns for each row.

    Args:
        trajectory: a flow or a descent.
        rows: which rows, by default all.

    Raises:
        SolverFailedError: a solver ended without a solution.

    Example:
        >>> import numpy as np
        >>> from ncverify import Point
        >>> from ncverify.flow import gradient_flow, log_time_grid
        >>> start = Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -0.5]]))
        >>> path = gradient_flow(start, until_log_t=1e4, record=[100.0])
        >>> bool(np.all(least_stationarity(path) <= path["stationarity"] * (1 + 1e-6)))
        True
    """
    chosen = range(len(trajectory)) if rows is None else rows
    stationarities = [
        multipliers(trajectory.point(row), active_within=math.inf).stationarity
        if trajectory["q_min"][row] > 0
        else math.nan
        for row in chosen
    ]
    return np.array(stationarities, dtype=np.float64)
