"""Stored results of training runs: where they are, what they say, and how they differ from what the paper trained.

A result is a small JSON file with the settings of a run and its metrics at some epochs. Nothing here trains anything.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ncverify.metrics import METRICS

ENVIRONMENT = "NCVERIFY_RESULTS"
EPOCHS = 100
PAPER: dict[str, object] = {
    "learning_rate": 0.01,
    "momentum": 0.3,
    "batch": 128,
    "weight_decay": 0.0,
    "schedule": "none",
    "width": 1.0,
    "features": None,
    "per_class": None,
    "balanced": False,
    "label_noise": 0.0,
    "loss": "cross-entropy",
}
"""What Appendix D says of the training, and that the networks and the data are whole."""
ALWAYS = {"loss": "cross-entropy"}
"""Settings that older result files do not have: there was one value."""

Result = Mapping[str, Any]


@dataclass(frozen=True)
class Decrease:
    """How a metric moved along a run.

    Args:
        first: its value at the first measurement after training began.
        last: its value at the end.
        highest: its largest value in between, the ends included.
        slope: of log(metric) against log(log(t)), t in steps, by least squares; the paper's rate 1/log(t) is slope -1.
        rises: how many of the steps from one measurement to the next went up.
        steps: how many there are.
    """

    first: float
    last: float
    highest: float
    slope: float
    rises: int
    steps: int

    @property
    def decreased(self) -> bool:
        """Whether it ended lower than it began and the fitted line falls."""
        return self.last < self.first and self.slope < 0


def results_directory() -> Path | None:
    """The directory of stored results, or None: NCVERIFY_RESULTS, training/results here, or in the repository."""
    chosen = os.environ.get(ENVIRONMENT)
    if chosen:
        return Path(chosen)
    for root in (Path.cwd(), Path(__file__).resolve().parents[2]):
        folder = root / "training" / "results"
        if folder.is_dir():
            return folder
    return None


def read_results(directory: Path | None) -> tuple[list[Result], list[str]]:
    """(the results in a directory, each with the name of its "file", in order; the names of files that are none)."""
    results: list[Result] = []
    unreadable: list[str] = []
    for path in sorted(directory.glob("*.json")) if directory is not None else ():
        try:
            result = json.loads(path.read_text(encoding="utf-8"))
            if not is_result(result):
                raise ValueError
            results.append(result | {"file": path.name})
        except (OSError, ValueError, RecursionError):  # a number of a thousand digits is a ValueError, too
            unreadable.append(path.name)
    return results, unreadable


def decreases(history: Sequence[Mapping[str, Any]]) -> dict[str, Decrease | None]:
    """How each metric of Section 4 moved; None where it was measured fewer than three times after training began.

    Example:
        >>> import math
        >>> rows = [{"step": t, "within_class_variation": 1 / math.log(t)} for t in (10, 100, 1000, 10000)]
        >>> found = decreases(rows)["within_class_variation"]
        >>> round(found.slope, 12), found.decreased, found.rises
        (-1.0, True, 0)
    """
    return {name: _decrease([(row["step"], row.get(name)) for row in history]) for name in METRICS}


def deviations(result: Result) -> list[str]:
    """In which settings a run differs from the paper's, in words; empty for a run as the paper made it."""
    settings = ALWAYS | result["settings"]
    others = [
        f"{name.replace('_', ' ')} {settings.get(name)}" for name, value in PAPER.items() if settings.get(name) != value
    ]
    epochs = result["history"][-1]["epoch"]
    return others + ([f"{epochs} epochs"] if epochs < EPOCHS else [])


def remarks(result: Result) -> list[str]:
    """What has to be said of a run that counts: missing data, where it ran, for how long, how well it fits."""
    last = result["history"][-1]
    missing = result.get("data", {}).get("missing") or []
    where = " and ".join(result.get("hardware") or ["unknown hardware"])
    said = [f"{last['epoch']} epochs on {where}", f"training accuracy {last.get('train_accuracy')}"]
    precision = result["settings"].get("precision", "float32")
    said += [f"products in {precision}"] if precision != "float32" else []
    return said + ([f"without {', '.join(map(str, missing))}"] if missing else [])


def _decrease(points: list[tuple[Any, Any]]) -> Decrease | None:
    kept = [(float(t), float(value)) for t, value in points if value is not None and t > 1]
    if len(kept) < 3:
        return None
    times, values = zip(*kept, strict=True)
    x = np.log(np.log(times))
    y = np.log(np.maximum(values, np.finfo(np.float64).tiny))
    slope = float(((x - x.mean()) @ (y - y.mean())) / ((x - x.mean()) @ (x - x.mean())))
    rises = sum(after > before for before, after in pairwise(values))
    return Decrease(values[0], values[-1], max(values), slope, rises, len(values) - 1)


def is_result(result: Any) -> bool:
    """Whether a JSON value is the result of a finished run: all that is read of it has its type, steps increase.

    Example:
        >>> is_result({"settings": {}, "history": [{"epoch": 1, "step": 10}]}), is_result({"history": []})
        (True, False)
    """
    if not (isinstance(result, dict) and isinstance(result.get("settings"), dict)):
        return False
    if not all(value is None or isinstance(value, str | int | float) for value in result["settings"].values()):
        return False
    return _is_history(result.get("history")) and _has_origin(result)


def _is_history(history: Any) -> bool:
    if not (isinstance(history, list) and history and all(isinstance(row, dict) for row in history)):
        return False
    if not all(isinstance(name, str) for row in history for name in row):
        return False
    known = ("epoch", "step", *METRICS, *_ALSO_SHOWN)
    numbers = [row[name] for row in history for name in known if row.get(name) is not None]
    moments = [(row.get("epoch"), row.get("step")) for row in history]
    return (
        all(map(_is_number, numbers))
        and all(epoch is not None and step is not None for epoch, step in moments)
        and all(before[1] < after[1] for before, after in pairwise(moments))
        and all(row[name] >= 0 for row in history for name in METRICS if row.get(name) is not None)
    )


_ALSO_SHOWN = (
    "train_accuracy",
    "test_accuracy",
    "nc4_agreement",
    "balanced_margin_ratio",
    "classifier_norm",
    "feature_norm",
)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e300 < value < 1e300


def _has_origin(result: Mapping[str, Any]) -> bool:
    """Whether what is said of data, hardware and time, if anything is, has its type."""
    data = result.get("data", {})
    if not isinstance(data, dict) or not _is_number(data.get("training_images", 0)):
        return False
    texts = (data.get("missing") or [], result.get("hardware") or [])
    return all(isinstance(text, list) and all(isinstance(word, str) for word in text) for text in texts)
