"""Arrays that stay in their files: rows are read in order, a few at a time, as often as they are wanted."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import IO, Any

import numpy as np

from ncverify.errors import DamagedFileError

Advance = Callable[[int], object]
Opened = Callable[[], IO[bytes]]
NUMBERED = re.compile(r"(.*?)[._-]?(\d+)(?:-of-\d+)?")


@dataclass(frozen=True)
class Stored:
    """An array in one file, or in several that follow each other.

    Args:
        shape: of the whole.
        dtype: as the file says; bfloat16 and float16 are read as float32, exactly.
        parts: each with its number of rows and a function that gives its bytes from the first on.
        raw: dtype of the bytes.
        held: bytes that are in memory all the time.
    """

    shape: tuple[int, ...]
    dtype: str
    parts: tuple[tuple[int, Opened], ...]
    raw: np.dtype[Any]
    held: int = 0

    @property
    def nbytes(self) -> int:
        """Bytes of the numbers in the file."""
        return prod(self.shape) * self.raw.itemsize

    def chunks(self, rows: int, advance: Advance = lambda count: None) -> Iterator[np.ndarray]:
        """The rows in order, a limited number at a time.

        Raises:
            DamagedFileError: the file ends before its last row.
            OSError: it cannot be read.
        """
        width = prod(self.shape[1:]) * self.raw.itemsize
        for count, opened in self.parts:
            with opened() as stream:
                for start in range(0, count, rows):
                    size = min(rows, count - start) * width
                    yield self._numbers(_read(stream, size))
                    advance(size)
                if isinstance(stream, zipfile.ZipExtFile):
                    stream.read(1)  # reaching the end makes zipfile compare the checksum

    def whole(self, advance: Advance = lambda count: None) -> np.ndarray:
        """All of it in memory."""
        pieces = list(self.chunks(max(1, self.shape[0]), advance))
        return np.concatenate(pieces) if pieces else np.empty(self.shape, self.raw)

    def _numbers(self, data: bytearray) -> np.ndarray:
        values = np.frombuffer(data, dtype=self.raw).reshape(-1, *self.shape[1:])
        if self.dtype == "bfloat16":
            return (values.astype(np.uint32) << 16).view(np.float32)
        if self.dtype == "float16":
            return values.astype(np.float32)
        return values.astype(self.raw.newbyteorder("="), copy=False)

    def then(self, other: Stored) -> Stored:
        """This array followed by the rows of another one of the same dtype."""
        return Stored(
            (self.shape[0] + other.shape[0], *self.shape[1:]),
            self.dtype,
            self.parts + other.parts,
            self.raw,
            self.held + other.held,
        )


def in_memory(array: np.ndarray, dtype: str) -> Stored:
    """An array that had to be read whole, since it lies column by column in its file."""
    data = np.ascontiguousarray(array).tobytes()
    return Stored(array.shape, dtype, ((len(array), lambda: io.BytesIO(data)),), array.dtype, len(data))


def order(name: str) -> tuple[str, int]:
    """A name as stem and number; those without a number come first."""
    match = NUMBERED.fullmatch(name)
    return (match[1], int(match[2])) if match and match[1] else (name, -1)


def _read(stream: IO[bytes], size: int) -> bytearray:
    data = bytearray(size)
    room, done = memoryview(data), 0
    while done < size:
        part = stream.read(min(1 << 22, size - done))
        if not part:
            raise DamagedFileError(f"the file ends {size - done} bytes before the last of its numbers")
        room[done : done + len(part)] = part
        done += len(part)
    return data
