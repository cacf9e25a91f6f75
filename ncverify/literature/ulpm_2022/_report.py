"""The figures of the paper's report: Figure 2, the phase diagram of Theorem 3.4, training curves.

The first two are drawn from small tables that come with the package. They are made by

    ncverify flow --K 5 --n 10 --d 20 --scale 0.2236 --until-log-t 1e5 --out FLOW      (FLOW/table.csv)
    ncverify landscape --K 5 --out LANDSCAPE                                           (LANDSCAPE/phases.csv)
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Any

from ncverify.literature.ulpm_2022.figures import deviations, read_results, results_directory
from ncverify.report.figure import Figure
from ncverify.report.flow_panels import PAPER_END, flow_panels
from ncverify.report.panels import PANELS, Axis, Curve, panel
from ncverify.report.phases import phase_diagram

Row = Mapping[str, Any]


def figures() -> list[Figure]:
    """All figures: of the tables in the package, and of the stored training runs that are found."""
    results, _ = read_results(results_directory())
    return [*flow_figures(stored("flow.csv")), phase_figure(stored("phases.csv")), *map(training_figure, results)]


def stored(name: str) -> list[dict[str, str]]:
    """The rows of a table that comes with the package."""
    text = resources.files("ncverify.literature.ulpm_2022").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def flow_figures(rows: Sequence[Row]) -> list[Figure]:
    """Figure 2 on the paper's window, and the same to the end of the flow; rows as `ncverify flow` writes them."""

    def columns(name: str) -> list[float]:
        return [float(row[name]) for row in rows]

    end = max(columns("log_t"))
    about = "K = 5, n = 10, d = 20, gradient flow of the sum (2.3); features blue, classifiers red. Both axes are "
    about += "logarithmic, the horizontal one in log t; dashed: 1/log t and 1/sqrt(log t) through the last point."
    return [
        Figure("Figure 2, redrawn on the paper's window", about, flow_panels(columns, PAPER_END)),
        Figure(
            f"Figure 2, to log t = {end:,.0f}",
            "The same flow to its end. The slopes settle only here: five metrics fall like 1/log t, the within-class "
            "variation like 1/sqrt(log t).",
            flow_panels(columns, end),
        ),
    ]


def _coloured(x: Sequence[float], columns: Iterable[tuple[str, Sequence[float]]]) -> list[Curve]:
    pairs = zip(columns, ("one", "two"), strict=False)
    return [Curve(name.replace("_", " "), x, y, style) for (name, y), style in pairs]


def phase_figure(rows: Sequence[Row]) -> Figure:
    """Where descents on spheres end, over dimension and radius; rows as `ncverify landscape` writes them."""
    K = int(rows[0]["K"])
    return Figure(
        "Phase diagram of Theorem 3.4",
        f"Share of random starts on the sphere of radius rho whose descent ends in neural collapse, K = {K}; m counts "
        "the other local minima that were found, each with its certificate. As corrected the theorem holds for "
        f"d >= K-1 = {K - 1}, above the line; below it a simplex does not fit in.",
        [phase_diagram(rows)],
    )


def training_figure(result: Row) -> Figure:
    """The panels of Figure 1 for one stored training run, against log log t in steps."""
    history = [row for row in result["history"] if row["step"] > 1]
    settings = result["settings"]
    differs = ", ".join(deviations(result)) or "as the paper trained it"
    data = result.get("data")
    images = data.get("training_images", "unknown") if isinstance(data, dict) else "unknown"
    title = f"{settings.get('network')} on {settings.get('dataset')}: {differs}"
    accuracy = result["history"][-1].get("train_accuracy")
    caption = f"{result['history'][-1]['epoch']} epochs on {images} training images; "
    caption += (
        f"training accuracy {accuracy} at the end. Features blue, classifiers red; the horizontal axis is log log t."
    )
    return Figure(title, caption, _training_panels(history), folded=True)


def _training_panels(history: Sequence[Row]) -> list[str]:
    if len(history) < 2:
        return []
    steps = [row["step"] for row in history]
    ticks = [(math.log(10.0**k), f"{10**k:,}") for k in range(1, 10)]
    axis = Axis("t in steps", math.log(min(steps)), math.log(max(steps)), ticks)
    found = []
    for title, metrics in PANELS:
        columns = [(m, [math.nan if row.get(m) is None else row[m] for row in history]) for m in metrics]
        found.append(panel(title, axis, _coloured([math.log(t) for t in steps], columns)))
    return found
