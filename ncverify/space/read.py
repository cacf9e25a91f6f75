"""From what a person writes to an exact point of a space: shapes, sizes and sets checked, each fault by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ncverify.kinds import Array, Number
from ncverify.numbers.host import to_numpy
from ncverify.space import charts, intervals
from ncverify.space.point import SpacePoint
from ncverify.space.sizes import Sizes

if TYPE_CHECKING:
    from ncverify.space.space import Space


def point(space: Space, values: Mapping[str, Any]) -> SpacePoint:
    """The rational point of a `Space` with the given values; see `Space.point`."""
    from ncverify.numbers.rational import READABLE

    values = dict(values)
    _check_names(space, values)
    class_sizes = values.pop("class_sizes", None)
    arrays = {name: exact_array(name, values[name]) for name in space.variables}
    sizes = _sizes(space, arrays, {name: values[name] for name in space.ranges if name in values}, class_sizes)
    for name, variable in space.variables.items():
        expected = variable.resolved(sizes.values)
        if arrays[name].shape != expected:
            raise ValueError(
                f"{name}: expected shape {variable.shape} = {expected} with {sizes}, got {arrays[name].shape}"
            )
    converted = {name: READABLE.asarray(array) for name, array in arrays.items()}
    for name, variable in space.variables.items():
        if variable.on is not None:
            fault = charts.fault(variable.on, converted[name], READABLE)
        else:
            fault = intervals.fault(variable, converted[name], READABLE)
        if fault:
            raise ValueError(f"{name}: expected a value of {variable!r}: {fault}")
    return SpacePoint(sizes, converted, like=READABLE.ones(()))


def _check_names(space: Space, values: Mapping[str, Any]) -> None:
    known = [*space.variables, *space.ranges, *(["class_sizes"] if space.classes else [])]
    for name in values:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise TypeError(f"{name}: this space has no such variable; there are {', '.join(known)}{hint}")
    missing = [name for name in space.variables if name not in values]
    if missing:
        raise TypeError(f"{missing[0]}: expected a value for every variable of the space, and got none for it")


def exact_array(name: str, value: Array) -> np.ndarray:
    """Nested lists, arrays and scalars as an array of exact numbers.

    Raises:
        TypeError: an entry is no real number, or the lists are ragged.
    """
    if hasattr(value, "field"):
        data = value.data
    elif hasattr(value, "shape") and not isinstance(value, np.ndarray | np.generic):
        data = to_numpy(value)
    else:
        try:
            data = np.asarray(value, dtype=object)
        except ValueError as error:
            raise TypeError(f"{name}: expected nested lists of one length, got {value!r:.80}") from error
    out = np.empty(data.shape, dtype=object)
    for index in np.ndindex(data.shape):
        out[index] = _number(name, data[index])
    return out


def _number(name: str, value: Array) -> Number:
    if isinstance(value, list | tuple):
        raise TypeError(f"{name}: expected nested lists of one length, got lists of several lengths")
    if isinstance(value, bool) or value is None:
        raise TypeError(f"{name}: expected numbers, got {value!r}")
    if isinstance(value, str):
        try:
            if "sqrt" in value or "root" in value:
                from ncverify.numbers.reading import read_irrational

                return read_irrational(value)
            return Fraction(float.fromhex(value)) if "0x" in value.lower() else Fraction(value)
        except (ValueError, ZeroDivisionError, OverflowError) as error:
            raise TypeError(f"{name}: expected a number such as '1/8', got {value!r}") from error
    if isinstance(value, float | np.floating):
        if not np.isfinite(value):
            raise TypeError(f"{name}: expected finite numbers, got {value!r}")
        return Fraction(*value.as_integer_ratio())
    exact = type(value).__name__ in ("fmpq", "Surd", "Algebraic")
    if exact or isinstance(value, int | np.integer | Fraction):
        return value
    raise TypeError(f"{name}: expected numbers or texts such as '1/8', got {type(value).__name__}")


def _sizes(space: Space, arrays: Mapping[str, np.ndarray], given: Mapping[str, Any], class_sizes: object) -> Sizes:
    lengths: dict[str, int] = {}
    where: dict[str, str] = {}
    for name, variable in space.variables.items():
        if len(arrays[name].shape) != len(variable.shape):
            raise ValueError(f"{name}: expected shape {variable.shape or '() (a scalar)'}, got {arrays[name].shape}")
        for size, length in zip(variable.shape, arrays[name].shape, strict=True):
            if isinstance(size, str) and lengths.setdefault(size, length) != length:
                raise ValueError(f"{name}: {size} is {length} here and {lengths[size]} in {where[size]}")
            where.setdefault(str(size), name)
    _merge_given(lengths, given)
    classes = None
    if space.classes is not None:
        classes = _class_sizes(space, space.classes, lengths, class_sizes)
        lengths.setdefault(space.classes, len(classes))
        if lengths.get("N", sum(classes)) != sum(classes):
            raise ValueError(f"class_sizes: expected sizes that add up to N = {lengths['N']}, got {classes}")
    missing = [name for name in space.ranges if name not in lengths]
    if missing:
        raise TypeError(f"{missing[0]}: expected this size, which no variable has as an axis, as an integer")
    sizes = Sizes({name: lengths[name] for name in space.ranges}, classes)
    if not space.admits(sizes):
        raise ValueError(f"sizes: ({sizes}) are not among those of {space!r}")
    return sizes


def _merge_given(lengths: dict[str, int], given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if type(value) is not int or lengths.setdefault(name, value) != value:
            raise ValueError(f"{name}: expected the integer {lengths.get(name, '')}, got {value!r}")


def _class_sizes(space: Space, name: str, lengths: Mapping[str, int], given: object) -> tuple[int, ...]:
    if given is None:
        low, high = space.class_range
        K, N = lengths.get(name), lengths.get("N")
        if K is not None and (low == high or K * low == N):
            return (low,) * K
        raise TypeError("class_sizes: expected n_1..n_K, for instance class_sizes=(2, 1)")
    if not isinstance(given, tuple | list) or not all(type(n) is int for n in given):
        raise TypeError(f"class_sizes: expected a tuple of integers, got {given!r}")
    empty = [k for k, n in enumerate(given) if n < 1]
    if empty:
        raise ValueError(f"class_sizes: expected sizes >= 1, got {given[empty[0]]} for class {empty[0]}")
    if lengths.get(name, len(given)) != len(given):
        raise ValueError(f"class_sizes: expected {lengths[name]} sizes, one for each class, got {given}")
    return tuple(given)
