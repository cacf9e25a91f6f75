"""`ncverify measure FILE`: how collapsed a trained network is, and how far from the paper's bounds."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ncverify.commands.text import CommandError, EnvironmentFault, fault, one_line

if TYPE_CHECKING:
    from ncverify.commands.feature_file import FeatureFile
    from ncverify.commands.measurement import Measurement

LARGE = 1 << 26  # bytes: files from here on get a progress bar
WIDTH = 110  # of a table that goes to no terminal

DESCRIPTION = """\
Measures features, labels and a last-layer classifier from a .npz or .safetensors file with the arrays

  features    (N, d)  what enters the last layer: float16, bfloat16 (.safetensors only), float32 or float64
  labels      (N,)    integers in 0..K-1, in any order
  classifier  (K, d)  the weight of the last layer
  bias        (K,)    optional

and prints the metrics of Section 4, the residuals of NC1 to NC4, and the margin against the bound of Theorem 3.1
with the three terms of its slack. Nothing is ever unpickled."""

EPILOG = """\
exit codes:
  0    measured
  2    the file cannot be read or does not hold such arrays; one line on standard error tells why"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds this command to the command line."""
    parser = subparsers.add_parser(
        "measure",
        help="how collapsed are these features and this classifier?",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", help=".npz or .safetensors")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table; NaN is null")
    parser.add_argument("--html", metavar="OUT", help="also write a page with figures and conclusions to the file OUT")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; returns the exit code.

    Raises:
        CommandError: the file cannot be measured.
    """
    from ncverify.commands.feature_file import file_size, read_feature_file
    from ncverify.commands.measure_output import to_json, to_table
    from ncverify.commands.measurement import measure

    try:
        with _progress(file_size(args.file)) as advance:
            file = read_feature_file(args.file, advance("reading"))
            measurement = measure(file, advance("measuring", 2 * len(file.labels)))
    except CommandError as error:
        raise type(error)(f"{one_line(args.file)}: {error}") from error
    if args.html is not None:
        _write_page(args.html, file, measurement, args.file)
    if args.json:
        sys.stdout.write(to_json(measurement, args.file) + "\n")
        return 0
    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else WIDTH).print(to_table(measurement, args.file))
    return 0


def _write_page(out: str, file: FeatureFile, measurement: Measurement, path: str) -> None:
    """Writes the page about the network.

    Raises:
        CommandError: it cannot be written, or jinja2 is missing.
    """
    from ncverify.commands.network_page import network_view
    from ncverify.files import write_whole
    from ncverify.report.network import network_page

    try:
        write_whole(out, network_page(network_view(file, measurement, path)))
    except ModuleNotFoundError as error:
        raise EnvironmentFault(f"{error.name} is missing; the extra `report` of ncverify has it") from error
    except OSError as error:
        raise fault(error) from error
    except ValueError as error:  # a path with a zero byte in it
        raise CommandError(f"{one_line(out)}: {one_line(error)}") from error


Advance = Callable[[int], object]


@contextmanager
def _progress(size: int) -> Iterator[Callable[..., Advance]]:
    """Makes progress bars on standard error; silent for small files and where nobody watches."""
    if size < LARGE or not sys.stderr.isatty():
        yield lambda task, total=size: lambda count: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bars:

        def task(description: str, total: int = size) -> Advance:
            number = bars.add_task(description, total=total)
            return lambda count: bars.advance(number, count)

        yield task
