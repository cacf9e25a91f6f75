"""What a `Point` and the points of a `Space` have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ncverify.kinds import Array, Functions
from ncverify.space.sizes import Sizes


class PointLike(Protocol):
    """Arrays by name, the sizes of their axes and the functions of their arithmetic."""

    @property
    def sizes(self) -> Sizes:
        """The sizes by name."""

    @property
    def variables(self) -> Mapping[str, Array]:
        """The arrays by name."""

    @property
    def class_sizes(self) -> tuple[int, ...]:
        """The number of samples of each class."""

    @property
    def xp(self) -> Functions:
        """The namespace of the arrays."""

    def __getattr__(self, name: str) -> Any:
        """A variable, a size or a quantity by its name."""
