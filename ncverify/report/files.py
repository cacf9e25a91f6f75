"""The report on disk: report.html, report.md and witness files beside ledger.json."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ncverify.errors import WitnessError
from ncverify.files import write_whole
from ncverify.report.figures import figures
from ncverify.report.page import html_page, markdown_page
from ncverify.report.view import view
from ncverify.statements.claim import Claim, Demonstration
from ncverify.statements.registry import claims

WITNESSES = "witnesses"


def write_report(directory: str | Path, ledger: Mapping[str, Any]) -> list[Path]:
    """Writes report.html, report.md and the witness files into a folder; returns the paths of the two pages.

    Raises:
        OSError: something cannot be written.
    """
    folder = Path(directory)
    commands = write_witnesses(folder, ledger)
    report = view(ledger, commands)
    pages = {
        folder / "report.html": html_page(report, link=lambda module: source_link(module, folder), figures=figures()),
        folder / "report.md": markdown_page(report),
    }
    for path, text in pages.items():
        write_whole(path, text)
    return list(pages)


def write_witnesses(folder: Path, ledger: Mapping[str, Any]) -> dict[tuple[str, int], str]:
    """Writes a witness file for each counterexample of a statement about points; the commands that verify them again.

    A part that this version's registry does not have gets no file: its text could not be compared.

    Returns:
        by (id, position of the part) the command.
    """
    from ncverify.falsification.witness import point_from_json, save_witness

    commands: dict[tuple[str, int], str] = {}
    for e in ledger["statements"]:
        claim = claims().get(e["id"])
        for index, part in enumerate(e.get("parts") or []):
            statement = _statement(claim, index, part.get("name")) if claim else None
            if claim is None or statement is None or not part.get("counterexample"):
                continue
            try:
                point = point_from_json(part["counterexample"])
            except WitnessError:
                continue
            path = folder / WITNESSES / f"{re.sub(r'[^A-Za-z0-9.-]', '_', claim.id)}.{index + 1}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            save_witness(path, statement, point, identifier=claim.id, printed=claim.printed)
            commands[claim.id, index] = shlex.join(["ncverify", "recheck", str(path)])
    return commands


def _statement(claim: Claim, index: int, name: object) -> Any:
    parts = [*claim.parts, *(claim.correction.parts if claim.correction else ())]
    if index >= len(parts) or isinstance(parts[index].statement, Demonstration) or parts[index].statement.name != name:
        return None
    return parts[index].statement


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
