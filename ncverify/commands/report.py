"""`ncverify report DIR`: the ledger of a run as a web page and as Markdown."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ncverify.commands.text import CommandError, EnvironmentFault, fault, one_line

DESCRIPTION = """\
Reads DIR/ledger.json, which `ncverify check NAME --ledger DIR` or `pytest properties/ --ledger DIR` writes, and writes
beside it

  report.html  one page that needs nothing from outside: summary, a table to filter and sort, a section per statement
  report.md    the same in Markdown
  witnesses/   each exact counterexample as a file for `ncverify recheck`

Where DIR has a folder with a ledger for each of several papers, each gets its report, and DIR/index.html leads to them.

The page also shows the figures of the paper's own, where its key is that of an installed paper: for the ULPM paper
Figure 2 redrawn, the phase diagram of Theorem 3.4, and training curves of the results in training/results or in the
folder that NCVERIFY_RESULTS names, if there are some."""

EPILOG = """\
exit codes:
  0    written
  2    there is no ledger to read, or the report cannot be written; one line on standard error tells why"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds this command to the command line."""
    parser = subparsers.add_parser(
        "report",
        help="a ledger as a web page",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("directory", metavar="DIR", help="folder with a ledger.json")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; returns the exit code.

    Raises:
        CommandError: there is no ledger, or the report cannot be written.
    """
    if not Path(args.directory).is_dir():
        raise CommandError(f"{one_line(args.directory)}: expected a folder with a ledger.json")
    below = [] if (Path(args.directory) / "ledger.json").is_file() else _below(args.directory)
    for folder in below or [args.directory]:
        for path in _reported(folder, index=bool(below)):
            sys.stdout.write(f"written: {path}\n")
    if below:
        sys.stdout.write(f"written: {_index(args.directory)}\n")
    say_what_is_missing()
    return 0


def say_what_is_missing() -> None:
    """One line on standard error where formulas were not converted, with what to install."""
    from ncverify.report.formulas import missing_converter

    missing = missing_converter()
    if missing:
        sys.stderr.write(f"ncverify: {missing}\n")


def _below(directory: str) -> list[str]:
    try:
        from ncverify.report.index import ledgers_below
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    return list(map(str, ledgers_below(directory)))


def _index(directory: str) -> Path:
    from ncverify.report.index import write_index

    try:
        return write_index(directory)
    except OSError as error:
        raise fault(error) from error
    except ValueError as error:
        raise CommandError(one_line(error)) from error


def _reported(directory: str, *, index: bool) -> list[str]:
    from ncverify.ledger.ledger import read_ledger

    try:
        ledger = read_ledger(directory)
    except OSError as error:
        raise fault(error) from error
    except ValueError as error:
        raise CommandError(one_line(error)) from error
    return written(directory, ledger, index=index)


def _missing(error: ModuleNotFoundError) -> EnvironmentFault:
    return EnvironmentFault(f"{error.name} is missing; the extra `report` of ncverify has it")


def written(directory: str, ledger: dict[str, object], *, index: bool = False) -> list[str]:
    """Writes the report of a ledger; returns the paths of its pages.

    Raises:
        CommandError: it cannot be written, or jinja2 is missing.
    """
    try:
        from ncverify.papers import installed
        from ncverify.report.files import write_report
        from ncverify.report.index import INDEX

        paper = installed().get(str(ledger.get("key") or ""))
        make = paper().figures if paper else None
        pages = write_report(directory, ledger, make() if make else (), index=INDEX if index else None)
        return [str(path) for path in pages]
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    except OSError as error:
        raise fault(error) from error
    except (TypeError, ValueError, AttributeError) as error:
        raise CommandError(f"{one_line(directory)}: the ledger is damaged: {one_line(error)}") from error
