"""`ncverify recheck FILE`: a counterexample verified again, by exact arithmetic alone."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from ncverify.commands.text import CommandError, fault, one_line

DESCRIPTION = """\
Reads a witness file, which `ncverify report DIR` and `ncverify falsify FILE --save DIR` write for each counterexample,
finds its statement again, by its id in the registry of the paper or by its name in your own file (--statements), and
evaluates it at the exact point in rational or ball arithmetic. Nothing is searched and nothing is rounded."""

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
    parser.add_argument(
        "--statements",
        metavar="PY",
        help="the Python file with the statement, if it is one of your own; it is executed",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; returns the exit code.

    Raises:
        CommandError: there is no witness, or none of a registered statement, in the file.
    """
    from ncverify.errors import StatementError, WitnessError
    from ncverify.falsification.witness import read_witness, recheck

    try:
        content = read_witness(args.file)
    except WitnessError as error:
        raise (
            fault(error.__cause__) if isinstance(error.__cause__, OSError) else CommandError(one_line(error))
        ) from error
    statement, printed = registered(content) if args.statements is None else (_own(content, args.statements), None)
    try:
        result = recheck(content, statement, printed=printed)
    except WitnessError as error:
        sys.stdout.write(f"not confirmed: {one_line(error)}\n")
        return 1
    except StatementError as error:
        raise CommandError(one_line(error)) from error
    where = one_line(content["id"] if args.statements is None else args.statements)
    sys.stdout.write(f"confirmed: {where}: {one_line(statement.name)!r} is violated ({result.arithmetic})\n")
    return 0


def _own(content: Mapping[str, Any], path: str) -> Any:
    """The statement of a witness in a user's file.

    Raises:
        CommandError: the file cannot be used, or has no statement of that name.
    """
    from ncverify.commands.user_file import read_statements

    for user in read_statements(path):
        if user.statement.name == content.get("name"):
            return user.statement
    raise CommandError(f"{one_line(path)}: no statement {one_line(content.get('name'))!r}")


def registered(content: Mapping[str, Any]) -> tuple[Any, str]:
    """The statement of a witness and its printed text.

    Raises:
        CommandError: the registry does not have it.
    """
    from ncverify.statements.claim import Demonstration
    from ncverify.statements.registry import claims

    claim = claims().get(str(content.get("id")))
    if claim is None:
        source = content.get("source") or "my_conjecture.py"
        raise CommandError(
            f"{one_line(content.get('name'))!r}: not a statement of the registry; for one of your own name its file: "
            f"--statements {one_line(source)}"
        )
    parts = [*claim.parts, *(claim.correction.parts if claim.correction else ())]
    for part in parts:
        if not isinstance(part.statement, Demonstration) and part.statement.name == content.get("name"):
            return part.statement, claim.printed
    raise CommandError(f"{claim.id}: this version has no part {one_line(content.get('name'))!r}")
