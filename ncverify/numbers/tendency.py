"""Truth that says how far it is from changing: what a comparison of tracked floats gives."""

from __future__ import annotations

import math
from typing import Any

from ncverify.numbers.axes import Axis, count_along
from ncverify.numbers.native import NativeNamespace
from ncverify.numbers.truth import connected


def is_sharp(smoothing: Any) -> bool:
    """Whether a temperature is zero; an array of one, as a recorded search has it, never is."""
    return isinstance(smoothing, int | float) and smoothing == 0


class Tendency:
    """A truth value together with how far it is from changing: positive where true, negative where false.

    `thin` says that it is true on a set of measure zero only (an equality): no descent ends there exactly.
    """

    __slots__ = ("distance", "native", "smoothing", "thin", "truth")
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self, truth: Any, distance: Any, native: NativeNamespace, smoothing: float = 0.0, *, thin: bool = False
    ) -> None:
        self.truth, self.distance, self.native, self.smoothing, self.thin = truth, distance, native, smoothing, thin

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the truth values."""
        return tuple(self.distance.shape)

    def _with(self, truth: Any, distance: Any, *, thin: bool | None = None) -> Tendency:
        return Tendency(truth, distance, self.native, self.smoothing, thin=self.thin if thin is None else thin)

    def _lift(self, other: Any) -> Tendency:
        if isinstance(other, Tendency):
            return other
        truth = self.native.library.asarray(other, device=self.native.device)
        return self._with(truth, self.native.where(truth, 1.0, -1.0), thin=False)

    def __and__(self, other: Any) -> Tendency:
        right = self._lift(other)
        both = self.native.minimum(self.distance, right.distance)
        return self._with(self.truth & right.truth, both, thin=self.thin or right.thin)

    __rand__ = __and__

    def __invert__(self) -> Tendency:
        return self._with(~self.truth, -self.distance, thin=False)

    def __or__(self, other: Any) -> Tendency:
        right = self._lift(other)
        either = self.native.maximum(self.distance, right.distance)
        return self._with(self.truth | right.truth, either, thin=self.thin and right.thin)

    __ror__ = __or__

    def __xor__(self, other: Any) -> Tendency:
        right = self._lift(other)
        return (self & ~right) | (~self & right)

    __rxor__ = __ne__ = __xor__  # type: ignore[assignment]

    def __eq__(self, other: object) -> Tendency:  # type: ignore[override]
        return ~(self ^ other)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """NumPy's logical functions, and its truth values on the left of an operator."""
        return connected(ufunc, method, inputs, options, self._lift)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        """NumPy's functions of truth values, in the arithmetic of the search."""
        from ncverify.numbers.tracked import TrackedNamespace

        return TrackedNamespace(self.native, self.smoothing).numpy_call(function, arguments, options)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of truth values."""
        return math.prod(self.shape)

    def __getitem__(self, index: Any) -> Tendency:
        return self._with(self.truth[index], self.distance[index])

    def all(self, axis: Axis = None, out: None = None, keepdims: bool = False) -> Tendency:
        """The conjunction along axes, or of all.

        Smoothed, the distance is the soft minimum of the distances, so that entries that can never change do not hide
        the others; it is exact where all agree, and the truth is exact always.
        """
        truth = self.native.all(self.truth, axis=axis, keepdims=keepdims)
        if is_sharp(self.smoothing):
            return self._with(truth, self.native.min(self.distance, axis=axis, keepdims=keepdims))
        total = self.native.logsumexp(-self.distance / self.smoothing, axis=axis, keepdims=keepdims)
        return self._with(truth, -self.smoothing * (total - math.log(count_along(self.shape, axis))))

    def any(self, axis: Axis = None, out: None = None, keepdims: bool = False) -> Tendency:
        """The disjunction along axes, or of all."""
        found = ~(~self).all(axis, keepdims=keepdims)
        return self._with(found.truth, found.distance)

    def sum(self, axis: Axis = None, dtype: None = None, out: None = None, keepdims: bool = False) -> Any:
        """How many are true, along axes or at all: a number without a distance."""
        from ncverify.numbers.tracked import TrackedNamespace

        return TrackedNamespace(self.native, self.smoothing).sum(self, axis=axis, keepdims=keepdims)

    def __bool__(self) -> bool:
        return bool(self.truth)
