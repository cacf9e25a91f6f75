"""A statement is tried out at a few ordinary points before it is attacked: does it have one value there, always?

What is found here would otherwise surface late, or not at all: a slack that is NaN at ordinary points, that answers
differently when asked twice, or that raises in an arithmetic which the search alone would never have used.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ncverify.errors import StatementError
from ncverify.falsification import layouts
from ncverify.falsification.batch import BatchedGoal
from ncverify.falsification.comparison import same_in_every_arithmetic
from ncverify.falsification.exact import FIRST_BITS, float_point, judge
from ncverify.statements._described import described, raised_at
from ncverify.statements.reading import goals
from ncverify.statements.types import Statement, Trend

_POINTS = 24  # per shape, half of them separated
_LOST = 4  # of those where floats give no number, how many are looked at exactly


def check(statement: Statement, domain: layouts.Over, seed: int, only: layouts.AnyShape | None = None) -> Any:
    """An ordinary point that meets the hypotheses and at which the statement is no number; None where all is well.

    A statement that is a number somewhere may still be false there, so one such point is no reason not to attack it.
    Points are of the smallest, a middle and the largest shape, unless there is `only` one.

    Raises:
        StatementError: the statement raises, has a wrong shape, depends on more than the point, or is nowhere a number.
    """
    if isinstance(statement, Trend):
        return None  # trajectories are costly: what is wrong with one shows when it is run
    lost, fine = None, False
    for turn, shape in enumerate(_shapes(domain) if only is None else [only]):
        layout = layouts.layout_of(domain, shape)
        rng = np.random.default_rng((seed, turn, *layouts.key(shape)))
        x = torch.as_tensor(layouts.ordinary(layout, _POINTS, rng))
        for goal in goals(statement):
            batched = BatchedGoal(goal, layout, statement.name)
            seen = batched.evaluate(x)
            _same_again(statement, batched, x, (seen.distance, seen.hypotheses))
            unclear = torch.isnan(seen.distance) & (seen.applicable | torch.isnan(seen.hypotheses))
            met = x[seen.applicable & ~unclear]
            fine |= len(met) > 0
            lost = lost or _undefined(statement, [batched.point(row) for row in x[unclear][:_LOST]])
            _in_every_arithmetic(statement, batched.point(met[0] if len(met) else x[0]))
    if lost is not None and not fine:
        raise not_a_number(statement, lost)
    return lost


def not_a_number(statement: Statement, point: Any) -> StatementError:
    """The error for a statement without a value at an ordinary point."""
    return StatementError(
        f"{statement.name!r} is not a number at {described(point)}, which meets its hypotheses; "
        "exclude such points by a hypothesis (given=)"
    )


def _shapes(domain: layouts.Over) -> list[layouts.AnyShape]:
    shapes = domain.shapes()
    return list(dict.fromkeys([shapes[0], shapes[len(shapes) // 2], shapes[-1]]))


def _same_again(statement: Statement, goal: BatchedGoal, x: torch.Tensor, first: tuple[torch.Tensor, ...]) -> None:
    again = goal.evaluate(x)
    for before, after in zip(first, (again.distance, again.hypotheses), strict=True):
        changed = ~torch.isclose(before, after, rtol=0.0, atol=0.0, equal_nan=True)
        if bool(changed.any()):
            raise StatementError(
                f"{statement.name!r} gave two different values at {described(goal.point(x[changed][0]))}: "
                "a statement is a function of the point alone, without random numbers, clocks or counters"
            )


def _undefined(statement: Statement, points: list[Any]) -> Any:
    for point in points:
        result = judge(statement, point)
        if not result.defined and result.applicable is not False:
            return point
    return None


def _in_every_arithmetic(statement: Statement, point: Any) -> None:
    """The exact arithmetic of verdicts, and the plain floats of NumPy that tests and other tools use."""
    if repr(judge(statement, point, last_bits=FIRST_BITS)) != repr(judge(statement, point, last_bits=FIRST_BITS)):
        raise StatementError(f"{statement.name!r} gave two different values at {described(point)} in exact arithmetic")
    point = float_point(point)
    same_in_every_arithmetic(statement, point)
    try:
        with np.errstate(all="ignore"):
            for goal in goals(statement):
                if all(bool(hypothesis(point)) for hypothesis in goal.hypotheses):
                    bool(goal.conclusion(point))
    except StatementError:
        raise
    except Exception as error:
        if "loop of ufunc" in str(error):  # NumPy's functions take no arrays of floats that a Fraction has met
            return
        what = f"{statement.name!r} raised {type(error).__name__}: {error}{raised_at(error)}"
        raise StatementError(f"{what}, in NumPy's float arithmetic at {described(point)}") from error
