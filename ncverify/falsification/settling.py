"""What a judged point that is no violation says about a statement: a tie, undecided, undefined, or out of reach."""

from __future__ import annotations

from typing import Any

import numpy as np

from ncverify.falsification.exact import LAST_BITS, Judgement, holds_at_ties, judge
from ncverify.falsification.tasks import Outcome
from ncverify.space.layout import Layout
from ncverify.space.text import floats
from ncverify.statements.types import ForAll, Identity, Inequality, Optimum, Statement

TAME = 100.0  # binary exponents of coordinates of ordinary size


def settle(statement: Statement, point: Any, layout: Layout, outcome: Outcome) -> None:
    """Judges a point at the highest precision and notes what it is."""
    result = judge(statement, point)
    if result.violated:
        outcome.violation, outcome.arithmetic = point, result.arithmetic
    elif result.applicable is not False:
        record(statement, point, result, layout, outcome, tame=_is_tame(point))


def _is_tame(point: Any) -> bool:
    entries = [np.ravel(floats(array)) for array in point.variables.values()]
    sizes = np.abs(np.concatenate([*entries, np.zeros(0)]))
    return bool((np.abs(np.log2(sizes[sizes > 0])) < TAME).all())


def record(
    statement: Statement, point: Any, result: Judgement, layout: Layout, outcome: Outcome, *, tame: bool
) -> None:
    """Counts a judged point that is no violation: defined or not, a tie, undecided, or out of reach."""
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

    What is true of equal numbers, as an equality or a weak inequality, may agree to the last bit all around, too.

    An `Optimum` claims equality at minimisers: a tie if its conclusion is true there, undecided if it is false, and
    where the conclusion is an equality of its own that is not decided, what lies around tells.
    """
    if isinstance(statement, Optimum):
        concluded = _concludes(statement, point)
        if concluded is not None:
            outcome.ties += [point] * concluded
            outcome.undecided += not concluded
            return
    rng = np.random.default_rng(0)
    weak = not isinstance(statement, Optimum) and not (isinstance(statement, Inequality) and statement.strict)
    equality = weak and holds_at_ties(statement, point)
    for _ in range(4):
        neighbour = _neighbour(point, layout, rng)
        near = judge(statement, neighbour, last_bits=LAST_BITS // 8)
        if near.violated:
            outcome.violation, outcome.arithmetic = neighbour, near.arithmetic
            return
        agrees = equality and near.applicable is True and holds_at_ties(statement, neighbour, last_bits=LAST_BITS // 8)
        if not (near.applicable is False or near.holds is True or agrees):
            outcome.undecided += 1
            return
    outcome.ties.append(point)


def _concludes(statement: Optimum, point: Any) -> bool | None:
    """Whether what is claimed of minimisers is true at a point; None where that is not decided."""
    if statement.conclusion is None:
        return True
    return judge(ForAll(statement.name, statement.conclusion), point).holds


def _neighbour(point: Any, layout: Layout, rng: np.random.Generator) -> Any:
    """A point nearby, each array moved in proportion to its own size."""
    free = point.variables if point.free is None else point.free
    return layout.of_coordinates(
        {name: v + 1e-3 * (np.abs(v).max() + 1.0) * rng.standard_normal(np.shape(v)) for name, v in free.items()}
    )
