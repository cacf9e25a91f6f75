"""Counts of what drawn tests have seen on each backend: counts by statement and part, written, read, compared."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ncverify.files import write_whole
from ncverify.ledger.compare import Difference
from ncverify.ledger.drawn import LEAST

NAME = "drawn.json"
FORMAT = 1
_COUNTS = ("tried", "applicable", "compared")


def write_drawn(
    directory: str | Path, key: str, run: Mapping[str, Any], counts: Mapping[str, Mapping[int, Mapping[str, int]]]
) -> Path:
    """Writes DIR/drawn.json.

    Args:
        directory: where.
        key: of the paper.
        run: version, backend, device, dtype, seed, profile.
        counts: by id and index of the part: points tried, points that met the hypotheses, values compared.

    Raises:
        OSError: the directory cannot be made or written.
    """
    rows = [
        {"id": id_, "part": part, **{name: drawn[name] for name in _COUNTS}}
        for id_, parts in counts.items()
        for part, drawn in sorted(parts.items())
    ]
    target = Path(directory) / NAME
    write_whole(target, json.dumps({"format": FORMAT, "key": key, **run, "drawn": rows}, indent=1) + "\n")
    return target


def read_drawn(path: str | Path) -> dict[str, Any]:
    """The counts in a file.

    Raises:
        ValueError: the file is no such record.
        OSError: it cannot be read.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: expected counts of drawn points in JSON: {error}") from error
    rows = content.get("drawn") if isinstance(content, dict) else None
    if not isinstance(rows, list) or not isinstance(content.get("key"), str) or not all(map(_is_row, rows)):
        raise ValueError(f"{path}: expected counts of drawn points, each with id, part, {', '.join(_COUNTS)}")
    return dict(content)


def _is_row(row: object) -> bool:
    if not (isinstance(row, dict) and isinstance(row.get("id"), str)):
        return False
    return all(type(row.get(name)) is int for name in ("part", *_COUNTS))


def compare_drawn(records: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """Parts of one paper that some backend did not draw, or where it showed too little.

    Example:
        >>> row = {"id": "a", "part": 0, "tried": 9, "applicable": 9, "compared": 40}
        >>> compare_drawn([{"drawn": [row]}, {"drawn": [row | {"applicable": 2}]}])
        [Difference(id='a', what='part 0', values=('enough', '2 applicable points'))]

    Raises:
        ValueError: fewer than two records.
    """
    if len(records) < 2:
        raise ValueError(f"records: expected at least two to compare, got {len(records)}")
    tables = [{(row["id"], row["part"]): row for row in record["drawn"]} for record in records]
    differences = []
    for key in dict.fromkeys(key for table in tables for key in table):
        values = tuple(_shown(table.get(key)) for table in tables)
        if set(values) != {"enough"}:
            differences.append(Difference(key[0], f"part {key[1]}", values))
    return differences


def _shown(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "not drawn"
    if row["applicable"] < LEAST:
        return f"{row['applicable']} applicable points"
    return "enough" if row["compared"] else "nothing compared"
