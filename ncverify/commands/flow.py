"""`ncverify flow`: the gradient flow of the layer-peeled model to any log t, as trajectory, table and figure.

Flows of the squared loss are `ncverify.commands.flow_mse`.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ncverify.commands.interrupt import interrupt_as_request
from ncverify.commands.text import CommandError, fault, one_line
from ncverify.files import only_writer, write_whole

if TYPE_CHECKING:
    from ncverify.flow import Trajectory
    from ncverify.point import Point

TRAJECTORY, TABLE, FIGURE, SLOPES = "trajectory.npz", "table.csv", "figure.svg", "slopes.csv"
PARQUET, DESCENT, LEARNING_RATE = "trajectory.parquet", "descent.npz", 5.0

DESCRIPTION = """\
Follows the gradient flow of the summed loss (2.3) from a random start, or from the arrays W (K, d) and H (d, K*n) of a
.npz file, until log t reaches a value, and writes into a folder

  trajectory.npz   points and quantities, exact; --resume goes on from its end
  table.csv        one line for each recorded moment
  figure.svg       the four panels of Figure 2 on the paper's window, and to the end of this flow
  slopes.csv       d log(metric) / d log(log t) over decades of log t, over all --starts

A flow to log t = 1e4 (t = 10^4343) takes seconds. The error estimate is the drift of the conserved quantities.

