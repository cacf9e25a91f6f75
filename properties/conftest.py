"""Options, evidence and the ledger of `pytest properties/`."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import platform
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hypothesis
import pytest

import ncverify
from ncverify.errors import BackendUnavailableError
from ncverify.files import only_writer
from ncverify.ledger.drawn_counts import write_drawn
from ncverify.ledger.ledger import assemble, write_ledger
from ncverify.ledger.table import summary, table
from ncverify.numbers import BACKENDS, DTYPES
from ncverify.papers import find
from ncverify.papers.discovery import built_in
from ncverify.text import one_line
from properties.evidence import COUNTS, KEY, Evidence, collecting
from properties.settings import PROFILES, RUN, register_profiles

_EVIDENCE = pytest.StashKey[dict[str, Evidence]]()
_UNWRITTEN = pytest.StashKey[str]()
PAPER = "ulpm-2022"  # of test files that stand in no paper's folder
FOLDERS = {key.replace("-", "_"): key for key in built_in() if (Path(__file__).parent / key.replace("-", "_")).is_dir()}
ENVIRONMENT = 3  # exit code: the machine refused, as in `ncverify --help`


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ncverify", "the claim checker")
    group.addoption(
        "--backend",
        choices=BACKENDS,
        default=None,
        help="array library of drawn points; default --ncv-backend, or numpy",
    )
    group.addoption("--device", default=None, help="device of the torch backend, for instance cuda")
    group.addoption("--dtype", choices=DTYPES, default=None, help="floating type of drawn points; default float64")
    group.addoption(
        "--profile",
        choices=sorted(PROFILES),
        default=None,
        help="how hard each statement is examined; quick samples and verifies what is stored",
    )
    group.addoption("--verify-seed", type=int, default=0, help="seed of the search")
    group.addoption(
        "--ledger", metavar="DIR", default=None, help="write DIR/ledger.json, or DIR/PAPER/ledger.json for several"
    )
    group.addoption(
        "--report", action="store_true", help="write report.html and report.md beside it; DIR is ledger by default"
    )
    group.addoption("--as-printed", action="store_true", help="fail every statement that is not true as printed")


def pytest_configure(config: pytest.Config) -> None:
    import os

    names = ("backend", "device", "dtype")
    backend, device, dtype = (config.getoption(name) or config.getoption(f"ncv_{name}", None) for name in names)
    RUN.backend, RUN.device, RUN.dtype = backend or "numpy", device, dtype or "float64"
    RUN.profile = config.getoption("profile") or os.environ.get("HYPOTHESIS_PROFILE", "default")
    RUN.seed = config.getoption("verify_seed")
    if config.getoption("report"):
        config.option.ledger = config.getoption("ledger") or "ledger"
        _can_report()
    if RUN.profile not in PROFILES:
        raise pytest.UsageError(f"HYPOTHESIS_PROFILE: expected one of {', '.join(PROFILES)}, got {RUN.profile!r}")
    try:
        _ = RUN.namespace
    except BackendUnavailableError as error:
        raise pytest.UsageError(str(error)) from error
    if config.getoption("ledger") and not hasattr(config, "workerinput"):
        _keep_for_this_run(config)
    register_profiles()
    hypothesis.settings.load_profile(RUN.profile)
    config.stash[_EVIDENCE] = {key: Evidence() for key in _papers(config)}
    _one_thread()


def _keep_for_this_run(config: pytest.Config) -> None:
    """Makes the ledger's folder and locks it; a folder that cannot be written is refused before the run, not after."""
    try:
        config.add_cleanup(_entered(only_writer(config.getoption("ledger"))))
    except OSError as error:
        pytest.exit(f"--ledger: {one_line(error)}", returncode=ENVIRONMENT)


def _entered(manager: AbstractContextManager[None]) -> Callable[[], object]:
    manager.__enter__()
    return lambda: manager.__exit__(None, None, None)


def _can_report() -> None:
    """A report that cannot be made is refused before the run, not after it."""
    try:
        import jinja2  # noqa: F401
    except ImportError as error:
        raise pytest.UsageError("--report needs jinja2, from the extra `report` of ncverify") from error


def _one_thread() -> None:
    """Small matrices gain nothing from threads, and two test processes on two cores lose much by them."""
    import torch

    torch.set_num_threads(1)


def pytest_collection_finish() -> None:
    """Loads at once what the examinations would load one by one.

    Hypothesis draws constants from the modules that are there at its first draw: without this the drawn points would
    depend on which tests a process runs.
    """
    for name in ("falsification", "flow", "landscape", "ledger", "separation"):
        package = importlib.import_module(f"ncverify.{name}")
        for module in pkgutil.iter_modules(package.__path__, f"ncverify.{name}."):
            importlib.import_module(module.name)
    _draw_once()  # Hypothesis then asks the collector who holds its random numbers: once frozen, nobody seems to
    gc.collect()
    gc.freeze()  # all of it stays; visiting it again and again took the collector of garbage a twentieth of a run
    gc.set_threshold(100_000, 50, 100)  # exact numbers form no reference cycles: looking took another twentieth


@hypothesis.given(hypothesis.strategies.none())
def _draw_once(_: None) -> None:
    """A draw of nothing."""


def pytest_report_header() -> str:
    where = f"backend {RUN.backend}, device {RUN.device or 'cpu'}, {RUN.dtype}"
    return f"ncverify {ncverify.__version__}: {where}, profile {RUN.profile}"


