"""The ledger: one entry for each statement of a paper, no more and no less, and the run that found it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ncverify.files import write_whole
from ncverify.ledger.entry import unexamined
from ncverify.papers.paper import Paper

FORMAT = 2
TRUE_AS_PRINTED = ("holds", "supported")


def assemble(
    paper: Paper, run: Mapping[str, Any], examined: Mapping[str, dict[str, Any]], *, missing: str = "not run"
) -> dict[str, Any]:
    """The ledger of a run.

    Args:
        paper: whose statements it lists.
        run: version, backend, device, dtype, seed, profile and whatever else describes the run.
        examined: entries by id.
        missing: why a registered statement without an entry has none.
    """
    statements = []
    for claim in paper.claims:
        if claim.id in examined:
            statements.append(dict(examined[claim.id]))
        else:
            statements.append(unexamined(claim, claim.reason if claim.verdict == "open" else missing))
    about = {"key": paper.key, "authors": paper.authors, "year": paper.year, "address": paper.address}
    return {"format": FORMAT, "paper": paper.title, **about, **run, "statements": statements}


def write_ledger(directory: str | Path, ledger: Mapping[str, Any]) -> Path:
    """Writes DIR/ledger.json at once: a reader sees the old file or the new one, never half of one.

    Raises:
        OSError: the directory cannot be made or written.
    """
    target = Path(directory) / "ledger.json"
    write_whole(target, json.dumps(ledger, indent=1, allow_nan=False) + "\n")
    return target


def read_ledger(path: str | Path) -> dict[str, Any]:
    """The ledger in a file, or in a directory's ledger.json.

    Raises:
        ValueError: the file is no ledger.
        OSError: it cannot be read.
    """
    file = Path(path)
    file = file / "ledger.json" if file.is_dir() else file
    try:
        ledger = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file}: expected a ledger in JSON: {error}") from error
    entries = ledger.get("statements") if isinstance(ledger, dict) else None
    if not isinstance(entries, list) or not all(map(_is_entry, entries)):
        raise ValueError(f"{file}: expected a ledger with a list of statements, each with its id, verdict and parts")
    ids = [e["id"] for e in entries]
    if len(set(ids)) < len(ids):
        raise ValueError(f"{file}: expected one entry for each statement, found some twice")
    return dict(ledger)


def _is_entry(e: object) -> bool:
    if not (isinstance(e, dict) and isinstance(e.get("id"), str) and isinstance(e.get("verdict"), str)):
        return False
    parts = e.get("parts")
    return parts is None or (isinstance(parts, list) and all(isinstance(part, dict) for part in parts))
