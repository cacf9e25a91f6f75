"""Rules of arguments: each gives a value back, or refuses it by name. Beside them, the annotations that carry them."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, TypeAlias

import numpy as np

from ncverify.arguments.shapes import Given, Size, dense, is_exact, pair, shown
from ncverify.kinds import Array as Array
from ncverify.kinds import Number

_LARGEST = 2**31


@dataclass(frozen=True)
class AtLeast:
    """Integers from `least` on, below `below`."""

    least: int
    below: int = _LARGEST

    def __call__(self, name: str, value: Number, given: Given) -> int:
        """The integer as an int."""
        torch = type(value).__module__.startswith("torch")
        try:
            number = None if torch or isinstance(value, bool | np.ndarray) else operator.index(value)
        except TypeError:
            number = None
        if number is None:
            raise TypeError(f"{name}: expected an integer >= {self.least}, got {shown(value)}")
        if number < self.least:
            raise ValueError(f"{name}: expected {name} >= {self.least}, got {shown(value)}")
        if number >= self.below:
            raise ValueError(f"{name}: expected {name} < {self.below}, got {shown(value)}")
        return number


@dataclass(frozen=True)
class Interval:
    """Real numbers between bounds, infinite ones where it says so; scalars of other arithmetics stay as they are."""

    above: str = ""
    infinite: bool = False
    most: float | None = None

    def __call__(self, name: str, value: object, given: Given) -> Any:
        """The number."""
        expected = f"{'a number' if self.infinite else 'a finite number'}{self.above and ' '}{self.above}"
        expected += "" if self.most is None else f" and <= {self.most:g}"
        if value is None or isinstance(value, bool | complex | str | list | tuple) or getattr(value, "shape", ()) != ():
            raise TypeError(f"{name}: expected {expected}, got {shown(value)}")
        if not isinstance(value, int | float | Fraction | np.generic):
            if not is_exact(value) and hasattr(value, "dtype"):
                dense(name, value)
            return value
        try:
            number = float(value)
        except OverflowError:
            raise ValueError(f"{name}: expected {expected} of a float's size, got {shown(value)}") from None
        except (TypeError, ValueError, RuntimeError):
            raise TypeError(f"{name}: expected {expected}, got {shown(value)}") from None
        fits = number == number if self.infinite else math.isfinite(number)
        sign = number if isinstance(value, np.generic) else (value > 0) - (value < 0)
        low = (self.above == "> 0" and sign <= 0) or (self.above == ">= 0" and sign < 0)
        if not fits or low or (self.most is not None and number > self.most):
            raise ValueError(f"{name}: expected {expected}, got {shown(value)}")
        return number if isinstance(value, np.floating | np.integer) else value


@dataclass(frozen=True)
class Instance:
    """Objects of some classes."""

    classes: tuple[type, ...]

    def __call__(self, name: str, value: object, given: Given) -> Any:
        """The object."""
        if not isinstance(value, self.classes):
            names = " or ".join(entry.__name__ for entry in self.classes)
            raise TypeError(f"{name}: expected a {names}, got {shown(value)}")
        return value


@dataclass(frozen=True)
class Each:
    """Lists and tuples of objects of a class."""

    kind: type

    def __call__(self, name: str, value: object, given: Given) -> Any:
        """The list or tuple."""
        if not isinstance(value, list | tuple) or not all(isinstance(entry, self.kind) for entry in value):
            raise TypeError(f"{name}: expected a list or tuple, each a {self.kind.__name__}, got {shown(value)}")
        return value


@dataclass(frozen=True)
class Numbers:
    """Sequences of numbers, whole ones where it says so, none of them NaN."""

    whole: bool

    def __call__(self, name: str, value: object, given: Given) -> Any:
        """The sequence."""
        if isinstance(value, str) or not hasattr(value, "__iter__"):
            raise TypeError(f"{name}: expected a sequence of numbers, got {shown(value)}")
        kinds = (int, np.integer) if self.whole else (int, float, np.integer, np.floating)
        for entry in value:
            if isinstance(entry, bool) or not isinstance(entry, kinds):
                raise TypeError(f"{name}: expected a sequence of numbers, got {shown(entry)} in it")
            if entry != entry:
                raise ValueError(f"{name}: expected a sequence of numbers, got NaN in it")
        return value


def a_function(name: str, value: object, given: Given) -> Any:
    """The function, if it is one."""
    if not callable(value):
        raise TypeError(f"{name}: expected a function, got {shown(value)}")
    return value


def text(name: str, value: object, given: Given) -> str:
    """The text, if it is one."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a text, got {shown(value)}")
    return value


