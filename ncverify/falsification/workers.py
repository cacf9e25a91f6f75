"""The tasks of a campaign, in this process or in several."""

from __future__ import annotations

import itertools
import signal
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from ncverify.errors import StatementError
from ncverify.falsification.search import Outcome, Task, run
from ncverify.statements.types import Statement

Tasks = tuple[Task, ...]  # at one shape


def outcomes(
    statement: Statement, tasks: Iterator[Tasks], workers: int
) -> Generator[tuple[Tasks, Outcome], None, None]:
    """The tasks in order, those of one shape together, each with its outcome, whoever computes them.

    Raises:
        StatementError: a worker process died.
    """
    if workers == 1:
        yield from ((some, run(statement, *some)) for some in tasks)
        return
    from joblib import Parallel, delayed, effective_n_jobs
    from joblib.externals.loky.process_executor import BrokenProcessPool

    # a few at a time: a violation, or the end of the budget, then leaves no task behind that would have to be aborted
    many = 4 * effective_n_jobs(workers)
    while batch := list(itertools.islice(tasks, many)):
        try:
            with _deaf_to_interrupts():
                jobs = Parallel(n_jobs=workers, return_as="generator")(
                    delayed(_run_pinned)(statement, *at_once) for at_once in batch
                )
            results = list(jobs)
        except BrokenProcessPool as error:
            raise StatementError(
                f"{statement.name!r}: a worker process died while it was attacked (killed, out of memory, or a crash "
                f"in a library); its other verdicts are lost, those of other statements are not: {error}"
            ) from error
        yield from zip(batch, results, strict=True)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes that are started in this block do not hear Ctrl-C: each would print a traceback; they end with us."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _run_pinned(statement: Statement, *tasks: Task) -> Outcome:
    """Tasks on one thread: several processes would otherwise fight for the cores."""
    import torch

    torch.set_num_threads(1)
    return run(statement, *tasks)
