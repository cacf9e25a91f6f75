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

    Example:
        >>> bool(Truth(True) & ~Truth(False))
        True
    """

    __slots__ = ("values",)

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values, dtype=object)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array of truth values."""
        return self.values.shape

    def __and__(self, other: Any) -> Truth:
        return Truth(_AND(self.values, _values(other)))

    __rand__ = __and__

    def __invert__(self) -> Truth:
        return Truth(_NOT(self.values))

    def __or__(self, other: Any) -> Truth:
        return ~(~self & ~Truth(_values(other)))

    __ror__ = __or__

    def __xor__(self, other: Any) -> Truth:
        right = Truth(_values(other))
        return (self & ~right) | (~self & right)

    __rxor__ = __xor__

    def __getitem__(self, index: Any) -> Truth:
        return Truth(self.values[index])

    def __eq__(self, other: object) -> Truth:  # type: ignore[override]
        return ~(self ^ other)

    def __ne__(self, other: object) -> Truth:  # type: ignore[override]
        return self ^ other

    __hash__ = None  # type: ignore[assignment]

    def all(self) -> Truth:
        """The conjunction of all values."""
        flat = self.values.ravel().tolist()
        return Truth(False if False in flat else None if None in flat else True)

    def any(self) -> Truth:
        """The disjunction of all values."""
        return ~(~self).all()

    def __bool__(self) -> bool:
        if self.values.size != 1:
            raise ValueError(f"truth of an array of shape {self.shape} is ambiguous: use p.xp.all or p.xp.any")
        value = self.values.item()
        if value is None:
            raise UndecidedError("a comparison is undecided at this precision")
        return bool(value)

    def __repr__(self) -> str:
        return f"Truth({self.values.tolist()})"


def _values(other: Any) -> Any:
    if isinstance(other, Truth):
        return other.values
    return np.asarray(np.asarray(other, dtype=bool), dtype=object)
