"""A measurement as JSON and as a table."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ncverify.commands.measurement import BIAS, UNEQUAL, Measurement
from ncverify.commands.text import one_line
from ncverify.kinds import Array
from ncverify.metrics import SampledMetrics
from ncverify.metrics.meanings import CENTRED, MEANINGS, PRINTED, UNCENTRED

if TYPE_CHECKING:
    from rich.table import Table

Row = tuple[str, str, str, str]
WITHIN = ("within_class_variation", "within_class_rms")
ERRORS = ("feature_cosine_error", "classifier_cosine_error")


def to_json(measurement: Measurement, path: str) -> str:
    """The measurement as a JSON object; NaN and infinities become null."""
    return json.dumps(_finite(to_dict(measurement, path)), indent=2, allow_nan=False)


def to_dict(m: Measurement, path: str) -> dict[str, Any]:
    """The measurement as nested dictionaries of Python numbers."""
    slack = None
    if m.bound is not None:
        slack = asdict(m.bound) | {
            "q_min_over_bound": _ratio(_bounded_margin(m), m.bound.bound),
            "q_min_over_balanced_bound": _ratio(_bounded_margin(m), m.bound.balanced_bound),
            "samples_per_class": m.bound_n,
            "q_min": _bounded_margin(m),
        }
    return {
        "file": path,
        "samples": int(m.counts.sum()),
        "classes": len(m.counts),
        "dimension": m.d,
        "dtype": m.dtype,
        "class_sizes": [int(count) for count in m.counts],
        "balanced": m.balanced,
        "metrics": asdict(m.metrics),
        "metrics_uncentred": _without(asdict(m.uncentred), "feature_norm_variation", *WITHIN, *ERRORS),
        "metrics_centred_by_class": m.class_centred and _of_features(asdict(m.class_centred)),
        "papyan_nc1": m.papyan_nc1,
        "residuals": {"printed": m.printed_residuals._asdict(), "centred": m.centred_residuals._asdict()},
        **asdict(m.decisions),
        "theorem_3_1": slack,
        "gap_to_best_margin": m.gap.relative if m.gap is not None and m.gap.q_min > 0 else None,
        "with_bias": None if m.biased_decisions is None else asdict(m.biased_decisions),
        "undefined": m.undefined,
        "definitions": {
            "metrics": {name: MEANINGS[name] for name in asdict(m.metrics) if name in MEANINGS},
            "metrics_uncentred": UNCENTRED,
            "papyan_nc1": MEANINGS["papyan_nc1"],
            "residuals": {"printed": PRINTED, "centred": CENTRED},
        },
        "remarks": list(m.remarks),
    }


def to_table(m: Measurement, path: str) -> Table:
    """The measurement as a table for a terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    sizes = f"{m.counts.max()} each" if m.balanced else f"{m.counts.min()} to {m.counts.max()}"
    title = f"{one_line(path)}: {m.counts.sum()} samples, K = {len(m.counts)} classes ({sizes}), d = {m.d}, {m.dtype}"
    table = Table(title=Text(title), box=SIMPLE_HEAD, title_justify="left", caption_justify="left")
    for header, justify in (("quantity", "left"), ("value", "right"), ("collapsed", "right"), ("source", "left")):
        table.add_column(header, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for _, rows in sections(m):
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        table.add_section()
    table.caption = Text("\n".join(notes(m)))
    return table


def sections(m: Measurement) -> list[tuple[str, list[Row]]]:
    """The rows of the table in sections with titles: quantity, value, value at collapse, source."""
    titled = [
        ("Metrics of Section 4", _metric_rows(m)),
        ("Metrics with classes of equal weight", _class_centred_rows(m)),
        ("Conditions of collapse", _residual_rows(m)),
        ("Decisions", _decision_rows(m)),
        ("Bound of Theorem 3.1", _bound_rows(m)),
    ]
    return [(title, rows) for title, rows in ((title, list(rows)) for title, rows in titled) if rows]


def _metric_rows(m: Measurement) -> Iterator[Row]:
    values, plain = m.metrics, m.uncentred
    yield _metric(values, "feature_norm_variation")
    yield _metric(values, "classifier_norm_variation")
    yield _metric(plain, "classifier_norm_variation", "    classifiers not centred")
    yield _metric(values, "within_class_variation", "within-class variation")
    yield _metric(values, "within_class_rms", "    with root mean squares")
    yield _metric(values, "feature_cosine_deviation")
    yield _metric(plain, "feature_cosine_deviation", "    means not centred", goal="")
    yield _metric(values, "classifier_cosine_deviation")
    yield _metric(plain, "classifier_cosine_deviation", "    classifiers not centred")
    yield _metric(values, "self_duality_distance", "self-duality distance")
    yield _metric(plain, "self_duality_distance", "    classifiers not centred")
    yield "tr(Sigma_W pinv(Sigma_B)) / K", _number(m.papyan_nc1), "0", MEANINGS["papyan_nc1"]


def _metric(values: Array, name: str, shown: str = "", goal: str = "0") -> Row:
    """A row; numbers without centring, and the one that is in no paper, are indented."""
    plain = shown.startswith(" ") and name in UNCENTRED
    return (
        shown or name.replace("_", " "),
        _number(getattr(values, name)),
        goal,
        (UNCENTRED if plain else MEANINGS)[name],
    )


def _residual_rows(m: Measurement) -> Iterator[Row]:
    printed, centred = m.printed_residuals, m.centred_residuals
    for name in ("nc1", "nc2", "nc3"):
        yield f"{name.upper()} residual", _number(getattr(printed, name)), "0", PRINTED[name]
        yield "    means centred", _number(getattr(centred, name)), "0", CENTRED[name]
    yield "NC4 disagreement, share of samples", _number(printed.nc4), "0", PRINTED["nc4"]


def _decision_rows(m: Measurement) -> Iterator[Row]:
    yield "accuracy", _number(m.decisions.accuracy), "1", "all right if and only if q_min > 0"
    yield "margin q_min", _number(m.decisions.q_min), "bound", "Section 3.1"
    if m.biased_decisions is not None:
        yield "accuracy with bias", _number(m.biased_decisions.accuracy), "1", BIAS
        yield "margin q_min with bias", _number(m.biased_decisions.q_min), "", BIAS
        disagreement = _number(1 - m.biased_decisions.nc4_agreement)
        yield "NC4 disagreement with bias", disagreement, "0", MEANINGS["nc4_agreement"]


def _bound_rows(m: Measurement) -> Iterator[Row]:
    if m.bound is None:
        yield "bound on q_min, and its slack", "undefined", "", "unequal class sizes"
        return
    bound, q_min = m.bound, _bounded_margin(m)
    if m.bound_sampled:
        yield f"q_min of {m.bound_n} samples of each class", _number(q_min), "bound", "drawn with --balance"
    yield "bound on q_min", _number(bound.bound), "", "Theorem 3.1"
    yield "q_min / bound", _number(_ratio(q_min, bound.bound)), "1", ""
    yield "q_min / bound after balancing |W| = |H|", _number(_ratio(q_min, bound.balanced_bound)), "1", ""
    yield "slack, bound - q_min", _number(bound.bound - q_min), "0", "= the sum of three terms"
    yield "    centring of W", _number(bound.centring), "0", "common shift of the classifiers"
    yield "    alignment of W and H", _number(bound.alignment), "0", "features that are not their classifier"
    yield "    spread of margins", _number(bound.spread), "0", "margins above the smallest"


def notes(m: Measurement) -> Iterator[str]:
    """The remarks that have to stand beside the numbers."""
    right = m.biased_decisions or m.decisions
    yield (
        "Every sample is classified correctly."
        if right.q_min > 0
        else "Not every sample is classified correctly: the paper's theory starts where all are (q_min > 0)."
    )
    if m.gap is not None and m.gap.q_min > 0:
        yield f"The margin is {m.gap},"
        yield "after balancing |W| = |H|; certified by the dual of (3.1)."
    if not m.balanced:
        smallest = int(m.counts[m.counts > 0].min())
        yield (
            f"Bound and slack: those of {m.bound_n} samples of each class."
            if m.bound_sampled
            else f"Bound and slack: undefined, {UNEQUAL}; --balance {smallest} takes as many of each."
        )
        yield "The global mean is the mean of all samples."
    yield from m.remarks
    if isinstance(m.metrics, SampledMetrics):
        errors = _number(m.metrics.feature_cosine_error), _number(m.metrics.classifier_cosine_error)
        yield f"Cosine deviations: estimated from a sample of pairs, standard errors {errors[0]} and {errors[1]}."
    if m.biased_decisions is not None:
        yield f"{BIAS.capitalize()}: every other row leaves it out."
    missing = [name for name, reason in m.undefined.items() if reason != UNEQUAL]
    if missing:
        yield f"NaN, {m.undefined[missing[0]]}: {', '.join(missing).replace('_', ' ')}."


def _bounded_margin(m: Measurement) -> float:
    return math.nan if m.bound_q_min is None else m.bound_q_min


def _class_centred_rows(m: Measurement) -> Iterator[Row]:
    if m.class_centred is not None:
        for name, value in _of_features(asdict(m.class_centred)).items():
            yield name.replace("_", " "), _number(value), "0", "classes weigh the same in the global mean"


def _without(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def _of_features(values: dict[str, Any]) -> dict[str, Any]:
    return _without(values, "classifier_norm_variation", "classifier_cosine_deviation", *WITHIN)


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else str(value)


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else math.nan


def _finite(value: object) -> Any:
    """The value with null for numbers that JSON does not have."""
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
