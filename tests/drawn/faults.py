"""Ways in which an array library can be wrong, each as faults of a `Library`, by dtype where it matters."""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from ncverify.numbers import to_numpy


def _like(value: Any, inner: Any) -> Any:
    """A NumPy array as an array of the library of `inner`."""
    xp = array_api_compat.array_namespace(inner)
    return xp.asarray(np.array(value), dtype=inner.dtype)


def _off(size: float) -> Any:
    return lambda function: lambda *a, **k: function(*a, **k) * (1 + size)


def _cut(x: Any, axis: Any) -> Any:
    """x without its last element along an axis, or in one line."""
    xp = array_api_compat.array_namespace(x)
    if axis is None:
        return xp.reshape(x, (-1,))[:-1]
    index = [slice(None)] * x.ndim
    index[axis] = slice(0, -1)
    return x[tuple(index)]


def _forgets(function: Any) -> Any:
    def shorter(x: Any, axis: Any = None, **k: Any) -> Any:
        return function(_cut(x, axis), axis=axis, **k)

    return shorter


def _wrong_axis(function: Any) -> Any:
    def turned(x: Any, axis: Any = None, **k: Any) -> Any:
        return function(x, axis=axis if axis is None or x.ndim < 2 else x.ndim - 1 - axis % x.ndim, **k)

    return turned


def _fewer_bits(keep: int) -> Any:
    """Operands rounded to some bits of their significand."""

    def rounded(x: Any) -> Any:
        mantissa, exponent = np.frexp(np.asarray(to_numpy(x), dtype=np.float64))
        return _like(np.ldexp(np.round(mantissa * 2.0**keep), exponent - keep), x)

    return lambda function: lambda a, b: function(rounded(a), rounded(b))


def _single(function: Any) -> Any:
    """The same with float arguments rounded to float32."""

    def cast(x: Any) -> Any:
        if not array_api_compat.is_array_api_obj(x) or "float" not in str(x.dtype):
            return x
        return _like(np.asarray(to_numpy(x)).astype(np.float32).astype(np.float64), x)

    return lambda *a, **k: function(*map(cast, a), **k)


def _spoils(function: Any) -> Any:
    """The right result, and an argument that is not what it was."""

    def spoiling(x: Any, *a: Any, **k: Any) -> Any:
        found = function(x, *a, **k)
        if array_api_compat.is_array_api_obj(x) and "float" in str(x.dtype):
            xp = array_api_compat.array_namespace(x)
            found = xp.asarray(found, copy=True) if array_api_compat.is_array_api_obj(found) else found
            x[...] = x * 2 + 1
        return found

    return spoiling


def _log1p(function: Any) -> Any:
    return lambda x: array_api_compat.array_namespace(x).log(1 + x)


def _instead(name: str) -> Any:
    return lambda function: lambda x, **k: getattr(array_api_compat.array_namespace(x), name)(x, **k)


def _exchanged(function: Any) -> Any:
    return lambda condition, a, b: function(condition, b, a)


def _next(function: Any) -> Any:
    """The elements after those that were asked for."""

    def shifted(x: Any, indices: Any, axis: int = 0) -> Any:
        return function(x, (indices + 1) % x.shape[axis], axis=axis)

    return shifted


BOTH = ("float64", "float32")
SMALL = {"float64": 1e-6, "float32": 1e-3}
FAULTS = {
    "exp is a little off": lambda dtype: {"exp": _off(SMALL[dtype])},
    "log is a little off": lambda dtype: {"log": _off(SMALL[dtype])},
    "sqrt is a little off": lambda dtype: {"sqrt": _off(SMALL[dtype])},
    "mean is a little off": lambda dtype: {"mean": _off(SMALL[dtype])},
    "sums are a little off": lambda dtype: {"sum": _off(SMALL[dtype])},
    "products are a little off": lambda dtype: {"mul": _off(SMALL[dtype])},
    "quotients are a little off": lambda dtype: {"truediv": _off(SMALL[dtype])},
    "sum forgets the last term": lambda dtype: {"sum": _forgets},
    "mean forgets the last term": lambda dtype: {"mean": _forgets},
    "max returns min": lambda dtype: {"max": _instead("min")},
    "min returns max": lambda dtype: {"min": _instead("max")},
    "where exchanges its branches": lambda dtype: {"where": _exchanged},
    "matmul in TF32": lambda dtype: {"matmul": _fewer_bits(11)},
    "matmul in bfloat16": lambda dtype: {"matmul": _fewer_bits(8)},
    "float32 inside": lambda dtype: {"*": _single},
    "float32 in matmul": lambda dtype: {"matmul": _single},
    "float32 in exp": lambda dtype: {"exp": _single},
    "log1p is log(1 + x)": lambda dtype: {"log1p": _log1p},
    "sum over the wrong axis": lambda dtype: {"sum": _wrong_axis},
    "min over the wrong axis": lambda dtype: {"min": _wrong_axis},
    "mean over the wrong axis": lambda dtype: {"mean": _wrong_axis},
    "take shifts its indices": lambda dtype: {"take": _next},
    "abs does nothing": lambda dtype: {"abs": lambda function: lambda x: x * 1},
    "min changes its argument": lambda dtype: {"min": _spoils},
    "sum changes its argument": lambda dtype: {"sum": _spoils},
    "mean changes its argument": lambda dtype: {"mean": _spoils},
    "matmul changes its argument": lambda dtype: {"matmul": _spoils},
}
"""By name, from the dtype of a run to the faults of its library."""
DOUBLE_ONLY = frozenset({"float32 inside", "float32 in matmul", "float32 in exp"})
CHANGES_SHAPES = frozenset({"min over the wrong axis", "mean over the wrong axis"})
"""What may be noticed by the shape of a result or by an error; the others have to be by a value."""
