"""`ncverify recheck FILE`: a counterexample verified again, by exact arithmetic alone."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from ncverify.commands.text import CommandError, fault, one_line
from ncverify.papers import Paper

DESCRIPTION = """\
Reads a witness file, which `ncverify report DIR` and `ncverify falsify FILE --save DIR` write for each counterexample,
finds its statement again, by the key of its paper and its id or by its name in your own file (--statements), and
evaluates it at the exact point in rational or ball arithmetic. Nothing is searched and nothing is rounded."""

EPILOG = """\
exit codes:
  0    the point violates the statement
  1    it does not, or the statement's source is not the one that the witness was saved for
  2    the file is no witness file, was changed, or its statement is not found"""


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
        CommandError: there is no witness in the file, or its statement is not found.
    """
    from ncverify.errors import StatementError, WitnessError
    from ncverify.falsification.witness import read_witness, recheck

    try:
        content = read_witness(args.file)
    except WitnessError as error:
        raise (
            fault(error.__cause__) if isinstance(error.__cause__, OSError) else CommandError(one_line(error))
        ) from error
    statement, over = registered(content) if args.statements is None else _own(content, args.statements)
    try:
        result = recheck(content, statement, over)
    except WitnessError as error:
        sys.stdout.write(f"not confirmed: {one_line(error)}\n")
        return 1
    except StatementError as error:
        raise CommandError(one_line(error)) from error
    where = one_line(content["id"] if args.statements is None else args.statements)
    sys.stdout.write(f"confirmed: {where}: {one_line(statement.name)!r} is violated ({result.arithmetic})\n")
    return 0


def _own(content: Mapping[str, Any], path: str) -> tuple[Any, Any]:
    """The statement of a witness in a user's file, of a PAPER or at module level, and its domain.

    Raises:
        CommandError: the file cannot be used, or has no statement of that name.
    """
    from ncverify.commands.user_file import paper_of, read_statements

    paper = paper_of(path)
    if paper is not None:
        return _in_paper(paper, content)
    for user in read_statements(path):
        if user.statement.name == content.get("name"):
            return user.statement, user.domain
    raise CommandError(f"{one_line(path)}: no statement {one_line(content.get('name'))!r}")


def registered(content: Mapping[str, Any]) -> tuple[Any, Any]:
    """The statement of a witness of an installed paper, and its domain.

    Raises:
        CommandError: no installed paper has it.
    """
    from ncverify.papers import installed

    key, _, _ = str(content.get("id")).rpartition("/")
    papers = installed()
    if not key or key not in papers:
        source = content.get("source") or "my_conjecture.py"
        raise CommandError(
            f"{one_line(content.get('name'))!r}: not a statement of an installed paper; for one of your own name its "
            f"file: --statements {one_line(source)}"
        )
    return _in_paper(papers[key](), content)


def _in_paper(paper: Paper, content: Mapping[str, Any]) -> tuple[Any, Any]:
    from ncverify.papers import Demonstration

    _, _, id_ = str(content.get("id")).rpartition("/")
    for claim in paper.claims:
        for part in (*claim.parts, *(claim.correction.parts if claim.correction else ())):
            named = not isinstance(part.statement, Demonstration) and part.statement.name == content.get("name")
            if named and id_ in ("", claim.id):
                return part.statement, part.domain
    raise CommandError(f"{paper.key}: no part {one_line(content.get('name'))!r} of {one_line(id_)!r}")
