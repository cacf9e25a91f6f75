"""The evidence that the reports of a run carry, and what is made of it: ledgers, reports, a table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ncverify.ledger.checking import run_facts
from ncverify.ledger.ledger import assemble
from ncverify.ledger.table import summary, table
from ncverify.papers import Paper
from ncverify.papers.discovery import from_file
from ncverify.pytest_plugin.key import EVIDENCE

KEY = "ncverify"


class Evidence:
    """Entries by file and id.

    Attributes:
        papers: by file; the controller of a distributed run, which collects nothing, loads them at the end.
        entries: by file, then by id.
        ledgers: by file, once the run has ended.
        written: paths of what was written.
        unwritten: why something could not be written, or "".
    """

    def __init__(self) -> None:
        self.papers: dict[str, Paper] = {}
        self.entries: dict[str, dict[str, Any]] = {}
        self.ledgers: dict[str, dict[str, Any]] = {}
        self.written: list[Path] = []
        self.unwritten = ""

    def add(self, report: pytest.TestReport) -> None:
        """Takes what a report carries."""
        for key, evidence in report.user_properties:
            if key == KEY and isinstance(evidence, dict):
                self.entries.setdefault(evidence["file"], {})[evidence["id"]] = evidence["entry"]

    def finish(self, config: pytest.Config) -> None:
        """Assembles the ledgers and writes them where that is wanted.

        Raises:
            OSError: something cannot be written.
        """
        option = config.getoption
        facts = run_facts(option("ncv_profile"), option("ncv_seed"), option("ncv_device") or "cpu")
        for file, entries in sorted(self.entries.items()):
            paper = self.papers.get(file) or from_file(file)
            self.papers[file] = paper
            about = facts | {"source": _as_typed(file, config.invocation_params.dir)}
            self.ledgers[file] = assemble(paper, about, entries, missing="not among the tests of this run")
        directory = config.getoption("ncv_ledger")
        if directory:
            self._write(Path(directory), report=config.getoption("ncv_report"))

    def _write(self, directory: Path, *, report: bool) -> None:
        """The ledgers, in a folder each where there are several, their reports, and the page over all of them."""
        from ncverify.report.results import write_results

        several = len(self.ledgers) > 1
        index = "../index.html" if several and report else None
        for file, ledger in self.ledgers.items():
            folder = directory / self.papers[file].key if several else directory
            self.written += write_results(folder, self.papers[file], ledger, report=report, index=index)
        if index:
            from ncverify.report.index import write_index

            self.written.append(write_index(directory))

    def show(self, terminal: pytest.TerminalReporter) -> None:
        """The table of what was examined, and where it was written."""
        for file, ledger in self.ledgers.items():
            terminal.section(f"ledger of {ledger['paper']}")
            shown = [e for e in ledger["statements"] if e["id"] in self.entries[file]]
            for line in [*table(shown, width=max(100, terminal._tw.fullwidth)), summary(shown)]:
                terminal.write_line(line)
        if self.unwritten:
            terminal.write_line(f"--ncv-ledger: not written: {self.unwritten}", red=True)
        elif self.written:
            terminal.write_line(f"written: {', '.join(map(str, self.written))}")
            if any(path.suffix == ".html" for path in self.written):
                from ncverify.report.formulas import missing_converter

                terminal.write_line(missing_converter() or "")


def evidence_of(config: pytest.Config) -> Evidence:
    """The evidence of a run, made when it is first asked for."""
    return config.stash.setdefault(EVIDENCE, Evidence())


def _as_typed(file: str, here: Path) -> str:
    """A file relative to the folder where pytest was called, if it lies below it."""
    return os.path.relpath(file, here) if Path(file).is_relative_to(here) else file
