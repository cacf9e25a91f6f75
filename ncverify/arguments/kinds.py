"""Checks of numbers, switches, texts, functions and objects; each gives back the value, or refuses it by name."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ncverify.arguments.arrays import dense, is_exact, shown

Check = Callable[[str, Any, Mapping[str, Any]], Any]

LEAST = {
    "workers": -64,
    "steps": 1,
    "evaluations": 1,
    "K": 2,
    "n": 1,
    "d": 1,
    "starts": 1,
    "blocks": 1,
    "active": 1,
    "trials": 1,
    "per_decade": 1,
    "order": 1,
    "ignore_index": -(2**31),
    "KA": 1,
    "KB": 2,
    "n_A": 1,
    "n_B": 1,
}
LARGEST = 2**31
POSITIVE = {"rho", "tolerance", "learning_rate", "rtol", "norm_ratio", "horizon", "first", "spacing", "best_margin"}
NOT_NEGATIVE = {
    "epsilon",
    "delta",
    "active_within",
    "squared_norm",
    "share",
    "within",
    "budget",
    "longest",
    "rounding",
    "eps",
}
UNBOUNDED = {"epsilon", "delta", "active_within", "low", "high", "log_t", "until_log_t"}  # may be infinite
NUMBERS = {"step", "squared_norm", "epsilon", "delta", "until_log_t"}


def instance_of(what: str, attribute: str) -> Check:
    """A check for objects whose class has an attribute."""

    def check(name: str, value: Any, given: Mapping[str, Any]) -> Any:
        if not hasattr(type(value), attribute):
            raise TypeError(f"{name}: expected {what}, got {shown(value)}")
        return value

    return check


def each_has(attribute: str) -> Check:
    """A check for lists and tuples of objects that have an attribute."""

    def check(name: str, value: Any, given: Mapping[str, Any]) -> Any:
        if not isinstance(value, list | tuple) or not all(hasattr(one, attribute) for one in value):
            raise TypeError(f"{name}: expected a list or tuple of objects with a {attribute!r}, got {shown(value)}")
        return value

    return check


def a_function(name: str, value: Any, given: Mapping[str, Any]) -> Any:
    """The function, if it is one."""
    if not callable(value):
        raise TypeError(f"{name}: expected a function, got {shown(value)}")
    return value


def numbers(name: str, value: Any, given: Mapping[str, Any], whole: bool = False) -> Any:
    """The sequence, if all in it are numbers (whole ones, if asked for) and none is NaN."""
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise TypeError(f"{name}: expected a sequence of numbers, got {shown(value)}")
    for one in value:
        number = (int, np.integer) if whole else (int, float, np.integer, np.floating)
        if isinstance(one, bool) or not isinstance(one, number):
            raise TypeError(f"{name}: expected a sequence of numbers, got {shown(one)} in it")
        if one != one:
            raise ValueError(f"{name}: expected a sequence of numbers, got NaN in it")
    return value


def text(name: str, value: Any, given: Mapping[str, Any]) -> Any:
    """The text, if it is one."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a text, got {shown(value)}")
    return value


def truth(name: str, value: Any, given: Mapping[str, Any]) -> bool:
    """The truth value as a bool."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}: expected True or False, got {shown(value)}")
    return bool(value)


def integer(name: str, value: Any, given: Mapping[str, Any]) -> int:
    """The integer as an int, if it is within the range that goes with its name."""
    try:
        number = None if isinstance(value, bool | np.ndarray) or _is_torch(value) else operator.index(value)
    except TypeError:
        number = None
    least = LEAST.get(name, 0)
    if number is None:
        raise TypeError(f"{name}: expected an integer >= {least}, got {shown(value)}")
    if number < least:
        raise ValueError(f"{name}: expected {name} >= {least}, got {shown(value)}")
    if number >= LARGEST and name != "seed":
        raise ValueError(f"{name}: expected {name} < {LARGEST}, got {shown(value)}")
    return number


def _is_torch(value: Any) -> bool:
    return type(value).__module__.startswith("torch")


def number(name: str, value: Any, given: Mapping[str, Any]) -> Any:
    """The number, if it is real and within the range that goes with its name."""
    expected = ("a number" if name in UNBOUNDED else "a finite number") + (
        " > 0" if name in POSITIVE else " >= 0" if name in NOT_NEGATIVE else ""
    )
    if value is None or isinstance(value, bool | complex | str | list | tuple) or getattr(value, "shape", ()) != ():
        raise TypeError(f"{name}: expected {expected}, got {shown(value)}")
    if not isinstance(value, int | float | np.generic):  # a scalar of a library or of an exact arithmetic
        if not is_exact(value) and hasattr(value, "dtype"):
            dense(name, value)
        return value
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(f"{name}: expected {expected} of a float's size, got {shown(value)}") from None
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"{name}: expected {expected}, got {shown(value)}") from None
    fits = number == number if name in UNBOUNDED else math.isfinite(number)
    if not fits or (name in POSITIVE and number <= 0) or (name in NOT_NEGATIVE and number < 0):
        raise ValueError(f"{name}: expected {expected}, got {shown(value)}")
    return number if isinstance(value, np.floating | np.integer) else value


def rotation(name: str, value: Any, given: Mapping[str, Any]) -> Any:
    """A matrix as it is, or a seed."""
    if hasattr(value, "shape") and len(value.shape) == 2:
        return value
    return integer(name, value, given)


def namespace(name: str, value: Any, given: Mapping[str, Any]) -> Any:
    """The namespace, if it is one of `ncverify.numbers`."""
    if not hasattr(value, "integers"):
        raise TypeError(
            f"{name}: expected a namespace of ncverify.numbers (backend_namespace, namespace_of), got {shown(value)}"
        )
    return value
