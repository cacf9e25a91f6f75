"""The part of the array API's `linalg` that formulas use, for namespaces without a linear algebra of their own."""

from __future__ import annotations

from typing import Any


class Linalg:
    """Norms, trace, product and transpose, built from a namespace's own functions.

    Args:
        xp: the namespace.
    """

    def __init__(self, xp: Any) -> None:
        self._xp = xp

    def vector_norm(self, x: Any, *, axis: int | None = None) -> Any:
        """The Euclidean norm along an axis, or of all elements."""
        x = self._xp.asarray(x)
        return self._xp.sqrt(self._xp.sum(x * x, axis=axis))

    def matrix_norm(self, x: Any) -> Any:
        """The Frobenius norm."""
        return self.vector_norm(x)

    norm = vector_norm

    def trace(self, x: Any) -> Any:
        """The sum of the diagonal."""
        return self._xp.trace(x)

    def matmul(self, a: Any, b: Any) -> Any:
        """The matrix product."""
        return self._xp.matmul(a, b)

    def matrix_transpose(self, x: Any) -> Any:
        """The transpose."""
        return self._xp.matrix_transpose(x)

    def diagonal(self, x: Any) -> Any:
        """The diagonal."""
        return self._xp.diagonal(x)

    def outer(self, a: Any, b: Any) -> Any:
        """The matrix of all products of an element of one vector and one of the other."""
        return self._xp.expand_dims(a, axis=1) * self._xp.expand_dims(b, axis=0)

    def vecdot(self, a: Any, b: Any, *, axis: int = -1) -> Any:
        """The inner product along an axis."""
        return self._xp.vecdot(a, b, axis=axis)
