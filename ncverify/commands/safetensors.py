"""Arrays from .safetensors files, through the format's own safe reader."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ncverify.commands.entries import Entry, check_entries, checked_keys
from ncverify.commands.text import CommandError, one_line

CHUNK = 1 << 26

DTYPES = {
    "F16": "float16",
    "BF16": "bfloat16",
    "F32": "float32",
    "F64": "float64",
    "I8": "int8",
    "I16": "int16",
    "I32": "int32",
    "I64": "int64",
    "U8": "uint8",
    "U16": "uint16",
    "U32": "uint32",
    "U64": "uint64",
}


def read_safetensors(path: str, advance: Callable[[int], object]) -> dict[str, np.ndarray]:
    """The arrays features, labels, classifier and, if present, bias; bfloat16 becomes float32, exactly.

    Args:
        path: the file.
        advance: called with the number of bytes read, again and again.

    Raises:
        CommandError: not a .safetensors file, damaged or inconsistent.
    """
    from safetensors import safe_open

    try:
        with safe_open(path, framework="pt") as tensors:
            keys = checked_keys(list(tensors.keys()))
            slices = {key: tensors.get_slice(key) for key in keys}
            entries = {key: _entry(view) for key, view in slices.items()}
            check_entries(entries, path)
            return {key: _array(slices[key], entries[key], advance) for key in keys}
    except (CommandError, PermissionError):
        raise
    except Exception as error:  # SafetensorError, and what PyTorch raises
        raise CommandError(f"not a readable .safetensors file: {one_line(error)}") from error


def _entry(view: Any) -> Entry:
    name = str(view.get_dtype())
    bits = int(name.lstrip("BFIU")) if name in DTYPES else 8
    return Entry(tuple(view.get_shape()), DTYPES.get(name, name), bits // 8)


def _array(view: Any, entry: Entry, advance: Callable[[int], object]) -> np.ndarray:
    import torch

    dtype = torch.float32 if entry.dtype == "bfloat16" else getattr(torch, entry.dtype)
    numbers = torch.empty(entry.shape, dtype=dtype)
    rows = max(1, CHUNK * entry.shape[0] // max(1, entry.nbytes))
    for start in range(0, entry.shape[0], rows):
        part = view[start : start + rows]
        numbers[start : start + rows] = part
        advance(part.numel() * entry.itemsize)
    values: np.ndarray = numbers.numpy()
    return values
