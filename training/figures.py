"""The paper's panels: metrics on a logarithmic axis against log(log(t)), drawn from stored results as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ncverify.report.panels import PANELS
from training.tables import TITLES

Result = Mapping[str, Any]


def draw(results: Mapping[str, Result], path: Path) -> Path:
    """A row of four panels for each result, written as SVG; a set seed and no date make the file reproducible.

    Args:
        results: by the title of their row.
        path: ends in .svg.

    Raises:
        ValueError: matplotlib is not installed, or there is nothing to draw.
    """
    if not results:
        raise ValueError("nothing to draw: no results")
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ValueError("figures need matplotlib; pip install 'ncverify[training]'") from error
    with matplotlib.rc_context({"svg.hashsalt": "ncverify", "svg.fonttype": "none", "font.size": 8}):
        figure = Figure(figsize=(12, 2.7 * len(results)), layout="constrained")
        axes = figure.subplots(len(results), len(PANELS), squeeze=False)
        for row, (title, result) in zip(axes, results.items(), strict=True):
            for axis, (name, metrics) in zip(row, PANELS, strict=True):
                _panel(axis, result["history"], metrics)
                axis.set_title(f"{title}\n{name}" if axis is row[0] else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="svg", metadata={"Date": None})
    return path


def _panel(axis: Any, history: Sequence[Mapping[str, Any]], metrics: Sequence[str]) -> None:
    steps = [row["step"] for row in history if row["step"] > 1]
    for name, colour in zip(metrics, ("tab:blue", "tab:red"), strict=False):
        kept = [(row["step"], row[name]) for row in history if row["step"] > 1 and row.get(name)]
        places, values = [_place(t) for t, _ in kept], [value for _, value in kept]
        axis.plot(places, values, "o-", ms=3, color=colour, label=TITLES[name])
    axis.set_yscale("log")
    ticks = _ticks(min(steps), max(steps))
    axis.set_xticks([_place(t) for t in ticks], [f"{t:,}" for t in ticks])
    axis.set_xlabel("t in steps (axis log log t)")
    axis.grid(visible=True, alpha=0.3)
    if len(metrics) > 1:
        axis.legend()


def _place(t: float) -> float:
    return math.log(math.log(t))


def _ticks(low: float, high: float) -> list[int]:
    """Round numbers between two numbers of steps, at most six."""
    every = [digit * 10**power for power in range(10) for digit in (1, 3)]
    inside = [t for t in every if max(low, 2) <= t <= high]
    return inside[:: max(1, math.ceil(len(inside) / 6))] or [max(2, int(high))]
