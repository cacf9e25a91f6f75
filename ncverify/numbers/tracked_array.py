"""The arrays of the search: values with the sizes of the terms they came from, over one native library."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from ncverify.kinds import Array, Functions, Number
from ncverify.numbers.methods import Methods
from ncverify.numbers.native import with_floats
from ncverify.numbers.operators import Operators
from ncverify.numbers.tracked_truth import TrackedTruth


def _is_mask(index: Any) -> bool:
    return str(getattr(index, "dtype", "")).rpartition(".")[2] == "bool"


def native_index(index: Any) -> Any:
    """An index as the native library takes it: truth values and indices that a sort gave without what is tracked."""
    if isinstance(index, TrackedTruth):
        return index.truth
    if isinstance(index, TrackedArray):
        library = index.namespace.native.library
        return library.astype(index.value, library.int64)
    return index


class TrackedArray(Operators, Methods):
    """Values with sizes, over the arrays of one native library."""

    __slots__ = ("_magnitude", "namespace", "size_of_terms", "value")
    namespace: Any

    def __init__(self, value: Array, size_of_terms: Array, namespace: Functions) -> None:
        self.value, self.size_of_terms, self.namespace, self._magnitude = value, size_of_terms, namespace, None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the values."""
        return tuple(self.value.shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.value.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def T(self) -> TrackedArray:  # noqa: N802
        """The transpose: all axes in reverse."""
        if self.ndim != 2:
            return self.namespace.permute_dims(self, tuple(range(self.ndim))[::-1])  # type: ignore[no-any-return]
        return TrackedArray(self.value.T, self.size_of_terms.T, self.namespace)

    @property
    def mT(self) -> TrackedArray:  # noqa: N802
        """The transpose of the last two axes."""
        return TrackedArray(self.value.mT, self.size_of_terms.mT, self.namespace)

    def __getitem__(self, index: Any) -> TrackedArray:
        index = tuple(map(native_index, index)) if isinstance(index, tuple) else native_index(index)
        if any(
            isinstance(entry, slice) and (entry.step or 1) < 0
            for entry in (index if isinstance(index, tuple) else [index])
        ):
            return self._reversed(index if isinstance(index, tuple) else (index,))
        return TrackedArray(self.value[index], self.size_of_terms[index], self.namespace)

    def _reversed(self, index: tuple[Any, ...]) -> TrackedArray:
        """Slices with a negative step, which PyTorch does not take: picks along their axes, then the rest."""
        used = sum(
            getattr(entry, "ndim", 1) if _is_mask(entry) else 1
            for entry in index
            if entry is not None and entry is not ...
        )
        x, rest, axis = self, list(index), 0
        for i, entry in enumerate(index):
            if isinstance(entry, slice) and (entry.step or 1) < 0:
                picks = list(range(*entry.indices(self.shape[axis])))
                x, rest[i] = self.namespace.take(x, self.namespace.integers(picks), axis=axis), slice(None)
            if entry is ...:
                axis += self.ndim - used
            elif entry is not None:
                axis += getattr(entry, "ndim", 1) if _is_mask(entry) else 1
        return x[tuple(rest)]

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[TrackedArray]:
        return (self[i] for i in range(len(self)))

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    @property
    def magnitude(self) -> Array:
        """The absolute values, computed once."""
        if self._magnitude is None:
            self._magnitude = abs(self.value)
        return self._magnitude

    def _binary(self, op: Callable[[Any, Any], Any], other: Array, *, swapped: bool = False) -> TrackedArray:
        xp = self.namespace
        other = with_floats(other)
        if isinstance(other, int | float) and not (swapped and op is operator.truediv):
            return self._with_number(op, other, swapped=swapped)
        left, right = (xp.asarray(other), self) if swapped else (self, xp.asarray(other))
        size_a, size_b = left.size_of_terms, right.size_of_terms
        result = TrackedArray(op(left.value, right.value), None, xp)
        if op is operator.mul:
            result.size_of_terms = xp.larger(left.magnitude * size_b, right.magnitude * size_a)
        elif op is operator.truediv:
            result.size_of_terms = xp.larger(size_a, result.magnitude * size_b) / right.magnitude
        else:
            result.size_of_terms = size_a + size_b
        return result

    def _with_number(self, op: Callable[[Any, Any], Any], other: float, *, swapped: bool) -> TrackedArray:
        value = op(other, self.value) if swapped else op(self.value, other)
        size = self.size_of_terms
        scales = op is operator.mul or op is operator.truediv
        return TrackedArray(value, op(size, abs(other)) if scales else size + abs(other), self.namespace)

    def __neg__(self) -> TrackedArray:
        negative = TrackedArray(-self.value, self.size_of_terms, self.namespace)
        negative._magnitude = self._magnitude
        return negative

    def _compare(self, op: Callable[[Any, Any], Any], other: Array) -> TrackedTruth:
        right = self.namespace.asarray(other)
        gap, native = self - right, self.namespace.native
        distance = gap.value / gap.size_of_terms  # NaN where all terms vanish: floats cannot tell
        if op in (operator.lt, operator.le):
            distance = -distance
        elif op is operator.eq:
            distance = -native.abs(distance)
        elif op is operator.ne:
            distance = native.abs(distance)
        return TrackedTruth(op(self.value, right.value), distance, self.namespace, measure_zero=op is operator.eq)

    def __matmul__(self, other: Array) -> TrackedArray:
        right = self.namespace.asarray(other)
        size = self.namespace.larger(self.magnitude @ right.size_of_terms, self.size_of_terms @ right.magnitude)
        return TrackedArray(self.value @ right.value, size, self.namespace)

    def __rmatmul__(self, other: Array) -> TrackedArray:
        product: TrackedArray = self.namespace.asarray(other).__matmul__(self)
        return product

    def __pow__(self, exponent: Number) -> TrackedArray:
        native = self.namespace.native
        if not isinstance(exponent, int | float | Fraction):
            return self._to_the(self.namespace.asarray(exponent))
        exponent = with_floats(exponent)
        power = TrackedArray(self.value**exponent, None, self.namespace)
        slope = native.abs(exponent * self.value ** (exponent - 1)) if exponent != 0 else native.asarray(0)
        power.size_of_terms = self.namespace.larger(power.magnitude, slope * self.size_of_terms)
        return power

    def _to_the(self, exponent: TrackedArray) -> TrackedArray:
        """A power with an exponent for each element."""
        xp = self.namespace
        power = TrackedArray(self.value**exponent.value, None, xp)
        by_base = abs(exponent.value * self.value ** (exponent.value - 1)) * self.size_of_terms
        by_exponent = xp.native.where(self.value > 0, abs(power.value * xp.native.log(self.magnitude)), 0.0)
        size = by_base + by_exponent * exponent.size_of_terms
        power.size_of_terms = xp.larger(power.magnitude, xp.native.where(size == size, size, power.magnitude))
        return power
