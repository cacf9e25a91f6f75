"""The command `ncverify`: its subcommands live in `ncverify.commands`, one file each."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from ncverify import __version__
from ncverify.commands import compare, errata, falsify, flow, landscape, measure, recheck, report
from ncverify.commands.text import CommandError

COMMANDS = (measure, falsify, flow, landscape, report, recheck, compare, errata)


def build_parser() -> argparse.ArgumentParser:
    """The command line with all subcommands."""
    parser = argparse.ArgumentParser(
        prog="ncverify",
        description='Numerical referee of "An Unconstrained Layer-Peeled Perspective on Neural Collapse".',
    )
    parser.add_argument("--version", action="version", version=f"ncverify {__version__}")
    subparsers = parser.add_subparsers(title="commands", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit code: 0 done, 2 wrong usage or input, others as the command documents.

    Args:
        argv: arguments without the program's name; by default those of the process.
    """
    try:
        args = build_parser().parse_args(argv)
    except SystemExit as stop:  # argparse has printed help, a version or an error
        return stop.code if isinstance(stop.code, int) else 2
    try:
        code: int = args.run(args)
        sys.stdout.flush()
    except CommandError as error:
        sys.stderr.write(f"ncverify: {error}\n")
        return 2
    except BrokenPipeError:  # the reader of our output has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("ncverify: interrupted\n")
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
