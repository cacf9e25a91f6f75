"""Trends: trajectories from many starts, believed where the starts of a shape agree.

A finite trajectory cannot contradict a limit; it can only look as if. One start may still be in its transient at the
horizon, near a saddle for instance, so a shape counts as a violation only if all of its ordinary starts look alike, or
if a start does not move at all.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ncverify.errors import StatementError
from ncverify.falsification import starts
from ncverify.falsification.exact import judge
from ncverify.falsification.tasks import Outcome, Task
from ncverify.point import Point
from ncverify.statements._described import described, raised_at
from ncverify.statements.reading import claims
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
        W, H = starts.structured(task.layout.sizes, with_simplex=task.with_simplex)
        points = [Point(*pair) for pair in zip(W[:_STRUCTURED], H[:_STRUCTURED], strict=True)]
    else:
        points = _ordinary(task)
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


def _ordinary(task: Task) -> list[Point]:
    """Gaussian starts of order one."""
    K, n, d = task.layout.sizes
    rng = np.random.default_rng(task.seed)

    def drawn(*shape: int) -> Any:
        return np.round(_GRID * rng.standard_normal(shape)) / _GRID

    return [Point(drawn(K, d), drawn(d, K * n)) for _ in range(_ORDINARY)]


def _look(trend: Trend, point: Point, outcome: Outcome, *, strict: bool) -> bool | None:
    """Whether floats see the trend hold at a start; None where its hypotheses fail or it has no value there."""
    (claim,) = claims(trend)
    outcome.tried += 1
    outcome.sampled += 1
    try:
        with np.errstate(all="ignore"):
            if not all(bool(hypothesis(point)) for hypothesis in claim.hypotheses):
                return None
            holds = bool(claim.conclusion(point))
    except Exception as error:
        if not strict:  # a structured start may lie where the trend has no value
            outcome.undefined += 1
            return None
        if isinstance(error, StatementError):
            raise
        what = f"{trend.name!r} raised {type(error).__name__}"
        raise StatementError(f"{what} from {described(point)}: {error}{raised_at(error)}") from error
    outcome.applicable += 1
    return holds


def _rests(trend: Trend, point: Point) -> bool:
    """Whether a trajectory never leaves its start."""
    return all(
        np.array_equal(np.asarray(q.W), point.W) and np.array_equal(np.asarray(q.H), point.H)
        for _, q in trend.trajectory(point)
    )


def _confirm(trend: Trend, violating: list[Point], outcome: Outcome) -> None:
    for point in violating:
        result = judge(trend, point)
        if result.violated:
            outcome.violation, outcome.arithmetic = point, result.arithmetic
            return
        outcome.undecided += result.applicable is not False and result.holds is None
