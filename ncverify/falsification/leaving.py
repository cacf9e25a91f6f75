"""Away from where a slack ties: descents that all end on one subspace are sent off again with a slope away from it.

A slack that is zero on a whole set and flat there, W = 0 or zero scatter, attracts every descent, and in floats nothing
can be told beside it. Divided by a power of the distance from that set its sign is the same, and its slope is not lost.
What varies along the set alone is weaker still: a second descent keeps the distance and follows nothing else.
"""

from __future__ import annotations

import torch

from ncverify.falsification.adversary import Attack
from ncverify.falsification.batch import BatchedGoal
from ncverify.falsification.lbfgs import Objective, minimise

_TIE = 1e-7  # distances below this are those of a tie
_ON = 1e-2  # relative singular values below this are zero: descents stop beside the set, not on it
_FAR = 1e3  # norms beyond this, or below its inverse, say nothing about a set
_SIMPLE = 6  # largest denominator in the projection onto a subspace of simple equations
_WALL = 0.1  # squared distance from the set: nearer, floats see noise
_LONGER = 3  # times the calls of an attack: what is left of the slope may be weak
_WIDE = 3.0  # starts along the subspace lie this far out, too
_POWERS = (2.0,)  # of the distance from the set


def complement(rows: torch.Tensor) -> torch.Tensor | None:
    """Orthonormal rows (r, D) that vanish on the smallest subspace containing most of the rows; None if they fill all.

    Args:
        rows: ends of descents, shape (B, D).
    """
    sizes = rows.norm(dim=1, keepdim=True)
    ordinary = (sizes[:, 0] > 1 / _FAR) & (sizes[:, 0] < _FAR)  # others tie by their size alone
    unit = rows[ordinary] / sizes[ordinary]
    if len(unit) < 2:
        return None
    vanish = (unit.abs() < _ON).double().mean(0) > 0.5  # most often single coordinates vanish: W = 0
    if bool(vanish.any()) and not bool(vanish.all()):
        return torch.eye(rows.shape[1], dtype=rows.dtype, device=rows.device)[vanish]
    if len(unit) <= rows.shape[1]:
        return None
    _, values, axes = torch.linalg.svd(unit, full_matrices=True)
    below = values < _ON * values[0]
    return _sharpened(axes[: len(values)][below]) if bool(below.any()) else None


def _sharpened(normals: torch.Tensor) -> torch.Tensor:
    """The rows for the subspace of simple equations that they are near, such as w_1 = w_2; themselves where none is."""
    near = normals.T @ normals
    choices = torch.stack([torch.round(near * q) / q for q in range(1, _SIMPLE + 1)])
    simple = choices.gather(0, (choices - near).abs().round(decimals=2).argmin(0, keepdim=True))[0]
    if (simple @ simple - simple).abs().max() > 1e-9 or round(float(simple.trace())) != len(normals):
        return normals
    axes: torch.Tensor = torch.linalg.eigh(simple)[1].T
    return axes[-len(normals) :]


def leave(goal: BatchedGoal, x: torch.Tensor, ended: Attack, calls: int) -> tuple[torch.Tensor, int] | None:
    """Where descents end that keep away from the ties of earlier ones, and the evaluations; None without ties.

    Args:
        goal: without hypotheses.
        x: fresh starts, shape (B, D).
        ended: the attack from them.
        calls: of the objective for each power.
    """
    tied = ended.applicable & (ended.distance.abs() < _TIE)
    normals = complement(ended.x[tied]) if 2 * int(tied.sum()) >= len(x) else None
    if normals is None:
        return None
    x, normals = x.to(goal.device), normals.to(goal.device)
    powers = x.new_tensor(_POWERS).repeat_interleave(len(x))  # all at once: a call with thrice the rows costs the same
    divided = _divided(goal.objective(0.0, 0.0), normals, powers)
    moved, spent = minimise(divided, x.repeat(len(_POWERS), 1), calls=_LONGER * calls)
    beside = _at_distance_one(x, normals)
    along, used = minimise(_along(goal.objective(0.0, 0.0), beside, normals), beside, calls=_LONGER * calls)
    return torch.cat([moved, along]).cpu(), spent + used


def _at_distance_one(x: torch.Tensor, normals: torch.Tensor) -> torch.Tensor:
    """Rows at the distance one from the subspace, and of the sizes one and `_WIDE` in turn along it."""
    sizes = x.new_tensor([1.0, _WIDE]).repeat((len(x) + 1) // 2)[: len(x), None]
    x = sizes * x / x.abs().amax(1, keepdim=True).clamp_min(1e-300)
    away = x @ normals.T
    lengths: torch.Tensor = away.norm(dim=1, keepdim=True).clamp_min(1e-300)
    return x + (away / lengths - away) @ normals


def _along(objective: Objective, start: torch.Tensor, normals: torch.Tensor) -> Objective:
    """The objective along the subspace alone, in units of its slope at the start: a weak one is not drowned then."""

    def slope(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        slopes, values = objective(x)
        return slopes - (slopes @ normals.T) @ normals, values

    slopes, plateau = slope(start)
    unit = slopes.norm(dim=1).clamp_min(1e-300)

    def along(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        slopes, values = slope(x)
        return slopes / unit[:, None], (values - plateau) / unit

    return along


def _divided(objective: Objective, normals: torch.Tensor, power: torch.Tensor) -> Objective:
    """The objective over the distance from the subspace, to a power of each row, with a wall around the subspace."""

    def divided(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        slopes, values = objective(x)
        away = x @ normals.T
        square, outward = away.square().sum(1), 2 * away @ normals  # the squared distance and its gradient
        inside = torch.relu(1 - square / _WALL)
        below = square.clamp_min(_WALL) ** (power / 2)
        growth = torch.where(square > _WALL, power / 2 * below / square.clamp_min(_WALL), 0.0)
        change = values / below**2 * growth + 2 * inside / _WALL
        return slopes / below[:, None] - change[:, None] * outward, values / below + inside.square()

    return divided
