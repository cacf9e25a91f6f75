"""Points that meet the hypotheses of a statement: by construction, by a descent, or beside a variety."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ncverify.errors import StatementError
from ncverify.falsification import layouts
from ncverify.falsification.batch import BatchedGoal
from ncverify.falsification.equations import equations
from ncverify.falsification.feasible import reach
from ncverify.falsification.variety import Variety
from ncverify.space.layout import Layout
from ncverify.statements.reading import goals
from ncverify.statements.types import Statement

_TAME = 20  # binary exponents: such points exist in every floating format, and so do their squares and products
_ROWS = 64  # random points of each kind that are looked at
_SHAPES = 4  # that are looked at, at most


@dataclass(frozen=True)
class Row:
    """Coordinates of a point: of which shape, and how they are packed.

    Attributes:
        layout: the packing.
        entries: the row, NumPy float64.
    """

    layout: Layout
    entries: Any


def applicable(statement: Statement, over: layouts.Over, seed: int, want: int) -> list[Row]:
    """Rows at which float64 says that some goal of a statement has its hypotheses met; fewer where it finds no more.

    Args:
        statement: about points.
        over: its domain.
        seed: of every random choice.
        want: how many are enough.
    """
    shapes: list[Any] = list(over.shapes())
    chosen = [shapes[i] for i in sorted({round(k * (len(shapes) - 1) / (_SHAPES - 1)) for k in range(_SHAPES)})]
    applicable_rows: list[Row] = []
    for shape in chosen[1:3] + chosen[:1] + chosen[3:]:
        layout = layouts.layout_of(over, shape)
        for goal in goals(statement):
            batched = BatchedGoal(goal, layout, statement.name)
            rows = _rows(batched, np.random.default_rng((seed, *layouts.key(shape))), want)
            applicable_rows += [Row(layout, row) for row in rows]
        if len(applicable_rows) >= 2 * want:
            break
    return applicable_rows


def _rows(goal: BatchedGoal, rng: np.random.Generator, want: int) -> list[Any]:
    """Rows of one shape: simple and random ones that qualify; where they are few, those that a descent finds."""
    layout = goal.layout
    ordinary = layouts.ordinary(layout, _ROWS, rng)
    simple = _tame(layouts.structured(layout))
    simple = simple[rng.permutation(len(simple))[: 4 * _ROWS]]
    random = _tame(layouts.random(layout, _ROWS, rng))
    try:
        met = _met(goal, np.concatenate([ordinary, simple, random]), want)
        start = torch.as_tensor(ordinary[: _ROWS // 2])
        if len(met) < want and layout.size and not goal.has_thin_hypothesis(start):
            enough = (want - len(met)) / len(start)
            met += _met(goal, reach(goal, start, 20, goal.evaluate, enough)[0].numpy(), want)
        if len(met) < want and layout.plain and layout.size:
            met += _met(goal, _on_variety(goal, np.concatenate([simple[:want], ordinary[:want]])), want)
    except (StatementError, RuntimeError):
        return []
    return met


def _on_variety(goal: BatchedGoal, rows: Any) -> Any:
    """The rows brought onto the set where the equality hypotheses hold, as far as there is one."""
    polynomials = equations(goal, rows.shape[1])
    if not polynomials:
        return rows[:0]
    with np.errstate(all="ignore"):
        return Variety(polynomials).nearest(rows)


def _met(goal: BatchedGoal, rows: Any, want: int) -> list[Any]:
    if not len(rows):
        return []
    seen = goal.evaluate(torch.as_tensor(rows))
    depth = torch.where(seen.applicable, torch.nan_to_num(seen.hypotheses, nan=-1.0), -torch.inf)
    order = torch.argsort(depth, descending=True, stable=True).tolist()
    kept = [rows[i] for i in order if bool(seen.applicable[i])]
    return kept[:want]


def _tame(rows: Any) -> Any:
    """Rows whose coordinates are zero or of ordinary size."""
    sizes = np.abs(rows)
    inside = (sizes == 0) | ((sizes < 2.0**_TAME) & (sizes > 2.0**-_TAME))
    return rows[inside.all(axis=1)]
