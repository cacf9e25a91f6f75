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

    def __getattr__(self, name: str) -> Any:
        known = ", ".join(sorted(key for key in vars(Linalg) if not key.startswith("_")))
        raise AttributeError(f"p.xp.linalg.{name} is not available where verdicts are reached; there are {known}")

    def vector_norm(self, x: Any, *, axis: int | None = None, keepdims: bool = False) -> Any:
        """The Euclidean norm along an axis, or of all elements."""
        x = self._xp.asarray(x)
        return self._xp.sqrt(self._xp.sum(x * x, axis=axis, keepdims=keepdims))

    def matrix_norm(self, x: Any, *, ord: str | None = "fro") -> Any:
        """The Frobenius norm."""
        return self.norm(x, ord)

    def norm(self, x: Any, ord: str | int | None = None, axis: int | None = None, keepdims: bool = False) -> Any:
        """The Euclidean norm along an axis, or the Euclidean or Frobenius norm of all elements.

        Raises:
            ValueError: for another norm.
        """
        x = self._xp.asarray(x)
        if ord not in (None, "fro") and not (ord == 2 and (axis is not None or x.ndim == 1)):
            raise ValueError(f"norm: expected the Euclidean or the Frobenius norm, got ord={ord!r}")
        return self.vector_norm(x, axis=axis, keepdims=keepdims)

    def det(self, x: Any) -> Any:
        """The determinant of a small matrix, by expansion along its first row."""
        x = self._xp.asarray(x)
        size = x.shape[0]
        if size == 1:
            return x[0, 0]
        rest = [self._xp.integers([j for j in range(size) if j != i]) for i in range(size)]
        minors = [self._xp.take(x[1:, :], columns, axis=1) for columns in rest]
        return sum((-1) ** i * x[0, i] * self.det(minor) for i, minor in enumerate(minors))

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
