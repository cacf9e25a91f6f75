"""Arrays of .safetensors files: checked by the format's own safe reader, left in the files."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import IO, Any

import numpy as np

from ncverify.commands.stored import Stored, order
from ncverify.commands.text import CommandError, one_line

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


def safetensors_arrays(path: str, key: Callable[[str], str | None]) -> list[tuple[str, Stored]]:
    """The arrays of a .safetensors file that have a key.

    Raises:
        CommandError: not a .safetensors file, or damaged.
    """
    from safetensors import safe_open

    try:
        with safe_open(path, framework="np") as tensors:  # refuses headers that do not fit the file
            names = sorted(tensors.keys(), key=order)
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            about = json.loads(file.read(length))
        return [(own, _stored(path, 8 + length, about[name])) for name in names if (own := key(name))]
    except PermissionError:
        raise
    except Exception as error:  # SafetensorError, and what its reader raises
        raise CommandError(f"not a readable .safetensors file: {one_line(error)}") from error


def _stored(path: str, start: int, about: dict[str, Any]) -> Stored:
    name, shape = str(about["dtype"]), tuple(about["shape"])
    dtype = DTYPES.get(name, name)
    raw = np.dtype("<u2" if dtype == "bfloat16" else dtype if name in DTYPES else "u1").newbyteorder("<")
    opened = partial(_from, path, start + about["data_offsets"][0])
    return Stored(shape, dtype, ((shape[0] if shape else 1, opened),), raw)


def _from(path: str, start: int) -> IO[bytes]:
    stream = open(path, "rb")  # noqa: SIM115 - whoever reads closes it
    stream.seek(start)
    return stream
