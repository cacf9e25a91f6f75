"""Numbers of closed forms: arguments are read exactly, results are balls refined until they are good floats."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Annotated, Any, TypeAlias

import numpy as np
from flint import arb, fmpq

from ncverify.arguments.shapes import Given, shown
from ncverify.errors import UndecidedError
from ncverify.numbers.ball import precision

GOOD = 64  # bits of a result, eleven more than a float has
PRECISIONS = (128, 256, 512, 1024, 2048, 4096, 8192)
_NEVER_SEEN, _LARGEST = arb(2) ** -1200, arb(sys.float_info.max)


def exact(name: str, value: Any, *, least: int | None = None) -> fmpq:
    """The rational that a positive argument is; floats are the dyadic fractions that they are.

    Args:
        name: of the argument, for the message.
        value: an int, a float or a Fraction.
        least: what may be attained, 0 for numbers that may vanish; None for positive numbers.

    Raises:
        TypeError: no real number.
        ValueError: infinite, NaN, or out of range.
    """
    wanted = f"{name}: expected a finite number {'> 0' if least is None else f'>= {least}'}"
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | Fraction | np.integer | np.floating):
        raise TypeError(f"{wanted} (an int, a float or a Fraction), got {type(value).__name__} {value!r}"[:200])
    if isinstance(value, float | np.floating) and not math.isfinite(value):
        raise ValueError(f"{wanted}, got {value}")
    if value < (least or 0) or (least is None and value == 0):
        raise ValueError(f"{wanted}, got {value}")
    return fmpq(*(int(part) for part in (value.item() if isinstance(value, np.generic) else value).as_integer_ratio()))


def positive(name: str, value: object, given: Given) -> Any:
    """A number > 0, as it is."""
    exact(name, value)
    return value


def not_negative(name: str, value: object, given: Given) -> Any:
    """A number >= 0, as it is."""
    exact(name, value, least=0)
    return value


def positives(name: str, value: Any, given: Given) -> Any:
    """A sequence of numbers > 0, as it is."""
    if isinstance(value, str) or not hasattr(value, "__len__") or not hasattr(value, "__iter__"):
        raise TypeError(f"{name}: expected a sequence of numbers > 0, got {shown(value)}")
    for j, entry in enumerate(value):
        exact(f"{name}[{j}]", entry)
    return value


# read exactly: a float is the dyadic fraction that it is
Positive: TypeAlias = Annotated[float | Fraction, positive]
NotNegative: TypeAlias = Annotated[float | Fraction, not_negative]
Positives: TypeAlias = Annotated[Sequence[float | Fraction], positives]


def root(value: fmpq) -> Any:
    """The square root of a rational at the precision in force, without error where it is rational."""
    ends = [math.isqrt(int(part)) for part in (value.p, value.q)]
    own = fmpq(*ends)
    return arb(own) if own * own == value else arb(value).sqrt()


def enclosure(compute: Callable[[], Any]) -> Any:
    """The ball that a computation gives, at the first precision at which it is known to 64 bits.

    Raises:
        UndecidedError: 8,192 bits do not suffice.
    """
    for bits in PRECISIONS:
        with precision(bits):
            x = compute()
            if x.is_finite() and (x.is_exact() or x.rel_accuracy_bits() >= GOOD or x.abs_upper() < _NEVER_SEEN):
                return x
    raise UndecidedError(f"{PRECISIONS[-1]} bits do not decide the digits of {x.str(10)}")


def nearest(compute: Callable[[], Any]) -> float:
    """The result of a computation as a float: infinite beyond their range, zero below it.

    Raises:
        UndecidedError: as `enclosure`.
    """
    x = enclosure(compute)
    if x.abs_upper() < _NEVER_SEEN:
        return 0.0
    if x.abs_lower() > _LARGEST:
        return math.inf if x > 0 else -math.inf
    middle = x.mid().fmpq()
    return int(middle.p) / int(middle.q)  # a ball's own float is not the nearest among denormal numbers


def sign(compute: Callable[[], Any]) -> int:
    """The sign of what a computation in balls gives, at growing precision.

    Raises:
        UndecidedError: 8,192 bits leave both signs possible.
    """
    for bits in PRECISIONS:
        with precision(bits):
            x = compute()
            if x.is_exact() or x > 0 or x < 0:
                return int(x > 0) - int(x < 0)
    raise UndecidedError(f"{PRECISIONS[-1]} bits do not decide the sign of {x.str(10)}")
