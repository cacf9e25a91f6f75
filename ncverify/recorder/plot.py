"""The curves of a recording by matplotlib."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ncverify.report.panels import PANELS

Row = dict[str, Any]


def figure(rows: Sequence[Row], layers: Sequence[str]) -> Any:
    """The paper's panels over log log t, and a heat map layer x epoch where other layers were recorded.

    Args:
        rows: of a recorder.
        layers: names of the other layers.
    """
    from matplotlib.figure import Figure

    made = Figure(figsize=(12, 2.7 + (1.2 + 0.3 * len(layers) if layers else 0)), layout="constrained")
    parts: Any = made, None
    if layers:
        parts = made.subfigures(2, 1, height_ratios=[2.7, 1.2 + 0.3 * len(layers)])
    top, bottom = parts
    axes = top.subplots(1, len(PANELS), squeeze=False)[0]
    shown = [row for row in rows if row["step"] > 1]
    for axis, (title, metrics) in zip(axes, PANELS, strict=True):
        for metric in metrics:
            points = [(math.log(row["step"]), row[metric]) for row in shown if row[metric] > 0]
            axis.plot([x for x, _ in points], [y for _, y in points], marker=".", label=metric.replace("_", " "))
        axis.set(title=title, xlabel="t in steps")
        if shown:
            axis.set(xscale="log", yscale="log")
            powers = [k for k in range(1, 12) if 10**k <= shown[-1]["step"]]
            axis.set_xticks([math.log(10.0**k) for k in powers], [f"{10**k:,}" for k in powers])
            axis.set_xticks([], minor=True)
        axis.legend(fontsize=6)
    if bottom is not None:
        _depth(bottom.subplots(), rows, layers)
    return made


def _depth(axis: Any, rows: Sequence[Row], layers: Sequence[str]) -> None:
    """The within-class variation, one line of squares a layer."""
    values = [[row.get(f"{name}/within_class_variation", math.nan) for row in rows] for name in layers]
    image = axis.imshow(values, aspect="auto", cmap="viridis_r", interpolation="nearest")
    axis.set(title="within-class variation by depth", xlabel="epoch")
    axis.set_yticks(range(len(layers)), list(layers))
    axis.set_xticks(range(len(rows)), [str(row["epoch"]) for row in rows])
    axis.figure.colorbar(image, ax=axis)
