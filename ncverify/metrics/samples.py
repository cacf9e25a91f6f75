"""Samples that can be trusted: features that are matrices of floats, labels that are whole numbers in 0..K-1."""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from ncverify.numbers import to_numpy


def checked_labels(labels: Any, K: int, N: int) -> Any:
    """The labels as a vector of N integers in 0..K-1, on the device where they are.

    Lists are taken, and floats that are whole numbers: many programs save labels so.

    Args:
        labels: a list or an array of any library.
        K: number of classes.
        N: number of samples.

    Raises:
        TypeError: labels that are no real numbers (booleans, strings, complex numbers).
        ValueError: another shape than (N,), a number that is not whole or not in 0..K-1.

    Example:
        >>> checked_labels([1.0, 0.0], K=2, N=2)
        array([1, 0])
    """
    if not array_api_compat.is_array_api_obj(labels):
        labels = _from_list(labels, K)
    if labels.ndim != 1:
        raise ValueError(f"labels: {_expected(K)}, as a vector, got shape {tuple(labels.shape)}{_hint(labels, K)}")
    if labels.shape[0] != N:
        raise ValueError(f"labels: expected one for each of the {N} samples, got {labels.shape[0]}")
    labels = _numbers(labels, K)
    xp = array_api_compat.array_namespace(labels)
    if N and not (bool(xp.min(labels) >= 0) and bool(xp.max(labels) < K)):
        raise ValueError(_first_wrong(to_numpy(labels), K))
    return _whole_numbers(labels, K)


def checked_features(features: Any, d: int | None = None) -> Any:
    """The features as they came, known to be a matrix of real floats with d columns.

    Raises:
        TypeError: no array, or an array of anything but real floats.
        ValueError: another shape than (N, d).
    """
    expected = f"features: expected an array (N, d{'' if d is None else f' = {d}'}) of float16, bfloat16, float32 or float64"
    if not array_api_compat.is_array_api_obj(features):
        raise TypeError(f"{expected}, got {type(features).__name__}")
    shape = tuple(features.shape)
    if len(shape) != 2:
        raise ValueError(f"{expected}, got shape {shape}")
    if d is not None and shape[1] != d:
        raise ValueError(f"{expected}, got shape {shape}{'; they look transposed' if shape[0] == d else ''}")
    name = str(features.dtype).rpartition(".")[2]
    if name not in ("float16", "bfloat16", "float32", "float64"):
        raise TypeError(f"{expected}, got dtype {name}")
    return features


def _from_list(labels: Any, K: int) -> np.ndarray:
    try:
        return np.asarray(labels)
    except ValueError:  # rows of unequal length
        raise ValueError(f"labels: {_expected(K)}, as a vector, got nested lists of unequal length") from None


def _numbers(labels: Any, K: int) -> Any:
    """Labels whose dtype is one of integers or real floats."""
    if isinstance(labels, np.ndarray):
        if labels.dtype.kind not in "iuf":
            raise TypeError(f"labels: {_expected(K)}, got dtype {labels.dtype}")
        return labels
    xp = array_api_compat.array_namespace(labels)
    if not xp.isdtype(labels.dtype, ("integral", "real floating")):
        raise TypeError(f"labels: {_expected(K)}, got dtype {labels.dtype}")
    # PyTorch cannot compare its wide unsigned integers
    return xp.astype(labels, xp.int64) if xp.isdtype(labels.dtype, "integral") else labels


def _whole_numbers(labels: Any, K: int) -> Any:
    if isinstance(labels, np.ndarray) and labels.dtype == np.int64:
        return labels
    xp = array_api_compat.array_namespace(labels)
    integers = xp.astype(labels, xp.int64)
    if xp.isdtype(labels.dtype, "real floating") and not bool(xp.all(xp.astype(integers, labels.dtype) == labels)):
        raise ValueError(_first_wrong(to_numpy(labels), K))
    return integers


def _first_wrong(labels: np.ndarray, K: int) -> str:
    with np.errstate(invalid="ignore"):
        wrong = ~((labels >= 0) & (labels < K) & (np.floor(labels) == labels))
    position = int(np.flatnonzero(wrong)[0])
    start_at_one = labels.min() == 1 and labels.max() == K
    hint = "; labels that start at 1 must be lowered by 1" if start_at_one else ""
    return f"labels: {_expected(K)}, got {labels[position]} at position {position}{hint}"


def _expected(K: int) -> str:
    return f"expected integers in 0..{K - 1} (classifier has {K} rows)"


def _hint(labels: Any, K: int) -> str:
    if labels.ndim == 2 and labels.shape[1] == K:
        return ": one-hot labels? labels.argmax(axis=1) gives the integers"
    if labels.ndim == 2 and 1 in labels.shape:
        return ": labels.ravel() is a vector"
    return ""
