"""A progress bar on a terminal for the passes over the data."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ncverify.recorder.batches import Source


class Watched:
    """A source that tells of every batch."""

    def __init__(self, source: Source, told: Callable[[], object]) -> None:
        self._source, self._told = source, told
        self.count, self.size = source.count, source.size

    def batches(self, chosen: Iterable[int]) -> Iterator[Any]:
        """The batches of these numbers."""
        for batch in self._source.batches(chosen):
            yield batch
            self._told()


@contextmanager
def watched(sources: list[Source | None], *, show: bool) -> Iterator[list[Source | None]]:
    """The sources with a bar that counts their batches; unchanged where standard error is not a terminal."""
    if not show or not sys.stderr.isatty():
        yield sources
        return
    from rich.console import Console
    from rich.progress import Progress

    counts = [source.count for source in sources if source is not None]
    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("measuring collapse", total=None if None in counts else sum(filter(None, counts)))
        yield [source and Watched(source, lambda: bars.advance(task)) for source in sources]
