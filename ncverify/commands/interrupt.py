"""Ctrl-C as a request to stop and to keep what there is; pressed again, it ends the command at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupt_as_request() -> Iterator[Callable[[], bool]]:
    """A function that tells whether Ctrl-C was pressed inside the block; pressed again it is a KeyboardInterrupt.

    Outside the main thread, which alone gets signals, it is always False.
    """
    presses: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        if presses:
            raise KeyboardInterrupt
        presses.append(number)

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(presses)
    finally:
        signal.signal(signal.SIGINT, before)
