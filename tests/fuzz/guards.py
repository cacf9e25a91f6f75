"""What must not happen while a file is read: a hang, a gigabyte of memory, foreign code, a write elsewhere."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS = 5.0
BYTES = 1 << 30

WRITES = {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "shutil.rmtree"}
CODE = {"pickle.find_class", "os.system", "os.exec", "os.fork", "os.posix_spawn", "subprocess.Popen", "socket.connect"}
TRUSTED = tuple(os.path.realpath(p) for p in (sys.prefix, sys.base_prefix, Path(__file__).parents[2]))


class Violation(BaseException):
    """A promise about readers was broken."""


_watching: list[str] = []
_seen: list[str] = []


def _hook(event: str, args: tuple[object, ...]) -> None:
    if not _watching:
        return
    if event in CODE:
        _seen.append(f"code: {event} {str(args)[:100]}")
    elif event == "exec" and not _trusted(getattr(args[0], "co_filename", "")):
        _seen.append(f"code: exec of {getattr(args[0], 'co_filename', '')!r}")
    elif event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        _outside(args[0])
    elif event in WRITES:
        for path in args[:2]:
            _outside(path)


def _trusted(name: str) -> bool:
    return name.startswith(("<frozen", "<attrs", "<string>", "<template>", "<unknown>")) or os.path.realpath(
        name
    ).startswith(TRUSTED)


def _outside(path: object) -> None:
    if not isinstance(path, str | bytes | os.PathLike):
        return
    place = os.path.realpath(os.fsdecode(path))
    allowed = (_watching[-1], "/dev/null")
    if not place.startswith(allowed) and "__pycache__" not in place:
        _seen.append(f"write outside: {place}")


_installed: list[bool] = []


@contextmanager
def watched(folder: Path) -> Iterator[None]:
    """Runs a block that may write below a folder and nowhere else, for at most 5 s of processor time and 1 GB.

    Raises:
        Violation: it did something else.
    """
    if not _installed:
        sys.addaudithook(_hook)
        _installed.append(True)
    _seen.clear()
    _watching.append(os.path.realpath(folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    previous = signal.signal(signal.SIGPROF, _late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)
        _watching.pop()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) << 10
    if grown > BYTES:
        raise Violation(f"memory: {grown >> 20} MiB")
    if _seen:
        raise Violation(_seen[0])


def _late(number: int, frame: object) -> None:
    raise Violation(f"hang: more than {SECONDS} s")
