"""Slopes of the elementary functions: how the size of a term passes through them, to first order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ncverify.kinds import Array
from ncverify.numbers.native import NativeNamespace

_TWO_OVER_ROOT_PI = 1.1283791670955126
Slope = Callable[[NativeNamespace, Any, Any], Any]


def least(xp: NativeNamespace) -> Array:
    """The smallest normal number: below it a float has no relative accuracy, and a slope there says nothing."""
    return xp.asarray(xp.library.finfo(xp.dtype).smallest_normal)


SLOPES: dict[str, Slope] = {
    "exp": lambda xp, x, y: y,
    "expm1": lambda xp, x, y: y + 1,
    "log": lambda xp, x, y: 1 / x,
    "log1p": lambda xp, x, y: 1 / (1 + x),
    "sqrt": lambda xp, x, y: 0.5 / xp.maximum(y, xp.sqrt(least(xp))),
    "square": lambda xp, x, y: 2 * x,
    "tanh": lambda xp, x, y: 1 - y * y,
    "sin": lambda xp, x, y: xp.cos(x),
    "cos": lambda xp, x, y: xp.sin(x),
    "abs": lambda xp, x, y: xp.asarray(1.0),
    "sign": lambda xp, x, y: xp.asarray(0.0),
    "floor": lambda xp, x, y: xp.asarray(0.0),
    "trunc": lambda xp, x, y: xp.asarray(0.0),
    "rint": lambda xp, x, y: xp.asarray(0.0),
    "erf": lambda xp, x, y: _TWO_OVER_ROOT_PI * xp.exp(-x * x),
    "erfc": lambda xp, x, y: _TWO_OVER_ROOT_PI * xp.exp(-x * x),
    "atan": lambda xp, x, y: 1 / (1 + x * x),
    "asin": lambda xp, x, y: 1 / xp.sqrt(xp.maximum(1 - x * x, least(xp))),
    "acos": lambda xp, x, y: 1 / xp.sqrt(xp.maximum(1 - x * x, least(xp))),
    "asinh": lambda xp, x, y: 1 / xp.sqrt(1 + x * x),
    "acosh": lambda xp, x, y: 1 / xp.sqrt(xp.maximum(x * x - 1, least(xp))),
    "atanh": lambda xp, x, y: 1 / (1 - x * x),
    "softplus": lambda xp, x, y: -xp.expm1(-y),
    "log_softplus": lambda xp, x, y: xp.asarray(1.0),
}


# exp and its kin turn a size into an exponent: there an input counts with size at most one, else a huge but well
# separated exponent would pass for cancellation, and the search could hide from a violation in large exponents
EXPONENTIAL = frozenset({"exp", "expm1", "tanh", "softplus", "log_softplus"})
