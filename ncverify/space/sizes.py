"""The integers of one point: named sizes, and the sizes of its classes where a space has classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Key = tuple[tuple[str, int], ...]


class Sizes:
    """Named integers, read as attributes: `sizes.K`, `sizes.d`, `sizes["N"]`, `sizes.class_sizes`.

    Args:
        values: the sizes by name; with classes, N is their sum.
        class_sizes: n_1..n_K, or None where the space has no classes.

    Example:
        >>> sizes = Sizes({"K": 2, "d": 3}, (2, 1))
        >>> sizes.N, sizes["d"], sizes.class_sizes, sizes
        (3, 3, (2, 1), K=2, d=3, class_sizes=(2, 1))
    """

    __slots__ = ("class_sizes", "values")
    values: dict[str, int]
    class_sizes: tuple[int, ...] | None

    def __init__(self, values: dict[str, int], class_sizes: tuple[int, ...] | None = None) -> None:
        total = {} if class_sizes is None else {"N": sum(class_sizes)}
        object.__setattr__(self, "values", {**values, **total})
        object.__setattr__(self, "class_sizes", class_sizes)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name}: the sizes of a point do not change")

    def __getattr__(self, name: str) -> int:
        try:
            return self.values[name]
        except KeyError:
            known = ", ".join(self.values) or "none"
            raise AttributeError(f"no size is named {name!r}; there are: {known}") from None

    def __getitem__(self, name: str) -> int:
        return self.values[name]

    def __reduce__(self) -> Any:
        return Sizes, (dict(self.values), self.class_sizes)

    @property
    def key(self) -> tuple[int, ...]:
        """The sizes as plain integers, for seeds and for comparisons."""
        return (*self.values.values(), *(self.class_sizes or ()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sizes) and (self.values, self.class_sizes) == (other.values, other.class_sizes)

    def __hash__(self) -> int:
        return hash((tuple(self.values.items()), self.class_sizes))

    def __repr__(self) -> str:
        words = [f"{name}={value}" for name, value in self.values.items() if name != "N" or self.class_sizes is None]
        return ", ".join(words if self.class_sizes is None else [*words, f"class_sizes={self.class_sizes}"])


Where: TypeAlias = Callable[[Sizes], bool]
"""What keeps the sizes for which it is true."""


def labels_of(class_sizes: tuple[int, ...]) -> list[int]:
    """The class of every sample, in class order.

    Example:
        >>> labels_of((2, 1))
        [0, 0, 1]
    """
    return [k for k, n in enumerate(class_sizes) for _ in range(n)]
