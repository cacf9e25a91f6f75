"""Free real coordinates for bounded entries: onto the interval, with both ends attained where they belong to it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from ncverify.kinds import Array, Functions, Number
from ncverify.space.variable import Variable

_LARGEST = float(np.finfo(np.float64).max)


def apply(variable: Variable, free: Array, xp: Functions) -> Array:
    """The entries that belong to free coordinates, in floats."""
    low, high = _ends(variable)
    if low is not None and high is not None:
        return low + (high - low) * (1 + xp.sin(free)) / 2
    if variable.positive and low is None:
        return xp.exp(free) if high is None else high / (1 + free * free)
    if low is not None:
        return low + free * free
    return high - free * free


def inverse(variable: Variable, value: Array) -> Array:
    """Free coordinates of entries, NumPy floats; entries outside are moved to the nearest end."""
    low, high = _ends(variable)
    if low is not None and high is not None:
        width = high - low
        share = np.clip((value - low) / width if width > 0 else 0.0 * value, 0.0, 1.0)
        return np.arcsin(2 * share - 1)
    if variable.positive and low is None:
        size = np.maximum(np.abs(value), 1e-300)
        return np.log(size) if high is None else np.sqrt(np.maximum(high / np.minimum(size, high) - 1, 0.0))
    if low is not None:
        return np.sqrt(np.maximum(value - low, 0.0))
    assert high is not None
    return np.sqrt(np.maximum(high - value, 0.0))


def settle(variable: Variable, value: Array) -> list[Array]:
    """Float entries as exact ones inside the interval: those next to an end are at the end."""
    low, high = variable.low, variable.high
    settled: list[Any] = []
    for entry in np.ravel(value).tolist():
        if not isinstance(entry, int | float | Fraction):
            settled.append(_held(variable, entry))  # a root that a threshold asked for
            continue
        exact = Fraction(min(max(entry, -_LARGEST), _LARGEST))
        for end in (low, high):
            if end is not None and abs(exact - end) <= Fraction(1, 10**12) * max(Fraction(1), abs(end)):
                exact = end
        exact = max(exact, low) if low is not None else exact
        exact = min(exact, high) if high is not None else exact
        if variable.positive and exact <= 0:
            exact = Fraction(5, 10**324)
        settled.append(exact)
    return settled


def _held(variable: Variable, entry: Number) -> Number:
    """An exact number, at the nearest end of the interval where it lies outside."""
    from ncverify.numbers.rational import rational, sign

    for end, side in ((variable.low, 1), (variable.high, -1)):
        if end is not None and side * sign(entry - rational(end)) < 0:
            return end
    return Fraction(5, 10**324) if variable.positive and sign(entry) <= 0 else entry


def fault(variable: Variable, value: Array, xp: Functions) -> str:
    """The reason why an exact array is outside its interval; "" where it lies inside."""
    if variable.positive and not bool(xp.all(value > 0)):
        return "an entry is not positive"
    if variable.low is not None and not bool(xp.all(value >= xp.asarray(variable.low))):
        return f"an entry is below {variable.low}"
    if variable.high is not None and not bool(xp.all(value <= xp.asarray(variable.high))):
        return f"an entry is above {variable.high}"
    return ""


def _ends(variable: Variable) -> tuple[float | None, float | None]:
    low, high = variable.low, variable.high
    return (None if low is None else float(low)), (None if high is None else float(high))
