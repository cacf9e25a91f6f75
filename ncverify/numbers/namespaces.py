"""Which namespace belongs to which arrays, and arrays of a backend asked for by name."""

from __future__ import annotations

import array_api_compat

from ncverify.errors import BackendUnavailableError
from ncverify.kinds import Array, Functions
from ncverify.numbers.host import to_numpy
from ncverify.numbers.native import NativeNamespace

BACKENDS = ("numpy", "torch", "jax", "strict")
DTYPES = ("float64", "float32")

__all__ = ["BACKENDS", "DTYPES", "backend_namespace", "namespace_of", "to_numpy"]


def namespace_of(*arrays: Array) -> Functions:
    """The namespace of some arrays: native, or the one that the arrays carry themselves (`array.namespace`).

    Raises:
        TypeError: an argument is no array, or libraries, dtypes, devices or arithmetics are mixed.

    Example:
        >>> import numpy as np
        >>> namespace_of(np.ones(2), np.zeros((3, 1)))
        NativeNamespace(array_api_compat.numpy, float64, cpu)
    """
    first, *others = [_namespace(array) for array in arrays]
    for other in others:
        if other != first:
            raise TypeError(f"expected arrays of one library, dtype and device, got {first!r} and {other!r}")
    return first


def _namespace(array: Array) -> Functions:
    own = getattr(array, "namespace", None)
    if own is not None:
        return own
    if not array_api_compat.is_array_api_obj(array):
        raise TypeError(f"expected an array of NumPy, PyTorch, JAX or array-api-strict, got {type(array).__name__}")
    return NativeNamespace(array)


def backend_namespace(name: str = "numpy", *, device: str | None = None, dtype: str = "float64") -> NativeNamespace:
    """The namespace of a backend asked for by name.

    Args:
        name: numpy, torch, jax or strict (array-api-strict).
        device: for torch any device that it knows; the others run on "cpu". None is "cpu".
        dtype: float64 or float32.

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
    except (ImportError, RuntimeError, AssertionError, TypeError) as error:
        raise BackendUnavailableError(
            f"backend {name!r} on device {device or 'cpu'!r} cannot be used here: {error}"
        ) from error


def _one(name: str, device: str | None, dtype: str) -> Array:
    if name == "numpy":
        import numpy as np

        return np.ones((), dtype=dtype)
    if name == "torch":
        import torch

        return torch.ones((), dtype=getattr(torch, dtype), device=device or "cpu")
    if name == "strict":
        import array_api_strict

        return array_api_strict.ones((), dtype=getattr(array_api_strict, dtype))
    import jax

    jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call, unused-ignore]
    return jax.numpy.ones((), dtype=dtype, device=jax.devices("cpu")[0])
