"""Truth that says how far it is from changing: what a comparison of tracked floats gives."""

from __future__ import annotations

import math
from typing import Any

from ncverify.numbers.native import NativeNamespace


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
        flag = bool(other)
        truth = self.native.library.asarray(flag, device=self.native.device)
        return self._with(truth, self.native.asarray(1.0 if flag else -1.0), thin=False)

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

    def __getitem__(self, index: Any) -> Tendency:
        return self._with(self.truth[index], self.distance[index])

    def all(self, axis: int | None = None, out: None = None) -> Tendency:
        """The conjunction along an axis, or of all.

        Smoothed, the distance is the soft minimum of the distances, so that entries that can never change do not hide
        the others; it is exact where all agree, and the truth is exact always.
        """
        truth = self.native.all(self.truth, axis=axis)
        if self.smoothing == 0:
            return self._with(truth, self.native.min(self.distance, axis=axis))
        count = math.prod(self.shape) if axis is None else self.shape[axis]
        total = self.native.logsumexp(-self.distance / self.smoothing, axis=axis)
        return self._with(truth, -self.smoothing * (total - math.log(count)))

    def any(self, axis: int | None = None, out: None = None) -> Tendency:
        """The disjunction along an axis, or of all."""
        found = ~(~self).all(axis)
        return self._with(found.truth, found.distance)

    def sum(self, axis: int | None = None, dtype: None = None, out: None = None) -> Any:
        """How many are true, along an axis or at all: a number without a distance."""
        from ncverify.numbers.tracked import TrackedNamespace

        return TrackedNamespace(self.native, self.smoothing).sum(self, axis=axis)

    def __bool__(self) -> bool:
        return bool(self.truth)
