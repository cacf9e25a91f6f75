"""Arrays of .npz and .npy files, told by their headers and left in the files."""

from __future__ import annotations

import errno
import os
import zipfile
from collections.abc import Callable
from functools import partial
from typing import IO

import numpy as np

from ncverify.commands.stored import Stored, in_memory, order
from ncverify.commands.text import CommandError, one_line
from ncverify.errors import DamagedFileError
from ncverify.npz import Header, array, dtype_name, header, members, npy_header


def npz_arrays(path: str, key: Callable[[str], str | None]) -> list[tuple[str, Stored]]:
    """The arrays of an .npz file that have a key.

    Raises:
        CommandError: not an .npz file, damaged or suspicious.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            arrays = {name.removesuffix(".npy"): info for name, info in members(archive).items() if name[-4:] == ".npy"}
            if not arrays:
                raise CommandError(
                    "a zip file without .npy arrays (a PyTorch checkpoint is one: load it with weights_only=True and "
                    "save the arrays with numpy.savez or safetensors)"
                )
            keys = [(own, name) for name in sorted(arrays, key=order) if (own := key(name))]
            return [(own, _member(path, archive, arrays[name], own)) for own, name in keys]
    except DamagedFileError as error:
        raise CommandError(str(error)) from error
    except CommandError:
        raise
    except Exception as error:  # zipfile and NumPy raise a dozen kinds on damaged input
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):  # a position that no file has
            raise
        raise CommandError(f"not a readable .npz file: {one_line(error) or type(error).__name__}") from error


def npy_array(path: str, key: str) -> Stored:
    """The array of an .npy file.

    Raises:
        CommandError: damaged, Python objects, or another size than declared.
    """
    try:
        with open(path, "rb") as stream:
            about = npy_header(stream, key)
            start = stream.tell()
        held = os.stat(path).st_size - start
        if about.dtype.hasobject:
            raise CommandError(f"{key}: expected numbers, got Python objects, which are never unpickled")
        if any(length < 0 for length in about.shape) or about.nbytes != held:
            raise CommandError(
                f"{key}: shape {about.shape} of {dtype_name(about.dtype)} needs {about.nbytes} bytes, holds {held}"
            )
        if about.fortran and len(about.shape) > 1:
            return in_memory(np.load(path, allow_pickle=False, mmap_mode="r"), dtype_name(about.dtype))
        return _stored(about, partial(_from, path, start))
    except (CommandError, OSError):
        raise
    except Exception as error:
        raise CommandError(f"not a readable .npy file: {one_line(error) or type(error).__name__}") from error


def _member(path: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, key: str) -> Stored:
    about = header(archive, info, key)
    if about.fortran and len(about.shape) > 1:
        return in_memory(array(archive, info, key, about), dtype_name(about.dtype))
    return _stored(about, partial(_inside, path, info, key))


def _stored(about: Header, opened: Callable[[], IO[bytes]]) -> Stored:
    rows = about.shape[0] if about.shape else 1
    return Stored(about.shape, dtype_name(about.dtype), ((rows, opened),), about.dtype)


def _from(path: str, start: int) -> IO[bytes]:
    stream = open(path, "rb")  # noqa: SIM115 - whoever reads closes it
    stream.seek(start)
    return stream


def _inside(path: str, info: zipfile.ZipInfo, key: str) -> IO[bytes]:
    with zipfile.ZipFile(path) as archive:  # a member that is open keeps the file open
        stream = archive.open(info)
    npy_header(stream, key)
    return stream
