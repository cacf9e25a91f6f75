"""`ncverify landscape --decay`: where descent ends with weight decay on W, H and the bias, over the dimension."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ncverify.commands.text import CommandError, fault, one_line
from ncverify.files import only_writer, write_whole

if TYPE_CHECKING:
    from ncverify.weight_decay import DecayCell

TABLE = "decay.csv"
COLUMNS = (
    "K", "n", "d", "kind", "share", "count", "value", "excess", "rank", "residual", "smallest_eigenvalue", "negative",
    "null", "rotations", "shift",
)  # fmt: skip


def run_decay(args: argparse.Namespace, dimensions: Sequence[int]) -> int:
    """Runs the command; returns 1 where an end point is undecided, else 0.

    Raises:
        CommandError: weights out of range, or a folder that cannot be written.
    """
    from ncverify.weight_decay import DecayProblem, decay_phases

    try:
        problem = DecayProblem((args.n,) * args.K, *args.decay)
    except ValueError as error:
        raise CommandError(f"--decay: {one_line(error)}") from error
    try:
        with only_writer(args.out):
            cells = decay_phases(problem, dimensions, starts=args.starts, seed=args.seed)
            lines = [",".join(COLUMNS), *(",".join(map(str, row)) for row in decay_rows(args.K, args.n, cells))]
            write_whole(Path(args.out) / TABLE, "\n".join(lines) + "\n")
    except OSError as error:
        raise fault(error) from error
    _report(cells, args)
    return 1 if any(cell.share("undecided") for cell in cells) else 0


def decay_rows(K: int, n: int, cells: Sequence[DecayCell]) -> list[tuple[object, ...]]:
    """One row of `COLUMNS` for each distinct end point of each dimension."""
    rows: list[tuple[object, ...]] = []
    for cell in cells:
        for end, count in zip(cell.ends, cell.counts, strict=True):
            signs = end.inertia
            ending = (
                end.kind,
                count / sum(cell.counts),
                count,
                end.value,
                end.excess,
                end.rank,
                end.residual,
                end.smallest,
            )
            rows.append((K, n, cell.d, *ending, signs.negative, signs.null, signs.rotations, signs.shift))
    return rows


def _report(cells: Sequence[DecayCell], args: argparse.Namespace) -> None:
    from rich.console import Console
    from rich.table import Table

    weights = "lambda_W = {:g}, lambda_H = {:g}, lambda_b = {:g}".format(*args.decay)
    table = Table(title=f"Where descent ends, K = {args.K}, n = {args.n}, {weights}", title_justify="left")
    for name in ("d", "global minimum", "other local minima", "lowest value"):
        table.add_column(name, justify="right")
    for cell in cells:
        others = sum(end.kind == "local minimum" for end in cell.ends)
        table.add_row(str(cell.d), f"{cell.share('global minimum'):.0%}", str(others), f"{cell.ends[0].value:.8g}")
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    console.print(f"written: {one_line(args.out)}/{TABLE}", highlight=False, soft_wrap=True)
