"""What NumPy arrays can do by a method, for the array types that ncverify defines itself."""

from __future__ import annotations

from typing import Any


class Methods:
    """Methods that call the function of the same name of the array's own `namespace`.

    `dtype` and `out` are there because NumPy's own functions pass them; they have no meaning here.
    """

    namespace: Any

    def sum(self, axis: int | None = None, dtype: None = None, out: None = None, keepdims: bool = False) -> Any:
        """The sum along an axis, or of all elements."""
        return self.namespace.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: int | None = None, dtype: None = None, out: None = None, keepdims: bool = False) -> Any:
        """The mean along an axis, or of all elements."""
        return self.namespace.mean(self, axis=axis, keepdims=keepdims)

    def max(self, axis: int | None = None, out: None = None, keepdims: bool = False) -> Any:
        """The maximum along an axis, or of all elements."""
        return self.namespace.max(self, axis=axis, keepdims=keepdims)

    def min(self, axis: int | None = None, out: None = None, keepdims: bool = False) -> Any:
        """The minimum along an axis, or of all elements."""
        return self.namespace.min(self, axis=axis, keepdims=keepdims)

    def prod(self, axis: int | None = None) -> Any:
        """The product along an axis, or of all elements."""
        return self.namespace.prod(self, axis=axis)

    def var(self, axis: int | None = None) -> Any:
        """The variance along an axis, or of all elements."""
        return self.namespace.var(self, axis=axis)

    def std(self, axis: int | None = None) -> Any:
        """The standard deviation along an axis, or of all elements."""
        return self.namespace.std(self, axis=axis)

    def reshape(self, *shape: Any) -> Any:
        """The same elements in another shape."""
        return self.namespace.reshape(self, shape[0] if isinstance(shape[0], tuple | list) else shape)

    def copy(self) -> Any:
        """The array itself: its elements are never changed in place."""
        return self

    def flatten(self) -> Any:
        """All elements along one axis."""
        return self.namespace.reshape(self, (-1,))

    ravel = flatten

    def trace(self) -> Any:
        """The sum of the diagonal."""
        return self.namespace.trace(self)

    def dot(self, other: Any) -> Any:
        """The matrix product."""
        return self.namespace.matmul(self, other)
