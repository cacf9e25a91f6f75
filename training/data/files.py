"""Bytes of data files, plain or gzip, with their checksums, and errors that say which file and what was expected."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

LARGEST = 1 << 27
"""Bytes; the largest published file has 47 million."""


class DataError(ValueError):
    """A data file is missing, truncated, corrupted, or not the file that it should be."""


@dataclass(frozen=True)
class DataFile:
    """A file as it was read.

    Args:
        path: where it lies.
        md5: of the bytes on disk.
        content: its bytes, decompressed.
    """

    path: Path
    md5: str
    content: bytes


def read(path: Path) -> DataFile:
    """The file's bytes; gzip is recognised by its first two bytes, whatever the name says.

    Raises:
        DataError: it cannot be read, or it is a truncated or damaged gzip file.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(f"{path}: larger than {LARGEST >> 20} MiB, as no file of these data sets is")
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    return DataFile(path, hashlib.md5(raw, usedforsecurity=False).hexdigest(), decompressed(raw, path))


def decompressed(raw: bytes, path: Path) -> bytes:
    """The bytes inside gzip, or the bytes themselves."""
    if raw[:2] != b"\x1f\x8b":  # a browser may have unpacked it and kept the name
        return raw
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as file:
            content = file.read(LARGEST + 1)
    except EOFError:
        raise DataError(f"{path}: a truncated gzip file ({len(raw):,} bytes); copy or download it again") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path}: a damaged gzip file ({error}); copy or download it again") from error
    if len(content) > LARGEST:
        raise DataError(f"{path}: unpacks to more than {LARGEST >> 20} MiB, as no file of these data sets does")
    return content


def candidates(directory: Path, folders: Iterable[str], names: Iterable[str]) -> Iterator[Path]:
    """Every place where one of the names may lie: in the directory or one of its folders, plain or with .gz."""
    names = list(names)
    for folder in ("", *folders):
        for name in names:
            for suffix in ("", ".gz"):
                yield directory / folder / (name + suffix)


def find(directory: Path, folders: Iterable[str], names: Iterable[str], what: str) -> Path:
    """The first of the candidates that exists.

    Raises:
        DataError: there is none, with the names and folders that were tried.
    """
    folders, names = list(folders), list(names)
    if not directory.is_dir():
        raise DataError(f"{directory}: no such directory; expected the directory that holds {what}")
    for path in candidates(directory, folders, names):
        if path.is_file():
            return path
    where = ", ".join(str(directory / folder) for folder in ("", *folders))
    raise DataError(f"{what} not found: expected {' or '.join(names)} (or .gz) in one of {where}")
