"""Files that are whole or not there, and folders that one run at a time writes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

UNFINISHED = ".unfinished"


def write_whole(path: str | Path, content: str | bytes, *, durable: bool = False) -> None:
    """Writes a file at once: a reader sees the old one or the new one, never half of one.

    The content goes to a hidden file beside it, which is renamed at the end; a process that is killed in between
    leaves that hidden file, whose name ends in ".unfinished" and which nothing reads.

    Args:
        path: the file; its folder is made where it is missing.
        content: text, written as UTF-8 without changed line ends, or bytes.
        durable: whether the content is on the disk when this returns, and survives a loss of power.

    Raises:
        OSError: it cannot be written; what was there before is untouched.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:80]}-", suffix=UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


@contextmanager
def only_writer(directory: str | Path) -> Iterator[None]:
    """Makes a folder and keeps it for this process until the block ends, however it ends.

    Raises:
        OSError: it cannot be made or written, or (BlockingIOError) another process writes there.
    """
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "ab") as lock:
        _hold(lock.fileno(), folder)
        yield


def _hold(handle: int, folder: Path) -> None:
    """Locks an open file; the system frees it when its process is gone. Does nothing where there are no locks."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BlockingIOError(error.errno, "another run is writing into this folder", str(folder)) from None
    except OSError:  # a file system without locks
        return
