r"""Margins and the terms of Theorem 3.1's slack from batches, for files too large for a point.

For K classes of n samples each

.. math:: \frac{|W|^2 + |H|^2}{2(K-1)\sqrt n} - q_{\min} = \frac{K |\bar w|^2}{2(K-1)\sqrt n}
          + \frac{\sum_{k,i} |\tilde w_k/\sqrt n - h_{k,i}|^2}{2(K-1)\sqrt n}
          + \bigl(\mathrm{mean}_{k,i,j \ne k}\, s_{k,i,j} - q_{\min}\bigr)

the decomposition that `ncverify.slack` gives for a point; tests hold the two against each other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ncverify.arguments import guarded
from ncverify.metrics.device import one_hot
from ncverify.metrics.samples import checked_bias, checked_classifier
from ncverify.metrics.wide import beside, wide_batch


@dataclass(frozen=True)
class MarginBound:
    """Theorem 3.1 at K classes of n samples each: the bound and the terms of its slack, all in squared norms.

    Args:
        bound: (|W|^2 + |H|^2) / (2 (K-1) sqrt n).
        balanced_bound: |W| |H| / ((K-1) sqrt n), the bound after (W, H) -> (a W, H/a) has made the norms equal; the
            margin does not change under that.
        centring: what a common shift of the classifiers wastes.
        alignment: what features that are not w~_k / sqrt n waste.
        spread: what margins above the smallest waste.
    """

    bound: float
    balanced_bound: float
    centring: float
    alignment: float
    spread: float


class MarginStream:
    """Streams samples and keeps the smallest margin and the sums behind Theorem 3.1, in float64.

    Args:
        classifier: W, shape (K, d).
        n: samples of each class, if all have the same number; without it there is no bound.
        bias: added to the logits, shape (K,). The paper's model has none, so there is no bound then.

    Raises:
        TypeError, ValueError: see `checked_classifier`; a bias of another shape; n < 1.

    Example:
        >>> import numpy as np
        >>> stream = MarginStream(np.array([[1.0], [-1.0]]), n=1)
        >>> stream.update(np.array([[1.0], [-1.0]]), [0, 1])
        >>> stream.q_min, stream.compute().bound
        (2.0, 2.0)
    """

    @guarded
    def __init__(self, classifier: Any, *, n: int | None = None, bias: Any | None = None) -> None:
        self._W = checked_classifier(classifier)
        if n is not None and n < 1:
            raise ValueError(f"n: expected at least one sample of each class, got {n}")
        K = len(self._W)
        self._n = n
        self._bias = np.zeros(K) if bias is None else checked_bias(bias, K)
        self._has_bound = n is not None and bias is None
        self._targets = (self._W - self._W.mean(axis=0)) / math.sqrt(n or 1)
        self.reset()

    def reset(self) -> None:
        """Forgets all samples; the classifier stays."""
        self.count = 0
        self.q_min = math.inf
        self.longest = 0.0
        self._differences = 0.0
        self._squares = 0.0
        self._gaps = 0.0

    @property
    def mean_difference(self) -> float:
        """The mean of z_k - z_j over all samples and all classes j other than their own; NaN without samples."""
        return self._differences / self.count if self.count else math.nan

    def update(self, features: Any, labels: Any) -> None:
        """Adds a batch, features (B, d) with labels (B,).

        Raises:
            TypeError, ValueError: see `checked_features` and `checked_labels`.
        """
        K = len(self._W)
        features, labels, xp = wide_batch(features, labels, *self._W.shape)
        if not features.shape[0]:
            return
        logits = features @ beside(self._W.T, features, xp) + beside(self._bias, features, xp)
        own = one_hot(labels, K, xp).T
        zero = xp.zeros_like(logits)
        right = xp.sum(xp.where(own, logits, zero), axis=1)
        wrong = xp.max(xp.where(own, zero - math.inf, logits), axis=1)
        self.q_min = min(self.q_min, float(xp.min(right - wrong)))
        self._differences += float(xp.sum(K * right - xp.sum(logits, axis=1))) / (K - 1)
        gaps = features - xp.take(beside(self._targets, features, xp), labels, axis=0)
        squares = xp.sum(features * features, axis=1)
        self._squares += float(xp.sum(squares))
        self.longest = max(self.longest, math.sqrt(float(xp.max(squares))))
        self._gaps += float(xp.sum(gaps * gaps))
        self.count += features.shape[0]

    def merge_state(self, incoming: MarginStream) -> None:
        """Adds the samples that another object with the same classifier has seen."""
        self.q_min = min(self.q_min, incoming.q_min)
        self._differences += incoming._differences
        self._squares += incoming._squares
        self.longest = max(self.longest, incoming.longest)
        self._gaps += incoming._gaps
        self.count += incoming.count

    def compute(self) -> MarginBound:
        """The bound of Theorem 3.1 and the terms of its slack.

        Raises:
            ValueError: the classes have no common size, there is a bias, or not all samples have been seen.
        """
        K = len(self._W)
        if not self._has_bound or self._n is None:
            raise ValueError(
                "Theorem 3.1 is about classes of one size and a classifier without bias: there is no bound"
            )
        if self.count != K * self._n:
            raise ValueError(f"expected K * n = {K * self._n} samples, got {self.count}")
        root = math.sqrt(self._n)
        scale = 2 * (K - 1) * root
        squared_W = float((self._W**2).sum())
        mean = self._W.mean(axis=0)
        return MarginBound(
            bound=(squared_W + self._squares) / scale,
            balanced_bound=math.sqrt(squared_W) * math.sqrt(self._squares) / ((K - 1) * root),
            centring=K * float(mean @ mean) / scale,
            alignment=self._gaps / scale,
            spread=self.mean_difference - self.q_min,
        )
