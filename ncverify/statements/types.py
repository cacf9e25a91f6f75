"""The kinds of statement: small values that tests, the falsifier and the exact checker all consume.

Every function of a statement takes a `Point` and is written once, in terms of `p` and `p.xp`; it then runs in
floats of every backend, with gradients, in rational and in ball arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from ncverify.certificates import Certificate
from ncverify.statements._shown import DisplayedStatement

Function = Callable[..., Any]


def _validate(statement: Any) -> None:
    if not isinstance(statement.name, str) or not statement.name:
        raise TypeError(f"name: expected a non-empty string, got {statement.name!r}")
    for f in fields(statement):
        value = getattr(statement, f.name)
        if f.metadata.get("function") and not callable(value):
            raise TypeError(
                f"{f.name}: expected a function of a point in {statement.name!r}, got {type(value).__name__}"
            )
    given = statement.given
    if callable(given) or not isinstance(given, Iterable) or not all(map(callable, given := tuple(given))):
        raise TypeError(
            f"given: expected a list of functions of a point in {statement.name!r}, "
            "each > 0 where the hypothesis is met"
        )
    object.__setattr__(statement, "given", given)  # a tuple: an iterator would be empty when it is read again


class _Validated(DisplayedStatement):
    """A statement whose name and functions are checked when it is made."""

    def __post_init__(self) -> None:
        _validate(self)


def _function() -> Any:
    return field(metadata={"function": True})


@dataclass(frozen=True)
class Inequality(_Validated):
    """slack(p) >= 0 wherever every given(p) > 0.

    Args:
        name: what is claimed, in words.
        slack: a number; the statement holds at p iff it is >= 0 (> 0 if strict).
        given: hypotheses, each a number that is > 0 (or a truth value that is true) where it is met.
        scale: the natural size of the slack, for reports; by default the size of the terms that cancel in it.
        strict: whether equality violates the statement.
    """

    name: str
    slack: Function = _function()
    given: Sequence[Function] = ()
    scale: Function | None = None
    strict: bool = False


@dataclass(frozen=True)
class Identity(_Validated):
    """left(p) == right(p), numbers or arrays of one shape, wherever every given(p) > 0."""

    name: str
    left: Function = _function()
    right: Function = _function()
    given: Sequence[Function] = ()


@dataclass(frozen=True)
class Equivalence(_Validated):
    """left(p) if and only if right(p), two predicates: comparisons, or numbers that are >= 0 where true."""

    name: str
    left: Function = _function()
    right: Function = _function()
    given: Sequence[Function] = ()


@dataclass(frozen=True)
class Implication(_Validated):
    """conclusion(p) wherever premise(p), two predicates: comparisons, or numbers that are >= 0 where true."""

    name: str
    premise: Function = _function()
    conclusion: Function = _function()
    given: Sequence[Function] = ()


@dataclass(frozen=True)
class Existence(_Validated):
    """For every p there is an object with a property: `valid(p, witness(p))`.

    What is examined is the witness that the statement names: a failure shows that this witness fails, not that
    there is none. `valid` may also take the witness alone.
    """

    name: str
    witness: Function = _function()
    valid: Function = _function()
    given: Sequence[Function] = ()


@dataclass(frozen=True)
class Trend(_Validated):
    """quantity(point) is of the order of rate(t) along a trajectory, as far as its horizon shows.

    Args:
        name: what is claimed, in words.
        trajectory: from a starting point (NumPy float64) to its samples, pairs (t, Point) with t > 0 increasing, at
            least four. Take the samples evenly on the scale on which the rate is meant: in log t for a rate such as
            1/log t.
        quantity: a non-negative number at a point.
        rate: a positive number at a time t, a float.
        given: hypotheses on the starting point.

    The finite statement that is tested: the ratio quantity / rate does not keep growing. With A, B, C its largest
    values over the first, second and last third of the samples, it keeps growing if C > 5/4 B, C - B >= 9/10 (B - A),
    and it ends within a tenth of C. It is evidence about a limit, not a proof of one; a single start may still be in
    its transient, so `falsify` wants all ordinary starts of a shape, or one start that never moves.
    """

    name: str
    trajectory: Function = _function()
    quantity: Function = _function()
    rate: Function = _function()
    given: Sequence[Function] = ()


@dataclass(frozen=True)
class ForAll(_Validated):
    """predicate(p) for every p: a comparison, or a number that is >= 0 where it is true."""

    name: str
    predicate: Function = _function()
    given: Sequence[Function] = ()


@dataclass(frozen=True)
class OverShapes(_Validated):
    """predicate(s) for all sizes alone: s.K, s.n, s.d, s.N, s.class_sizes, ..., and s.xp for functions of numbers.

    Every shape of the domain is judged exactly, so a statement that holds is proved over its domain.

    Args:
        name: what is claimed, in words.
        predicate: a comparison, or a number that is >= 0 where it is true.
        given: hypotheses on the sizes.
    """

    name: str
    predicate: Function = _function()
    given: Sequence[Function] = ()


@dataclass(frozen=True)
class Optimum(_Validated):
    """The least objective(p) is value(p), and conclusion(p) holds wherever it is attained.

    It is falsified by a point that meets `given` with objective < value, or with objective = value and a conclusion
    that is false. That the value is attained is shown by the closed form of a `minimiser`, or stated as an `Existence`.

    Args:
        name: what is claimed, in words.
        objective: a number at a point, to be minimised; for a maximum, its negative.
        value: the claimed minimum; it may depend on the point, as when a regularisation weight is quantified.
        conclusion: what holds at every minimiser: a comparison, or a number that is >= 0; None: nothing is claimed.
        given: hypotheses, the constraints of the problem among them.
        certificate: why objective >= value: a `SumOfNonNegative` or a `DualPoint` of `ncverify.certificates`. It is
            tested before the search; where it is wrong, that is an error. The value counts as attained where its terms
            vanish, which exact arithmetic can tell when it cannot tell that of a difference.
        minimiser: the closed form of a point that attains the value: from a point to arrays by name, in the place of
            its own, while what is not named (weights, say) stays. Algebraic numbers only. What it gives is judged
            before the search; where it misses a hypothesis or the value, that is an error.
    """

    name: str
    objective: Function = _function()
    value: Function = _function()
    conclusion: Function | None = None
    given: Sequence[Function] = ()
    certificate: Certificate | None = field(default=None, kw_only=True)
    minimiser: Function | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.minimiser is not None and not callable(self.minimiser):
            raise TypeError(
                f"minimiser: expected a function of a point in {self.name!r}, got {type(self.minimiser).__name__}"
            )
        if not isinstance(self.certificate, Certificate | None):
            raise TypeError(
                f"certificate: expected a SumOfNonNegative or a DualPoint in {self.name!r}, "
                f"got {type(self.certificate).__name__}"
            )
        if self.conclusion is not None and not callable(self.conclusion):
            raise TypeError(
                f"conclusion: expected a function of a point in {self.name!r}, got {type(self.conclusion).__name__}"
            )


Statement = Inequality | Identity | Equivalence | Implication | Existence | Trend | ForAll | OverShapes | Optimum
STATEMENT_TYPES = (Inequality, Identity, Equivalence, Implication, Existence, Trend, ForAll, OverShapes, Optimum)
