"""Which namespace belongs to which arrays, and arrays of a backend asked for by name."""

from __future__ import annotations

from typing import Any

import array_api_compat

from ncverify.errors import BackendUnavailableError
from ncverify.numbers.native import NativeNamespace

BACKENDS = ("numpy", "torch", "jax", "strict")
DTYPES = ("float64", "float32")


def namespace_of(*arrays: Any) -> Any:
    """The namespace of some arrays: native, or the one that the arrays carry themselves (`array.namespace`).

    Raises:
        TypeError: when an argument is no array, or when libraries, dtypes or devices are mixed.
    """
    first = arrays[0]
    own = getattr(first, "namespace", None)
    if own is not None:
        return own
    for array in arrays:
        if not array_api_compat.is_array_api_obj(array):
            raise TypeError(f"expected arrays of one array library, got {type(array).__name__}")
    return NativeNamespace(first)


def backend_namespace(name: str = "numpy", *, device: str | None = None, dtype: str = "float64") -> NativeNamespace:
    """The namespace of a backend asked for by name: numpy, torch, jax or strict (array-api-strict).

    Raises:
        ValueError: for an unknown backend or dtype.
        BackendUnavailableError: when the library or the device cannot be used here.

    Example:
        >>> backend_namespace("numpy", dtype="float32")
        NativeNamespace(array_api_compat.numpy, float32, cpu)
    """
    if name not in BACKENDS:
        raise ValueError(f"backend: expected one of {', '.join(BACKENDS)}, got {name!r}")
    if dtype not in DTYPES:
        raise ValueError(f"dtype: expected one of {', '.join(DTYPES)}, got {dtype!r}")
    if device not in (None, "cpu") and name != "torch":
        raise BackendUnavailableError(f"device {device!r}: only the torch backend runs on another device than cpu")
    try:
        return NativeNamespace(_one(name, device, dtype))
    except (ImportError, RuntimeError, AssertionError) as error:
        raise BackendUnavailableError(
            f"backend {name!r} on device {device or 'cpu'!r} cannot be used here: {error}"
        ) from error


def _one(name: str, device: str | None, dtype: str) -> Any:
    if name == "numpy":
        import numpy as np

        return np.ones((), dtype=dtype)
    if name == "torch":
        import torch

        return torch.ones((), dtype=getattr(torch, dtype), device=device)
    if name == "strict":
        import array_api_strict

        return array_api_strict.ones((), dtype=getattr(array_api_strict, dtype))
    import jax

    jax.config.update("jax_enable_x64", True)
    return jax.numpy.ones((), dtype=dtype)


def to_numpy(array: Any) -> Any:
    """The array on the host as NumPy, for the parts that are host-only (SciPy, cvxpy, exact arithmetic)."""
    import numpy as np

    if array_api_compat.is_torch_array(array):
        return array.detach().cpu().numpy()
    if hasattr(array, "__array__") or isinstance(array, np.ndarray):
        return np.asarray(array)
    return np.from_dlpack(array)
