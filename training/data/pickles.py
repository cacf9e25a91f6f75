"""Plain data out of a pickle, which is never unpickled: no name in it is imported, nothing in it is called.

A pickle is a program for a stack machine. This module reads the program as text and knows only the instructions that
build dictionaries, lists, tuples, numbers, bytes and text. The one thing beyond is a NumPy array: the three names that
NumPy writes are recognised as words, and the array is made from its bytes here. Everything else is an error.
"""

from __future__ import annotations

import pickletools
import warnings
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.data.files import DataError

RECONSTRUCT = {"numpy.core.multiarray _reconstruct", "numpy._core.multiarray _reconstruct"}
NDARRAY, DTYPE = "numpy ndarray", "numpy dtype"


@dataclass(frozen=True)
class _Name:
    """A name in the pickle; only a word."""

    text: str


@dataclass
class _Dtype:
    code: str


@dataclass
class _Array:
    values: np.ndarray | None = None


_MARK = object()
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_TEXT = {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"}
_BYTES = {"SHORT_BINBYTES", "BINBYTES", "BINBYTES8"}
_OLD_BYTES = {"SHORT_BINSTRING", "BINSTRING"}  # of Python 2; pickletools shows them as latin-1
_NUMBERS = {"BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"}
_EMPTY: dict[str, Callable[[], Any]] = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
_PUT = {"BINPUT", "LONG_BINPUT"}
_GET = {"BINGET", "LONG_BINGET"}
_IGNORED = {"PROTO", "FRAME"}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def plain_data(raw: bytes, path: object) -> Any:
    """The dictionaries, lists, tuples, numbers, bytes, text and arrays of a pickle of any protocol from 2 on.

    Args:
        raw: the pickle.
        path: named in errors.

    Raises:
        DataError: damaged, truncated, or anything but plain data.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd escapes in the texts of old pickles
            return _run(raw)
    except _RefusedError as error:
        raise DataError(f"{path}: not a file of plain data: {error}") from error
    except (ValueError, IndexError, KeyError, TypeError, OverflowError) as error:
        raise DataError(f"{path}: a damaged or truncated pickle ({error})") from error


def _run(raw: bytes) -> Any:
    machine = _Machine()
    for opcode, argument, position in pickletools.genops(raw):
        if opcode.name == "STOP":
            result, end = machine.finished(), (position or 0) + 1
            if end != len(raw):
                raise _RefusedError(f"{len(raw) - end:,} bytes follow its end")
            return result
        machine.step(opcode.name, argument)
    raise ValueError("it does not end")


class _RefusedError(Exception):
    """An instruction beyond plain data."""


class _Machine:
    """The stack, and the memory of objects that are used twice."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memory: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        if name in _IGNORED:
            return
        if name in _PUT or name == "MEMOIZE":
            self.memory[len(self.memory) if name == "MEMOIZE" else argument] = self.stack[-1]
        elif name in _GET:
            self.stack.append(self.memory[argument])
        elif name == "MARK":
            self.stack.append(_MARK)
        elif (value := _literal(name, argument)) is not _MARK:
            self.stack.append(value)
        else:
            self._build(name, argument)

    def finished(self) -> Any:
        if len(self.stack) != 1:
            raise _RefusedError(f"it ends with {len(self.stack)} objects in the place of one")
        return _unwrapped(self.stack[0])

    def _build(self, name: str, argument: Any) -> None:
        if name in _TUPLES:
            items = self._pop(_TUPLES[name])
            self.stack.append(tuple(items))
        elif name == "TUPLE":
            self.stack.append(tuple(self._to_mark()))
        elif name in ("APPEND", "APPENDS"):
            items = self._pop(1) if name == "APPEND" else self._to_mark()
            self._top(list).extend(items)
        elif name in ("SETITEM", "SETITEMS"):
            items = self._pop(2) if name == "SETITEM" else self._to_mark()
            self._top(dict).update(_pairs(items))
        elif name in ("GLOBAL", "STACK_GLOBAL"):
            words = [argument] if name == "GLOBAL" else self._pop(2)
            if not all(isinstance(word, str) for word in words):
                raise _RefusedError("a name that is no text")
            self.stack.append(_known(" ".join(words)))
        elif name == "REDUCE":
            function, arguments = self._pop(2)
            self.stack.append(_reduced(function, arguments))
        elif name == "BUILD":
            _fill(self.stack[-2], self._pop(1)[0])
        else:
            raise _RefusedError(f"it has the instruction {name}")

    def _pop(self, count: int) -> list[Any]:
        if len(self.stack) < count or any(item is _MARK for item in self.stack[-count:]):
            raise ValueError("its stack is too short")
        items = self.stack[-count:]
        del self.stack[-count:]
        return items

    def _to_mark(self) -> list[Any]:
        for position in range(len(self.stack) - 1, -1, -1):
            if self.stack[position] is _MARK:
                items = self.stack[position + 1 :]
                del self.stack[position:]
                return items
        raise ValueError("no mark on its stack")

    def _top(self, kind: type) -> Any:
        if not isinstance(self.stack[-1], kind):
            raise _RefusedError(f"it adds items to a {type(self.stack[-1]).__name__}")
        return self.stack[-1]


def _literal(name: str, argument: Any) -> Any:
    """The value that an instruction puts on the stack by itself, or the mark where it is no such instruction."""
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    if name in _EMPTY:
        return _EMPTY[name]()
    if name in _OLD_BYTES:
        return argument.encode("latin-1")
    return argument if name in _TEXT | _BYTES | _NUMBERS else _MARK


def _pairs(items: list[Any]) -> dict[Hashable, Any]:
    if len(items) % 2:
        raise ValueError("a key without a value")
    if not all(isinstance(key, bytes | str | int) for key in items[::2]):
        raise _RefusedError("a dictionary's key is neither text nor number")
    return dict(zip(items[::2], items[1::2], strict=True))


def _known(text: str) -> _Name:
    if text not in RECONSTRUCT | {NDARRAY, DTYPE}:
        raise _RefusedError(f"it names {text[:80].replace(' ', '.')!r}")
    return _Name(text)


def _reduced(function: Any, arguments: Any) -> _Dtype | _Array:
    if not (isinstance(function, _Name) and isinstance(arguments, tuple) and arguments):
        raise _RefusedError("it calls something")
    if function.text == DTYPE and isinstance(arguments[0], bytes | str):
        code = arguments[0] if isinstance(arguments[0], str) else arguments[0].decode("ascii")
        if code != "u1":
            raise _RefusedError(f"an array of type {code!r}, where only bytes (u1) are known")
        return _Dtype(code)
    if function.text in RECONSTRUCT and arguments[0] == _Name(NDARRAY):
        return _Array()
    raise _RefusedError(f"it calls {function.text.replace(' ', '.')!r} in an unknown way")


def _fill(target: Any, state: Any) -> None:
    """What the BUILD instruction does to the two objects that it is known for."""
    if isinstance(target, _Dtype):
        return  # byte order and alignment, which a single byte does not have
    if not isinstance(target, _Array) or not isinstance(state, tuple) or len(state) != 5:
        raise _RefusedError("it builds something other than an array")
    _, shape, dtype, columns_first, data = state
    sizes = isinstance(shape, tuple) and all(isinstance(size, int) and size >= 0 for size in shape)
    if not (sizes and isinstance(dtype, _Dtype) and isinstance(data, bytes)):
        raise _RefusedError("an array that is not made of bytes")
    target.values = np.frombuffer(data, dtype=np.uint8).reshape(shape, order="F" if columns_first else "C")


def _unwrapped(value: Any) -> Any:
    if not isinstance(value, dict):
        raise _RefusedError(f"expected a dictionary, got {type(value).__name__}")
    return {key: item.values if isinstance(item, _Array) else item for key, item in value.items()}
