"""Samples that can be trusted: features that are matrices of floats, labels that are whole numbers in 0..K-1."""

from __future__ import annotations

import array_api_compat
import numpy as np

from ncverify.kinds import Array
from ncverify.numbers import to_numpy

ONE_HOT = "one-hot labels? labels.argmax(axis=1) gives the integers (of soft labels, the most probable class)"
COLUMN = "labels.ravel() is a vector"


def checked_labels(labels: Array, K: int, N: int, ignore_index: int | None = None) -> Array:
    """The labels as a vector of N integers in 0..K-1, on the device where they are.

    Lists are taken, and floats that are whole numbers: many programs save labels so.

    Args:
        labels: a list or an array of any library.
        K: number of classes.
        N: number of samples.
        ignore_index: a number beside 0..K-1 that labels may have too.

    Raises:
        TypeError: labels that are no real numbers (booleans, strings, complex numbers).
        ValueError: another shape than (N,), a number that is not whole or not in 0..K-1.

    Example:
        >>> checked_labels([1.0, 0.0], K=2, N=2)
        array([1, 0])
    """
    if not _is_array(labels):
        labels = _from_list(labels, K)
    check_dense("labels", labels)
    if labels.ndim != 1:
        raise ValueError(f"labels: {_expected(K)}, as a vector, got shape {tuple(labels.shape)}{_hint(labels, K)}")
    if labels.shape[0] != N:
        raise ValueError(f"labels: expected one for each of the {N} samples, got {labels.shape[0]}")
    labels = _numbers(labels, K)
    if N and not _in_range(labels, K) and (ignore_index is None or _others(labels, K, ignore_index)):
        raise ValueError(_first_wrong(to_numpy(labels), K, ignore_index))
    return _whole_numbers(labels, K)


def checked_features(features: Array, d: int | None = None) -> Array:
    """The features as they came, known to be a matrix of real floats with d columns.

    Raises:
        TypeError: no array, or an array of anything but real floats.
        ValueError: another shape than (N, d).
    """
    if not _is_array(features):
        raise TypeError(f"{_expected_features(d)}, got {type(features).__name__}")
    check_dense("features", features)
    shape = tuple(features.shape)
    if len(shape) != 2 or (d is not None and shape[1] != d):
        hint = "; they look transposed" if len(shape) == 2 and shape[0] == d else ""
        raise ValueError(f"{_expected_features(d)}, got shape {shape}{hint}")
    if not _is_float(features):
        raise TypeError(f"{_expected_features(d)}, got dtype {features.dtype}")
    return features


def check_dense(name: str, array: Array) -> None:
    """Checks that an array has values and no mask.

    Raises:
        TypeError: a sparse or masked array, or one on the device meta.
    """
    layout, device = str(getattr(array, "layout", "torch.strided")), str(getattr(array, "device", ""))
    if layout != "torch.strided" or device == "meta" or isinstance(array, np.ma.MaskedArray):
        raise TypeError(f"{name}: expected a dense array with values, got {type(array).__name__} {layout} on {device}")


def _is_array(array: Array) -> bool:
    return isinstance(array, np.ndarray) or bool(array_api_compat.is_array_api_obj(array))


def _is_float(array: Array) -> bool:
    if isinstance(array, np.ndarray):
        return bool(array.dtype.kind == "f" and array.dtype.itemsize <= 8)
    return str(array.dtype).rpartition(".")[2] in ("float16", "bfloat16", "float32", "float64")


def _expected_features(d: int | None) -> str:
    return (
        f"features: expected an array (N, d{'' if d is None else f' = {d}'}) of float16, bfloat16, float32 or float64"
    )


def _from_list(labels: Array, K: int) -> np.ndarray:
    try:
        return np.asarray(labels)
    except ValueError:  # rows of unequal length
        raise ValueError(f"labels: {_expected(K)}, as a vector, got nested lists of unequal length") from None


def _numbers(labels: Array, K: int) -> Array:
    """Labels whose dtype is one of integers or real floats."""
    if isinstance(labels, np.ndarray):
        if labels.dtype.kind not in "iuf":
            raise TypeError(f"labels: {_expected(K)}, got dtype {labels.dtype}{_conversion(labels.dtype.kind)}")
        return labels
    xp = array_api_compat.array_namespace(labels)
    if not xp.isdtype(labels.dtype, ("integral", "real floating")):
        kind = "b" if xp.isdtype(labels.dtype, "bool") else ""
        raise TypeError(f"labels: {_expected(K)}, got dtype {labels.dtype}{_conversion(kind)}")
    # PyTorch cannot compare its wide unsigned integers
    return xp.astype(labels, xp.int64) if xp.isdtype(labels.dtype, "integral") else labels


