"""One task of a campaign: sample or attack one shape, confirm what looks like a violation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import torch

from ncverify.errors import StatementError
from ncverify.falsification import layouts, trends
from ncverify.falsification.adversary import Attack, attack
from ncverify.falsification.batch import BatchedGoal, Evaluation
from ncverify.falsification.exact import LAST_BITS, Judgement, judge
from ncverify.falsification.leaving import leave
from ncverify.falsification.on_spheres import on_spheres
from ncverify.falsification.settling import TAME, record
from ncverify.falsification.snapping import snapped
from ncverify.falsification.tasks import CONFIRMATIONS, ROUNDING, Outcome, Task
from ncverify.falsification.varieties import at_the_edge, attack_on_variety
from ncverify.statements._described import described
from ncverify.statements.reading import goals
from ncverify.statements.types import Identity, Inequality, Statement, Trend

_ATTEMPTS = 4  # exact judgements for each that is wanted of a goal: most points miss a hypothesis exactly
_FIRST_LOOK = 512  # bits; what they do not decide waits until everything was attacked
_GLANCE = 128  # bits of that look at a slack that may be zero: equality is no violation, and seldom decided by more
_NEAR = 1e-9  # scaled distances below this are too close to failing for floats to be believed
_FEW_STARTS = 4  # of the adversary on a goal that cannot be vectorised
_ORDINARY = 10.0  # powers of two between which coordinates are of ordinary size
_CLEAR = 1e-6  # scaled distances above this are no matter of rounding
_APART = -1e-12  # two sides that differ by more than this, in units of their terms, are not equal up to rounding

__all__ = ["Outcome", "Task", "run"]


def run(statement: Statement, *tasks: Task) -> Outcome:
    """The outcome of tasks at one shape, whose sampled points are evaluated in one call.

    Points are evaluated and moved on the device of the tasks; judgements and counts are the host's.

    Raises:
        StatementError: the statement cannot be evaluated.
    """
    total = Outcome()
    if isinstance(statement, Trend):
        for task in tasks:
            total.merge(trends.sample(statement, task, Outcome()))
        return total
    found = [(task, _rows(task), Outcome(), _Looks(statement, task.edges)) for task in tasks]
    sampled = torch.cat([x for task, x, *_ in found if task.stage != "attack"] or [torch.empty(0)])
    with np.errstate(all="ignore"):  # of formulas that use NumPy's own functions
        for goal in goals(statement):
            batched = BatchedGoal(goal, tasks[0].layout, statement.name, tasks[0].device)
            seen = batched.evaluate(sampled) if len(sampled) else None
            for task, x, outcome, looks in found:
                if seen is None or task.stage == "attack":
                    _attacked(batched, x, task, outcome, looks)
                else:
                    here, seen = seen.split(len(x))
                    _sampled(batched, x, here, task, outcome, looks)
                if outcome.violation is not None:
                    break
            if any(outcome.violation is not None for *_, outcome, _ in found):
                break
    for *_, outcome, _ in found:
        total.merge(outcome)
    return total


def _rows(task: Task) -> torch.Tensor:
    """The points that a task starts from."""
    rng = np.random.default_rng(task.seed)
    if task.stage != "structured":
        return torch.as_tensor(layouts.random(task.layout, task.count, rng), dtype=torch.float64)
    rows = layouts.structured(task.layout, with_simplex=task.with_simplex)
    return torch.as_tensor(_some(rows, task.count, rng), dtype=torch.float64)


def _some(rows: Any, count: int, rng: np.random.Generator) -> Any:
    """At most a given number of the rows, in their order."""
    return rows if len(rows) <= count else rows[np.sort(rng.permutation(len(rows))[:count])]


def _sampled(goal: BatchedGoal, x: torch.Tensor, seen: Evaluation, task: Task, outcome: Outcome, looks: _Looks) -> None:
    applicable = seen.applicable.clone()
    outcome.tried += len(x)
    outcome.sampled += len(x)
    outcome.applicable += int(applicable.sum())
    outcome.decisive += int((applicable & (seen.distance > _CLEAR)).sum())
    doubtful = applicable | ~(seen.hypotheses.abs() > _NEAR)
    _noted(looks, goal, _Rows(x, seen.distance, applicable, doubtful), task, outcome)


def _attacked(goal: BatchedGoal, x: torch.Tensor, task: Task, outcome: Outcome, looks: _Looks) -> None:
    if goal.has_thin_hypothesis(x):
        _pursue_on_variety(looks.statement, goal, x, task, outcome)
        return
    outcome.attacked = True
    start, calls = _affordable(goal, x, task.calls)
    ended = attack(goal, start, calls)
    if not goal.goal.hypotheses and (away := leave(goal, start, ended, calls)) is not None:
        ended = _both(ended, goal, *away)
    outcome.tried += ended.evaluations
    rows = _Rows(ended.x, ended.distance, ended.applicable.clone(), ended.applicable.clone())
    _noted(looks, goal, rows, task, outcome)


def _noted(looks: _Looks, goal: BatchedGoal, rows: _Rows, task: Task, outcome: Outcome) -> None:
    """Judges what looks suspicious, and notes what the rows show."""
    outcome.met += int(rows.applicable.sum())
    refuted = _confirm(looks, goal, rows, outcome, task)
    if task.stage == "attack" and outcome.violation is None:
        _look_beside(looks, goal, rows, outcome)
    rows.applicable[refuted] = False
    _note_distribution(looks.statement, rows.distance[rows.applicable], task, outcome)
    _note_lowest(goal, rows.x, torch.where(rows.applicable, rows.distance, torch.inf), outcome)


def _both(ended: Attack, goal: BatchedGoal, x: torch.Tensor, spent: int) -> Attack:
    """The attack with those rows that left its ties and seem to violate the statement beside its own."""
    seen = goal.evaluate(x)
    below = seen.distance < 0
    return Attack(
        torch.cat([x[below], ended.x]),
        torch.cat([seen.distance[below], ended.distance]),
        torch.cat([seen.applicable[below], ended.applicable]),
        ended.evaluations + spent + len(x),
    )


def _pursue_on_variety(statement: Statement, goal: BatchedGoal, x: torch.Tensor, task: Task, outcome: Outcome) -> None:
    outcome.attacked = True
    ended = attack_on_variety(statement, goal, *_affordable(goal, x, task.calls))
    outcome.tried += ended.spent
    if ended.judgement is not None:
        outcome.violation, outcome.arithmetic = ended.point, ended.judgement.arithmetic
        return
    seen = goal.evaluate(ended.rows)
    outcome.met += int(seen.applicable.sum()) + ended.met
    _note_lowest(goal, ended.rows, torch.where(seen.applicable, seen.distance, torch.inf), outcome)


def _affordable(goal: BatchedGoal, x: torch.Tensor, calls: int) -> tuple[torch.Tensor, int]:
    """Starts and calls; few of both where the goal has to be evaluated point by point."""
    goal.evaluate(x[:1])
    return (x, calls) if goal.vectorised else (x[:_FEW_STARTS], calls // 2)


def _note_distribution(statement: Statement, distance: torch.Tensor, task: Task, outcome: Outcome) -> None:
    sizes = distance.abs() if isinstance(statement, Identity) else distance  # an identity is violated on either side
    outcome.distribution.note(sizes.numpy(), attacked=task.stage == "attack")


def _note_lowest(goal: BatchedGoal, x: torch.Tensor, distance: torch.Tensor, outcome: Outcome) -> None:
    """Notes the lowest distance, at the point of the most ordinary size that comes so near.

    Clearly below zero floats were wrong, unless a violation has been confirmed.
    """
    wrong = torch.isnan(distance) | ((distance < -_NEAR) & (outcome.violation is None))
    distance = torch.where(wrong, torch.inf, distance)
    lowest = float(distance.min())
    if lowest <= outcome.lowest + ROUNDING and lowest < torch.inf:
        reach = torch.tensor(_exponents(x), dtype=distance.dtype)
        best = int(torch.where(distance <= lowest + ROUNDING, reach, torch.inf).argmin())
        ordinary = float(reach[best]) <= _ORDINARY
        outcome.note(lowest, float(distance[best]), goal.point(x[best]), ordinary=ordinary)


class _Rows(NamedTuple):
    """What floats say of rows: distances from failing, hypotheses met, and whether that may be wrong."""

    x: torch.Tensor
    distance: torch.Tensor
    applicable: torch.Tensor
    doubtful: torch.Tensor


def _confirm(looks: _Looks, goal: BatchedGoal, rows: _Rows, outcome: Outcome, task: Task) -> list[int]:
    """Judges exactly the points whose floats show a violation, equality, or nothing, and notes them in `outcome`.

    Returns the rows where floats were wrong: the hypotheses fail, or a clear violation is none.
    """
    suspects, lost = _suspects(looks.statement, rows.distance, rows.doubtful, task.looks)
    order, tame = _in_order(suspects, rows, _ATTEMPTS * task.looks)
    wrong: list[int] = []
    settled = 0
    for i in order:
        distance = float(rows.distance[i])
        if rows.x[i].numpy().tobytes() in outcome.open:
            settled += tame[i]
        else:
            near = abs(distance) < _NEAR
            result = _judge_row(looks, goal, rows.x[i], outcome, near=near, lost=i in lost, tame=tame[i])
            if result.violated:
                return wrong
            if result.applicable is False or (result.holds is True and distance < -_NEAR):
                wrong.append(i)
            settled += result.applicable is not False and (tame[i] or result.holds is not None)
        if settled >= task.looks:
            break
    if task.stage == "random":
        _require_numbers(looks.statement, goal, rows, lost, outcome)
    return wrong


def _in_order(suspects: list[int], rows: _Rows, most: int) -> tuple[list[int], list[bool]]:
    """The suspects that are judged, in their order, and which rows are of ordinary size; `most` of these and of others.

    Those of ordinary size come first, the ones that meet the hypotheses before the others; of the rest the nearest.
    """
    met = rows.applicable.tolist()
    missed = [i for i in suspects if not met[i]][: most // _ATTEMPTS]  # floats are seldom wrong about these
    suspects = [i for i in suspects if met[i]] + missed
    reach = _exponents(rows.x)
    tame = [far < TAME for far in reach]  # far out, float truth is mostly overflow
    wild = sorted((i for i in suspects if not tame[i]), key=lambda i: reach[i])
    return [i for i in suspects if tame[i]][:most] + wild[:most], tame


def _judge_row(
    looks: _Looks, goal: BatchedGoal, row: torch.Tensor, outcome: Outcome, *, near: bool, lost: bool, tame: bool
) -> Judgement:
    """Judges a row exactly and notes what it shows in `outcome`; what a first look does not decide waits there.

    Args:
        looks: the judgements of the statement.
        goal: that it may violate.
        row: coordinates.
        outcome: of the task.
        near: whether floats see equality, or nearly.
        lost: whether they say nothing.
        tame: whether its coordinates are of ordinary size.
    """
    statement = looks.statement
    patient = lost and not outcome.undefined  # only the highest precision can say that there is no value
    first = _GLANCE if _is_weak(statement) else _FIRST_LOOK
    point, result = looks.at(goal, row, near=near, bits=LAST_BITS if patient else first)
    if result.violated:
        outcome.violation, outcome.arithmetic = point, result.arithmetic
    if result.violated or result.applicable is False:
        return result
    if patient or result.settled or not result.defined or isinstance(statement, Identity):
        record(statement, point, result, goal.layout, outcome, tame=tame)
    else:
        outcome.open[row.numpy().tobytes()] = point, goal.layout
        outcome.defined += not lost
    return result


def _is_weak(statement: Statement) -> bool:
    """Whether it is an inequality that equality does not violate."""
    return isinstance(statement, Inequality) and not statement.strict


def _require_numbers(statement: Statement, goal: BatchedGoal, rows: _Rows, lost: list[int], outcome: Outcome) -> None:
    """Refuses a statement that floats cannot tell at most rows and that is a number at none of the judged ones."""
    if lost and outcome.undefined and not outcome.defined and len(lost) > len(rows.x) // 2:
        raise StatementError(
            f"{statement.name!r} is not a number at most points that meet its hypotheses, "
            f"for instance at {described(goal.point(rows.x[lost[0]]))}"
        )


def _look_beside(looks: _Looks, goal: BatchedGoal, rows: _Rows, outcome: Outcome) -> None:
    """Judges exact points beside the lowest row of a strict goal: no descent meets the corner of a maximum exactly."""
    distance = torch.where(rows.applicable, torch.nan_to_num(rows.distance, nan=torch.inf), torch.inf)
    best = int(distance.argmin())
    if _is_weak(looks.statement) or not _NEAR <= float(distance[best]) < _CLEAR:
        return
    point, judgement = looks.beside(
        goal, rows.x[best], (goal.point(rows.x[best]), Judgement(None, None)), LAST_BITS // 8
    )
    if judgement.violated:
        outcome.violation, outcome.arithmetic = point, judgement.arithmetic


def _exponents(x: torch.Tensor) -> list[float]:
    """How far from 1 the coordinates of each row get, in powers of two."""
    if not x.shape[1]:
        return [0.0] * len(x)
    far: list[float] = torch.where(x == 0, 0.0, x.abs().log2().abs()).amax(1).tolist()
    return far


class _Looks:
    """Exact judgements of a statement at rows of one shape, each made once: both directions of an equivalence ask.

    Args:
        statement: what is judged.
        edges: rows, for each goal, beside which points on the edge of its conclusion are judged.
    """

    def __init__(self, statement: Statement, edges: int) -> None:
        self.statement, self.edges = statement, edges
        self._known: dict[tuple[bytes, bool, int], tuple[Any, Judgement]] = {}
        self._edges: Counter[int] = Counter()

    def at(self, goal: BatchedGoal, row: torch.Tensor, *, near: bool, bits: int) -> tuple[Any, Judgement]:
        """The point of a row with its judgement, or where floats see equality a violation at an exact value beside."""
        key = row.numpy().tobytes(), near, bits
        few = min(bits, LAST_BITS // 8)
        if key not in self._known:
            point = goal.point(row)
            self._known[key] = point, judge(self.statement, point, last_bits=bits)
            if near:
                beside = chain(snapped(goal.layout, point), on_spheres(goal.layout, point))
                self._known[key] = self._first_violation(self._known[key], beside, few)
        known = self._known[key]
        if not near or known[1].violated or self._edges[id(goal)] >= self.edges:
            return known
        self._edges[id(goal)] += 1
        return self._first_violation(known, at_the_edge(goal, row), few)  # the edge of this direction's conclusion

    def beside(
        self, goal: BatchedGoal, row: torch.Tensor, known: tuple[Any, Judgement], bits: int
    ) -> tuple[Any, Judgement]:
        """A violation at exact coordinates next to the point of a row; what is known of that where there is none."""
        layout, point = goal.layout, known[0]
        points = chain(snapped(layout, point), on_spheres(layout, point), at_the_edge(goal, row))
        return self._first_violation(known, points, bits)

    def _first_violation(self, known: tuple[Any, Judgement], points: Iterable[Any], bits: int) -> tuple[Any, Judgement]:
        """A violation at one of some points, or what is known where that is one, or where there is none."""
        if not known[1].violated:
            for point in points:
                there = judge(self.statement, point, last_bits=bits)
                if there.violated:
                    return point, there
        return known


def _suspects(
    statement: Statement, distance: torch.Tensor, doubtful: torch.Tensor, looks: int
) -> tuple[list[int], list[int]]:
    """Rows to judge exactly, the most suspicious first, and the rows where floats say nothing."""
    unclear = torch.isnan(distance)
    lost: list[int] = unclear.nonzero()[:, 0].tolist()
    order = torch.argsort(torch.where(unclear, torch.inf, distance), stable=True)
    clear: list[int] = order[(doubtful & ~unclear)[order]].tolist()
    sizes = distance.tolist()
    if isinstance(statement, Identity):  # equal up to rounding is all that floats can say: one look is enough
        apart = [i for i in clear if sizes[i] < _APART]
        careful = looks >= CONFIRMATIONS  # elsewhere only what floats see is judged
        return apart + [i for i in clear[:careful] if i not in apart] + lost[:looks], lost
    return [i for i in clear if sizes[i] < _NEAR] + lost[:looks], lost
