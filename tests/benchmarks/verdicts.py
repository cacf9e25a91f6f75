"""Results of the benchmarks as one table: what is ours, what the rival's, how far apart, and was the target reached.

The results are the JSON of pytest-benchmark, with two things that tests/benchmarks adds: under "rows" everything that
ought to be measured with its rival and its target, and in the extra_info of each benchmark "records", one per
comparison, with the figures of every round. Nothing is judged where it is measured; it is judged here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

LEAST_ROUNDS = 5
"""Fewer interleaved rounds of a ratio say nothing about its spread."""

KINDS = {
    "faster": "times faster, at least",
    "within": "times as long, at most",
    "memory": "times the memory, at most",
    "seconds": "seconds, at most",
}
REACHED, MISSED, ABSENT, UNKNOWN = "reached", "missed", "absent", "not measured"


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes:
        row: identifier of the row.
        what: what was measured, with the case where a row has several.
        rival: what it is compared with.
        kind: a key of `KINDS`; it says what the ratio is and from which side it has to reach the target.
        target: what is to be reached.
        ours: median over the rounds, in seconds (bytes for "memory"); None if not measured.
        theirs: the rival's.
        ratio: median over the rounds of rival/ours for "faster", else of ours/rival; for "seconds" of ours.
        low: the smallest of the rounds.
        high: the largest.
        rounds: how many there were.
        verdict: "reached", "missed", "absent" (the machine does not have the device or the rival) or "not measured".
        why: reason for the last two, "" for the others.
    """

    row: str
    what: str
    rival: str
    kind: str
    target: float
    ours: float | None = None
    theirs: float | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    rounds: int = 0
    verdict: str = UNKNOWN
    why: str = ""


def ratios(kind: str, ours: Sequence[float], theirs: Sequence[float] | None = None) -> list[float]:
    """The ratios that are held against the target, one for each round.

    Args:
        kind: a key of `KINDS`.
        ours: seconds (or bytes) in each round.
        theirs: the rival's in the same rounds; not for "seconds".

    Raises:
        ValueError: an unknown kind, rounds that do not pair, or a figure that is not positive.

    Example:
        >>> ratios("faster", ours=[1.0, 2.0], theirs=[8.0, 9.0]), ratios("within", ours=[3.0], theirs=[2.0])
        ([8.0, 4.5], [1.5])
    """
    if kind not in KINDS:
        raise ValueError(f"kind: expected one of {', '.join(KINDS)}, got {kind!r}")
    if not all(value > 0 for value in [*ours, *(theirs or ())]):
        raise ValueError("ours, theirs: expected positive numbers")
    if kind == "seconds":
        return list(ours)
    if theirs is None or len(theirs) != len(ours):
        raise ValueError(f"theirs: expected {len(ours)} rounds like ours, got {0 if theirs is None else len(theirs)}")
    pairs = zip(ours, theirs, strict=True)
    return [b / a if kind == "faster" else a / b for a, b in pairs]


def benchmark_lines(results: Sequence[Mapping[str, Any]]) -> list[Line]:
    """The table of one or several results, in the order of their rows; a later measurement replaces an earlier one.

    Every row is there, measured or not. One that needs a device which the machine does not have is absent.

    Raises:
        ValueError: not results of these benchmarks.
    """
    rows: dict[str, Mapping[str, Any]] = {}
    records: dict[tuple[str, str], Mapping[str, Any]] = {}
    try:
        for result in results:
            rows.update((row["id"], row) for row in result["rows"])
            for benchmark in result["benchmarks"]:
                for record in benchmark["extra_info"].get("records", ()):
                    records[record["row"], record["case"]] = record
        without_cuda = not any(result["machine_info"].get("cuda") for result in results)
        unknown = sorted({row for row, _ in records} - set(rows))
        if unknown:
            raise ValueError(f"records of rows that are not listed: {', '.join(unknown)}")
        lines = [_lines(row, records.values(), without_cuda=without_cuda) for row in rows.values()]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not the results of these benchmarks: {type(error).__name__} {error}") from error
    return [line for group in lines for line in group]


def _lines(row: Mapping[str, Any], records: Iterable[Mapping[str, Any]], *, without_cuda: bool) -> list[Line]:
    own = [record for record in records if record["row"] == row["id"]]
    if own:
        return [_measured(row, record) for record in own]
    named = {"row": row["id"], "what": row["what"], "rival": row["rival"], "kind": row["kind"]}
    if row.get("needs") == "cuda" and without_cuda:
        return [Line(**named, target=row["target"], verdict=ABSENT, why="no CUDA device on this machine")]
    return [Line(**named, target=row["target"], why="not part of this run, or its benchmark failed")]


def _measured(row: Mapping[str, Any], record: Mapping[str, Any]) -> Line:
    kind, target, ours, theirs = row["kind"], row["target"], record["ours"], record["theirs"]
    blank = Line(
        row=row["id"],
        what=f"{row['what']}: {record['case']}" if record["case"] else row["what"],
        rival=row["rival"],
        kind=kind,
        target=target,
        ours=median(ours),
        rounds=len(ours),
    )
    if record.get("absent"):
        return replace(blank, verdict=ABSENT, why=record["absent"])
    rounds = ratios(kind, ours, theirs)
    middle, too_few = median(rounds), kind in ("faster", "within") and len(rounds) < LEAST_ROUNDS
    good = middle >= target if kind == "faster" else middle <= target
    return replace(
        blank,
        theirs=None if theirs is None else median(theirs),
        ratio=middle,
        low=min(rounds),
        high=max(rounds),
        verdict=UNKNOWN if too_few else REACHED if good else MISSED,
        why=f"{len(rounds)} rounds, at least {LEAST_ROUNDS} are asked for" if too_few else "",
    )


def benchmark_summary(lines: Sequence[Line]) -> str:
    """One sentence: how many targets are reached, missed, absent, not measured, with the missed ones by name.

    Example:
        >>> benchmark_summary([Line("a", "A", "B", "faster", 2.0, verdict="missed")])
        '0 of 1 targets reached, 1 missed (a), 0 absent, 0 not measured'
    """
    counts = {verdict: sum(line.verdict == verdict for line in lines) for verdict in (REACHED, MISSED, ABSENT, UNKNOWN)}
    missed = ", ".join(dict.fromkeys(line.row for line in lines if line.verdict == MISSED))
    named = f" ({missed})" if missed else ""
    return (
        f"{counts[REACHED]} of {len(lines)} targets reached, {counts[MISSED]} missed{named}, "
        f"{counts[ABSENT]} absent, {counts[UNKNOWN]} not measured"
    )
