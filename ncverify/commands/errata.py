"""`ncverify errata LEDGER`: the errors of the paper, as Markdown."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ncverify.commands.text import CommandError, fault, one_line

DESCRIPTION = """\
Writes every statement that the ledger of a whole run found wrong as printed: printed text, exact counterexamples, and
what is true instead. docs/errata.md is made by it. A ledger of a partial or a red run is refused."""

EPILOG = """\
exit codes:
  0    written
  1    a verdict is not the one declared: the run was partial or not green
  2    the ledger cannot be read, or a file not written; one line on standard error tells why"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds this command to the command line."""
    parser = subparsers.add_parser(
        "errata",
        help="the errors of the paper, from a ledger",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("ledger", metavar="LEDGER", help="ledger.json, or a folder with one")
    parser.add_argument("--out", metavar="FILE", help="write there instead of to standard output")
    parser.add_argument(
        "--count-in",
        metavar="PAGE",
        help="also write how many statements have which verdict into a page, between <!-- counts of KEY --> and "
        "<!-- /counts -->",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; returns the exit code.

    Raises:
        CommandError: the ledger cannot be read, or a file not written.
    """
    from ncverify.files import write_whole
    from ncverify.ledger.ledger import read_ledger
    from ncverify.report.errata import disagreements, errata, with_counts

    try:
        ledger = read_ledger(args.ledger)
        differing = disagreements(ledger)
        if differing:
            sys.stderr.write(f"ncverify: the verdict is not the one declared for {', '.join(differing)}\n")
            return 1
        if args.out is None:
            sys.stdout.write(errata(ledger))
        else:
            write_whole(Path(args.out), errata(ledger))
        if args.count_in is not None:
            page = Path(args.count_in)
            write_whole(page, with_counts(page.read_text(encoding="utf-8"), ledger))
    except OSError as error:
        raise fault(error) from error
    except ValueError as error:
        raise CommandError(one_line(error)) from error
    return 0
