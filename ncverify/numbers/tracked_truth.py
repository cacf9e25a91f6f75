"""Truth that says how far it is from changing: what a comparison of tracked floats gives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ncverify.kinds import Array, Functions, Number, TruthValue
from ncverify.numbers.axes import Axis, count_along
from ncverify.numbers.native import NativeNamespace
from ncverify.numbers.truth import Counted, connected


def softened(
    native: NativeNamespace, smoothing: Number, sharp: Callable[[], Array], soft: Callable[[Number], Array]
) -> Array:
    """What is sharp at temperature zero, else what is soft at it.

    Of a temperature in an array, as a recorded search has it, both are computed: the same operations whatever it is.
    """
    if isinstance(smoothing, int | float):
        return soft(smoothing) if smoothing else sharp()
    cold = smoothing == 0
    return native.where(cold, sharp(), soft(native.where(cold, 1.0, smoothing)))


class TrackedTruth(Counted):
    """A truth value together with how far it is from changing: positive where true, negative where false.

    Args:
        truth: booleans of the native library.
        distance: floats of the same shape.
        namespace: the `TrackedNamespace` that it belongs to.
        measure_zero: true on a set of measure zero only (an equality): no descent ends there exactly.
    """

    __slots__ = ("distance", "measure_zero", "namespace", "truth")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, truth: TruthValue, distance: Array, namespace: Functions, *, measure_zero: bool = False) -> None:
        self.truth, self.distance, self.namespace, self.measure_zero = truth, distance, namespace, measure_zero

    @property
    def native(self) -> NativeNamespace:
        """The namespace of the distances."""
        return self.namespace.native  # type: ignore[no-any-return]

    @property
    def smoothing(self) -> float:
        """The temperature of soft minima."""
        return self.namespace.smoothing  # type: ignore[no-any-return]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the truth values."""
        return tuple(self.distance.shape)

    def _with(self, truth: TruthValue, distance: Array, *, measure_zero: bool | None = None) -> TrackedTruth:
        known = self.measure_zero if measure_zero is None else measure_zero
        return TrackedTruth(truth, distance, self.namespace, measure_zero=known)

    def counted(self) -> Array:
        """The truth values as numbers; smoothed, with a slope."""
        return self.namespace.asarray(self)

    def _lift(self, other: Array) -> TrackedTruth:
        if isinstance(other, TrackedTruth):
            return other
        truth = self.native.library.asarray(other, device=self.native.device)
        return self._with(truth, self.native.where(truth, 1.0, -1.0), measure_zero=False)

    def __and__(self, other: Array) -> TrackedTruth:
        right = self._lift(other)
        both = self.native.minimum(self.distance, right.distance)
        return self._with(self.truth & right.truth, both, measure_zero=self.measure_zero or right.measure_zero)

    __rand__ = __and__

    def __invert__(self) -> TrackedTruth:
        return self._with(~self.truth, -self.distance, measure_zero=False)

    def __or__(self, other: Array) -> TrackedTruth:
        right = self._lift(other)
        either = self.native.maximum(self.distance, right.distance)
        return self._with(self.truth | right.truth, either, measure_zero=self.measure_zero and right.measure_zero)

    __ror__ = __or__

    def __xor__(self, other: Array) -> TrackedTruth:
        right = self._lift(other)
        return (self & ~right) | (~self & right)

    __rxor__ = __ne__ = __xor__  # type: ignore[assignment]

    def __eq__(self, other: object) -> TrackedTruth:  # type: ignore[override]
        return ~(self ^ other)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Array, **options: Any) -> Any:
        """NumPy's logical functions, and its truth values on the left of an operator."""
        return connected(ufunc, method, inputs, options, self._lift)

    def __array_function__(self, function: Callable[..., Any], types: Any, arguments: Any, options: Any) -> Any:
        """NumPy's functions of truth values, in the arithmetic of the search."""
        return self.namespace.numpy_call(function, arguments, options)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of truth values."""
        return math.prod(self.shape)

    def __getitem__(self, index: Any) -> TrackedTruth:
        return self._with(self.truth[index], self.distance[index])

    def all(self, axis: Axis = None, out: None = None, keepdims: bool = False) -> TrackedTruth:
        """The conjunction along axes, or of all.

        Smoothed, the distance is the soft minimum of the distances, so that entries that can never change do not hide
        the others; it is exact where all agree, and the truth is exact always.
        """
        truth = self.native.all(self.truth, axis=axis, keepdims=keepdims)

        def soft(heat: Number) -> Array:
            total = self.native.logsumexp(-self.distance / heat, axis=axis, keepdims=keepdims)
            return -heat * (total - math.log(count_along(self.shape, axis)))

        def least() -> Array:
            return self.native.min(self.distance, axis=axis, keepdims=keepdims)

        return self._with(truth, softened(self.native, self.smoothing, least, soft))

    def any(self, axis: Axis = None, out: None = None, keepdims: bool = False) -> TrackedTruth:
        """The disjunction along axes, or of all."""
        disjunction = ~(~self).all(axis, keepdims=keepdims)
        return self._with(disjunction.truth, disjunction.distance)

    def sum(self, axis: Axis = None, dtype: None = None, out: None = None, keepdims: bool = False) -> Array:
        """How many are true, along axes or at all: a number without a distance."""
        return self.namespace.sum(self, axis=axis, keepdims=keepdims)

    def __bool__(self) -> bool:
        return bool(self.truth)
