"""The report on disk: report.html, report.md and witness files beside ledger.json."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ncverify.errors import WitnessError
from ncverify.files import write_whole
from ncverify.report.page import html_page, markdown_page
from ncverify.report.points import WitnessFile
from ncverify.report.view import view

WITNESSES = "witnesses"


def write_report(
    directory: str | Path, ledger: Mapping[str, Any], figures: Sequence[Any] = (), *, index: str | None = None
) -> list[Path]:
    """Writes report.html, report.md and the witness files into a folder; returns the paths of the two pages.

    Args:
        directory: the folder.
        ledger: as `read_ledger` gives it.
        figures: pictures of the paper's own, as `Paper.figures` makes them.
        index: the address of the page over several papers, if there is one.

    Raises:
        OSError: something cannot be written.
    """
    folder = Path(directory)
    report = view(ledger, write_witnesses(folder, ledger))
    link = partial(source_link, folder=folder)
    pages = {
        folder / "report.html": html_page(report, link=link, figures=figures, index=index),
        folder / "report.md": markdown_page(report),
    }
    for path, text in pages.items():
        write_whole(path, text)
    return list(pages)


def write_witnesses(folder: Path, ledger: Mapping[str, Any]) -> dict[tuple[str, int], WitnessFile]:
    """Writes a witness file for each counterexample of a statement about points.

    Returns:
        by (id, position of the part) the file and the command that verifies it again, to be run in the folder.
    """
    from ncverify.falsification.point_json import point_from_json
    from ncverify.falsification.witness import write_witness

    witnesses: dict[tuple[str, int], WitnessFile] = {}
    source = _seen_from(folder, str(ledger.get("source") or ""))
    for e in ledger["statements"]:
        for index, part in enumerate(e.get("parts") or []):
            if not part.get("counterexample") or not part.get("source_sha256") or part.get("kind") == "Demonstration":
                continue
            try:
                point_from_json(part["counterexample"])
            except WitnessError:
                continue
            path = f"{WITNESSES}/{re.sub(r'[^A-Za-z0-9.-]', '_', e['id'])}.{index + 1}.json"
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            about = {
                "id": f"{ledger.get('key') or ''}/{e['id']}",
                "name": str(part.get("name")),
                "source": source,
                "source_sha256": str(part["source_sha256"]),
            }
            write_witness(folder / path, about, part["counterexample"])
            own = ["--statements", source] if source else []
            witnesses[e["id"], index] = WitnessFile(path, shlex.join(["ncverify", "recheck", path, *own]))
    return witnesses


def _seen_from(folder: Path, source: str) -> str:
    """The file of a paper as somebody in the folder names it; as it was typed where it is not there any more."""
    if not source or not Path(source).is_file():
        return source
    return Path(os.path.relpath(source, folder)).as_posix()


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
