"""The six numbers of Section 4 in one record, for a point or for features, labels and classifiers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from ncverify.kinds import Array, Number
from ncverify.metrics.formulas import (
    classifier_cosine_deviation,
    classifier_norm_variation,
    feature_cosine_deviation,
    feature_norm_variation,
    self_duality_distance,
    within_class_variation,
)
from ncverify.point import Point
from ncverify.space.sizes import labels_of


@dataclass(frozen=True)
class Notation:
    """A reading of the notation of Section 4, where the paper leaves it open.

    Args:
        centred_cosines: cosines of class means minus the global mean, as the text of (NC2) says; `False` takes the
            class means themselves, as the formula of item 3 is printed.
        centred_classifier: bar w_k is w_k minus the mean classifier, as Appendix D, item 4, describes it; `False` takes
            the rows of W, as Papyan et al. (2020) do.
        ddof: Std divides by K - ddof.
    """

    centred_cosines: bool = True
    centred_classifier: bool = True
    ddof: int = 0


@dataclass(frozen=True)
class Section4Metrics:
    """The metrics of Section 4, all dimensionless, zero at a collapsed point, smaller when closer to collapse.

    NaN where a denominator is zero. The fields are named as the functions of `ncverify.metrics` that give them.
    """

    feature_norm_variation: Any
    classifier_norm_variation: Any
    within_class_variation: Any
    feature_cosine_deviation: Any
    classifier_cosine_deviation: Any
    self_duality_distance: Any


METRICS = tuple(field.name for field in fields(Section4Metrics))
"""The names of the six, in the paper's order."""


def section_4_metrics(point: Point, notation: Notation | None = None) -> Section4Metrics:
    """The six metrics of a point, in the arithmetic of its coordinates.

    Args:
        point: floats of any backend, or rational or ball arithmetic.
        notation: the reading of what the paper leaves open.

    Example:
        >>> import numpy as np
        >>> metrics = section_4_metrics(Point(np.array([[1.0], [-1.0]]), np.array([[3.0, 5.0, -3.0, -5.0]])))
        >>> float(metrics.within_class_variation), float(metrics.self_duality_distance)
        (0.25, 0.0)
    """
    labels = labels_of(point.class_sizes)
    within = within_class_variation(point.H.T, labels, point.class_means, point.global_mean)
    return from_means(point.class_means, point.global_mean, point.W, within, notation)


def from_means(
    means: Array,
    global_mean: Array,
    W: Array,
    within: Number,
    notation: Notation | None = None,
    *,
    cosines: tuple[float, float] | None = None,
) -> Section4Metrics:
    """The record for known means: everything but the within-class variation needs the features no more.

    Args:
        means: class means as rows, shape (K, d).
        global_mean: shape (d,).
        W: classifiers as rows, shape (K, d).
        within: the within-class variation.
        notation: the reading of what the paper leaves open.
        cosines: the two cosine deviations, of features and of classifiers, where they are known.
    """
    n = notation or Notation()
    if cosines is None:
        of_features = feature_cosine_deviation(means, global_mean, centred=n.centred_cosines)
        cosines = of_features, classifier_cosine_deviation(W, centred=n.centred_classifier)
    return Section4Metrics(
        feature_norm_variation=feature_norm_variation(means, global_mean, ddof=n.ddof),
        classifier_norm_variation=classifier_norm_variation(W, centred=n.centred_classifier, ddof=n.ddof),
        within_class_variation=within,
        feature_cosine_deviation=cosines[0],
        classifier_cosine_deviation=cosines[1],
        self_duality_distance=self_duality_distance(means, global_mean, W, centred=n.centred_classifier),
    )
