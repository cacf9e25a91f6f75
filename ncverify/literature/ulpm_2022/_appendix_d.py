"""Demonstrations for Appendix D: the run as printed and as meant, slopes of the metrics, and what explains them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Literal

import numpy as np

from ncverify.domain import Shape
from ncverify.flow.descent import gradient_descent
from ncverify.flow.integration import gradient_flow, log_time_grid
from ncverify.flow.limits import limit_direction, mean_slope, slope
from ncverify.flow.offsets import complement_of, measured_offsets, predicted_offsets
from ncverify.flow.trajectory import Trajectory
from ncverify.metrics import METRICS
from ncverify.papers.claim import Demonstration, Shown
from ncverify.point import Point

PAPER = Shape(5, 10, 20)
_SEEDS = 5
_HORIZON = 1e6
_PAPER_WINDOW = (2.0, 11.5)
_LATE_WINDOW = (1e4, _HORIZON)
_EPOCHS = 5_000  # of the 10^5 printed: log t = 8.5 instead of 11.5; the flow goes on from there


def gaussian_start(shape: Shape, seed: int, scale: float = 1.0) -> Point:
    """Independent Gaussian coordinates; Appendix D does not say how the run starts."""
    rng = np.random.default_rng((seed, *shape))
    K, n, d = shape
    return Point(scale * rng.standard_normal((K, d)), scale * rng.standard_normal((d, K * n)))


# --- the run ---------------------------------------------------------------------------------------------------------


def _falls(path: Trajectory) -> bool:
    """Whether the run went to its end and every metric is smaller there than at the start."""
    if path.settings.get("diverged_at") is not None:
        return False
    return all(path[name][-1] < path[name][0] for name in METRICS)


def _descents(loss: Literal["sum", "mean"], samples: tuple[int, ...], rate: float, seed: int) -> list[Trajectory]:
    """One descent for each number of samples per class and each of two scales of the start: 1/sqrt(d) and 0.1."""
    starts = [
        gaussian_start(Shape(PAPER.K, n, PAPER.d), seed, scale) for n in samples for scale in (PAPER.d**-0.5, 0.1)
    ]
    return [gradient_descent(p, learning_rate=rate, steps=_EPOCHS, loss=loss, record=[]) for p in starts]


def _as_printed(rate: float) -> Callable[[int], Shown]:
    def run(seed: int) -> Shown:
        paths = _descents("sum", (10, 2), rate, seed)
        fell = [_falls(path) for path in paths]
        ends = "; ".join(path.ended for path in paths)
        return Shown(
            all(fell), f"{sum(fell)} of {len(fell)} descents lowered every metric: {ends}", sum(fell), len(fell)
        )

    return run


def _as_meant(rate: float) -> Callable[[int], Shown]:
    """The descent for some epochs, and the flow from the same starts to the time of all 10^5."""

    def run(seed: int) -> Shown:
        paths = _descents("mean", (10,), rate, seed)
        horizon = math.log(1e5 * rate / (PAPER.K * PAPER.n))
        if all(path.settings["diverged_at"] is None for path in paths):
            paths += [gradient_flow(path.point(0), until_log_t=horizon, record=[]) for path in paths]
        fell = [_falls(path) for path in paths]
        ends = "; ".join(path.ended for path in paths)
        return Shown(all(fell), f"{sum(fell)} of {len(fell)} runs lowered every metric: {ends}", sum(fell), len(fell))

    return run


RUN_AS_PRINTED = Demonstration(
    "gradient descent on the sum at learning rate 5, N = 10 per class or in all, lowers every metric",
    _as_printed(5.0),
    "measured",
    _as_printed(50.0),
)
RUN_AS_MEANT = Demonstration(
    "gradient descent on the mean at learning rate 5, 10 samples per class, lowers every metric",
    _as_meant(5.0),
    "measured",
    _as_meant(500.0),
)

# --- the slopes ------------------------------------------------------------------------------------------------------


@cache
def flows(shape: Shape, seed: int) -> tuple[Trajectory, ...]:
    """Flows from independent starts, to log t = 10^6."""
    record = log_time_grid(_HORIZON, per_decade=5, first=2.0)
    return tuple(
        gradient_flow(gaussian_start(shape, 1000 * seed + i), until_log_t=_HORIZON, record=record)
        for i in range(_SEEDS)
    )


def _slopes(expected: Mapping[str, float], window: tuple[float, float]) -> Callable[[int], Shown]:
    """Whether every slope is the expected one, up to its confidence interval and 0.02 for terms of higher order."""

    def run(seed: int) -> Shown:
        found = {name: mean_slope(flows(PAPER, seed), name, *window) for name in METRICS}
        gaps = [abs(s.mean - expected[name]) - s.half_width - 0.02 for name, s in found.items()]
        detail = ", ".join(f"{name} {s.mean:.3f} +- {s.half_width:.3f}" for name, s in found.items())
        return Shown(max(gaps) <= 0, f"slopes on log t {window[0]:.3g} to {window[1]:.3g}: {detail}", max(gaps), _SEEDS)

    return run


LIKE_LOG = dict.fromkeys(METRICS, -1.0)
AS_FOUND = LIKE_LOG | {"within_class_variation": -0.5}

RATES_AS_PRINTED = Demonstration(
    "all six metrics fall like 1/log t",
    _slopes(LIKE_LOG, _LATE_WINDOW),
    "measured",
    _slopes(dict.fromkeys(METRICS, -2.0), _LATE_WINDOW),
)
RATES = Demonstration(
    "five metrics fall like 1/log t, the within-class variation like 1/sqrt(log t)",
    _slopes(AS_FOUND, _LATE_WINDOW),
    "measured",
    _slopes(AS_FOUND, _PAPER_WINDOW),
)

# --- the explanation -------------------------------------------------------------------------------------------------


def _offsets(share: float) -> Callable[[int], Shown]:
    """The scatter outside the limit's span against `share` times what the start's conserved quantities predict."""

    def run(seed: int) -> Shown:
        worst = 0.0
        for path in flows(PAPER, seed):
            complement = complement_of(limit_direction(path).point)
            predicted = predicted_offsets(path.origin, PAPER.K, complement).features
            worst = max(worst, abs(measured_offsets(path.end, complement).features / (share * predicted) - 1))
        allowed = 1 / float(min(path["rho"][-1] for path in flows(PAPER, seed)))
        return Shown(
            worst <= allowed, f"scatter outside the span of the limit: off by at most {worst:.1e}", worst, _SEEDS
        )

    return run


OFFSETS = Demonstration(
    "the scatter of the features outside the span of the limit is what the conserved quantities predict",
    _offsets(1.0),
    "measured",
    _offsets(1.01),
)


def balanced_start(K: int, n: int, seed: int) -> Point:
    """A random start in d = K-1 with W'W = HH' and 1'W = 0, up to rounding."""
    rng = np.random.default_rng(seed)
    H = rng.standard_normal((K - 1, K * n))
    values, vectors = np.linalg.eigh(H @ H.T)
    frame, _ = np.linalg.qr(np.concatenate([np.ones((K, 1)), rng.standard_normal((K, K - 1))], axis=1))
    return Point(frame[:, 1:] @ (vectors * np.sqrt(values)) @ vectors.T, H)


