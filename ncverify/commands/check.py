"""`ncverify check NAME`: the statements of a paper examined, and the declared verdicts held against what was found."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ncverify.commands.report import say_what_is_missing
from ncverify.commands.text import CommandError, EnvironmentFault, fault, one_line

if TYPE_CHECKING:
    from ncverify.ledger.examine import Effort
    from ncverify.ledger.examined import Examined
    from ncverify.papers import Claim, Paper

DESCRIPTION = """\
Examines every statement of a paper: each part is attacked, stored counterexamples and proofs are verified again, false
neighbours have to be falsified, and the verdict that comes out is held against the declared one.

NAME is a Python file with PAPER = Paper(...), which is executed and has to be trusted as any program, the key of an
installed paper (`ncverify papers`), or a module. `ncverify new-paper FILE` writes a file to begin with."""

EPILOG = """\
exit codes:
  0    every verdict is the declared one
  1    one is not, a counterexample was found, a neighbour was not falsified, or nothing was tested
  2    there is no such paper, its file cannot be run, or a statement cannot be evaluated"""

PROFILES = ("quick", "default", "thorough")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds this command to the command line."""
    parser = subparsers.add_parser(
        "check",
        help="examine the statements of a paper",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", metavar="NAME", help="a Python file with a PAPER, a key, or a module")
    parser.add_argument("--ledger", metavar="DIR", help="write DIR/ledger.json")
    parser.add_argument(
        "--report", action="store_true", help="write report.html and report.md beside it; DIR is ledger by default"
    )
    parser.add_argument(
        "--profile",
        choices=PROFILES,
        default="default",
        help="how hard each statement is examined; quick samples and verifies what is stored (default: default)",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the search (default 0)")
    parser.add_argument("--as-printed", action="store_true", help="fail every statement that is not true as printed")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; returns the exit code.

    Raises:
        CommandError: there is no such paper, or the ledger cannot be written.
    """
    from ncverify.files import only_writer

    directory = args.ledger or ("ledger" if args.report else None)
    if args.report:
        _can_report()
    paper = loaded(args.name)
    try:
        with only_writer(directory) if directory else nullcontext():
            return _check(paper, args, directory)
    except OSError as error:
        raise fault(error, "--ledger: ") from error


def loaded(name: str) -> Paper:
    """The paper of a name.

    Raises:
        CommandError: there is none, or its file cannot be run.
    """
    from ncverify.papers import find
    from ncverify.papers.discovery import PaperError
    from ncverify.statements._described import raised_at

    try:
        return find(name)
    except PaperError as error:
        raise CommandError(one_line(error)) from error
    except SyntaxError as error:
        where = "" if error.lineno is None else f", line {error.lineno}"
        raise CommandError(f"{one_line(name)}{where}: {one_line(error.msg)}") from error
    except (Exception, SystemExit) as error:
        text = f"{type(error).__name__}: {error}{raised_at(error)}"
        raise CommandError(f"{one_line(name)}: cannot be run: {one_line(text)}") from error


def _can_report() -> None:
    import importlib.util

    if importlib.util.find_spec("jinja2") is None:
        raise EnvironmentFault("--report needs jinja2, from the extra `report` of ncverify")


def _check(paper: Paper, args: argparse.Namespace, directory: str | None) -> int:
    from rich.console import Console
    from rich.progress import track

    from ncverify.ledger.checking import effort_of, one_thread, run_facts
    from ncverify.ledger.examined import Examined
    from ncverify.ledger.ledger import assemble
    from ncverify.ledger.table import summary, table
    from ncverify.report.results import write_results

    effort, entries, code = effort_of(args.profile, args.seed), {}, 0
    examined, watched = [claim for claim in paper.claims if claim.parts], sys.stderr.isatty()
    of = Examined()
    with one_thread():
        for claim in track(examined, paper.key, console=Console(stderr=True), transient=True, disable=not watched):
            entries[claim.id], outcome = _examined(claim, effort, of, as_printed=args.as_printed)
            code = max(code, outcome)
    source = {"source": args.name} if Path(args.name).is_file() else {}
    ledger = assemble(paper, run_facts(args.profile, args.seed) | source, entries)
    for line in [*table(ledger["statements"]), summary(ledger["statements"])]:
        sys.stdout.write(f"{line}\n")
    if directory:
        written = write_results(directory, paper, ledger, report=args.report)
        sys.stdout.write(f"written: {', '.join(map(str, written))}\n")
        if args.report:
            say_what_is_missing()
    return code


def _examined(claim: Claim, effort: Effort, of: Examined, *, as_printed: bool) -> tuple[dict[str, Any], int]:
    """The ledger's entry of a claim and the exit code that it asks for; what disagrees is printed."""
    from ncverify.errors import StatementError
    from ncverify.ledger.checking import as_printed_account, claim_account, neighbour_fault
    from ncverify.ledger.entry import entry, unexamined
    from ncverify.ledger.examine import examine
    from ncverify.ledger.ledger import TRUE_AS_PRINTED

    try:
        result = examine(claim, effort, of)
        faults = [claim_account(result)] if result.problems() else []
        faults += filter(None, (neighbour_fault(claim, neighbour, effort) for neighbour in claim.neighbours))
    except StatementError as error:
        sys.stdout.write(f"{claim.id}: cannot be evaluated: {one_line(error)}\n\n")
        return unexamined(claim, f"cannot be evaluated: {one_line(error)}"), 2
    if as_printed and not faults and result.verdict not in TRUE_AS_PRINTED:
        faults = [as_printed_account(result)]
    for text in faults:
        sys.stdout.write(f"{text}\n\n")
    return entry(result), int(bool(faults))
