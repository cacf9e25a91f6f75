"""Array libraries that are wrong on purpose, wrapped around real ones: every function and operator goes through them.

A `Library` stands where NumPy, PyTorch or array-api-strict stood, and its arrays name it as theirs, so that whatever
path a formula takes ends in it. Without a fault it does what the library inside does.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import array_api_compat
import numpy as np

from ncverify.numbers import NativeNamespace, backend_namespace, to_numpy

Fault = Callable[..., Any]

_BINARY = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "pow": operator.pow,
    "matmul": operator.matmul,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
}
_COMPARED = {name: getattr(operator, name) for name in ("lt", "le", "gt", "ge", "eq", "ne")}


class Array:
    """An array of a `Library`."""

    def __init__(self, inner: Any, library: Library) -> None:
        self.inner, self.library = inner, library

    def __array_namespace__(self, api_version: str | None = None) -> Library:
        return self.library

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.asarray(to_numpy(self.inner), dtype=dtype)

    shape = property(lambda self: tuple(self.inner.shape))
    dtype = property(lambda self: self.inner.dtype)
    ndim = property(lambda self: len(self.inner.shape))
    device = property(lambda self: array_api_compat.device(self.inner))
    T = property(lambda self: self.library.wrapped(self.inner.T))
    mT = property(lambda self: self.library.wrapped(self.inner.mT))  # noqa: N815

    def __getitem__(self, index: Any) -> Any:
        return self.library.wrapped(self.inner[self.library.bare(index)])

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        return bool(self.inner)

    def __float__(self) -> float:
        return float(self.inner)

    def __int__(self) -> int:
        return int(self.inner)

    def __neg__(self) -> Any:
        return self.library.call("negative", operator.neg, self)

    def __invert__(self) -> Any:
        return self.library.call("invert", operator.invert, self)

    def __abs__(self) -> Any:
        return self.library.abs(self)

    __hash__ = None


def _forward(name: str, op: Any) -> Any:
    return lambda self, other: self.library.call(name, op, self, other)


def _backward(name: str, op: Any) -> Any:
    return lambda self, other: self.library.call(name, op, other, self)


for _name, _op in (_BINARY | _COMPARED).items():
    setattr(Array, f"__{_name}__", _forward(_name, _op))
for _name, _op in _BINARY.items():
    setattr(Array, f"__r{_name}__", _backward(_name, _op))


class Library:
    """A library with some functions replaced.

    Args:
        inside: the namespace of the array API that does the work.
        faults: by name of the function (operators by theirs: "matmul", "mul", ...), from the function that is right to
            the one that takes its place; "*" stands for every function of floats that has no fault of its own.
    """

    def __init__(self, inside: Any, faults: dict[str, Fault]) -> None:
        self.inside, self.faults = inside, faults
        self.__name__ = f"wrapped {inside.__name__}"
        self.linalg = _Linalg(self)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inside, name)
        if isinstance(found, type) or not callable(found) or name in ("finfo", "iinfo"):
            return found  # dtypes and constants
        return self._function(name, found)

    def _function(self, name: str, function: Any) -> Any:
        return lambda *arguments, **options: self.call(name, function, *arguments, **options)

    def call(self, name: str, function: Any, *arguments: Any, **options: Any) -> Any:
        """A function on arrays of this library."""
        fault = self.faults.get(name) or self.faults.get("*")
        apply = fault(function) if fault else function
        return self.wrapped(apply(*self.bare(arguments), **{key: self.bare(v) for key, v in options.items()}))

    def bare(self, value: Any) -> Any:
        """The arrays of the library inside."""
        if isinstance(value, tuple | list):
            return type(value)(self.bare(v) for v in value)
        return value.inner if isinstance(value, Array) else value

    def wrapped(self, value: Any) -> Any:
        """Arrays of this library."""
        if isinstance(value, tuple | list):
            return type(value)(self.wrapped(v) for v in value)
        return Array(value, self) if array_api_compat.is_array_api_obj(value) else value


class _Linalg:
    """The linear algebra of a `Library`."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def __getattr__(self, name: str) -> Any:
        return self.library._function(name, getattr(self.library.inside.linalg, name))


def broken(backend: str, dtype: str, faults: dict[str, Fault]) -> NativeNamespace:
    """The namespace of a backend with faults; without any it is the backend behind the same wrapping."""
    inside = backend_namespace(backend, dtype=dtype)
    one = inside.asarray(1.0)
    return NativeNamespace(Array(one, Library(inside.library, faults)))
