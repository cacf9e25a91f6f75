"""Kills commands at random moments and looks at what is left: `python -m tests.faults.campaign --kills 20 --seed 0`.

After each SIGKILL to the whole process group: no file that a program reads is half written, the same command run again
ends as it would have, and a ledger has an entry for every statement.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONJECTURE = """\
from ncverify import Domain, Inequality
DOMAIN = Domain(K=2, n=1, d=(1, 2))
FALSE = Inequality('false', slack=lambda p: 1 - p.q_min)
ALSO = Inequality('also false', slack=lambda p: 2 - p.q_min)
"""


@dataclass(frozen=True)
class Command:
    """A command under test.

    Args:
        name: for the table.
        arguments: from the folder that it writes.
        whole: raises where a finished file in that folder cannot be read.
        expected: exit code of an undisturbed run.
    """

    name: str
    arguments: Callable[[Path], list[str]]
    whole: Callable[[Path], object]
    expected: int = 0


@dataclass
class Outcome:
    """What the kills of one command came to."""

    name: str
    kills: int = 0
    left_something: int = 0
    problems: list[str] = field(default_factory=list)


def ledger_whole(folder: Path) -> None:
    from ncverify.ledger.ledger import read_ledger
    from tests.ulpm import PAPER

    if (folder / "ledger.json").exists():
        assert [e["id"] for e in read_ledger(folder)["statements"]] == [claim.id for claim in PAPER.claims]


def flow_whole(folder: Path) -> None:
    from ncverify.flow import Trajectory

    if (folder / "trajectory.npz").exists():
        Trajectory.load(folder / "trajectory.npz")
    _lines_whole(folder.glob("*.csv"))


def training_whole(folder: Path) -> None:
    from training.checkpoint import newest

    for path in folder.glob("*.json"):
        json.loads(path.read_text())
    _lines_whole(folder.glob("*.csv"))
    newest(folder / "checkpoints", _refused)


def witnesses_whole(folder: Path) -> None:
    from ncverify.falsification.witness import read_witness

    for path in folder.glob("*.json"):
        read_witness(path)


def _lines_whole(paths: object) -> None:
    for path in paths:  # type: ignore[attr-defined]
        lines = path.read_text().splitlines()
        assert len({line.count(",") for line in lines}) == 1, path


def _refused(sentence: str) -> None:
    raise AssertionError(sentence)


def _conjecture(folder: Path) -> str:
    file = folder.parent / "conjecture.py"
    file.write_text(CONJECTURE)
    return str(file)


CHECKED = ["properties/ulpm_2022/test_statements.py", "-k", "eq-2.3 or thm-3.1-bound or thm-3.1-equality"]
PYTHON, NCVERIFY = [sys.executable, "-m"], [sys.executable, "-m", "ncverify.cli"]
COMMANDS = (
    Command(
        "pytest properties/ --ledger",
        lambda d: [*PYTHON, "pytest", *CHECKED, "--profile",
                   "quick", "-q", "-p", "no:cacheprovider", "--ledger", str(d)],
        ledger_whole,
    ),
    Command(
        "ncverify flow",
        lambda d: [*NCVERIFY, "flow", "--K", "3", "--n", "2", "--d", "4", "--until-log-t", "1000", "--out", str(d)],
        flow_whole,
    ),
    Command(
        "python -m training run",
        lambda d: [*PYTHON, "training", "run", "--network", "mlp", "--dataset", "digits", "--width", "0.25", "--epochs",
                   "12", "--device", "cpu", "--threads", "1", "--checkpoint-seconds", "0", "--out", str(d)],
        training_whole,
    ),
    Command(
        "ncverify falsify --workers 2 --save",
        lambda d: [*NCVERIFY, "falsify", _conjecture(d), "--evaluations", "2000", "--workers", "2", "--save", str(d)],
        witnesses_whole,
        expected=1,
    ),
)  # fmt: skip


def killed(command: Command, kills: int, seed: int) -> Outcome:
    """Runs a command once undisturbed, for its length, then kills so many runs of it at random moments."""
    outcome, chance = Outcome(command.name), random.Random(f"{seed} {command.name}")
    with tempfile.TemporaryDirectory() as place:
        begun = time.monotonic()
        code = _run(command, Path(place) / "whole")
        length = time.monotonic() - begun
        if code != command.expected:
            outcome.problems.append(f"undisturbed it ends with {code}")
        folder = Path(place) / "out"
        for _ in range(3 * kills):
            if outcome.kills < kills and not _kill_once(command, folder, chance.uniform(0.1, 0.9) * length, outcome):
                shutil.rmtree(folder)  # it was done before: the next one starts anew
        if _run(command, folder) != command.expected:
            outcome.problems.append("a run after all kills does not complete")
        _look(command, folder, outcome, "after a whole run")
    return outcome


def _kill_once(command: Command, folder: Path, after: float, outcome: Outcome) -> bool:
    """Whether the signal came before the end."""
    child = subprocess.Popen(
        command.arguments(folder),
        cwd=ROOT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(after)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    killed = child.wait() == -signal.SIGKILL
    outcome.kills += killed
    outcome.left_something += killed and any(p.is_file() for p in folder.rglob("[!.]*"))
    _look(command, folder, outcome, f"killed after {after:.2f} s")
    return killed


def _look(command: Command, folder: Path, outcome: Outcome, when: str) -> None:
    try:
        command.whole(folder)
    except Exception as error:
        outcome.problems.append(f"{when}: {type(error).__name__}: {error}")


def _run(command: Command, folder: Path) -> int:
    return subprocess.run(command.arguments(folder), cwd=ROOT, capture_output=True).returncode


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the campaign; 0 when nothing was left half done."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.campaign", description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=20, help="of each command (default 20)")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    problems = 0
    for command in COMMANDS:
        outcome = killed(command, args.kills, args.seed)
        problems += len(outcome.problems)
        numbers = f"{outcome.kills} killed, {outcome.left_something} of them with finished files"
        sys.stdout.write(f"{outcome.name:38}{numbers}, {len(outcome.problems)} problems\n")
        sys.stdout.writelines(f"  {problem}\n" for problem in outcome.problems)
        sys.stdout.flush()
    return int(problems > 0)


if __name__ == "__main__":
    sys.exit(main())
