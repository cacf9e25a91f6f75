"""Checks of arrays and pairs of arrays: library, dtype, device and shape, never their entries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import array_api_compat
import numpy as np

from ncverify.numbers.namespaces import namespace_of

MATRICES = {
    "multipliers",
    "features",
    "S",
    "Z",
    "G",
    "D",
    "M",
    "W",
    "H",
    "vectors",
    "means",
    "gradients",
    "complement",
    "outside",
}
ARRAYS = MATRICES | {"global_mean", "centres", "U", "V", "bias"}
OF_LOGITS = {"S", "Z", "M", "D", "multipliers"}  # (K, K*n)
HOST = {"complement", "outside", "gradients"}  # NumPy only


def array(name: str, value: Any, given: Mapping[str, Any]) -> Any:
    """The array, if it is dense, of floats, and of a shape and a library that go with the other arguments."""
    if name == "features" and "labels" in given and "means" not in given:
        return value  # streams take half precision too and look themselves
    dense(name, value)
    if name in HOST and not isinstance(value, np.ndarray):
        raise TypeError(f"{name}: expected a NumPy array, got {type(value).__name__}")
    _like(name, value, given)
    shape = tuple(value.shape)
    if not shape or 0 in (shape[1:] if name == "gradients" else shape):
        raise ValueError(f"{name}: expected an array that is not empty, got shape {shape}")
    if name in MATRICES and len(shape) != 2:
        raise ValueError(f"{name}: expected a matrix, got shape {shape}")
    if name in OF_LOGITS:
        K, n = _classes(given)
        if shape[0] < 2 or (K is not None and shape[0] != K) or (n and shape[1] != shape[0] * n):
            raise ValueError(f"{name}: expected shape (K, K*n) with K = {K or 'at least 2'} and n = {n}, got {shape}")
    _fits(name, shape, given)
    return value


def _fits(name: str, shape: tuple[int, ...], given: Mapping[str, Any]) -> None:
    """Shapes that follow from the shapes of other arguments."""

    def of(other: str) -> tuple[int, ...]:
        return tuple(getattr(given.get(other), "shape", ()))

    expected: dict[str, list[tuple[int, ...]]] = {
        "global_mean": [of("means")[1:]],
        "centres": [of("features")[1:], of("features")],
        "U": [of("W")],
        "V": [of("H")],
        "complement": [(shape[0], shape[0])],
        "outside": [(shape[0], shape[0])],
    }
    if name == "W" and "means" in given:
        expected["W"] = [of("means")]
    if name == "means" and "features" in given:
        expected["means"] = [(shape[0], *of("features")[1:])]
    if name == "H" and "W" in given:
        expected["H"] = [(*of("W")[1:], shape[1])]
    if name == "G" and "H" in given:
        expected["G"] = [(*of("W")[:1], *of("H")[1:])]
    if name in expected and shape not in expected[name]:
        raise ValueError(f"{name}: expected shape {' or '.join(map(str, expected[name]))}, got {shape}")


def _like(name: str, value: Any, given: Mapping[str, Any]) -> None:
    """Arrays have to be of the library, dtype and device of the namespace, or of the point, that goes with them."""
    if name in HOST:
        return
    other = next(key for key in given if given[key] is not None and (key in ("xp", "p", "point") or key in ARRAYS))
    xp = given.get("xp")
    if xp is None and other in ("p", "point"):
        xp = given[other].xp
    if xp is None:
        dense(other, given[other])
        xp = namespace_of(given[other])
    if xp is None or (type(value) is np.ndarray and xp.exact is False and value.dtype == xp.dtype):
        return
    own = namespace_of(value)
    if own != xp:
        raise TypeError(f"{name}: expected an array of {xp!r} to go with {other}, got one of {own!r}")


def _classes(given: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """K and n as the other arguments say them."""
    point = given.get("p", given.get("point"))
    if point is not None:
        return point.K, point.n
    return given.get("K"), given.get("n")


def is_exact(value: Any) -> bool:
    """Whether an array or a scalar carries its own arithmetic: rational, ball, tracked."""
    return getattr(value, "namespace", None) is not None


def dense(name: str, value: Any) -> None:
    """Nothing, where a value is a dense array of float32 or float64 with values, or exact."""
    if (type(value) is np.ndarray and value.dtype.char in "df") or is_exact(value):
        return
    if not array_api_compat.is_array_api_obj(value) or not hasattr(value, "shape"):
        raise TypeError(f"{name}: expected an array of NumPy, PyTorch, JAX or array-api-strict, got {shown(value)}")
    dtype = str(value.dtype).rpartition(".")[2]
    if dtype not in ("float32", "float64") or isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name}: expected a dense array of float32 or float64, got {type(value).__name__} of {dtype}")
    if array_api_compat.is_torch_array(value) and (value.device.type == "meta" or str(value.layout) != "torch.strided"):
        raise TypeError(f"{name}: expected a dense array with values, got one on {value.device} as {value.layout}")


def pair(name: str, value: Any, given: Mapping[str, Any]) -> Any:
    """The pair, if it is two arrays with the shapes of (W, H), or stacks of them."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(f"{name}: expected a pair (U, V) with the shapes of (W, H), got {shown(value)}")
    for part in value:
        dense(name, part)
        if len(part.shape) < 2 or 0 in tuple(part.shape):
            raise ValueError(f"{name}: expected a pair of matrices, got shape {tuple(part.shape)}")
        if "xp" in given:
            _like(name, part, {"xp": given["xp"]})
    other = given.get("a") if name == "b" else None
    if isinstance(other, tuple | list) and any(x.shape != y.shape for x, y in zip(value, other, strict=True)):
        raise ValueError(f"{name}: expected the shapes of a, got {[tuple(part.shape) for part in value]}")
    point = given.get("p")
    if point is None or not hasattr(type(point), "squared_norm"):
        return value
    for part, own in zip(value, (point.W, point.H), strict=True):
        if tuple(part.shape[-2:]) != tuple(own.shape):
            raise ValueError(
                f"{name}: expected shapes {tuple(point.W.shape)} and {tuple(point.H.shape)} as p has, got "
                f"{tuple(part.shape)}"
            )
        if namespace_of(part) != namespace_of(own):
            raise TypeError(
                f"{name}: expected arrays of {namespace_of(own)!r} to go with p, got {namespace_of(part)!r}"
            )
    return value


def shown(value: Any) -> str:
    """A value in a few words, for error messages."""
    shape = getattr(value, "shape", None)
    if shape not in (None, ()):
        return f"{type(value).__name__} of shape {tuple(shape)}"
    return f"{type(value).__name__} {value!r}"[:80] if not isinstance(value, int | float) else repr(value)[:80]
