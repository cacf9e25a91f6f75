r"""How far a point is from the best possible margin for its norm, certified by the closed-form dual of (3.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ncverify.point import Point
from ncverify.slack.margin import margin_bound


@dataclass(frozen=True)
class OptimalityGap:
    """The margin of a point against the best margin of any point of its norm.

    Attributes:
        q_min: the margin of the dataset.
        best_margin: (|W|^2 + |H|^2) / (2 (K-1) sqrt n), an upper bound of the margin of every point of this norm.
        relative: 1 - q_min / best_margin; zero exactly at the global optima, above one where the point does not separate.
        objective: half the squared norm after scaling to q_min = 1, infinite where the point does not separate.
        lower_bound: (K-1) sqrt(n), which no feasible point of (3.1) goes below, in any dimension.
        attained: whether some point of this shape attains the bounds: d >= K-1.
    """

    q_min: float
    best_margin: float
    relative: float
    objective: float
    lower_bound: float
    attained: bool

    def __str__(self) -> str:
        if self.q_min <= 0.0:
            return f"does not separate the classes (margin {self.q_min:.3g}, best possible {self.best_margin:.3g})"
        words = "within" if self.attained else "at most"
        tail = "the best possible margin for its norm"
        tail += "" if self.attained else " (a bound that no point of so few dimensions attains)"
        return f"{words} {100 * self.relative:.3g} % {'of' if self.attained else 'below'} {tail}"


def optimality_gap(point: Point) -> OptimalityGap:
    """The certified optimality gap of a point of any backend, without a solver. *Source:* Theorem 3.1.

    The relative gap is that of the margin at given norm; the objective of (3.1) exceeds its lower bound by the factor
    1 / (1 - relative). Rounding can only enlarge it: it is never reported below zero.

    Args:
        point: any point other than the origin.

    Raises:
        ValueError: W = H = 0, where every margin is zero.

    Example:
        >>> from ncverify.collapse import collapsed_point
        >>> print(optimality_gap(collapsed_point(4, 5, 8)))
        within 0 % of the best possible margin for its norm
    """
    bound, q = _number(margin_bound(point)), _number(point.q_min)
    if not bound > 0.0:
        raise ValueError("point: W = H = 0 has no best margin for its norm (or its squared norm underflows)")
    relative = max(0.0, 1.0 - q / bound)
    rounding = 8 * (point.d + point.K) * np.finfo(np.float64).eps
    lower = (point.K - 1) * float(np.sqrt(point.n))
    return OptimalityGap(
        q_min=q,
        best_margin=bound,
        relative=0.0 if relative <= rounding else relative,
        objective=bound / q * lower if q > 0.0 else np.inf,
        lower_bound=lower,
        attained=point.d >= point.K - 1,
    )


def _number(value: object) -> float:
    nearest = getattr(value, "nearest_float", None)
    return float(nearest()) if nearest is not None else float(value)  # type: ignore[arg-type]
