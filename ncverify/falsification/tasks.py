"""A piece of a campaign, and what it found."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from ncverify.falsification.distribution import Distribution
from ncverify.space.layout import Layout

Stage = Literal["structured", "random", "attack"]
STAGES: tuple[Stage, ...] = ("structured", "random", "attack")


ROUNDING = 1e-12  # scaled distances that differ by less are equal as far as floats tell
CONFIRMATIONS = 6  # exact judgements at applicable points, per goal and task


@dataclass(frozen=True)
class Task:
    """A piece of work whose outcome depends on nothing but itself.

    Attributes:
        stage: structured points, random points, or the gradient adversary.
        layout: of the points of one shape.
        seed: entropy of its random numbers.
        count: points to start from; of structured ones at most.
        calls: of the objective in each round of the adversary.
        with_simplex: whether structured points include a simplex.
        device: of torch, where points are evaluated and moved.
        looks: exact judgements at applicable points, for each goal.
        edges: rows, for each goal, beside which exact points on the edge of the conclusion are sought.
    """

    stage: Stage
    layout: Layout
    seed: tuple[int, ...]
    count: int
    calls: int = 80
    with_simplex: bool = True
    device: str = "cpu"
    looks: int = CONFIRMATIONS
    edges: int = 1


@dataclass
class Outcome:
    """What a task found; coordinates are NumPy float64.

    Attributes:
        attacked: whether the adversary ran.
        tried: evaluations in floats.
        sampled: of them at structured or random points.
        applicable: sampled points that meet the hypotheses.
        met: points that meet them, those where the adversary ended among them.
        lowest: the smallest distance of the conclusion from failing, in floats.
        tightest: where that is, up to rounding: of points that it cannot tell apart the first of ordinary size.
        at_tightest: the distance there.
        ordinary: whether it is of ordinary size.
        violation: a counterexample, confirmed exactly.
        arithmetic: that confirmed it.
        ties: points where the slack is zero as far as any precision tells, or an identity's two sides agree.
        undecided: points of ordinary size that no precision decided.
        undefined: points at which the statement is no number.
        out_of_reach: points of extreme size that no precision decided.
        decisive: sampled points with a slack well above rounding.
        defined: judged points at which the statement is a number.
        open: points that a first look at low precision did not decide, with their layouts, by their coordinates.
        distribution: of the distances.
    """

    attacked: bool = False
    tried: int = 0
    sampled: int = 0
    applicable: int = 0
    met: int = 0
    lowest: float = math.inf
    tightest: Any = None
    at_tightest: float = math.inf
    ordinary: bool = False
    violation: Any = None
    arithmetic: str = ""
    ties: list[Any] = field(default_factory=list)
    undecided: int = 0
    undefined: int = 0
    out_of_reach: int = 0
    decisive: int = 0
    defined: int = 0
    open: dict[bytes, tuple[Any, Layout]] = field(default_factory=dict)
    distribution: Distribution = field(default_factory=Distribution)

    def note(self, lowest: float, at_tightest: float, tightest: Any, *, ordinary: bool) -> None:
        """Notes how near to failing some points come, and one of the nearest with its own distance and size."""
        self.lowest = min(self.lowest, lowest)
        better = ordinary and not self.ordinary and at_tightest <= self.at_tightest + ROUNDING
        if better or at_tightest < self.at_tightest - ROUNDING:
            self.at_tightest, self.tightest, self.ordinary = at_tightest, tightest, ordinary

    def merge(self, other: Outcome) -> None:
        """Adds what another task found; its violation replaces ours."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.ties += other.ties
        self.open |= other.open
        self.attacked |= other.attacked
        self.distribution.merge(other.distribution)
        self.note(other.lowest, other.at_tightest, other.tightest, ordinary=other.ordinary)
        if other.violation is not None:
            self.violation, self.arithmetic = other.violation, other.arithmetic


_COUNTS = tuple(f.name for f in fields(Outcome) if f.type == "int")
