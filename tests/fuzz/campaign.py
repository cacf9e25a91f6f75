"""Feeds every reader with damaged and hostile input: `python -m tests.fuzz.campaign --inputs 100000 --seed 0`.

Each reader runs in a process of its own. What breaks a promise (an exception that is not documented, a hang, memory,
code, a write elsewhere, markup in a page) is kept in the folder --findings, one input for each kind.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz.guards import Violation, watched
from tests.fuzz.kept import write
from tests.fuzz.readers import Reader, readers

BATCH = 500


@dataclass
class Outcome:
    """What became of the inputs of one reader."""

    reader: str
    inputs: int = 0
    accepted: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    findings: dict[str, str] = field(default_factory=dict)


def campaign(reader: Reader, inputs: int, seed: int, keep: Path | None = None) -> Outcome:
    """Feeds one reader with so many inputs.

    Args:
        reader: the reader.
        inputs: how many.
        seed: of Hypothesis.
        keep: folder for inputs that broke a promise.
    """
    outcome, start = Outcome(reader.name), time.monotonic()
    batch = 0
    while outcome.inputs < inputs:
        _batch(reader, min(BATCH, inputs - outcome.inputs), seed * 100_003 + batch, outcome, keep)
        batch += 1
    outcome.seconds = round(time.monotonic() - start, 1)
    return outcome


def _batch(reader: Reader, count: int, seed: int, outcome: Outcome, keep: Path | None) -> None:
    options = settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )

    @hypothesis.seed(seed)
    @options
    @given(reader.inputs)
    def feed(content: Any) -> None:
        begun = time.process_time()
        try:
            outcome.accepted += fed(reader, content)
        except (Exception, Violation) as error:
            kind = fingerprint(error)
            if kind not in outcome.findings:
                outcome.findings[kind] = "".join(traceback.format_exception(error))[-1500:]
                if keep is not None:
                    name = hashlib.sha256(kind.encode()).hexdigest()[:10]
                    write(keep / f"{reader.name}-{name}.json", content)
        outcome.inputs += 1
        outcome.slowest = max(outcome.slowest, time.process_time() - begun)

    feed()


def fed(reader: Reader, content: Any) -> bool:
    """Whether a reader accepted an input; every promise is watched."""
    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings():
        warnings.simplefilter("error")
        folder = Path(place) / "in"
        folder.mkdir()
        with watched(folder):
            accepted = reader.call(folder, content)
        if [path.name for path in Path(place).iterdir()] != ["in"]:
            raise Violation("write outside: a file beside the folder")
        return accepted


def fingerprint(error: BaseException) -> str:
    """The kind of a finding: the exception and the last line of this project that it went through."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/tests/" not in f.filename]
    own = [f for f in frames if "/ncverify/" in f.filename or "/training/" in f.filename]
    where = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "reader"
    text = str(error)[:60] if isinstance(error, Violation) else ""
    return f"{type(error).__name__} {where} {text}".strip()


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the campaign; 0 when every promise held, 1 when one was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.campaign", description=__doc__.partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=100_000, help="over all readers together (default 100000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reader", action="append", help="only this one; repeatable")
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"), help="folder for what broke a promise")
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    found = [r for r in readers() if not args.reader or r.name in args.reader]
    if args.json:
        say(json.dumps(asdict(campaign(found[0], args.inputs, args.seed, args.findings))))
        return 0
    shares = [1 / reader.costly for reader in found]
    say(f"{'reader':14}{'inputs':>9}{'accepted':>10}{'seconds':>9}{'slowest':>9}  findings")
    total = broken = 0
    for reader, share in zip(found, shares, strict=True):
        outcome = _elsewhere(reader.name, -(-int(args.inputs * share) // int(sum(shares)) or 1), args)
        total, broken = total + outcome.inputs, broken + len(outcome.findings)
        numbers = f"{outcome.inputs:9,}{outcome.accepted:10,}{outcome.seconds:9.0f}{outcome.slowest:9.2f}"
        say(f"{reader.name:14}{numbers}  {len(outcome.findings)}")
        for kind, text in outcome.findings.items():
            say(f"  {kind}\n{text}")
    say(f"{'all':14}{total:9,}{'':28}  {broken}")
    return int(broken > 0)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _elsewhere(name: str, inputs: int, args: argparse.Namespace) -> Outcome:
    """The outcome of one reader in a process of its own, which may crash without taking the campaign with it."""
    command = [sys.executable, "-m", "tests.fuzz.campaign", "--json", "--reader", name]
    command += ["--inputs", str(inputs), "--seed", str(args.seed), "--findings", str(args.findings)]
    ended = subprocess.run(command, capture_output=True, text=True)
    with suppress(ValueError, IndexError):
        return Outcome(**json.loads(ended.stdout.splitlines()[-1]))
    return Outcome(name, findings={f"the process ended with {ended.returncode}": ended.stderr[-1500:]})


if __name__ == "__main__":
    sys.exit(main())
