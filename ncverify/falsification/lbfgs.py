"""L-BFGS for many independent problems at once: every row of x descends its own function, at its own pace.

All rows share each call of the objective. A row whose step was refused tries a shorter one in the next call, while the
others already go on: no row waits for another's line search.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

Objective = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
_MEMORY, _SHORTENINGS, _ARMIJO, _PATIENCE = 8, 5, 1e-4, 3
_NOISE = 1e-15  # objectives are scaled: progress below this is rounding


def minimise(
    objective: Objective, x: torch.Tensor, *, calls: int, watch: Callable[[torch.Tensor], None] | None = None
) -> tuple[torch.Tensor, int]:
    """The rows of x after descent, and how many evaluations of a row were spent.

    Args:
        objective: rows (B, D) to (gradients (B, D), values (B,)).
        x: starting rows.
        calls: of the objective at most.
        watch: called with the rows after every call.
    """
    rows = _Rows(x, *_finite(*objective(x)))
    spent = 1
    while spent < calls and bool(rows.active.any()):
        rows.advance(*_finite(*objective(rows.trial())))
        spent += 1
        if watch is not None:
            watch(rows.x)
    return rows.x, spent * len(x)


def _finite(gradient: torch.Tensor, value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    good = torch.isfinite(value) & torch.isfinite(gradient).all(1)
    return torch.where(good[:, None], gradient, 0.0), torch.where(good, value, torch.inf)


class _Rows:
    """Where each row stands: its point, its step under trial, and what it remembers of earlier steps."""

    def __init__(self, x: torch.Tensor, gradient: torch.Tensor, value: torch.Tensor) -> None:
        self.x, self.gradient, self.value = x, gradient, value
        self.moves = x.new_zeros((len(x), _MEMORY, x.shape[1]))
        self.turns = torch.zeros_like(self.moves)
        self.refusals = x.new_zeros(len(x), dtype=torch.int64)
        self.failures = torch.zeros_like(self.refusals)
        self.direction = -gradient
        self.length = 0.1 * self._reach(self.direction)

    @property
    def active(self) -> torch.Tensor:
        """Rows that have not failed to progress too often."""
        return self.failures < _PATIENCE

    def trial(self) -> torch.Tensor:
        """The point that each row tries next."""
        return self.x + self.length[:, None] * self.direction

    def advance(self, gradient: torch.Tensor, value: torch.Tensor) -> None:
        """Takes or refuses the steps under trial by Armijo's rule, and plans the next ones."""
        slope = (self.direction * self.gradient).sum(1)
        taken = self.active & (slope < 0) & (value <= self.value + _ARMIJO * self.length * slope)
        progress = taken & (self.value - value > _NOISE + 1e-9 * self.value.abs())
        self.refusals = torch.where(taken, 0, self.refusals + 1)
        exhausted = (self.refusals >= _SHORTENINGS) | (slope >= 0)
        self.failures = torch.where(progress, 0, self.failures + (taken | exhausted))
        self._take(taken, gradient, value)
        self._plan(taken | exhausted)

    def _take(self, taken: torch.Tensor, gradient: torch.Tensor, value: torch.Tensor) -> None:
        step = self.length[:, None] * self.direction
        self.moves = _remembered(self.moves, step, taken)
        self.turns = _remembered(self.turns, gradient - self.gradient, taken)
        self.x = torch.where(taken[:, None], self.x + step, self.x)
        self.gradient = torch.where(taken[:, None], gradient, self.gradient)
        self.value = torch.where(taken, value, self.value)

    def _plan(self, anew: torch.Tensor) -> None:
        """A new direction for the rows `anew`, a shorter step for the others; downhill itself after a failure."""
        fresh = -_inverse_hessian_product(self.gradient, self.moves, self.turns)
        uphill = ~((fresh * self.gradient).sum(1) < 0) | (self.failures > 0)
        fresh = torch.where(uphill[:, None], -self.gradient, fresh)
        self.direction = torch.where(anew[:, None], fresh, self.direction)
        self.length = torch.where(anew, self._reach(fresh).clamp_max(1.0), self.length / 8)
        self.refusals = torch.where(anew, 0, self.refusals)

    def _reach(self, direction: torch.Tensor) -> torch.Tensor:
        """The length of a step of the size of the point; a longer one is never tried."""
        reach: torch.Tensor = self.x.norm(dim=1) / direction.norm(dim=1).clamp_min(1e-300)
        return reach


def _remembered(memory: torch.Tensor, new: torch.Tensor, taken: torch.Tensor) -> torch.Tensor:
    """The memory with the newest entry last, for the rows whose step was taken."""
    return torch.where(taken[:, None, None], torch.cat([memory[:, 1:], new[:, None]], dim=1), memory)


def _inverse_hessian_product(gradient: torch.Tensor, moves: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    """The inverse Hessian estimate applied to the gradient; rows without curvature keep the gradient.

    With steps S and changes Y of the gradient as rows, R the upper triangle of S Y^T and D its diagonal, the two loops
    of L-BFGS are two triangular systems: a = R^-1 S g, then r = scale (g - Y^T a), and r + S^T R^-T (D a - Y r)
    (Byrd, Nocedal and Schnabel, 1994, Theorem 2.2).
    """
    products = moves @ turns.mT
    curvature = products.diagonal(dim1=1, dim2=2)
    known = (curvature > 1e-300)[..., None]
    unit = torch.ones_like(products).triu().tril()
    triangle = torch.where(known & known.mT, products, ~known * unit).triu()
    square = (turns[:, -1] * turns[:, -1]).sum(1)
    scale = torch.where(known[:, -1, 0] & (square > 0), curvature[:, -1] / square, 1.0)[:, None]
    a = torch.linalg.solve_triangular(triangle, known * (moves @ gradient[..., None]), upper=True)
    r = scale * (gradient - (a * turns).sum(1))
    rest = known * (curvature[..., None] * a - turns @ r[..., None])
    product: torch.Tensor = r + (torch.linalg.solve_triangular(triangle.mT, rest, upper=False) * moves).sum(1)
    return product
