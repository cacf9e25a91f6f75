"""What a statement says at one point: are its hypotheses met, and does it hold there?

The reading is the same in every arithmetic; only the kind of truth differs: plain booleans for floats, three-valued
for balls, truth with a distance for the search.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ncverify.errors import StatementError
from ncverify.numbers.truth import truth_of
from ncverify.point import Point
from ncverify.statements._described import described
from ncverify.statements.types import (
    STATEMENT_TYPES,
    Equivalence,
    Existence,
    ForAll,
    Identity,
    Implication,
    Inequality,
    Optimum,
    OverShapes,
    Statement,
    Trend,
)


@dataclass(frozen=True)
class Goal:
    """What is to be shown, as in a proof assistant: `conclusion` at every point where every hypothesis is true.

    Args:
        hypotheses: functions of a point to a truth value.
        conclusion: function of a point to a truth value.
        slack: the number behind the conclusion where there is one (inequalities), else None.
    """

    hypotheses: tuple[Callable[[Point], Any], ...]
    conclusion: Callable[[Point], Any]
    slack: Callable[[Point], Any] | None = None


def goals(statement: Statement) -> list[Goal]:
    """The goals of a statement: one, or two for the two directions of an equivalence.

    Raises:
        TypeError: it is none of ncverify's statement types.
    """
    if not isinstance(statement, STATEMENT_TYPES):
        raise TypeError(f"statement: expected one of ncverify's statement types, got {type(statement).__name__}")
    given = tuple(_positive(statement, g) for g in statement.given)
    match statement:
        case Inequality():
            return [Goal(given, _slack_truth(statement), lambda p: number(statement, statement.slack(p), p))]
        case Identity():
            return [Goal(given, _equality(statement))]
        case Implication():
            premise = _predicate(statement, statement.premise, "premise")
            return [Goal((*given, premise), _predicate(statement, statement.conclusion, "conclusion"))]
        case Equivalence():
            left = _predicate(statement, statement.left, "left")
            right = _predicate(statement, statement.right, "right")
            return [Goal((*given, left), right), Goal((*given, right), left)]
        case Existence():
            return [Goal(given, _validity(statement))]
        case Trend():
            return [Goal(given, _bounded_ratio(statement))]
        case ForAll() | OverShapes():
            return [Goal(given, _predicate(statement, statement.predicate, "predicate"))]
        case Optimum():
            return _optimum(statement, given)


def _optimum(statement: Optimum, given: tuple[Callable[[Any], Any], ...]) -> list[Goal]:
    """Nothing lies below the value; where it is attained, the conclusion holds.

    With a certificate, exact arithmetic takes an undecided sign of objective - value for what the certificate says.
    """

    def gap(p: Any) -> Any:
        return number(statement, statement.objective(p), p) - number(statement, statement.value(p), p)

    def bounded(p: Any) -> Any:
        certified = statement.certificate is not None and p.xp.exact
        return ~truth_of(gap(p) < 0).certain() if certified else gap(p) >= 0

    def attained(p: Any) -> Any:
        if statement.certificate is None:
            return gap(p) == 0
        vanishes = certified_sum(statement, p) == 0
        if not p.xp.exact or truth_of(vanishes).values.item() is False:
            return vanishes
        # never by the certificate against the objective: a certificate that is wrong falsifies nothing
        return vanishes & ~truth_of(gap(p) != 0).certain()

    bound = Goal(given, bounded, gap)
    if statement.conclusion is None:
        return [bound]
    conclusion = _predicate(statement, statement.conclusion, "conclusion")
    return [bound, Goal((*given, attained), conclusion)]


def certified_sum(statement: Optimum, p: Any) -> Any:
    """The sum of the terms of the certificate, a number of the point's arithmetic."""
    assert statement.certificate is not None
    parts = statement.certificate.parts(p, statement.given)
    return number(statement, sum((part.value for part in parts), start=p.xp.asarray(0)), p)


