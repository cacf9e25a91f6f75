"""To where the hypotheses are met, and into thin corners.

Two ways, both with an aim beyond the edge that shrinks from step to step: where two hypotheses leave a corridor between
them, the aim is at last smaller than its width, however thin it is. `reach` comes from far off, by least squares on all
hypotheses together and without a look at the conclusion, which would pull the rows out again. `enter` makes the last
steps, by Newton's method on the hypothesis that fails most.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from ncverify.falsification.batch import BatchedGoal, Evaluation
from ncverify.falsification.lbfgs import minimise

_WAY = tuple(10.0 ** (-1 - step) for step in range(6))  # aims from far off; temperatures of soft minima, too
_CALLS = 40  # of the objective for each of them, at most
_AIMS = tuple(10.0 ** (-1 - step) for step in range(14))  # distances are relative: down to rounding level


def reach(
    goal: BatchedGoal, x: torch.Tensor, calls: int, see: Callable[[torch.Tensor], Evaluation], enough: float = 0.5
) -> tuple[torch.Tensor, int]:
    """The rows led to where all hypotheses are met, as far as that succeeds, and the evaluations spent without looks.

    Args:
        goal: what is attacked.
        x: rows that miss a hypothesis.
        calls: of the objective for each aim, at most 40.
        see: called with the rows after every aim.
        enough: share of the rows that meet all hypotheses at which it ends.
    """
    spent, met = 0, see(x).applicable
    for aim in _WAY:
        moved, used = minimise(goal.shortfall(aim, aim), x, calls=min(calls, _CALLS))
        x = torch.where(met[:, None], x, moved)
        met = met | see(x).applicable
        spent += used
        if int(met.sum()) >= enough * len(x):
            break
    return x, spent


def depth(goal: BatchedGoal, x: torch.Tensor) -> float:
    """How far inside their hypotheses rows get, relative; of the middle one of the rows that meet them."""
    evaluation = goal.evaluate(x)
    inside = evaluation.hypotheses[evaluation.applicable]
    return min(1.0, max(1e-9, float(inside.median())))


def enter(goal: BatchedGoal, x: torch.Tensor, see: Callable[[torch.Tensor], object]) -> int:
    """Moves rows towards meeting all hypotheses; returns how many evaluations of a row were spent, without looks.

    Args:
        goal: what is attacked.
        x: rows that miss a hypothesis.
        see: called with the rows after every step.
    """
    least = goal.least_hypothesis()
    for turn, aim in enumerate(_AIMS):
        gradient, value = least(x)
        if bool((value > 0).all()):
            return (turn + 1) * len(x)
        square = (gradient * gradient).sum(1)
        usable = torch.isfinite(value) & torch.isfinite(square) & (square > 0) & (value <= 0)
        step = torch.where(usable, (aim - value) / torch.where(usable, square, 1.0), 0.0)
        length = step * square.sqrt()
        limit = x.norm(dim=1) / 2  # a longer step would not be Newton's any more
        step = torch.where(length > limit, step * limit / length.clamp_min(1e-300), step)
        x = x + torch.nan_to_num(step[:, None] * gradient)
        see(x)
    return len(_AIMS) * len(x)
