"""L-BFGS for many independent problems at once: every row of x descends its own function, at its own pace.

All rows share each call of the objective. A row whose step was refused tries a shorter one in the next call, while the
others already go on: no row waits for another's line search.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from array_api_compat import array_namespace

Objective = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
_MEMORY, _SHORTENINGS, _ARMIJO, _PATIENCE = 8, 5, 1e-4, 3
_NOISE = 1e-15  # objectives are scaled: progress below this is rounding


def minimise(
    objective: Objective, x: torch.Tensor, *, calls: int, watch: Callable[[torch.Tensor], None] | None = None
) -> tuple[torch.Tensor, int]:
    """The rows of x after descent, and how many evaluations of a row were spent.

    On the host steps are taken in NumPy, which is quicker on small arrays; on a device there.

    Args:
        objective: rows (B, D) to (gradients (B, D), values (B,)).
        x: starting rows.
        calls: of the objective at most.
        watch: called with the rows after every call.
    """
    array, tensor = (torch.Tensor.numpy, torch.from_numpy) if x.device.type == "cpu" else (_itself, _itself)

    def at(rows: Any) -> tuple[Any, Any]:
        return _finite(*map(array, objective(tensor(rows))))

    with np.errstate(all="ignore"):
        rows = _Rows(array(x), *at(array(x)))
        spent = 1
        while spent < calls and bool(rows.active.any()):
            rows.advance(*at(rows.trial()))
            spent += 1
            if watch is not None:
                watch(tensor(rows.x))
    return tensor(rows.x), spent * len(x)


def _itself(array: Any) -> Any:
    return array


def _finite(gradient: Any, value: Any) -> tuple[Any, Any]:
    xp = array_namespace(value)
    good = xp.isfinite(value) & xp.all(xp.isfinite(gradient), axis=1)
    return xp.where(good[:, None], gradient, 0.0), xp.where(good, value, xp.inf)


class _Rows:
    """Where each row stands: its point, its step under trial, and what it remembers of earlier steps.

    Args:
        x: rows (B, D), an array of NumPy or PyTorch.
        gradient: at x.
        value: at x, shape (B,).
    """

    def __init__(self, x: Any, gradient: Any, value: Any) -> None:
        self.xp = array_namespace(x)
        self.x, self.gradient, self.value = x, gradient, value
        self.moves = self.turns = self.xp.stack([self.xp.zeros_like(x)] * _MEMORY)
        self.refusals = self.failures = self.xp.zeros_like(value)
        self.direction = -gradient
        self.length = 0.1 * self._reach(self.direction)

    @property
    def active(self) -> Any:
        """Rows that have not failed to progress too often."""
        return self.failures < _PATIENCE

    def trial(self) -> Any:
        """The point that each row tries next."""
        return self.x + self.length[:, None] * self.direction

    def advance(self, gradient: Any, value: Any) -> None:
        """Takes or refuses the steps under trial by Armijo's rule, and plans the next ones."""
        where, slope = self.xp.where, self.xp.vecdot(self.direction, self.gradient)
        taken = self.active & (slope < 0) & (value <= self.value + _ARMIJO * self.length * slope)
        progress = taken & (self.value - value > _NOISE + 1e-9 * abs(self.value))
        self.refusals = where(taken, 0.0, self.refusals + 1)
        exhausted = (self.refusals >= _SHORTENINGS) | (slope >= 0)
        anew = taken | exhausted
        self.failures = where(progress, 0.0, self.failures + where(anew, 1.0, 0.0))
        self._take(taken, gradient, value)
        self._plan(anew)

    def _take(self, taken: Any, gradient: Any, value: Any) -> None:
        where, step = self.xp.where, self.length[:, None] * self.direction
        self.moves = self._remembered(self.moves, step, taken)
        self.turns = self._remembered(self.turns, gradient - self.gradient, taken)
        self.x = where(taken[:, None], self.x + step, self.x)
        self.gradient = where(taken[:, None], gradient, self.gradient)
        self.value = where(taken, value, self.value)

    def _remembered(self, memory: Any, new: Any, taken: Any) -> Any:
        """The memory with the newest entry last, for the rows whose step was taken."""
        return self.xp.where(taken[:, None], self.xp.concat([memory[1:], new[None]]), memory)

    def _plan(self, anew: Any) -> None:
        """A new direction for the rows `anew`, a shorter step for the others; downhill itself after a failure."""
        where = self.xp.where
        fresh = -_inverse_hessian_product(self.gradient, self.moves, self.turns)
        uphill = ~(self.xp.vecdot(fresh, self.gradient) < 0) | (self.failures > 0)
        fresh = where(uphill[:, None], -self.gradient, fresh)
        self.direction = where(anew[:, None], fresh, self.direction)
        reach = self._reach(fresh)
        self.length = where(anew, where(reach < 1, reach, 1.0), self.length / 8)
        self.refusals = where(anew, 0.0, self.refusals)

    def _reach(self, direction: Any) -> Any:
        """The length of a step of the size of the point; a longer one is never tried."""
        square = self.xp.vecdot(direction, direction)
        return (self.xp.vecdot(self.x, self.x) / self.xp.where(square > 0, square, 1e-300)) ** 0.5


def _inverse_hessian_product(gradient: Any, moves: Any, turns: Any) -> Any:
    """The inverse Hessian estimate of L-BFGS applied to the gradient; rows without curvature keep the gradient.

    Args:
        gradient: rows (B, D).
        moves: earlier steps, the newest last, shape (memory, B, D).
        turns: the changes of the gradient with them.
    """
    xp = array_namespace(gradient)
    curvature = xp.vecdot(moves, turns)
    known = curvature > 1e-300
    inverse = xp.where(known, 1 / curvature, 0.0)
    product, weights = gradient, {}
    for i in reversed(range(_MEMORY)):
        weights[i] = inverse[i] * xp.vecdot(moves[i], product)
        product = product - weights[i][:, None] * turns[i]
    square = xp.vecdot(turns[-1], turns[-1])
    product = xp.where(known[-1] & (square > 0), curvature[-1] / square, 1.0)[:, None] * product
    for i in range(_MEMORY):
        product = product + (weights[i] - inverse[i] * xp.vecdot(turns[i], product))[:, None] * moves[i]
    return product
