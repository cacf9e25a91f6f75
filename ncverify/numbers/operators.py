"""Python's operators, written once for every array type that ncverify defines itself."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Self

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


_NAMES = {"dot": "matmul", "concatenate": "concat", "cumsum": "cumulative_sum"}  # NumPy's and the array API's


class Operators(ABC):
    """Routes Python's operators to `_binary` and `_compare`; a subclass supplies those two."""

    namespace: Any
    __hash__ = None  # type: ignore[assignment]

    @abstractmethod
    def _binary(self, op: Callable[[Any, Any], Any], other: Any, *, swapped: bool = False) -> Self:
        """`op(self, other)`, or `op(other, self)` when swapped."""

    @abstractmethod
    def _compare(self, op: Callable[[Any, Any], Any], other: Any) -> Any:
        """The truth of `op(self, other)`, element by element."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """NumPy's functions, and its scalars on the left of an operator, in the arithmetic of this array."""
        if method != "__call__" or options:
            return NotImplemented
        apply = _OPERATORS.get(ufunc.__name__) or getattr(self.namespace, ufunc.__name__)
        return apply(*(self.namespace.asarray(x) for x in inputs))

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        """NumPy's other functions, such as np.where: the namespace's function of the same name where it has one."""
        if function.__module__ == "numpy.linalg":
            return getattr(self.namespace.linalg, function.__name__)(*arguments, **options)
        own = getattr(self.namespace, _NAMES.get(function.__name__, function.__name__), None)
        return (own or function._implementation)(*arguments, **options)

    def __add__(self, other: Any) -> Self:
        return self._binary(operator.add, other)

    def __radd__(self, other: Any) -> Self:
        return self._binary(operator.add, other, swapped=True)

    def __sub__(self, other: Any) -> Self:
        return self._binary(operator.sub, other)

    def __rsub__(self, other: Any) -> Self:
        return self._binary(operator.sub, other, swapped=True)

    def __mul__(self, other: Any) -> Self:
        return self._binary(operator.mul, other)

    def __rmul__(self, other: Any) -> Self:
        return self._binary(operator.mul, other, swapped=True)

    def __truediv__(self, other: Any) -> Self:
        return self._binary(operator.truediv, other)

    def __rtruediv__(self, other: Any) -> Self:
        return self._binary(operator.truediv, other, swapped=True)

    def __rpow__(self, base: Any) -> Any:
        return self.namespace.exp(self * self.namespace.log(base))

    def __floordiv__(self, other: Any) -> Any:
        return self.namespace.floor(self / other)

    def __mod__(self, other: Any) -> Any:
        return self - (self // other) * other

    def __neg__(self) -> Self:
        return self._binary(operator.mul, -1)

    def __pos__(self) -> Self:
        return self

    def __lt__(self, other: Any) -> Any:
        return self._compare(operator.lt, other)

    def __le__(self, other: Any) -> Any:
        return self._compare(operator.le, other)

    def __gt__(self, other: Any) -> Any:
        return self._compare(operator.gt, other)

    def __ge__(self, other: Any) -> Any:
        return self._compare(operator.ge, other)

    def __eq__(self, other: object) -> Any:
        return self._compare(operator.eq, other)

    def __ne__(self, other: object) -> Any:
        return self._compare(operator.ne, other)
