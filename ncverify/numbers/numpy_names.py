"""NumPy's functions by NumPy's names and arguments, on the arrays that ncverify defines itself.

Only the functions of this table run; NumPy's own code never sees such an array. It would take its elements for Python
objects, mean something else by a default argument, or lose memory where an element raises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ncverify.kinds import Array, Functions
from ncverify.numbers.axes import Axis, Shape
from ncverify.numbers.composed import ALIASES

Call = Callable[..., Any]


def refused(name: str, options: Any, xp: Functions) -> TypeError:
    """The error for a function, or for arguments of one, that exact and searching arithmetic do not have."""
    what = f"{name} with {', '.join(options)}=" if options else name
    return TypeError(
        f"{what} is not available where verdicts are reached ({xp!r}): NumPy has it for floats alone; write it with "
        "the functions of p.xp, with operators, or with NumPy's functions that those stand for"
    )


def elementwise(xp: Functions, name: str) -> Call:
    """The namespace's function for a ufunc of NumPy.

    Raises:
        TypeError: it has none.
    """
    own = ALIASES.get(name, name)
    if own not in _UFUNCS:
        raise refused(f"np.{name}", {}, xp)
    return getattr(xp, own)  # type: ignore[no-any-return]


def call(xp: Functions, function: Callable[..., Any], arguments: Any, options: Any) -> Any:
    """A function of NumPy in the arithmetic of a namespace.

    Raises:
        TypeError: it has no exact form, or not with these arguments.
    """
    name, of_linalg = function.__name__, function.__module__ == "numpy.linalg"
    if of_linalg:
        own = None if name.startswith("_") else getattr(type(xp.linalg), name, None)
        if own is None:
            raise refused(f"np.linalg.{name}", {}, xp)
        return own(xp.linalg, *arguments, **options)
    if name not in FUNCTIONS:
        raise refused(f"np.{name}", {}, xp)
    plain = {key: value for key, value in options.items() if not (key in _MEANINGLESS and value is None)}
    try:
        return FUNCTIONS[name](xp, *arguments, **plain)
    except TypeError as error:
        if "unexpected keyword" in str(error) or "positional argument" in str(error):
            raise refused(f"np.{name}", plain or {"these arguments": None}, xp) from error
        raise


_MEANINGLESS = frozenset({"dtype", "out", "order", "kind", "where", "like"})
_NAMES = """
exp log log1p expm1 sqrt abs sign tanh sin cos floor trunc rint atan acos asin atanh acosh asinh log2 log10 sinh cosh
tan ceil square reciprocal positive isfinite isnan isinf logical_not atan2 maximum minimum hypot logaddexp pow
floor_divide remainder copysign vecdot divide logical_and logical_or logical_xor
"""
_UFUNCS = frozenset(_NAMES.split())


def _same(name: str) -> Call:
    return lambda xp, *arguments, **options: getattr(xp, name)(*arguments, **options)


def _reduction(name: str) -> Call:
    def apply(
        xp: Functions, a: Array, axis: Axis = None, dtype: None = None, out: None = None, keepdims: bool = False
    ) -> Array:
        _only_none(dtype, out)
        return getattr(xp, name)(a, axis=axis, keepdims=keepdims)

    return apply


def _without_dtype(name: str) -> Call:
    def apply(xp: Functions, a: Array, axis: Axis = None, out: None = None, keepdims: bool = False) -> Array:
        _only_none(out)
        return getattr(xp, name)(a, axis=axis, keepdims=keepdims)

    return apply


def _moment(name: str) -> Call:
    def apply(
        xp: Functions,
        a: Array,
        axis: Axis = None,
        dtype: None = None,
        out: None = None,
        ddof: float = 0,
        keepdims: bool = False,
        *,
        correction: float | None = None,
    ) -> Array:
        _only_none(dtype, out)
        return getattr(xp, name)(a, axis=axis, ddof=ddof if correction is None else correction, keepdims=keepdims)

    return apply


def _cumulative(name: str) -> Call:
    def apply(xp: Functions, a: Array, axis: int | None = None, dtype: None = None, out: None = None) -> Array:
        _only_none(dtype, out)
        return getattr(xp, name)(a, axis=axis)

    return apply


def _only_none(*arguments: None) -> None:
    if any(argument is not None for argument in arguments):
        raise TypeError("np: dtype= and out= have no meaning for exact numbers: leave them out")


def _take(xp: Functions, a: Array, indices: Array, axis: int | None = None) -> Array:
    a = xp.asarray(a)
    return xp.take(xp.reshape(a, (-1,)), indices, axis=0) if axis is None else xp.take(a, indices, axis=axis)


def _transpose(xp: Functions, a: Array, axes: Any = None) -> Array:
    a = xp.asarray(a)
    return xp.permute_dims(a, tuple(range(a.ndim))[::-1] if axes is None else tuple(axes))


def _reshape(xp: Functions, a: Array, shape: Shape) -> Array:
    return xp.reshape(xp.asarray(a), (shape,) if isinstance(shape, int) else tuple(shape))


def _matrices(xp: Functions, a: Array, axis1: int, axis2: int) -> Array:
    return xp.moveaxis(a, (axis1, axis2), (-2, -1))


def _clip(
    xp: Functions, a: Array, a_min: Array = None, a_max: Array = None, *, min: Array = None, max: Array = None
) -> Array:
    return xp.clip(a, min=min if a_min is None else a_min, max=max if a_max is None else a_max)


def _where(xp: Functions, condition: Array, *branches: Array) -> Array:
    if len(branches) != 2:
        raise TypeError("np.where: expected a condition and two values; indices of true elements depend on the point")
    return xp.where(xp.truth(condition), *branches)


def _diag(xp: Functions, v: Array, k: int = 0) -> Array:
    return xp.diag(v, k)


def _with_axes(x: Array, count: int, xp: Functions) -> Array:
    x = xp.asarray(x)
    return x if x.ndim >= count else xp.reshape(x, (1,) * (count - x.ndim) + x.shape)


def _equal_everywhere(xp: Functions, a: Array, b: Array) -> Array:
    a, b = xp.asarray(a), xp.asarray(b)
    return xp.all(a == b) if tuple(a.shape) == tuple(b.shape) else xp.lifted(np.asarray(False))


FUNCTIONS: dict[str, Call] = {
    **{name: _reduction(name) for name in ("sum", "prod", "mean")},
    **{name: _without_dtype(name) for name in ("max", "min", "all", "any")},
    **{"amax": _without_dtype("max"), "amin": _without_dtype("min")},
    **{name: _moment(name) for name in ("var", "std")},
    "cumsum": _cumulative("cumulative_sum"),
    "cumprod": _cumulative("cumulative_prod"),
    "ptp": lambda xp, a, axis=None: xp.max(a, axis=axis) - xp.min(a, axis=axis),
    "median": lambda xp, a, axis=None, keepdims=False: xp.median(a, axis=axis, keepdims=keepdims),
    "average": lambda xp, a, axis=None, weights=None: xp.average(a, axis=axis, weights=weights),
    "count_nonzero": _same("count_nonzero"),
    "cov": _same("cov"),
    "corrcoef": lambda xp, x, y=None, rowvar=True: xp.corrcoef(x, y, rowvar),
    "argmax": lambda xp, a, axis=None, keepdims=False: xp.argmax(a, axis=axis, keepdims=keepdims),
    "argmin": lambda xp, a, axis=None, keepdims=False: xp.argmin(a, axis=axis, keepdims=keepdims),
    "sort": lambda xp, a, axis=-1, stable=None: xp.sort(a, axis=axis),
    "argsort": lambda xp, a, axis=-1, stable=None: xp.argsort(a, axis=axis),
    "diff": _same("diff"),
    "clip": _clip,
    "round": lambda xp, a, decimals=0: xp.round(a, decimals),
    "around": lambda xp, a, decimals=0: xp.round(a, decimals),
    "where": _where,
    "isclose": lambda xp, a, b, rtol=1e-5, atol=1e-8: xp.isclose(a, b, rtol, atol),
    "allclose": lambda xp, a, b, rtol=1e-5, atol=1e-8: xp.all(xp.isclose(a, b, rtol, atol)),
    "array_equal": _equal_everywhere,
    "dot": _same("dot"),
    "inner": _same("inner"),
    "vdot": _same("vdot"),
    "outer": _same("outer"),
    "tensordot": _same("tensordot"),
    "kron": _same("kron"),
    "einsum": _same("einsum"),
    "trace": lambda xp, a, offset=0, axis1=0, axis2=1: xp.trace(_matrices(xp, a, axis1, axis2), offset),
    "diagonal": lambda xp, a, offset=0, axis1=0, axis2=1: xp.diagonal(_matrices(xp, a, axis1, axis2), offset),
    "diag": _diag,
    "tril": lambda xp, m, k=0: xp.tril(m, k),
    "triu": lambda xp, m, k=0: xp.triu(m, k),
    "take": _take,
    "transpose": _transpose,
    "permute_dims": _transpose,
    "matrix_transpose": _same("matrix_transpose"),
    "swapaxes": _same("swapaxes"),
    "moveaxis": _same("moveaxis"),
    "reshape": _reshape,
    "ravel": lambda xp, a: xp.reshape(a, (-1,)),
    "squeeze": lambda xp, a, axis=None: xp.squeeze(a, axis),
    "expand_dims": _same("expand_dims"),
    "broadcast_to": _same("broadcast_to"),
    "atleast_1d": lambda xp, a: _with_axes(a, 1, xp),
    "atleast_2d": lambda xp, a: _with_axes(a, 2, xp),
    "concatenate": lambda xp, parts, axis=0: xp.concat(parts, axis=axis),
    "stack": lambda xp, parts, axis=0: xp.stack(parts, axis=axis),
    "unstack": _same("unstack"),
    "vstack": lambda xp, parts: xp.vstack(parts),
    "hstack": lambda xp, parts: xp.hstack(parts),
    "column_stack": lambda xp, parts: xp.hstack([xp.reshape(x, (-1, 1)) if np.ndim(x) < 2 else x for x in parts]),
    "flip": _same("flip"),
    "fliplr": lambda xp, m: xp.flip(m, axis=1),
    "flipud": lambda xp, m: xp.flip(m, axis=0),
    "roll": _same("roll"),
    "repeat": _same("repeat"),
    "tile": lambda xp, A, reps: xp.tile(A, reps),
    "linspace": lambda xp, start, stop, num=50: xp.linspace(start, stop, num),
    "zeros_like": _same("zeros_like"),
    "ones_like": _same("ones_like"),
    "full_like": _same("full_like"),
    "copy": lambda xp, a: xp.asarray(a),
    "shape": lambda xp, a: xp.asarray(a).shape,
    "ndim": lambda xp, a: xp.asarray(a).ndim,
    "size": lambda xp, a, axis=None: xp.asarray(a).size if axis is None else xp.asarray(a).shape[axis],
    "cumulative_sum": _same("cumulative_sum"),
    "cumulative_prod": _same("cumulative_prod"),
}
