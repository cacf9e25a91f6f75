"""What became of the mutants: counts, survivors, and the kill rate with its uncertainty."""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

KNOWN = Path(__file__).with_name("survivors.toml")
KINDS = {  # by mutmut's exit codes of the tests of one mutant
    "killed": (1, 3),
    "survived": (0, 5, 33),  # 5 and 33: no test came by
    "endless": (24, -24, 36, 152, 255),
    "not run": (None, 2, 34),
}
NOTICED = ("killed", "endless", "crashed")
_DEVICE = re.compile(r",? ?device=[\w.]+(\([^()]*\)(\[0\])?)?")


@dataclass(frozen=True)
class Survivor:
    """A mutant that no test noticed: the function it is in, the line as it was and as it became."""

    function: str
    was: str
    became: str

    @property
    def only_device(self) -> bool:
        """Whether the mutant only leaves out where an array is to be: with the CPU alone there is no other place."""
        was, became = (_DEVICE.sub("", line).replace(", )", ")") for line in (self.was, self.became))
        return was == became and "device=" in self.was

    @property
    def only_wording(self) -> bool:
        """Whether the mutant only marks, lowers or raises the letters of a sentence for people."""
        text = self.was.removeprefix("raise ").partition("(")[2] if self.was.startswith("raise ") else self.was
        same = self.became.replace("XX", "") == self.was or self.became.lower() == self.was.lower()
        return same and text.lstrip("f").startswith('"') and " " in text.strip()


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


def unexplained(found: Iterable[Outcome]) -> list[Survivor]:
    """The survivors that survivors.toml does not explain and that change more than a wording or a device."""
    known = known_survivors()
    survivors = (survivor for outcome in found for survivor in outcome.survivors)
    return [s for s in survivors if not (s in known or s.only_wording or s.only_device)]


def known_survivors() -> set[Survivor]:
    """Those that survivors.toml explains."""
    groups = tomllib.loads(KNOWN.read_text(encoding="utf-8"))["survivors"]
    return {
        Survivor(group["function"], change["was"], became)
        for group in groups
        for change in group["changes"]
        for became in change["became"]
    }


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
    heads = ("file", "mutants", "drawn", *kinds, "of these explained", "kill rate")
    rows = ["| " + " | ".join(heads) + " |", "|---" + "|---:" * (len(heads) - 1) + "|"]
    for outcome in found:
        counts = (outcome.counts[name] for name in kinds)
        explained = len(outcome.survivors) - len(unexplained([outcome]))
        cells = (f"`{outcome.file}`", outcome.mutants, outcome.counts.total(), *counts, explained)
        rows.append("| " + " | ".join(map(str, cells)) + f" | {outcome.rate:.1%} |")
    rates = {"kill rate, each file weighted with its mutants": found, "without explained survivors": effective(found)}
    return [*rows, "", *(_sentence(name, overall(outcomes)) for name, outcomes in rates.items())]


def effective(found: Iterable[Outcome]) -> list[Outcome]:
    """The outcomes without the survivors that are explained: mutants that change nothing, or nothing promised."""
    return [
        replace(
            outcome,
            counts=Counter({**outcome.counts, "survived": len(unexplained([outcome]))}),
            survivors=unexplained([outcome]),
        )
        for outcome in found
    ]


def _sentence(name: str, found: tuple[float, float, float]) -> str:
    rate, low, high = found
    return f"{name}: {rate:.1%}, 95 % interval {low:.1%} to {high:.1%}"
