"""`ncverify recheck FILE`: a counterexample verified again, by exact arithmetic alone."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from ncverify.commands.text import CommandError, one_line

DESCRIPTION = """\
Reads a witness file, which `ncverify report DIR` writes for each counterexample, looks its statement up in the registry
and evaluates it at the exact point in rational or ball arithmetic. Nothing is searched and nothing is rounded."""

EPILOG = """\
exit codes:
  0    the point violates the statement
  1    it does not, or the statement's text is not the one that the witness was saved for
  2    the file is no witness file, was changed, or its statement is not in the registry"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds this command to the command line."""
    parser = subparsers.add_parser(
        "recheck",
        help="verify a counterexample again, exactly",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", help="witness file")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; returns the exit code.

    Raises:
        CommandError: there is no witness, or none of a registered statement, in the file.
    """
    from ncverify.errors import WitnessError
    from ncverify.falsification.witness import read_witness, recheck

    try:
        content = read_witness(args.file)
    except WitnessError as error:
        raise CommandError(one_line(error)) from error
    statement, printed = registered(content)
    try:
        result = recheck(content, statement, printed=printed)
    except WitnessError as error:
        sys.stdout.write(f"not confirmed: {one_line(error)}\n")
        return 1
    sys.stdout.write(
        f"confirmed: {one_line(content['id'])}: {one_line(statement.name)!r} is violated ({result.arithmetic})\n"
    )
    return 0


def registered(content: Mapping[str, Any]) -> tuple[Any, str]:
    """The statement of a witness and its printed text.

    Raises:
        CommandError: the registry does not have it.
    """
    from ncverify.statements.claim import Demonstration
    from ncverify.statements.registry import claims

    claim = claims().get(str(content.get("id")))
    if claim is None:
        raise CommandError(
            f"{one_line(content.get('name'))!r}: not a statement of the registry; for one of your own call "
            "ncverify.falsification.witness.recheck with it"
        )
    parts = [*claim.parts, *(claim.correction.parts if claim.correction else ())]
    for part in parts:
        if not isinstance(part.statement, Demonstration) and part.statement.name == content.get("name"):
            return part.statement, claim.printed
    raise CommandError(f"{claim.id}: this version has no part {one_line(content.get('name'))!r}")
