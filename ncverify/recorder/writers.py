"""The destinations of rows: CSV and JSON files, and objects of TensorBoard and Weights & Biases that are handed in."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ncverify.files import write_whole

PREFIX = "collapse/"
Row = dict[str, Any]


def columns(rows: Sequence[Row]) -> list[str]:
    """The names in all rows, in the order in which they came."""
    return list(dict.fromkeys(name for row in rows for name in row))


def csv_text(rows: Sequence[Row]) -> str:
    """The rows as CSV; numbers that do not exist are empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns(rows), lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows({name: value if _exists(value) else "" for name, value in row.items()} for row in rows)
    return text.getvalue()


def json_text(rows: Sequence[Row]) -> str:
    """The rows as a JSON list of objects; numbers that do not exist are null."""
    clean = [{name: value if _exists(value) else None for name, value in row.items()} for row in rows]
    return json.dumps(clean, indent=1, allow_nan=False) + "\n"


def checked_writers(writers: object) -> list[Any]:
    """The writers as a list.

    Raises:
        TypeError: one has neither `add_scalar` (TensorBoard's SummaryWriter) nor `log` (a run of Weights & Biases).
    """
    checked = list(writers) if isinstance(writers, tuple | list) else [writers]
    for writer in checked:
        if not (hasattr(writer, "add_scalar") or hasattr(writer, "log")):
            raise TypeError(
                "writers: expected objects with add_scalar(tag, value, step) (TensorBoard) or log(dict) "
                f"(Weights & Biases), got {type(writer).__name__}"
            )
    return checked


def write_row(writer: Any, row: Row) -> None:
    """Hands the numbers of a row that exist to one writer; TensorBoard's step is the epoch."""
    numbers = {PREFIX + name: value for name, value in row.items() if name != "epoch" and _exists(value)}
    if hasattr(writer, "add_scalar"):
        for tag, value in numbers.items():
            writer.add_scalar(tag, value, row["epoch"])
    else:
        writer.log({"epoch": row["epoch"], **numbers})


def write_files(rows: Sequence[Row], csv_path: str | Path | None, json_path: str | Path | None) -> None:
    """The files, whole or not at all.

    Raises:
        OSError: one cannot be written.
    """
    if csv_path is not None:
        write_whole(csv_path, csv_text(rows))
    if json_path is not None:
        write_whole(json_path, json_text(rows))


def _exists(value: object) -> bool:
    return not isinstance(value, float) or math.isfinite(value)
