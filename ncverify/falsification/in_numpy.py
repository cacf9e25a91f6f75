"""What PyTorch's operations are called in NumPy, which takes less time for each on small arrays.

Each operation is the text of an expression; what has none is left to PyTorch, which shares the memory of the arrays.
NumPy rounds sums, exponentials and logarithms in its own way: results agree up to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from math import prod
from typing import Any, NamedTuple

import numpy as np
import torch

_aten = torch.ops.aten
_NUMPYS = {"neg": "negative", "sub": "subtract", "mul": "multiply", "div": "divide", "ge": "greater_equal"}
_NUMPYS |= {"gt": "greater", "le": "less_equal", "lt": "less", "eq": "equal", "ne": "not_equal"}
_UNARY = ("abs", "neg", "exp", "log", "sqrt", "log1p", "expm1", "reciprocal", "logical_not", "isnan")
_BINARY = ("add", "sub", "mul", "div", "ge", "gt", "le", "lt", "eq", "ne")
_ELEMENTWISE: dict[Any, Any] = {
    **{getattr(_aten, name).default: getattr(np, _NUMPYS.get(name, name)) for name in _UNARY},
    **{getattr(_aten, name).Tensor: getattr(np, _NUMPYS.get(name, name)) for name in _BINARY},
    **{getattr(_aten, name).Scalar: getattr(np, _NUMPYS.get(name, name)) for name in _BINARY},
    _aten.maximum.default: np.maximum,
    _aten.minimum.default: np.minimum,
    _aten.bmm.default: np.matmul,
    _aten.where.self: np.where,
    _aten.bitwise_and.Tensor: np.bitwise_and,
}
_RESHAPED = {
    *(_aten.view.default, _aten._unsafe_view.default, _aten.unsqueeze.default),
    *(_aten.squeeze.dim, _aten.squeeze.dims, _aten.squeeze_.dim, _aten.squeeze_.dims, _aten.unsqueeze_.default),
}
_REDUCED = {_aten.sum.dim_IntList: np.add, _aten.amax.default: np.maximum, _aten.amin.default: np.minimum}
_FILLED = ("zeros_like", "ones_like", "full_like", "new_zeros", "new_ones", "new_full", "zeros", "ones", "full")
# operations whose results depend on no value
FILLED = frozenset(getattr(_aten, name).default for name in _FILLED)
# those that change the numbers of their argument here give a new array
FUNCTIONAL = frozenset({_aten.masked_fill_.Scalar, _aten.fill_.Scalar})
# those that change its shape and no number
SHAPE_ALONE = frozenset({_aten.squeeze_.dim, _aten.squeeze_.dims, _aten.unsqueeze_.default})
_FLOATS = (torch.float64, torch.bool)
_GIVEN = (*_FLOATS, torch.int64)
_COUNTS = (_aten.sum.dim_IntList, _aten.sum.default)


def has_text(func: Any, given: Iterable[torch.Tensor], result: torch.Tensor) -> bool:
    """Whether tensors are of dtypes for which an operation is the same in NumPy; integers are counts and indices."""
    return all(x.dtype in _GIVEN for x in given) and (result.dtype in _FLOATS or func in _COUNTS)


class Operation(NamedTuple):
    """An operation without options, on arrays of float64 and truths.

    Attributes:
        args: its arguments.
        texts: of the arguments.
        before: shape of the first argument.
        after: shape of the result.
        keep: gives a name to an object that a text refers to.
    """

    args: Sequence[Any]
    texts: list[str]
    before: tuple[int, ...]
    after: tuple[int, ...]
    keep: Callable[[Any], str]


def expression(func: Any, operation: Operation) -> str | None:
    """The text of an operation on arrays; None where PyTorch has to do it."""
    write = _TEXTS.get(func)
    return None if write is None else write(operation)


@lru_cache(maxsize=1024)
def by_pytorch(func: Any) -> Callable[..., Any]:
    """An operation of PyTorch on NumPy arrays."""

    def called(*args: Any, **options: Any) -> Any:
        result = func(*map(_tensors, args), **{name: _tensors(value) for name, value in options.items()})
        return result.numpy() if isinstance(result, torch.Tensor) else tuple(part.numpy() for part in result)

    return called


def _tensors(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return torch.from_numpy(np.asarray(value))
    return list(map(_tensors, value)) if isinstance(value, list) else value


def _reshaped(of: Operation) -> str:
    return f"{of.texts[0]}.reshape({of.after})"


def _called(function: Callable[..., Any]) -> Callable[[Operation], str]:
    return lambda of: f"{of.keep(function)}({', '.join(of.texts)})"


def _reduction(by: np.ufunc, of: Operation) -> str:
    axes = tuple(of.args[1]) if len(of.args) > 1 and of.args[1] else tuple(range(len(of.before)))
    keepdims = len(of.args) > 2 and of.args[2]
    return f"{of.keep(by.reduce)}({of.texts[0]}, {axes[0] if len(axes) == 1 else axes}, None, None, {keepdims})"


def _mean(of: Operation) -> str:
    return f"{_reduction(np.add, of)} / {prod(of.before[axis] for axis in of.args[1] or range(len(of.before)))}"


def _power(of: Operation) -> str:
    return f"{of.keep(np.square)}({of.texts[0]})" if of.args[1] == 2 else f"{of.keep(np.power)}({', '.join(of.texts)})"


def _expand(of: Operation) -> str:
    ones = np.ones(of.after, dtype=bool if of.args[0].dtype == torch.bool else np.float64)
    return f"{of.keep(np.multiply)}({of.texts[0]}, {of.keep(ones)})"  # quicker than np.broadcast_to


def _selected(of: Operation) -> str:
    return f"{of.texts[0]}[{':, ' * (of.args[1] % len(of.before))}{of.args[2]}]"


def _sliced(of: Operation) -> str:
    axis, *edges = of.args[1:] or (0,)
    within = ":".join("" if edge is None else str(edge) for edge in edges)
    return f"{of.texts[0]}[{':, ' * (axis % len(of.before))}{within if len(edges) > 1 else within + ':'}]"


def _put(of: Operation) -> str:
    """Zeros, apart from a selection or a slice along one axis."""
    where = of.args[3] if len(of.args) == 4 else slice(*of.args[3:])
    place, shape = (slice(None),) * (of.args[2] % len(of.after)) + (where,), of.after

    def put(values: Any) -> Any:
        whole = np.zeros(shape)
        whole[place] = values
        return whole

    return f"{of.keep(put)}({of.texts[0]})"


def _gather(of: Operation) -> str | None:
    places = _places(of, of.before)
    return None if places is None else f"{of.texts[0]}.take({of.keep(places)})"


def _scatter(of: Operation) -> str | None:
    """Numbers added to zeros, at constant places."""
    places, zeros = _places(of, of.after), of.texts[0][0] == "c" and not bool(of.args[0].any())
    if places is None or not zeros or places.shape != tuple(of.args[3].shape):
        return None
    summed = f"{of.keep(np.bincount)}({of.keep(places.ravel())}, {of.texts[3]}.ravel(), {prod(of.after)})"
    return f"{summed}.reshape({of.after})"


def _places(of: Operation, shape: tuple[int, ...]) -> Any:
    """Where a constant index along one axis points to in the flattened array; None where it is no constant."""
    if of.texts[2][0] != "c":
        return None
    index = of.args[2].numpy()
    everywhere = list(np.indices(index.shape, sparse=True))
    everywhere[of.args[1] % len(shape)] = index
    return np.ravel_multi_index(tuple(np.broadcast_arrays(*everywhere)), shape)


def _sign(of: Operation) -> str:
    """Of NaN 0, as in PyTorch."""
    x, keep = of.texts[0], of.keep
    return f"{keep(np.subtract)}({keep(np.greater)}({x}, 0.0), {keep(np.less)}({x}, 0.0), dtype={keep(np.float64)})"


_TEXTS: dict[Any, Callable[[Operation], str | None]] = {
    **{func: _called(function) for func, function in _ELEMENTWISE.items()},
    **dict.fromkeys(_RESHAPED, _reshaped),
    **{func: partial(_reduction, by) for func, by in _REDUCED.items()},
    _aten.mean.dim: _mean,
    _aten.pow.Tensor_Scalar: _power,
    _aten.expand.default: _expand,
    _aten.select.int: _selected,
    _aten.slice.Tensor: _sliced,
    _aten.select_backward.default: _put,
    _aten.slice_backward.default: _put,
    _aten.sgn.default: _sign,
    _aten.gather.default: _gather,
    _aten.scatter_add.default: _scatter,
    _aten.sum.default: lambda of: f"{of.keep(np.add.reduce)}({of.texts[0]}, None)",
    _aten.relu.default: lambda of: f"{of.keep(np.maximum)}({of.texts[0]}, 0.0)",
    _aten.clamp_min.default: lambda of: f"{of.keep(np.maximum)}({', '.join(of.texts)})",
    _aten.threshold_backward.default: lambda of: (
        f"{of.keep(np.where)}({of.texts[1]} <= {of.texts[2]}, 0.0, {of.texts[0]})"
    ),
    _aten.rsub.Scalar: lambda of: f"{of.texts[1]} - {of.texts[0]}" if len(of.args) == 2 else None,
    _aten.transpose.int: lambda of: f"{of.texts[0]}.swapaxes({of.args[1]}, {of.args[2]})",
    _aten.permute.default: lambda of: f"{of.texts[0]}.transpose({tuple(of.args[1])})",
    _aten.masked_fill_.Scalar: lambda of: f"{of.keep(np.where)}({of.texts[1]}, {of.texts[2]}, {of.texts[0]})",
    _aten.fill_.Scalar: lambda of: f"{of.keep(np.full)}({of.after}, {of.texts[1]})",
    _aten.cat.default: lambda of: f"{of.keep(np.concatenate)}({of.texts[0]}, {of.args[1] if len(of.args) > 1 else 0})",
}
