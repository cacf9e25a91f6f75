"""The ledger as a plain-text table, for the end of a test run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

_COLUMNS = (("id", 27), ("verdict", 9), ("evidence", 19), ("slack", 9))


def table(entries: Iterable[Mapping[str, Any]], *, width: int = 120) -> list[str]:
    """One line per statement: id, verdict, evidence, tightest slack, reason."""
    head = "  ".join(f"{name:<{size}}" for name, size in _COLUMNS) + "  reason"
    lines = [head, "-" * min(width, len(head) + 40)]
    for e in entries:
        slack = e.get("tightest_slack")
        cells = (e["id"], e["verdict"], grades(e), "" if slack is None else f"{slack:.2g}")
        line = "  ".join(f"{cell!s:<{size}}" for cell, (_, size) in zip(cells, _COLUMNS, strict=True))
        lines.append(_cut(f"{line}  {e.get('reason') or ''}", width))
    return lines


def grades(e: Mapping[str, Any]) -> str:
    """The grade of an entry; for a gap in a proof that of the failing step and that of the conclusion.

    Example:
        >>> grades({"evidence": "measured", "step_evidence": "proved", "conclusion_evidence": "measured"})
        'proved, measured'
    """
    both = [e.get("step_evidence"), e.get("conclusion_evidence")]
    return ", ".join(map(str, both)) if all(both) else str(e.get("evidence") or "")


def summary(entries: Iterable[Mapping[str, Any]]) -> str:
    """The number of statements with each verdict, as a sentence."""
    counts = Counter("not run" if left_out(e) else e["verdict"] for e in entries)
    total = sum(counts.values())
    return f"{total} statement{'s' * (total != 1)}: " + ", ".join(
        f"{count} {verdict}" for verdict, count in counts.most_common()
    )


def left_out(e: Mapping[str, Any]) -> bool:
    """Whether a run left out the statement of an entry, which differs from not being able to decide it."""
    return e["verdict"] == "open" and not e.get("parts") and e.get("declared") not in (None, "open")


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: width - 3] + "..."
