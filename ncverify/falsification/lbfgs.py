"""L-BFGS for many independent problems at once: every row of x descends its own function."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch

Objective = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
_MEMORY, _HALVINGS, _ARMIJO, _PATIENCE = 8, 5, 1e-4, 3
_NOISE = 1e-15  # objectives are scaled: progress below this is rounding


def minimise(
    objective: Objective, x: torch.Tensor, *, iterations: int, watch: Callable[[torch.Tensor], None] | None = None
) -> tuple[torch.Tensor, int]:
    """The rows of x after descent, and how many evaluations of a row were spent.

    Args:
        objective: rows (B, D) to (gradients (B, D), values (B,)).
        x: starting rows.
        iterations: of the outer loop.
        watch: called with the rows after every step.
    """
    gradient, value = _finite(*objective(x))
    evaluations = len(x)
    steps: list[tuple[torch.Tensor, torch.Tensor]] = []
    failures = torch.zeros(len(x), dtype=torch.int64)
    for _ in range(iterations):
        active = failures < _PATIENCE
        if not bool(active.any()):
            break
        direction = -_two_loop(gradient, steps)
        uphill = ((direction * gradient).sum(1) >= 0) | (failures > 0)
        direction = torch.where(uphill[:, None], -gradient, direction)
        length = _first_length(x, gradient, direction, bool(steps))
        trial = _backtrack(objective, (x, gradient, value), direction, length, active)
        moved, new_gradient, new_value = trial.x, trial.gradient, trial.value
        evaluations += trial.evaluations
        stalled = trial.failed | (value - new_value <= _NOISE + 1e-9 * value.abs())
        failures = torch.where(active & stalled, failures + 1, torch.where(active, 0, failures))
        steps = [*steps[1 - _MEMORY :], (moved - x, new_gradient - gradient)]
        x, gradient, value = moved, new_gradient, new_value
        if watch is not None:
            watch(x)
    return x, evaluations


def _finite(gradient: torch.Tensor, value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    good = torch.isfinite(value) & torch.isfinite(gradient).all(1)
    return torch.where(good[:, None], gradient, 0.0), torch.where(good, value, torch.inf)


def _first_length(x: torch.Tensor, g: torch.Tensor, direction: torch.Tensor, has_memory: bool) -> torch.Tensor:
    """One for a quasi-Newton step, but never more than a step of the size of the point."""
    size = x.norm(dim=1)
    reach = size / direction.norm(dim=1).clamp_min(1e-300)
    return torch.minimum(torch.ones_like(reach), reach) if has_memory else 0.1 * reach


class _Trial(NamedTuple):
    x: torch.Tensor
    gradient: torch.Tensor
    value: torch.Tensor
    failed: torch.Tensor
    evaluations: int


def _backtrack(
    objective: Objective,
    state: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    direction: torch.Tensor,
    length: torch.Tensor,
    active: torch.Tensor,
) -> _Trial:
    """Armijo's rule for all active rows together; a row that finds no descent stays where it is."""
    x, gradient, value = state
    slope = (direction * gradient).sum(1)
    best, best_gradient, best_value = state
    waiting, spent = active & (slope < 0), 0
    for _ in range(_HALVINGS):
        if not bool(waiting.any()):
            break
        trial = x + length[:, None] * direction
        trial_gradient, trial_value = _finite(*objective(trial))
        spent += len(x)
        good = waiting & (trial_value <= value + _ARMIJO * length * slope)
        best = torch.where(good[:, None], trial, best)
        best_gradient = torch.where(good[:, None], trial_gradient, best_gradient)
        best_value = torch.where(good, trial_value, best_value)
        waiting = waiting & ~good
        length = length / 8
    return _Trial(best, best_gradient, best_value, waiting | (active & (slope >= 0)), spent)


def _two_loop(gradient: torch.Tensor, steps: list[tuple[torch.Tensor, torch.Tensor]]) -> torch.Tensor:
    """The inverse Hessian estimate applied to the gradient; rows without curvature keep the gradient."""
    q = gradient.clone()
    stack = []
    for s, y in reversed(steps):
        curvature = (s * y).sum(1)
        rho = torch.where(curvature > 1e-300, 1.0 / curvature, 0.0)
        alpha = rho * (s * q).sum(1)
        q = q - alpha[:, None] * y
        stack.append((s, y, rho, alpha))
    if steps:
        s, y = steps[-1]
        curvature, square = (s * y).sum(1), (y * y).sum(1)
        q = q * torch.where((curvature > 1e-300) & (square > 0), curvature / square, 1.0)[:, None]
    for s, y, rho, alpha in reversed(stack):
        q = q + (alpha - rho * (y * q).sum(1))[:, None] * s
    return q
