"""`ncverify papers`: the papers that are installed."""

from __future__ import annotations

import argparse
import sys

DESCRIPTION = """\
Lists the papers that come with ncverify and those of other packages (entry points of the group ncverify.papers): key,
number of statements, title. `ncverify check KEY` examines one."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds this command to the command line."""
    parser = subparsers.add_parser("papers", help="list the installed papers", description=DESCRIPTION)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; returns the exit code: 1 where a paper cannot be loaded, which is named."""
    from ncverify.commands.check import loaded
    from ncverify.commands.text import CommandError
    from ncverify.papers import installed

    code = 0
    for key in sorted(installed()):
        try:
            paper = loaded(key)
        except CommandError as error:
            sys.stderr.write(f"{error}\n")
            code = 1
            continue
        sys.stdout.write(f"{key:<16}  {len(paper.claims):>4} statements  {paper.title}\n")
    return code
