"""What became of the mutants: counts, survivors, and the kill rate with its uncertainty."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

KINDS = {  # by mutmut's exit codes of the tests of one mutant
    "killed": (1, 3),
    "survived": (0, 5, 33),  # 5 and 33: no test came by
    "endless": (24, -24, 36, 152, 255),
    "not run": (None, 2, 34),
}
NOTICED = ("killed", "endless", "crashed")


@dataclass(frozen=True)
class Survivor:
    """A mutant that no test noticed: the function it is in, the line as it was and as it became."""

    function: str
    was: str
    became: str


@dataclass
class Outcome:
    """What became of the mutants of one file, all or those that were drawn."""

    file: str
    mutants: int
    counts: Counter[str] = field(default_factory=Counter)
    survivors: list[Survivor] = field(default_factory=list)

    @property
    def noticed(self) -> int:
        """The number of mutants that the tests noticed."""
        return sum(self.counts[name] for name in NOTICED)

    @property
    def rate(self) -> float:
        """The share of mutants that the tests noticed, of all that they were to judge."""
        return self.noticed / max(1, self.counts.total())


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


def overall(found: Iterable[Outcome]) -> tuple[float, float, float]:
    """The kill rate over all mutants of several files, and the ends of its 95 % interval.

    The rates of the files are weighted with their numbers of mutants. The interval is the normal one of a stratified
    sample, 1.96 sqrt(sum of w^2 (1 - n/N) q (1 - q) / n), with the weights w, n mutants drawn of N, and
    q = (noticed + 1) / (n + 2), so that a file without a survivor in the sample is not taken for certain.

    Example:
        >>> overall([Outcome("a.py", 10, Counter(killed=10)), Outcome("b.py", 30, Counter(killed=15, survived=15))])
        (0.625, 0.625, 0.625)
        >>> low, high = overall([Outcome("a.py", 1000, Counter(killed=90, survived=10))])[1:]
        >>> round(low, 3), round(high, 3)
        (0.842, 0.958)
    """
    files = [outcome for outcome in found if outcome.counts.total()]
    total = sum(outcome.mutants for outcome in files)
    rate = sum(outcome.mutants * outcome.rate for outcome in files) / max(1, total)
    variance = 0.0
    for outcome in files:
        n, N = outcome.counts.total(), outcome.mutants
        q = (outcome.noticed + 1) / (n + 2)
        variance += (N / total) ** 2 * (1 - n / N) * q * (1 - q) / n
    half = 1.96 * math.sqrt(variance)
    return rate, max(0.0, rate - half), min(1.0, rate + half)


def table(found: Sequence[Outcome]) -> list[str]:
    """The rows of a Markdown table, and the kill rate over all files."""
    kinds = ("killed", "endless", "crashed", "not run", "survived")
    heads = ("file", "mutants", "drawn", *kinds, "kill rate")
    rows = ["| " + " | ".join(heads) + " |", "|---" + "|---:" * (len(heads) - 1) + "|"]
    for outcome in found:
        counts = (outcome.counts[name] for name in kinds)
        cells = (f"`{outcome.file}`", outcome.mutants, outcome.counts.total(), *counts)
        rows.append("| " + " | ".join(map(str, cells)) + f" | {outcome.rate:.1%} |")
    rate, low, high = overall(found)
    sentence = f"kill rate, each file weighted with its mutants: {rate:.1%}, 95 % interval {low:.1%} to {high:.1%}"
    return [*rows, "", sentence]
