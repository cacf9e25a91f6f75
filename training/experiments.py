"""The paper's experiments and the controls, as settings; results stored under the name of their settings."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ncverify.files import write_whole
from ncverify.literature.ulpm_2022.figures import PANELS, Panel, is_result
from training.data import DataError
from training.loop import DivergedError
from training.run_directory import RunError
from training.runner import Launch, run
from training.settings import Settings

RESULTS = Path("training") / "results"
SCALES = ("full", "reduced", "digits")


def settings_of(panel: Panel, scale: str, seed: int = 0) -> Settings:
    """What is trained for a panel.

    Args:
        panel: network and data set.
        scale: "full" is as the paper did it; "reduced" an eighth of the width and 100 images per class, for two cores;
            "digits" the same network at an eighth of the width on scikit-learn's digits, which need no download.
        seed: of the run.
    """
    settings = Settings(network=panel.network, dataset=panel.dataset, seed=seed)
    if scale == "reduced":
        return replace(settings, width=0.125, per_class=100, epochs=200)
    if scale == "digits":
        return replace(settings, dataset="digits", width=0.125, epochs=200)
    return settings


BASE = Settings(network="mlp", dataset="digits", epochs=600, learning_rate=0.05, momentum=0.9, balanced=True, kkt=True)
CONTROLS = {
    "none": BASE,
    "weight decay": replace(BASE, weight_decay=5e-3),
    "label noise": replace(BASE, label_noise=0.1),
    "bottleneck": replace(BASE, features=4),
}
"""Each changes one thing; no weight decay, true labels and d >= K-1 in the first. Faster than the paper's training."""


def plan(name: str, seed: int = 0) -> list[Settings]:
    """The runs of a plan: "full", "reduced", "digits" (every panel at that scale) or "controls"."""
    if name == "controls":
        return [replace(settings, seed=seed) for settings in CONTROLS.values()]
    if name not in SCALES:
        raise ValueError(f"plan: expected one of {', '.join(SCALES)}, controls, got {name!r}")
    return list(dict.fromkeys(settings_of(panel, name, seed) for panel in PANELS))


@dataclass(frozen=True)
class Place:
    """Where experiments run and where their results go.

    Args:
        runs: run directories, one for each run.
        results: result files.
        data: directory of the data sets.
        device: as for a run.
        checkpoint_seconds: as for a run.
        quiet: nothing on the screen but one line for each run.
    """

    runs: Path = Path("runs")
    results: Path = RESULTS
    data: Path | None = None
    device: str = "auto"
    checkpoint_seconds: float = 60.0
    quiet: bool = False

    def result_of(self, settings: Settings) -> Path:
        return self.results / f"{settings.name}.json"


def read_result(path: Path) -> dict[str, Any] | None:
    """The result in a file; None where there is none.

    Raises:
        RunError: the file is no result.
        OSError: it cannot be read.
    """
    if not path.is_file():
        return None
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
        if not is_result(result):
            raise ValueError("expected settings, and a history of numbers")
        return {**result, "settings": Settings.from_json(result["settings"]).to_json()}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RunError(f"{path}: is not the result of a run ({error})") from error


def carry_out(
    settings: Sequence[Settings], place: Place, seconds: float | None, say: Callable[[str], object]
) -> tuple[int, int]:
    """(runs without a result yet, runs that failed) after going on with each in turn until the time is up.

    A run that failed does not stop the others; a run with a stored result is not done again.

    Args:
        settings: of the runs, in their order.
        place: where.
        seconds: budget for all together; None for no limit.
        say: called with a line for each run.
    """
    start, left, failed = time.monotonic(), 0, 0
    for setting in settings:
        stored = read_result(place.result_of(setting))
        if stored is not None and Settings.from_json(stored["settings"]) == setting:
            say(f"{setting.name}: has a result")
            continue
        remaining = None if seconds is None else seconds - (time.monotonic() - start)
        if remaining is not None and remaining <= 0:
            say(f"{setting.name}: waits, the time is up")
            left += 1
            continue
        try:
            left += not _carry_on(setting, place, remaining, say)
        except (DataError, RunError, DivergedError, ValueError) as error:
            say(f"{setting.name}: failed: {error}")
            failed += 1
    return left, failed


def _carry_on(settings: Settings, place: Place, seconds: float | None, say: Callable[[str], object]) -> bool:
    """Whether the run has a result now."""
    directory = place.runs / settings.name
    launch = Launch(
        directory,
        data=place.data,
        device=place.device,
        time_limit=seconds,
        checkpoint_seconds=place.checkpoint_seconds,
        quiet=place.quiet,
    )
    ended = run(settings, launch)
    if ended.result is None:
        say(f"{settings.name}: {ended.epoch} of {settings.epochs} epochs done")
        return False
    if os.environ.get("RANK", "0") == "0":
        place.results.mkdir(parents=True, exist_ok=True)
        write_whole(place.result_of(settings), (directory / "result.json").read_text(encoding="utf-8"), durable=True)
    say(f"{settings.name}: done in {ended.result['seconds']} s")
    return True
