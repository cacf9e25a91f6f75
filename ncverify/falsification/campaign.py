"""`falsify`: many tasks over all shapes of a domain, in an order that does not depend on how they are run."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Annotated, Any

import numpy as np

from ncverify.arguments import Count, NotNegative, Seed, Workers, checked
from ncverify.arguments.rules import in_function
from ncverify.domain import Domain, Shape
from ncverify.falsification import layouts, preflight
from ncverify.falsification.certified import Certified, certify
from ncverify.falsification.closed_form import at_minimisers
from ncverify.falsification.conclusion import conclude
from ncverify.falsification.layouts import key
from ncverify.falsification.over_shapes import enumerate_shapes, in_all
from ncverify.falsification.polynomial import IdentityTest, prove_identity
from ncverify.falsification.search import Outcome, Task
from ncverify.falsification.settling import settle
from ncverify.falsification.tasks import STAGES, Stage
from ncverify.falsification.verdict import Verdict
from ncverify.falsification.workers import Tasks, outcomes
from ncverify.numbers import backend_namespace
from ncverify.space import Sizes, Space
from ncverify.space.layout import Layout
from ncverify.statements.types import STATEMENT_TYPES, Identity, Inequality, OverShapes, Statement, Trend

DEFAULT_EVALUATIONS = 600_000
_STARTS = 32
_LAST_LOOKS = 24  # points of equality, as far as a first look tells, that are judged at the highest precision
_FEW_LOOKS = 8  # the same for a weak inequality, which equality does not violate
_CALLS = (30, 30, 30, 160)  # of the objective in each round: most attacks are short, some are patient
_SHORT = 12  # calls of a round, where evaluations do not last for half an attack
_STRUCTURED, _FEWEST = 2, 64  # structured points: of all shapes for each evaluation, and of one shape, at most
_RANDOM = 1024  # random points, where the shapes are few
_SHAPES, _FOR_A_SHAPE = 3, 400  # shapes that are sampled, at least, and evaluations for each further one
_LOOKS = 2  # exact judgements of a task that samples a shape without special care
_FOR_MORE = 2_000  # evaluations for each last look, and for each shape whose sampled points are judged with care
_PRICE = 7  # evaluations of a row for each call of a round: at most four rounds, looks, and the ways to the edges


@checked
def falsify(
    statement: Annotated[Statement, in_function],
    domain: layouts.Over | None = None,
    seed: Seed = 0,
    budget: NotNegative = 30.0,
    *,
    evaluations: Count = DEFAULT_EVALUATIONS,
    workers: Workers = 1,
    with_simplex: bool = True,
    stages: Sequence[Stage] = STAGES,
    shapes: Count | None = None,
    simplify: bool = True,
    device: str = "cpu",
    progress: Callable[[int, int], None] | None = None,
) -> Verdict:
    """The verdict on a statement: an exact counterexample, or an account of how hard it was attacked.

    Structured and random points come first, then the gradient adversary on shape after shape. Points are drawn for
    3 shapes, or one for each 400 evaluations if that is more, spread over all where there are more shapes. Of these,
    one for each 2,000 evaluations has exact points on the edge of the conclusion judged; where that is not every one,
    they are small ones. The result depends on the seed and on `evaluations`; the time budget only cuts it short.

    Args:
        statement: any of ncverify's statement types.
        domain: the points over which it is claimed: the shapes of (W, H), or a `Space` of variables of one's own; by
            default (W, H) with K 2..5, n 1..4, d 1..8.
        seed: of every random choice.
        budget: seconds after which no new task is started.
        evaluations: about how many point evaluations the adversary spends; random points are fewer, structured ones
            at most twice as many, or 64 of each shape.
        workers: processes; results do not depend on it. Inside `joblib.parallel_config(...)` the tasks go to that
            backend.
        with_simplex: whether structured points include a simplex; without one, whatever is found is found elsewhere.
        stages: which of "structured", "random" and "attack" take part; without the first, the adversary starts from
            random points and nothing else is tried.
        shapes: for how many shapes points are drawn, at most; the adversary takes others, too. Where it is 1, it is
            the one that is attacked first, and the statement is tried out there alone.
        simplify: whether to shrink the witness.
        device: of torch, such as "cuda", where points are evaluated and moved, in float64; what looks like a violation
            is confirmed on the host.
        progress: called with (tasks done, tasks in all).

    Raises:
        TypeError: no statement, or no domain.
        BackendUnavailableError: the device cannot be used here.
        StatementError: the statement raises, is not one number, or is not a number where its hypotheses are met.

    Example:
        >>> from ncverify import Domain, Inequality, falsify
        >>> bounded = Inequality("margins are at most one", slack=lambda p: 1 - p.q_min)
        >>> falsify(bounded, Domain(K=2, n=1, d=1)).status
        'falsified'
    """
    domain = Domain() if domain is None else domain
    _check_kinds(statement, domain)
    _check_effort(budget, evaluations, workers, stages)
    device = str(backend_namespace("torch", device=device).device)  # refused before anything starts
    start = time.monotonic()
    if isinstance(statement, OverShapes):
        return _over_shapes(statement, domain, start, budget)
    nowhere = preflight.check(statement, domain, seed, only=_in_order(domain, seed)[0] if shapes == 1 else None)
    certified = certify(statement, domain, seed)
    tested = _tested(statement, domain, seed)
    tasks = plan(statement, domain, seed, evaluations, with_simplex=with_simplex, stages=stages, most=shapes)
    if tested is not None and tested.holds:  # what floats see of its points needs no exact look
        tasks = [replace(task, looks=min(task.looks, _LOOKS), edges=0) for task in tasks]
    total = at_minimisers(statement, domain, seed)
    tasks = [replace(task, device=device) for task in tasks] if total.violation is None else []
    left, tried = _carry_out(statement, tasks, total, start, budget, workers, progress)
    if nowhere is not None and total.violation is None:
        raise preflight.not_a_number(statement, nowhere)
    unfinished = any(left.values())
    deadline = start + max(budget, 1.25 * (time.monotonic() - start))
    left["judgements"] = _settle(statement, total, deadline, max(_LOOKS, evaluations // _FOR_MORE))
    truncated = total.violation is None and unfinished
    verdict = conclude(statement, domain, total, simplify, truncated=truncated, seconds=time.monotonic() - start)
    if verdict.witness is None:
        untried = {stage: count for stage, count in left.items() if count}
        verdict = replace(verdict, untried=untried, sizes=(len(tried), in_all(domain)))
    if certified is not None:
        return _certified(verdict, certified)
    if tested is None or not tested.holds or verdict.status not in ("unfalsified", "undecided"):
        return verdict
    return replace(verdict, status="proved", error_probability=tested.error_probability)


def _check_kinds(statement: object, domain: object) -> None:
    if not isinstance(statement, STATEMENT_TYPES):
        raise TypeError(f"statement: expected one of ncverify's statement types, got {type(statement).__name__}")
    if not isinstance(domain, Domain | Space):
        raise TypeError(f"domain: expected a Domain or a Space, got {type(domain).__name__}")


def _check_effort(budget: float, evaluations: int, workers: int, stages: Sequence[Stage]) -> None:
    if not budget > 0 or evaluations < 1 or workers == 0:
        raise ValueError(f"budget, evaluations, workers: expected positive, got {budget}, {evaluations}, {workers}")
    if not stages or not set(stages) <= set(STAGES):
        raise ValueError(f"stages: expected some of {', '.join(STAGES)}, got {stages!r}")


def _over_shapes(statement: OverShapes, domain: layouts.Over, start: float, budget: float) -> Verdict:
    """The verdict on a statement about sizes alone."""
    total, late = enumerate_shapes(statement, domain, start + budget)
    verdict = conclude(statement, domain, total, False, truncated=late, seconds=time.monotonic() - start)
    return replace(verdict, sizes=(total.tried, in_all(domain)))


def _carry_out(
    statement: Statement,
    tasks: list[Task],
    total: Outcome,
    start: float,
    budget: float,
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[Counter[str], set[Any]]:
    """Adds the outcomes of the tasks to `total`, up to the first violation or the end of the budget.

    Returns how many tasks of each stage are left, and the sizes at which others were done.
    """
    left: Counter[str] = Counter(task.stage for task in tasks)
    tried: set[Any] = set()
    groups = _at_once(statement, tasks)
    with closing(outcomes(statement, _in_time(groups, start, budget), workers)) as results:
        for done, (carried_out, outcome) in enumerate(results, 1):
            total.merge(outcome)
            left.subtract(task.stage for task in carried_out)
            tried.update(task.layout.sizes for task in carried_out)
            if progress is not None:
                progress(done, len(groups))
            if total.violation is not None or time.monotonic() - start > budget:
                break
    return left, tried


def _at_once(statement: Statement, tasks: list[Task]) -> list[Tasks]:
    """The tasks in order, but the random points of a shape together with its structured ones; trends one by one."""
    if isinstance(statement, Trend):
        return [(task,) for task in tasks]
    random = {task.layout.sizes: task for task in tasks if task.stage == "random"}
    structured = {task.layout.sizes for task in tasks if task.stage == "structured"}
    return [
        (task, random[task.layout.sizes]) if task.stage == "structured" and task.layout.sizes in random else (task,)
        for task in tasks
        if task.stage != "random" or task.layout.sizes not in structured
    ]


def _in_time(tasks: list[Tasks], start: float, budget: float) -> Iterator[Tasks]:
    """The tasks in order; from a third of the budget on, attacks come before the sampling that is still to do."""
    late = []
    attacks = any(some[0].stage == "attack" for some in tasks)
    for some in tasks:
        if attacks and some[0].stage != "attack" and time.monotonic() - start > budget / 3:
            late.append(some)
        else:
            yield some
    yield from late


def _settle(statement: Statement, total: Outcome, deadline: float, looks: int) -> int:
    """Judges what a first look left open at the highest precision; returns how many points time did not allow for.

    Of a statement that equality does not violate at most `looks` points are judged.
    """
    points = sorted(total.open.items(), key=lambda entry: key(entry[1][1].sizes))
    if not _is_strict(statement):  # where equality is allowed a few of them tell as much as all
        most = min(_FEW_LOOKS if isinstance(statement, Inequality) else _LAST_LOOKS, looks)
        points = points[:: max(1, len(points) // most)][:most]
    for turn, (row, point) in enumerate(points):
        if total.violation is not None or (turn and time.monotonic() > deadline):
            break
        settle(statement, *point, total)
        del total.open[row]
    return len(total.open)


def _is_strict(statement: Statement) -> bool:
    return isinstance(statement, Inequality) and statement.strict


def _certified(verdict: Verdict, certified: Certified) -> Verdict:
    """The verdict on an optimum with a certificate: proved where nothing was left to the search."""
    verdict = replace(verdict, certificate=str(certified))
    if not certified.proved or verdict.status not in ("unfalsified", "undecided"):
        return verdict
    return replace(verdict, status="proved", error_probability=certified.error_probability)


def _tested(statement: Statement, domain: layouts.Over, seed: int) -> IdentityTest | None:
    """An identity without hypotheses, tested as one of polynomials; None where the statement is none."""
    if not isinstance(statement, Identity) or statement.given:
        return None
    try:
        return prove_identity(statement, domain, seed=seed)
    except (ArithmeticError, TypeError, ValueError):  # no polynomials, or a pole at a random point
        return None


def plan(
    statement: Statement,
    domain: layouts.Over,
    seed: int,
    evaluations: int,
    *,
    with_simplex: bool = True,
    stages: Sequence[Stage] = STAGES,
    most: int | None = None,
) -> list[Task]:
    """The tasks of a campaign, in order; points are drawn for at most so many shapes."""
    shapes: list[Any] = list(domain.shapes())
    order = _in_order(domain, seed)
    at = {s: layouts.layout_of(domain, s) for s in shapes}
    drawn = max(_SHAPES, evaluations // _FOR_A_SHAPE)
    sampled = order[:1] if most == 1 else _spread(shapes, drawn if most is None else min(drawn, most))
    careful = [at[s] for s in _few(sampled, max(_LOOKS, evaluations // _FOR_MORE))]
    per_shape = max(_FEWEST, _STRUCTURED * evaluations // len(sampled))
    structured = [Task("structured", at[s], (seed, 0, *key(s)), per_shape, with_simplex=with_simplex) for s in sampled]
    per_shape = max(16, min(max(128, _RANDOM // len(shapes)), evaluations // (8 * len(sampled))))
    turns = order[:most] if isinstance(statement, Trend) else sampled
    random = [Task("random", at[s], (seed, 1, *key(s)), per_shape) for s in turns]
    structured, random = (
        [task if task.layout in careful else replace(task, looks=_LOOKS, edges=0) for task in tasks]
        for tasks in (structured, random)
    )
    attacks = list(_attacks([at[s] for s in order], seed, evaluations))
    chosen = {"structured": structured, "random": random, "attack": attacks}
    if isinstance(statement, Trend):
        return [task for stage in ("random", "structured") if stage in stages for task in chosen[stage]]
    return [task for stage in STAGES if stage in stages for task in chosen[stage]]


def _spread(shapes: list[Any], most: int) -> list[Any]:
    """At most so many of the shapes, from the first to the last."""
    if len(shapes) <= most:
        return shapes
    return [shapes[round(i * (len(shapes) - 1) / (most - 1))] for i in range(most)]


def _few(shapes: list[Any], most: int) -> list[Any]:
    """At most so many of the shapes, where not all of them from the first half: exact judgements of large ones cost."""
    return shapes if len(shapes) <= most else _spread(shapes[: max(most, len(shapes) // 2)], most)


def _attacks(order: list[Layout], seed: int, left: int) -> Iterator[Task]:
    most = max(_CALLS) if 2 * left > _PRICE * _STARTS * _CALLS[0] else _SHORT
    for turn in itertools.count():
        layout, calls = order[turn % len(order)], min(most, _CALLS[turn % len(_CALLS)])
        yield Task("attack", layout, (seed, 2 + turn, *key(layout.sizes)), _STARTS, calls)
        left -= _PRICE * _STARTS * calls
        if left <= 0:
            return


def _in_order(domain: layouts.Over, seed: int) -> list[Any]:
    """The shapes of a domain for the adversary."""
    shapes: list[Any] = list(domain.shapes())
    return _order(shapes, seed) if isinstance(domain, Domain) else _extremes_first(shapes, seed)


def _order(shapes: list[Shape], seed: int) -> list[Shape]:
    """Shapes for the adversary: what differs most comes first.

    A small one with d = K-1 and n > 1, the smallest, the largest; then one for each K, for n = 1 or more, for d below,
    at and above K-1, where the n that are more take turns; then the rest, shuffled.
    """
    first = min(shapes, key=lambda s: (abs(s.K - 3), abs(s.d - s.K + 1), abs(s.n - 2)))
    several = sorted({s.n for s in shapes if s.n > 1})
    kinds: dict[tuple[int, bool, int], Shape] = {}
    for s in sorted(shapes, key=lambda s: (several.index(s.n) - _side(s) - 1) % len(several) if s.n > 1 else 0):
        kinds.setdefault((s.K, s.n > 1, _side(s)), s)
    shuffled = [shapes[i] for i in np.random.default_rng(seed).permutation(len(shapes))]
    return list(dict.fromkeys([first, shapes[0], shapes[-1], *kinds.values(), *shuffled]))


def _extremes_first(shapes: list[Sizes], seed: int) -> list[Sizes]:
    """Sizes for the adversary: one in the lower middle, the smallest, the largest, the most lopsided, then shuffled."""
    lopsided = max(shapes, key=lambda s: max(s.class_sizes or (1,)) - min(s.class_sizes or (1,)))
    shuffled = [shapes[i] for i in np.random.default_rng(seed).permutation(len(shapes))]
    return list(dict.fromkeys([shapes[len(shapes) // 3], shapes[0], shapes[-1], lopsided, *shuffled]))


def _side(shape: Shape) -> int:
    """-1, 0 or 1 for d below, at and above K-1."""
    return (shape.d > shape.K - 1) - (shape.d < shape.K - 1)
