"""Python programs in processes of their own that need not import torch, scipy and the like once more.

`python("-m", "pytest", ...)` is `subprocess.run([sys.executable, "-m", "pytest", ...])` in a child of a server that has
imported them. A test of what is imported, of how Python starts or ends, of memory, or of a variable that a library
reads when it is loaded asks for a `fresh` interpreter. All children share the seed of hashes and the addresses of what
is there already: of two runs that have to agree whatever these are, at least one has to be fresh.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import IO, Any

from tests import fork_server
from tests.fork_server import NUMBER

ROOT = Path(__file__).resolve().parents[1]
# No module of this project and no plugin of pytest: pytest rewrites the assertions of what it imports itself.
LIBRARIES = (
    "array_api_compat",
    "array_api_strict",
    "cvxpy",
    "flint",
    "joblib",
    "matplotlib.figure",
    "numpy",
    "rich.console",
    "safetensors.torch",
    "scipy.optimize",
    "scipy.sparse.linalg",
    "sklearn.datasets",
    "torch",
    "torch._dynamo",  # the first step of an optimizer imports it
    "torch.distributed",
    "torch.utils.data",
)
SERVED = sys.platform == "linux"  # elsewhere a library may not bear being forked: every process is a fresh one
READ_AT_START = (
    "PYTHON",
    "OMP_",
    "MKL_",
    "OPENBLAS_",
    "ATEN_",
    "ONEDNN_",
    "TORCH_",
    "CUDA_",
    "MALLOC_",
    "NPY_",
    "LD_",
    "LC_",
)


def python(
    *arguments: str,
    cwd: str | os.PathLike[str] = ".",
    changes: Mapping[str, str | None] | None = None,
    fresh: bool = False,
    timeout: float = 300,
) -> subprocess.CompletedProcess[str]:
    """How a Python program ended, and what it printed.

    Args:
        arguments: as they follow `python`: `-m MODULE`, `-c CODE` or `FILE`, then the program's own.
        cwd: its folder.
        changes: of the environment; None removes a variable. `OMP_NUM_THREADS` is 1 in any case.
        fresh: in an interpreter that has imported nothing yet.
        timeout: seconds until it is killed.

    Raises:
        subprocess.TimeoutExpired: when it was killed.
        ValueError: for a change of what the interpreter or a library reads but once, when it starts, unless `fresh`.
    """
    with Program(*arguments, cwd=cwd, changes=changes, fresh=fresh) as program:
        return program.ended(timeout)


class Program:
    """A Python program that is running; at the end of a `with` block it is killed and has a `code`.

    Args:
        arguments, cwd, changes, fresh: as of `python`.
    """

    def __init__(
        self,
        *arguments: str,
        cwd: str | os.PathLike[str] = ".",
        changes: Mapping[str, str | None] | None = None,
        fresh: bool = False,
    ) -> None:
        self.command, self.code = [sys.executable, *arguments], None
        changed = {**os.environ, "OMP_NUM_THREADS": "1", **(changes or {})}
        environment = {name: value for name, value in changed.items() if value is not None}
        folder = str(Path(cwd).absolute())
        served = SERVED and not fresh
        if served:
            _check_that_it_is_in_time(environment)
        with ExitStack() as stack:
            out, err = (stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8")) for _ in range(2))
            if served:
                request = {"arguments": arguments, "cwd": folder, "environment": environment}
                self._process: _Served | subprocess.Popen[str] = _Served(request, out, err)
            else:
                self._process = subprocess.Popen(
                    self.command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err
                )
            self._outputs, self._files = (out, err), stack.pop_all()

    def ended(self, timeout: float) -> subprocess.CompletedProcess[str]:
        """Waits for the end."""
        code = self._process.wait(timeout)
        for output in self._outputs:
            output.seek(0)
        return subprocess.CompletedProcess(self.command, code, *(output.read() for output in self._outputs))

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self.code = self._process.wait()
        self._files.close()


class _Served:
    """A child of the server; what a `subprocess.Popen` can do as far as it is needed here."""

    def __init__(self, request: dict[str, Any], out: IO[str], err: IO[str]) -> None:
        server, _ = _server()
        self._answers, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(server, [b"\0"], [theirs.fileno(), out.fileno(), err.fileno()])
        self._answers.sendall(json.dumps(request).encode() + b"\n")
        self._arguments, self._code = request["arguments"], None
        self._child = self._answer()

    def _answer(self) -> int:
        answer = self._answers.recv(NUMBER.size, socket.MSG_WAITALL)
        if len(answer) < NUMBER.size:
            raise RuntimeError("the server of processes has ended")
        return NUMBER.unpack(answer)[0]

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, negative for a signal."""
        if self._code is None:
            self._answers.settimeout(timeout)
            try:
                self._code = self._answer()
            except TimeoutError:
                raise subprocess.TimeoutExpired(self._arguments, timeout) from None
            self._answers.close()
        return self._code

    def kill(self) -> None:
        """Ends it, unless it has ended."""
        if self._code is None:  # it may have ended by now, but keeps its id until `wait` has heard of it
            os.kill(self._child, signal.SIGKILL)


def _check_that_it_is_in_time(environment: Mapping[str, str]) -> None:
    _, present = _server()
    for name in sorted(environment.keys() | present.keys()):
        if name.startswith(READ_AT_START) and name != "PYTHONPATH" and environment.get(name) != present.get(name):
            raise ValueError(f"{name} would come too late: a test that needs it needs a fresh interpreter")


@cache
def _server() -> tuple[socket.socket, dict[str, str]]:
    """The socket that takes requests, and the environment of the server; it ends when the socket is closed."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONPATH", None)  # each program has its own
    ours, theirs = socket.socketpair()
    with theirs:
        server = subprocess.Popen(
            [sys.executable, fork_server.__file__, *LIBRARIES],
            env=environment,
            stdin=theirs,
            stdout=subprocess.DEVNULL,
        )

    def end() -> None:
        ours.close()
        server.wait()

    atexit.register(end)
    return ours, environment
