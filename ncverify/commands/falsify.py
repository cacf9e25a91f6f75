"""`ncverify falsify FILE`: attacks the statements of a user's own file."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ncverify.commands.text import CommandError, fault, one_line

if TYPE_CHECKING:
    from ncverify.commands.user_file import UserStatement
    from ncverify.commands.verdict_output import Result
    from ncverify.falsification.verdict import Verdict

DESCRIPTION = """\
Runs every statement (Inequality, Identity, Equivalence, Implication, Existence, Trend, ForAll, OverShapes, Optimum)
that a Python file has at module level: searches for a violation in floating point over all shapes, and confirms what it
finds in exact arithmetic.

A `DOMAIN` at module level says over which shapes of (W, H), a `SPACE` over which variables of your own: one for all, or
a dictionary of them by variable or statement name; --K, --n and --d override a DOMAIN. The file is executed, so it has
to be trusted as any program."""

EPILOG = """\
exit codes:
  0    no statement was falsified
  1    at least one was; each violation is confirmed exactly
  2    the file cannot be read or run, or a statement cannot be evaluated; the others are attacked all the same"""

Progress = Callable[[int, int], None]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds this command to the command line."""
    parser = subparsers.add_parser(
        "falsify",
        help="attack the statements of a file of your own",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", help="a Python file with statements")
    parser.add_argument("--seed", type=_natural, default=0, help="of every random choice (default 0)")
    parser.add_argument("--budget", type=_positive, default=30.0, metavar="SECONDS", help="per statement (default 30)")
    parser.add_argument(
        "--evaluations", type=_natural, metavar="N", help="points per statement, about (default 600000)"
    )
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes; -1 is all cores (default 1)")
    parser.add_argument(
        "--device", default="cpu", metavar="NAME", help="of torch, such as cuda, where points are evaluated (cpu)"
    )
    for name, what in (("K", "classes"), ("n", "samples per class"), ("d", "dimension of the features")):
        parser.add_argument(
            f"--{name}", type=int, nargs="+", metavar=name, help=f"{what}: one number, or lowest and highest"
        )
    parser.add_argument(
        "--only", metavar="NAME", action="append", help="run only this variable or statement; repeatable"
    )
    parser.add_argument("--save", metavar="DIR", help="write a witness file for each falsified statement into DIR")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON instead of text")
    form.add_argument("--latex", action="store_true", help="print LaTeX instead of text: a line for each statement")
    parser.set_defaults(run=run)


def _natural(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"expected a number >= 0, got {value}")
    return value


def _positive(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"expected a number of seconds > 0, got {text}")
    return value


def run(args: argparse.Namespace) -> int:
    """Runs the command; returns the exit code.

    Raises:
        CommandError: the file or an argument cannot be used.
    """
    from ncverify.commands.user_file import read_statements
    from ncverify.commands.verdict_output import Result, to_dict, to_latex, to_text

    statements = _chosen(read_statements(args.file, _ranges(args)), args.only)
    options = _options(args)
    results: list[Result] = []
    for user in statements:
        with _progress(user.statement.name) as progress:
            result = _attacked(user, options | {"progress": progress})
        if args.save is not None and result.verdict is not None and result.verdict.witness is not None:
            result = Result(
                user, result.verdict, saved=_saved(args, user.variable, result.verdict, {r.saved for r in results})
            )
        results.append(result)
        if not args.json:
            sys.stdout.write(to_latex(result) + "\n" if args.latex else to_text(result) + "\n\n")
    code = (
        2
        if any(r.error for r in results)
        else int(any(r.verdict is not None and r.verdict.witness is not None for r in results))
    )
    if args.json:
        report = {"file": args.file, "seed": args.seed, "exit_code": code, "statements": [to_dict(r) for r in results]}
        sys.stdout.write(json.dumps(report, indent=2, allow_nan=False) + "\n")
    return code


def _attacked(user: UserStatement, options: dict[str, Any]) -> Result:
    from ncverify.commands.verdict_output import Result
    from ncverify.errors import StatementError
    from ncverify.falsification.campaign import falsify

    try:
        return Result(user, falsify(user.statement, user.domain, **options))
    except StatementError as error:
        return Result(user, None, error=str(error))


def _options(args: argparse.Namespace) -> dict[str, Any]:
    from ncverify.falsification.campaign import DEFAULT_EVALUATIONS

    if args.workers == 0:
        raise CommandError("--workers: expected a number of processes, or -1 for all cores, got 0")
    if args.evaluations == 0:
        raise CommandError("--evaluations: expected a number >= 1, got 0")
    evaluations = args.evaluations or DEFAULT_EVALUATIONS
    options = {"seed": args.seed, "budget": args.budget, "evaluations": evaluations, "workers": args.workers}
    return options | {"device": _usable(args.device)}


def _usable(device: str) -> str:
    from ncverify.errors import BackendUnavailableError
    from ncverify.numbers import backend_namespace

    try:
        backend_namespace("torch", device=device)
    except BackendUnavailableError as error:
        raise CommandError(f"--device: {one_line(error)}") from error
    return device


def _ranges(args: argparse.Namespace) -> dict[str, Any]:
    ranges: dict[str, Any] = {}
    for name in ("K", "n", "d"):
        values = getattr(args, name)
        if values is None:
            continue
        if len(values) > 2:
            raise CommandError(f"--{name}: expected one number, or lowest and highest, got {len(values)} numbers")
        ranges[name] = values[0] if len(values) == 1 else (values[0], values[1])
    return ranges


def _chosen(statements: list[Any], names: list[str] | None) -> list[Any]:
    if names is None:
        return statements
    known = {s.variable for s in statements} | {s.statement.name for s in statements}
    missing = [name for name in names if name not in known]
    if missing:
        raise CommandError(f"--only: no statement {one_line(missing[0])!r}; there are {', '.join(sorted(known))}")
    return [s for s in statements if s.variable in names or s.statement.name in names]


def _saved(args: argparse.Namespace, variable: str, verdict: Verdict, taken: set[str]) -> str:
    """Writes the witness; names that differ in signs only, x["a b"] and x["a_b"], get files of their own."""
    stem = re.sub(r"[^A-Za-z0-9]+", "_", variable).strip("_")[:100] or "statement"
    names = (f"{stem}{ending}.json" for ending in ("", *(f"-{i}" for i in range(2, len(taken) + 3))))
    path = next(path for name in names if str(path := Path(args.save) / name) not in taken)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        verdict.save(path, source=args.file)
    except OSError as error:
        raise fault(error, "--save: ") from error
    return str(path)


@contextmanager
def _progress(name: str) -> Iterator[Progress | None]:
    """A progress bar on standard error; none where that is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        number = bars.add_task(escape(one_line(name)[:60]), total=None)
        yield lambda done, total: bars.update(number, completed=done, total=total)
