"""`ncverify compare LEDGER LEDGER...`: where backends, dtypes or versions disagree."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ncverify.commands.text import CommandError, fault, one_line

DESCRIPTION = """\
Compares ledgers that `pytest properties/ --ledger DIR` wrote, for instance on different backends: verdicts, verdicts of
corrections and outcomes of the parts. Grades of evidence and slacks may differ and are not compared.

LEDGER is a ledger.json, a folder with one, or a folder of such folders."""

EPILOG = """\
exit codes:
  0    they agree
  1    they differ somewhere
  2    there are fewer than two ledgers, or one cannot be read; one line on standard error tells why"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds this command to the command line."""
    parser = subparsers.add_parser(
        "compare",
        help="where do several ledgers disagree?",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("ledgers", metavar="LEDGER", nargs="+", help="ledger.json, or a folder")
    parser.add_argument(
        "--drawn",
        action="store_true",
        help="hold the drawn points of each backend against each other: every drawn.json below the folders",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; returns the exit code.

    Raises:
        CommandError: fewer than two ledgers, or one that cannot be read.
    """
    if args.drawn:
        return _run_drawn(args.ledgers)
    from ncverify.ledger.compare import compare, label
    from ncverify.ledger.ledger import read_ledger
    from ncverify.ledger.table import summary

    files = [file for name in args.ledgers for file in ledger_files(Path(name))]
    if len(files) < 2:
        raise CommandError(f"expected at least two ledgers to compare, found {len(files)}")
    try:
        ledgers: list[dict[str, Any]] = [read_ledger(file) for file in files]
        written = [datetime.fromtimestamp(file.stat().st_mtime).isoformat(" ", "minutes") for file in files]
    except OSError as error:
        raise fault(error) from error
    except ValueError as error:
        raise CommandError(one_line(error)) from error
    for number, (file, ledger, time) in enumerate(zip(files, ledgers, written, strict=True), start=1):
        sys.stdout.write(f"[{number}] {one_line(file)}: {one_line(label(ledger))}, written {time}\n")
        sys.stdout.write(f"    {one_line(summary(ledger['statements']))}\n")
    differences = compare(ledgers)
    rows = [(d.id, d.what, *d.values) for d in differences]
    _write_rows([("statement", "what", *(f"[{i}]" for i in range(1, len(files) + 1))), *rows] if rows else [])
    sys.stdout.write(f"{len(differences)} differences\n" if rows else f"{len(files)} ledgers agree\n")
    return 1 if differences else 0


def _run_drawn(folders: Sequence[str]) -> int:
    from ncverify.ledger.compare import label
    from ncverify.ledger.drawn_counts import NAME, compare_drawn, read_drawn

    files = [file for folder in folders for file in sorted(Path(folder).rglob(NAME))]
    try:
        records = [read_drawn(file) for file in files]
    except OSError as error:
        raise fault(error) from error
    except ValueError as error:
        raise CommandError(one_line(error)) from error
    keys = list(dict.fromkeys(record["key"] for record in records))
    if not keys or any(sum(r["key"] == key for r in records) < 2 for key in keys):
        raise CommandError(f"expected {NAME} of at least two backends for each paper, found {len(files)} in all")
    total = 0
    for key in keys:
        own = [record for record in records if record["key"] == key]
        differences = compare_drawn(own)
        total += len(differences)
        sys.stdout.write(f"{one_line(key)}: {len(own)} backends, {len(own[0]['drawn'])} parts\n")
        names = [f"{number}: {one_line(label(record))}" for number, record in enumerate(own, start=1)]
        rows = [(d.id, d.what, *d.values) for d in differences]
        _write_rows([("statement", "part", *names), *rows] if rows else [(name,) for name in names])
    sys.stdout.write(
        f"{total} differences\n" if total else "every part was compared at enough points on every backend\n"
    )
    return 1 if total else 0


def ledger_files(path: Path) -> list[Path]:
    """The ledgers that an argument names.

    Raises:
        CommandError: it names none.
    """
    if not path.is_dir():
        return [path]
    if (path / "ledger.json").exists():
        return [path / "ledger.json"]
    files = sorted(path.glob("*/ledger.json"))
    if not files:
        raise CommandError(f"{one_line(path)}: no ledger.json in this folder or in one below it")
    return files


def _write_rows(rows: Sequence[Sequence[str]]) -> None:
    lines = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))] if lines else []
    for line in lines:
        cells = (f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True))
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
