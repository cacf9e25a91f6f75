"""The gradient adversary: descend the scaled slack from many starts, through smoother problems to the sharp one."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ncverify.falsification.batch import INSIDE, BatchedGoal, Evaluation
from ncverify.falsification.feasible import depth, enter, reach
from ncverify.falsification.lbfgs import minimise

# (temperature of soft min and max, weight of unmet hypotheses): from smooth and lax to sharp and strict. The penalties
# alone would leave a gap of the order 1/weight; multipliers, updated after every round, close it.
FREE = ((0.1, 0.0), (0.01, 0.0), (0.0, 0.0))
CONSTRAINED = ((0.1, 1.0), (0.01, 10.0), (1e-3, 300.0), (0.0, 1e4))
_LAX_CALLS = 80  # of the first two rounds: longer, lax hypotheses let the points run away
_RARE = 0.125  # share of starts that meet the hypotheses, below which they are first led to where these are met
_NARROW = 0.01  # depth of a region, relative, in which the lax rounds would only lose the way
_STIFF = (0.1, 1.0, 10.0)  # weights times the depth of the region where rare hypotheses are met


@dataclass
class Attack:
    """Where an attack ended, on the host.

    Attributes:
        x: the best applicable row per start (the last row where none was applicable), shape (B, D).
        distance: how far its conclusion is from failing, shape (B,); infinite where none was applicable.
        applicable: whether an applicable row was met, per start.
        evaluations: evaluations of a row that were spent.
    """

    x: torch.Tensor
    distance: torch.Tensor
    applicable: torch.Tensor
    evaluations: int


class Best:
    """The applicable row with the smallest distance seen so far, per start."""

    def __init__(self, goal: BatchedGoal, x: torch.Tensor) -> None:
        self.goal, self.x, self.evaluations, self.calls = goal, x.clone(), 0, 0
        self.distance = x.new_full((len(x),), torch.inf)

    @property
    def found(self) -> bool:
        """Whether any applicable row was met."""
        return bool(torch.isfinite(self.distance).any())

    def glance(self, x: torch.Tensor) -> None:
        """Looks at every fourth step: a look costs as much as a step."""
        self.calls += 1
        if self.calls % 4 == 0:
            self.see(x)

    def see(self, x: torch.Tensor) -> Evaluation:
        """What the rows show; the best of them are kept."""
        evaluation = self.goal.evaluate(x)
        self.evaluations += len(x)
        better = evaluation.applicable & (evaluation.distance < self.distance)
        self.x = torch.where(better[:, None], x, self.x)
        self.distance = torch.where(better, evaluation.distance, self.distance)
        return evaluation


def attack(goal: BatchedGoal, x: torch.Tensor, calls: int = 80) -> Attack:
    """Descends from every row of x, on the device of the goal.

    Args:
        goal: what to violate.
        x: starts, shape (B, D).
        calls: of the objective in each round.
    """
    x = x.to(goal.device)
    best = Best(goal, x)
    met = best.see(x).applicable
    constrained = bool(goal.goal.hypotheses)
    schedule = CONSTRAINED if constrained else FREE
    rounds = [(s, w, calls if turn > 1 else min(calls, _LAX_CALLS)) for turn, (s, w) in enumerate(schedule)]
    x, spent = descend(best, x, rounds)
    if constrained:
        _towards(best, x)
        spent += enter(goal, x, best.see)
    if constrained and float(met.to(x.dtype).mean()) < _RARE:
        x, used = reach(goal, x, calls, best.see)
        spent += used
        if best.found and depth(goal, best.x) < _NARROW:
            x, used = _within(best, calls)
            spent += used
            _towards(best, x)
    missing = torch.isinf(best.distance)
    best.x = torch.where(missing[:, None], x, best.x)
    return Attack(best.x.cpu(), best.distance.cpu(), ~missing.cpu(), spent + best.evaluations)


def descend(best: Best, x: torch.Tensor, rounds: list[tuple[float, float, int]]) -> tuple[torch.Tensor, int]:
    """The rows after rounds of (temperature, weight of unmet hypotheses, calls), and the evaluations spent."""
    goal, spent = best.goal, 0
    forces = x.new_zeros((len(x), len(goal.goal.hypotheses)))
    for smoothing, weight, calls in rounds:
        x, used = minimise(goal.objective(smoothing, weight, forces), x, calls=calls, watch=best.glance)
        best.see(x)
        spent += used
        if weight > 0:
            forces = torch.relu(forces + 2 * weight * torch.nan_to_num(INSIDE - goal.hypotheses(x, smoothing)))
    return x, spent


def _within(best: Best, calls: int) -> tuple[torch.Tensor, int]:
    """Descends along a thin region where the hypotheses are met: penalties as steep as it is narrow."""
    wide = depth(best.goal, best.x)
    return descend(best, best.x, [(wide / 25, stiffness / wide, calls) for stiffness in _STIFF])


def _towards(best: Best, x: torch.Tensor) -> None:
    """Approaches the last, perhaps inapplicable, rows from the best applicable ones, by bisection."""
    inside, outside = best.x.clone(), x
    if bool(best.see(x).applicable.all()):
        return
    for _ in range(30):
        middle = 0.5 * (inside + outside)
        evaluation = best.see(middle)
        inside = torch.where(evaluation.applicable[:, None], middle, inside)
        outside = torch.where(evaluation.applicable[:, None], outside, middle)
