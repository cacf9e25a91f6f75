"""Whether two arrays are a point of the model, and what to tell a person when they are not."""

from __future__ import annotations

import array_api_compat
import numpy as np

from ncverify.kinds import Array, Functions
from ncverify.numbers.namespaces import namespace_of


def check_arrays(W: Array, H: Array) -> None:
    """Checks that W and H are dense arrays of real floats of one library, dtype and device, or of one arithmetic.

    Raises:
        TypeError: they are not.
        ValueError: they have no values (torch's device "meta").
    """
    for name, array, shape in (("W", W, "(K, d)"), ("H", H, "(d, K*n)")):
        if getattr(array, "namespace", None) is None:
            _check_native(name, array, shape)
    if namespace_of(W) != namespace_of(H):
        raise TypeError(
            f"W and H: expected two arrays of one library, dtype and device, got W: {_described(W)}; H: {_described(H)}"
        )
    if str(getattr(W, "device", "")) == "meta":
        raise ValueError(f"W and H: expected arrays with values, got W: {_described(W)}; H: {_described(H)}")


def _check_native(name: str, array: Array, shape: str) -> None:
    if not array_api_compat.is_array_api_obj(array) or not hasattr(array, "shape"):
        raise TypeError(
            f"{name}: expected an array of shape {shape} of NumPy, PyTorch or JAX, got {type(array).__name__}"
        )
    if _dtype_name(array) not in ("float32", "float64"):
        raise TypeError(
            f"{name}: expected dtype float32 or float64, got {_dtype_name(array)} (shape {tuple(array.shape)}); "
            "convert it first"
        )
    if isinstance(array, np.ma.MaskedArray) or str(getattr(array, "layout", "torch.strided")) != "torch.strided":
        raise TypeError(f"{name}: expected a dense array without a mask, got {_described(array)}")


def _dtype_name(array: Array) -> str:
    return str(array.dtype).rpartition(".")[2]


def _described(array: Array) -> str:
    """An array in words, for error messages."""
    kind = f"{type(array).__name__} of shape {tuple(array.shape)}"
    own = getattr(array, "namespace", None)
    return (
        f"{kind}, {own!r}" if own is not None else f"{kind}, {_dtype_name(array)} on {array_api_compat.device(array)}"
    )


def check_shapes(W: Array, H: Array) -> None:
    """Checks that W is (K, d) and H (d, K*n) with K >= 2, d >= 1, n >= 1.

    Raises:
        ValueError: a wrong shape, or unequal class sizes.
    """
    K, columns = _classes_and_columns(W, H, "(d, K*n)")
    if columns == 0 or columns % K:
        raise ValueError(
            f"H: expected K*n columns, n >= 1 samples for each of the K = {K} classes in class-major order, "
            f"got {columns} (shape {tuple(H.shape)}): unequal class sizes are not a point of this model"
        )


def check_class_sizes(W: Array, H: Array, class_sizes: tuple[int, ...]) -> None:
    """Checks that W is (K, d) and H (d, N), with N the sum of K class sizes >= 1.

    Raises:
        ValueError: a wrong shape, a class without samples, or sizes that do not add up.
    """
    K, columns = _classes_and_columns(W, H, "(d, N)")
    if len(class_sizes) != K:
        raise ValueError(f"class_sizes: expected {K} sizes, one for each row of W, got {class_sizes}")
    for k, size in enumerate(class_sizes):
        if size < 1:
            raise ValueError(f"class_sizes: expected sizes >= 1, got {size} for class {k}: a class without samples")
    if sum(class_sizes) != columns:
        raise ValueError(f"class_sizes: expected sizes that add up to the {columns} columns of H, got {class_sizes}")


def _classes_and_columns(W: Array, H: Array, shape_of_H: str) -> tuple[int, int]:
    for name, array, shape in (("W", W, "(K, d)"), ("H", H, shape_of_H)):
        if len(array.shape) != 2:
            raise ValueError(f"{name}: expected a matrix of shape {shape}, got shape {tuple(array.shape)}")
    (K, d), (rows, columns) = W.shape, H.shape
    if K < 2 or d < 1:
        raise ValueError(f"W: expected shape (K, d) with K >= 2 classes and d >= 1, got {tuple(W.shape)}")
    if rows != d:
        raise ValueError(
            f"H: expected shape {shape_of_H} with d = {d} rows as W {tuple(W.shape)} has columns, got {tuple(H.shape)}"
            + ("; H looks transposed" if columns == d else "")
        )
    return K, columns


def check_finite(W: Array, H: Array) -> None:
    """Checks that all entries are finite; exact arrays always are.

    Raises:
        ValueError: NaN or infinite entries; the message has the position of the first.
    """
    for name, array in (("W", W), ("H", H)):
        if getattr(array, "namespace", None) is None:
            _check_finite(name, array, namespace_of(array))


def _check_finite(name: str, array: Array, xp: Functions) -> None:
    wrong = ~xp.isfinite(array)
    if bool(xp.any(wrong)):
        rows, columns = xp.nonzero(wrong)
        i, j = int(rows[0]), int(columns[0])
        raise ValueError(
            f"{name}: expected finite numbers, got {float(array[i, j])} at [{i}, {j}] "
            f"({rows.shape[0]} of {array.shape[0] * array.shape[1]} entries, shape {tuple(array.shape)})"
        )


def check_direction(W: Array, H: Array, U: Array, V: Array) -> None:
    """Checks that U and V end in the shapes of W and H and are arrays like them.

    Raises:
        TypeError: another library, dtype, device or arithmetic.
        ValueError: another shape.
    """
    for name, array, like in (("U", U, W), ("V", V, H)):
        if isinstance(array, np.ma.MaskedArray):
            raise TypeError(f"{name}: expected a dense array without a mask")
        shape = tuple(getattr(array, "shape", ()))
        if shape[-2:] != tuple(like.shape):
            raise ValueError(
                f"{name}: expected a direction of shape (..., {like.shape[0]}, {like.shape[1]}), got shape {shape}"
            )
        if namespace_of(array) != namespace_of(like):
            raise TypeError(f"{name}: expected an array like the {_described(like)}, got {_described(array)}")
