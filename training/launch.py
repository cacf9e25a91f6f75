"""`python -m training.launch`: torchrun with its own options, but the exit code is that of the processes it started.

torchrun itself ends with 1 and a page of its own whatever they ended with, so that a batch system cannot tell a run
that is out of time (75) from one that failed.
"""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

_KILLED = 128  # a shell's exit code for a process that a signal ended is this and the signal's number
_USUAL = 1  # what Python gives an exception that nobody caught


def main(argv: Sequence[str] | None = None) -> int:
    """Starts the processes, waits for them, and returns 0 or the exit code of the one that failed.

    Args:
        argv: torchrun's options, the program and its own: `--standalone --nproc-per-node 4 -m training run`, say.
    """
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import parse_args, run

    options = parse_args(sys.argv[1:] if argv is None else list(argv))
    logging.disable(logging.ERROR)  # torchrun says in several lines what `told` says in one
    try:
        run(options)
    except ChildFailedError as error:
        code, sentence = told({rank: failure.exitcode for rank, failure in error.failures.items()})
    except SignalException as error:
        code, sentence = _KILLED + error.sigval, f"interrupted by {signal.Signals(error.sigval).name}"
    else:
        return 0
    finally:
        logging.disable(logging.NOTSET)
    print(f"training.launch: {sentence}", file=sys.stderr)
    return code


def told(codes: Mapping[int, int]) -> tuple[int, str]:
    """The exit code for processes that failed, and the sentence that says which one it is from.

    The first process to fail takes the others with it: they end by SIGTERM, or with 1 because they lost it. So a code
    that a process chose goes before 1, 1 before a signal, another signal before SIGTERM, and the lowest rank first.

    Args:
        codes: rank to exit code, negative for a signal.
    """

    def order(rank: int) -> tuple[Any, ...]:
        code = codes[rank]
        return (code < 0, code == -signal.SIGTERM, code == _USUAL, rank)

    rank = min(codes, key=order)
    code = codes[rank]
    if code >= 0:
        return code, f"process {rank} ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return _KILLED - code, f"process {rank} was ended by {name}"


if __name__ == "__main__":
    sys.exit(main())
