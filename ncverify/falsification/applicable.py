"""Points that meet the hypotheses of a statement: by construction, by a descent, or beside a variety."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch

from ncverify.errors import StatementError
from ncverify.falsification import layouts
from ncverify.falsification.batch import BatchedGoal
from ncverify.falsification.equations import equations
from ncverify.falsification.feasible import reach
from ncverify.falsification.variety import Variety
from ncverify.space.layout import Layout
from ncverify.statements.reading import Goal, goals
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
    packed = [layouts.layout_of(over, shape) for shape in chosen[1:3] + chosen[:1] + chosen[3:]]
    starts_of = cache(lambda layout: _starts(layout, seed))
    found = [_rows(goal, statement.name, packed, starts_of, want) for goal in goals(statement)]
    return [row for rows in itertools.zip_longest(*found) for row in rows if row is not None]


def _rows(goal: Goal, name: str, packed: list[Layout], starts_of: Callable[[Layout], _Starts], want: int) -> list[Row]:
    """Rows for one goal: simple and random ones, and where these are few in all shapes, those that a search finds."""
    rows: list[Row] = []
    alone = replace(goal, conclusion=lambda _: True, slack=None)
    batched = [BatchedGoal(alone, layout, name) for layout in packed]
    for find, enough in ((_among, 2 * want), (_descended, want), (_on_variety, want)):
        for at in batched:
            if len(rows) >= enough:
                break
            starts = starts_of(at.layout)
            with contextlib.suppress(StatementError, RuntimeError):  # a formula that cannot be vectorised or followed
                rows += [Row(at.layout, row) for row in find(at, starts, want)]
    return rows


class _Starts(NamedTuple):
    """Rows of one shape: with entries of order one, simple ones, and those of the search's random starts."""

    layout: Layout
    ordinary: Any
    simple: Any
    random: Any


def _starts(layout: Layout, seed: int) -> _Starts:
    rng = np.random.default_rng((seed, *layouts.key(layout.sizes)))
    ordinary = layouts.ordinary(layout, _ROWS, rng)
    simple = _tame(layouts.structured(layout))
    simple = simple[rng.permutation(len(simple))[: 4 * _ROWS]]
    return _Starts(layout, ordinary, simple, _tame(layouts.random(layout, _ROWS, rng)))


def _among(goal: BatchedGoal, starts: _Starts, want: int) -> list[Any]:
    return _met(goal, want, starts.ordinary, starts.simple, starts.random)


def _descended(goal: BatchedGoal, starts: _Starts, want: int) -> list[Any]:
    start = torch.as_tensor(starts.ordinary[: _ROWS // 2])
    if not starts.layout.size or not goal.goal.hypotheses or goal.has_thin_hypothesis(start):
        return []
    return _met(goal, want, reach(goal, start, 20, goal.evaluate, want / len(start))[0].numpy())


def _on_variety(goal: BatchedGoal, starts: _Starts, want: int) -> list[Any]:
    """The rows brought onto the set where the equality hypotheses hold, as far as there is one."""
    if not starts.layout.plain or not starts.layout.size:
        return []
    rows = np.concatenate([starts.simple[:want], starts.ordinary[:want]])
    polynomials = equations(goal, rows.shape[1])
    if not polynomials:
        return []
    with np.errstate(all="ignore"):
        return _met(goal, want, Variety(polynomials).nearest(rows))


def _met(goal: BatchedGoal, want: int, *kinds: Any) -> list[Any]:
    """Rows that meet the hypotheses, of each kind in turn, those farthest inside first."""
    rows = np.concatenate(kinds)
    if not len(rows):
        return []
    seen = goal.evaluate(torch.as_tensor(rows))
    depth = torch.where(seen.applicable, torch.nan_to_num(seen.hypotheses, nan=-1.0), -torch.inf).numpy()
    inside = []
    for kind, here in zip(kinds, np.split(depth, np.cumsum([len(kind) for kind in kinds])[:-1]), strict=True):
        inside.append([kind[i] for i in np.argsort(-here, stable=True) if here[i] > -np.inf])
    return [row for turn in itertools.zip_longest(*inside) for row in turn if row is not None][:want]


def _tame(rows: Any) -> Any:
    """Rows whose coordinates are zero or of ordinary size."""
    sizes = np.abs(rows)
    inside = (sizes == 0) | ((sizes < 2.0**_TAME) & (sizes > 2.0**-_TAME))
    return rows[inside.all(axis=1)]
