"""`ncverify new-paper FILE`: a file to start one's own paper with."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from pathlib import Path

from ncverify.commands.text import CommandError, fault, one_line

DESCRIPTION = """\
Writes a Python file with a PAPER of two statements: one that is true, and one that is false as printed, with its
counterexample, its correction and false neighbours. It runs as it is; put your own statements in their place."""

EPILOG = """\
exit codes:
  0    written
  2    FILE exists already, or is no .py file, or its folder does not exist"""

TEMPLATE = r"""
'The statements of my paper. To examine them: ncverify check FILE --ledger results --report'

from ncverify import Inequality, Space, Variable
from ncverify.papers import Claim, Correction, Neighbour, Paper, Part, Witness

# Over which points: sizes by name, arrays by their sizes, scalars. Each is drawn, attacked, shrunk, confirmed exactly.
SPACE = Space(sizes={"d": (1, 3)}, variables={"x": Variable("d"), "y": Variable("d"), "lam": Variable(positive=True)})


def young(name, right, strict=False):  # 2 <x, y> <= right; a slack is the right side minus the left one
    return Inequality(name, slack=lambda p: right(p) - 2 * p.xp.sum(p.x * p.y), strict=strict)


def squares(p, a, b):
    return a * p.xp.sum(p.x * p.x) + b * p.xp.sum(p.y * p.y)


YOUNG = young("2 <x, y> <= lam |x|^2 + |y|^2 / lam", lambda p: squares(p, p.lam, 1 / p.lam))
STRICT = young("2 <x, y> < lam |x|^2 + |y|^2 / lam", lambda p: squares(p, p.lam, 1 / p.lam), strict=True)
SMALLER = young("2 <x, y> <= 0.99 lam |x|^2 + |y|^2 / lam", lambda p: squares(p, 0.99 * p.lam, 1 / p.lam))
PRINTED = young("2 <x, y> <= lam |x|^2 + |y|^2", lambda p: squares(p, p.lam, 1))

LEMMA = Claim(  # one that is true; false neighbours show that the search would find a mistake in it
    id="lem-1",
    where="Lemma 1",
    printed=r"2\langle x,y\rangle\le\lambda\|x\|^2+\|y\|^2/\lambda",
    verdict="holds",
    reason="the square of sqrt(lam) x - y / sqrt(lam)",
    parts=(Part(YOUNG, domain=SPACE),),
    neighbours=(Neighbour(STRICT, SPACE), Neighbour(SMALLER, SPACE)),
)
EQUATION = Claim(  # one that is false as printed: a counterexample, which is verified again, and what is true instead
    id="eq-2",
    where="Equation 2",
    printed=r"2\langle x,y\rangle\le\lambda\|x\|^2+\|y\|^2",
    verdict="false",
    reason="the last term has to be divided by lam",
    severity="local",  # whether the theorems survive: "theorem", "proof", "local" (none uses it), "misprint"
    parts=(Part(PRINTED, domain=SPACE, witness=Witness(x=[2], y=[1], lam="1/2")),),
    correction=Correction(latex=LEMMA.printed, parts=LEMMA.parts),
)
PAPER = Paper(key="KEY", title="My paper", authors="Me", claims=(LEMMA, EQUATION))
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds this command to the command line."""
    parser = subparsers.add_parser(
        "new-paper",
        help="write a file to begin a paper of your own with",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", help="the file to write, for instance my_paper.py")
    parser.set_defaults(run=run)


def template(file: str) -> str:
    """The text of a new paper file of a name."""
    key = re.sub(r"[^a-z0-9]+", "-", Path(file).stem.lower()).strip("-") or "my-paper"
    return TEMPLATE.lstrip().replace("FILE", Path(file).name).replace("KEY", key).replace("'", '"""', 2)


def run(args: argparse.Namespace) -> int:
    """Runs the command; returns the exit code.

    Raises:
        CommandError: the file exists, is no .py file, or cannot be written.
    """
    if not args.file.endswith(".py"):
        raise CommandError(f"{one_line(args.file)}: expected the name of a Python file (.py)")
    try:
        with Path(args.file).open("x", encoding="utf-8") as file:
            file.write(template(args.file))
    except FileExistsError as error:
        raise CommandError(f"{one_line(args.file)}: exists already; nothing was written") from error
    except OSError as error:
        raise fault(error) from error
    sys.stdout.write(f"written: {one_line(args.file)}; now: ncverify check {shlex.quote(args.file)}\n")
    return 0
