"""Judgement without rounding: rational arithmetic where it suffices, else balls of growing precision.

Coordinates are the rationals that their floats are. Constants of a formula are not always what they seem: 0.1 and
math.sqrt(n) are themselves rounded. A violation counts only if it survives this doubt about them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any

import numpy as np

from ncverify.arguments import Index, checked
from ncverify.arguments.rules import in_function
from ncverify.errors import NotRationalError, StatementError, UndecidedError
from ncverify.falsification.constants import constants_of, rests_on_rounding
from ncverify.numbers.ball import BALL, DOUBTFUL, TIED, constant, meanings, precision, undefined_met
from ncverify.numbers.exact import ExactArray
from ncverify.numbers.forms import DOUBTFUL_FORMS, FORMS
from ncverify.numbers.rational import MOST_FLOATS, RATIONAL, floats_met
from ncverify.numbers.truth import Kleene, Truth
from ncverify.point import Point
from ncverify.space import SpacePoint
from ncverify.statements._described import described, raised_at
from ncverify.statements.reading import Goal, goals
from ncverify.statements.types import Statement, Trend

FIRST_BITS, LAST_BITS = 128, 4096
_EXPRESSIONS = ", by equal expressions"
_DOUBT_BITS = 512  # far more than the doubt about a constant


@dataclass(frozen=True)
class Judgement:
    """What exact arithmetic says of a statement at a point.

    Attributes:
        applicable: whether the hypotheses are met there; None when undecided at the last precision.
        holds: whether the conclusion is true there; None when undecided.
        defined: False where the statement has no value at the point (a division by zero, log of a negative number).
        slack: the slack as a float, for reports; None where the statement has none or it was not reached.
        arithmetic: "rational", or "ball" with its precision in bits, and "by equal expressions" where these decide.
        doubtful: whether the conclusion fails only if float constants that are results of rounding, such as 0.1 or
            math.sqrt(2), are taken at their last bit; it then counts as undecided.
    """

    applicable: Kleene
    holds: Kleene
    defined: bool = True
    slack: float | None = None
    arithmetic: str = "rational"
    doubtful: bool = False

    @property
    def violated(self) -> bool:
        """Whether the hypotheses certainly hold and the conclusion certainly fails."""
        return self.applicable is True and self.holds is False

    @property
    def settled(self) -> bool:
        """Whether the point is certainly a violation or certainly none.

        Where the conclusion is true, a hypothesis at its very edge, met or just missed, does not matter.
        """
        return self.applicable is False or self.holds is True or self.violated


@checked
def judge(
    statement: Annotated[Statement, in_function], point: Point | SpacePoint, *, last_bits: Index = LAST_BITS
) -> Judgement:
    """The judgement of a statement at a point whose coordinates are taken as exact rationals.

    Args:
        statement: any statement.
        point: floats of any backend, or rational coordinates.
        last_bits: the highest precision of balls that is tried.

    Raises:
        StatementError: the statement raises in exact arithmetic.
    """
    if isinstance(statement, Trend):
        statement = _exact_samples(statement, point)
    known: dict[str, Any] = {}
    verdicts = [_judge_goal(statement, goal, point, last_bits, known) for goal in goals(statement)]
    for judgement in verdicts:
        if judgement.violated:
            return judgement
    return min(verdicts, key=_interest)


def _exact_samples(trend: Trend, start: Any) -> Trend:
    """The trend with its trajectory run in floats, as it is defined, and its samples judged as exact points."""
    from_floats = float_point(start)

    def samples(_: Point) -> list[tuple[float, Point]]:
        return [(t, _exact_point(q, BALL)) for t, q in trend.trajectory(from_floats)]

    return replace(trend, trajectory=samples)


def float_point(point: Any) -> Any:
    """The point with NumPy float64 coordinates."""
    if not point.xp.exact:
        return point
    nearest = np.frompyfunc(point.xp.field.to_float, 1, 1)
    return point.map(lambda array: np.asarray(nearest(array.data), dtype=np.float64))


def _interest(judgement: Judgement) -> int:
    """Lower is more informative: undecided, undefined, holds, inapplicable."""
    if judgement.defined and not judgement.settled:
        return 0
    if not judgement.defined:
        return 1
    return 2 if judgement.applicable else 3


def _judge_goal(statement: Statement, goal: Goal, point: Any, last_bits: int, known: dict[str, Any]) -> Judgement:
    judgement, bits = _decide(statement, goal, point, last_bits, known)
    if not judgement.violated or isinstance(statement, Trend):
        return judgement
    met, plain = _floats_in_play(statement, goal, point, bits)
    if not met and not plain:
        return judgement
    if plain and any(map(rests_on_rounding, _told_by_python(statement, point))):
        return replace(judgement, holds=None, doubtful=True)  # nothing is known of the rounding behind such a truth
    constants = constants_of(statement)
    xp = DOUBTFUL_FORMS if judgement.arithmetic.endswith(_EXPRESSIONS) else DOUBTFUL
    with precision(max(bits, _DOUBT_BITS)), meanings(constants.meanings, constants.computes):
        goal = goal if isinstance(statement, Trend) else _with_rational_truths(statement, goal, point, doubting=True)
        doubted = _evaluate(statement, goal, _exact_point(point, xp), f"{judgement.arithmetic}, with doubt")
    return judgement if doubted.violated or not met else replace(judgement, holds=None, doubtful=True)


def _floats_in_play(statement: Statement, goal: Goal, point: Any, bits: int) -> tuple[bool, bool]:
    """Whether float constants meet exact numbers, and whether a truth is Python's own."""
    p = _exact_point(point, BALL if bits else RATIONAL)
    values: list[Any] = []
    for function in (*goal.hypotheses, goal.conclusion):
        traced = replace(goal, hypotheses=(), conclusion=_noting(function, values))
        with precision(bits or _DOUBT_BITS), floats_met() as met:
            _evaluate(statement, replace(traced, slack=None), p, "ball" if bits else "rational")
            if met:
                return True, False
    return False, any(isinstance(value, bool | np.bool_) for value in values)


