"""What a test found, carried from the test (perhaps in a worker process) to the ledger by pytest's own reports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

KEY = "ncverify"
_current: ContextVar[list[dict[str, Any]] | None] = ContextVar("ncverify_evidence", default=None)


@contextmanager
def collecting() -> Iterator[list[dict[str, Any]]]:
    """Everything recorded inside the block."""
    found: list[dict[str, Any]] = []
    token = _current.set(found)
    try:
        yield found
    finally:
        _current.reset(token)


def record(kind: str, **data: Any) -> None:
    """Adds a piece of evidence to the test that runs now; outside a test it is dropped."""
    found = _current.get()
    if found is not None:
        found.append({"kind": kind, **data})
