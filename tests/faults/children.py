"""Commands in forked children: their exit code, their output, and what they are not allowed."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a matter of POSIX")


class Ended(NamedTuple):
    """How a child ended: its exit code (negative for a signal) and what it wrote."""

    code: int
    out: str
    err: str


def in_child(function: Callable[[], int], *, largest_file: int | None = None, stdout: str | None = None) -> Ended:
    """What a function does in a child of its own, which shares everything that is imported and nothing else.

    Args:
        function: gives an exit code.
        largest_file: bytes; a write beyond them fails, as on a full disk.
        stdout: a path in the place of a pipe.
    """
    with tempfile.TemporaryDirectory() as place:
        paths = [Path(place) / name for name in ("out", "err")]
        child = started(function, stdout or str(paths[0]), str(paths[1]), largest_file)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return Ended(code, *(path.read_text() if path.exists() else "" for path in paths))


def started(function: Callable[[], int], out: str, err: str, largest_file: int | None = None) -> int:
    """The id of a child in a process group of its own."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        os.setpgid(0, 0)
        # the jobs of a shell's background ignore Ctrl-C, and hand that on
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for path, number in ((out, 1), (err, 2)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), number)
        sys.stdout, sys.stderr = (os.fdopen(os.dup(number), "w") for number in (1, 2))
        if largest_file is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            sys.dont_write_bytecode = True  # a module's would be cut short, and stay so for everybody
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
        code = function()
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(code)


def signalled(function: Callable[[], int], number: int, after: float) -> Ended:
    """The end of a child that gets a signal, with all of its own children, after some seconds."""
    with tempfile.TemporaryDirectory() as place:
        paths = [Path(place) / name for name in ("out", "err")]
        child = started(function, *map(str, paths))
        time.sleep(after)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, number)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return Ended(code, *(path.read_text() for path in paths))


CHANGES = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod"}


def crashes(function: Callable[[], object]) -> Iterator[int]:
    """Runs a function in children that die, one after the other, just before its first, second ... step on the disk.

    Yields after each death the number of the step; ends when a child gets through.
    """
    for step in range(1, 1000):
        child = os.fork()
        if not child:
            _die_at(step)
            try:
                function()
            finally:
                os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code == 0:
            return
        yield step
    raise AssertionError("it never ends")


def _die_at(step: int) -> None:
    left = [step]

    def hook(event: str, args: tuple[object, ...]) -> None:
        if event in CHANGES and (event != "open" or (isinstance(args[2], int) and args[2] & 3)):
            left[0] -= 1
            if not left[0]:
                os._exit(137)

    sys.addaudithook(hook)
