r"""The limit of the direction, and slopes of metrics: what a finite trajectory says about its end.

Late in the flow theta = rho a_0 + a_1 + a_2 / rho + ..., because logit differences settle at a constant distance from
q_min = gamma rho^2 and conserved offsets stay; so theta / rho is a polynomial in 1/rho up to higher terms. In 1/rho the
expansion has no logarithms; rho^2 is log t + log log t + O(1) over gamma, so its powers are the half-integer powers of
1/log t up to factors with log log t. An expansion in whole powers of 1/log t lacks the leading term wherever an offset
is conserved: its error bars are ten times too small (tests/flow/test_limits.py).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ncverify.arguments import Count, Extended, Positive
from ncverify.flow.records import KKT
from ncverify.flow.trajectory import Trajectory
from ncverify.metrics import METRICS
from ncverify.point import Point

Variable = Literal["1/rho", "1/sqrt(log t)", "1/log t"]
_VARIABLES = {"1/rho": ("rho", -1.0), "1/sqrt(log t)": ("log_t", -0.5), "1/log t": ("log_t", -1.0)}


class Limit(NamedTuple):
    """An extrapolated direction of norm about one, and its error bar in the Euclidean norm."""

    point: Point
    error: float


class Slope(NamedTuple):
    """A mean slope over several trajectories with the half-width of its 95 % confidence interval."""

    mean: float
    half_width: float
    trajectories: int


def limit_direction(
    trajectory: Trajectory, *, order: Count = 2, spacing: Positive = 1.5, variable: Variable = "1/rho"
) -> Limit:
    """The limit of theta / rho, extrapolated by a polynomial in 1/rho through the latest rows.

    The error bar is the distance between the extrapolations of this order and of the order below.

    Args:
        trajectory: a flow with q_min > 0 at its end.
        order: degree of the polynomial, at least one.
        spacing: rows are taken whose norms differ by at least this factor.
        variable: what the polynomial is in, if not 1/rho; the others are for comparison.

    Raises:
        ValueError: the trajectory has too few rows so far apart, or an unknown variable.

    Example:
        >>> import numpy as np
        >>> from ncverify import Point
        >>> from ncverify.flow import gradient_flow, log_time_grid
        >>> start = Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -0.5]]))
        >>> path = gradient_flow(start, until_log_t=1e4, record=log_time_grid(1e4, 4))
        >>> limit = limit_direction(path)
        >>> limit.point.W.ravel().round(6).tolist(), bool(limit.error < 1e-4)
        ([0.5, -0.5], True)
    """
    if variable not in _VARIABLES:
        raise ValueError(f"variable: expected one of {', '.join(_VARIABLES)}, got {variable!r}")
    rows = _spaced(trajectory["rho"], order + 1, spacing)
    name, power = _VARIABLES[variable]
    x, y = trajectory[name][rows] ** power, trajectory.directions()[rows]
    best, below = _at_zero(x, y), _at_zero(x[1:], y[1:])
    K, d = trajectory.W.shape[1:]
    point = Point(best[: K * d].reshape(K, d), best[K * d :].reshape(d, -1))
    return Limit(point, float(np.linalg.norm(best - below)))


def _spaced(rho: NDArray[np.float64], count: int, spacing: float) -> list[int]:
    """The last row and earlier ones, each smaller in norm by the factor, in increasing order."""
    rows = [len(rho) - 1]
    for row in range(len(rho) - 2, -1, -1):
        if rho[row] * spacing <= rho[rows[-1]]:
            rows.append(row)
        if len(rows) == count:
            return rows[::-1]
    raise ValueError(f"trajectory: expected {count} rows whose norms differ by a factor {spacing}, got {len(rows)}")


def _at_zero(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """The value at zero of the polynomial through (x_i, y_i)."""
    weights = [math.prod(-b / (a - b) for j, b in enumerate(x) if j != i) for i, a in enumerate(x)]
    value: NDArray[np.float64] = np.tensordot(np.array(weights), y, axes=1)
    return value


def slope(trajectory: Trajectory, name: str, low: Extended, high: Extended) -> float:
    """d log(quantity) / d log(log t) between two recorded values of log t, by least squares over the rows between.

    -1 means a decay like 1/log t, -1/2 like 1/sqrt(log t).

    Raises:
        ValueError: fewer than two rows in the window, or a quantity that is not positive there.

    Example:
        >>> import numpy as np
        >>> from ncverify import Point
        >>> from ncverify.flow import gradient_flow, log_time_grid
        >>> start = Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -0.5]]))
        >>> path = gradient_flow(start, until_log_t=1e4, record=log_time_grid(1e4))
        >>> round(slope(path, "misalignment", 1e3, 1e4), 1)
        -2.0
    """
    if name not in (*trajectory.columns, *METRICS, *KKT):
        raise ValueError(f"name: expected one of {', '.join((*trajectory.columns, *METRICS, *KKT))}, got {name[:40]!r}")
    log_t, values = trajectory["log_t"], trajectory[name]
    window = (log_t >= low * (1 - 1e-9)) & (log_t <= high * (1 + 1e-9))
    if window.sum() < 2 or not (values[window] > 0).all():
        raise ValueError(f"{name}: expected at least two rows with positive values between log t = {low} and {high}")
    return float(np.polyfit(np.log(log_t[window]), np.log(values[window]), 1)[0])


def mean_slope(trajectories: Sequence[Trajectory], name: str, low: Extended, high: Extended) -> Slope:
    """The mean slope over independent trajectories, with Student's 95 % confidence interval.

    Raises:
        ValueError: fewer than two trajectories, or as for `slope`.

    Example:
        >>> import numpy as np
        >>> from ncverify import Point
        >>> from ncverify.flow import gradient_flow, log_time_grid
        >>> starts = [Point(np.array([[1.0], [-1.0]]), np.array([[x, -0.5]])) for x in (0.5, 1.0, 1.5)]
        >>> paths = [gradient_flow(start, until_log_t=1e5, record=log_time_grid(1e5)) for start in starts]
        >>> slope = mean_slope(paths, "rho", 1e4, 1e5)
        >>> round(slope.mean, 3), slope.trajectories
        (0.5, 3)
    """
    from scipy.stats import t as student

    if len(trajectories) < 2:
        raise ValueError(f"trajectories: expected at least two for a confidence interval, got {len(trajectories)}")
    slopes = np.array([slope(trajectory, name, low, high) for trajectory in trajectories])
    error = float(slopes.std(ddof=1)) / math.sqrt(len(slopes))
    return Slope(float(slopes.mean()), float(student.ppf(0.975, len(slopes) - 1)) * error, len(slopes))
