"""One task of a campaign: sample or attack one shape, confirm what looks like a violation."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch

from ncverify.domain import Shape
from ncverify.errors import StatementError
from ncverify.falsification import starts
from ncverify.falsification.adversary import attack
from ncverify.falsification.batch import BatchedClaim
from ncverify.falsification.exact import LAST_BITS, judge
from ncverify.point import Point
from ncverify.statements.reading import claims
from ncverify.statements.types import Statement, Trend

_CONFIRMATIONS = 6  # exact judgements per claim and task
_NEAR = 1e-9  # scaled distances below this are too close to failing for floats to be believed


@dataclass(frozen=True)
class Task:
    """A piece of work whose outcome depends on nothing but itself.

    Attributes:
        stage: structured points, random points, or the gradient adversary.
        shape: K, n, d.
        seed: entropy of its random numbers.
        count: points to start from.
        iterations: of the adversary in each round.
        with_simplex: whether structured points include a simplex.
    """

    stage: Literal["structured", "random", "attack"]
    shape: Shape
    seed: tuple[int, ...]
    count: int
    iterations: int = 40
    with_simplex: bool = True


@dataclass
class Outcome:
    """What a task found; coordinates are NumPy float64."""

    tried: int = 0
    sampled: int = 0
    applicable: int = 0
    met: int = 0
    lowest: float = math.inf
    tightest: Point | None = None
    violation: Point | None = None
    arithmetic: str = ""
    ties: list[Point] = field(default_factory=list)
    undecided: int = 0
    undefined: int = 0
    defined: int = 0


def run(statement: Statement, task: Task) -> Outcome:
    """The outcome of one task.

    Raises:
        StatementError: the statement cannot be evaluated.
    """
    rng = np.random.default_rng(task.seed)
    W, H = (
        starts.structured(task.shape, with_simplex=task.with_simplex)
        if task.stage == "structured"
        else starts.random(task.shape, task.count, rng)
    )
    outcome = Outcome()
    if isinstance(statement, Trend):
        _sample_trend(statement, W[:4], H[:4], outcome)
        return outcome
    for claim in claims(statement):
        batched = BatchedClaim(claim, task.shape, statement.name)
        _pursue(statement, batched, batched.pack(W, H), task, outcome)
        if outcome.violation is not None:
            break
    return outcome


def _pursue(statement: Statement, claim: BatchedClaim, x: torch.Tensor, task: Task, outcome: Outcome) -> None:
    if task.stage == "attack":
        found = attack(claim, x, iterations=task.iterations)
        x, distance, applicable = found.x, found.distance, found.applicable
        outcome.tried += found.evaluations
        doubtful = applicable
    else:
        seen = claim.evaluate(x)
        distance, applicable = seen.distance, seen.applicable
        outcome.tried += len(x)
        outcome.sampled += len(x)
        outcome.applicable += int(applicable.sum())
        doubtful = applicable | ~(seen.hypotheses.abs() > _NEAR)
    outcome.met += int(applicable.sum())
    _note_lowest(claim, x, torch.where(applicable, distance, torch.inf), outcome)
    _confirm(statement, claim, x, distance, doubtful, outcome, generic=task.stage == "random")


def _note_lowest(claim: BatchedClaim, x: torch.Tensor, distance: torch.Tensor, outcome: Outcome) -> None:
    distance = torch.where(torch.isnan(distance), torch.inf, distance)
    best = int(distance.argmin())
    if float(distance[best]) < outcome.lowest:
        outcome.lowest, outcome.tightest = float(distance[best]), point_of(claim, x[best])


def point_of(claim: BatchedClaim, row: torch.Tensor) -> Point:
    """The point of one row of coordinates, NumPy float64; coordinates that overflowed are cut to finite ones."""
    W, H = claim.unpack(torch.nan_to_num(row))
    return Point(W.numpy().copy(), H.numpy().copy())


def _confirm(
    statement: Statement,
    claim: BatchedClaim,
    x: torch.Tensor,
    distance: torch.Tensor,
    doubtful: torch.Tensor,
    outcome: Outcome,
    *,
    generic: bool,
) -> None:
    """Judges exactly the points whose floats show a violation, equality, or nothing at all."""
    unclear = torch.isnan(distance)
    order = torch.argsort(torch.where(unclear, torch.inf, distance), stable=True).tolist()
    suspects = [i for i in order if bool(doubtful[i]) and float(distance[i]) < _NEAR][:_CONFIRMATIONS]
    lost = [i for i in range(len(x)) if bool(unclear[i])]
    for i in suspects + lost[:_CONFIRMATIONS]:
        point = point_of(claim, x[i])
        result = judge(statement, point)
        if result.violated:
            outcome.violation, outcome.arithmetic = point, result.arithmetic
            return
        if result.applicable is False:
            continue
        outcome.defined += result.defined
        if not result.defined:
            outcome.undefined += 1
        elif result.holds is None or result.applicable is None:
            _weigh_tie(statement, point, outcome)
    if generic and lost and outcome.undefined and not outcome.defined and len(lost) > len(x) // 2:
        raise StatementError(
            f"{statement.name!r} is not a number at most points that meet its hypotheses, for instance at {point_of(claim, x[lost[0]])!r}"
        )


def _weigh_tie(statement: Statement, point: Point, outcome: Outcome) -> None:
    """Equality to the last bit is a tie if the statement holds all around; otherwise the sign is undecided."""
    rng = np.random.default_rng(0)
    for _ in range(4):
        W = point.W + 1e-3 * (np.abs(point.W).max() + 1.0) * rng.standard_normal(point.W.shape)
        H = point.H + 1e-3 * (np.abs(point.H).max() + 1.0) * rng.standard_normal(point.H.shape)
        near = judge(statement, Point(W, H), last_bits=LAST_BITS // 8)
        if near.violated:
            outcome.violation, outcome.arithmetic = Point(W, H), near.arithmetic
            return
        if near.applicable is not False and near.holds is not True:
            outcome.undecided += 1
            return
    outcome.ties.append(point)


def _sample_trend(statement: Trend, W: np.ndarray, H: np.ndarray, outcome: Outcome) -> None:  # noqa: N803
    for one_W, one_H in zip(W, H, strict=True):  # noqa: N806
        point = Point(one_W, one_H)
        result = judge(statement, point)
        outcome.tried += 1
        outcome.sampled += 1
        outcome.applicable += result.applicable is True
        outcome.met += result.applicable is True
        if result.violated:
            outcome.violation, outcome.arithmetic = point, result.arithmetic
            return
        outcome.undecided += result.applicable is not False and result.holds is None
