"""A piece of a campaign, and what it found."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from ncverify.domain import Shape
from ncverify.falsification.distribution import Distribution
from ncverify.point import Point

Stage = Literal["structured", "random", "attack"]
STAGES: tuple[Stage, ...] = ("structured", "random", "attack")


@dataclass(frozen=True)
class Task:
    """A piece of work whose outcome depends on nothing but itself.

    Attributes:
        stage: structured points, random points, or the gradient adversary.
        shape: K, n, d.
        seed: entropy of its random numbers.
        count: points to start from.
        calls: of the objective in each round of the adversary.
        with_simplex: whether structured points include a simplex.
    """

    stage: Stage
    shape: Shape
    seed: tuple[int, ...]
    count: int
    calls: int = 80
    with_simplex: bool = True


@dataclass
class Outcome:
    """What a task found; coordinates are NumPy float64.

    `open` has the points that a first look at low precision did not decide, by their coordinates.
    """

    attacked: bool = False
    tried: int = 0
    sampled: int = 0
    applicable: int = 0
    met: int = 0
    lowest: float = math.inf
    tightest: Point | None = None
    violation: Point | None = None
    arithmetic: str = ""
    ties: list[Point] = field(default_factory=list)
    undecided: int = 0
    undefined: int = 0
    out_of_reach: int = 0
    decisive: int = 0
    defined: int = 0
    open: dict[bytes, Point] = field(default_factory=dict)
    distribution: Distribution = field(default_factory=Distribution)