def truth(name: str, value: object, given: Given) -> bool:
    """The truth value as a bool."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}: expected True or False, got {shown(value)}")
    return bool(value)


def per_class(name: str, value: object, given: Given) -> int | tuple[int, ...]:
    """The number of samples of each class, or a class size for each class."""
    if not isinstance(value, tuple):
        return AtLeast(1)(name, value, given)
    if not value:
        raise ValueError(f"{name}: expected an integer or a class size for each class, got an empty tuple")
    return tuple(AtLeast(1)(name, size, given) for size in value)


def labels(name: str, value: object, given: Given) -> Any:
    """A sequence or an array, as it is; its entries and their number are checked in the function."""
    if isinstance(value, str | bytes | dict) or not (hasattr(value, "__iter__") or hasattr(value, "__array__")):
        raise TypeError(f"{name}: expected integers 0..K-1, one for each sample, got {shown(value)}")
    return value


def rotation(name: str, value: object, given: Given) -> Any:
    """A matrix as it is, or a seed."""
    return value if len(getattr(value, "shape", ())) == 2 else AtLeast(0)(name, value, given)


def namespace(name: str, value: object, given: Given) -> Any:
    """The namespace, if it is one of `ncverify.numbers`."""
    if not hasattr(value, "integers"):
        raise TypeError(
            f"{name}: expected a namespace of ncverify.numbers (backend_namespace, namespace_of), got {shown(value)}"
        )
    return value


def in_function(name: str, value: object, given: Given) -> Any:
    """The value as it is: the function itself says what it takes."""
    return value


Classes: TypeAlias = Annotated[int, AtLeast(2), Size("K")]
"""A number of classes, K in shapes."""
Count: TypeAlias = Annotated[int, AtLeast(1)]
Samples: TypeAlias = Annotated[int, AtLeast(1), Size("n")]
"""Samples of each class, n in shapes."""
PerClass: TypeAlias = Annotated[int | tuple[int, ...], per_class, Size("n")]
"""Samples of each class: one number, or the class sizes (n_1, ..., n_K)."""
Index: TypeAlias = Annotated[int, AtLeast(0)]
Seed: TypeAlias = Annotated[int, AtLeast(0, below=2**10_000)]
"""Of random numbers; of any size."""
Workers: TypeAlias = Annotated[int, AtLeast(-64)]
"""Processes; below zero, as joblib counts them from the number of cores."""

Real: TypeAlias = Annotated[float, Interval()]
Positive: TypeAlias = Annotated[float, Interval("> 0")]
NotNegative: TypeAlias = Annotated[float, Interval(">= 0")]
Allowance: TypeAlias = Annotated[Any, Interval(">= 0", infinite=True)]
"""How much something may be off, infinite where it may be anything."""
Extended: TypeAlias = Annotated[float, Interval(infinite=True)]
"""A number, or an infinity."""
Scalar: TypeAlias = Annotated[Any, Interval()]
"""A number, of Python or of an array library or of an exact arithmetic."""
PositiveScalar: TypeAlias = Annotated[Any, Interval("> 0")]
NotNegativeScalar: TypeAlias = Annotated[Any, Interval(">= 0")]
Share: TypeAlias = Annotated[Any, Interval(">= 0", most=1.0)]
"""A part of the whole, from 0 to 1."""

# `Annotated[Array, "K d"]` says the shape of a dense array
Classifier: TypeAlias = Annotated[Array, "K d"]
Features: TypeAlias = Annotated[Array, "d N"]
Logits: TypeAlias = Annotated[Array, "K N"]
"""Or what belongs to them entry by entry: differences, multipliers, gradients."""
Pair: TypeAlias = Annotated[Any, pair]
"""Two arrays with the shapes of (W, H), or stacks of them."""
Labels: TypeAlias = Annotated[Any, labels]
"""The class of every sample."""
Namespace: TypeAlias = Annotated[Any, namespace]
Rotation: TypeAlias = Annotated[Any, rotation]
"""A matrix, or the seed of a random one."""
InFunction: TypeAlias = Annotated[Any, in_function]
"""Anything: the function itself says what it takes."""
