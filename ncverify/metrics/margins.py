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
from typing import Annotated

import numpy as np

from ncverify.arguments import AtLeast, Count, InFunction, checked
from ncverify.kinds import Array
from ncverify.metrics.decisions import Decisions
from ncverify.metrics.place import beside, placed, wide_parts
from ncverify.metrics.samples import checked_bias, checked_classifier


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
        ignore_index: samples with this label are left out, as PyTorch's losses leave out -100.

    Raises:
        TypeError, ValueError: see `checked_classifier`; a bias of another shape; n < 1.

    Example:
        >>> import numpy as np
        >>> stream = MarginStream(np.array([[1.0], [-1.0]]), n=1)
        >>> stream.update(np.array([[1.0], [-1.0]]), [0, 1])
        >>> stream.q_min, stream.compute().bound
        (2.0, 2.0)
    """

    @checked
    def __init__(
        self,
        classifier: InFunction,
        *,
        n: Count | None = None,
        bias: InFunction | None = None,
        ignore_index: Annotated[int, AtLeast(-(2**31))] | None = None,
    ) -> None:
        self._W = checked_classifier(classifier)
        if n is not None and n < 1:
            raise ValueError(f"n: expected at least one sample of each class, got {n}")
        K = len(self._W)
        self._n = n
        self._ignore_index = ignore_index
        self._has_bound = n is not None and bias is None
        self._targets = (self._W - self._W.mean(axis=0)) / math.sqrt(n or 1)
        shift = np.zeros(K) if bias is None else checked_bias(bias, K)
        # the sum over j of z_k - z_j is <K w_k - sum w_j, h> + K b_k - sum b_j
        self._shift = K * shift - shift.sum()
        self._decisions = Decisions(self._W, [shift], None, margins=True)
        self.reset()

    def reset(self) -> None:
        """Forgets all samples; the classifier stays."""
        self._decisions.reset()
        self.count = 0
        self.longest = 0.0
        self._differences = 0.0
        self._squares = 0.0
        self._gaps = 0.0

    @property
    def q_min(self) -> float:
        """The smallest margin of the samples seen so far; infinite without samples."""
        return self._decisions.tallies[0].q_min

    @property
    def mean_difference(self) -> float:
        """The mean of z_k - z_j over all samples and all classes j other than their own; NaN without samples."""
        return self._differences / self.count if self.count else math.nan

    def update(self, features: Array, labels: Array) -> None:
        """Adds a batch, features (B, d) with labels (B,).

        Raises:
            TypeError, ValueError: see `checked_features` and `checked_labels`.
        """
        for batch in placed(features, labels, *self._W.shape, ignore_index=self._ignore_index):
            self.add(*batch)

    def add(self, place: str, features: Array, labels: Array) -> None:
        """Adds a checked batch, where it is."""
        self._decisions.add(place, features, labels)
        self.add_norms(place, features, labels)

    def add_norms(self, place: str, features: Array, labels: Array) -> None:
        """Adds a checked batch to everything but the smallest margin."""
        self.count += int(features.shape[0])
        for x, chosen, xp in wide_parts(place, features, labels):
            own = xp.take(beside(self._targets, x, xp), chosen, axis=0)
            shift = xp.take(beside(self._shift, x, xp), chosen, axis=0)
            # the targets are (w_k - mean w) / sqrt n
            differences = len(self._W) * math.sqrt(self._n or 1) * xp.sum(own * x) + xp.sum(shift)
            self._differences += float(differences) / (len(self._W) - 1)
            gaps, squares = x - own, xp.sum(x * x, axis=1)
            self._squares += float(xp.sum(squares))
            self.longest = max(self.longest, math.sqrt(float(xp.max(squares))))
            self._gaps += float(xp.sum(gaps * gaps))

    def merge_state(self, incoming: MarginStream) -> None:
        """Adds the samples that another object with the same classifier has seen."""
        self._decisions.merge(incoming._decisions)
        self._differences += incoming._differences
        self._squares += incoming._squares
        self.longest = max(self.longest, incoming.longest)
        self._gaps += incoming._gaps
        self.count += incoming.count

    def compute(self, q_min: float | None = None) -> MarginBound:
        """The bound of Theorem 3.1 and the terms of its slack.

        Args:
            q_min: the smallest margin, where it is known from elsewhere.

        Raises:
            ValueError: the classes have no common size, there is a bias, or not all samples have been seen.
        """
        K = len(self._W)
        if not self._has_bound or self._n is None:
            raise ValueError(
                "Theorem 3.1 is about classes of one size, given as n (balanced_subsample chooses such samples), and a "
                "classifier without bias: there is no bound"
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
            spread=self.mean_difference - (self.q_min if q_min is None else q_min),
        )
