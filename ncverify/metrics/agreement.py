"""NC4: how often the classifier decides for the nearest class mean, and how often it is right."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ncverify.kinds import Array
from ncverify.metrics.decisions import Decisions
from ncverify.metrics.place import placed
from ncverify.metrics.samples import checked_bias, checked_classifier
from ncverify.metrics.totals import ClassMeans


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
    the global mean is subtracted. The logits are those of all K classes; a class without a mean is never the nearest.

    Args:
        means: `CollapseMetrics.class_means` after the first pass.
        classifier: W, shape (K, d).
        bias: added to the logits, shape (K,); the paper's model has none.
        ignore_index: samples with this label are left out, as PyTorch's losses leave out -100.

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

    def __init__(
        self, means: ClassMeans, classifier: Array, bias: Any | None = None, *, ignore_index: int | None = None
    ) -> None:
        K, d = means.means.shape
        self._shape = K, d
        self._ignore_index = ignore_index
        shift = np.zeros(K) if bias is None else checked_bias(bias, K)
        self._decisions = Decisions(checked_classifier(classifier, K, d), [shift], means, margins=False)

    def reset(self) -> None:
        """Forgets all samples; the class means and the classifier stay."""
        self._decisions.reset()

    def update(self, features: Array, labels: Array) -> None:
        """Adds a batch, features (B, d) with labels (B,).

        Raises:
            TypeError, ValueError: see `checked_features` and `checked_labels`.
        """
        for batch in placed(features, labels, *self._shape, ignore_index=self._ignore_index):
            self.add(*batch)

    def add(self, place: str, features: Array, labels: Array) -> None:
        """Adds a checked batch, where it is."""
        self._decisions.add(place, features, labels)

    def merge_state(self, incoming: NearestMeanAgreement) -> None:
        """Adds the samples that another object with the same class means and classifier has seen."""
        self._decisions.merge(incoming._decisions)

    def compute(self) -> Agreement:
        """The shares of the samples seen so far."""
        return agreement_of(self._decisions)


def agreement_of(decisions: Decisions, which: int = 0) -> Agreement:
    """The shares of the samples that some decisions have seen, for one of their biases."""
    tally, count = decisions.tallies[which], decisions.count
    if not count:
        return Agreement(math.nan, math.nan)
    return Agreement(tally.agreeing / count, tally.right / count)
