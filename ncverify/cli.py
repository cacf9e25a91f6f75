"""The command `ncverify`: its subcommands live in `ncverify.commands`, one file each."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from ncverify import __version__
from ncverify.commands import (
    check,
    compare,
    errata,
    falsify,
    flow,
    landscape,
    measure,
    new_paper,
    papers,
    phase,
    recheck,
    report,
)
from ncverify.commands.text import CommandError, EnvironmentFault, one_line
from ncverify.errors import BackendUnavailableError
from ncverify.interrupted import forget_interrupt

COMMANDS = (
    measure,
    falsify,
    check,
    new_paper,
    papers,
    flow,
    landscape,
    phase,
    report,
    recheck,
    compare,
    errata,
)

EPILOG = """\
exit codes of all commands:
  0    done, and everything is as expected
  1    done, and something is not: the command's own --help says what
  2    wrong usage, or input that is not what it should be
  3    the environment: no permission, no room on the disk, no memory, a missing package, another run in the folder
  130  interrupted"""

LONGEST = 1000  # characters of a message


def build_parser() -> argparse.ArgumentParser:
    """The command line with all subcommands."""
    parser = argparse.ArgumentParser(
        prog="ncverify",
        description="Numerical referee for theorems about neural collapse.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"ncverify {__version__}")
    subparsers = parser.add_subparsers(title="commands", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit code, one of those in `EPILOG`; an error is one line on standard error.

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
        sys.stderr.write(f"ncverify: {_shortened(str(error))}\n")
        return error.code
    except BrokenPipeError:  # the reader of our output has left
        _discard_output()
        return 1
    except OSError as error:
        _discard_output()
        sys.stderr.write(f"ncverify: {one_line(error)}\n")
        return EnvironmentFault.code
    except (MemoryError, ModuleNotFoundError, BackendUnavailableError) as error:
        sys.stderr.write(f"ncverify: {_shortage(error)}\n")
        return EnvironmentFault.code
    except KeyboardInterrupt:
        forget_interrupt()
        sys.stderr.write("ncverify: interrupted\n")
        return 130
    return code


def _discard_output() -> None:
    """Nothing more goes to standard output: what its buffer still holds could not be written at the end either."""
    with suppress(OSError, ValueError):  # in a test it may have no descriptor
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _shortened(message: str) -> str:
    """A message that fits on a screen, whatever was in the file that it quotes."""
    return message if len(message) <= LONGEST else f"{message[: LONGEST // 2]} ... {message[-LONGEST // 2 :]}"


def _shortage(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return f"out of memory{f' ({one_line(error)})' if str(error) else ''}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"the package {error.name} is not installed"
    return one_line(error)


if __name__ == "__main__":
    sys.exit(main())
