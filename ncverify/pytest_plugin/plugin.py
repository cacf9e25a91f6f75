"""Hooks of pytest: options `--ncv-...`, files with a PAPER, evidence out of the reports, ledger and table at the end.

Pytest loads this module in every run where ncverify is installed: what examines statements is imported only when a file
with a PAPER is among the arguments.
"""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

import pytest

from ncverify.pytest_plugin.key import EVIDENCE

PROFILES = ("quick", "default", "thorough")
BACKENDS = ("numpy", "torch", "jax", "strict")  # of ncverify.numbers, which takes a while to import
DTYPES = ("float64", "float32")
ENVIRONMENT = 3  # exit code: the machine refused, as in `ncverify --help`
_NAMED = re.compile(r"\bPAPER\b")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options."""
    group = parser.getgroup("ncverify papers", "statements of files with a PAPER (ncverify)")
    group.addoption(
        "--ncv-ledger",
        metavar="DIR",
        default=None,
        help="write DIR/ledger.json; of several papers DIR/<key>/ledger.json",
    )
    group.addoption(
        "--ncv-report",
        action="store_true",
        help="write report.html and report.md beside it; DIR is ledger by default",
    )
    group.addoption(
        "--ncv-profile",
        choices=PROFILES,
        default="default",
        help="how hard each statement is examined; quick samples and verifies what is stored",
    )
    group.addoption("--ncv-seed", type=int, default=0, metavar="N", help="seed of the search (default 0)")
    group.addoption(
        "--ncv-backend", choices=BACKENDS, default=None, help="array library that drawn points are evaluated on"
    )
    group.addoption(
        "--ncv-device", default=None, help="device of torch, for instance cuda, for the search and drawn points"
    )
    group.addoption("--ncv-dtype", choices=DTYPES, default="float64", help="floating type of drawn points")
    group.addoption("--ncv-as-printed", action="store_true", help="fail every statement that is not true as printed")


def pytest_configure(config: pytest.Config) -> None:
    """Refuses what could not be written, and listens to the reports."""
    if config.getoption("ncv_report"):
        config.option.ncv_ledger = config.getoption("ncv_ledger") or "ledger"
        if importlib.util.find_spec("jinja2") is None:
            raise pytest.UsageError("--ncv-report needs jinja2, from the extra `report` of ncverify")
    if config.getoption("ncv_ledger") and not hasattr(config, "workerinput"):
        _keep_for_this_run(config)
    config.pluginmanager.register(_Reports(config), "ncverify-reports")


def _keep_for_this_run(config: pytest.Config) -> None:
    from ncverify.files import only_writer
    from ncverify.text import one_line

    lock = only_writer(config.getoption("ncv_ledger"))
    try:
        lock.__enter__()
    except OSError as error:
        pytest.exit(f"--ncv-ledger: {one_line(error)}", returncode=ENVIRONMENT)

    def release() -> None:
        lock.__exit__(None, None, None)

    config.add_cleanup(release)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The statements of a file that was given as an argument and has a PAPER."""
    if file_path.suffix != ".py" or not parent.session.isinitpath(file_path):
        return None
    is_test = any(map(file_path.match, parent.config.getini("python_files")))
    if not _has_a_paper(file_path, or_imports_one=not is_test):
        return None
    from ncverify.pytest_plugin.collection import PaperFile

    return PaperFile.from_parent(parent, path=file_path)


def _has_a_paper(file: Path, *, or_imports_one: bool) -> bool:
    """Whether the text of a file makes it worth being executed; a file of tests that uses a paper is no paper."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    if "ncverify" not in text or not _NAMED.search(text):
        return False
    try:
        code = ast.parse(text)
    except SyntaxError:
        return True  # shown where it is executed
    return any(_binds_a_paper(node, or_imports_one) for node in ast.walk(code))


def _binds_a_paper(node: ast.AST, or_imports_one: bool) -> bool:
    if isinstance(node, ast.ImportFrom):
        return or_imports_one and any((alias.asname or alias.name) == "PAPER" for alias in node.names)
    return isinstance(node, ast.Name) and node.id == "PAPER" and isinstance(node.ctx, ast.Store)


class _Reports:
    """Reads the evidence out of the reports; in a distributed run only the controller has all of them."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and any(key == "ncverify" for key, _ in report.user_properties):
            from ncverify.pytest_plugin.evidence import evidence_of

            evidence_of(self.config).add(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        evidence = self.config.stash.get(EVIDENCE, None)
        if evidence is None or hasattr(self.config, "workerinput"):
            return
        try:
            evidence.finish(self.config)
        except OSError as error:
            evidence.unwritten = str(error)
            session.exitstatus = ENVIRONMENT

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        evidence = self.config.stash.get(EVIDENCE, None)
        if evidence is not None and evidence.ledgers:
            evidence.show(terminalreporter)
        elif self.config.getoption("ncv_ledger"):
            terminalreporter.write_line(
                "--ncv-ledger: nothing to write: no statement of a PAPER was examined", red=True
            )
