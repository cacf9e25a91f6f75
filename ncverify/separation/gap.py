r"""How far a point is from the best possible margin for its norm, certified by the closed-form dual of (3.1)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ncverify.arguments import NotNegative, Positive, Real
from ncverify.domain import Shape
from ncverify.kinds import Number
from ncverify.point import Point
from ncverify.slack.margin import margin_bound


@dataclass(frozen=True)
class OptimalityGap:
    """The margin of a point against the best margin of any point of its norm.

    Attributes:
        q_min: the margin of the dataset.
        best_margin: (|W|^2 + |H|^2) / (2 (K-1) sqrt n), an upper bound of the margin of every point of this norm.
        relative: an upper bound of 1 - q_min / best_margin, rounding included; above one the point does not separate.
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
        sentence = f"within {100 * self.relative:.2g} % of the best possible margin for its norm"
        return sentence if self.attained else f"{sentence} (the best for d >= K-1: not attained here)"


def optimality_gap(point: Point) -> OptimalityGap:
    """The certified optimality gap of a point of any backend, without a solver. *Source:* Theorem 3.1.

    The relative gap is that of the margin at given norm; the objective of (3.1) exceeds its lower bound by the factor
    1 / (1 - relative). The certificate is the closed-form dual of `ncverify.separation.certificate`.

    Args:
        point: any point other than the origin.

    Raises:
        ValueError: W = H = 0, where every margin is zero.

    Example:
        >>> from ncverify.collapse import collapsed_point
        >>> gap = optimality_gap(collapsed_point(4, 5, 8))
        >>> gap.relative < 1e-13, round(gap.objective / gap.lower_bound, 12)
        (True, 1.0)
    """
    bound, shape = _number(margin_bound(point)), Shape(point.K, point.n, point.d)
    if not bound > 0.0:
        raise ValueError("point: W = H = 0 has no best margin for its norm (or its squared norm underflows)")
    return margin_gap(_number(point.q_min), bound, _rounding(point, bound), shape)


def margin_gap(q_min: Real, best_margin: Positive, rounding: NotNegative, shape: Shape) -> OptimalityGap:
    """The gap between a margin and the best one for its norm, where both were computed elsewhere.

    Args:
        q_min: the margin of the dataset.
        best_margin: Theorem 3.1's bound, positive.
        rounding: a bound for the rounding errors in the two.
        shape: K, n, d.
    """
    lower = (shape.K - 1) * math.sqrt(shape.n)
    return OptimalityGap(
        q_min=q_min,
        best_margin=best_margin,
        relative=max(0.0, 1.0 - q_min / best_margin) + rounding / best_margin,
        objective=lower * best_margin / q_min if q_min > 0.0 else math.inf,
        lower_bound=lower,
        attained=shape.d >= shape.K - 1,
    )


def _rounding(point: Point, bound: float) -> float:
    if point.xp.exact:
        return 0.0
    xp = point.xp
    classifier, feature = xp.max(xp.sum(point.W * point.W, axis=1)), xp.max(xp.sum(point.H * point.H, axis=0))
    longest = _number(classifier) ** 0.5 * _number(feature) ** 0.5
    return margin_rounding(longest, bound, Shape(point.K, point.n, point.d), float(xp.library.finfo(xp.dtype).eps))


def margin_rounding(longest: NotNegative, best_margin: Positive, shape: Shape, eps: NotNegative) -> float:
    """A bound for the rounding errors in q_min and Theorem 3.1's bound: d products for a logit, squares for the norm.

    Args:
        longest: the largest |w_k| |h_{k,i}|.
        best_margin: Theorem 3.1's bound.
        shape: K, n, d.
        eps: of the dtype in which products and sums were taken; sums are pairwise.
    """
    terms = shape.K * shape.d * (shape.n + 1)
    return eps * (2 * (shape.d + 2) * longest + math.log2(terms + 1) * best_margin)


def _number(value: Number) -> float:
    nearest = getattr(value, "nearest_float", None)
    return float(nearest()) if nearest is not None else float(value.detach() if hasattr(value, "detach") else value)
