"""A device that is not there: tensors that claim to be on it, compute on the host, and refuse to be mixed with others.

What CUDA refuses is refused here: an operation whose tensors are on two devices (numbers without axes may be the
host's), and NumPy's look at the memory of a tensor that is elsewhere.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

NAME = "maia:0"  # a device that torch knows by name and no ordinary build can use
DEVICE = torch.device(NAME)
_aten = torch.ops.aten
_COPIES = (_aten._to_copy.default, _aten.copy_.default)  # the only ways from one device to another


class There(torch.Tensor):
    """A tensor that says that it is on the device."""

    inner: torch.Tensor

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> There:
        return torch.Tensor._make_wrapper_subclass(  # type: ignore[attr-defined,no-any-return]
            cls, inner.shape, strides=inner.stride(), dtype=inner.dtype
        )

    def __init__(self, inner: torch.Tensor) -> None:
        self.inner = inner

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return DEVICE

    def cpu(self) -> torch.Tensor:  # type: ignore[override]
        return self.inner

    def to(self, target: Any, **options: Any) -> torch.Tensor:  # type: ignore[override]
        if isinstance(target, str | torch.device):
            return self if torch.device(target) == DEVICE else self.inner
        return super().to(target, **options)

    def numpy(self, *, force: bool = False) -> Any:
        raise TypeError(f"can't convert {NAME} device type tensor to numpy")

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _computed(func, args, kwargs or {})


class _Made(TorchFunctionMode):
    """Tensors that PyTorch makes from Python numbers are made on the host and brought over."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func in (torch.asarray, torch.as_tensor, torch.tensor) and kwargs.get("device") in (NAME, DEVICE):
            data = args[0].cpu() if isinstance(args[0], There) else args[0]
            return func(data, *args[1:], **kwargs | {"device": "cpu"}).to(DEVICE)
        return func(*args, **kwargs)


class Elsewhere(TorchDispatchMode):
    """While it is entered the device is there; counts the operations on it by name."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: Counter[str] = Counter()
        self.made = _Made()

    def __enter__(self) -> Elsewhere:
        self.made.__enter__()
        super().__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self.made.__exit__(*error)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        found = _computed(func, args, kwargs)
        self.operations[str(func)] += any(isinstance(one, There) for one in tree_flatten(found)[0])
        return found


def _computed(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    tensors = [one for one in tree_flatten((args, kwargs))[0] if isinstance(one, torch.Tensor)]
    there = any(isinstance(one, There) for one in tensors)
    if there and func not in _COPIES and any(not isinstance(one, There) and one.ndim for one in tensors):
        raise RuntimeError(f"{func}: expected all tensors to be on the same device, found {NAME} and cpu")
    asked = kwargs.get("device")
    found = func(*tree_map(_inner, args), **tree_map(_inner, kwargs | ({"device": "cpu"} if asked is not None else {})))
    if func is _aten.copy_.default:
        return args[0]
    onto = there if asked is None else torch.device(asked) == DEVICE
    return tree_map(lambda one: There(one) if isinstance(one, torch.Tensor) else one, found) if onto else found


def _inner(one: Any) -> Any:
    return one.inner if isinstance(one, There) else one
