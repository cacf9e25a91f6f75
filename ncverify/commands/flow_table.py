"""A trajectory of the flow as tables and lines for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ncverify.flow import (
    METRICS,
    Slope,
    Trajectory,
    largest_possible_margin,
    least_stationarity,
    limit_direction,
    mean_slope,
    slope,
)
from ncverify.numbers import namespace_of
from ncverify.separation import multipliers

if TYPE_CHECKING:
    from rich.table import Table

COLUMNS = {
    "log_t": "log t",
    "log_loss": "log L",
    "rho": "rho",
    "misalignment": "1-beta",
    "stationarity": "residual",
    "feature_norm_variation": "norms h",
    "classifier_norm_variation": "norms w",
    "within_class_variation": "within",
    "feature_cosine_deviation": "cos h",
    "classifier_cosine_deviation": "cos w",
    "self_duality_distance": "duality",
}
_ROWS = 14
_MOST_MULTIPLIERS = 5000  # about a second of cvxpy


def table(trajectory: Trajectory) -> Table:
    """About fourteen rows at most, spread over the trajectory."""
    rows = _plain_table("quantities along the flow", list(COLUMNS.values()))
    for row in sorted({round(r) for r in np.linspace(0, len(trajectory) - 1, _ROWS).tolist()}):
        rows.add_row(*(f"{trajectory[name][row]:.3g}" for name in COLUMNS))
    return rows


def slopes(trajectories: Sequence[Trajectory]) -> list[tuple[str, float, float, Slope]]:
    """(metric, from, to, slope) for each metric and each decade of log t in which it is positive.

    With a single trajectory the half-width of the interval is NaN.
    """
    end = min(float(path["log_t"][-1]) for path in trajectories)
    fitted = []
    for name in METRICS:
        for low, high in _decades(end):
            try:
                if len(trajectories) > 1:
                    fitted.append((name, low, high, mean_slope(trajectories, name, low, high)))
                else:
                    fitted.append((name, low, high, Slope(slope(trajectories[0], name, low, high), math.nan, 1)))
            except ValueError:  # the metric has vanished
                continue
    return fitted


def _decades(end: float) -> list[tuple[float, float]]:
    return [(10.0**k, 10.0 ** (k + 1)) for k in range(math.floor(math.log10(end) + 1e-9))] if end >= 10 else []


def slope_table(trajectories: Sequence[Trajectory]) -> Table:
    """d log(metric) / d log(log t) over each decade of log t that was recorded."""
    count = len(trajectories)
    windows = _decades(min(float(path["log_t"][-1]) for path in trajectories))
    rows = _plain_table(
        "slope against log t over decades of log t: -1 is 1/log t, -1/2 is 1/sqrt(log t)"
        + (f"; 95 % intervals over {count} starts" if count > 1 else ""),
        ["metric, log t from", *(f"{low:.0e}".replace("+0", "") for low, _ in windows)],
    )
    by_place = {(name, low): s for name, low, _, s in slopes(trajectories)}
    for name in METRICS:
        rows.add_row(name, *(_slope(by_place.get((name, low))) for low, _ in windows))
    return rows


def _slope(fitted: Slope | None) -> str:
    if fitted is None:
        return "-"
    return f"{fitted.mean:.3f}" if fitted.trajectories == 1 else f"{fitted.mean:.3f}+-{fitted.half_width:.3f}"


def facts(trajectory: Trajectory) -> list[str]:
    """What the flow reached, how far it can be trusted, and where its direction goes."""
    end = trajectory.end
    share = float(trajectory["q_min"][-1] / trajectory["rho"][-1] ** 2) / float(
        largest_possible_margin(end.K, end.n, namespace_of(np.ones(1)))
    )
    lines = [
        f"ended: {trajectory.ended}; {trajectory.settings.get('steps')} steps",
        *(f"event: {event.name} at log t = {event.log_t:.6g}" for event in trajectory.events[:-1]),
        f"drift of the conserved quantities (order of the error of theta/rho): {trajectory.error_estimate:.1e}",
        f"q_min/rho^2 is {share:.6f} of its largest possible value (Theorem 3.1): "
        + ("collapsed up to the slopes above" if share > 0.999 else "not collapsed, or not yet"),
    ]
    try:
        limit = limit_direction(trajectory)
    except ValueError:
        return [*lines, "the limit of the direction: too short a trajectory to extrapolate"]
    lines.append(f"the limit of the direction, extrapolated in 1/rho, has an error bar of {limit.error:.1e}")
    if end.K * (end.K - 1) * end.n <= _MOST_MULTIPLIERS:
        last = float(least_stationarity(trajectory, [-1])[0])
        at_limit = multipliers(limit.point, active_within=1e-6 + 10 * limit.error).stationarity
        lines.append(f"stationarity residual of (3.1) by cvxpy: {last:.2e} at the end, {at_limit:.1e} at that limit")
    return lines


def _plain_table(title: str, columns: list[str]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    empty = Table(title=title, box=SIMPLE_HEAD, title_justify="left", padding=(0, 1, 0, 0))
    for name in columns:
        empty.add_column(name, justify="left" if name.startswith("metric") else "right", no_wrap=True)
    return empty
