"""Three-valued truth: what a comparison of balls can say."""

from __future__ import annotations

from typing import Any

import numpy as np

from ncverify.errors import UndecidedError

Kleene = bool | None


def _and(a: Kleene, b: Kleene) -> Kleene:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _not(a: Kleene) -> Kleene:
    return None if a is None else not a


_AND = np.frompyfunc(_and, 2, 1)
_NOT = np.frompyfunc(_not, 1, 1)


class Truth:
    """Truth values True, False or None (undecided at this precision), element by element.

    Kleene's logic: a connective is decided where the values that are known decide it.

    Args:
        values: True, False and None, alone or in an array.

    Example:
        >>> bool(Truth(True) & ~Truth(False)), Truth([None, False]).all()
        (True, Truth(False))
    """

    __slots__ = ("values",)

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values, dtype=object)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array of truth values."""
        return self.values.shape

    def __and__(self, other: Any) -> Truth:
        return Truth(_AND(self.values, truth_of(other).values))

    __rand__ = __and__

    def __invert__(self) -> Truth:
        return Truth(_NOT(self.values))

    def __or__(self, other: Any) -> Truth:
        return ~(~self & ~truth_of(other))

    __ror__ = __or__

    def __xor__(self, other: Any) -> Truth:
        right = truth_of(other)
        return (self & ~right) | (~self & right)

    __rxor__ = __xor__

    def __getitem__(self, index: Any) -> Truth:
        return Truth(self.values[index])

    def __eq__(self, other: object) -> Truth:  # type: ignore[override]
        return ~(self ^ other)

    def __ne__(self, other: object) -> Truth:  # type: ignore[override]
        return self ^ other

    __hash__ = None  # type: ignore[assignment]

    def all(self, axis: int | None = None, out: None = None) -> Truth:
        """The conjunction along an axis, or of all values; of nothing it is true."""
        return Truth(
            _AND.reduce(self.values.reshape(-1) if axis is None else self.values, axis=axis or 0, initial=True)
        )

    def any(self, axis: int | None = None, out: None = None) -> Truth:
        """The disjunction along an axis, or of all values; of nothing it is false."""
        return ~(~self).all(axis)

    def sum(self, axis: int | None = None, dtype: None = None, out: None = None) -> Any:
        """How many are true, along an axis or at all; UndecidedError where that is not known."""
        return self.decided().sum(axis=axis)

    def decided(self) -> np.ndarray:
        """The truth values as booleans.

        Raises:
            UndecidedError: one of them is None.
        """
        if None in self.values.reshape(-1).tolist():
            raise UndecidedError("a comparison is undecided at this precision")
        return self.values.astype(bool)

    def __bool__(self) -> bool:
        if self.values.size != 1:
            raise ValueError(f"truth of an array of shape {self.shape} is ambiguous: use p.xp.all or p.xp.any")
        value = self.values.item()
        if value is None:
            raise UndecidedError("a comparison is undecided at this precision")
        return bool(value)

    def __repr__(self) -> str:
        return f"Truth({self.values.tolist()})"


def truth_of(value: Any) -> Truth:
    """Truth values from booleans and None, or arrays of them; `Truth` passes through."""
    if isinstance(value, Truth):
        return value
    values = np.asarray(value, dtype=object)
    return Truth(np.frompyfunc(lambda v: None if v is None else bool(v), 1, 1)(values))
