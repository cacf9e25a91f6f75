"""Where a batch is added up: in NumPy on the host, or on the device of its features if that has float64."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from typing import Any

import array_api_compat
import numpy as np

from ncverify.kinds import Array, Functions
from ncverify.metrics.samples import check_dense, checked_features, checked_labels
from ncverify.numbers import to_numpy

HOST = "host"
WIDENED = 1 << 24  # bytes of 16-bit features that are widened at a time
DEVICE_NUMBERS = 1 << 23  # entries of a float64 intermediate on a device: 64 MiB


def placed(
    features: Array, labels: Array, K: int, d: int, *, ignore_index: int | None = None, dtype: str = "float64"
) -> Iterator[tuple[str, Any, Any]]:
    """A checked batch in pieces: the name of the place, features and labels as arrays there.

    On the host the features are NumPy arrays of float16, float32 or float64 and the labels int64. A library or device
    that has no float64 (JAX in its default precision, Apple's MPS) is brought to the host where float64 is asked for.

    Args:
        features: shape (N, d).
        labels: N integers in 0..K-1, or `ignore_index`.
        K: number of classes.
        d: dimension of the features.
        ignore_index: samples with this label are left out.
        dtype: of the sums.

    Raises:
        TypeError, ValueError: see `checked_features` and `checked_labels`.
    """
    features = checked_features(features, d)
    N = features.shape[0]
    labels = _labels(labels, K, N, ignore_index)
    if ignore_index is not None:
        features, labels = _without(features, labels, ignore_index)
    rows = max(1, WIDENED // (2 * d)) if _is_short(features) else max(1, N)
    for here in slices(features.shape[0], rows) or [slice(0, 0)]:
        part, chosen = features[here, ...], labels[here]
        host = on_host(part)
        if host is None and dtype == "float64" and not has_float64(part):
            host = to_numpy(part)
        if host is None:
            yield _on_device(part, chosen)
        else:
            yield HOST, host, chosen if isinstance(chosen, np.ndarray) else to_numpy(chosen)


def on_host(array: Array) -> np.ndarray | None:
    """The array as NumPy, not copied, if it is in host memory, else None; bfloat16 becomes float32, exactly."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(array, torch.Tensor):
        if array.device.type != "cpu":
            return None
        array = array.detach() if array.requires_grad else array
        values: np.ndarray = (array.float() if array.dtype in (torch.bfloat16, torch.float16) else array).numpy()
        return values
    if array_api_compat.is_jax_array(array) and array_api_compat.device(array).platform == "cpu":
        array = np.asarray(array)
    if not isinstance(array, np.ndarray):
        return None
    return array.astype(np.float32) if array.dtype.name in ("float16", "bfloat16") else array


def has_float64(array: Array) -> bool:
    """Whether the library and the device of an array have float64; JAX in its default precision has not."""
    xp = array_api_compat.array_namespace(array)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wide = xp.zeros(1, dtype=xp.float64, device=array_api_compat.device(array))
    except (TypeError, RuntimeError, ValueError):
        return False
    return bool(wide.dtype == xp.float64)


def beside(values: np.ndarray, like: Array, xp: Functions) -> Array:
    """Host float64 numbers as an array of the library and on the device of `like`."""
    return xp.asarray(values, dtype=xp.float64, device=array_api_compat.device(like))


def device_parts(features: Array, labels: Array, K: int) -> Iterator[tuple[Any, Any]]:
    """Pieces of a batch so small that an array with an entry for each sample and class takes 64 MiB at most."""
    rows = max(1, DEVICE_NUMBERS // max(K, features.shape[1]))
    for here in slices(features.shape[0], rows):
        yield features[here, ...], labels[here]


def slices(N: int, rows: int) -> list[slice]:
    """Slices of at most `rows` rows that together cover N rows."""
    return [slice(start, min(start + rows, N)) for start in range(0, N, rows)]


def wide_parts(place: str, features: Array, labels: Array) -> Iterator[tuple[Any, Any, Any]]:
    """A checked batch in pieces of float64, wherever it is: features, labels, namespace."""
    if place != HOST:
        xp = array_api_compat.array_namespace(features)
        yield from ((xp.astype(part, xp.float64), chosen, xp) for part, chosen in device_parts(features, labels, 1))
        return
    rows = max(1, WIDENED // (8 * features.shape[1]))
    for start in range(0, len(features), rows):
        part = features[start : start + rows].astype(np.float64)
        yield part, labels[start : start + rows], array_api_compat.array_namespace(part)


def _labels(labels: Array, K: int, N: int, ignore_index: int | None) -> Array:
    """Checked labels; in NumPy unless they are on a device."""
    check_dense("labels", labels)
    nearby = on_host(labels)
    if nearby is None and hasattr(labels, "device") and not has_float64(labels):
        nearby = to_numpy(labels)
    return checked_labels(labels if nearby is None else nearby, K, N, ignore_index)


def _without(features: Array, labels: Array, ignore_index: int) -> tuple[Array, Array]:
    """The samples that are not marked; the same arrays where none is."""
    marked = to_numpy(labels) == ignore_index
    if not marked.any():
        return features, labels
    kept = np.flatnonzero(~marked)
    return _rows(features, kept), _rows(labels, kept)


def _rows(array: Array, positions: np.ndarray) -> Array:
    nearby = on_host(array) if not _is_short(array) else None
    if nearby is not None:
        return nearby[positions]
    xp = array_api_compat.array_namespace(array)
    index = xp.asarray(positions, device=array_api_compat.device(array))
    return xp.take(array.detach() if array_api_compat.is_torch_array(array) else array, index, axis=0)


def _on_device(features: Array, labels: Array) -> tuple[str, Any, Any]:
    xp, device = array_api_compat.array_namespace(features), array_api_compat.device(features)
    if not (type(labels) is type(features) and array_api_compat.device(labels) == device):
        labels = xp.asarray(to_numpy(labels), device=device)
    features = features.detach() if array_api_compat.is_torch_array(features) else features
    return f"{xp.__name__} {device}", features, labels


def _is_short(array: Array) -> bool:
    return str(array.dtype).rpartition(".")[2] in ("float16", "bfloat16")
