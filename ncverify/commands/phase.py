"""`ncverify phase`: the diagrams of minority collapse, closed form beside descent, as table, figures and page."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ncverify.commands.text import CommandError, EnvironmentFault, fault, one_line
from ncverify.files import only_writer, write_whole

if TYPE_CHECKING:
    from ncverify.optima.diagram import PhaseCell

TABLE, PAGE = "phase.csv", "phase.html"
COLUMNS = ("model", "x", "y", "threshold", "merges", "contrast", "gap", "agrees")
MOST = 40  # classes
ENERGIES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 8.0)
RATIOS = (1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0)
WEIGHTS = (1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2)
MINORITIES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

DESCRIPTION = """\
For which imbalance do the classifiers of minority classes become one? KA classes have n_A samples and KB have n_B.

  layer-peeled   over R = n_A/n_B and E_W E_H: they merge from the closed form's R0(E_W E_H) on
  regularised    over n_B and lambda = lambda_W = lambda_H, n_A fixed: they merge for n_B <= N^2 lambda^2

Each cell is also minimised by descent; the table shows P_kk - P_lk within the minority where descent ended, 0 where the
classifiers agree, with an exclamation mark where the closed form says otherwise. With --out a folder gets

  phase.csv                             one line for each cell, with a certified bound of the gap of the descent
  layer-peeled.svg, regularised.svg     the diagrams, with the closed form's border
  phase.html                            both on a page"""

EPILOG = """\
exit codes:
  0    descent agrees with the closed form in every cell
  1    it does not in some cell, which is marked: a cell on the border itself is a matter of rounding
  2    wrong usage; one line on standard error tells why
  3    the folder cannot be written, another run writes into it, or a package is missing"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds this command to the command line."""
    parser = subparsers.add_parser(
        "phase",
        help="when do the classifiers of minority classes merge?",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    models = ("layer-peeled", "regularised")
    parser.add_argument("--model", choices=models, help="one of the two diagrams (default both)")
    parser.add_argument("--KA", type=int, default=2, help="majority classes (default 2)")
    parser.add_argument("--KB", type=int, default=2, help="minority classes, at least 2 (default 2)")
    parser.add_argument("--R", type=float, nargs="+", metavar="R", default=RATIOS, help="ratios n_A/n_B")
    parser.add_argument("--E", type=float, nargs="+", metavar="E", default=ENERGIES, help="values of E_W E_H")
    parser.add_argument("--n-A", type=int, default=1000, metavar="N", help="samples of a majority class (default 1000)")
    parser.add_argument("--n-B", type=int, nargs="+", metavar="N", default=MINORITIES, help="samples of a minority one")
    parser.add_argument("--weight", type=float, nargs="+", metavar="L", default=WEIGHTS, help="values of lambda")
    parser.add_argument("--seed", type=int, default=0, help="of the starts of descent (default 0)")
    parser.add_argument("--out", metavar="DIR", help="folder for table, figures and page; made if it is not there")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; returns the exit code.

    Raises:
        CommandError: wrong options, or a folder that cannot be written.
    """
    _check(args)
    diagrams = _computed(args)
    for model, rows in diagrams.items():
        _report(model, rows, args)
    if args.out is not None:
        try:
            with only_writer(args.out):
                _write(diagrams, args)
        except OSError as error:
            raise fault(error) from error
        except ModuleNotFoundError as error:
            raise EnvironmentFault(f"the page needs the package {error.name}") from error
        sys.stdout.write(f"written: {one_line(args.out)}\n")
    return 0 if all(cell.agrees for rows in diagrams.values() for row in rows for cell in row) else 1


def _check(args: argparse.Namespace) -> None:
    for name, value, least in (("KA", args.KA, 1), ("KB", args.KB, 2), ("n-A", args.n_A, 1), ("seed", args.seed, 0)):
        if value < least:
            raise CommandError(f"--{name}: expected at least {least}, got {value}")
    if args.KA + args.KB > MOST:
        raise CommandError(f"--KA, --KB: expected at most {MOST} classes together, got {args.KA + args.KB}")
    for name, values, most in (
        ("R", args.R, 1e5), ("E", args.E, 1e4), ("n-B", args.n_B, 1e9), ("weight", args.weight, 1e6),
    ):  # fmt: skip
        if not all(0 < value <= most for value in values):
            raise CommandError(f"--{name}: expected numbers > 0 and <= {most:g}, got {' '.join(map(str, values))}")
    if args.n_A > 1e9:
        raise CommandError(f"--n-A: expected at most 1e9, got {args.n_A}")


def _computed(args: argparse.Namespace) -> dict[str, list[list[PhaseCell]]]:
    from ncverify.optima import layer_peeled_phases, regularised_phases

    cells = {}
    if args.model != "regularised":
        cells["layer-peeled"] = layer_peeled_phases(
            args.KA, args.KB, sorted(set(args.R)), sorted(set(args.E)), seed=args.seed
        )
    if args.model != "layer-peeled":
        cells["regularised"] = regularised_phases(
            args.KA, args.KB, args.n_A, sorted(set(args.n_B)), sorted(set(args.weight)), seed=args.seed
        )
    return cells


def title(model: str, args: argparse.Namespace) -> str:
    """The title of a diagram."""
    beside = f"K_A = {args.KA}, K_B = {args.KB}"
    return (
        f"Layer-peeled model, {beside}" if model == "layer-peeled" else f"Regularised model, {beside}, n_A = {args.n_A}"
    )


def border(model: str, rows: Sequence[Sequence[PhaseCell]], args: argparse.Namespace) -> list[tuple[float, float]]:
    """Points (x, y) of the closed form's border across the diagram."""
    from ncverify.optima import layer_peeled_merging_ratio, regularised_border

    if model == "layer-peeled":
        xs = _between(rows[0][0].x, rows[0][-1].x)
        return [(x, layer_peeled_merging_ratio(args.KA, args.KB, x, 1.0).ratio) for x in xs]
    ys = sorted({max(1, round(y)) for y in _between(rows[0][0].y, rows[-1][0].y)})
    return [(regularised_border(args.KA, args.KB, args.n_A, y), float(y)) for y in ys]


def _between(low: float, high: float, count: int = 60) -> list[float]:
    """Numbers from low / 1.5 to high * 1.5, equally spaced in their logarithms."""
    start, step = math.log(low / 1.5), math.log(2.25 * high / low) / (count - 1)
    return [math.exp(start + i * step) for i in range(count)]


def _write(diagrams: dict[str, list[list[PhaseCell]]], args: argparse.Namespace) -> None:
    from ncverify.report.minority import minority_diagram, minority_page

    out, shown = Path(args.out), []
    lines = [",".join(COLUMNS)]
    for model, rows in diagrams.items():
        name = title(model, args)
        svg = minority_diagram(name, rows, border(model, rows, args))
        write_whole(out / f"{model}.svg", svg)
        shown.append((name, svg, rows))
        lines += [",".join(str(getattr(cell, column)) for column in COLUMNS) for row in rows for cell in row]
    write_whole(out / TABLE, "\n".join(lines) + "\n")
    write_whole(out / PAGE, minority_page(shown))


def _report(model: str, rows: list[list[PhaseCell]], args: argparse.Namespace) -> None:
    from rich.console import Console
    from rich.table import Table

    across, upwards = ("E_W E_H", "R") if model == "layer-peeled" else ("lambda", "n_B")
    table = Table(title=title(model, args), title_justify="left")
    table.add_column(f"{upwards} \\ {across}", justify="right")
    for cell in rows[0]:
        table.add_column(f"{cell.x:.4g}", justify="right")
    if model == "layer-peeled":
        table.add_row("R0", *(f"{cell.threshold:.4g}" for cell in rows[0]), end_section=True)
    for row in rows:
        table.add_row(f"{row[0].y:g}", *(_entry(cell) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    if model == "regularised":
        console.print("they merge for n_B <= N^2 lambda^2", highlight=False)


def _entry(cell: PhaseCell) -> str:
    text = "0" if cell.contrast < 5e-6 else f"{cell.contrast:.2g}"
    return text if cell.agrees else f"{text} !"