def holds_at_ties(statement: Statement, point: Any, *, last_bits: int = LAST_BITS) -> bool:
    """Whether a statement would hold at a point if the numbers that agree to the last bit were equal."""
    with precision(last_bits):
        p = _exact_point(point, TIED)
        judgements = [_evaluate(statement, replace(goal, slack=None), p, "ball") for goal in goals(statement)]
    return all(judgement.applicable is False or judgement.holds is True for judgement in judgements)


def _told_by_python(statement: Statement, point: Any) -> list[Callable[..., Any]]:
    """The functions of a statement whose value is a plain truth, or cannot be had from the point alone."""
    own = [value for field in fields(statement) if callable(value := getattr(statement, field.name))]
    told, p = [], _exact_point(point, BALL)
    for function in (*statement.given, *own):
        try:
            if not isinstance(function(p), bool | np.bool_):
                continue
        except Exception:
            pass
        told.append(function)
    return told


def _noting(function: Callable[[Any], Any], values: list[Any]) -> Callable[[Any], Any]:
    def noted(p: Any) -> Any:
        values.append(function(p))
        return values[-1]

    return noted


def _decide(
    statement: Statement, goal: Goal, point: Any, last_bits: int, known: dict[str, Any]
) -> tuple[Judgement, int]:
    """The judgement with constants as they are, and the bits it took; none in rational arithmetic.

    `known` keeps the rational point, with the quantities that were read off it, for the other goals of the statement.
    """
    if not isinstance(statement, Trend):
        try:
            if "rational" not in known:
                known["rational"] = _exact_point(point, RATIONAL)
            judgement = _evaluate(statement, goal, known["rational"], "rational")
        except NotRationalError:
            goal = _with_rational_truths(statement, goal, point)
        else:
            return (judgement, 0) if judgement.defined else _beside_a_pole(statement, goal, point, judgement)
    bits = FIRST_BITS
    while True:
        with precision(bits), undefined_met() as met:
            judgement = _evaluate(statement, goal, _exact_point(point, BALL), f"ball at {bits} bits")
            undefined = not judgement.settled and bits >= LAST_BITS and met()
        if not judgement.settled and bits == _DOUBT_BITS and not isinstance(statement, Trend):
            formed = _by_expressions(statement, goal, point, bits)
            judgement = formed if formed.settled else judgement
        if judgement.settled or bits >= last_bits:
            return (replace(judgement, holds=None, defined=False) if undefined else judgement), bits
        bits *= 2


