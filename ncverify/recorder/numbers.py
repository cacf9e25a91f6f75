"""From sums to the numbers of a row: the bound of Theorem 3.1, the share of the best margin, NC1 to NC4."""

from __future__ import annotations

import math

import numpy as np

from ncverify.collapse import residuals
from ncverify.domain import Shape
from ncverify.metrics import ClassMeans, MarginStream
from ncverify.point import Point
from ncverify.separation import margin_gap, margin_rounding

Numbers = dict[str, float | int]


def bound_numbers(margin: MarginStream, W: np.ndarray, n: int, K: int) -> Numbers:
    """The margin without bias against Theorem 3.1, with the certified gap to the best margin, and the norms in it.

    Args:
        margin: of the first n samples of each class.
        W: shape (K, d).
        n: size of the smallest class.
        K: number of classes.
    """
    squared_W = float((W**2).sum())
    found, q = margin.compute(), margin.q_min
    squared_H = max(found.bound * 2 * (K - 1) * math.sqrt(n) - squared_W, 0.0)
    return {
        "margin": q,
        "margin_bound": found.bound,
        "margin_ratio": q / found.bound if found.bound else math.nan,
        "balanced_margin_ratio": q / found.balanced_bound if found.balanced_bound else math.nan,
        "gap_to_best_margin": _gap(margin, W, found.balanced_bound, n),
        "slack_centring": found.centring,
        "slack_alignment": found.alignment,
        "slack_spread": found.spread,
        "feature_norm": math.sqrt(squared_H),
        "classifier_norm": math.sqrt(squared_W),
        "images_per_class": n,
    }


def _gap(margin: MarginStream, W: np.ndarray, best: float, n: int) -> float:
    """An upper bound of 1 - q_min / best, rounding included, certified by the dual of (3.1); NaN where q_min <= 0."""
    if not (best > 0 and margin.q_min > 0):
        return math.nan
    shape = Shape(len(W), n, W.shape[1])
    longest = margin.longest * math.sqrt(float((W**2).sum(axis=1).max()))
    rounding = margin_rounding(longest, best, shape, float(np.finfo(np.float64).eps))
    return margin_gap(margin.q_min, best, rounding, shape).relative


def residual_numbers(means: ClassMeans, squares: np.ndarray, W: np.ndarray, agreement: float) -> Numbers:
    """The residuals of NC1 to NC3 with the means measured from their mean, as the text of NC2 says, and of NC4.

    Args:
        means: of the classes.
        squares: sums of the squared distances from the own class mean, shape (K,).
        W: shape (K, d).
        agreement: the share of samples that the nearest class mean decides as the network does.
    """
    rows = means.means - means.means.mean(axis=0)
    size = float((rows**2).sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        nc1 = math.sqrt(float((squares / means.counts).sum()) / size) if size > 0 else math.nan
        found = residuals(Point(W, np.ascontiguousarray(means.means.T)), centred=True)
    return {
        "nc1_residual": nc1,
        "nc2_residual": _finite(found.nc2),
        "nc3_residual": _finite(found.nc3),
        "nc4_residual": 1 - agreement,
    }


def _finite(value: object) -> float:
    number = float(value)  # type: ignore[arg-type]
    return number if math.isfinite(number) else math.nan
