"""The page of a recording: curves over the epochs, Gram matrices, the slack by its causes, what to conclude."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from ncverify import __version__
from ncverify.commands.network_page import CAUSES, causes
from ncverify.metrics import METRICS, MarginBound
from ncverify.metrics.meanings import MEANINGS
from ncverify.recorder.depth import depth_map
from ncverify.recorder.measurement import Measured
from ncverify.report.bars import share_bars
from ncverify.report.heatmap import gram, heatmap, simplex_gram
from ncverify.report.page import environment, inline
from ncverify.report.panels import PANELS, Axis, Curve, panel

Row = dict[str, Any]
STEADY = 0.05  # a metric that changed by less than this share has neither risen nor fallen
MOST_CLASSES = 1000  # whose Gram matrix is drawn; of more every second, third, ... class
BY_DEPTH = (
    ("within_class_variation", "within-class variation by depth"),
    ("nearest_mean_accuracy", "share of training samples that the nearest class mean classifies correctly"),
)


def html(name: str, rows: Sequence[Row], latest: Measured, classes: Sequence[str]) -> str:
    """The page; it needs nothing from outside.

    Args:
        name: of the network.
        rows: of the recorder, at least one.
        latest: what was measured last.
        classes: names of the classes.
    """
    last, K = rows[-1], len(latest.classifier)
    shares = _shares(last, K)
    every = math.ceil(K / MOST_CLASSES)
    means, W, shown = latest.means.means[::every], latest.classifier[::every], classes[::every]
    matrices = {"Class means": gram(means), "Classifiers": gram(W), "At collapse": simplex_gram(len(W))}
    style, script = inline("report.css"), inline("network.js")
    return (
        environment(autoescape=True)
        .get_template("recorder.html")
        .render(
            name=name,
            facts=_facts(rows, latest),
            conclusions=list(_conclusions(rows, latest, shares)),
            curves=curves(rows),
            causes=share_bars(shares),
            every=every,
            heatmaps=[heatmap(title, matrix, shown) for title, matrix in matrices.items()],
            depth=list(_depth(rows, list(latest.depth))),
            table=[
                (key.replace("_", " "), _number(rows[0].get(key)), _number(last[key]), MEANINGS.get(key, ""))
                for key in last
            ],
            first=rows[0]["epoch"],
            last=last["epoch"],
            style=style,
            script=script,
        )
    )


def curves(rows: Sequence[Row]) -> list[str]:
    """The paper's panels: metrics on a logarithmic axis against log log t, t in steps; [] for fewer than two rows."""
    shown = sorted((row for row in rows if row["step"] > 1), key=lambda row: row["step"])
    if len(shown) < 2 or shown[0]["step"] == shown[-1]["step"]:
        return []
    x = [math.log(row["step"]) for row in shown]
    axis = Axis("t in steps", x[0], x[-1], [(math.log(10.0**k), f"{10**k:,}") for k in range(1, 12)])
    panels = []
    for title, metrics in PANELS:
        drawn = [
            Curve(metric.replace("_", " "), x, [row[metric] for row in shown], style)
            for metric, style in zip(metrics, ("one", "two"), strict=False)
        ]
        panels.append(panel(title, axis, drawn))
    return panels


def _shares(row: Row, K: int) -> list[tuple[str, float]]:
    """The distance to the bound as causes; [] where there is no bound."""
    if not math.isfinite(row["margin_bound"]):
        return []
    n, W = row["images_per_class"], row["classifier_norm"]
    balanced = W * row["feature_norm"] / ((K - 1) * math.sqrt(n))
    terms = row["slack_centring"], row["slack_alignment"], row["slack_spread"]
    return causes(
        MarginBound(row["margin_bound"], balanced, *terms), row["margin"], row["feature_norm"] / W if W else 0.0
    )


def _facts(rows: Sequence[Row], latest: Measured) -> list[tuple[str, str]]:
    counts = latest.means.counts
    sizes = f"{counts[0]} each" if latest.means.balanced else f"{counts.min()} to {counts.max()}"
    return [
        ("epochs", f"{rows[0]['epoch']} to {rows[-1]['epoch']}, {len(rows)} measured"),
        ("training samples", f"{int(counts.sum()):,}"),
        ("classes", f"{len(counts)} ({sizes})"),
        *([("classes without samples", str(int((~latest.present).sum())))] if not latest.present.all() else []),
        ("dimension", str(latest.classifier.shape[1])),
        ("last layer", latest.layer),
        *([("read as", latest.note)] if latest.note else []),
        ("ncverify", __version__),
    ]


def _conclusions(rows: Sequence[Row], latest: Measured, shares: Sequence[tuple[str, float]]) -> Iterator[str]:
    last, (K, d) = rows[-1], latest.classifier.shape
    if last["train_accuracy"] < 1:
        yield (
            f"{1 - last['train_accuracy']:.2%} of the training samples are not classified correctly at epoch "
            f"{last['epoch']}: the paper's theory starts where all are, and predicts nothing about this network yet."
        )
    else:
        right = next(row["epoch"] for row in rows if row["train_accuracy"] == 1)
        yield f"Every training sample is classified correctly; epoch {right} is the first that was measured so."
    if d < K - 1:
        yield f"The dimension {d} is below K - 1 = {K - 1}: a simplex of {K} classes does not fit in."
    yield from _trends(rows)
    gap = last["gap_to_best_margin"]
    if math.isfinite(gap):
        yield (
            f"The margin is at least {max(0.0, 1 - gap):.1%} of the best possible one for its norms, after balancing "
            "|W| = |H|; certified by the dual of (3.1)."
        )
    yield f"{last['nc4_agreement']:.2%} of the decisions are those of the nearest class mean (NC4; 100% at collapse)."
    whole = sum(value for _, value in shares)
    if whole > 0:
        cause, value = max(shares, key=lambda share: share[1])
        removed = "; rescaling removes that without changing a logit" if cause == CAUSES[0] else ""
        yield f"What keeps the margin from its bound is mostly: {cause}, {value / whole:.1%} of the distance{removed}."
    if not latest.means.balanced:
        yield (
            f"The classes have unequal sizes; Theorem 3.1 is about equal ones, so margin, bound and slack are those of "
            f"the first {last['images_per_class']} samples of each class."
        )


def _trends(rows: Sequence[Row]) -> Iterator[str]:
    """Which of the six metrics fell since the first measurement."""
    if len(rows) < 2:
        yield "One measurement is one moment: whether the network moves towards collapse shows only in several."
        return
    fell, rose = [], []
    for name in METRICS:
        first, last = rows[0][name], rows[-1][name]
        if last < (1 - STEADY) * first:
            fell.append(f"{name.replace('_', ' ')} ({first:.3g} to {last:.3g})")
        elif last > (1 + STEADY) * first:
            rose.append(f"{name.replace('_', ' ')} ({first:.3g} to {last:.3g})")
    between = f"from epoch {rows[0]['epoch']} to {rows[-1]['epoch']}"
    yield f"{len(fell)} of the six metrics of Section 4 fell {between}{': ' if fell else ''}{', '.join(fell)}."
    if rose:
        yield f"Rose meanwhile: {', '.join(rose)}."


def _depth(rows: Sequence[Row], layers: Sequence[str]) -> Iterator[str]:
    if layers:
        epochs = [row["epoch"] for row in rows]
        for metric, title in BY_DEPTH:
            values = [[float(row.get(f"{name}/{metric}", math.nan)) for row in rows] for name in layers]
            yield depth_map(title, layers, epochs, values)


def _number(value: object) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.4g}"
