"""The functions that formulas use, on arrays with derivatives."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

from ncverify.calculus.jets import JetArray, plus, times
from ncverify.kinds import Array, Functions
from ncverify.numbers.array_functions import ArrayFunctions
from ncverify.numbers.axes import Axis, lines, with_lengths_one
from ncverify.numbers.composed import ALIASES
from ncverify.numbers.linalg import Linalg

# from x, the value y there and the namespace of both to the first and the second derivative
_SLOPES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "exp": lambda x, y, xp: (y, y),
    "expm1": lambda x, y, xp: (y + 1, y + 1),
    "log": lambda x, y, xp: (1 / x, -1 / (x * x)),
    "log1p": lambda x, y, xp: (1 / (1 + x), -1 / ((1 + x) * (1 + x))),
    "sqrt": lambda x, y, xp: (1 / (2 * y), -1 / (4 * y * x)),
    "tanh": lambda x, y, xp: (1 - y * y, -2 * y * (1 - y * y)),
    "sin": lambda x, y, xp: (xp.cos(x), -y),
    "cos": lambda x, y, xp: (-xp.sin(x), -y),
    "abs": lambda x, y, xp: (x / y, 0 * (x / y)),  # none at zero
    "sign": lambda x, y, xp: (0 / x, 0 / x),
    "atan": lambda x, y, xp: (1 / (1 + x * x), -2 * x / ((1 + x * x) * (1 + x * x))),
    "asin": lambda x, y, xp: _root_slopes(1 - x * x, x, xp),
    "acos": lambda x, y, xp: tuple(-slope for slope in _root_slopes(1 - x * x, x, xp)),
    "asinh": lambda x, y, xp: _root_slopes(1 + x * x, -x, xp),
    "acosh": lambda x, y, xp: _root_slopes(x * x - 1, -x, xp),
    "atanh": lambda x, y, xp: (1 / (1 - x * x), 2 * x / ((1 - x * x) * (1 - x * x))),
    "erf": lambda x, y, xp: _gaussian_slopes(x, xp),
    "erfc": lambda x, y, xp: tuple(-slope for slope in _gaussian_slopes(x, xp)),
    "softplus": lambda x, y, xp: _softplus_slopes(x, xp),
    "log_softplus": lambda x, y, xp: _log_softplus_slopes(x, y, xp),
}


def _root_slopes(radicand: Any, x: Array, xp: Functions) -> tuple[Any, Any]:
    slope = 1 / xp.sqrt(radicand)
    return slope, x * slope / radicand


def _gaussian_slopes(x: Array, xp: Functions) -> tuple[Any, Any]:
    slope = 2 * xp.exp(-x * x) / xp.sqrt(xp.asarray(xp.pi))
    return slope, -2 * x * slope


def _softplus_slopes(x: Array, xp: Functions) -> tuple[Any, Any]:
    up = xp.exp(-xp.softplus(-x))  # 1 / (1 + exp(-x))
    return up, up * xp.exp(-xp.softplus(x))


def _log_softplus_slopes(x: Array, y: Array, xp: Functions) -> tuple[Any, Any]:
    slope = xp.exp(x - xp.softplus(x) - y)
    return slope, slope * (xp.exp(-xp.softplus(x)) - slope)


class JetNamespace(ArrayFunctions):
    """The functions of the array API on `JetArray`s over another arithmetic.

    Args:
        base: the namespace of the coefficients.
    """

    def __init__(self, base: Any) -> None:
        self.base, self.exact = base, base.exact
        self.depth: int = 1 + getattr(base, "depth", 0)

    @property
    def pi(self) -> JetArray:
        """The number pi."""
        return self.asarray(self.base.pi)

    def asarray(self, value: Any) -> JetArray:
        """`value` as a jet: constants have no derivatives."""
        if isinstance(value, JetArray) and value.namespace.depth == self.depth:
            return value
        if isinstance(value, list | tuple) and _holds_jets(value):
            return self.stack(value)
        return JetArray((self.base.asarray(value), None, None), self)

    def integers(self, values: Array) -> Any:
        """Integer indices."""
        return self.base.integers(values)

    def zeros(self, shape: Any) -> JetArray:
        """Zeros of the given shape."""
        return self.asarray(self.base.zeros(shape))

    def ones(self, shape: Any) -> JetArray:
        """Ones of the given shape."""
        return self.asarray(self.base.ones(shape))

    def eye(self, rows: int, columns: int | None = None) -> JetArray:
        """The identity matrix, or its upper left corner."""
        return self.asarray(self.base.eye(rows, columns))

    def __getattr__(self, name: str) -> Any:
        if name in ALIASES:
            return getattr(self, ALIASES[name])
        if name not in _SLOPES:
            raise AttributeError(f"p.xp.{name} has no derivative here; write it with exp, log, sqrt, sums and products")
        return lambda x: self._applied(name, self.asarray(x))

    def _applied(self, name: str, x: JetArray) -> JetArray:
        y = getattr(self.base, name)(x.value)
        if x.is_constant:
            return JetArray((y, None, None), self)
        slope, bend = _SLOPES[name](x.value, y, self.base)
        square = times(x.coefficients[1], x.coefficients[1])
        second = plus(times(slope, x.coefficients[2]), None if square is None else bend * square / 2)
        return JetArray((y, times(slope, x.coefficients[1]), second), self)

    def power(self, x: Array, exponent: Any) -> Any:
        """x to a power: whole and half exponents by products and roots, others through the logarithm."""
        if isinstance(exponent, int | float) and 2 * exponent == round(2 * exponent):
            count = round(abs(2 * exponent))
            base = self.asarray(x) if count % 2 == 0 else self.sqrt(x)
            power = reduce(lambda a, b: a * b, [base] * (count // 2 if count % 2 == 0 else count), self.ones(()))
            power = power * self.ones(self.asarray(x).shape)
            return power if exponent >= 0 else 1 / power
        return self.exp(self.log(x) * exponent)

    def square(self, x: Array) -> Any:
        """The square, element by element."""
        return self.asarray(x) * x

    # --- linear functions ------------------------------------------------------------------------------------------

    def sum(self, x: Array, axis: Any = None, keepdims: bool = False) -> JetArray:
        """The sum along an axis, or of all elements."""
        return self.asarray(x).mapped(lambda part: self.base.sum(part, axis=axis, keepdims=keepdims))

    def mean(self, x: Array, axis: Any = None, keepdims: bool = False) -> JetArray:
        """The mean along an axis, or of all elements."""
        return self.asarray(x).mapped(lambda part: self.base.mean(part, axis=axis, keepdims=keepdims))

    def matmul(self, a: Array, b: Array) -> Any:
        """The matrix product."""
        return self.asarray(a).__matmul__(b)

    def matrix_transpose(self, x: Array) -> JetArray:
        """The transpose of the last two axes."""
        return self.asarray(x).mT

    def permute_dims(self, x: Array, axes: tuple[int, ...]) -> JetArray:
        """x with its axes in another order."""
        return self.asarray(x).mapped(lambda part: self.base.permute_dims(part, axes))

    def reshape(self, x: Array, shape: Any) -> JetArray:
        """The same elements in another shape."""
        return self.asarray(x).mapped(lambda part: self.base.reshape(part, shape))

    def take(self, x: Array, indices: Array, axis: int = 0) -> JetArray:
        """The elements at the indices along an axis."""
        return self.asarray(x).mapped(lambda part: self.base.take(part, indices, axis=axis))

    def expand_dims(self, x: Array, axis: int = 0) -> JetArray:
        """`x` with one more axis of length one."""
        return self.asarray(x).mapped(lambda part: self.base.expand_dims(part, axis=axis))

    def concat(self, parts: Array, axis: int = 0) -> JetArray:
        """Arrays joined along an axis."""
        return self._joined(self.base.concat, parts, axis)

    def stack(self, parts: Array, axis: int = 0) -> JetArray:
        """Arrays stacked along a new axis."""
        return self._joined(self.base.stack, parts, axis)

    def _joined(self, join: Any, parts: Array, axis: int) -> JetArray:
        parts = [self.asarray(x) for x in parts]

        def joined(order: int) -> Any:
            if all(x.coefficients[order] is None for x in parts):
                return None
            return join([self._coefficient(x, order) for x in parts], axis=axis)

        return JetArray((joined(0), joined(1), joined(2)), self)

    def _coefficient(self, x: JetArray, order: int) -> Any:
        coefficient = x.coefficients[order]
        return self.base.zeros(x.shape) if coefficient is None else coefficient

    # --- pieces ----------------------------------------------------------------------------------------------------

    def where(self, condition: Array, a: Array, b: Array) -> JetArray:
        """`a` where the condition holds, else `b`."""
        a, b = self.asarray(a), self.asarray(b)

        def picked(order: int) -> Any:
            if a.coefficients[order] is None and b.coefficients[order] is None:
                return None
            return self.base.where(condition, self._coefficient(a, order), self._coefficient(b, order))

        return JetArray((picked(0), picked(1), picked(2)), self)

    def maximum(self, a: Array, b: Array) -> Any:
        """The larger of the two; where they meet it has no derivative."""
        a, b = self.asarray(a), self.asarray(b)
        return (a + b + self.abs(a - b)) / 2

    def relu(self, x: Array) -> Any:
        """The larger of x and 0, element by element; without a derivative at 0."""
        return self.maximum(x, 0)

    def max(self, x: Array, axis: Axis = None, keepdims: bool = False) -> Any:
        """The maximum along axes, or of all elements; where two meet it has no derivative."""
        x = self.asarray(x)
        top = reduce(self.maximum, list(lines(self, x, axis)))
        return with_lengths_one(self, top, x.shape, axis) if keepdims else top

    def all(self, truth: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        """Whether all are true, along axes or at all."""
        return self.base.all(truth, axis=axis, keepdims=keepdims)

    def any(self, truth: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        """Whether any is true, along axes or at all."""
        return self.base.any(truth, axis=axis, keepdims=keepdims)

    def lifted(self, truth: Any) -> Any:
        """Booleans as truth values."""
        return self.base.lifted(truth)

    def argsort(
        self, x: Array, axis: int | None = -1, descending: bool = False, stable: bool = True, **options: Any
    ) -> Any:
        """The indices that put the values in order."""
        return self.base.argsort(self.asarray(x).value, axis=axis, descending=descending, stable=stable)

    def argmax(self, x: Array, axis: int | None = None, keepdims: bool = False) -> Any:
        """The index of the largest value."""
        return self.base.argmax(self.asarray(x).value, axis=axis, keepdims=keepdims)

    def logsumexp(self, x: Array, axis: Axis = None, keepdims: bool = False) -> Any:
        """log of the sum of exponentials; smooth, whichever of them is the largest."""
        x = self.asarray(x)
        total = self._logsumexp(lines(self, x, axis))
        return with_lengths_one(self, total, x.shape, axis) if keepdims else total

    def _logsumexp(self, x: JetArray) -> JetArray:
        """Along the first axis."""
        base, (value, first, second) = self.base, x.coefficients
        y = base.logsumexp(value, axis=0)
        if x.is_constant:
            return JetArray((y, None, None), self)
        weights = base.exp(value - base.expand_dims(y, axis=0))
        slope = None if first is None else base.sum(weights * first, axis=0)
        bend = None if second is None else base.sum(weights * second, axis=0)
        if first is not None:
            spread = first - base.expand_dims(slope, axis=0)
            bend = plus(bend, base.sum(weights * spread * spread, axis=0) / 2)
        return JetArray((y, slope, bend), self)

    @property
    def linalg(self) -> Linalg:
        """Norms and products; inverses and determinants have derivatives, spectra have not."""
        return _JetLinalg(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JetNamespace) and self.base == other.base

    def __hash__(self) -> int:
        return hash(("jet", self.base))

    def __repr__(self) -> str:
        return f"JetNamespace({self.base!r})"


class _JetLinalg(Linalg):
    def __init__(self, xp: JetNamespace) -> None:
        super().__init__(xp, None)

    def _of_matrix(self, name: str, x: Array, *others: Any, square: bool = False) -> Any:
        x = self._xp.asarray(x)
        if name == "det":
            from ncverify.numbers.elimination import expanded  # loads flint

            return expanded(lambda i, j: x[i, j], x.shape[0], 1)
        if name not in ("inv", "solve"):
            raise AttributeError(f"p.xp.linalg.{name} has no derivative here")
        value = self._xp.base.linalg.inv(x.value)
        first = None if x.coefficients[1] is None else -(value @ x.coefficients[1] @ value)
        lower_terms = plus(times(x.coefficients[1], first, _matmul), times(x.coefficients[2], value, _matmul))
        second = None if lower_terms is None else -(value @ lower_terms)
        inverse = JetArray((value, first, second), self._xp)
        return inverse @ others[0] if others else inverse


def _matmul(a: Array, b: Array) -> Any:
    return a @ b


def _holds_jets(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_holds_jets, value))
    return isinstance(value, JetArray)
