"""Tables in Markdown: how the metrics of a run moved, and how the controls differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ncverify.literature.ulpm_2022.figures import METRICS, NETWORKS, PANELS, decreases, deviations

TITLES = {
    "feature_norm_variation": "norms of the features",
    "classifier_norm_variation": "norms of the classifiers",
    "within_class_variation": "within-class variation",
    "feature_cosine_deviation": "cosines of the features",
    "classifier_cosine_deviation": "cosines of the classifiers",
    "self_duality_distance": "self-duality",
}
Result = Mapping[str, Any]


def run_table(result: Result) -> str:
    """What every metric did in one run: first and last value, the slope on the paper's axes, the verdict."""
    last = result["history"][-1]
    rows = [[TITLES[name], *_cells(trend)] for name, trend in decreases(result["history"]).items()]
    header = ["metric", "epoch 1", "highest", f"epoch {last['epoch']}", "factor", "slope", "rises", "decreased"]
    return heading(result) + "\n\n" + markdown(header, rows) + "\n\n" + _closing(last)


def heading(result: Result) -> str:
    """Network, data, what differs from the paper, hardware and time, in one line."""
    settings, data = result["settings"], result.get("data", {})
    panel = any(settings["network"] in NETWORKS[p.network] and settings["dataset"] == p.dataset for p in PANELS)
    as_printed = "as the paper trained it" if panel else "the paper's hyperparameters, in none of its figures"
    differs = ", ".join(deviations(result)) or as_printed
    missing = f"; without {', '.join(data['missing'])}" if data.get("missing") else ""
    where = " and ".join(result.get("hardware", []))
    return (
        f"**{settings['network']} on {settings['dataset']}** ({differs}{missing}): {data.get('training_images', 0):,} "
        f"training images, {result.get('epochs')} epochs, seed {settings['seed']}, {where}, {result.get('seconds')} s"
    )


def controls_table(results: Mapping[str, Result]) -> str:
    """The last row of each control beside the others, and the floor that a small dimension sets."""
    names = ["train_accuracy", "test_accuracy", *METRICS, "balanced_margin_ratio", "classifier_norm", "feature_norm"]
    rows = [["cosine floor 1/d - 1/(K-1)", *(_number(cosine_floor(r)) for r in results.values())]]
    rows += [
        [TITLES.get(n, n.replace("_", " ")), *(_number(r["history"][-1].get(n)) for r in results.values())]
        for n in names
    ]
    return markdown(["at the end", *results], rows)


def cosine_floor(result: Result, K: int = 10) -> float:
    r"""What the cosine deviation cannot go below in d dimensions: max(0, 1/d - 1/(K-1)).

    For unit vectors u_k the Gram matrix has rank d, so sum cos^2 >= K^2/d, diagonal included; with sum cos >= 0 the
    deviations e = cos + 1/(K-1) off the diagonal have sum e^2 >= K^2/d - K^2/(K-1), and |e| <= K/(K-1).
    """
    d = result["settings"].get("features")
    return 0.0 if d is None else max(0.0, 1 / d - 1 / (K - 1))


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cells(trend: Any) -> list[str]:
    if trend is None:
        return ["-"] * 6 + ["not measured"]
    factor = trend.last / trend.first if trend.first else float("nan")
    numbers = [_number(value) for value in (trend.first, trend.highest, trend.last, factor, trend.slope)]
    return [*numbers, f"{trend.rises} of {trend.steps}", "yes" if trend.decreased else "**no**"]


def _closing(last: Mapping[str, Any]) -> str:
    values = [
        f"{name.replace('_', ' ')} {_number(last.get(name))}"
        for name in ("train_accuracy", "test_accuracy", "nc4_agreement", "balanced_margin_ratio")
    ]
    return "At the end: " + ", ".join(values) + "."


def _number(value: Any) -> str:
    return "-" if value is None else f"{value:.3g}"