def _with_rational_truths(statement: Statement, goal: Goal, point: Any, *, doubting: bool = False) -> Goal:
    """The goal with those hypotheses decided that rational arithmetic decides: no ball tells that two roots agree.

    Where `doubting`, those in which doubtful constants occur are left to balls that know of the doubt.
    """
    p = _exact_point(point, RATIONAL)
    decided: list[Callable[[Any], Any]] = []
    for hypothesis in goal.hypotheses:
        alone = replace(goal, hypotheses=(), conclusion=hypothesis, slack=None)
        with floats_met() as met:
            try:
                truth = _evaluate(statement, alone, p, "rational").holds
            except NotRationalError:
                truth = None
            doubtful = doubting and not (len(met) < MOST_FLOATS and all(constant(v).is_exact() for v in met.values()))
        decided.append(hypothesis if truth is None or doubtful else lambda _, truth=truth: truth)  # type: ignore[misc]
    return replace(goal, hypotheses=tuple(decided))


def _by_expressions(statement: Statement, goal: Goal, point: Any, bits: int) -> Judgement:
    """The judgement with equality where two expressions are the same."""
    with precision(bits):
        return _evaluate(statement, goal, _exact_point(point, FORMS), f"ball at {bits} bits{_EXPRESSIONS}")


def _beside_a_pole(statement: Statement, goal: Goal, point: Any, undefined: Judgement) -> tuple[Judgement, int]:
    """The judgement where rational arithmetic divides by zero: balls go on, and p.xp.where may leave the pole out."""
    with precision(_DOUBT_BITS):
        judgement = _evaluate(statement, goal, _exact_point(point, BALL), f"ball at {_DOUBT_BITS} bits")
    return (judgement, _DOUBT_BITS) if judgement.settled else (undefined, 0)


def _exact_point(point: Any, xp: Any) -> Any:
    """The point with its coordinates as they are; only constants that meet them later are read as `xp` reads them."""
    from ncverify.numbers import to_numpy

    def convert(array: Any) -> ExactArray:
        known = array.data if point.xp.exact else to_numpy(array)
        plain = FORMS if xp == DOUBTFUL_FORMS else xp if xp in (RATIONAL, FORMS) else BALL
        return ExactArray(plain.asarray(known).data, xp.field)

    same = point.xp.exact and point.xp == xp and not getattr(point.xp.field, "readable", False)
    return point if same else point.map(convert)


def _evaluate(statement: Statement, goal: Goal, p: Any, arithmetic: str) -> Judgement:
    try:
        return _read(goal, p, arithmetic)
    except NotRationalError as error:
        if arithmetic == "rational":
            raise
        raise _blamed(statement, error, p, arithmetic) from error
    except StatementError:
        raise
    except ZeroDivisionError:
        return Judgement(None, None, False, None, arithmetic)
    except Exception as error:
        raise _blamed(statement, error, p, arithmetic) from error


def _read(goal: Goal, p: Any, arithmetic: str) -> Judgement:
    applicable: Kleene = True
    for hypothesis in goal.hypotheses:
        met = _kleene(hypothesis, p)
        if met is False:
            return Judgement(False, None, arithmetic=arithmetic)
        applicable = applicable if met else None
    slack = None
    if goal.slack is not None:
        try:
            number = goal.slack(p)
        except UndecidedError:  # a branch of the formula hangs on an equality
            return Judgement(applicable, None, True, None, arithmetic)
        slack = number.nearest_float()
        if not _is_number(number) and arithmetic.endswith(f"{LAST_BITS} bits"):
            return Judgement(applicable, None, False, None, arithmetic)
    return Judgement(applicable, _kleene(goal.conclusion, p), True, slack, arithmetic)


def _blamed(statement: Statement, error: Exception, p: Any, arithmetic: str) -> StatementError:
    what = f"{statement.name!r} raised {type(error).__name__}: {error}{raised_at(error)}"
    return StatementError(f"{what}, in {arithmetic} arithmetic at {described(p)}")


def _is_number(value: Any) -> bool:
    """Whether a scalar has a value: a finite one, or an infinity whose sign is known."""
    scalar = value.item()
    return not hasattr(scalar, "is_finite") or bool(scalar.is_finite() or scalar > 0 or scalar < 0)


def _kleene(predicate: Any, p: Any) -> Kleene:
    try:
        value = predicate(p)
        if isinstance(value, Truth):
            known = value.values.item() if value.values.size == 1 else bool(value)
            return known if known is None else bool(known)
        return bool(value)
    except UndecidedError:
        return None
