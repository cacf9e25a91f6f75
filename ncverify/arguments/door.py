"""The check before a function: which of its arguments are looked at, and how."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

import numpy as np

from ncverify.arguments.arrays import ARRAYS, array, is_exact, pair
from ncverify.arguments.kinds import (
    NUMBERS,
    POSITIVE,
    Check,
    a_function,
    each_has,
    instance_of,
    integer,
    namespace,
    number,
    numbers,
    rotation,
    text,
    truth,
)
from ncverify.errors import NCVerifyError, NumberRangeError

F = TypeVar("F", bound=Callable[..., Any])

SEQUENCES = {
    "Sequence[Event]": "function",
    "Sequence[Trajectory]": "columns",
    "list[list[Cell]]": "__len__",
    "Sequence[Stage]": "lower",
    "list[Any]": "__getitem__",
}
PAIRS = {"direction", "a", "b"}


def at_the_door(package: dict[str, Any], unchecked: tuple[str, ...] = ()) -> None:
    """Puts the check before every public function of a package.

    Args:
        package: its globals, `__all__` among them.
        unchecked: functions that look at their arguments themselves.
    """
    for name in package["__all__"]:
        if inspect.isfunction(package[name]) and name not in unchecked and not hasattr(package[name], "__wrapped__"):
            package[name] = guarded(package[name])


def guarded(function: F) -> F:
    """The function behind a check of its arguments.

    Raises:
        TypeError: an argument of another kind; the message begins with its name.
        ValueError: a number out of range, or another shape; the message begins with the argument's name.

    Example:
        >>> guarded(lambda rho: rho)(float("nan"))
        Traceback (most recent call last):
            ...
        ValueError: rho: expected a finite number > 0, got nan
    """
    parameters = inspect.signature(function).parameters
    names = tuple(parameters)
    checks = [(name, check) for name, p in parameters.items() if (check := _check_for(name, str(p.annotation)))]
    checks.sort(key=lambda item: item[1] in (array, pair))  # arrays are held against numbers, points and namespaces
    if not checks:
        return function

    @functools.wraps(function)
    def checked(*args: Any, **options: Any) -> Any:
        if len(args) > len(names):
            return function(*args, **options)
        given = dict(zip(names, args, strict=False)) | options
        for name, check in checks:
            if name in given and not (given[name] is None and parameters[name].default is None):
                given[name] = check(name, given[name], given)
        try:
            return function(**given)
        except (ZeroDivisionError, OverflowError, FloatingPointError, np.linalg.LinAlgError) as error:
            if isinstance(error, NCVerifyError) or not _in_floats(given.values()):
                raise
            raise NumberRangeError(f"{', '.join(given)}: the numbers leave the range of floats ({error})") from error

    return cast(F, checked)


def _in_floats(values: Iterable[Any]) -> bool:
    """Whether no argument is of an exact arithmetic, in which the same exceptions have meanings of their own."""
    return not any(
        is_exact(value) or is_exact(getattr(value, "W", None)) or getattr(value, "exact", False) for value in values
    )


def _check_for(name: str, annotation: str) -> Check | None:
    kind = annotation.removesuffix(" | None")
    if kind.startswith("Callable") or name == "hessian":
        return a_function
    if kind in ("Sequence[int]", "Sequence[float]"):
        return functools.partial(numbers, whole="int" in kind)
    if kind in SEQUENCES:
        return each_has(SEQUENCES[kind])
    by_kind: dict[str, Check] = {
        "Point": instance_of("a Point", "squared_norm"),
        "Point | SpacePoint": instance_of("a point", "map"),
        "Trajectory": instance_of("a Trajectory", "joined"),
        "Conserved": instance_of("the result of `conserved`", "balance"),
        "Shape": instance_of("a Shape", "_fields"),
        "DecayProblem": instance_of("a DecayProblem", "one_hot"),
        "Triple": instance_of("a Triple (W, H, b) of arrays", "_replace"),
        "int": integer,
        "float": number,
        "bool": truth,
        "Notation": instance_of("a Notation", "__dataclass_fields__"),
        "np.random.Generator": instance_of("a numpy.random.Generator", "standard_normal"),
        "str": text,
    }
    if kind in by_kind:
        return by_kind[kind]
    if name in ("xp", "like"):
        return namespace
    if name == "rotation":
        return rotation
    if name in PAIRS:
        return pair
    if name in ARRAYS:
        return array
    return number if name in POSITIVE | NUMBERS else None
