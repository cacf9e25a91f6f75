"""Arrays of any library as NumPy arrays on the host."""

from __future__ import annotations

import array_api_compat
import numpy as np

from ncverify.kinds import Array, Functions


def to_numpy(array: Array) -> np.ndarray:
    """The array on the host as NumPy, for the parts that are host-only (SciPy, cvxpy, exact arithmetic).

    Raises:
        TypeError: for exact arrays inside a judgement, whose scalars no float holds, and for what is no array.

    Example:
        >>> import torch
        >>> to_numpy(torch.ones(2, requires_grad=True))
        array([1., 1.], dtype=float32)
    """
    if isinstance(array, np.ndarray):
        return np.asarray(array)
    if array_api_compat.is_torch_array(array):
        if array.device.type == "meta" or str(array.layout) != "torch.strided":
            raise TypeError(f"array: expected a dense array with values, got one on {array.device} as {array.layout}")
        return array.detach().cpu().numpy()
    if getattr(getattr(array, "field", None), "readable", False):
        return np.asarray(np.frompyfunc(array.field.to_float, 1, 1)(array.data), dtype=np.float64)
    if not array_api_compat.is_array_api_obj(array):
        raise TypeError(f"expected an array of NumPy, PyTorch, JAX or array-api-strict, got {type(array).__name__}")
    return np.asarray(array)


def special(name: str, library: Functions, x: Array) -> Array:
    """A special function of SciPy's on an array, by the array's own library where that has it."""
    if array_api_compat.is_torch_namespace(library):
        return getattr(library.special, name)(x)
    if array_api_compat.is_jax_namespace(library):
        import jax.scipy.special

        return getattr(jax.scipy.special, name)(x)
    import scipy.special

    return library.asarray(getattr(scipy.special, name)(to_numpy(x)), dtype=x.dtype)
