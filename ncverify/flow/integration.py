"""The gradient flow from a start to a given log t, with records, events and an error estimate.

The path of the flow does not depend on the clock: it is followed in rescaled time (see `field`), where its direction
and log rho move at a speed of order one to the end of time, while log t is read off (see `clock`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ncverify.arguments import Count, Extended, Positive, Real, checked
from ncverify.flow.clock import Clock
from ncverify.flow.field import Field, Local, Vector
from ncverify.flow.implicit import BackwardDifferences
from ncverify.flow.invariants import Conserved, conserved, relative_drift
from ncverify.flow.records import Occurrence, Recorded
from ncverify.flow.trajectory import Trajectory, assemble
from ncverify.model import between_classes
from ncverify.numbers import to_numpy
from ncverify.point import Point

_MOST_STEPS = 20_000


@dataclass(frozen=True)
class Moment:
    """A moment of the flow, for events.

    Attributes:
        solver: the integration, whose last step contains the moment.
        log_t: logarithm of time.
        sigma: rescaled time.
    """

    solver: BackwardDifferences
    log_t: float
    sigma: float

    @property
    def field(self) -> Field:
        """The gradient field."""
        return self.solver.field

    @cached_property
    def x(self) -> Vector:
        """theta, flat."""
        return self.solver.x if self.sigma == self.solver.sigma else self.solver.dense(self.sigma)

    @cached_property
    def local(self) -> Local:
        """The field around theta."""
        return self.field.at(self.x)

    @property
    def rho(self) -> float:
        """|theta|."""
        return float(np.linalg.norm(self.x))

    @cached_property
    def point(self) -> Point:
        """theta as a point."""
        return self.field.point(self.x)


@dataclass(frozen=True)
class Event:
    """A function of the moment that is watched for a change of sign.

    Args:
        name: of the event.
        function: from a `Moment` to a number.
        terminal: whether the flow ends there.
    """

    name: str
    function: Callable[[Moment], float]
    terminal: bool = False


def loss_reaches(value: Real, *, terminal: bool = False) -> Event:
    """The summed loss falls to a value, for instance log 2.

    Example:
        >>> import math
        >>> import numpy as np
        >>> from ncverify import Point
        >>> start = Point(np.array([[1.0], [-1.0]]), np.array([[-0.5, -1.0]]))
        >>> path = gradient_flow(start, events=[margin_reaches(0.0), loss_reaches(math.log(2), terminal=True)])
        >>> [event.name for event in path.events], round(math.exp(path["log_loss"][-1]), 6)
        (['q_min = 0', 'loss = 0.693147'], 0.693147)
    """
    return Event(f"loss = {value:.6g}", lambda m: math.log(value) - m.local.log_loss, terminal)


def log_loss_reaches(value: Real, *, terminal: bool = False) -> Event:
    """The logarithm of the loss falls to a value."""
    return Event(f"log loss = {value:.6g}", lambda m: value - m.local.log_loss, terminal)


def margin_reaches(value: Real, *, terminal: bool = False) -> Event:
    """q_min reaches a value; zero is where the classes become separated."""

    def excess(m: Moment) -> float:
        Z, n = m.local.W @ m.local.H, m.field.shape.n
        return float(between_classes(Z[m.field.own, m.field.columns] - Z, n, m.point.xp).min()) - value

    return Event(f"q_min = {value:.6g}", excess, terminal)


def norm_reaches(value: Real, *, terminal: bool = False) -> Event:
    """rho reaches a value."""
    return Event(f"rho = {value:.6g}", lambda m: m.rho - value, terminal)


def log_time_reaches(value: Real, *, terminal: bool = False) -> Event:
    """log t reaches a value."""
    return Event(f"log t = {value:.6g}", lambda m: max(m.log_t, -1e300) - value, terminal)


def log_time_grid(horizon: Positive, per_decade: Count = 20, first: Positive = 1.0) -> tuple[float, ...]:
    """Values of log t, equally spaced on a log log t axis, from `first` up to the horizon.

    Example:
        >>> [round(log_t, 9) for log_t in log_time_grid(1e4, per_decade=1)]
        [1.0, 10.0, 100.0, 1000.0, 10000.0]
    """
    if not first < horizon < math.inf:
        return ()
    count = max(2, round(per_decade * math.log10(horizon / first)) + 1)
    return tuple(np.geomspace(first, horizon, count).tolist())


@checked
def gradient_flow(
    start: Point,
    *,
    until_log_t: Extended | None = None,
    rtol: Positive = 1e-8,
    record: Sequence[float] | None = None,
    events: Sequence[Event] = (),
    log_t: Extended = -math.inf,
    origin: Conserved | None = None,
    progress: Callable[[float], bool | None] | None = None,
) -> Trajectory:
    r"""The trajectory of the gradient flow of the summed loss (2.3), to any log t.

    Host only, in float64. The local error of each step is at most rtol * rho; the drift of the conserved quantities
    (`Trajectory.error_estimate`) tells what has become of it.

    Args:
        start: any point with a gradient that is not zero.
        until_log_t: where to stop; may be left out where an event is terminal.
        rtol: tolerated local error, relative to rho.
        record: values of log t to record; by default 20 for each decade of log t, from log t = 1. Start,
            end and events are always recorded.
        events: watched for changes of sign.
        log_t: log t of the start.
        origin: conserved quantities to measure the drift from, by default those of the start.
        progress: called with log t after each step; the flow ends where it returns True.

    Raises:
        ValueError: a critical point as start, no end, or an rtol that cannot be met.
        StepTooSmallError: the integrator cannot go on.

    Example:
        >>> import numpy as np
        >>> from ncverify import Point
        >>> start = Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -0.5]]))
        >>> path = gradient_flow(start, until_log_t=1000.0, record=[100.0])
        >>> path["log_t"].round(9).tolist(), bool(path["misalignment"][-1] < 1e-3)
        ([-inf, 100.0, 1000.0], True)
    """
    stops = [event for event in events if event.terminal]
    if until_log_t is None and not stops:
        raise ValueError("until_log_t: expected a number, or a terminal event: the flow itself has no end")
    if until_log_t is not None:
        if not log_t < until_log_t < math.inf:
            raise ValueError(
                f"until_log_t: expected a finite number above {log_t}, log t of the start, got {until_log_t}"
            )
        events = [*events, log_time_reaches(until_log_t, terminal=True)]
    if record is None:
        record = () if until_log_t is None else log_time_grid(until_log_t)
    grid = sorted(float(value) for value in record if value > log_t)
    start = start.map(lambda a: np.array(to_numpy(a), dtype=np.float64))
    origin = conserved(start) if origin is None else origin
    walk = _Walk(start, rtol, log_t, list(events), grid, origin)
    for now in walk.run():
        if progress is not None and progress(now) and not walk.ended:
            walk.end(f"stopped at log t = {now:.6g}")
    settings = {"rtol": rtol, "until_log_t": until_log_t, **vars(walk.solver.effort)}
    return assemble(walk.rows, origin, events=tuple(walk.happened), settings=settings, ended=walk.ended)


def resume(trajectory: Trajectory, **options: Any) -> Trajectory:
    """The trajectory continued from its end; options as for `gradient_flow`.

    Example:
        >>> import numpy as np
        >>> from ncverify import Point
        >>> start = Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -0.5]]))
        >>> half = gradient_flow(start, until_log_t=10.0, record=[])
        >>> resume(half, until_log_t=100.0, record=[])["log_t"].round(9).tolist()
        [-inf, 10.0, 100.0]
    """
    later = gradient_flow(trajectory.end, log_t=float(trajectory["log_t"][-1]), origin=trajectory.origin, **options)
    return trajectory.joined(later)


class _Walk:
    """One integration with its records."""

    def __init__(
        self, start: Point, rtol: float, log_t: float, events: list[Event], grid: list[float], origin: Conserved
    ) -> None:
        self.field, self.origin = Field.of(start), origin
        self.solver = BackwardDifferences(self.field, self.field.pack(start), rtol=rtol)
        self.drift = relative_drift(origin, start.W, start.H)
        self.log_t, self.events, self.grid, self.ended = log_t, events, grid, ""
        self.rows = [Recorded(start, log_t, 0.0, self.drift)]
        self.happened: list[Occurrence] = []
        first = Moment(self.solver, log_t, 0.0)
        self.values = [event.function(first) for event in events]

    def run(self) -> Iterator[float]:
        while not self.ended:
            if self.solver.effort.steps >= _MOST_STEPS:
                self.end(f"after {_MOST_STEPS} steps at log t = {self.log_t:.6g}")
                return
            self.solver.step()
            self.drift = max(self.drift, relative_drift(self.origin, self.solver.local.W, self.solver.local.H))
            self._look_back()
            yield self.log_t

    def end(self, reason: str) -> None:
        """Ends the walk after the last step, and records its end."""
        self.ended = reason
        self._record(Moment(self.solver, self.log_t, self.solver.sigma))

    @property
    def clock(self) -> Clock:
        """Time over the last step."""
        before, now = self.solver.previous, self.solver.local
        return Clock(
            self.log_t,
            self.solver.previous_sigma,
            self.solver.sigma - self.solver.previous_sigma,
            (before.log_loss, now.log_loss),
            (-before.squared_speed, -now.squared_speed),
        )

    def _look_back(self) -> None:
        """Records and events inside the last step, in the order in which they happened."""
        clock = self.clock
        last = self._moment(clock, self.solver.sigma)
        values = [event.function(last) for event in self.events]
        moments: list[tuple[float, Event | None]] = []
        for event, before, after in zip(self.events, self.values, values, strict=True):
            if (before < 0) != (after < 0):
                moments.append((self._crossing(clock, event.function, before, after), event))
        while self.grid and self.grid[0] <= last.log_t:
            wanted = log_time_reaches(self.grid.pop(0)).function
            moments.append((self._crossing(clock, wanted, -1.0, wanted(last)), None))
        for sigma, happened in sorted(moments, key=lambda pair: pair[0]):
            moment = self._moment(clock, sigma)
            self._record(moment)
            if happened is not None:
                self.happened.append(Occurrence(happened.name, moment.log_t, moment.sigma))
                if happened.terminal:
                    self.ended = happened.name
                    break
        self.values, self.log_t = values, last.log_t

    def _crossing(self, clock: Clock, function: Callable[[Moment], float], before: float, after: float) -> float:
        """The sigma in the last step at which a function of the moment changes its sign."""
        from scipy.optimize import brentq

        def signed(sigma: float) -> float:
            if sigma == clock.sigma:  # the value was taken at the end of the step before; log t may be -inf there
                return before
            return after if sigma == self.solver.sigma else function(self._moment(clock, sigma))

        resolution = 1e-15 * max(1.0, abs(self.solver.sigma))
        return float(brentq(signed, clock.sigma, self.solver.sigma, xtol=resolution, rtol=8.9e-16))

    def _moment(self, clock: Clock, sigma: float) -> Moment:
        return Moment(self.solver, clock.log_time(sigma), sigma)

    def _record(self, moment: Moment) -> None:
        if moment.sigma > self.rows[-1].sigma:
            self.rows.append(Recorded(moment.point, moment.log_t, moment.sigma, self.drift))
