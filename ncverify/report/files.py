"""The report on disk: report.html, report.md and witness files beside ledger.json."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ncverify.errors import WitnessError
from ncverify.files import write_whole
from ncverify.report.page import html_page, markdown_page
from ncverify.report.view import view

WITNESSES = "witnesses"


def write_report(directory: str | Path, ledger: Mapping[str, Any], figures: Sequence[Any] = ()) -> list[Path]:
    """Writes report.html, report.md and the witness files into a folder; returns the paths of the two pages.

    Args:
        directory: the folder.
        ledger: as `read_ledger` gives it.
        figures: pictures of the paper's own, as `Paper.figures` makes them.

    Raises:
        OSError: something cannot be written.
    """
    folder = Path(directory)
    commands = write_witnesses(folder, ledger)
    report = view(ledger, commands)
    pages = {
        folder / "report.html": html_page(report, link=lambda module: source_link(module, folder), figures=figures),
        folder / "report.md": markdown_page(report),
    }
    for path, text in pages.items():
        write_whole(path, text)
    return list(pages)


def write_witnesses(folder: Path, ledger: Mapping[str, Any]) -> dict[tuple[str, int], str]:
    """Writes a witness file for each counterexample of a statement about points; the commands that verify them again.

    Returns:
        by (id, position of the part) the command.
    """
    from ncverify.falsification.point_json import point_from_json
    from ncverify.falsification.witness import write_witness

    commands: dict[tuple[str, int], str] = {}
    for e in ledger["statements"]:
        for index, part in enumerate(e.get("parts") or []):
            if not part.get("counterexample") or not part.get("source_sha256") or part.get("kind") == "Demonstration":
                continue
            try:
                point_from_json(part["counterexample"])
            except WitnessError:
                continue
            path = folder / WITNESSES / f"{re.sub(r'[^A-Za-z0-9.-]', '_', e['id'])}.{index + 1}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            about = {
                "id": f"{ledger.get('key') or ''}/{e['id']}",
                "name": str(part.get("name")),
                "source": str(ledger.get("source") or ""),
                "source_sha256": str(part["source_sha256"]),
            }
            write_witness(path, about, part["counterexample"])
            own = ["--statements", about["source"]] if about["source"] else []
            commands[e["id"], index] = shlex.join(["ncverify", "recheck", str(path), *own])
    return commands


def source_link(module: str, folder: Path) -> str | None:
    """The address of a module's source relative to the report's folder; None unless both lie in one project."""
    spec = importlib.util.find_spec(module) if module else None
    if spec is None or spec.origin is None:
        return None
    source, here = Path(spec.origin).resolve(), Path.cwd().resolve()
    if not source.is_relative_to(here) or not folder.resolve().is_relative_to(here):
        return None
    return Path(os.path.relpath(source, folder.resolve())).as_posix()


write_text = write_whole
