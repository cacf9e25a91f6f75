"""`python -m tests.benchmarks.report FILE...`: what the benchmarks measured, as Markdown and as a web page."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ncverify.commands.text import CommandError, fault, one_line
from ncverify.files import write_whole
from tests.benchmarks.pages import benchmark_html, benchmark_markdown
from tests.benchmarks.verdicts import MISSED, UNKNOWN, benchmark_lines, benchmark_summary

DESCRIPTION = """\
Reads the JSON that `tox -e bench` (or `pytest tests/benchmarks --benchmark-only --benchmark-json FILE`) wrote, and
writes one line for each row of tests/benchmarks/rows.toml: ours, the rival's, their ratio with its spread, the target,
and whether it is reached. A row that needs a device which the machine does not have is absent. Of several files, a
later one replaces what it measured again."""

EPILOG = """\
exit codes:
  0    written; the last line on standard output says what is reached and what is missed
  1    with --demand: a target is missed, or a row was not measured
  2    a file cannot be read, or does not hold such results; one line on standard error tells why"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the program; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.report",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", metavar="FILE", nargs="+", help="JSON of pytest-benchmark")
    parser.add_argument("--markdown", metavar="OUT", help="write the table there as Markdown")
    parser.add_argument("--html", metavar="OUT", help="write the table there as a web page")
    parser.add_argument("--demand", action="store_true", help="exit code 1 if a target is missed or not measured")
    try:
        return run(parser.parse_args(argv))
    except CommandError as error:
        sys.stderr.write(f"{parser.prog}: {error}\n")
        return error.code


def run(args: argparse.Namespace) -> int:
    """Writes what the arguments ask for; returns the exit code.

    Raises:
        CommandError: a file cannot be read or written, or jinja2 is missing.
    """
    results = [read_results(name) for name in args.files]
    try:
        lines = benchmark_lines(results)
        _write(args.markdown, benchmark_markdown, results)
        _write(args.html, benchmark_html, results)
        if not args.markdown and not args.html:
            sys.stdout.write(benchmark_markdown(results) + "\n")
    except OSError as error:
        raise fault(error) from error
    except ValueError as error:
        raise CommandError(one_line(error)) from error
    sys.stdout.write(one_line(benchmark_summary(lines)) + "\n")
    return 1 if args.demand and any(line.verdict in (MISSED, UNKNOWN) for line in lines) else 0


def read_results(name: str) -> dict[str, Any]:
    """The JSON object in a file.

    Raises:
        CommandError: there is none.
    """
    try:
        results = json.loads(Path(name).read_text(encoding="utf-8"))
    except OSError as error:
        raise fault(error) from error
    except ValueError as error:
        raise CommandError(f"{one_line(name)}: {one_line(error)}") from error
    if not isinstance(results, dict):
        raise CommandError(f"{one_line(name)}: expected the JSON object that pytest-benchmark writes")
    return results


def _write(
    out: str | None, page: Callable[[Sequence[Mapping[str, Any]]], str], results: Sequence[Mapping[str, Any]]
) -> None:
    if out:
        write_whole(Path(out), page(results))
        sys.stdout.write(f"written: {one_line(out)}\n")


if __name__ == "__main__":
    sys.exit(main())
