"""Mutation testing of the product: `python -m tests.mutation.campaign slack collapse`, with mutmut installed.

mutmut changes one operator, number or argument at a time; a mutant is killed where a test of the mirrored folder fails.
It works in a copy of the project, on one target at a time, so that each part is judged by its own tests alone. With
`--sample N` only N mutants of each file are judged, drawn at random, and with `--minutes M` no target is begun after M
minutes: `--sample 3 --minutes 10` is a look at some parts, another seed looks at others. With `--files M` the sample is
drawn from M files of each target: `falsification ledger papers --files 5 --sample 2` is a look at the search and the
verdicts that takes some minutes. Every survivor is printed. The exit code is 1 where a mutant was not judged, or
where even the upper end of the interval of the kill rate lies below `--least`.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.mutation.outcome import Outcome, Survivor, changed_line, kind, overall, table
from tests.mutation.project import Project, drawn
from tests.mutation.targets import TARGETS, named


def outcomes(project: Project, chosen: dict[str, list[str]]) -> Iterator[Outcome]:
    """What became of the chosen mutants of each file."""
    for file, codes in project.exit_codes().items():
        if file not in chosen:
            continue
        found = Outcome(file, len(codes))
        for name in sorted(chosen[file]):
            found.counts[kind(codes[name])] += 1
            if kind(codes[name]) == "survived":
                was, became = changed_line(project.mutmut("show", name))
                found.survivors.append(Survivor(name.partition("__mutmut_")[0], was, became))
        yield found


def judged(project: Project, sample: int | None, seed: int, files: int | None = None) -> list[Outcome]:
    """What became of the mutants of a target, or of a sample of each file."""
    said = (
        project.run("no such mutant") if sample else project.run()
    )  # makes all mutants, and stops for want of that one
    codes = project.exit_codes()
    chosen = drawn(codes, sample, seed, files) if sample else {file: list(names) for file, names in codes.items()}
    if sample and chosen:
        said = project.run(*(name for names in chosen.values() for name in names))
    found = list(outcomes(project, chosen))
    if not found or any(outcome.counts["not run"] for outcome in found):
        sys.stdout.write("".join(line + "\n" for line in said.splitlines()[-30:]))
    return found


def written(found: Sequence[Outcome]) -> str:
    """The outcomes as JSON, with the survivors."""
    files = [{**vars(outcome), "survivors": [vars(s) for s in outcome.survivors]} for outcome in found]
    return json.dumps({"overall": overall(found), "files": files}, indent=1) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.campaign", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}, or a folder; or all")
    parser.add_argument("--sample", type=int, metavar="N", help="mutants to draw from each file; all by default")
    parser.add_argument("--files", type=int, metavar="M", help="files to draw from each target; all by default")
    parser.add_argument("--seed", type=int, default=0, help="of the draw")
    parser.add_argument("--least", type=float, default=0.9, metavar="RATE", help="the lowest kill rate, 0.9 by default")
    parser.add_argument("--minutes", type=float, metavar="M", help="begin no target after M minutes; the order "
                        "is drawn by the seed, and those that were not begun are named")  # fmt: skip
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the outcomes, with the survivors, to this file")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.targets if not named(name)]:
        parser.error(f"no such target: {', '.join(unknown)}")
    targets = {name: target for asked in options.targets for name, target in named(asked).items()} or TARGETS
    found: list[Outcome] = []
    end = math.inf if options.minutes is None else time.monotonic() + 60 * options.minutes
    order = list(targets)
    if options.minutes is not None:
        random.Random(options.seed).shuffle(order)
    for name in order:
        if time.monotonic() >= end:
            sys.stdout.write(f"not begun: {', '.join(order[order.index(name) :])}\n")
            break
        target = targets[name]
        with tempfile.TemporaryDirectory() as folder:
            found += judged(
                Project(Path(folder), target, options.processes), options.sample, options.seed, options.files
            )
        if options.json:
            options.json.write_text(written(found), encoding="utf-8")
    survivors = (survivor for outcome in found for survivor in outcome.survivors)
    lines = [*table(found), *(f"{s.function}: {s.was!r} became {s.became!r}" for s in survivors)]
    sys.stdout.write("\n".join(lines) + "\n")
    return exit_code(found, options.least)


def exit_code(found: Sequence[Outcome], least: float) -> int:
    """0 where all mutants were judged and the kill rate may be as high as it has to be, else 1."""
    complete = bool(found) and not any(outcome.counts["not run"] for outcome in found)
    return 0 if complete and overall(found)[2] >= least else 1


if __name__ == "__main__":
    sys.exit(main())
