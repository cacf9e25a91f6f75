"""From sums to the numbers of a row: the bound of Theorem 3.1, the share of the best margin, NC1 to NC4."""

from __future__ import annotations

import math

import numpy as np

from ncverify.domain import Shape
from ncverify.metrics import ClassMeans, MarginStream
from ncverify.separation import margin_gap, margin_rounding

BLOCK = 1 << 22  # entries of a Gram matrix that are looked at together
Numbers = dict[str, float | int]


def bound_numbers(margin: MarginStream, q: float, W: np.ndarray, n: int, K: int) -> Numbers:
    """The margin without bias against Theorem 3.1, with the certified gap to the best margin, and the norms in it.

    Args:
        margin: sums over the first n samples of each class.
        q: the smallest margin of these samples.
        W: shape (K, d).
        n: size of the smallest class.
        K: number of classes.
    """
    squared_W = float((W**2).sum())
    slack = margin.compute(q)
    squared_H = max(slack.bound * 2 * (K - 1) * math.sqrt(n) - squared_W, 0.0)
    return {
        "margin": q,
        "margin_bound": slack.bound,
        "margin_ratio": q / slack.bound if slack.bound else math.nan,
        "balanced_margin_ratio": q / slack.balanced_bound if slack.balanced_bound else math.nan,
        "gap_to_best_margin": _gap(margin.longest, q, W, slack.balanced_bound, n),
        "slack_centring": slack.centring,
        "slack_alignment": slack.alignment,
        "slack_spread": slack.spread,
        "feature_norm": math.sqrt(squared_H),
        "classifier_norm": math.sqrt(squared_W),
        "images_per_class": n,
    }


def _gap(longest: float, q: float, W: np.ndarray, best: float, n: int) -> float:
    """An upper bound of 1 - q_min / best, rounding included, certified by the dual of (3.1); NaN where q_min <= 0."""
    if not (best > 0 and q > 0):
        return math.nan
    shape = Shape(len(W), n, W.shape[1])
    products = longest * math.sqrt(float((W**2).sum(axis=1).max()))
    rounding = margin_rounding(products, best, shape, float(np.finfo(np.float64).eps))
    return margin_gap(q, best, rounding, shape).relative


def residual_numbers(means: ClassMeans, squares: np.ndarray, W: np.ndarray, agreement: float) -> Numbers:
    """NC1 to NC3 of `ncverify.collapse.residuals`, the means measured from their mean as the text of NC2 says, and NC4.

    Args:
        means: of the classes.
        squares: sums of the squared distances from the own class mean, shape (K,).
        W: shape (K, d).
        agreement: the share of samples that the nearest class mean decides as the network does.
    """
    rows = means.means - means.means.mean(axis=0)
    size, length = float((rows**2).sum()), float(np.linalg.norm(W))
    nc1 = nc2 = nc3 = math.nan
    if size > 0 and math.isfinite(size):
        nc1 = math.sqrt(float((squares / means.counts).sum()) / size)
        nc2 = _simplex_distance(rows, size)
        if length > 0:
            nc3 = float(np.linalg.norm(W / length - rows / math.sqrt(size)))
    return {"nc1_residual": nc1, "nc2_residual": nc2, "nc3_residual": nc3, "nc4_residual": 1 - agreement}


def _simplex_distance(rows: np.ndarray, size: float) -> float:
    """The relative distance of the Gram matrix, its mean diagonal scaled to 1, from a simplex's; in blocks of rows."""
    K = len(rows)
    total, step = 0.0, max(1, BLOCK // K)
    for start in range(0, K, step):
        some = np.arange(start, min(start + step, K))
        gap = K / size * (rows[some] @ rows.T) + 1 / (K - 1)
        gap[np.arange(len(some)), some] -= K / (K - 1)
        total += float((gap**2).sum())
    return math.sqrt(total / (K + K / (K - 1)))
