"""A variable of a statement: its shape in named sizes, and the set that it ranges over."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Literal, get_args

from ncverify.kinds import Array

SetName = Literal[
    "sphere", "ball", "rows on sphere", "columns on sphere", "simplex", "symmetric", "psd", "orthonormal columns"
]
SETS: tuple[SetName, ...] = get_args(SetName)
_AXES = {"simplex": (1,), "symmetric": (2,), "psd": (2,), "orthonormal columns": (2,)}
_AXES |= {"rows on sphere": (2,), "columns on sphere": (2,)}


Bound = int | float | str | Fraction


class Variable:
    """An array of real numbers, or a scalar, over which a statement is quantified.

    Args:
        shape: sizes by name or as integers; none for a scalar, which is an array without axes and broadcasts.
        positive: every entry is > 0.
        low: every entry is >= low, which may be attained; an integer, a float or a text such as "1/3".
        high: every entry is <= high, likewise.
        on: the array lies on a set: "sphere" (Euclidean norm 1), "ball" (norm at most 1), "rows on sphere", "columns on
            sphere", "simplex" (entries >= 0 with sum 1), "symmetric", "psd" (symmetric, positive semidefinite),
            "orthonormal columns" (A'A = 1, at least as many rows as columns).

    Raises:
        TypeError: a size that is neither a name nor an integer, or a bound that is no number.
        ValueError: an unknown set, a set or bounds that do not go together, an empty interval.

    Example:
        >>> Variable("K", "d"), Variable(positive=True), Variable("d", on="sphere")
        (Variable('K', 'd'), Variable(positive=True), Variable('d', on='sphere'))
    """

    def __init__(
        self,
        *shape: str | int,
        positive: bool = False,
        low: Bound | None = None,
        high: Bound | None = None,
        on: SetName | None = None,
    ) -> None:
        for size in shape:
            if isinstance(size, bool) or not isinstance(size, str | int):
                raise TypeError(f"shape: expected sizes by name or as integers, got {size!r}")
            if isinstance(size, int) and size < 1:
                raise ValueError(f"shape: expected sizes >= 1, got {size}")
        self.shape, self.positive, self.on = shape, positive, on
        self.low, self.high = _bound("low", low), _bound("high", high)
        if on is not None and on not in SETS:
            raise ValueError(f"on: expected one of {', '.join(map(repr, SETS))}, got {on!r}")
        if on is not None and (positive or low is not None or high is not None):
            raise ValueError(f"on: {on!r} cannot be combined with positive, low or high; put the bound into given=")
        if on in _AXES and len(shape) not in _AXES[on]:
            raise ValueError(f"on: {on!r} needs {_AXES[on][0]} axes, got shape {shape}")
        if on in ("sphere", "ball") and not shape:
            raise ValueError(f"on: {on!r} needs an array, got a scalar")
        if on in ("symmetric", "psd") and shape[0] != shape[1]:
            raise ValueError(f"on: {on!r} needs a square shape, got {shape}")
        least = self.low if self.low is not None else (Fraction(0) if positive else None)
        if least is not None and self.high is not None and (least > self.high or (positive and self.high <= 0)):
            raise ValueError(f"high: expected an interval that is not empty, got low {least} and high {self.high}")

    def resolved(self, sizes: Mapping[str, int]) -> tuple[int, ...]:
        """The shape as integers."""
        return tuple(size if isinstance(size, int) else sizes[size] for size in self.shape)

    def __repr__(self) -> str:
        words = [repr(size) for size in self.shape]
        words += ["positive=True"] if self.positive else []
        words += [f"{n}={str(v)!r}" for n, v in (("low", self.low), ("high", self.high)) if v is not None]
        words += [f"on={self.on!r}"] if self.on else []
        return f"Variable({', '.join(words)})"


def _bound(name: str, value: Array) -> Fraction | None:
    if value is None:
        return None
    try:
        if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
            raise ValueError(value)
        return Fraction(value)
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise TypeError(f"{name}: expected a finite number or a text such as '1/3', got {value!r}") from error
