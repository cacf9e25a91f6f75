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
KEYS = ("features", "labels", "classifier", "bias", "classes")
UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
MOST_CLASSES, MOST_PAIRS = 10_000_000, 100_000_000
WIDTH = 110  # of a table that goes to no terminal

DESCRIPTION = """\
Measures features, labels and a last-layer classifier from .npz, .npy or .safetensors files with the arrays

  features    (N, d)  what enters the last layer: float16, bfloat16 (.safetensors only), float32 or float64
  labels      (N,)    integers in 0..K-1, in any order, or names; -100 marks samples to leave out
  classifier  (K, d)  the weight of the last layer
  bias        (K,)    optional
  classes     (K,)    optional: the label of each row of the classifier, where labels are no rows

and prints the metrics of Section 4, the residuals of NC1 to NC4, and the margin against the bound of Theorem 3.1
with the three terms of its slack. Nothing is ever unpickled.

Several files, a folder, or the index.json of .safetensors shards are taken together; features and labels may come in
parts (features.0, features-00001-of-00004, one array in each file). Features are read a piece at a time."""

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
    parser.add_argument("files", metavar="FILE", nargs="+", help="a file, a folder, or an index.json of shards")
    parser.add_argument("--array", metavar="KEY=NAME", action="append", default=[], type=_name, help="what an array is "
                        "called in the files, as classifier=lm_head.weight")  # fmt: skip
    parser.add_argument("--ignore-index", metavar="I", type=int, default=-100, help="samples with this label are left "
                        "out (default: -100)")  # fmt: skip
    parser.add_argument("--classes", metavar="LIST", type=_classes, help="only samples of these, as 0,3,7-12")
    parser.add_argument("--balance", metavar="N", type=int, help="the bound of Theorem 3.1 for N samples of each "
                        "class, drawn at random: what there is for unequal classes")  # fmt: skip
    parser.add_argument("--pairs", metavar="M", type=_pairs, help="estimate the cosine deviations from M pairs of "
                        "classes drawn at random, with standard errors; otherwise all pairs are taken")  # fmt: skip
    parser.add_argument("--seed", metavar="S", type=int, default=0, help="of what is drawn at random (default: 0)")
    parser.add_argument("--memory", metavar="SIZE", type=_bytes, help="memory that may be used, as 2G (default: three "
                        "quarters of what is free); features stay in their files whatever it is")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table; NaN is null")
    parser.add_argument("--html", metavar="OUT", help="also write a page with figures and conclusions to the file OUT")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; returns the exit code.

    Raises:
        CommandError: the file cannot be measured.
    """
    from ncverify.commands.feature_file import read_feature_file
    from ncverify.commands.measure_output import to_json, to_table
    from ncverify.commands.measurement import measure
    from ncverify.commands.sources import file_size, files_of

    name = args.files[0] if len(args.files) == 1 else f"{args.files[0]} and {len(args.files) - 1} more"
    options = {"names": dict(args.array), "ignore_index": args.ignore_index, "classes": args.classes}
    try:
        with _progress(sum(map(file_size, files_of(args.files)))) as advance:
            file = read_feature_file(args.files, advance("reading"), memory=args.memory, **options)
            work = advance("measuring", 2 * len(file.labels))
            measurement = measure(
                file, work, balance=args.balance, seed=args.seed, pairs=args.pairs, keep_margins=args.html is not None
            )
    except CommandError as error:
        raise type(error)(f"{one_line(name)}: {error}") from error
    if args.html is not None:
        _write_page(args.html, file, measurement, name)
    if args.json:
        sys.stdout.write(to_json(measurement, name) + "\n")
        return 0
    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else WIDTH).print(to_table(measurement, name))
    return 0


def _name(text: str) -> tuple[str, str]:
    key, equals, name = text.partition("=")
    if not (equals and name and key in KEYS):
        raise argparse.ArgumentTypeError(f"expected KEY=NAME with one of {', '.join(KEYS)}, got {one_line(text)}")
    return key, name


def _classes(text: str) -> list[int]:
    numbers: list[int] = []
    for part in text.split(","):
        low, _, high = part.partition("-")
        if not (low.isdecimal() and (high or low).isdecimal()) or int(high or low) - int(low) > MOST_CLASSES:
            raise argparse.ArgumentTypeError(f"expected numbers and ranges as 0,3,7-12, got {one_line(text)}")
        numbers += range(int(low), int(high or low) + 1)
    return numbers


def _pairs(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text) <= MOST_PAIRS:
        raise argparse.ArgumentTypeError(f"expected 2 to {MOST_PAIRS}, got {one_line(text)}")
    return int(text)


def _bytes(text: str) -> int:
    number, unit = (text[:-1], text[-1].upper()) if text[-1:].upper() in UNITS else (text, "")
    try:
        return int(float(number) * UNITS.get(unit, 1))
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"expected bytes, or a number with K, M, G or T, got {one_line(text)}"
        ) from None


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
    """Makes progress bars on standard error; silent for small files and where that is not a terminal."""
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
