"""Trends: trajectories from many starts, believed where the starts of a shape agree.

A finite trajectory cannot contradict a limit; it can only look as if. One start may still be in its transient at the
horizon, near a saddle for instance, so a shape counts as a violation only if all of its ordinary starts look alike, or
if a start does not move at all.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ncverify.errors import StatementError
from ncverify.falsification import layouts
from ncverify.falsification.exact import judge
from ncverify.falsification.tasks import Outcome, Task
from ncverify.statements._described import described, raised_at
from ncverify.statements.reading import goals
from ncverify.statements.types import Trend

_ORDINARY = 6  # starts of a shape
_GRID = 16  # their coordinates are multiples of 1/16, which makes them simple witnesses
_STRUCTURED = 8


def sample(trend: Trend, task: Task, outcome: Outcome) -> Outcome:
    """The outcome of running the trajectories of one shape.

    Raises:
        StatementError: the trend cannot be evaluated at an ordinary start.
    """
    if task.stage == "structured":
        rows = layouts.structured(task.layout, with_simplex=task.with_simplex)[:_STRUCTURED]
    else:
        rows = _ordinary(task)
    points = [task.layout.point(row) for row in rows]
    violating, met = [], 0
    for point in points:
        seen = _look(trend, point, outcome, strict=task.stage == "random")
        met += seen is not None
        if seen is False and (task.stage == "random" or _rests(trend, point)):
            violating.append(point)
    outcome.met += met
    if violating and (task.stage == "structured" or len(violating) == met):
        _confirm(trend, violating, outcome)
    return outcome


def _ordinary(task: Task) -> Any:
    """Gaussian starts of order one, as rows of coordinates."""
    rng = np.random.default_rng(task.seed)
    return np.round(_GRID * rng.standard_normal((_ORDINARY, task.layout.size))) / _GRID


def _look(trend: Trend, point: Any, outcome: Outcome, *, strict: bool) -> bool | None:
    """Whether floats see the trend hold at a start; None where its hypotheses fail or it has no value there."""
    (goal,) = goals(trend)
    outcome.tried += 1
    outcome.sampled += 1
    try:
        with np.errstate(all="ignore"):
            if not all(bool(hypothesis(point)) for hypothesis in goal.hypotheses):
                return None
            holds = bool(goal.conclusion(point))
    except Exception as error:
        if not strict:  # a structured start may lie where the trend has no value
            outcome.undefined += 1
            return None
        if isinstance(error, StatementError):
            raise
        what = f"{trend.name!r} raised {type(error).__name__}: {error}{raised_at(error)}"
        raise StatementError(f"{what}, from {described(point)}") from error
    outcome.applicable += 1
    return holds


def _rests(trend: Trend, point: Any) -> bool:
    """Whether a trajectory never leaves its start."""
    return all(
        np.array_equal(np.asarray(q.variables[name]), value)
        for _, q in trend.trajectory(point)
        for name, value in point.variables.items()
    )


def _confirm(trend: Trend, violating: list[Any], outcome: Outcome) -> None:
    for point in violating:
        result = judge(trend, point)
        if result.violated:
            outcome.violation, outcome.arithmetic = point, result.arithmetic
            return
        outcome.undecided += result.applicable is not False and result.holds is None
