"""NC4: how often the classifier decides for the nearest class mean, and how often it is right."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ncverify.metrics.device import one_hot
from ncverify.metrics.samples import checked_bias, checked_classifier
from ncverify.metrics.totals import ClassMeans
from ncverify.metrics.wide import beside, wide_batch


class Agreement(NamedTuple):
    """Shares of the samples, between 0 and 1; NaN without samples.

    Args:
        nearest_mean: the class of the largest logit is that of the nearest class mean.
        accuracy: the label has a larger logit than every other class.
    """

    nearest_mean: float
    accuracy: float


class NearestMeanAgreement:
    """Streams samples and counts the agreement of (NC4), once the class means are known.

    The paper prints the decision of the classifier as arg min of <w_k, h>; meant is arg max. A tie counts as agreement
    where some class attains both the largest logit and the smallest distance. Distances are compared in float64 after
    the global mean is subtracted.

    Args:
        means: `CollapseMetrics.class_means` after the first pass.
        classifier: W, shape (K, d).
        bias: added to the logits, shape (K,); the paper's model has none.

    Raises:
        TypeError, ValueError: see `checked_classifier`; a bias of another shape.

    Example:
        >>> import numpy as np
        >>> means = ClassMeans(np.array([1, 1]), np.array([[1.0], [-1.0]]), np.zeros(1))
        >>> agreement = NearestMeanAgreement(means, np.array([[1.0], [-1.0]]), bias=[-4.0, 0.0])
        >>> agreement.update(np.array([[1.0], [-1.0]]), [0, 1])
        >>> agreement.compute()
        Agreement(nearest_mean=0.5, accuracy=0.5)
    """

    def __init__(self, means: ClassMeans, classifier: Any, bias: Any | None = None) -> None:
        K, d = means.means.shape
        self._means = means
        self._classifier = checked_classifier(classifier, K, d)
        self._bias = np.zeros(K) if bias is None else checked_bias(bias, K)
        self.reset()

    def reset(self) -> None:
        """Forgets all samples; the class means and the classifier stay."""
        self._agreeing, self._right, self._count = 0, 0, 0

    def update(self, features: Any, labels: Any) -> None:
        """Adds a batch, features (B, d) with labels (B,).

        Raises:
            TypeError, ValueError: see `checked_features` and `checked_labels`.
        """
        features, labels, xp = wide_batch(features, labels, *self._classifier.shape)
        logits = features @ beside(self._classifier.T, features, xp) + beside(self._bias, features, xp)
        offsets = beside(self._means.means - self._means.global_mean, features, xp)
        features = features - beside(self._means.global_mean, features, xp)
        # |h - m|^2 = |h|^2 - 2 <h, m> + |m|^2: the first term is common to all classes
        distances = xp.sum(offsets * offsets, axis=1) - 2 * (features @ offsets.T)
        chosen = logits == xp.max(logits, axis=1, keepdims=True)
        nearest = distances == xp.min(distances, axis=1, keepdims=True)
        own = one_hot(labels, len(self._bias), xp).T
        alone = xp.sum(xp.astype(chosen, xp.int64), axis=1) == 1
        self._agreeing += int(xp.sum(xp.astype(xp.any(chosen & nearest, axis=1), xp.int64)))
        self._right += int(xp.sum(xp.astype(xp.any(chosen & own, axis=1) & alone, xp.int64)))
        self._count += features.shape[0]

    def merge_state(self, incoming: NearestMeanAgreement) -> None:
        """Adds the samples that another object with the same class means and classifier has seen."""
        self._agreeing += incoming._agreeing
        self._right += incoming._right
        self._count += incoming._count

    def compute(self) -> Agreement:
        """The shares of the samples seen so far."""
        if not self._count:
            return Agreement(math.nan, math.nan)
        return Agreement(self._agreeing / self._count, self._right / self._count)
