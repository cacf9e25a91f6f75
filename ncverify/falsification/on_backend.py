"""What a float backend makes of a statement at a point, held against exact arithmetic at the same coordinates.

Every number that the statement takes (its slack or both sides, each hypothesis, a witness) and every quantity that it
reads off the point is computed three times: by the backend, in ball arithmetic, and in the arithmetic of
`numbers.rounded`, whose balls contain what a correct library may return. A number of the backend outside its ball, or
a truth that rounding cannot turn, is a disagreement.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ncverify.errors import NotRationalError, UndecidedError
from ncverify.numbers import to_numpy
from ncverify.numbers.ball import BALL, precision
from ncverify.numbers.exact import ExactArray
from ncverify.numbers.formats import Rounded
from ncverify.numbers.rounded import rounded_like
from ncverify.numbers.truth import Truth
from ncverify.statements.reading import goals
from ncverify.statements.types import Existence, Statement

_BITS = 128
_ROLES = ("slack", "left", "right", "premise", "conclusion", "predicate", "objective", "value")
_NO_VALUE = (UndecidedError, NotRationalError, ZeroDivisionError)  # of balls; other errors are faults of ours
_OWN = frozenset({"W", "H", "xp", "sizes", "variables", "free"})


@dataclass(frozen=True)
class Disagreement:
    """A number or truth of the backend that exact arithmetic contradicts.

    Attributes:
        quantity: what was computed: "slack", "given[0]", "p.loss", ..., with the index of the element.
        found: what the backend gave, in words.
        exact: the exact value, in words.
        bound: how far a correct backend may be from it; "" for truths and shapes.
    """

    quantity: str
    found: str
    exact: str
    bound: str = ""

    def __str__(self) -> str:
        allowed = f", allowed difference {self.bound}" if self.bound else ""
        return f"{self.quantity} is {self.found} on the backend, and {self.exact} exactly{allowed}"


@dataclass(frozen=True)
class Seen:
    """What was found at one point.

    Attributes:
        disagreements: in the order in which they were met.
        compared: numbers and truths that could be held against exact ones.
        applicable: whether all hypotheses are met, as far as the backend's floats can tell, and something was compared.
        suspicious: whether the conclusion fails where hypotheses are met, as far as floats can tell.
    """

    disagreements: tuple[Disagreement, ...]
    compared: int
    applicable: bool
    suspicious: bool


def look(statement: Statement, point: Any) -> Seen:
    """Everything that a statement computes at a point of a float backend, held against exact arithmetic.

    Args:
        statement: one about points (no `Trend`, no `OverShapes`).
        point: with coordinates of any library, float32 or float64.
    """
    host = {name: np.array(to_numpy(value)) for name, value in point.variables.items()}
    with np.errstate(all="ignore"), precision(_BITS):
        comparisons = list(_compared(statement, point))
        applicable, suspicious = _in_floats(statement, point)
    comparisons += [
        change for name, before in host.items() for change in _unchanged(name, before, point.variables[name])
    ]
    disagreements = tuple(comparison for comparison in comparisons if comparison is not None)
    return Seen(disagreements, len(comparisons), applicable and bool(comparisons), suspicious)


def functions_of(statement: Statement) -> list[tuple[str, Callable[[Any], Any]]]:
    """The functions of a statement by the role that they have in it."""
    functions = [(f"given[{i}]", function) for i, function in enumerate(statement.given)]
    functions += [(role, function) for role in _ROLES if (function := getattr(statement, role, None)) is not None]
    if isinstance(statement, Existence):
        witness, valid = statement.witness, statement.valid
        alone = len(inspect.signature(valid).parameters) == 1
        functions.append(("witness", witness))
        functions.append(("valid", lambda p: valid(witness(p)) if alone else valid(p, witness(p))))
    return functions


def _compared(statement: Statement, point: Any) -> Iterator[Disagreement | None]:
    """A disagreement, or None, for each number and truth that can be compared."""
    dtype = str(point.xp.dtype).rpartition(".")[2]
    model, exact = (point.map(lambda a, xp=xp: xp.asarray(to_numpy(a))) for xp in (rounded_like(point.xp), BALL))
    for role, function in functions_of(statement):
        allowed, value = _value(function, model), _value(function, exact)
        if isinstance(allowed, Exception) and not isinstance(allowed, _NO_VALUE) and not isinstance(value, Exception):
            raise allowed
        yield from _held(role, _value(function, point), allowed, value, dtype)
    for name in sorted(vars(point).keys() & vars(model).keys()):
        if name not in _OWN and name not in point.variables and not name.startswith("_"):
            value = vars(exact).get(name)
            yield from _held(f"p.{name}", vars(point)[name], vars(model)[name], value, dtype)


def _value(function: Callable[[Any], Any], point: Any) -> Any:
    """The value, or the exception instead of one."""
    try:
        return function(point)
    except Exception as error:
        return error


def _held(name: str, returned: Any, allowed: Any, exact: Any, dtype: str) -> Iterator[Disagreement | None]:
    """One value against its enclosure and its exact value, element by element."""
    if isinstance(allowed, tuple | list):
        if isinstance(returned, Exception) or not hasattr(returned, "__len__") or len(returned) != len(allowed):
            yield Disagreement(name, _words(returned), f"{len(allowed)} values")
            return
        parts = exact if isinstance(exact, tuple | list) else [None] * len(allowed)
        for i, three in enumerate(zip(returned, allowed, parts, strict=True)):
            yield from _held(f"{name}[{i}]", *three, dtype)
    elif hasattr(allowed, "variables"):
        for key, value in allowed.variables.items():
            parts = (
                getattr(returned, "variables", {}).get(key, returned),
                value,
                getattr(exact, "variables", {}).get(key),
            )
            yield from _held(f"{name}.{key}", *parts, dtype)
    elif isinstance(allowed, ExactArray):
        yield from _numbers(name, returned, allowed, exact, dtype)
    elif isinstance(allowed, Truth | bool | np.bool_):
        yield from _truths(name, returned, allowed if isinstance(allowed, Truth) else Truth(bool(allowed)))


def _numbers(name: str, returned: Any, allowed: ExactArray, exact: Any, dtype: str) -> Iterator[Disagreement | None]:
    known = [(i, ball) for i, ball in np.ndenumerate(allowed.data) if isinstance(ball, Rounded) and ball.is_finite()]
    if not known:
        return
    host = _host(returned)
    if host is None or host.shape != allowed.shape or host.dtype.kind not in "fiu":
        yield Disagreement(name, _words(returned), f"an array of numbers of shape {allowed.shape}")
        return
    if host.dtype.kind == "f" and hasattr(returned, "dtype") and str(returned.dtype).rpartition(".")[2] != dtype:
        yield Disagreement(f"the dtype of {name}", str(returned.dtype), dtype)
    balls: Any = exact.data if isinstance(exact, ExactArray) and exact.shape == allowed.shape else None
    for index, ball in known:
        where = name + (str(list(index)) if index else "")
        true = None if balls is None or not balls[index].is_finite() else balls[index]
        yield _number(where, float(host[index]), ball, true)


def _number(where: str, returned: float, allowed: Rounded, true: Any) -> Disagreement | None:
    if true is not None and not allowed.ball.overlaps(true):
        bound = f"{float(allowed.ball.rad()):.3g}"
        return Disagreement(where, f"to be near {float(allowed.ball.mid())!r}", _digits(true), bound)
    if allowed.contains(returned):
        return None
    middle = allowed.ball if true is None else true
    return Disagreement(where, repr(returned), _digits(middle), f"{float(allowed.ball.rad()):.3g}")


def _digits(ball: Any) -> str:
    return str(ball.mid().str(20, radius=False))


def _truths(name: str, returned: Any, allowed: Truth) -> Iterator[Disagreement | None]:
    known = [(i, value) for i, value in np.ndenumerate(allowed.values) if value is not None]
    if not known:
        return
    host = _host(returned)
    if host is None or host.shape != allowed.shape or host.dtype != bool:
        yield Disagreement(name, _words(returned), f"truth of shape {allowed.shape}")
        return
    for index, value in known:
        where = name + (str(list(index)) if index else "")
        same = bool(host[index]) == value
        yield None if same else Disagreement(where, str(bool(host[index])), str(value), "none: no rounding turns it")


def _host(value: Any) -> Any:
    """A value of the backend as NumPy, None for what is none."""
    if isinstance(value, bool | int | float | np.generic):
        return np.asarray(value)
    try:
        return to_numpy(value)
    except TypeError:
        return None


def _words(value: Any) -> str:
    if isinstance(value, Exception):
        return f"an error ({type(value).__name__}: {value})"
    shape = getattr(value, "shape", None)
    return f"{type(value).__name__}" + ("" if shape is None else f" of shape {tuple(shape)}, {value.dtype}")


def _unchanged(name: str, before: Any, after: Any) -> Iterator[Disagreement]:
    now = to_numpy(after)
    if before.shape != now.shape or before.tobytes() != np.ascontiguousarray(now).tobytes():
        yield Disagreement(f"p.{name}", "changed in place by a function", "what it was before")


def _in_floats(statement: Statement, point: Any) -> tuple[bool, bool]:
    """(hypotheses are met, and beside that a conclusion fails) as far as floats can tell."""
    applicable = suspicious = False
    for reading in goals(statement):
        if all(_true(h, point) for h in reading.hypotheses):
            applicable = True
            suspicious = suspicious or not _true(reading.conclusion, point)
    return applicable, suspicious


def _true(predicate: Callable[[Any], Any], point: Any) -> bool:
    """The truth of a predicate; a failure to compute it has been noted where its numbers were compared."""
    try:
        return bool(predicate(point))
    except Exception:
        return False
