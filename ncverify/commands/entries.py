"""What a feature file declares about its arrays, checked before a single number of it is read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from math import prod
from typing import NamedTuple

from ncverify.commands.text import CommandError, one_line, size

KEYS = ("features", "labels", "classifier", "bias")
FLOATS = ("float16", "bfloat16", "float32", "float64")
PAIRS, PAIRS_RATIO = 1 << 29, 900  # a file under 1 MB never takes 1 GB
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


class Entry(NamedTuple):
    """Shape and dtype of an array, as the file declares them."""

    shape: tuple[int, ...]
    dtype: str
    itemsize: int

    @property
    def nbytes(self) -> int:
        """Bytes of the numbers."""
        return prod(self.shape) * self.itemsize


def checked_keys(names: list[str]) -> list[str]:
    """The arrays to read from a file that has arrays of these names.

    Raises:
        CommandError: an array is missing.
    """
    missing = [key for key in KEYS[:3] if key not in names]
    if missing:
        found = ", ".join(one_line(name) for name in names[:8]) + (", ..." if len(names) > 8 else "")
        raise CommandError(
            f"expected arrays features, labels and classifier: {missing[0]} is missing, found {found or 'none'}"
        )
    return [key for key in KEYS if key in names]


def check_entries(entries: Mapping[str, Entry], path: str) -> None:
    """Accepts features (N, d), labels (N,), classifier (K, d) and perhaps bias (K,) of floats and integers.

    Args:
        entries: what the file declares.
        path: the file, whose size tells how much work it may ask for.

    Raises:
        CommandError: shapes or dtypes are not those, do not fit together, or do not fit into memory.
    """
    for key, (meaning, dtypes) in _EXPECTED.items():
        if key in entries:
            _check_dtype(key, entries[key], meaning, dtypes)
    N, d = _matrix("features", "(N, d)", entries)
    K, columns = _matrix("classifier", "(K, d)", entries)
    labels = entries["labels"].shape
    if columns != d:
        _explain_columns(N, d, K, columns, labels)
    if K < 2:
        raise CommandError(f"classifier: expected K >= 2 rows, one for each class, got shape ({K}, {columns})")
    _check_labels(labels, N, d, K)
    if "bias" in entries and entries["bias"].shape != (K,):
        raise CommandError(f"bias: expected shape ({K},) (classifier has {K} rows), got {entries['bias'].shape}")
    _check_memory(sum(entry.nbytes for entry in entries.values()), K, os.stat(path).st_size)


_EXPECTED = {
    "features": ("real numbers", FLOATS),
    "labels": ("integers", FLOATS + INTEGERS),
    "classifier": ("real numbers", FLOATS),
    "bias": ("real numbers", FLOATS),
}


def _check_dtype(key: str, entry: Entry, meaning: str, dtypes: tuple[str, ...]) -> None:
    if entry.dtype not in dtypes:
        accepted = ", ".join(dtypes[:4]) + (" or an integer dtype" if len(dtypes) > 4 else "")
        raise CommandError(f"{key}: expected {meaning} of dtype {accepted}, got {one_line(entry.dtype)}")


def _matrix(key: str, form: str, entries: Mapping[str, Entry]) -> tuple[int, int]:
    shape = entries[key].shape
    if len(shape) != 2:
        raise CommandError(f"{key}: expected a matrix of shape {form}, got shape {shape}")
    if 0 in shape:
        raise CommandError(f"{key}: expected a matrix of shape {form} that is not empty, got shape {shape}")
    return shape


def _explain_columns(N: int, d: int, K: int, columns: int, labels: tuple[int, ...]) -> None:
    message = f"classifier: expected {d} columns as features ({N}, {d}) have, got shape ({K}, {columns})"
    if columns == N and labels == (d,):
        raise CommandError(f"features: expected shape (N, d), got ({N}, {d}); they look transposed")
    raise CommandError(message + ("; it looks transposed" if d == K else ""))


def _check_labels(labels: tuple[int, ...], N: int, d: int, K: int) -> None:
    message = f"labels: expected shape ({N},), one integer for each of the N = {N} rows of features, got {labels}"
    if labels == (N,):
        return
    if labels == (N, K):
        raise CommandError(f"{message}: one-hot labels? labels.argmax(axis=1) gives the integers")
    if labels == (N, 1):
        raise CommandError(f"{message}: labels.ravel() is a vector")
    raise CommandError(message + ("; the features look transposed" if labels == (d,) else ""))


def _check_memory(numbers: int, K: int, on_disk: int) -> None:
    """Refuses what this machine cannot hold, and a small file that asks for very much.

    The cosines of Section 4 take all pairs of classes: eight arrays K x K at a time, as measured.
    """
    pairs = 8 * 8 * K * K
    if pairs > PAIRS and pairs > PAIRS_RATIO * on_disk:
        raise CommandError(
            f"classifier: the pairs of {K} classes take {size(pairs)}, for a file of {size(on_disk)}; "
            "no measured features look like this"
        )
    needed = numbers + pairs
    try:
        available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not every system tells
        return
    if needed > available:
        raise CommandError(
            f"the arrays and the pairs of classes need {size(needed)}, more than the {size(available)} of memory of "
            "this machine"
        )
