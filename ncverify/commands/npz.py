"""Arrays from .npz files, without pickle and without trust in what the file says of itself."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable
from typing import IO, Any

import numpy as np

from ncverify.commands.entries import Entry, check_entries, checked_keys
from ncverify.commands.text import CommandError, one_line, size

CHUNK = 1 << 22
BOMB_RATIO, BOMB_BYTES = 200, 1 << 26  # arrays of numbers do not shrink like this


def read_npz(path: str, advance: Callable[[int], object]) -> dict[str, np.ndarray]:
    """The arrays features, labels, classifier and, if present, bias.

    Args:
        path: the file.
        advance: called with the number of bytes read, again and again.

    Raises:
        CommandError: not an .npz file, damaged, inconsistent, or suspicious.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive)
            keys = checked_keys([name.removesuffix(".npy") for name in members if name.endswith(".npy")])
            headers = {key: _header(archive, members[f"{key}.npy"], key) for key in keys}
            check_entries({key: entry for key, (entry, _, _) in headers.items()})
            return {key: _array(archive, members[f"{key}.npy"], key, *headers[key], advance) for key in keys}
    except (CommandError, PermissionError):
        raise
    except Exception as error:  # zipfile and NumPy raise a dozen kinds on damaged input
        raise CommandError(f"not a readable .npz file: {one_line(error) or type(error).__name__}") from error


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    members: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        if info.filename in members:
            raise CommandError(f"the file has two arrays {one_line(info.filename)}")
        members[info.filename] = info
    return members


def _header(archive: zipfile.ZipFile, info: zipfile.ZipInfo, key: str) -> tuple[Entry, np.dtype[Any], bool]:
    """Shape and dtype, the NumPy dtype, and whether the array lies in Fortran order."""
    with archive.open(info) as stream:
        shape, fortran, dtype = _npy_header(stream, key)
        start = stream.tell()
    if dtype.hasobject:
        raise CommandError(f"{key}: expected numbers, got Python objects, which are never unpickled")
    entry = Entry(shape, _name(dtype), dtype.itemsize)
    if any(length < 0 for length in shape) or entry.nbytes != info.file_size - start:
        raise CommandError(
            f"{key}: shape {shape} of {entry.dtype} needs {entry.nbytes} bytes, the file holds {info.file_size - start}"
        )
    if info.file_size > BOMB_BYTES and info.file_size > BOMB_RATIO * info.compress_size:
        raise CommandError(
            f"{key}: {size(info.compress_size)} would unpack to {size(info.file_size)}, which no measured features do; "
            "save them with numpy.savez to have them read"
        )
    return entry, dtype, fortran


def _npy_header(stream: IO[bytes], key: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    version = np.lib.format.read_magic(stream)
    if version not in readers:
        raise CommandError(f"{key}: expected the .npy format 1.0 or 2.0, got {version[0]}.{version[1]}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about headers that old programs wrote
        shape, fortran, dtype = readers[version](stream)
    return tuple(int(length) for length in shape), bool(fortran), dtype


def _name(dtype: np.dtype[Any]) -> str:
    if dtype.kind == "V" and dtype.names is None and dtype.itemsize == 2:
        return "2 raw bytes (bfloat16 has no place in .npz: save float32, or .safetensors)"
    return dtype.newbyteorder("=").name if dtype.names is None else "a record"


def _array(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    key: str,
    entry: Entry,
    dtype: np.dtype[Any],
    fortran: bool,
    advance: Callable[[int], object],
) -> np.ndarray:
    numbers = np.empty(entry.shape[::-1] if fortran else entry.shape, dtype=dtype)
    room = numbers.reshape(-1).view(np.uint8).data
    with archive.open(info) as stream:
        _npy_header(stream, key)
        done = 0
        while done < len(room):
            chunk = stream.read(min(CHUNK, len(room) - done))
            count = len(chunk)
            room[done : done + count] = chunk
            if not count:
                raise CommandError(f"{key}: the file ends after {done} of {len(room)} bytes")
            done += count
            advance(count)
        stream.read(1)  # reaching the end makes zipfile compare the checksum
    native = numbers.astype(dtype.newbyteorder("="), copy=False)
    return native.T if fortran else native