def number(statement: Statement, value: Any, p: Point) -> Any:
    """The value as a scalar of the point's arithmetic.

    Raises:
        StatementError: the value is not a single real number.
    """
    if isinstance(value, bool) or _is_truth(value):
        raise StatementError(
            f"{statement.name!r}: expected a number that is >= 0 where it holds, got a truth value at {described(p)}; "
            "for a >= b write a - b"
        )
    if isinstance(value, int | float | np.ndarray | np.generic) or not hasattr(value, "shape"):
        try:
            if value is None or isinstance(value, str | bytes):  # NumPy would read a number into them
                raise TypeError(f"{type(value).__name__} is no number")
            value = p.xp.asarray(value)
        except (TypeError, ValueError) as error:
            raise StatementError(
                f"{statement.name!r}: expected a number at {described(p)}, got {type(value).__name__}"
            ) from error
    if tuple(value.shape) != ():
        raise StatementError(
            f"{statement.name!r}: expected one number, got an array of shape {tuple(value.shape)} at {described(p)}; "
            "reduce it with p.xp.min, p.xp.sum or an index"
        )
    return value


def _positive(statement: Statement, hypothesis: Callable[[Point], Any]) -> Callable[[Point], Any]:
    def truth(p: Point) -> Any:
        value = hypothesis(p)
        return value if _is_truth(value) else number(statement, value, p) > 0

    return truth


def _slack_truth(statement: Inequality) -> Callable[[Point], Any]:
    def truth(p: Point) -> Any:
        slack = number(statement, statement.slack(p), p)
        return slack > 0 if statement.strict else slack >= 0

    return truth


def _predicate(statement: Statement, predicate: Callable[[Point], Any], role: str) -> Callable[[Point], Any]:
    def truth(p: Point) -> Any:
        value = predicate(p)
        return _one_truth(statement, value, p, role)

    return truth


def _one_truth(statement: Statement, value: Any, p: Point, role: str) -> Any:
    if not _is_truth(value):
        return number(statement, value, p) >= 0
    shape = tuple(getattr(value, "shape", ()))
    if shape != ():
        raise StatementError(
            f"{statement.name!r}: {role}: expected one truth value, got an array of shape {shape} at {described(p)}; "
            "use p.xp.all or p.xp.any"
        )
    return value


def _equality(statement: Identity) -> Callable[[Point], Any]:
    def truth(p: Point) -> Any:
        left, right = p.xp.asarray(statement.left(p)), p.xp.asarray(statement.right(p))
        if tuple(left.shape) != tuple(right.shape):
            raise StatementError(
                f"{statement.name!r}: left has shape {tuple(left.shape)} and right {tuple(right.shape)} "
                f"at {described(p)}"
            )
        return p.xp.all(left == right)

    return truth


def _validity(statement: Existence) -> Callable[[Point], Any]:
    alone = len(inspect.signature(statement.valid).parameters) == 1

    def truth(p: Point) -> Any:
        witness = statement.witness(p)
        value = statement.valid(witness) if alone else statement.valid(p, witness)
        return _one_truth(statement, value, p, "valid")

    return truth


def _bounded_ratio(statement: Trend) -> Callable[[Point], Any]:
    def truth(p: Point) -> Any:
        samples = list(statement.trajectory(p))
        if len(samples) < 4:
            raise StatementError(
                f"{statement.name!r}: a trend needs at least 4 samples, got {len(samples)} at {described(p)}"
            )
        ratios = [number(statement, statement.quantity(q) / statement.rate(float(t)), q) for t, q in samples]
        return ~keeps_growing(ratios, samples[0][1].xp)

    return truth


def keeps_growing(ratios: list[Any], xp: Any) -> Any:
    """Whether a sequence grows to its end without slowing down; see `Trend`."""
    third = len(ratios) // 3
    first, second, last = (xp.max(xp.stack(part)) for part in _thirds(ratios, max(1, third)))
    grows = 4 * last > 5 * second
    steadily = 10 * (last - second) >= 9 * (second - first)
    return grows & steadily & (10 * ratios[-1] >= 9 * last)


def _thirds(values: list[Any], third: int) -> tuple[list[Any], list[Any], list[Any]]:
    return values[:third], values[third : 2 * third], values[2 * third :]


def _is_truth(value: Any) -> bool:
    if isinstance(value, bool) or hasattr(value, "truth") or type(value).__name__ in ("Truth", "bool", "bool_"):
        return True
    return str(getattr(value, "dtype", "")).rpartition(".")[2] == "bool"
