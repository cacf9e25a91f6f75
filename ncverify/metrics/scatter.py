"""The within-class variability of Papyan, Han and Donoho (2020), which users compare with."""

from __future__ import annotations

import math

import numpy as np

from ncverify.arguments import Classes, InFunction, Labels
from ncverify.kinds import Array
from ncverify.metrics.place import beside, placed, wide_parts
from ncverify.metrics.samples import checked_features
from ncverify.metrics.streaming import CollapseMetrics
from ncverify.metrics.totals import ClassMeans


class ScatterRatio:
    r"""Streams the second pass of Papyan et al.'s NC1, once the class means are known.

    .. math:: \mathrm{tr}(\Sigma_W \Sigma_B^+) / K, \quad
              \Sigma_W = \mathrm{Avg}_{k,i} (h_{k,i} - \bar h_k)(h_{k,i} - \bar h_k)', \quad
              \Sigma_B = \mathrm{Avg}_k (\bar h_k - \bar h)(\bar h_k - \bar h)'

    No d x d matrix is formed: with the thin singular value decomposition U S V' of the centred means the number is the
    average of |S^-1 V'(h_ki - hbar_k)|^2, in float64. Singular values below max(K, d) roundings of the largest entry of
    the class means are taken as zero.

    **What it cannot see:** variation outside the span of the centred class means. The pseudo-inverse gives such
    directions weight zero, so features with any amount of noise there have NC1 = 0; the paper's within-class variation
    counts it. And where two class means nearly merge, dividing by their small difference makes the number large.

    For classes of unequal size the classes have equal weight in Sigma_B and its centre, the samples in Sigma_W.

    Args:
        means: `CollapseMetrics.class_means` after the first pass.
        ignore_index: samples with this label are left out, as PyTorch's losses leave out -100.

    Example:
        >>> import numpy as np
        >>> features, labels = np.array([[2.0, 9.0], [2.0, -9.0], [-2.0, 5.0], [-2.0, -5.0]]), [0, 0, 1, 1]
        >>> metric = CollapseMetrics(K=2, d=2)
        >>> metric.update(features, labels)
        >>> scatter = ScatterRatio(metric.class_means)
        >>> scatter.update(features, labels)
        >>> scatter.compute()  # the noise is orthogonal to the means: invisible
        0.0
    """

    def __init__(self, means: ClassMeans, *, ignore_index: int | None = None) -> None:
        self._ignore_index = ignore_index
        self._own = means.filled().means
        present = means.means[means.present]
        centred = present - present.mean(axis=0)
        shape, largest = centred.shape, float(np.abs(present).max()) * math.sqrt(centred.size)
        # a triangle d x d in the place of K rows has the same singular values and right vectors
        factor = np.linalg.qr(centred, mode="r") if shape[0] > shape[1] else centred
        _, sizes, directions = np.linalg.svd(factor, full_matrices=False)
        kept = sizes > max(shape) * np.finfo(np.float64).eps * max(largest, float(sizes[0]))
        self._factor = (directions[kept] / sizes[kept, np.newaxis]).T
        self.reset()

    def reset(self) -> None:
        """Forgets all samples; the class means stay."""
        self._sum, self._count = 0.0, 0

    def update(self, features: Array, labels: Array) -> None:
        """Adds a batch, features (B, d) with labels (B,).

        Raises:
            TypeError, ValueError: see `checked_features` and `checked_labels`.
        """
        for batch in placed(features, labels, *self._own.shape, ignore_index=self._ignore_index):
            self.add(*batch)

    def add(self, place: str, features: Array, labels: Array) -> None:
        """Adds a checked batch, where it is."""
        for x, chosen, xp in wide_parts(place, features, labels):
            deviations = x - xp.take(beside(self._own, x, xp), chosen, axis=0)
            projected = deviations @ beside(self._factor, x, xp)
            self._sum += float(xp.sum(projected * projected))
            self._count += x.shape[0]

    def merge_state(self, incoming: ScatterRatio) -> None:
        """Adds the samples that another object with the same class means has seen."""
        self._sum += incoming._sum
        self._count += incoming._count

    def compute(self) -> float:
        """The number; NaN without samples or where all class means are equal."""
        if not self._count or not self._factor.size:
            return math.nan
        return self._sum / self._count


def scatter_ratio(features: InFunction, labels: Labels, K: Classes) -> float:
    """Papyan et al.'s NC1 of features (N, d) in one array with labels in 0..K-1; see `ScatterRatio`.

    Example:
        >>> import numpy as np
        >>> round(scatter_ratio(np.array([[1.0], [3.0], [-1.0], [-3.0]]), [0, 0, 1, 1], K=2), 12)
        0.125
    """
    metric = CollapseMetrics(K, checked_features(features).shape[1])
    metric.update(features, labels)
    scatter = ScatterRatio(metric.class_means)
    scatter.update(features, labels)
    return scatter.compute()
