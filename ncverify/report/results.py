"""The results of a check on disk: the ledger of a paper, and its report if one is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ncverify.ledger.ledger import write_ledger
from ncverify.papers.paper import Paper


def write_results(
    directory: str | Path, paper: Paper, ledger: Mapping[str, Any], *, report: bool, index: str | None = None
) -> list[Path]:
    """Writes DIR/ledger.json and, with `report`, the pages and witness files beside it; returns the paths.

    The page links to `index`, the page over several papers, where there is one.

    Raises:
        OSError: something cannot be written.
        ModuleNotFoundError: a report is wanted and jinja2 is not installed.
    """
    written = [write_ledger(directory, ledger)]
    if report:
        from ncverify.report.files import write_report

        written += write_report(directory, ledger, paper.figures() if paper.figures else (), index=index)
    return written
