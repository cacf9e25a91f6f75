"""Gradient descent with a fixed learning rate on the loss as printed, a sum, or on its mean."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from ncverify.arguments import Count, Positive
from ncverify.flow.field import Field, Vector
from ncverify.flow.invariants import conserved, relative_drift
from ncverify.flow.records import Recorded
from ncverify.flow.trajectory import Trajectory, assemble
from ncverify.numbers import to_numpy
from ncverify.point import Point

_FAR = 1e70  # from here on fourth powers of coordinates overflow


def gradient_descent(
    start: Point,
    *,
    learning_rate: Positive,
    steps: Count,
    loss: Literal["sum", "mean"] = "sum",
    record: Sequence[int] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Trajectory:
    """The trajectory of gradient descent; a divergence ends it and is reported with its step.

    Time t is the number of steps times the learning rate, in the clock of the flow of the summed loss (for the mean
    loss divided by the number of samples). The drift of the conserved quantities tells how far the descent is from the
    flow. `settings` has "rises", the number of steps that raised the loss, and "diverged_at", the step that would have
    led to coordinates above 1e70 (the last row is the point before it), or None.

    Args:
        start: any point.
        learning_rate: positive.
        steps: how many, at least one.
        loss: "sum" as (2.3) is printed, or "mean" over the K n samples.
        record: steps to record, increasing; by default about 20 for each decade. Start and end are always recorded.
        progress: called with the number of each step.

    Raises:
        ValueError: a learning rate or a number of steps that is not positive, or another loss.

    Example:
        >>> import numpy as np
        >>> from ncverify import Point
        >>> start = Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -0.5]]))
        >>> path = gradient_descent(start, learning_rate=0.1, steps=100, record=[10])
        >>> path.ended, len(path), path.settings["diverged_at"]
        ('100 steps', 3, None)
    """
    if not (learning_rate > 0 and math.isfinite(learning_rate)) or steps < 1:
        raise ValueError(f"learning_rate, steps: expected positive numbers, got {learning_rate} and {steps}")
    if loss not in ("sum", "mean"):
        raise ValueError(f"loss: expected 'sum' or 'mean', got {loss!r}")
    start = start.map(lambda a: np.array(to_numpy(a), dtype=np.float64))
    field = Field.of(start)
    rate = learning_rate / (start.K * start.n if loss == "mean" else 1)
    wanted = set(_grid(steps) if record is None else record) | {steps}
    origin = conserved(start)
    rows = [Recorded(start, -math.inf, 0.0, 0.0)]

    def keep(x: Vector, step: int) -> None:
        point = field.point(x)
        drift = max(rows[-1].drift, relative_drift(origin, point.W, point.H))
        rows.append(Recorded(point, math.log(max(step, 1) * rate), math.nan, drift))

    x, local, rises, diverged_at = field.pack(start), field.at(field.pack(start)), 0, None
    for step in range(1, steps + 1):
        with np.errstate(over="ignore", invalid="ignore"):
            after = x - (rate * math.exp(local.log_loss)) * local.gradient
        if not float(np.abs(after).max()) < _FAR:
            diverged_at = step
            keep(x, step - 1)
            break
        x, before = after, local.log_loss
        local = field.at(x)
        rises += local.log_loss > before
        if step in wanted:
            keep(x, step)
        if progress is not None:
            progress(step)
    settings = {
        "learning_rate": learning_rate,
        "loss": loss,
        "steps": steps,
        "rises": int(rises),
        "diverged_at": diverged_at,
    }
    ended = f"{steps} steps" if diverged_at is None else f"diverged at step {diverged_at}"
    return assemble(rows, origin, settings=settings, ended=ended)


def _grid(steps: int) -> list[int]:
    return sorted({round(s) for s in np.geomspace(1, steps, max(2, round(20 * math.log10(steps)) + 1)).tolist()})
