"""How the slacks of the tried points were distributed, as a small inline SVG and in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

from ncverify.falsification.distribution import CLASSES

STAGES = (("sampled", "one"), ("attacked", "two"))
WIDTH, HEIGHT, BASE, STEP, BAR = 304, 74, 56, 15, 6.5
MARKS = {"below 0": "< 0", "0": "0", "1e-10": "1e-10", "1e-05": "1e-5", "1e+00": "1", "not finite": "inf"}
Counts = Mapping[str, Mapping[str, int]]


def counts_of(data: object) -> dict[str, dict[str, int]]:
    """The counts of a ledger's part by stage and class, without anything that is none; empty where there are none.

    Example:
        >>> counts_of({"sampled": {"1e-01": 3, "other": 1}, "attacked": {}})
        {'sampled': {'1e-01': 3}}
    """
    if not isinstance(data, dict):
        return {}
    stages = {stage: data[stage] for stage, _ in STAGES if isinstance(data.get(stage), dict)}
    known = {stage: {c: int(counts[c]) for c in CLASSES if _counts(counts.get(c))} for stage, counts in stages.items()}
    return {stage: counts for stage, counts in known.items() if counts}


def _counts(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**15


def in_words(counts: Counts) -> str:
    """The counts in a line.

    Example:
        >>> in_words({"sampled": {"0": 2, "1e-01": 3}, "attacked": {"below 0": 1}})
        'sampled: 2 at 0, 3 from 1e-01; ends of attacks: 1 below 0'
    """
    names = {"sampled": "sampled", "attacked": "ends of attacks"}
    words = [
        f"{names[stage]}: " + ", ".join(f"{n} {_class_in_words(c)}" for c, n in counts[stage].items())
        for stage, _ in STAGES
        if counts.get(stage)
    ]
    return "; ".join(words)


def _class_in_words(name: str) -> str:
    return {"0": "at 0", "below 0": name, "not finite": name}.get(name, f"from {name}")


def histogram(counts: Counts) -> str:
    """An SVG with two bars for each class: sampled points, and where attacks ended; "" where nothing was counted.

    Heights are logarithmic: one point is seen beside a thousand.
    """
    if not counts:
        return ""
    top = max(max(of_stage.values()) for of_stage in counts.values())
    label = escape(f"How the slack was distributed; {in_words(counts)}")
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}" class="chart histogram">']
    parts += [_bars(counts[stage], i, colour, top) for i, (stage, colour) in enumerate(STAGES) if counts.get(stage)]
    parts.append(f'<line x1="0" x2="{WIDTH}" y1="{BASE}" y2="{BASE}"/>')
    for i, name in enumerate(CLASSES):
        if name in MARKS:
            x = _left(i) + (BAR if name in ("0", "below 0", "not finite") else 0)
            parts.append(f'<text x="{x:g}" y="{BASE + 14}" text-anchor="middle">{escape(MARKS[name])}</text>')
    return "".join([*parts, "</svg>"])


def _left(index: int) -> float:
    """Where a class begins; the powers of ten stand apart from the classes that are none."""
    gap = (0, 10)[index] if index < 2 else 18 if index < len(CLASSES) - 1 else 26
    return STEP * index + gap + 6


def _bars(counts: Mapping[str, int], side: int, colour: str, top: int) -> str:
    pieces = []
    for i, name in enumerate(CLASSES):
        if counts.get(name):
            height = 4 + (BASE - 8) * math.log(counts[name]) / max(math.log(top), 1.0)
            pieces.append(f"M{_left(i) + side * BAR:g} {BASE}h{BAR - 0.5:g}v{-height:.1f}h{0.5 - BAR:g}z")
    return f'<path class="bar {colour}" d="{"".join(pieces)}"/>'
