"""`ncverify landscape`: where descent on spheres ends, over the dimension and the radius, as table and figure."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ncverify.commands.landscape_decay import run_decay
from ncverify.commands.text import CommandError, fault, one_line
from ncverify.files import only_writer, write_whole

if TYPE_CHECKING:
    from ncverify.landscape import Cell

TABLE, FIGURE = "phases.csv", "phases.svg"
COLUMNS = (
    "K", "n", "d", "rho", "kind", "share", "count", "loss", "excess", "multiplier", "rank", "residual",
    "smallest_eigenvalue", "gap", "rotations", "tube",
)  # fmt: skip

DESCRIPTION = """\
Starts descents of the loss at random points of spheres, for every dimension d and radius rho, and classifies where they
end: neural collapse, another local minimum of the loss on the sphere (certified: its Hessian vanishes along rotations
only), or a saddle. Writes into a folder

  phases.csv   one line for each kind of end point of each cell, with its certificate
  phases.svg   the share of starts that end collapsed

Collapse is possible for d >= K-1 only; below, every end point is another local minimum, and there may be several.

With --decay L_W L_H L_B it is the landscape with weight decay on W, H and the bias, without spheres, over the dimension
alone; the folder gets decay.csv, with the signs of the spectrum of each end point."""

EPILOG = """\
exit codes:
  0    every end point was classified
  1    some end points are undecided; the table has them
  2    wrong usage; one line on standard error tells why
  3    the folder cannot be written, or another run writes into it"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds this command to the command line."""
    parser = subparsers.add_parser(
        "landscape",
        help="which end points does the loss have on its spheres?",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--K", type=int, default=4, help="classes (default 4)")
    parser.add_argument("--n", type=int, default=1, help="samples per class (default 1)")
    parser.add_argument("--d", type=int, nargs="+", metavar="D", help="dimensions (default 2 to 2K)")
    parser.add_argument(
        "--rho", type=float, nargs="+", metavar="R", default=[0.5, 1.0, 2.0, 3.0, 4.0, 6.0], help="radii of the spheres"
    )
    parser.add_argument(
        "--decay", type=float, nargs=3, metavar=("L_W", "L_H", "L_B"), help="weights of |W|^2/2, |H|^2/2 and |b|^2/2"
    )
    parser.add_argument("--starts", type=int, default=20, metavar="N", help="random starts per cell (default 20)")
    parser.add_argument("--seed", type=int, default=0, help="of the starts (default 0)")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for the results; made if it is not there")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; returns the exit code.

    Raises:
        CommandError: wrong options, or a folder that cannot be written.
    """
    dimensions = args.d or list(range(2, 2 * args.K + 1))
    _check(args, dimensions)
    if args.decay is not None:
        return run_decay(args, dimensions)
    try:
        with only_writer(args.out):
            cells = _computed(args, dimensions)
            _write(cells, Path(args.out))
    except OSError as error:
        raise fault(error) from error
    _report(cells, args.out)
    return 1 if any(cell.share("undecided") for row in cells for cell in row) else 0


def _check(args: argparse.Namespace, dimensions: list[int]) -> None:
    from ncverify.landscape.riemannian import LARGEST_DENSE

    for name, least in (("K", 2), ("n", 1), ("starts", 1)):
        if getattr(args, name) < least:
            raise CommandError(f"--{name}: expected at least {least}, got {getattr(args, name)}")
    if min(dimensions) < 1:
        raise CommandError(f"--d: expected at least 1, got {min(dimensions)}")
    if not all(0 < rho < 30 for rho in args.rho):
        raise CommandError(f"--rho: expected radii between 0 and 30, got {args.rho}")
    size = args.K * (1 + args.n) * max(dimensions)
    if size > LARGEST_DENSE:
        raise CommandError(f"K, n, d: {size} coordinates exceed the {LARGEST_DENSE} that certificates are computed for")


def _computed(args: argparse.Namespace, dimensions: list[int]) -> list[list[Cell]]:
    from ncverify.landscape import phase_cell

    cells: list[list[Cell]] = []
    with _progress(len(dimensions) * len(args.rho)) as advance:
        for d in dimensions:
            cells.append([])
            for rho in args.rho:
                cells[-1].append(phase_cell(args.K, args.n, d, rho, starts=args.starts, seed=args.seed))
                advance()
    return cells


def table_rows(cells: list[list[Cell]]) -> list[tuple[object, ...]]:
    """One row of `COLUMNS` for each kind of end point of each cell."""
    rows: list[tuple[object, ...]] = []
    for cell in (cell for row in cells for cell in row):
        for end in cell.endings:
            at = end.example
            certificate = (at.multiplier, at.rank, at.residual, at.smallest, at.gap, at.rotations, at.tube)
            shape = (cell.K, cell.n, cell.d, cell.rho)
            rows.append((*shape, end.kind, end.count / cell.starts, end.count, end.loss, end.excess, *certificate))
    return rows


def _write(cells: list[list[Cell]], out: Path) -> None:
    from ncverify.report.phases import phase_diagram
    from ncverify.report.standalone import standalone

    rows, first = table_rows(cells), cells[0][0]
    lines = [",".join(COLUMNS), *(",".join(str(value) for value in row) for row in rows)]
    diagram = phase_diagram([dict(zip(COLUMNS, row, strict=True)) for row in rows])
    title = f"Share of random starts that end collapsed, K = {first.K}, n = {first.n}"
    write_whole(out / TABLE, "\n".join(lines) + "\n")
    write_whole(out / FIGURE, standalone([[diagram]], title, "m: other local minima found; below the line d < K-1"))


def _report(cells: list[list[Cell]], out: str) -> None:
    from rich.console import Console
    from rich.table import Table

    first = cells[0][0]
    table = Table(title=f"Share of starts that end collapsed, K = {first.K}, n = {first.n}")
    table.add_column("d")
    for cell in cells[0]:
        table.add_column(f"rho = {cell.rho:g}", justify="right")
    for row in cells:
        table.add_row(str(row[0].d), *(_entry(cell) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    console.print(f"written: {one_line(out)}/{{{TABLE},{FIGURE}}}", highlight=False, soft_wrap=True)


def _entry(cell: Cell) -> str:
    """The share, and how many different other local minima were found."""
    others = sum(end.kind == "local minimum" for end in cell.endings)
    text = f"{cell.share('collapsed'):.0%}"
    return text if not others else f"{text} ({others} other minim{'a' if others > 1 else 'um'})"


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("cells", total=total)
        yield lambda: bar.advance(task)
