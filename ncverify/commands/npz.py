"""Features, labels and a classifier from .npz files."""

from __future__ import annotations

import errno
import zipfile
from collections.abc import Callable

import numpy as np

from ncverify.commands.entries import Entry, check_entries, checked_keys
from ncverify.commands.text import CommandError, one_line
from ncverify.errors import DamagedFileError
from ncverify.npz import Header, array, dtype_name, header, members


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
            found = members(archive)
            keys = checked_keys([name.removesuffix(".npy") for name in found if name.endswith(".npy")])
            headers = {key: header(archive, found[f"{key}.npy"], key) for key in keys}
            check_entries({key: _entry(about) for key, about in headers.items()}, path)
            return {key: array(archive, found[f"{key}.npy"], key, headers[key], advance) for key in keys}
    except DamagedFileError as error:
        raise CommandError(str(error)) from error
    except CommandError:
        raise
    except Exception as error:  # zipfile and NumPy raise a dozen kinds on damaged input
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):  # a position that no file has
            raise
        raise CommandError(f"not a readable .npz file: {one_line(error) or type(error).__name__}") from error


def _entry(about: Header) -> Entry:
    return Entry(about.shape, dtype_name(about.dtype), about.dtype.itemsize)