def _in_range(labels: Array, K: int) -> bool:
    if isinstance(labels, np.ndarray) and labels.dtype == np.int64:
        return bool(labels.view(np.uint64).max() < K)  # negative numbers turn into huge ones
    xp = array_api_compat.array_namespace(labels)
    return bool(xp.min(labels) >= 0) and bool(xp.max(labels) < K)


def _whole_numbers(labels: Array, K: int) -> Array:
    if isinstance(labels, np.ndarray) and labels.dtype == np.int64:
        return labels
    xp = array_api_compat.array_namespace(labels)
    integers = xp.astype(labels, xp.int64)
    if xp.isdtype(labels.dtype, "real floating") and not bool(xp.all(xp.astype(integers, labels.dtype) == labels)):
        raise ValueError(_first_wrong(to_numpy(labels), K))
    return integers


def _others(labels: Array, K: int, ignore_index: int) -> bool:
    """Whether a label is neither in 0..K-1 nor the one to be ignored."""
    xp = array_api_compat.array_namespace(labels)
    return not bool(xp.all(((labels >= 0) & (labels < K)) | (labels == ignore_index)))


def _conversion(kind: str) -> str:
    """How labels of a kind of dtype become integers."""
    if kind in ("U", "S"):
        return "; of names, numpy.unique(labels, return_inverse=True)[1] gives integers in sorted order"
    return "; labels + 0 gives integers" if kind == "b" else ""


def _first_wrong(labels: np.ndarray, K: int, ignore_index: int | None = None) -> str:
    with np.errstate(invalid="ignore"):
        wrong = ~((labels >= 0) & (labels < K) & (np.floor(labels) == labels)) & (labels != ignore_index)
    position = int(np.flatnonzero(wrong)[0])
    start_at_one = labels.min() == 1 and labels.max() == K
    hint = "; labels that start at 1 must be lowered by 1" if start_at_one else ""
    if labels[position] < 0 and float(labels[position]).is_integer():
        number = int(labels[position])
        hint = f"; if {number} marks samples that the loss ignores, ignore_index={number} leaves them out"
    return f"labels: {_expected(K)}, got {labels[position]} at position {position}{hint}"


def _expected(K: int) -> str:
    return f"expected integers in 0..{K - 1} (classifier has {K} rows)"


def _hint(labels: Array, K: int) -> str:
    if labels.ndim == 2 and labels.shape[1] == K:
        return f": {ONE_HOT}"
    if labels.ndim == 2 and 1 in labels.shape:
        return f": {COLUMN}"
    return ""


def checked_classifier(classifier: Array, K: int | None = None, d: int | None = None) -> np.ndarray:
    """The classifiers (K, d) in float64 on the host.

    Raises:
        TypeError: no array of real floats.
        ValueError: another shape, fewer than two classes, or numbers that are not finite.
    """
    expected = f"classifier: expected an array (K{'' if K is None else f' = {K}'}, d{'' if d is None else f' = {d}'})"
    if not _is_array(classifier):
        classifier = np.asarray(classifier)
        if classifier.dtype.kind not in "fiub":
            raise TypeError(f"{expected} of real floats, got dtype {classifier.dtype}")
    shape = tuple(classifier.shape)
    if len(shape) != 2 or (K is not None and shape[0] != K) or (d is not None and shape[1] != d):
        hint = "; it looks transposed" if shape == (d, K) else ""
        raise ValueError(f"{expected}, got shape {shape}{hint}")
    if shape[0] < 2 or shape[1] < 1:
        raise ValueError(f"{expected} with K >= 2 and d >= 1, got shape {shape}")
    return _host_floats(classifier, expected)


def checked_bias(bias: Array, K: int) -> np.ndarray:
    """The bias (K,) in float64 on the host.

    Raises:
        TypeError: no real floats.
        ValueError: another shape, or numbers that are not finite.
    """
    values = _host_floats(bias, f"bias: expected a vector (K = {K},)")
    if values.shape != (K,):
        raise ValueError(f"bias: expected a vector (K = {K},) (classifier has {K} rows), got shape {values.shape}")
    return values


def _host_floats(array: Array, expected: str) -> np.ndarray:
    check_dense(expected.partition(":")[0], array)
    if not (isinstance(array, list | tuple) or _is_array(array)):
        raise TypeError(f"{expected} of real floats, got {type(array).__name__}")
    if not isinstance(array, np.ndarray) and array_api_compat.is_torch_array(array):
        array = array.detach().cpu().double() if array.is_floating_point() else array.detach().cpu()
    values = np.asarray(array if isinstance(array, list | tuple) else to_numpy(array))
    if values.dtype.kind != "f":
        raise TypeError(f"{expected} of real floats, got dtype {values.dtype}")
    wide: np.ndarray = values.astype(np.float64)
    if not np.isfinite(wide).all():
        raise ValueError(f"{expected} of finite numbers, got {np.count_nonzero(~np.isfinite(wide))} others")
    return wide
