"""Mutation testing of the mathematics: `python -m tests.mutation.campaign slack collapse`, with mutmut installed.

mutmut changes one operator, number or argument at a time; a mutant is killed where a test of the mirrored folder fails.
It works in a copy of the project, on one target at a time, so that each module is judged by its own tests alone. The
survivors that are known to change nothing are in survivors.toml, with the reason; any other survivor ends the campaign
with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
KNOWN = Path(__file__).with_name("survivors.toml")
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".tox", ".hypothesis", ".*_cache", "__pycache__", "data", "runs", "ledger", "mutants"
)
KINDS = {  # by mutmut's exit codes of the tests of one mutant
    "killed": (1, 3),
    "survived": (0, 5, 33),  # 5 and 33: no test came by
    "endless": (24, -24, 36, 152, 255),
    "not run": (None, 2, 34),
}

TARGETS: dict[str, tuple[list[str], list[str]]] = {
    "model": (["ncverify/model/*"], ["tests/model"]),
    "collapse": (
        ["ncverify/collapse/*"],
        # the doors of the packages read signatures, which mutmut's own functions hide
        ["tests/collapse", "--deselect=tests/collapse/test_simplex.py::test_what_is_no_collapsed_point_is_refused"],
    ),
    "slack": (["ncverify/slack/*"], ["tests/slack"]),
    "formulas": (["ncverify/metrics/formulas.py"], ["tests/metrics/test_formulas.py"]),
    "margins": (["ncverify/metrics/margins.py"], ["tests/metrics/test_margins.py"]),
    "scatter": (["ncverify/metrics/scatter.py"], ["tests/metrics/test_scatter.py"]),
    "residuals": (
        ["ncverify/separation/residuals.py", "ncverify/separation/constraints.py"],
        ["tests/separation/test_constraints.py", "tests/separation/test_residuals.py"],
    ),
    "sphere": (
        ["ncverify/landscape/sphere.py", "ncverify/landscape/riemannian.py"],
        ["tests/landscape/test_sphere.py", "tests/landscape/test_riemannian.py"],
    ),
    "spectra": (["ncverify/landscape/spectra.py"], ["tests/landscape/test_spectra.py"]),
    "invariants": (
        ["ncverify/flow/invariants.py", "ncverify/flow/clock.py"],
        ["tests/flow/test_invariants.py", "tests/flow/test_clock.py"],
    ),
    "rational": (
        ["ncverify/numbers/rational.py", "ncverify/numbers/surd.py"],
        ["tests/numbers/test_rational.py", "tests/numbers/test_exact_arrays.py"],
    ),
    "ball": (["ncverify/numbers/ball.py"], ["tests/numbers/test_ball.py", "tests/numbers/test_exact_arrays.py"]),
    "truth": (["ncverify/numbers/truth.py"], ["tests/numbers/test_truth.py"]),
    "degree": (["ncverify/numbers/degree.py"], ["tests/numbers/test_degree.py"]),
}


@dataclass(frozen=True)
class Survivor:
    """A mutant that no test noticed: the function it is in, the line as it was and as it became."""

    function: str
    was: str
    became: str


@dataclass
class Outcome:
    """What became of the mutants of one file."""

    file: str
    counts: Counter[str] = field(default_factory=Counter)
    survivors: list[Survivor] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """The share of mutants that the tests noticed, of all that were made."""
        noticed = sum(self.counts[name] for name in ("killed", "endless", "crashed"))
        return noticed / max(1, self.counts.total())


def kind(exit_code: int | None) -> str:
    """killed, survived, endless, not run; or crashed."""
    return next((name for name, codes in KINDS.items() if exit_code in codes), "crashed")


def changed_line(diff: str) -> tuple[str, str]:
    r"""The line that a mutant changes, as it was and as it became, from mutmut's diff.

    Example:
        >>> changed_line("--- a\n+++ b\n@@ -1 +1 @@\n def f():\n-    return 1\n+    return 2\n")
        ('return 1', 'return 2')
    """
    body = diff.partition("@@")[2].splitlines()
    was = " ".join(line[1:].strip() for line in body if line.startswith("-"))
    return was, " ".join(line[1:].strip() for line in body if line.startswith("+"))


def known_survivors() -> set[Survivor]:
    """Those that survivors.toml explains."""
    groups = tomllib.loads(KNOWN.read_text(encoding="utf-8"))["survivors"]
    return {
        Survivor(group["function"], change["was"], became)
        for group in groups
        for change in group["changes"]
        for became in change["became"]
    }


def project_copy(folder: Path, files: Sequence[str], tests: Sequence[str]) -> Path:
    """A copy of the project whose pyproject.toml tells mutmut what to mutate and which tests to run."""
    copy = folder / "project"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    also = [path.name for path in copy.iterdir() if path.name not in ("ncverify", "tests", "pyproject.toml")]
    config = {
        "source_paths": ["ncverify"],
        "also_copy": also,
        "only_mutate": list(files),
        "pytest_add_cli_args_test_selection": list(tests),
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in config.items()]
    with (copy / "pyproject.toml").open("a", encoding="utf-8") as pyproject:
        pyproject.write("\n[tool.mutmut]\n" + "\n".join(lines) + "\n")
    return copy


def mutmut(copy: Path, *arguments: str) -> str:
    """What mutmut printed."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True).stdout


