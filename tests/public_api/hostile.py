"""Hostile values for an argument, by what a good value of it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from ncverify import Point, Tangent

RANGE = {"nan", "inf", "-inf", "denormal", "tiny", "huge", "zeros"}
"""What is a number and yet leaves the range of floats: NumPy may warn of it, and a solver may give up."""


def hostile(good: Any) -> Iterator[tuple[str, Any]]:
    """(what is wrong with it, the value) for an argument whose good value is given."""
    if isinstance(good, Point):
        yield from points(good)
    elif isinstance(good, tuple) and len(good) == 2 and all(isinstance(part, np.ndarray) for part in good):
        yield from pairs(good)
    elif isinstance(good, np.ndarray):
        yield from arrays(good)
    elif isinstance(good, bool):
        yield from kinds(None, "yes", 2, np.ones(2))
    elif isinstance(good, int):
        yield from kinds(
            -1, 0, True, 1.5, float("nan"), float("inf"), 2**70, "3", None, 3 + 0j, np.ones(2), torch.ones(())
        )
        yield "int8", np.int8(min(good, 100))
    elif isinstance(good, float):
        yield from kinds(1j, "x", None, True, np.ones(2), torch.ones(2), torch.ones((), device="meta"))
        yield from (("nan", float("nan")), ("inf", float("inf")), ("-inf", -float("inf")), ("zeros", 0.0))
        yield from (("tiny", 5e-324), ("huge", 1e308), ("huge", -1e308), ("huge", 10**400))
        yield "float16", np.float16(min(good, 1e4))
    elif isinstance(good, str):
        yield from kinds("", "no such name", None, 3, "x" * 10_000)
    else:
        yield from kinds(None, 3, "x", np.ones(2))


def kinds(*values: Any) -> Iterator[tuple[str, Any]]:
    """Values that explain themselves."""
    for value in values:
        yield f"{type(value).__name__} {value!r}"[:40], value


def arrays(good: np.ndarray) -> Iterator[tuple[str, Any]]:
    """An array with other entries, another layout, dtype, shape, library or device."""
    yield from entries(good)
    yield from layouts(good)
    yield from (("int8", good.astype(np.int8)), ("complex", good.astype(complex)), ("bool", good.astype(bool)))
    yield from (("object", good.astype(object)), ("text", good.astype(str)), ("longdouble", good.astype(np.longdouble)))
    yield from (
        ("empty", good[:0]),
        ("empty", good[..., :0]),
        ("a scalar", np.float64(1.0)),
        ("deeper", good[None, None]),
    )
    yield from (("masked", np.ma.masked_array(good)), ("sparse", torch.from_numpy(good.copy()).to_sparse()))
    yield from (("meta", torch.empty(good.shape, dtype=torch.float64, device="meta")),)
    yield from kinds(None, "x", good.tolist())


def entries(good: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """The same array with one or all entries at the end of the range of floats."""
    if good.dtype.kind != "f":
        yield from (("negative", -good - 1), ("many", good + 100))
        return
    for name, value in (("nan", np.nan), ("inf", np.inf), ("-inf", -np.inf)):
        changed = good.copy()
        changed.reshape(-1)[-1] = value
        yield name, changed
    signs = np.where(good < 0, -1.0, 1.0)
    yield from (("denormal", signs * 5e-324), ("tiny", good * 1e-200), ("huge", signs * 1e308), ("zeros", 0 * good))


def layouts(good: np.ndarray) -> Iterator[tuple[str, Any]]:
    """The same numbers, lying otherwise in memory or in another library."""
    yield "Fortran order", np.asfortranarray(good)
    yield "read-only", _read_only(good)
    far = np.zeros(good.size * 10_007)[::10_007].reshape(good.shape)
    far[...] = good
    yield "huge strides", far
    turned = np.ascontiguousarray(good[::-1])[::-1]
    yield "negative strides", turned
    if good.dtype.kind != "f":
        return
    yield "float32", good.astype(np.float32)
    yield "torch", torch.from_numpy(good.copy())
    yield "requires_grad", torch.from_numpy(good.copy()).requires_grad_()


def _read_only(array: np.ndarray) -> np.ndarray:
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def points(good: Point) -> Iterator[tuple[str, Any]]:
    """Points that can be made and are odd, and what is no point."""
    if not isinstance(good.W, np.ndarray):  # exact arithmetic
        yield from (("floats", Point(np.eye(2), np.eye(2))), ("None", None))
        return
    for (name, W), (_, H) in zip(entries(good.W), entries(good.H), strict=True):
        if np.isfinite(W).all() and np.isfinite(H).all():
            yield name, Point(W, H)
    for (name, W), (_, H) in zip(layouts(good.W), layouts(good.H), strict=True):
        yield name, Point(W, H)
    yield "huge norm, small entries", Point(good.W * 1e150, good.H)
    yield from (("a pair", (good.W, good.H)), ("an array", good.W), ("None", None))


def pairs(good: tuple[np.ndarray, np.ndarray]) -> Iterator[tuple[str, Any]]:
    """Directions whose first or second part is hostile, and what is no pair."""
    for name, array in arrays(good[0]):
        yield name, Tangent(array, good[1])
    for name, array in arrays(good[1]):
        yield name, (good[0], array)
    yield from (("one part", (good[0],)), ("three parts", (*good, good[0])), ("None", None), ("text", "ab"))
