"""Where descent from random starts on the sphere ends, over the dimension d and the radius rho."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ncverify.arguments import Classes, Count, Positive, Seed
from ncverify.landscape.critical import CriticalPoint, classify
from ncverify.landscape.descent import minimise_on_sphere, newton_on_gradient
from ncverify.landscape.sphere import random_point
from ncverify.point import Point
from ncverify.slack.loss import sphere_bound

KINDS = ("collapsed", "local minimum", "saddle", "undecided")


@dataclass(frozen=True)
class Ending:
    """One kind of end point of one cell: all starts that end with the same loss (to eight digits).

    Attributes:
        kind: collapsed, another local minimum (certified), saddle, undecided.
        count: starts that end there.
        loss: the loss there.
        excess: loss minus its lower bound (C.2) on the sphere; zero where collapsed.
        example: one of the points, with its certificate.
    """

    kind: str
    count: int
    loss: float
    excess: float
    example: CriticalPoint


@dataclass(frozen=True)
class Cell:
    """All starts at one d and rho, the lowest loss first."""

    K: int
    n: int
    d: int
    rho: float
    endings: tuple[Ending, ...]

    @property
    def starts(self) -> int:
        """Number of random starts."""
        return sum(ending.count for ending in self.endings)

    def share(self, kind: str) -> float:
        """The share of starts that end in points of a kind."""
        return sum(ending.count for ending in self.endings if ending.kind == kind) / self.starts


def phase_cell(K: Classes, n: Count, d: Count, rho: Positive, *, starts: Count, seed: Seed = 0) -> Cell:
    """The end points of descents from uniform random starts on one sphere.

    Args:
        K: classes.
        n: samples per class.
        d: dimension.
        rho: the radius.
        starts: how many.
        seed: of the starts; cells of different shape or radius use different numbers.

    Raises:
        ValueError: no start asked for.
    """
    if starts < 1:
        raise ValueError(f"starts: expected at least one, got {starts}")
    rng = np.random.default_rng((seed, K, n, d, round(rho * 1024)))
    ends = [_end_point(random_point(K, n, d, rho, rng)) for _ in range(starts)]
    groups: dict[tuple[str, float], list[CriticalPoint]] = {}
    for end in ends:
        groups.setdefault((end.kind, float(f"{end.loss:.8g}")), []).append(end)
    endings = [
        Ending(kind, len(group), group[0].loss, group[0].loss - float(sphere_bound(group[0].point)), group[0])
        for (kind, _), group in groups.items()
    ]
    return Cell(K, n, d, rho, tuple(sorted(endings, key=lambda ending: ending.loss)))


def _end_point(start: Point) -> CriticalPoint:
    """Where descent ends; brought as near to the critical point as floats allow where the certificate asks for it."""
    end = minimise_on_sphere(start).point
    point = classify(end)
    return point if point.kind != "undecided" else classify(newton_on_gradient(end, tolerance=0.0, steps=5).point)


def phase_diagram(
    K: Classes, n: Count, d: Sequence[int], rho: Sequence[float], *, starts: Count, seed: Seed = 0
) -> list[list[Cell]]:
    """The cells over dimensions (rows) and radii (columns).

    Example:
        >>> rows = phase_diagram(3, 1, [1, 2], [2.0], starts=3)
        >>> [row[0].share("collapsed") for row in rows]
        [0.0, 1.0]
    """
    return [[phase_cell(K, n, one_d, one_rho, starts=starts, seed=seed) for one_rho in rho] for one_d in d]


def shares(cells: list[list[Cell]], kind: str = "collapsed") -> np.ndarray:
    """The share of a kind in every cell, shape (dimensions, radii)."""
    return np.array([[cell.share(kind) for cell in row] for row in cells])
