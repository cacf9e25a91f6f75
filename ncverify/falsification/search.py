"""One task of a campaign: sample or attack one shape, confirm what looks like a violation."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ncverify.errors import StatementError
from ncverify.falsification import layouts, trends
from ncverify.falsification.adversary import attack
from ncverify.falsification.batch import BatchedClaim
from ncverify.falsification.exact import LAST_BITS, Judgement, judge
from ncverify.falsification.snapping import snapped
from ncverify.falsification.tasks import Outcome, Task
from ncverify.space.layout import Layout
from ncverify.statements._described import described
from ncverify.statements.reading import claims
from ncverify.statements.types import ForAll, Identity, Optimum, Statement, Trend

_CONFIRMATIONS = 6  # exact judgements at applicable points, per claim and task
_ATTEMPTS = 24  # exact judgements in all
_NEAR = 1e-9  # scaled distances below this are too close to failing for floats to be believed
_FEW_STARTS = 4  # of the adversary on a claim that cannot be vectorised
_TAME = 100.0  # binary exponents of coordinates
_CLEAR = 1e-6  # scaled distances above this are no matter of rounding
_APART = -1e-12  # two sides that differ by more than this, in units of their terms, are not equal up to rounding

__all__ = ["Outcome", "Task", "run"]


def run(statement: Statement, task: Task) -> Outcome:
    """The outcome of one task.

    Raises:
        StatementError: the statement cannot be evaluated.
    """
    if isinstance(statement, Trend):
        return trends.sample(statement, task, Outcome())
    rng = np.random.default_rng(task.seed)
    rows = (
        layouts.structured(task.layout, with_simplex=task.with_simplex)
        if task.stage == "structured"
        else layouts.random(task.layout, task.count, rng)
    )
    x = torch.as_tensor(rows, dtype=torch.float64)
    outcome = Outcome()
    with np.errstate(all="ignore"):  # of formulas that use NumPy's own functions
        for claim in claims(statement):
            batched = BatchedClaim(claim, task.layout, statement.name)
            _pursue(statement, batched, x, task, outcome)
            if outcome.violation is not None:
                break
    return outcome


def _pursue(statement: Statement, claim: BatchedClaim, x: torch.Tensor, task: Task, outcome: Outcome) -> None:
    if task.stage == "attack" and claim.has_thin_hypothesis(x):
        return
    if task.stage == "attack":
        outcome.attacked = True
        found = attack(claim, *_affordable(claim, x, task.calls))
        x, distance, applicable = found.x, found.distance, found.applicable.clone()
        outcome.tried += found.evaluations
        doubtful = applicable.clone()
    else:
        seen = claim.evaluate(x)
        distance, applicable = seen.distance, seen.applicable.clone()
        outcome.tried += len(x)
        outcome.sampled += len(x)
        outcome.applicable += int(applicable.sum())
        outcome.decisive += int((applicable & (distance > _CLEAR)).sum())
        doubtful = applicable | ~(seen.hypotheses.abs() > _NEAR)
    outcome.met += int(applicable.sum())
    refuted = _confirm(statement, claim, x, distance, applicable, doubtful, outcome, generic=task.stage == "random")
    applicable[refuted] = False
    _note_distribution(statement, distance[applicable], task, outcome)
    _note_lowest(claim, x, torch.where(applicable, distance, torch.inf), outcome)


def _affordable(claim: BatchedClaim, x: torch.Tensor, calls: int) -> tuple[torch.Tensor, int]:
    """Starts and calls; few of both where the claim has to be evaluated point by point."""
    claim.evaluate(x[:1])
    return (x, calls) if claim.vectorised else (x[:_FEW_STARTS], calls // 2)


def _note_distribution(statement: Statement, distance: torch.Tensor, task: Task, outcome: Outcome) -> None:
    sizes = distance.abs() if isinstance(statement, Identity) else distance  # an identity is violated on either side
    outcome.distribution.note(sizes.numpy(), attacked=task.stage == "attack")


def _note_lowest(claim: BatchedClaim, x: torch.Tensor, distance: torch.Tensor, outcome: Outcome) -> None:
    distance = torch.where(torch.isnan(distance), torch.inf, distance)
    best = int(distance.argmin())
    if float(distance[best]) < outcome.lowest:
        outcome.lowest, outcome.tightest = float(distance[best]), claim.point(x[best])


def _confirm(
    statement: Statement,
    claim: BatchedClaim,
    x: torch.Tensor,
    distance: torch.Tensor,
    applicable: torch.Tensor,
    doubtful: torch.Tensor,
    outcome: Outcome,
    *,
    generic: bool,
) -> list[int]:
    """Judges exactly the points whose floats show a violation, equality, or nothing at all.

    Returns the rows where floats were wrong: the hypotheses fail, or a clear violation is none.
    """
    order, lost = _suspects(statement, distance, doubtful)
    met = applicable.tolist()
    order.sort(key=lambda i: not met[i])
    reach = _exponents(x)

    tame = [far < _TAME for far in reach]  # far out, float truth is mostly overflow
    wild = sorted((i for i in order if not tame[i]), key=lambda i: reach[i])
    order = [i for i in order if tame[i]][:_ATTEMPTS] + wild[:_ATTEMPTS]
    wrong: list[int] = []
    settled = 0
    for i in order:
        point = claim.point(x[i])
        result = judge(statement, point)
        if not result.violated and abs(float(distance[i])) < _NEAR:
            point, result = _exactly_there(statement, claim.layout, point, result)
        if result.violated:
            outcome.violation, outcome.arithmetic = point, result.arithmetic
            return wrong
        if result.applicable is False or (result.holds is True and float(distance[i]) < -_NEAR):
            wrong.append(i)
        if result.applicable is False:
            continue
        settled += tame[i] or result.holds is not None
        _record(statement, point, result, claim.layout, outcome, tame=tame[i])
        if settled >= _CONFIRMATIONS:
            break
    if generic and lost and outcome.undefined and not outcome.defined and len(lost) > len(x) // 2:
        raise StatementError(
            f"{statement.name!r} is not a number at most points that meet its hypotheses, "
            f"for instance at {described(claim.point(x[lost[0]]))}"
        )
    return wrong


def _exponents(x: torch.Tensor) -> list[float]:
    """How far from 1 the coordinates of each row get, in powers of two."""
    if not x.shape[1]:
        return [0.0] * len(x)
    far: list[float] = torch.where(x == 0, 0.0, x.abs().log2().abs()).amax(1).tolist()
    return far


def _exactly_there(statement: Statement, layout: Layout, point: Any, result: Judgement) -> tuple[Any, Judgement]:
    """A violation at a short fraction or root next to the point; the point itself where there is none."""
    for exact in snapped(layout, point):
        there = judge(statement, exact, last_bits=LAST_BITS // 8)
        if there.violated:
            return exact, there
    return point, result


def _suspects(statement: Statement, distance: torch.Tensor, doubtful: torch.Tensor) -> tuple[list[int], list[int]]:
    """Rows to judge exactly, the most suspicious first, and the rows where floats say nothing."""
    unclear = torch.isnan(distance)
    lost: list[int] = unclear.nonzero()[:, 0].tolist()
    order = torch.argsort(torch.where(unclear, torch.inf, distance), stable=True)
    clear: list[int] = order[(doubtful & ~unclear)[order]].tolist()
    sizes = distance.tolist()
    if isinstance(statement, Identity):  # equal up to rounding is all that floats can say: one look is enough
        apart = [i for i in clear if sizes[i] < _APART]
        return apart + [i for i in clear[:1] if i not in apart] + lost[:_CONFIRMATIONS], lost
    return [i for i in clear if sizes[i] < _NEAR] + lost[:_CONFIRMATIONS], lost


def _record(
    statement: Statement, point: Any, result: Judgement, layout: Layout, outcome: Outcome, *, tame: bool
) -> None:
    outcome.defined += result.defined
    outcome.undefined += not result.defined
    if result.defined and not result.settled:
        if isinstance(statement, Identity) and result.applicable:
            outcome.ties.append(point)  # the two sides agree to the last bit that was asked for
        elif not tame:
            outcome.out_of_reach += 1  # exponentials of numbers like 1e140 are beyond every exponent
        else:
            _weigh_tie(statement, point, layout, outcome)


def _weigh_tie(statement: Statement, point: Any, layout: Layout, outcome: Outcome) -> None:
    """Equality to the last bit is a tie if the statement holds all around; otherwise the sign is undecided.

    An `Optimum` claims equality at minimisers: a tie if its conclusion is true there, and undecided if it is not.
    """
    if isinstance(statement, Optimum):
        if _concludes(statement, point):
            outcome.ties.append(point)
        else:
            outcome.undecided += 1
        return
    rng = np.random.default_rng(0)
    for _ in range(4):
        neighbour = _neighbour(point, layout, rng)
        near = judge(statement, neighbour, last_bits=LAST_BITS // 8)
        if near.violated:
            outcome.violation, outcome.arithmetic = neighbour, near.arithmetic
            return
        if near.applicable is not False and near.holds is not True:
            outcome.undecided += 1
            return
    outcome.ties.append(point)


def _concludes(statement: Optimum, point: Any) -> bool:
    """Whether what is claimed of minimisers is certainly true at a point."""
    if statement.conclusion is None:
        return True
    return judge(ForAll(statement.name, statement.conclusion), point).holds is True


def _neighbour(point: Any, layout: Layout, rng: np.random.Generator) -> Any:
    """A point nearby, each array moved in proportion to its own size."""
    free = point.variables if point.free is None else point.free
    return layout.of_coordinates(
        {name: v + 1e-3 * (np.abs(v).max() + 1.0) * rng.standard_normal(np.shape(v)) for name, v in free.items()}
    )
