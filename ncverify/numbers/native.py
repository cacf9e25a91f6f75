"""One namespace over NumPy, PyTorch, JAX and array-api-strict that also takes Python numbers.

The Python array API standard refuses `sqrt(2)`; formulas of a paper are full of it. `NativeNamespace` turns Python
numbers into arrays of the right dtype and device, adds the few numerically careful functions that the model needs
(`logsumexp`, `softplus`, `log_softplus`), and hands everything else to array-api-compat unchanged.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import array_api_compat

from ncverify.kinds import Array
from ncverify.numbers.axes import Axis, Shape
from ncverify.numbers.composed import ALIASES, Composed
from ncverify.numbers.host import special, to_numpy
from ncverify.numbers.native_linalg import NativeLinalg

_NAMES = """
exp log log1p expm1 log2 log10 sqrt abs sign square reciprocal negative positive floor ceil trunc tanh sin cos tan sinh
cosh atan acos asin atanh acosh asinh isfinite isnan isinf
"""
_UNARY = frozenset(_NAMES.split())
_BINARY = frozenset(
    ("maximum", "minimum", "atan2", "hypot", "copysign", "pow", "add", "subtract", "multiply", "divide", "remainder")
)
_REDUCTIONS = frozenset(("sum", "mean", "max", "min", "prod", "all", "any"))
_LARGEST_INTEGER = 2**63


def with_floats(value: Array) -> Array:
    """A number, or nested lists of them, with floats for fractions and for integers beyond what libraries take."""
    if isinstance(value, list | tuple):
        return [with_floats(entry) for entry in value]
    if not isinstance(value, Fraction) and not (isinstance(value, int) and abs(value) >= _LARGEST_INTEGER):
        return value
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


class NativeNamespace(Composed):
    """Functions on arrays of one library, dtype and device; Python numbers are accepted everywhere.

    Args:
        like: a real floating array whose library, dtype and device are used.

    Example:
        >>> import numpy as np
        >>> float(NativeNamespace(np.ones(2)).sqrt(4))
        2.0
    """

    exact = False

    def __init__(self, like: Array) -> None:
        if not array_api_compat.is_array_api_obj(like):
            raise TypeError(
                f"like: expected an array of NumPy, PyTorch, JAX or another library, got {type(like).__name__}"
            )
        self.library = array_api_compat.array_namespace(like)
        self.array_type = type(like)
        self.dtype = like.dtype
        self.device = array_api_compat.device(like)
        self.pi = math.pi

    def asarray(self, value: Array) -> Array:
        """`value` as an array of this library on this device.

        Arrays of this library pass through. Numbers (NumPy's too), nested lists and floating arrays of another library
        get this dtype; boolean and integer arrays of another library keep theirs.
        """
        if type(value) is self.array_type and value.dtype != object:
            return value
        if isinstance(value, bool | int | float) or not array_api_compat.is_array_api_obj(value):
            value = with_floats(value)
            return self.library.asarray(value, dtype=self.dtype, device=self.device)
        if value.dtype == object:  # what NumPy makes of an array of floats beside a Fraction
            return self.library.asarray(value.astype(float), dtype=self.dtype, device=self.device)
        return value if self._owns(value) else self._adopted(value)

    def _owns(self, array: Array) -> bool:
        return array_api_compat.array_namespace(array) is self.library

    def _adopted(self, array: Array) -> Array:
        host = to_numpy(array)
        return self.library.asarray(host, dtype=self.dtype if host.dtype.kind == "f" else None, device=self.device)

    def integers(self, values: Array) -> Array:
        """Integer indices on this device."""
        return self.library.asarray(values, dtype=self.library.int64, device=self.device)

    def zeros(self, shape: Shape) -> Array:
        """Zeros of the given shape."""
        return self.library.zeros(shape, dtype=self.dtype, device=self.device)

    def ones(self, shape: Shape) -> Array:
        """Ones of the given shape."""
        return self.library.ones(shape, dtype=self.dtype, device=self.device)

    def arange(self, start: int, stop: int | None = None, step: int = 1) -> Array:
        """The integers from start to stop, as numbers of this dtype; for indices see `integers`."""
        bounds = (0, start) if stop is None else (start, stop)
        return self.library.arange(*bounds, step, dtype=self.dtype, device=self.device)

    def eye(self, rows: int, columns: int | None = None) -> Array:
        """The identity matrix, or its upper left corner."""
        return self.library.eye(rows, columns, dtype=self.dtype, device=self.device)

    def matmul(self, a: Array, b: Array) -> Array:
        """The matrix product."""
        return a @ b

    @property
    def linalg(self) -> NativeLinalg:
        """The linear algebra of the library; a singular matrix gives NaN."""
        return NativeLinalg(self)

    def relu(self, x: Array) -> Array:
        """The larger of x and 0, element by element."""
        return self.maximum(x, 0)

    def take(self, x: Array, indices: Array, axis: int | None = None) -> Array:
        """The elements at indices of any shape along an axis, which only a vector may leave out."""
        places = self.asarray(indices) if array_api_compat.is_array_api_obj(indices) else self.integers(indices)
        if len(places.shape) == 1 or axis is None:
            return self.library.take(x, places, axis=axis)
        taken = self.library.take(x, self.library.reshape(places, (-1,)), axis=axis)
        before, after = tuple(x.shape[: axis % x.ndim]), tuple(x.shape[axis % x.ndim + 1 :])
        return self.library.reshape(taken, (*before, *places.shape, *after))

    def trace(self, x: Array, offset: int = 0) -> Array:
        """The sums of the diagonals of the matrices in the last two axes."""
        return self.library.linalg.trace(x, offset=offset)

    def diagonal(self, x: Array, offset: int = 0) -> Array:
        """The diagonals of the matrices in the last two axes."""
        return self.library.linalg.diagonal(x, offset=offset)

    def var(
        self, x: Array, axis: Axis = None, correction: float = 0, keepdims: bool = False, ddof: float | None = None
    ) -> Array:
        """The variance along axes, or of all elements; `ddof` is NumPy's name for the correction."""
        less = correction if ddof is None else ddof
        return self.library.var(self.asarray(x), axis=axis, correction=less, keepdims=keepdims)

    def std(
        self, x: Array, axis: Axis = None, correction: float = 0, keepdims: bool = False, ddof: float | None = None
    ) -> Array:
        """The standard deviation along axes, or of all elements."""
        return self.library.sqrt(self.var(x, axis=axis, correction=correction, keepdims=keepdims, ddof=ddof))

    def rint(self, x: Array) -> Array:
        """The nearest integer, halves to even."""
        return self.library.round(self.asarray(x))

    def erf(self, x: Array) -> Array:
        """The error function."""
        return special("erf", self.library, self.asarray(x))

    def erfc(self, x: Array) -> Array:
        """One minus the error function, accurate in its tail."""
        return special("erfc", self.library, self.asarray(x))

    def where(self, condition: Array, a: Array, b: Array) -> Array:
        """`a` where the condition holds, else `b`."""
        if not array_api_compat.is_array_api_obj(condition):
            condition = self.library.asarray(condition, dtype=self.library.bool, device=self.device)
        return self.library.where(self.asarray(condition), self.asarray(a), self.asarray(b))

    def sign(self, x: Array) -> Array:
        """-1, 0 or 1; without branches, so that it can be mapped over many points at once."""
        x = self.asarray(x)
        return self.where(x > 0, 1.0, self.where(x < 0, -1.0, 0.0))

    def logaddexp(self, a: Array, b: Array) -> Array:
        """log(exp(a) + exp(b)) without overflow."""
        return self.library.logaddexp(self.asarray(a), self.asarray(b))

    def logsumexp(self, x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
        """log of the sum of exponentials along axes (or of all), without overflow."""
        xp = self.library
        if axis is None and not keepdims:
            x, axis = xp.reshape(x, (-1,)), 0
        top = xp.max(x, axis=axis, keepdims=True)
        logarithm = xp.log(xp.sum(xp.exp(x - top), axis=axis, keepdims=keepdims))
        if keepdims:
            return top + logarithm
        return xp.squeeze(top, axis=axis) + logarithm

    def softplus(self, x: Array) -> Array:
        """log(1 + exp(x)), accurate in relative terms for every x."""
        xp = self.library
        x = self.asarray(x)
        return xp.maximum(x, xp.zeros_like(x)) + xp.log1p(xp.exp(-xp.abs(x)))

    def log_softplus(self, x: Array) -> Array:
        """log(log(1 + exp(x))), finite even where exp(x) underflows.

        Below x = -40 it is x to rounding: log(log(1 + e)) = log(e) - e/2 + O(e^2) with e = exp(x).
        """
        xp = self.library
        x = self.asarray(x)
        floor = xp.full_like(x, -40.0)
        far = x < floor  # where, not maximum: at a tie that would halve the slope
        return xp.where(far, x, xp.log(self.softplus(xp.where(far, floor, x))))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in ALIASES:
            return getattr(self, ALIASES[name])
        function = getattr(self.library, name)
        if name in _UNARY or name in _REDUCTIONS:
            return lambda x, **options: function(self.asarray(x), **options)
        if name in _BINARY:
            return lambda a, b: function(self.asarray(a), self.asarray(b))
        return function

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, NativeNamespace)
            and self.library is other.library
            and self.dtype == other.dtype
            and self.device == other.device
        )

    def __hash__(self) -> int:
        return hash((self.library.__name__, str(self.dtype), str(self.device)))

    def __repr__(self) -> str:
        return f"NativeNamespace({self.library.__name__}, {self.dtype}, {self.device})"
