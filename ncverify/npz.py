"""Arrays out of .npz files without pickle and without trust in what a file says of itself."""

from __future__ import annotations

import errno
import os
import warnings
import zipfile
from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from ncverify.errors import DamagedFileError
from ncverify.text import one_line, size

CHUNK = 1 << 22
BOMB_RATIO, BOMB_BYTES = 200, 1 << 24  # arrays of numbers do not shrink like this


class Header(NamedTuple):
    """The declaration of an array in an archive.

    Args:
        shape: its shape.
        dtype: of its numbers.
        fortran: whether they lie column by column.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool

    @property
    def nbytes(self) -> int:
        """Bytes of the numbers."""
        return prod(self.shape) * self.dtype.itemsize


def read_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """All arrays of an .npz file by name.

    Raises:
        DamagedFileError: not an .npz file, damaged, with Python objects, or one that unpacks to far more than its size.
        OSError: it cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = members(archive)
            total, packed = sum(info.file_size for info in infos.values()), os.stat(path).st_size
            if total > BOMB_BYTES and total > BOMB_RATIO * packed:
                raise DamagedFileError(f"{size(packed)} would unpack to {size(total)}")
            names = {name.removesuffix(".npy"): info for name, info in infos.items()}
            return {name: array(archive, info, name, header(archive, info, name)) for name, info in names.items()}
    except DamagedFileError:
        raise
    except Exception as error:  # zipfile and NumPy raise a dozen kinds on damaged input
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):  # a position that no file has
            raise
        raise DamagedFileError(f"not a readable .npz file: {one_line(error) or type(error).__name__}") from error


def members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The members of an archive by name.

    Raises:
        DamagedFileError: two of one name.
    """
    infos: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        if info.filename in infos:
            raise DamagedFileError(f"the file has two arrays {one_line(info.filename)}")
        infos[info.filename] = info
    return infos


def header(archive: zipfile.ZipFile, info: zipfile.ZipInfo, key: str) -> Header:
    """Reads what an array declares and holds it against the size of its member before any number is read.

    Raises:
        DamagedFileError: no array, Python objects, another size than declared, or a suspicious compression.
    """
    with archive.open(info) as stream:
        layout = npy_header(stream, key)
        start = stream.tell()
    if layout.dtype.hasobject:
        raise DamagedFileError(f"{one_line(key)}: expected numbers, got Python objects, which are never unpickled")
    if any(length < 0 for length in layout.shape) or layout.nbytes != info.file_size - start:
        raise DamagedFileError(
            f"{one_line(key)}: shape {layout.shape} of {dtype_name(layout.dtype)} needs {layout.nbytes} bytes, "
            f"the file holds {info.file_size - start}"
        )
    if info.file_size > BOMB_BYTES and info.file_size > BOMB_RATIO * info.compress_size:
        raise DamagedFileError(
            f"{one_line(key)}: {size(info.compress_size)} would unpack to {size(info.file_size)}, which no measured "
            "features do; save them with numpy.savez to have them read"
        )
    return layout


def dtype_name(dtype: np.dtype[Any]) -> str:
    """A dtype for people."""
    if dtype.kind == "V" and dtype.names is None and dtype.itemsize == 2:
        return "2 raw bytes (bfloat16 has no place in .npz: save float32, or .safetensors)"
    return dtype.newbyteorder("=").name if dtype.names is None else "a record"


def npy_header(stream: IO[bytes], key: str) -> Header:
    """Reads the header of an .npy array; afterwards the stream stands at its numbers.

    Raises:
        DamagedFileError: an unknown version of the format.
        ValueError: no .npy array.
    """
    readers: Mapping[Any, Any] = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    version = np.lib.format.read_magic(stream)
    if version not in readers:
        raise DamagedFileError(f"{one_line(key)}: expected the .npy format 1.0 or 2.0, got {version[0]}.{version[1]}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about headers that old programs wrote
        shape, fortran, dtype = readers[version](stream)
    return Header(tuple(int(length) for length in shape), dtype, bool(fortran))


def array(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    key: str,
    about: Header,
    advance: Callable[[int], object] = lambda count: None,
) -> np.ndarray:
    """The numbers of an array whose header was read.

    Args:
        archive: an open archive.
        info: the array's member.
        key: its name, for errors.
        about: its header.
        advance: called with the number of bytes read, again and again.

    Raises:
        DamagedFileError: fewer bytes than declared.
    """
    numbers = np.empty(about.shape[::-1] if about.fortran else about.shape, dtype=about.dtype)
    room = numbers.reshape(-1).view(np.uint8).data if numbers.nbytes else memoryview(b"")
    with archive.open(info) as stream:
        npy_header(stream, key)
        done = 0
        while done < len(room):
            chunk = stream.read(min(CHUNK, len(room) - done))
            count = len(chunk)
            room[done : done + count] = chunk
            if not count:
                raise DamagedFileError(f"{one_line(key)}: the file ends after {done} of {len(room)} bytes")
            done += count
            advance(count)
        stream.read(1)  # reaching the end makes zipfile compare the checksum
    native = numbers.astype(about.dtype.newbyteorder("="), copy=False)
    return native.T if about.fortran else native
