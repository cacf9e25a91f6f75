"""What NumPy arrays can do by a method, for the array types that ncverify defines itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ncverify.kinds import Array
from ncverify.numbers.axes import Shape
from ncverify.numbers.numpy_names import FUNCTIONS

_NAMES = """
all any argmax argmin argsort clip copy cumprod cumsum diagonal dot max mean min prod ravel repeat round squeeze std sum
swapaxes take trace var
"""
METHODS = frozenset(_NAMES.split())


class Methods:
    """Methods that NumPy's arrays have, each as NumPy's function of the same name; nothing is changed in place."""

    namespace: Any

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in METHODS:
            raise AttributeError(
                f"{type(self).__name__} has no {name!r}: arrays of p have {', '.join(sorted(METHODS))}"
            )
        return partial(FUNCTIONS[name], self.namespace, self)

    def reshape(self, *shape: Shape, **options: Any) -> Array:
        """The same elements in another shape."""
        return FUNCTIONS["reshape"](self.namespace, self, *_unpacked(shape), **options)

    def transpose(self, *axes: Any) -> Array:
        """The array with its axes in another order, or in reverse."""
        return FUNCTIONS["transpose"](self.namespace, self, *(_unpacked(axes) if axes else ()))

    def flatten(self) -> Array:
        """All elements along one axis."""
        return self.namespace.reshape(self, (-1,))


def _unpacked(numbers: tuple[Any, ...]) -> tuple[Array, ...]:
    """Numbers that were given one by one, or as a tuple, as one tuple in a tuple of arguments."""
    return (tuple(numbers[0]) if isinstance(numbers[0], tuple | list) else numbers,)