def _without_offsets(start: Callable[[int], Point]) -> Callable[[int], Shown]:
    """Whether every metric times log t falls a thousandfold between log t = 10 and log t = 10^4."""

    def run(seed: int) -> Shown:
        worst = 0.0
        for i in range(3):
            path = gradient_flow(start(1000 * seed + i), until_log_t=1e4, record=[10.0], rtol=1e-9)
            for name in METRICS:
                early, late = path[name][1], path[name][-1]
                worst = max(worst, float(late * 1e4 / (early * 10.0)))
        return Shown(worst < 1e-3, f"metric times log t, late over early: at most {worst:.1e}", worst, 3)

    return run


WITHOUT_OFFSETS = Demonstration(
    "from a balanced start in d = K-1 every metric falls faster than 1/log t",
    _without_offsets(lambda seed: balanced_start(3, 4, seed)),
    "measured",
    _without_offsets(lambda seed: gaussian_start(Shape(3, 4, 2), seed)),
)


# --- other dimensions ------------------------------------------------------------------------------------------------

_CLASSES, _SAMPLES = 4, 3


@cache
def _in_dimension(d: int, seed: int) -> Trajectory:
    """The flow from a random start."""
    start = gaussian_start(Shape(_CLASSES, _SAMPLES, d), seed, 0.5)
    return gradient_flow(start, until_log_t=_HORIZON, record=log_time_grid(_HORIZON, per_decade=5, first=10.0))


def _dimension(low: int, same: int, more: int) -> Callable[[int], Shown]:
    """Whether cosines stay for d = `low`, the within-class variation vanishes for `same`, has slope -1/2 for `more`."""

    def run(seed: int) -> Shown:
        paths = {d: _in_dimension(d, seed) for d in (low, same, more)}
        cosines = slope(paths[low], "classifier_cosine_deviation", *_LATE_WINDOW)
        vanished = float(paths[same]["within_class_variation"][-1])
        within = slope(paths[more], "within_class_variation", *_LATE_WINDOW)
        detail = f"d = {low}: slope of cosines {cosines:.1e}; d = {same}: within-class {vanished:.1e}"
        detail += f"; d = {more}: slope of within-class {within:.3f}"
        return Shown(abs(cosines) < 1e-3 and vanished < 1e-12 and abs(within + 0.5) < 0.02, detail, within, 3)

    return run


OTHER_DIMENSIONS = Demonstration(
    "K = 4: for d = 2 cosines do not fall; within-class variation vanishes for d = 3, is 1/sqrt(log t) for d = 4",
    _dimension(2, 3, 4),
    "measured",
    _dimension(3, 4, 2),
)