@pytest.fixture(scope="session")
def as_printed(pytestconfig: pytest.Config) -> bool:
    """Whether statements that are not true as printed have to fail."""
    return bool(pytestconfig.getoption("as_printed"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    with collecting() as records:
        try:
            return (yield)
        finally:
            item.user_properties.append((KEY, _condensed(records)))


def _condensed(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Thousands of drawn points become counts for each part of a statement."""
    verdicts = [item for item in records if item["kind"] == "verdict"]
    counts: dict[tuple[str, str, int], Counter[str]] = defaultdict(Counter)
    for item in records:
        if item["kind"] == "drawn":
            counts[item["paper"], item["id"], item["part"]].update({name: item[name] for name in COUNTS})
    drawn = [{"kind": "drawn", "paper": p, "id": k, "part": i, **v} for (p, k, i), v in counts.items()]
    return verdicts + drawn


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.pluginmanager.register(_Collector(session.config), "ncverify-collector")


class _Collector:
    """Reads the evidence out of the reports; in a distributed run only the controller has all of them."""

    def __init__(self, config: pytest.Config) -> None:
        self.config, self.evidence = config, config.stash[_EVIDENCE]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            for key, items in report.user_properties:
                if key == KEY:
                    for item in items:
                        paper = item["paper"] or _paper_of(report.nodeid)
                        self.evidence.setdefault(paper, Evidence()).add(item)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if hasattr(self.config, "workerinput"):
            return
        if (
            not _is_partial(self.config)
            and any(map(_not_run, self.evidence.items()))
            and exitstatus == pytest.ExitCode.OK
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if self.config.getoption("ledger"):
            interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
            try:
                self._write("the run was interrupted" if interrupted else None)
            except OSError as error:
                self.config.stash[_UNWRITTEN] = one_line(error)
                session.exitstatus = ENVIRONMENT

    def _write(self, missing: str | None) -> None:
        for key, evidence in self.evidence.items():
            if evidence.drawn:
                write_drawn(_folder(self.config, key), key, _run_facts(), evidence.drawn)
            if evidence.drawn and not evidence.verdicts:
                continue  # a run of drawn tests alone has no verdicts to tell
            ledger = _ledger(self.config, key, evidence, missing)
            write_ledger(_folder(self.config, key), ledger)
            if self.config.getoption("report"):
                from ncverify.report.files import write_report

                make, index = find(key).figures, "../index.html" if len(self.evidence) > 1 else None
                write_report(_folder(self.config, key), ledger, make() if make else (), index=index)
        if self.config.getoption("report") and len(self.evidence) > 1:
            from ncverify.report.index import write_index

            write_index(self.config.getoption("ledger"))


def _paper_of(path: str) -> str:
    """The key of the paper whose folder a test or an argument names."""
    return next((FOLDERS[part] for part in Path(path.partition("::")[0]).parts if part in FOLDERS), PAPER)


def _papers(config: pytest.Config) -> list[str]:
    """The keys of the papers whose tests were asked for."""
    if any(Path(argument).name == "properties" for argument in config.args):
        return list(built_in())
    return list(dict.fromkeys(map(_paper_of, config.args)))


def _folder(config: pytest.Config, key: str) -> Path:
    """Where the ledger of a paper goes."""
    where = Path(config.getoption("ledger"))
    return where / key if len(config.stash[_EVIDENCE]) > 1 else where


def _is_partial(config: pytest.Config) -> bool:
    """Whether only some tests were asked for."""
    chosen = config.getoption("keyword") or config.getoption("markexpr") or config.getoption("lf", False)
    files = any(argument.endswith(".py") or "::" in argument for argument in config.args)
    elsewhere = not any(Path(argument).name in ("properties", *FOLDERS) for argument in config.args)
    return bool(chosen or files or elsewhere or config.getoption("collectonly"))


def _not_run(paper: tuple[str, Evidence]) -> list[str]:
    key, evidence = paper
    return [c.id for c in find(key).claims if c.verdict != "open" and c.id not in evidence.verdicts]


def _run_facts() -> dict[str, Any]:
    return {
        "version": ncverify.__version__,
        "backend": RUN.backend,
        "device": RUN.device or "cpu",
        "dtype": RUN.dtype,
        "seed": RUN.seed,
        "profile": RUN.profile,
        "python": platform.python_version(),
        "packages": {
            name: version(name) for name in ("numpy", "scipy", "torch", "cvxpy", "hypothesis", "python-flint")
        },
    }


def _ledger(config: pytest.Config, key: str, evidence: Evidence, missing: str | None = None) -> dict[str, Any]:
    missing = missing or ("not among the tests of this run" if _is_partial(config) else "not run")
    return assemble(find(key), _run_facts(), evidence.entries(), missing=missing)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    unwritten = config.stash.get(_UNWRITTEN, None)
    if unwritten:
        terminalreporter.write_line(f"--ledger: not written: {unwritten}", red=True)
    for key, evidence in config.stash[_EVIDENCE].items():
        if evidence.verdicts:
            _summarise(terminalreporter, config, key, evidence, written=not unwritten)
    if config.getoption("report") and not unwritten:
        from ncverify.report.formulas import missing_converter

        terminalreporter.write_line(missing_converter() or "")


def _summarise(reporter: Any, config: pytest.Config, key: str, evidence: Evidence, *, written: bool) -> None:
    entries = _ledger(config, key, evidence)["statements"]
    shown = [e for e in entries if e["id"] in evidence.verdicts] if _is_partial(config) else entries
    reporter.section(f"ledger of {key}")
    for line in table(shown, width=max(100, reporter._tw.fullwidth)):
        reporter.write_line(line)
    reporter.write_line(summary(shown))
    if config.getoption("ledger") and written:
        names = ("ledger.json", "report.html", "report.md") if config.getoption("report") else ("ledger.json",)
        reporter.write_line("written: " + ", ".join(str(_folder(config, key) / name) for name in names))
    missing = _not_run((key, evidence))
    if missing and not _is_partial(config):
        reporter.write_line(f"not run, so this run fails: {', '.join(missing)}", red=True)
