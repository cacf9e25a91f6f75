"""The page over several papers: index.html in the folder that has a folder with a ledger for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ncverify.files import write_whole
from ncverify.ledger.ledger import read_ledger
from ncverify.report.page import environment, inline
from ncverify.report.severity import SURVIVAL, severity_of
from ncverify.report.view import MARK, sentence, verdict_counts

INDEX = "../index.html"
"""The address of the index, seen from the page of a paper."""


@dataclass(frozen=True)
class PaperRow:
    """A paper as the index shows it."""

    address: str
    title: str
    about: str
    url: str | None
    sentence: str
    counts: list[tuple[str, int]]
    severities: list[tuple[str, int]]


def ledgers_below(directory: str | Path) -> list[Path]:
    """The folders with a ledger in a folder, by name."""
    return sorted(path.parent for path in Path(directory).glob("*/ledger.json"))


def write_index(directory: str | Path) -> Path:
    """Writes index.html for the papers whose reports are in folders of a folder.

    Raises:
        OSError: it cannot be written.
        ValueError: a file is no ledger.
    """
    folders = [folder for folder in ledgers_below(directory) if (folder / "report.html").is_file()]
    rows = [_row(folder.name, read_ledger(folder)) for folder in folders]
    page = environment(autoescape=True).get_template("index.html")
    target = Path(directory) / "index.html"
    write_whole(target, page.render(papers=rows, style=inline("report.css"), mark=MARK))
    return target


def _row(folder: str, ledger: Mapping[str, Any]) -> PaperRow:
    counts = verdict_counts(ledger)
    severe = Counter(map(severity_of, ledger["statements"]))
    address = str(ledger.get("address") or "")
    return PaperRow(
        address=f"{folder}/report.html",
        title=str(ledger.get("paper") or folder),
        about=", ".join(str(ledger[name]) for name in ("authors", "year") if ledger.get(name)),
        url=address if address.startswith(("https://", "http://")) else None,
        sentence=sentence(dict(counts)),
        counts=counts,
        severities=[(name, severe[name]) for name in SURVIVAL if severe[name]],
    )
