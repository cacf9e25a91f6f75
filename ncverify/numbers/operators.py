"""Python's operators, written once for every array type that ncverify defines itself."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Self

from ncverify.kinds import Array, Number, TruthValue
from ncverify.numbers.numpy_names import elementwise, refused

_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "matmul": operator.matmul,
    "power": operator.pow,
    "negative": operator.neg,
    "absolute": operator.abs,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
}


class Operators(ABC):
    """Routes Python's operators to `_binary` and `_compare`; a subclass supplies those two."""

    namespace: Any
    __hash__ = None  # type: ignore[assignment]

    @abstractmethod
    def _binary(self, op: Callable[[Any, Any], Any], other: Array, *, swapped: bool = False) -> Self:
        """`op(self, other)`, or `op(other, self)` when swapped."""

    @abstractmethod
    def _compare(self, op: Callable[[Any, Any], Any], other: Array) -> TruthValue:
        """The truth of `op(self, other)`, element by element."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError(
            "np.array and np.asarray make arrays of floats, which hold no verdict: write p.xp.asarray([...]) or "
            "p.xp.stack([...]) instead"
        )

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Array, **options: Any) -> Any:
        """NumPy's functions, and its scalars on the left of an operator, in the arithmetic of this array."""
        if method != "__call__" or options:
            name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
            raise refused(f"np.{name}", options, self.namespace)
        if ufunc.__name__ in _OPERATORS:
            left, *right = (self.namespace.asarray(x) for x in inputs)
            return _OPERATORS[ufunc.__name__](left, *right)
        return elementwise(self.namespace, ufunc.__name__)(*inputs)

    def __array_function__(self, function: Callable[..., Any], types: Any, arguments: Any, options: Any) -> Any:
        """NumPy's other functions, such as np.where, in the arithmetic of this array; refused where it has none."""
        return self.namespace.numpy_call(function, arguments, options)

    def __add__(self, other: Array) -> Self:
        return self._binary(operator.add, other)

    def __radd__(self, other: Array) -> Self:
        return self._binary(operator.add, other, swapped=True)

    def __sub__(self, other: Array) -> Self:
        return self._binary(operator.sub, other)

    def __rsub__(self, other: Array) -> Self:
        return self._binary(operator.sub, other, swapped=True)

    def __mul__(self, other: Array) -> Self:
        return self._binary(operator.mul, other)

    def __rmul__(self, other: Array) -> Self:
        return self._binary(operator.mul, other, swapped=True)

    def __truediv__(self, other: Array) -> Self:
        return self._binary(operator.truediv, other)

    def __rtruediv__(self, other: Array) -> Self:
        return self._binary(operator.truediv, other, swapped=True)

    @abstractmethod
    def __pow__(self, exponent: Number) -> Number:
        """self to a power: a number, or an array of them."""

    def __rpow__(self, base: Number) -> Number:
        return self.namespace.asarray(base) ** self

    def __floordiv__(self, other: Array) -> Array:
        return self.namespace.floor(self / other)

    def __rfloordiv__(self, other: Array) -> Array:
        return self.namespace.floor(other / self)

    def __mod__(self, other: Array) -> Array:
        return self - (self // other) * other

    def __rmod__(self, other: Array) -> Array:
        return other - (other // self) * self

    def __divmod__(self, other: Array) -> tuple[Array, Array]:
        return self // other, self % other

    def __rdivmod__(self, other: Array) -> tuple[Array, Array]:
        return other // self, other % self

    def __abs__(self) -> Array:
        return self.namespace.abs(self)

    def __round__(self, decimals: int = 0) -> Array:
        return self.namespace.round(self, decimals)

    def __floor__(self) -> Array:
        return self.namespace.floor(self)

    def __ceil__(self) -> Array:
        return self.namespace.ceil(self)

    def __trunc__(self) -> Array:
        return self.namespace.trunc(self)

    def __bool__(self) -> bool:
        return bool(self != 0)

    def __neg__(self) -> Self:
        return self._binary(operator.mul, -1)

    def __pos__(self) -> Self:
        return self

    def __lt__(self, other: Array) -> TruthValue:
        return self._compare(operator.lt, other)

    def __le__(self, other: Array) -> TruthValue:
        return self._compare(operator.le, other)

    def __gt__(self, other: Array) -> TruthValue:
        return self._compare(operator.gt, other)

    def __ge__(self, other: Array) -> TruthValue:
        return self._compare(operator.ge, other)

    def __eq__(self, other: object) -> Array:
        return self._compare(operator.eq, other)

    def __ne__(self, other: object) -> Array:
        return self._compare(operator.ne, other)
