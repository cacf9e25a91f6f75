"""What a test found, carried from the test (perhaps in a worker process) to the ledger by pytest's own reports."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

KEY = "ncverify-properties"
COUNTS = ("tried", "applicable", "compared")  # of drawn points
_current: ContextVar[list[dict[str, Any]] | None] = ContextVar("ncverify_evidence", default=None)


@contextmanager
def collecting() -> Iterator[list[dict[str, Any]]]:
    """Everything recorded inside the block."""
    records: list[dict[str, Any]] = []
    token = _current.set(records)
    try:
        yield records
    finally:
        _current.reset(token)


def record(kind: str, **data: Any) -> None:
    """Adds a piece of evidence to the test that runs now; outside a test it is dropped."""
    records = _current.get()
    if records is not None:
        records.append({"kind": kind, **data})


class Evidence:
    """Everything the reports carried about the statements of one paper, from this process or from workers."""

    def __init__(self) -> None:
        self.verdicts: dict[str, dict[str, Any]] = {}
        self.drawn: dict[str, dict[int, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))

    def add(self, item: dict[str, Any]) -> None:
        if item["kind"] == "verdict":
            self.verdicts[item["id"]] = item["entry"]
        elif item["kind"] == "drawn":
            self.drawn[item["id"]][item["part"]].update({name: item[name] for name in COUNTS})

    def entries(self) -> dict[str, dict[str, Any]]:
        return {id_: _with_counts(entry, self.drawn[id_]) for id_, entry in self.verdicts.items()}


def _with_counts(entry: dict[str, Any], counts: dict[int, Counter[str]]) -> dict[str, Any]:
    """An entry with what was drawn: for each part that speaks of points, and in all."""
    parts = [
        part | {f"drawn_{name}".removesuffix("_tried"): counts[i][name] for name in COUNTS} if i in counts else part
        for i, part in enumerate(entry["parts"])
    ]
    total = sum(counts.values(), Counter())
    return entry | {
        "parts": parts,
        "tried": entry["tried"] + total["tried"],
        "drawn": total["tried"],
        "drawn_applicable": total["applicable"],
    }
