"""Rules of arrays and pairs of arrays: library, dtype, device and shape, never their entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import array_api_compat
import numpy as np

from ncverify.kinds import Array, Functions
from ncverify.numbers.namespaces import namespace_of


@dataclass(frozen=True)
class Size:
    """The letter of an argument in shapes: `Annotated[int, Size("K")]`. A tuple is a class size for each class."""

    letter: str


@dataclass(frozen=True)
class Roles:
    """What a signature says of its parameters, by their names in it.

    Attributes:
        letters: the letters of those that are sizes.
        arrays: those whose shape is said.
        pairs: those that are pairs of arrays.
        points: those that are points, which have sizes and an arithmetic.
        namespaces: those that are namespaces.
    """

    letters: Mapping[str, str] = field(default_factory=dict)
    arrays: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()


@dataclass
class Given:
    """The arguments of a call.

    Attributes:
        arguments: by name, in the order of the call.
        roles: what the signature says of them.
        sizes: K, n, d, N and other letters of shapes, as far as they are known.
    """

    arguments: dict[str, Any]
    roles: Roles = field(default_factory=Roles)
    sizes: dict[str, int] = field(default_factory=dict)

    def find_sizes(self) -> None:
        """The sizes that numbers and points among the arguments say."""
        point = self.arguments.get(self.first(self.roles.points))
        values = {letter: self.arguments.get(name) for name, letter in self.roles.letters.items()}
        if point is not None:
            values = {"K": point.K, "n": point.samples_per_class, "d": point.d}
        self.sizes = {letter: value for letter, value in values.items() if isinstance(value, int)}
        n = values.get("n")
        if isinstance(n, tuple):
            self.sizes |= {"K": len(n), "N": sum(n)}
        elif "K" in self.sizes and "n" in self.sizes:
            self.sizes["N"] = self.sizes["K"] * self.sizes["n"]

    def first(self, names: Sequence[str]) -> str:
        """The first of some parameters that has a value, "" where none has."""
        return next((name for name in names if self.arguments.get(name) is not None), "")


Rule: TypeAlias = Callable[[str, Any, Given], Any]
"""Takes name, value and the other arguments; gives the value back, or refuses it by name."""


@dataclass(frozen=True)
class Shaped:
    """Dense arrays of floats whose shape is written in the letters of the paper.

    Args:
        shape: an axis a letter, "K d"; N stands for K*n. A letter is the size that other arguments have; where none has
            it, whatever the array has. An axis such as "m?" may be empty; a bar separates alternatives.
        host: NumPy only.
    """

    shape: str
    host: bool = False

    def __call__(self, name: str, value: Array, given: Given) -> Array:
        """The array."""
        dense(name, value)
        if self.host and not isinstance(value, np.ndarray):
            raise TypeError(f"{name}: expected a NumPy array, got {type(value).__name__}")
        if not self.host:
            _same_arithmetic(name, value, given)
        choices = [choice.split() for choice in self.shape.split("|")]
        shape = tuple(value.shape)
        axes = next((choice for choice in choices if len(choice) == len(shape)), None)
        if axes is None:
            raise ValueError(
                f"{name}: expected {'a matrix' if len(choices[0]) == 2 else 'a vector'}, got shape {shape}"
            )
        if any(length == 0 and not axis.endswith("?") for axis, length in zip(axes, shape, strict=True)):
            raise ValueError(f"{name}: expected an array that is not empty, got shape {shape}")
        self._fit(name, axes, shape, given.sizes)
        return value

    def _fit(self, name: str, axes: list[str], shape: tuple[int, ...], sizes: dict[str, int]) -> None:
        known = dict(sizes)
        for axis, length in zip(axes, shape, strict=True):
            if known.setdefault(axis, length) != length or (axis == "K" and length < 2):
                letters = ", ".join(axis.replace("N", "K*n") for axis in axes)
                least = " with K at least 2" if "K" in axes and "K" not in sizes else ""
                known_sizes = ", ".join(f"{axis} = {sizes[axis]}" for axis in [*axes, "n"] if axis in sizes)
                where = f" where {known_sizes}" if known_sizes else ""
                raise ValueError(f"{name}: expected shape ({letters}){least}{where}, got {shape}")
            if axis == "K" and "n" in known:
                known.setdefault("N", length * known["n"])
        sizes.update(known)


def _same_arithmetic(name: str, value: object, given: Given) -> None:
    """Arrays have to be of the library, dtype and device of the namespace, or of the point, that goes with them."""
    roles, xp = given.roles, given.arguments.get(given.first(given.roles.namespaces))
    known = {*roles.namespaces, *roles.points, *roles.arrays}
    other = given.first([key for key in given.arguments if key in known])
    if xp is None and other in roles.points:
        xp = given.arguments[other].xp
    if xp is None:
        dense(other, given.arguments[other])
        xp = namespace_of(given.arguments[other])
    _expect(name, value, xp, other)


def _expect(name: str, value: object, xp: Functions, other: str) -> None:
    if xp is None or (type(value) is np.ndarray and xp.exact is False and value.dtype == xp.dtype):
        return
    own = namespace_of(value)
    if own != xp:
        raise TypeError(f"{name}: expected an array of {xp!r} to go with {other}, got one of {own!r}")


def is_exact(value: object) -> bool:
    """Whether an array or a scalar carries its own arithmetic: rational, ball, tracked."""
    return getattr(value, "namespace", None) is not None


def dense(name: str, value: Array) -> None:
    """Checks that a value is a dense array of float32 or float64 with values, or exact."""
    if (type(value) is np.ndarray and value.dtype.char in "df") or is_exact(value):
        return
    if not array_api_compat.is_array_api_obj(value) or not hasattr(value, "shape"):
        raise TypeError(f"{name}: expected an array of NumPy, PyTorch, JAX or array-api-strict, got {shown(value)}")
    dtype = str(value.dtype).rpartition(".")[2]
    if dtype not in ("float32", "float64") or isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name}: expected a dense array of float32 or float64, got {type(value).__name__} of {dtype}")
    if array_api_compat.is_torch_array(value) and (value.device.type == "meta" or str(value.layout) != "torch.strided"):
        raise TypeError(f"{name}: expected a dense array with values, got one on {value.device} as {value.layout}")


def pair(name: str, value: object, given: Given) -> Any:
    """The pair, if it is two arrays with the shapes of (W, H), or stacks of them; all pairs of a call have the same."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(f"{name}: expected a pair (U, V) with the shapes of (W, H), got {shown(value)}")
    xp = given.first(given.roles.namespaces)
    for part in value:
        dense(name, part)
        if len(part.shape) < 2 or 0 in tuple(part.shape):
            raise ValueError(f"{name}: expected a pair of matrices, got shape {tuple(part.shape)}")
        _expect(name, part, given.arguments.get(xp), xp)
    other = given.first(given.roles.pairs)
    first = given.arguments.get(other, value)
    if isinstance(first, tuple | list) and any(x.shape != y.shape for x, y in zip(value, first, strict=True)):
        raise ValueError(f"{name}: expected the shapes of {other}, got {[tuple(part.shape) for part in value]}")
    point = given.first(given.roles.points)
    if point:
        _fits_point(name, value, point, given.arguments[point])
    return value


def _fits_point(name: str, value: Sequence[Array], key: str, point: Any) -> None:
    for part, own in zip(value, (point.W, point.H), strict=True):
        if tuple(part.shape[-2:]) != tuple(own.shape):
            raise ValueError(
                f"{name}: expected shapes {tuple(point.W.shape)} and {tuple(point.H.shape)} as {key} has, got "
                f"{tuple(part.shape)}"
            )
        _expect(name, part, namespace_of(own), key)


def shown(value: object) -> str:
    """A value in a few words, for error messages."""
    shape = getattr(value, "shape", None)
    if shape not in (None, ()):
        return f"{type(value).__name__} of shape {tuple(shape)}"
    return f"{type(value).__name__} {value!r}"[:80] if not isinstance(value, int | float) else repr(value)[:80]
