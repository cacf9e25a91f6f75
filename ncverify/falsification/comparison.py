"""One formula, one value: its numbers in exact arithmetic against those of NumPy and PyTorch, up to rounding."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from ncverify.errors import StatementError
from ncverify.falsification.exact import _exact_point
from ncverify.numbers.ball import BALL, precision
from ncverify.numbers.namespaces import namespace_of
from ncverify.numbers.native import NativeNamespace
from ncverify.numbers.tracked import TrackedNamespace
from ncverify.statements._described import described
from ncverify.statements.reading import goals
from ncverify.statements.types import Statement

_ROLES = ("slack", "left", "right", "premise", "conclusion", "predicate", "objective", "value", "witness")
_BITS = 128
_ROUNDINGS = 2.0**20  # no formula rounds its largest term more often
_NEAR, _NEIGHBOURS = 2.0**-40, 4  # a value that rounding alone changes also changes nearby


def same_in_every_arithmetic(statement: Statement, point: Any) -> None:
    """Checks that every number of the statement is the same in all arithmetics at an ordinary point.

    Raises:
        StatementError: a function means something else in one of them; names the arithmetics and the values.
    """
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # of NumPy beside PyTorch
        _compare_all(statement, point)


def _compare_all(statement: Statement, point: Any) -> None:
    functions = [(name, f) for name in _ROLES if (f := getattr(statement, name, None)) is not None]
    for role, function in (*functions, *((f"given[{i}]", g) for i, g in enumerate(statement.given))):
        with np.errstate(all="ignore"):
            _compare(statement, role, function, point)
    with np.errstate(all="ignore"):
        for goal in goals(statement):
            for i, hypothesis in enumerate(goal.hypotheses):
                _compare_truth(statement, f"hypothesis {i + 1}", hypothesis, point)
            _compare_truth(statement, "the conclusion", goal.conclusion, point)


def _compare(statement: Statement, role: str, function: Callable[[Any], Any], point: Any) -> None:
    exact, tracked = _exact(function, point), _tracked(function, point)
    if exact is None or tracked is None:
        return
    sizes = np.maximum(tracked[1], np.abs(exact))
    for name, computed in _floats(function, point, tracked[0]):
        if _apart(computed, exact, sizes) and _steady(function, point, computed, sizes):
            raise StatementError(
                f"{statement.name!r}: {role} is {_shown(computed)} in {name} and {_shown(exact)} in exact arithmetic "
                f"at {described(point)}: a function in it means two things; write it with other functions of p.xp"
            )


def _compare_truth(statement: Statement, role: str, function: Callable[[Any], Any], point: Any) -> None:
    """The same for a truth value, where rounding does not come near to changing it."""
    exact, searched = _exact_truth(function, point), _tracked_truth(function, point)
    if exact is None or searched is None or not searched[1] > _ROUNDINGS * np.finfo(np.float64).eps:
        return
    plain, torchs = _plain_truth(function, point), _plain_truth(function, point.map(torch.as_tensor))
    for name, truth in (("NumPy's floats", plain), ("the search", searched[0]), ("PyTorch's floats", torchs)):
        if truth is None or truth == exact:
            continue
        if all(_plain_truth(function, near) in (None, plain) for near in _nearby(point)):
            raise StatementError(
                f"{statement.name!r}: {role} is {truth} in {name} and {exact} in exact arithmetic at "
                f"{described(point)}: a function in it means two things; write it with other functions of p.xp"
            )


def _exact_truth(function: Callable[[Any], Any], point: Any) -> bool | None:
    try:
        with precision(_BITS):
            return bool(function(_exact_point(point, BALL)))
    except Exception:  # undecided, or met again and reported where it matters
        return None


def _tracked_truth(function: Callable[[Any], Any], point: Any) -> tuple[bool, float] | None:
    xp = TrackedNamespace(NativeNamespace(np.ones(())))
    try:
        value = function(point.map(xp.track))
        return bool(value), float(np.abs(getattr(value, "distance", 1.0)))
    except Exception:
        return None


def _plain_truth(function: Callable[[Any], Any], point: Any) -> bool | None:
    try:
        return bool(function(point))
    except Exception:
        return None


def _floats(function: Callable[[Any], Any], point: Any, tracked: Any) -> list[tuple[str, Any]]:
    values = [("NumPy's floats", _plain(function, point)), ("the search", tracked)]
    values.append(("PyTorch's floats", _plain(function, point.map(torch.as_tensor))))
    return [(name, value) for name, value in values if value is not None]


def _plain(function: Callable[[Any], Any], point: Any) -> Any:
    try:
        return _numbers(function(point))
    except Exception:  # a formula that one library cannot take is met again, and reported, where it matters
        return None


def _numbers(value: Any) -> Any:
    """An array of floats, None for truth values and what is no number."""
    array = np.asarray(value.detach() if isinstance(value, torch.Tensor) else value)
    return None if array.dtype == bool else array.astype(np.float64)


def _exact(function: Callable[[Any], Any], point: Any) -> Any:
    try:
        with precision(_BITS):
            value = function(_exact_point(point, BALL))
            if not hasattr(value, "data") or not hasattr(value, "field"):
                return None
            return np.asarray(np.frompyfunc(value.field.to_float, 1, 1)(value.data), dtype=np.float64)
    except Exception:
        return None


def _tracked(function: Callable[[Any], Any], point: Any) -> Any:
    xp = TrackedNamespace(NativeNamespace(np.ones(())))
    try:
        value = function(point.map(xp.track))
        if namespace_of(value) != xp:
            return None
        return np.asarray(value.value, dtype=np.float64), np.asarray(value.size_of_terms, dtype=np.float64)
    except Exception:
        return None


def _apart(computed: Any, exact: Any, sizes: Any) -> bool:
    if computed.shape != exact.shape:
        return True
    bound = _ROUNDINGS * np.finfo(np.float64).eps * np.maximum(sizes, np.abs(computed))
    return bool((np.abs(computed - exact) > bound)[np.isfinite(computed) & np.isfinite(exact)].any())


def _steady(function: Callable[[Any], Any], point: Any, computed: Any, sizes: Any) -> bool:
    """Whether the value stays what it is nearby: one that does not hangs on rounding, as the sign of a zero does."""
    plain = _plain(function, point)
    if plain is None or _apart(plain, computed, sizes):
        return plain is None
    for near in _nearby(point):
        value = _plain(function, near)
        if value is None or _apart(value, computed, sizes):
            return False
    return True


def _nearby(point: Any) -> list[Any]:
    rng = np.random.default_rng(0)
    return [point.map(lambda a: a * (1 + _NEAR * rng.standard_normal(a.shape))) for _ in range(_NEIGHBOURS)]


def _shown(values: Any) -> str:
    return np.array2string(np.asarray(values), precision=6, threshold=8).replace("\n", "")
