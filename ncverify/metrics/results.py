"""From sums of both passes to the metrics: records of Python floats."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ncverify.metrics.pairs import PairSample, sampled_cosine_deviation
from ncverify.metrics.rows import centred_rows
from ncverify.metrics.section_4 import Notation, Section4Metrics, from_means
from ncverify.metrics.totals import ClassMeans, DistanceTotals
from ncverify.numbers import namespace_of


@dataclass(frozen=True)
class StreamedMetrics(Section4Metrics):
    """The six metrics as Python floats, and one number more.

    Args:
        within_class_rms: sqrt(sum |h_ki - hbar_k|^2 / sum |h_ki - hbar|^2), root mean squares in the place of means. It
            is **not** the paper's within-class variation, but one pass is enough for it. NaN where squares overflow.
    """

    within_class_rms: float


@dataclass(frozen=True)
class SampledMetrics(StreamedMetrics):
    """The same with the cosine deviations estimated from a sample of pairs of classes.

    Args:
        feature_cosine_error: standard error of `feature_cosine_deviation`.
        classifier_cosine_error: standard error of `classifier_cosine_deviation`.
    """

    feature_cosine_error: float
    classifier_cosine_error: float


def gathered(
    means: ClassMeans,
    W: np.ndarray,
    distances: DistanceTotals | None,
    rms: float,
    notation: Notation | None,
    pairs: PairSample | None,
) -> StreamedMetrics:
    """The metrics of the classes that have samples.

    Args:
        means: of the first pass.
        W: classifiers, shape (K, d), float64.
        distances: of a complete second pass, or None.
        rms: the within-class variation with root mean squares.
        notation: the reading of what the paper leaves open.
        pairs: a sample of pairs in the place of all.
    """
    within = math.nan if distances is None else quotient(distances.own.sum(), distances.overall.sum())
    present = means.present
    rows = means.means
    if not present.all():
        rows, W = rows[present], W[present]
    if pairs is None:
        metrics = from_means(rows, means.global_mean, W, within, notation)
        values = {name: float(value) for name, value in vars(metrics).items()}
        return StreamedMetrics(**values, within_class_rms=rms)
    n = notation or Notation()
    feature = sampled_cosine_deviation(rows - means.global_mean if n.centred_cosines else rows, pairs)
    classifier = sampled_cosine_deviation(centred_rows(W, namespace_of(W)) if n.centred_classifier else W, pairs)
    metrics = from_means(rows, means.global_mean, W, within, notation, cosines=(feature.mean, classifier.mean))
    values = {name: float(value) for name, value in vars(metrics).items()}
    errors = {"feature_cosine_error": feature.error, "classifier_cosine_error": classifier.error}
    return SampledMetrics(**values, within_class_rms=rms, **errors)


def within_class_rms(means: ClassMeans, distances: DistanceTotals | None, squares: np.ndarray | None) -> float:
    """Root mean squares around the class means over root mean squares around the global mean.

    Args:
        means: of the first pass.
        distances: of a complete second pass, or None.
        squares: without it, the sums of squared norms of each class, shape (K,).
    """
    if distances is not None:
        return math.sqrt(quotient(distances.own_squares.sum(), distances.overall_squares.sum()))
    present = means.present
    rows, counts = means.means[present], means.counts[present]
    offsets = rows - means.global_mean
    assert squares is not None
    with np.errstate(over="ignore", invalid="ignore"):
        within = squares[present] - counts * np.vecdot(rows, rows)
        between = counts * np.vecdot(offsets, offsets)
    inside = max(float(within.sum()), 0.0) if np.isfinite(within).all() else math.nan
    return math.sqrt(quotient(inside, inside + between.sum()))


def check_passes(first: np.ndarray, second: np.ndarray) -> None:
    """Checks that both passes have seen as many samples of each class.

    Raises:
        ValueError: they have not.
    """
    if not second.any():
        raise ValueError(
            "compute: the within-class variation is a mean of distances from the class means and needs a second pass: "
            "feed the same samples to update_distances, or ask for compute(..., single_pass=True) of a CollapseMetrics "
            "with second_moments=True"
        )
    different = np.flatnonzero(first != second)
    if different.size:
        k = different[0]
        raise ValueError(
            f"compute: update has seen {first[k]} samples of class {k}, update_distances {second[k]}; feed both alike"
        )


def quotient(numerator: float, denominator: float) -> float:
    """The quotient; NaN where the denominator is zero."""
    return float(numerator) / float(denominator) if denominator else math.nan
