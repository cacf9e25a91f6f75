"""Functions of single elements that follow from a few others, for exact and for tracked numbers."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ncverify.kinds import Array, Number, TruthValue
from ncverify.numbers.tracked_truth import TrackedTruth
from ncverify.numbers.truth import Truth


class Elementwise:
    """Constants, arithmetic, comparisons and elementary functions of the array API."""

    newaxis = None

    @property
    def e(self: Any) -> Number:
        """The number e."""
        return self.exp(1)

    @property
    def inf(self: Any) -> Number:
        """Infinity."""
        return self.asarray(math.inf)

    @property
    def nan(self: Any) -> Number:
        """A value that is no number: nothing is claimed of it."""
        return self.asarray(math.nan)

    def add(self: Any, a: Array, b: Array) -> Array:
        """a + b."""
        return self.asarray(a) + b

    def subtract(self: Any, a: Array, b: Array) -> Array:
        """a - b."""
        return self.asarray(a) - b

    def multiply(self: Any, a: Array, b: Array) -> Array:
        """a b."""
        return self.asarray(a) * b

    def divide(self: Any, a: Array, b: Array) -> Array:
        """a / b."""
        return self.asarray(a) / b

    def floor_divide(self: Any, a: Array, b: Array) -> Array:
        """The largest integer that is not above a / b."""
        return self.asarray(a) // b

    def remainder(self: Any, a: Array, b: Array) -> Array:
        """The remainder of a // b, with the sign of b."""
        return self.asarray(a) % b

    def pow(self: Any, a: Array, b: Array) -> Array:
        """a to the power b."""
        return self.asarray(a) ** b

    def negative(self: Any, x: Array) -> Array:
        """-x."""
        return -self.asarray(x)

    def positive(self: Any, x: Array) -> Array:
        """x."""
        return +self.asarray(x)

    def reciprocal(self: Any, x: Array) -> Array:
        """1 / x."""
        return 1 / self.asarray(x)

    def square(self: Any, x: Array) -> Array:
        """The square, element by element."""
        root = self.asarray(x)
        return root * root

    def hypot(self: Any, a: Array, b: Array) -> Array:
        """The square root of a^2 + b^2."""
        return self.sqrt(self.square(a) + self.square(b))

    def minimum(self: Any, a: Array, b: Array) -> Array:
        """The smaller of the two."""
        return -self.maximum(-self.asarray(a), -self.asarray(b))

    def clip(self: Any, x: Array, min: Array = None, max: Array = None) -> Array:
        """x brought into the interval from min to max."""
        raised = self.asarray(x) if min is None else self.maximum(x, min)
        return raised if max is None else self.minimum(raised, max)

    def logaddexp(self: Any, a: Array, b: Array) -> Array:
        """log(exp(a) + exp(b))."""
        a, b = self.asarray(a), self.asarray(b)
        top = self.maximum(a, b)
        return top + self.log1p(self.exp(self.minimum(a, b) - top))

    def log2(self: Any, x: Array) -> Array:
        """The logarithm to base two."""
        return self.log(x) / self.log(2)

    def log10(self: Any, x: Array) -> Array:
        """The logarithm to base ten."""
        return self.log(x) / self.log(10)

    def sinh(self: Any, x: Array) -> Array:
        """The hyperbolic sine."""
        return (self.expm1(x) - self.expm1(-self.asarray(x))) / 2

    def cosh(self: Any, x: Array) -> Array:
        """The hyperbolic cosine."""
        return (self.exp(x) + self.exp(-self.asarray(x))) / 2

    def tan(self: Any, x: Array) -> Array:
        """The tangent."""
        return self.sin(x) / self.cos(x)

    def ceil(self: Any, x: Array) -> Array:
        """The smallest integer that is not less."""
        return -self.floor(-self.asarray(x))

    def copysign(self: Any, a: Array, b: Array) -> Array:
        """The size of a with the sign of b; exact zeros have none and count as positive."""
        size = self.abs(a)
        return self.where(self.asarray(b) >= 0, size, -size)

    # --- truth -----------------------------------------------------------------------------------------------------

    def equal(self: Any, a: Array, b: Array) -> TruthValue:
        """Whether a = b."""
        return self._compared(operator.eq, a, b)

    def not_equal(self: Any, a: Array, b: Array) -> TruthValue:
        """Whether a and b differ."""
        return self._compared(operator.ne, a, b)

    def less(self: Any, a: Array, b: Array) -> TruthValue:
        """Whether a < b."""
        return self._compared(operator.lt, a, b)

    def less_equal(self: Any, a: Array, b: Array) -> TruthValue:
        """Whether a <= b."""
        return self._compared(operator.le, a, b)

    def greater(self: Any, a: Array, b: Array) -> TruthValue:
        """Whether a > b."""
        return self._compared(operator.gt, a, b)

    def greater_equal(self: Any, a: Array, b: Array) -> TruthValue:
        """Whether a >= b."""
        return self._compared(operator.ge, a, b)

    def _compared(self: Any, op: Callable[..., Any], a: Array, b: Array) -> TruthValue:
        return op(a if isinstance(a, Truth | TrackedTruth) else self.asarray(a), b)

    def logical_and(self: Any, a: Array, b: Array) -> TruthValue:
        """Whether both hold."""
        return self.truth(a) & self.truth(b)

    def logical_or(self: Any, a: Array, b: Array) -> TruthValue:
        """Whether one holds."""
        return self.truth(a) | self.truth(b)

    def logical_xor(self: Any, a: Array, b: Array) -> TruthValue:
        """Whether exactly one holds."""
        return self.truth(a) ^ self.truth(b)

    def logical_not(self: Any, a: Array) -> TruthValue:
        """Whether it does not hold."""
        return ~self.truth(a)

    def truth(self: Any, value: Array) -> TruthValue:
        """Truth values as they are, and of numbers whether they are not zero."""
        if isinstance(value, Truth | TrackedTruth):
            return value
        if isinstance(value, bool | np.bool_) or str(getattr(value, "dtype", "")).rpartition(".")[2] == "bool":
            return self.lifted(value)
        return self.asarray(value) != 0

    def isclose(self: Any, a: Array, b: Array, rtol: Number = 1e-5, atol: Number = 1e-8) -> TruthValue:
        """Whether |a - b| <= atol + rtol |b|."""
        b = self.asarray(b)
        return self.abs(self.asarray(a) - b) <= atol + rtol * self.abs(b)

    def isfinite(self: Any, x: Array) -> TruthValue:
        """Whether the values are finite: a fact without a distance; of a ball without bounds it is not known."""
        return self._fact(x, lambda v: True if _is_bounded(v) else False if _is_infinite(v) else None, "isfinite")

    def isinf(self: Any, x: Array) -> TruthValue:
        """Whether the values are infinite; of a ball without bounds it is not known."""
        return self._fact(x, lambda v: True if _is_infinite(v) else False if _is_bounded(v) else None, "isinf")

    def isnan(self: Any, x: Array) -> TruthValue:
        """Whether the values are no numbers; of a ball without bounds it is not known."""
        return ~(self.isfinite(x) | self.isinf(x))

    def _fact(self: Any, x: Array, of_scalar: Callable[..., Any], native: str) -> TruthValue:
        x = self.asarray(x)
        if not hasattr(self, "native"):
            return Truth(np.frompyfunc(of_scalar, 1, 1)(x.data), x.namespace)
        return self.lifted(getattr(self.native, native)(x.value))


def _is_bounded(value: Array) -> bool:
    return bool(getattr(value, "is_finite", lambda: True)())


def _is_infinite(value: Array) -> bool:
    return not _is_bounded(value) and bool(value.is_exact() and (value > 0 or value < 0))
