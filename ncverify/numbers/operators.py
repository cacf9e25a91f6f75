"""Python's operators, written once for every array type that ncverify defines itself."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Self


class Operators(ABC):
    """Routes Python's operators to `_binary` and `_compare`; a subclass supplies those two."""

    __array_ufunc__ = None  # a NumPy scalar on the left hands the operation over to us
    __hash__ = None  # type: ignore[assignment]

    @abstractmethod
    def _binary(self, op: Callable[[Any, Any], Any], other: Any, *, swapped: bool = False) -> Self:
        """`op(self, other)`, or `op(other, self)` when swapped."""

    @abstractmethod
    def _compare(self, op: Callable[[Any, Any], Any], other: Any) -> Any:
        """The truth of `op(self, other)`, element by element."""

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
