"""A process that imports some libraries once and forks a child for every program; `tests/processes.py` asks it.

A child does what `python -m MODULE`, `python -c CODE` or `python FILE` does, down to the traceback and the exit code.
Threads are waited for and `atexit` is obeyed. Only what comes after that, when the interpreter takes all modules apart,
is left out where a program ends with an exit code: it would take ten times as long as all the rest of an empty one.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import socket
import struct
import sys
from collections.abc import Callable
from types import ModuleType, TracebackType
from typing import Any, NoReturn

NUMBER = struct.Struct("!i")  # an answer: first the id of a child, then its exit code
DESCRIPTORS = 3  # of a request: a socket for the rest of it and the answers, standard output, standard error


def served(requests: socket.socket) -> dict[str, Any]:
    """The program that a child has to run; the server itself stays in here until nobody can ask any more."""
    while True:
        message, (*descriptors,), _, _ = socket.recv_fds(requests, 1, DESCRIPTORS)
        if not message:
            sys.exit()
        answers = socket.socket(fileno=descriptors[0])
        if not os.fork():
            requests.close()
            with answers.makefile("rb") as lines:
                program = json.loads(lines.readline())
            if child := os.fork():
                _tell(answers, child)
            answers.close()
            _use(*descriptors[1:])
            return program
        answers.close()
        for descriptor in descriptors[1:]:
            os.close(descriptor)
        _bury_the_dead()


def _tell(answers: socket.socket, child: int) -> NoReturn:
    """Sends the id of a child, waits for its end and sends its exit code, negative for a signal.

    The child keeps its id until whoever asked has closed the connection: until then it may be killed.
    """
    with contextlib.suppress(OSError):  # nobody listens any more
        answers.sendall(NUMBER.pack(child))
        ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        answers.sendall(NUMBER.pack(ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status))
        answers.recv(1)
        os.waitpid(child, 0)
    os._exit(0)


def _use(out: int, err: int) -> None:
    for source, target in ((os.open(os.devnull, os.O_RDONLY), 0), (out, 1), (err, 2)):
        os.dup2(source, target)
        os.close(source)


def _bury_the_dead() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def run(arguments: list[str], cwd: str, environment: dict[str, str]) -> None:
    """Runs a program as the main one of this process.

    Args:
        arguments: as they follow `python`.
        cwd: its folder.
        environment: all of its variables.
    """
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    own = [entry for entry in environment.get("PYTHONPATH", "").split(os.pathsep) if entry]
    sys.path[:] = dict.fromkeys([*own, *sys.path])  # each folder once, as at the start of Python
    sys.orig_argv = [sys.executable, *arguments]
    main = sys.modules["__main__"] = ModuleType("__main__")
    first, *rest = arguments
    if first == "-m":
        sys.path.insert(0, os.getcwd())
        sys.argv = rest
        runpy._run_module_as_main(rest[0])  # what the interpreter itself calls
        return
    if first == "-c":
        sys.path.insert(0, "")
        sys.argv, code = ["-c", *rest[1:]], compile(rest[0], "<string>", "exec")
    else:
        sys.path.insert(0, os.path.dirname(os.path.realpath(first)))
        sys.argv, main.__file__ = arguments, os.path.abspath(first)
        with open(first, "rb") as source:
            code = compile(source.read(), main.__file__, "exec")
    exec(code, main.__dict__)


class Exit:
    """The exit code of a program, and the end of the process as the last thing that `atexit` does."""

    def __init__(self) -> None:
        self.code: int | None = None
        if "coverage" not in sys.modules:  # it writes its numbers later
            atexit.register(self.at_once)

    def of(self, function: Callable[[], object]) -> None:
        """Runs a function and notes the exit code, unless something has to be printed with it."""
        try:
            function()
            self.code = 0
        except SystemExit as stop:
            if stop.code is None or isinstance(stop.code, int):
                self.code = stop.code or 0
            raise

    def at_once(self) -> None:
        """Ends the process; where that cannot be done without a word, the interpreter does it."""
        if self.code is not None:
            with contextlib.suppress(OSError, ValueError, AttributeError):
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(self.code & 0xFF)


def without_the_server(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Prints an uncaught exception as the interpreter does, from the program's own first line on."""
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    sys.__excepthook__(kind, error.with_traceback(trace), trace)


if __name__ == "__main__":
    del sys.path[0]  # the folder of this file
    end = Exit()  # before any library, so that what they do at the end is done before
    with contextlib.suppress(KeyboardInterrupt), socket.socket(fileno=os.dup(0)) as control:
        for name in sys.argv[1:]:
            with contextlib.suppress(ImportError):  # an extra that is not installed
                importlib.import_module(name)
        gc.collect()
        gc.freeze()  # a child need not visit what all of them share
        program = served(control)
    sys.excepthook = without_the_server
    end.of(lambda: run(**program))
