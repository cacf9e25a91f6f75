"""What a kind of scalar supplies, and NumPy arrays of Python objects that hold such scalars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from ncverify.kinds import Array, Number
from ncverify.numbers.truth import Kleene


class Field(Protocol):
    """The operations that a kind of scalar has to supply."""

    name: str

    def convert(self, value: Number) -> Number:
        """The scalar for a Python, NumPy or exact number, without loss (balls: enclosed)."""

    def function(self, name: str) -> Callable[..., Any]:
        """The elementary function of that name on scalars; NotRationalError where the field lacks it."""

    def compare(self, op: Callable[[Any, Any], Any], a: Number, b: Number) -> Kleene:
        """The truth of a comparison; None when the scalars do not decide it."""

    def maximum(self, a: Number, b: Number) -> Number:
        """The larger of two scalars."""

    def power(self, base: Number, exponent: Number) -> Number:
        """A scalar to the power of another; undefined, or an error, where it has no real value."""

    def to_float(self, value: Number) -> float:
        """A nearby float, for reports only."""


def summed(terms: Array, field: Field, axis: int | tuple[int, ...] | None = None, *, keepdims: bool = False) -> Array:
    """The sum of an array of scalars along one axis, some, or all; by the field's own `total` where it has one."""
    total = getattr(field, "total", None)
    if total is None:
        return np.sum(terms, axis=axis, keepdims=keepdims, initial=field.convert(0))
    axes = range(terms.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    gone = {a % terms.ndim for a in axes}
    kept = [a for a in range(terms.ndim) if a not in gone]
    sums = np.empty([terms.shape[a] for a in kept], dtype=object)
    lines = np.transpose(terms, (*kept, *sorted(gone))).reshape(sums.size, -1) if sums.size else terms[:0]
    sums.reshape(-1)[:] = [total(line) for line in lines.tolist()]
    return np.expand_dims(sums, tuple(gone)) if keepdims else sums


def boxed(value: Number) -> np.ndarray:
    """One scalar as an array without axes."""
    box = np.empty((), dtype=object)
    box[()] = value
    return box


def product(a: np.ndarray, b: np.ndarray, field: Field) -> np.ndarray:
    """The matrix product of arrays of scalars, by multiplication and sum.

    NumPy's own product of object arrays (matmul, dot, einsum, tensordot) corrupts memory when the product of two
    elements raises, and exact scalars do raise.

    Raises:
        ValueError: an array without axes, or inner lengths that differ.
    """
    if a.ndim == 0 or b.ndim == 0:
        raise ValueError("matmul: expected arrays with at least one axis; for a number use *")
    left, right = (a[None, :] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)
    if left.shape[-1] != right.shape[-2]:
        raise ValueError(f"matmul: the inner lengths of shapes {a.shape} and {b.shape} differ")
    terms: Any = left[..., :, :, None] * right[..., None, :, :]
    result = np.asarray(summed(terms, field, -2), dtype=object)
    result = result[..., 0] if b.ndim == 1 else result
    if a.ndim == 1:
        result = result[..., 0] if b.ndim == 1 else result[..., 0, :]
    return result if isinstance(result, np.ndarray) else boxed(result)


def converted(values: np.ndarray, field: Field) -> np.ndarray:
    """The scalars of a field for an array of numbers, in the same shape.

    Raises:
        NotRationalError: NaN or an infinity.
        TypeError: an element that is not a real number of this field.
    """
    out = np.empty(values.size, dtype=object)
    out[:] = [field.convert(value) for value in values.reshape(-1)]  # NumPy's own scalars, not Python's floats
    return out.reshape(values.shape)
