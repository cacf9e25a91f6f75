"""IDX files, the format of MNIST: a magic number, the sizes in big-endian 32 bits, then the bytes."""

from __future__ import annotations

import math
import struct

import numpy as np

from training.data.files import DataError, DataFile

IMAGES, LABELS = 3, 1  # dimensions of an image file and of a label file
UNSIGNED_BYTES = 0x08


def parse(file: DataFile, dimensions: int) -> np.ndarray:
    """The bytes as an array of that many dimensions.

    Raises:
        DataError: another magic number, or another length than the header announces.
    """
    content, what = file.content, f"an IDX file of {dimensions} dimension{'s' if dimensions > 1 else ''}"
    if len(content) < 4:
        raise DataError(f"{file.path}: expected {what}, got a file of {len(content)} bytes")
    zero, kind, rank = struct.unpack(">HBB", content[:4])
    if zero != 0:
        raise DataError(f"{file.path}: expected {what}, which starts with 0000, got {content[:4].hex()}")
    if kind != UNSIGNED_BYTES:
        raise DataError(f"{file.path}: expected unsigned bytes (type 08), got type {kind:02x}")
    if rank != dimensions:
        hint = {IMAGES: "; it looks like an image file", LABELS: "; it looks like a label file"}.get(rank, "")
        raise DataError(f"{file.path}: expected {what}, got {rank}{hint}")
    start = 4 + 4 * rank
    if len(content) < start:
        raise DataError(f"{file.path}: truncated inside its header of {start} bytes: it has {len(content)}")
    shape = struct.unpack(f">{rank}I", content[4:start])
    expected = start + math.prod(shape)
    if len(content) != expected:
        state = "truncated" if len(content) < expected else "too long"
        size = " x ".join(map(str, shape))
        raise DataError(f"{file.path}: {state}: its header says {size}, {expected:,} bytes, got {len(content):,}")
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)
