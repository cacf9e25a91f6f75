"""Labels as positions in a matrix of logits, and the numbers that a loss takes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ncverify.kinds import Array, Functions, Number
from ncverify.numbers.host import to_numpy


def on_host(labels: Array, classes: int | None, samples: int) -> np.ndarray:
    """Labels as NumPy integers, shape (N,).

    Args:
        labels: N class numbers 0..K-1; a list, or an array of any library.
        classes: K, or None where any class number will do.
        samples: N.

    Raises:
        TypeError: labels that are not integers.
        ValueError: another number of labels than samples, or a label outside 0..K-1.
    """
    try:
        numbers = np.asarray(labels if isinstance(labels, list | tuple | range) else to_numpy(labels))
    except (TypeError, ValueError) as error:
        raise TypeError(f"labels: expected integers 0..K-1, one for each sample: {error}") from error
    if isinstance(labels, np.ma.MaskedArray):
        raise TypeError("labels: expected an array without a mask")
    if numbers.dtype.kind not in "iu":
        raise TypeError(f"labels: expected integers 0..K-1, one for each sample, got {numbers.dtype}")
    if numbers.shape != (samples,):
        raise ValueError(f"labels: expected {samples} class numbers, one for each column, got shape {numbers.shape}")
    if numbers.size and (numbers.min() < 0 or (classes is not None and numbers.max() >= classes)):
        last = "" if classes is None else f"..{classes - 1}"
        raise ValueError(f"labels: expected class numbers 0{last}, got {numbers.min()} to {numbers.max()}")
    return numbers


def matrix(name: str, value: Number, shape: str) -> tuple[int, int]:
    """Rows and columns of a matrix.

    Raises:
        ValueError: it is no matrix, or an empty one.
    """
    lengths = tuple(getattr(value, "shape", ()))
    if len(lengths) != 2 or 0 in lengths:
        raise ValueError(f"{name}: expected a matrix of shape {shape}, got {lengths or type(value).__name__}")
    return lengths[0], lengths[1]


def own_entries(Z: Array, labels: np.ndarray, xp: Functions) -> Array:
    """The entry of every column in the row of its label, shape (N,)."""
    N = labels.size
    return gathered(Z, labels * N + np.arange(N), xp)


def other_entries(Z: Array, labels: np.ndarray, xp: Functions) -> Array:
    """The entries of every column in the other rows, shape (K-1, N)."""
    K, N = Z.shape
    order = np.arange(K - 1)[:, None]
    rows = order + (order >= labels)
    return gathered(Z, rows * N + np.arange(N), xp)


def gathered(x: Array, positions: np.ndarray, xp: Functions) -> Array:
    """The elements of a matrix at positions of its flat order, in the shape of the positions."""
    flat = xp.take(xp.reshape(x, (-1,)), xp.integers(positions.reshape(-1).tolist()), axis=0)
    return xp.reshape(flat, positions.shape)


def one_hot(labels: np.ndarray, classes: int, xp: Functions) -> Array:
    """Zeros and ones, shape (K, N)."""
    return xp.where(np.arange(classes)[:, None] == labels, 1, 0)


def number(
    name: str, value: Number, xp: Functions, low: float, high: float | None = None, *, strict: bool = False
) -> Number:
    """A parameter of a loss as a scalar of an arithmetic; an array without axes passes through.

    Raises:
        TypeError: neither a number nor an array without axes.
        ValueError: a plain number out of range.
    """
    if isinstance(value, int | float | Fraction):
        inside = (value > low if strict else value >= low) and (high is None or value <= high)
        if not inside:
            end = "" if high is None else f" and <= {high}"
            raise ValueError(f"{name}: expected a number {'>' if strict else '>='} {low}{end}, got {value}")
        return xp.asarray(float(value) if isinstance(value, Fraction) and not xp.exact else value)
    if tuple(getattr(value, "shape", (0,))) != ():
        raise TypeError(f"{name}: expected a number or a scalar of the point, got {type(value).__name__}")
    try:
        return xp.asarray(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}: expected a number or a scalar of the point: {error}") from error


def cooled(x: Array, temperature: Number, xp: Functions) -> Number:
    """x divided by a temperature; x itself, and a rational stays one, where that is the integer one."""
    if type(temperature) is int and temperature == 1:
        return x
    return x / number("temperature", temperature, xp, 0, strict=True)