With --model mse: four flows of the squared loss until time --until-t, integrated beside their closed forms: gradient
flow on the invariant subspace, linearised at zero, projected on {SW = I}, and renormalised after each step

  mse.csv          singular values at each time, integrated and by closed form
  mse.svg          the same as a picture"""

EPILOG = """\
exit codes:
  0    the flow reached its end; with --model mse, each integration agrees with its closed form to seven digits
  1    it ended before: a line tells where and why. Ctrl-C ends it so, and --resume goes on; twice, it ends at once
  2    wrong usage or input; one line on standard error tells why
  3    the folder cannot be written, or another run writes into it"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds this command to the command line."""
    parser = subparsers.add_parser(
        "flow",
        help="follow the gradient flow to any log t",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--model", choices=("layer-peeled", "mse"), default="layer-peeled", help="which flows (default layer-peeled)"
    )
    parser.add_argument("--K", type=int, default=5, help="classes (default 5)")
    parser.add_argument("--n", type=int, default=10, help="samples per class (default 10)")
    parser.add_argument("--d", type=int, default=20, help="dimension of the features (default 20)")
    parser.add_argument("--until-log-t", type=float, metavar="X", help="where to stop (default 1e4)")
    parser.add_argument("--until-t", type=float, metavar="T", help="where to stop with --model mse (default 200)")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for the results; made if it is not there")
    parser.add_argument("--seed", type=int, default=0, help="of the random start (default 0)")
    parser.add_argument("--scale", type=float, default=1.0, help="standard deviation of the start (default 1)")
    parser.add_argument("--start", metavar="FILE", help=".npz with W and H instead of a random start")
    parser.add_argument("--rtol", type=float, default=1e-8, help="local error relative to the norm (default 1e-8)")
    parser.add_argument(
        "--per-decade", type=int, metavar="M", help="records per decade of log t (default 20), or of t (default 8)"
    )
    parser.add_argument("--resume", action="store_true", help="go on from DIR/trajectory.npz")
    parser.add_argument(
        "--starts", type=int, default=1, metavar="M", help="random starts for the slopes' 95%% intervals (default 1)"
    )
    parser.add_argument(
        "--descent",
        type=int,
        default=0,
        metavar="EPOCHS",
        help="gradient descent from the same start too, on the mean loss at the paper's learning rate 5",
    )
    parser.add_argument("--parquet", action="store_true", help="write DIR/trajectory.parquet too (extra parquet)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; returns the exit code.

    Raises:
        CommandError: wrong options, an unreadable file, or a start that the flow cannot leave.
    """
    if args.per_decade is not None and args.per_decade < 1:
        raise CommandError(f"--per-decade: expected at least 1, got {args.per_decade}")
    if args.model == "mse":
        from ncverify.commands.flow_mse import run_mse

        args.until_t = 200.0 if args.until_t is None else args.until_t
        return run_mse(args)
    if args.until_t is not None:
        raise CommandError("--until-t: only with --model mse; the layer-peeled flow has --until-log-t")
    args.until_log_t = 1e4 if args.until_log_t is None else args.until_log_t
    args.per_decade = 20 if args.per_decade is None else args.per_decade
    return _run_layer_peeled(args)


def _run_layer_peeled(args: argparse.Namespace) -> int:
    out = Path(args.out)
    if not math.isfinite(args.until_log_t):
        raise CommandError(f"--until-log-t: expected a finite number, got {args.until_log_t}")
    if args.starts < 1 or (args.starts > 1 and (args.resume or args.start is not None)):
        raise CommandError(f"--starts: expected at least 1, and 1 with --resume or --start, got {args.starts}")
    if args.descent < 0:
        raise CommandError(f"--descent: expected a number of epochs, got {args.descent}")
    if args.parquet and find_spec("pyarrow") is None:
        raise CommandError("--parquet: needs pyarrow, pip install 'ncverify[parquet]'")
    try:
        with only_writer(out):
            trajectories = _all_followed(args, out)
            files = _write(trajectories, out, args)
    except OSError as error:
        raise fault(error) from error
    except (ValueError, ArithmeticError) as error:
        raise CommandError(one_line(error)) from error
    _report(trajectories, out, files)
    reached = min(float(path["log_t"][-1]) for path in trajectories)
    return 0 if reached >= args.until_log_t - 1e-9 * max(1.0, abs(args.until_log_t)) else 1


def _all_followed(args: argparse.Namespace, out: Path) -> list[Trajectory]:
    """One trajectory for each start, fewer where the user asked to stop."""
    paths: list[Trajectory] = []
    with interrupt_as_request() as wished:
        while len(paths) < args.starts and not wished():
            paths.append(_followed(args, out, args.seed + len(paths), wished))
    return paths


def _followed(args: argparse.Namespace, out: Path, seed: int, wished: Callable[[], bool]) -> Trajectory:
    from ncverify.flow import Trajectory, gradient_flow, resume
    from ncverify.flow.integration import log_time_grid

    if args.resume and not (out / TRAJECTORY).is_file():
        raise CommandError(f"--resume: {one_line(out)} has no {TRAJECTORY} to go on from")
    grid = log_time_grid(args.until_log_t, args.per_decade)
    with _progress(args.until_log_t) as show:

        def progress(log_t: float) -> bool:
            show(log_t)
            return wished()

        options = {"until_log_t": args.until_log_t, "rtol": args.rtol, "record": grid, "progress": progress}
        if args.resume:
            return resume(Trajectory.load(out / TRAJECTORY), **options)
        return gradient_flow(_start(args, seed), **options)


def _start(args: argparse.Namespace, seed: int) -> Point:
    import numpy as np

    from ncverify.point import Point

    if args.start is not None:
        return _point_of(Path(args.start))
    for name, least in (("K", 2), ("n", 1), ("d", 1)):
        if getattr(args, name) < least:
            raise CommandError(f"--{name}: expected at least {least}, got {getattr(args, name)}")
    if not (0 < args.scale < 1e6):
        raise CommandError(f"--scale: expected between 0 and 1e6, got {args.scale}")
    rng = np.random.default_rng(seed)
    W = args.scale * rng.standard_normal((args.K, args.d))
    return Point(W, args.scale * rng.standard_normal((args.d, args.K * args.n)))


def _point_of(file: Path) -> Point:
    import numpy as np

    from ncverify.npz import read_arrays
    from ncverify.point import Point

    try:
        arrays = read_arrays(file)
        for name in ("W", "H"):
            if arrays[name].dtype.kind not in "fiu":
                raise CommandError(f"{one_line(file)}: {name}: expected real numbers, got {arrays[name].dtype}")
        return Point(*(np.asarray(arrays[name], dtype=np.float64) for name in ("W", "H")))
    except KeyError as error:
        raise CommandError(f"{one_line(file)}: no array {error} in the file; expected W and H") from error
    except (TypeError, ValueError) as error:
        raise CommandError(f"{one_line(file)}: {one_line(error)}") from error


def _write(trajectories: list[Trajectory], out: Path, args: argparse.Namespace) -> list[str]:
    """Writes all files; returns their names."""
    from ncverify.commands.flow_figure import figure
    from ncverify.commands.flow_table import slopes
    from ncverify.flow import KKT, METRICS, gradient_descent

    trajectory = trajectories[0]
    trajectory.save(out / TRAJECTORY)
    names = [*trajectory.columns, *METRICS, *KKT]
    rows = zip(*(trajectory[name].tolist() for name in names), strict=True)
    lines = [",".join(names), *(",".join(repr(value) for value in row) for row in rows)]
    write_whole(out / TABLE, "\n".join(lines) + "\n")
    files, descent = [TRAJECTORY, TABLE, FIGURE, SLOPES], None
    if args.descent:
        descent = gradient_descent(trajectory.point(0), learning_rate=LEARNING_RATE, steps=args.descent, loss="mean")
        descent.save(out / DESCENT)
        files.append(DESCENT)
    if args.parquet:
        trajectory.save(out / PARQUET)
        files.append(PARQUET)
    write_whole(out / FIGURE, figure(trajectory, descent))
    fitted = (
        f"{n},{low:g},{high:g},{s.mean!r},{s.half_width!r},{s.trajectories}" for n, low, high, s in slopes(trajectories)
    )
    write_whole(out / SLOPES, "\n".join(["metric,log_t_from,log_t_to,slope,half_width,starts", *fitted]) + "\n")
    return files


def _report(trajectories: list[Trajectory], out: Path, files: list[str]) -> None:
    from rich.console import Console

    from ncverify.commands.flow_table import facts, slope_table, table

    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table(trajectories[0]))
    console.print(slope_table(trajectories))
    for line in facts(trajectories[0]):
        console.print(line, highlight=False, soft_wrap=True)
    console.print(f"written: {one_line(out)}/{{{','.join(files)}}}", highlight=False, soft_wrap=True)


@contextmanager
def _progress(horizon: float) -> Iterator[Callable[[float], None]]:
    """A bar over log log t on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda log_t: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("flow", total=math.log1p(horizon))
        yield lambda log_t: bar.update(task, completed=math.log1p(max(log_t, 0.0)), description=f"log t = {log_t:.3g}")
