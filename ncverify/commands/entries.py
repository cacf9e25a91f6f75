"""What a feature file declares about its arrays, checked before a single number of it is read."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import NamedTuple

from ncverify.commands.text import CommandError, one_line, size
from ncverify.metrics.samples import COLUMN, ONE_HOT

KEYS = ("features", "labels", "classifier", "bias", "classes")
FLOATS = ("float16", "bfloat16", "float32", "float64")
BLOCKS = 1 << 27  # bytes of blocks and of what is loaded
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


def checked_keys(names: Collection[str], others: Sequence[str] = ()) -> None:
    """Refuses names among which features, labels or classifier is missing.

    Raises:
        CommandError: an array is missing.
    """
    missing = [key for key in KEYS[:3] if key not in names]
    if missing:
        listed = [*(key for key in KEYS if key in names), *others]
        shown = ", ".join(one_line(name) for name in listed[:8]) + (", ..." if len(listed) > 8 else "")
        raise CommandError(
            f"expected arrays features, labels and classifier: {missing[0]} is missing, found {shown or 'none'}; "
            f"--array {missing[0]}=NAME tells what it is called"
        )


def check_entries(entries: Mapping[str, Entry]) -> None:
    """Accepts features (N, d), labels (N,), classifier (K, d) and perhaps bias (K,) of floats and integers.

    Labels may be names or numbers of their own; `classes` (K,) then says what each row of the classifier stands for.

    Raises:
        CommandError: shapes or dtypes are not those, or do not fit together.
    """
    for key, (meaning, dtypes) in _EXPECTED.items():
        if key in entries and not (key in ("labels", "classes") and entries[key].dtype.startswith(("str", "bytes"))):
            _check_dtype(key, entries[key], meaning, dtypes)
    N, d = _matrix("features", "(N, d)", entries)
    K, columns = _matrix("classifier", "(K, d)", entries)
    labels = entries["labels"].shape
    if columns != d:
        _explain_columns(N, d, K, columns, labels)
    if K < 2:
        raise CommandError(f"classifier: expected K >= 2 rows, one for each class, got shape ({K}, {columns})")
    _check_labels(labels, N, d, K)
    for key in ("bias", "classes"):
        if key in entries and entries[key].shape != (K,):
            raise CommandError(f"{key}: expected shape ({K},) (classifier has {K} rows), got {entries[key].shape}")


_EXPECTED = {
    "features": ("real numbers", FLOATS),
    "labels": ("integers", FLOATS + INTEGERS),
    "classifier": ("real numbers", FLOATS),
    "bias": ("real numbers", FLOATS),
    "classes": ("names or integers", INTEGERS),
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
        raise CommandError(f"{message}: {ONE_HOT}")
    if labels == (N, 1):
        raise CommandError(f"{message}: {COLUMN}")
    raise CommandError(message + ("; the features look transposed" if labels == (d,) else ""))


def check_memory(N: int, K: int, d: int, held: int, allowed: int | None = None) -> None:
    """Refuses what does not fit into the memory that may be used.

    Features stay in their files and pairs of classes are taken in blocks. In memory are about a dozen arrays
    K x d of float64, a few numbers for each sample, and blocks of a fixed size.

    Args:
        N: samples.
        K: classes.
        d: dimension of the features.
        held: bytes of what had to be read whole.
        allowed: bytes; by default three quarters of what is free.

    Raises:
        CommandError: it does not fit.
    """
    needed = held + BLOCKS + 8 * (12 * K * d + 4 * N)
    limit = allowed if allowed is not None else free_memory()
    if limit is not None and needed > limit:
        raise CommandError(
            f"{K} classes in dimension {d} need {size(needed)} of memory, {size(limit)} may be used; allow more with "
            "--memory, or save the rows of fewer classes (classifier, and labels renumbered)"
        )


def free_memory() -> int | None:
    """Three quarters of the bytes that are free; None where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
        container = Path("/sys/fs/cgroup/memory.max")
        if container.exists() and (limit := container.read_text(encoding="ascii").strip()).isdigit():
            free = min(free, int(limit))
    except (OSError, ValueError, StopIteration):
        try:
            free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        except (AttributeError, ValueError, OSError):
            return None
    return free * 3 // 4
