"""Interleaved rounds of two sides, and the record of them that the report reads (`tests.benchmarks.report`)."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from tests.benchmarks.verdicts import LEAST_ROUNDS, ratios

ROUNDS = LEAST_ROUNDS


@dataclass
class Sides:
    """Seconds of both sides in each round, and what they computed last."""

    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)
    found: Any = None
    reference: Any = None


def seconds(function: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def interleaved(
    ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int = ROUNDS, *, warm: bool = False
) -> Sides:
    """Both sides in turn, so that a busy machine slows both; `warm` adds a round that does not count."""
    sides = Sides()
    for turn in range(-warm, rounds):
        their_seconds, sides.reference = seconds(theirs)
        our_seconds, sides.found = seconds(ours)
        if turn >= 0:
            sides.theirs.append(their_seconds)
            sides.ours.append(our_seconds)
    return sides


def recorded(
    benchmark: Any, row: str, kind: str, ours: list[float], theirs: list[float] | None = None, *, case: str = ""
) -> float:
    """Leaves the figures of all rounds in the benchmark's JSON, under a row of rows.toml; the median of the ratios."""
    found = ratios(kind, ours, theirs)
    record = {"row": row, "case": case, "ours": list(ours), "theirs": theirs and list(theirs)}
    record |= {"ratio": median(found), "low": min(found), "high": max(found)}
    benchmark.extra_info.setdefault("records", []).append(record)
    return median(found)