def outcomes(copy: Path) -> Iterator[Outcome]:
    """What became of the mutants of each file that was mutated."""
    for path in sorted((copy / "mutants").rglob("*.meta")):
        results = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        found = Outcome(str(path.relative_to(copy / "mutants")).removesuffix(".meta"))
        found.counts.update(kind(code) for code in results.values())
        for name, code in results.items():
            if kind(code) == "survived":
                was, became = changed_line(mutmut(copy, "show", name))
                found.survivors.append(Survivor(name.partition("__mutmut_")[0], was, became))
        if results:
            yield found


def table(found: Sequence[Outcome], known: set[Survivor]) -> list[str]:
    """The rows of a Markdown table."""
    kinds = ("killed", "endless", "crashed", "not run", "survived")
    rows = ["| file | mutants | " + " | ".join(kinds) + " | of these explained | kill rate |", "|---" * 9 + "|"]
    for outcome in found:
        counts = (outcome.counts[name] for name in kinds)
        cells = (outcome.counts.total(), *counts, sum(survivor in known for survivor in outcome.survivors))
        rows.append(f"| `{outcome.file}` | " + " | ".join(map(str, cells)) + f" | {outcome.rate:.1%} |")
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.campaign", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all by default")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the outcomes, with the survivors, to this file")
    options = parser.parse_args(arguments)
    unknown = set(options.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    found: list[Outcome] = []
    for target in options.targets or TARGETS:
        with tempfile.TemporaryDirectory() as folder:
            copy = project_copy(Path(folder), *TARGETS[target])
            said = mutmut(copy, "run", "--max-children", str(options.processes))
            found += outcomes(copy)
        if not found or found[-1].counts["not run"]:
            sys.stdout.write("".join(line + "\n" for line in said.splitlines()[-30:]))
    known = known_survivors()
    unexplained = [survivor for outcome in found for survivor in outcome.survivors if survivor not in known]
    if options.json:
        content = [{**vars(o), "survivors": [vars(s) for s in o.survivors], "rate": o.rate} for o in found]
        options.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    lines = [*table(found, known), *(f"{s.function}: {s.was!r} became {s.became!r}" for s in unexplained)]
    sys.stdout.write("\n".join(lines) + "\n")
    complete = bool(found) and not any(outcome.counts["not run"] for outcome in found)
    return 0 if complete and not unexplained else 1


if __name__ == "__main__":
    sys.exit(main())
