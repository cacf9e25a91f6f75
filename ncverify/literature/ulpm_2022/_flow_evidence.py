"""Demonstrations along integrated flows, for the statements of Appendix B that speak of whole trajectories.

Each flow starts at a random point and is followed to log t = 10^4; shapes have d above, at and below K-1. Every check
has a control: the same check of something false.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from ncverify.domain import Shape
from ncverify.flow.integration import gradient_flow, log_time_grid
from ncverify.flow.rates import largest_possible_margin
from ncverify.flow.trajectory import Trajectory
from ncverify.numbers import namespace_of
from ncverify.papers.claim import Demonstration, Shown
from ncverify.point import Point

SHAPES = (Shape(2, 1, 1), Shape(3, 1, 2), Shape(3, 2, 4), Shape(4, 1, 2), Shape(4, 2, 5))
_HORIZON = 1e4
_RTOL = 1e-9


def random_start(shape: Shape, seed: int, scale: float = 0.5) -> Point:
    """Gaussian coordinates."""
    rng = np.random.default_rng((seed, *shape))
    K, n, d = shape
    return Point(scale * rng.standard_normal((K, d)), scale * rng.standard_normal((d, K * n)))


@cache
def flows(seed: int) -> tuple[Trajectory, ...]:
    """One flow for each shape."""
    grid = log_time_grid(_HORIZON, per_decade=25)
    return tuple(gradient_flow(random_start(s, seed), until_log_t=_HORIZON, rtol=_RTOL, record=grid) for s in SHAPES)


def late_rows(path: Trajectory) -> np.ndarray:
    """The rows with L < log 2, where epsilon and delta are numbers; rounding decides on which side L = log 2 lies."""
    return np.flatnonzero((path["log_loss"] < math.log(math.log(2))) & np.isfinite(path["delta"]))


def show(
    name: str, check: Callable[[Trajectory], tuple[bool, float]], false: Callable[[Trajectory], tuple[bool, float]]
) -> Demonstration:
    """A demonstration that a check, to (holds, decisive number), is passed by every flow, and a false one is not."""

    def over_all(judge: Callable[[Trajectory], tuple[bool, float]]) -> Callable[[int], Shown]:
        def run(seed: int) -> Shown:
            cases = [judge(path) for path in flows(seed)]
            worst = max(value for _, value in cases)
            error = max(path.error_estimate for path in flows(seed))
            detail = (
                f"{len(cases)} flows to log t = {_HORIZON:.0e}, worst {worst:.3g}, integration error about {error:.0e}"
            )
            return Shown(all(ok for ok, _ in cases), detail, worst, len(cases))

        return run

    return Demonstration(name, over_all(check), "measured", over_all(false))


# --- Lemma B.3 -------------------------------------------------------------------------------------------------------


def _rate(with_log: float) -> Callable[[Trajectory], tuple[bool, float]]:
    """Whether log(1/L) - log t - with_log log log t - log(4 gamma~) shrinks over the last decade of log t."""

    def check(path: Trajectory) -> tuple[bool, float]:
        rows = late_rows(path)
        log_t, log_loss, margin = (path[name][rows] for name in ("log_t", "log_loss", "smoothed_margin"))
        gap = -log_loss - log_t - with_log * np.log(log_t) - np.log(4 * margin)
        early, late = abs(gap[np.searchsorted(log_t, _HORIZON / 10)]), abs(gap[-1])
        return bool(late < early / 2), float(late)

    return check


SHARP_RATE = show("L t log t tends to 1/(4 gamma~)", _rate(1.0), _rate(0.0))

# --- Lemma B.5 -------------------------------------------------------------------------------------------------------


def _alignment(power: int) -> Callable[[Trajectory], tuple[bool, float]]:
    """Whether (1 - beta) rho^power has stopped growing over the last decade of log t, and 1 - beta is small."""

    def check(path: Trajectory) -> tuple[bool, float]:
        product = path["misalignment"] * path["rho"] ** power
        early = product[np.searchsorted(path["log_t"], _HORIZON / 10)]
        return bool(product[-1] < 1.5 * early), float(path["misalignment"][-1])

    return check


ALIGNMENT = show("1 - beta tends to zero like 1/rho^2", _alignment(2), _alignment(4))


def _integral(factor: float) -> Callable[[Trajectory], tuple[bool, float]]:
    """(B.25) between rows eight apart, by the trapezoidal rule; its error is estimated from half as many rows."""

    def check(path: Trajectory) -> tuple[bool, float]:
        rows = late_rows(path)
        log_rho, log_margin = np.log(path["rho"]), np.log(np.maximum(path["smoothed_margin"], 1e-300))
        tilt = path["misalignment"] * (2 - path["misalignment"]) / path["alignment"] ** 2  # beta^-2 - 1
        worst = -math.inf
        for a in range(rows[0], len(path) - 8, 8):
            part = slice(a, a + 9)
            fine, coarse = (float(np.trapezoid(tilt[part][::k], log_rho[part][::k])) for k in (1, 2))
            error = abs(fine - coarse)
            gain = float(log_margin[a + 8] - log_margin[a])
            worst = max(worst, (factor * (fine - error) - gain) / gain)
        return worst <= 0, worst

    return check


INTEGRAL = show("log gamma~ grows by at least 2 int (beta^-2 - 1) d log rho", _integral(2.0), _integral(40.0))


def _moves(share: float) -> Callable[[Trajectory], tuple[bool, float]]:
    """|theta^(t_2) - theta^(t_1)| <= share (log rho(t_2) - log rho(t_1)) / gamma~(t_0) for all pairs of rows."""

    def check(path: Trajectory) -> tuple[bool, float]:
        rows = late_rows(path)
        directions, log_rho = path.directions()[rows], np.log(path["rho"][rows])
        bound = share / path["smoothed_margin"][rows[0]]
        ratios = [
            float(np.linalg.norm(directions[b] - directions[a])) / (bound * (log_rho[b] - log_rho[a]))
            for a in range(0, len(rows), 4)
            for b in range(a + 1, len(rows), 4)
        ]
        return max(ratios) <= 1, max(ratios)

    return check


DIRECTION_MOVES = show(
    "the direction moves by at most the growth of log rho over gamma~(t_0)", _moves(1.0), _moves(1e-3)
)

# --- (B.26) ----------------------------------------------------------------------------------------------------------

_MISALIGNED = Point(np.array([[4.0], [-4.0]]), np.array([[4.0, -4.5]]))


def _least_misalignment(path: Trajectory, start: int, until_log_rho: float) -> float:
    """The smallest 2 (beta^-2 - 1) between a row and the moment when log rho reaches a value."""
    rows = np.flatnonzero(np.log(path["rho"]) <= until_log_rho)
    chosen = rows[rows >= start]
    return float(min(2 * (path["alignment"][chosen] ** -2 - 1)))


@cache
def _early_flows(seed: int) -> tuple[Trajectory, ...]:
    """Flows of two classes that are recorded from early on, one of them from a start that is out of alignment."""
    starts = (_MISALIGNED, *(random_start(SHAPES[0], seed + i) for i in range(2)))
    grid = log_time_grid(_HORIZON, 25, 0.01)
    return tuple(gradient_flow(start, until_log_t=_HORIZON, rtol=_RTOL, record=grid) for start in starts)


def _choice(*, corrected: bool) -> Callable[[int], Shown]:
    """The largest ratio of min 2 (beta^-2 - 1) over [s, s'] to epsilon^2; s' at log rho + epsilon or close to s."""

    def run(seed: int) -> Shown:
        K, n, _ = SHAPES[0]
        xp = namespace_of(np.ones(1))
        largest = float(largest_possible_margin(K, n, xp))
        paths, worst = _early_flows(seed), 0.0
        for path in paths:
            log_rho = np.log(path["rho"])
            for row in late_rows(path):
                epsilon = math.log(largest / path["smoothed_margin"][row]) ** (1 / 3)
                end = log_rho[row] + (epsilon if corrected else 0.0)
                if end <= log_rho[-1]:
                    worst = max(worst, _least_misalignment(path, row, end) / epsilon**2)
        return Shown(worst <= 1, f"largest ratio to epsilon^2: {worst:.3g}", worst, len(paths))

    return run


CHOICE = Demonstration(
    "with log rho(s'_m) - log rho(s_m) = epsilon_m some t_m has 2 (beta^-2 - 1) <= epsilon_m^2",
    _choice(corrected=True),
    "measured",
    _choice(corrected=False),
)
