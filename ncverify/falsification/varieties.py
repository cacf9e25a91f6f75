"""The adversary under equality hypotheses: descend beside the variety, step onto it, and go to an exact point of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ncverify.errors import NotRationalError, StatementError
from ncverify.falsification.adversary import CONSTRAINED, Best, descend
from ncverify.falsification.batch import BatchedGoal
from ncverify.falsification.equations import deflated, equations, noted, tangent, with_roots, without_roots
from ncverify.falsification.exact import Judgement, judge
from ncverify.falsification.lifting import exact
from ncverify.falsification.variety import Variety, least_squares, within
from ncverify.numbers.algebraic import IRRATIONAL
from ncverify.numbers.rational import RATIONAL
from ncverify.space import charts
from ncverify.statements.types import Statement

_DENOMINATORS = (1, 2, 3, 4, 5, 8, 10, 16, 64, 1 << 12, 1 << 20)
_PROBES = (1, 4, 1 << 12)  # a row beside which none of these finds an exact point is a miss
_ROWS = 12  # beside which exact points are looked for
_BRIEF = 20  # calls of a round, below which an attack is brief: a few rows and denominators have to do
_FEW_ROWS = 4  # of them with every denominator; and all of them where more equations make it costly
_MISSES = 1  # rows beside which no exact point was found, after which no other is tried
_JUDGED = 60  # exact judgements for each attack
_BITS = 512
_STEPS = 20  # of Newton's method along the variety
_DEPTHS = (1e-7, 1e-9)  # scaled, below zero, that they aim at
_EVERY = 4  # of the rows that are brought to the edge of the conclusion, too
_CUT = 1e-2  # of singular values, where derivatives are the equations
_MET, _LAST = 1e-6, 1e3  # relative: how near to an equality rows are, and what puts others behind them
_WIDE = 4.0  # starts are brought to about this size at most


@dataclass
class OnVariety:
    """Where an attack under equality hypotheses ended.

    Attributes:
        rows: where the descent ended.
        spent: evaluations in floats.
        point: a confirmed violation, or None.
        judgement: of it.
        met: exact points that met the hypotheses.
    """

    rows: torch.Tensor
    spent: int = 0
    point: Any = None
    judgement: Judgement | None = None
    met: int = 0


def attack_on_variety(statement: Statement, goal: BatchedGoal, x: torch.Tensor, calls: int) -> OnVariety:
    """Descends beside the variety and judges exact points of it, at the edge of the conclusion and at minima, too.

    Args:
        statement: what is attacked.
        goal: one goal of it, with an equality among its hypotheses.
        x: starts, shape (B, D).
        calls: of the objective in each round.
    """
    if not goal.layout.plain:
        x = torch.as_tensor(goal.layout.entries(x.numpy()))
        goal = BatchedGoal(goal.goal, goal.layout.unbounded(), goal.name, goal.device)
    size = x.abs().amax(1, keepdim=True).clamp_min(1e-300)
    x = torch.where((size > _WIDE) | (size < 1 / _WIDE), x / size, x)
    best = Best(goal, x.to(goal.device))
    x = _on_one_part(goal, x)
    field = noted(goal, x.shape[1], at=x[0].numpy())
    polynomials = without_roots(field)
    variety = Variety(polynomials) if polynomials else None
    starts = _onto(variety, x)
    x, spent = descend(best, starts.to(goal.device), [(s, w, calls) for s, w in CONSTRAINED[1:]])
    x = _onto(variety, x.cpu())
    sunk = [_sink(variety, goal, x, depth) for depth in _DEPTHS] if variety is not None else []
    out = OnVariety(torch.cat([*sunk, x, starts]))
    out.spent = spent + (_STEPS + 1) * len(x) * len(sunk) + best.evaluations + len(out.rows)
    brief = calls < _BRIEF
    _judged(statement, goal, variety, out.rows, out, brief=brief)
    edge = equations(goal, x.shape[1], edge=True, at=x[0].numpy()) if out.point is None else None
    further = [variety] if variety is not None else []
    if edge and edge != polynomials:
        further.append(Variety(edge))
        _judged(statement, goal, further[-1], _onto(further[-1], torch.cat([x, starts])[::_EVERY]), out, brief=brief)
    if out.point is None and (extended := with_roots(field)) is not None:
        further.append(Variety(*extended))
        _judged(statement, goal, further[-1], _onto(further[-1], x[::_EVERY]), out, brief=brief)
    for zeros in further:
        near = _onto(zeros, x[::_EVERY])
        if out.point is None and (regular := _regular(zeros, near)) is not None:
            _judged(statement, goal, regular, _onto(regular, near, _CUT), out, most=_FEW_ROWS, brief=brief)
    return out


def _on_one_part(goal: BatchedGoal, x: torch.Tensor) -> torch.Tensor:
    """The rows with those coordinates of one sign whose signs pick a part of a set, those of the first row."""
    x = x.clone()
    for b in goal.layout.blocks:
        for i in charts.signs(b.variable.on, b.shape):
            x[:, b.start + i] = x[:, b.start + i].abs() * (-1 if x[0, b.start + i] < 0 else 1)
    return x


def _regular(variety: Variety, x: torch.Tensor) -> Variety | None:
    """More equations where the given ones have dependent slopes at one of the rows that meet them best; else None."""
    with np.errstate(all="ignore"):
        rows = variety.extended(x.numpy())
        sizes = np.nan_to_num(np.abs(variety.values(rows)).max(axis=1), nan=np.inf)
        for row in rows[np.argsort(sizes, kind="stable")[: (len(rows) + 1) // 2]]:
            if (more := _with_more(variety, row)) is not None:
                return Variety(more, variety.roots)
    return None


def _with_more(variety: Variety, row: Any) -> list[Any] | None:
    """The polynomials with more that are zero where they are extreme; None where their slopes are independent."""
    flat, slopes = variety.singular(row), variety.jacobian(row)
    if any(flat):
        return deflated(variety.polynomials, flat) or None
    lengths = np.linalg.norm(slopes, axis=1, keepdims=True)
    if not (np.isfinite(slopes).all() and (lengths > 0).all()) or len(slopes) > slopes.shape[1]:
        return None
    dependent = np.linalg.svd(slopes / lengths, compute_uv=False)[-1] < _CUT
    return tangent(variety.polynomials) if dependent else None


def _judged(
    statement: Statement,
    goal: BatchedGoal,
    variety: Variety | None,
    rows: torch.Tensor,
    out: OnVariety,
    *,
    most: int = _ROWS,
    brief: bool = False,
) -> None:
    """Looks for a violation at exact points near `most` of the rows, or a few if `brief`, and notes it.

    Rows that meet the hypotheses up to rounding come first, and of them those where the conclusion fails most.
    """
    there = goal.evaluate(rows)
    distance = torch.nan_to_num(there.distance, nan=torch.inf)
    order = torch.argsort(torch.where(there.hypotheses < -_MET, distance + _LAST, distance), stable=True)
    judged = misses = 0
    seen: set[str] = set()
    for turn, i in enumerate(order.tolist()[: _FEW_ROWS if brief else most]):
        thorough = turn < (1 if brief else _FEW_ROWS)
        candidates = _candidates(variety, goal, rows[i], _DENOMINATORS if thorough else _PROBES)
        misses += not candidates
        if misses > _MISSES or judged >= _JUDGED:
            break
        for candidate in _plausible(goal, candidates):
            if (name := str(candidate.variables)) in seen:
                continue
            seen.add(name)
            judged += 1
            try:
                result = judge(statement, candidate, last_bits=_BITS)
            except StatementError:
                continue
            out.met += result.applicable is True
            if result.violated:
                out.point, out.judgement = candidate, result
                return


def _plausible(goal: BatchedGoal, candidates: list[tuple[list[float], Any]]) -> list[Any]:
    """The points of candidates, less those whose hypotheses clearly fail in floats: they are not worth a judgement."""
    if not candidates:
        return []
    padded = [floats for floats, _ in candidates] + [candidates[0][0]] * (len(_DENOMINATORS) - len(candidates))
    failing = (goal.evaluate(torch.tensor(padded, dtype=torch.float64)).hypotheses < -_MET).tolist()
    return [point for (_, point), fails in zip(candidates, failing, strict=False) if not fails]


def at_the_edge(goal: BatchedGoal, row: torch.Tensor) -> Iterator[Any]:
    """Exact points near a row where a strict conclusion turns into an equality.

    Args:
        goal: without an equality among its hypotheses.
        row: where the conclusion is about to fail, in floats.
    """
    if goal.edge is None:
        layout = goal.layout.unbounded()
        free = BatchedGoal(goal.goal, layout, goal.name, goal.device)
        parts = any(charts.signs(b.variable.on, b.shape) for b in layout.blocks)
        polynomials = None if parts else equations(free, layout.size, edge=True)
        goal.edge = (free, Variety(polynomials)) if polynomials else ()
    if goal.edge:
        free, variety = goal.edge
        entries = torch.as_tensor(goal.layout.entries(row[None].cpu().numpy()))
        near = _onto(variety, entries)
        yield from _plausible(free, _candidates(variety, free, near[0]))
        if (regular := _regular(variety, near)) is not None:
            yield from _plausible(free, _candidates(regular, free, _onto(regular, near, _CUT)[0]))


def _onto(variety: Variety | None, x: torch.Tensor, cut: float = 1e-10) -> torch.Tensor:
    """Rows brought onto the variety, as far as Gauss-Newton steps get them there."""
    if variety is None:
        return x
    with np.errstate(all="ignore"):
        return torch.as_tensor(variety.nearest(variety.extended(x.numpy()), cut=cut)[:, : variety.width])


def _sink(variety: Variety, goal: BatchedGoal, x: torch.Tensor, depth: float) -> torch.Tensor:
    """Rows moved along the variety to where the conclusion fails, by Newton steps for it and the equations at once."""
    objective = goal.objective(0.0, 1e-9)
    for _ in range(_STEPS):
        slopes, values = (t.numpy() for t in objective(x))
        moved = x.clone().numpy()
        with np.errstate(all="ignore"):
            systems = np.concatenate([variety.jacobian(moved), slopes[:, None]], axis=1)
            wanted = np.concatenate([-variety.values(moved), (-depth - values)[:, None]], axis=1)
        going = (values > -depth) & np.isfinite(systems).all(axis=(1, 2)) & np.isfinite(wanted).all(axis=1)
        if not going.any():
            break
        step = least_squares(systems[going], wanted[going], 1e-12)
        moved[going] += within(step, 0.3 * np.linalg.norm(moved[going], axis=1))
        x = torch.as_tensor(moved)
    return _onto(variety, x)


def _candidates(
    variety: Variety | None, goal: BatchedGoal, row: torch.Tensor, denominators: tuple[int, ...] = _DENOMINATORS
) -> list[tuple[list[float], Any]]:
    """Points near a row with simple coordinates, on the variety exactly where that is known, after their floats."""
    if variety is None:
        rounded = [torch.round(row * denominator) / denominator for denominator in denominators]
        return [(floats.tolist(), goal.point(floats)) for floats in rounded]
    with np.errstate(all="ignore"):
        known = {denominator: _exact(variety, row, denominator) for denominator in _PROBES}
        if all(exact is None for exact in known.values()):
            return []
        for denominator in denominators:
            if denominator not in known:
                known[denominator] = _exact(variety, row, denominator)
    points = []
    for coordinates in (known[d] for d in denominators):
        try:
            if coordinates is not None:
                points.append(([RATIONAL.field.to_float(c) for c in coordinates], exact_point(goal, coordinates)))
        except NotRationalError:  # members of a set at too many different roots
            continue
    return points


def _exact(variety: Variety, row: torch.Tensor, denominator: int) -> list[Any] | None:
    try:
        return exact(variety, row.numpy(), denominator)
    except (OverflowError, ValueError):  # coordinates beyond what floats can be multiplied or rounded
        return None


def exact_point(goal: BatchedGoal, coordinates: list[Any]) -> Any:
    """The point of exact coordinates: floats where all of them are floats, else exact arrays."""
    floats = [RATIONAL.field.to_float(c) for c in coordinates]
    if not any(isinstance(c, IRRATIONAL) for c in coordinates) and all(
        np.isfinite(f) and RATIONAL.field.convert(f) == c for f, c in zip(floats, coordinates, strict=True)
    ):
        return goal.point(torch.tensor(floats, dtype=torch.float64))
    row = np.empty(len(coordinates), dtype=object)
    row[:] = coordinates
    by_name = goal.layout.split(row)
    if not goal.layout.admits(by_name):
        return goal.point(torch.tensor(floats, dtype=torch.float64))
    return goal.layout.of_coordinates(by_name)
