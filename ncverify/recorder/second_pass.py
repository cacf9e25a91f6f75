"""The second pass over a data set: distances from the means, decisions, and the norms behind Theorem 3.1."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ncverify.metrics import ClassMeans, CollapseMetrics, MarginStream, ScatterRatio, StreamedMetrics
from ncverify.metrics.decisions import Decisions
from ncverify.metrics.place import placed
from ncverify.recorder.passes import Part


class SecondPass:
    """The sums of the second pass; the logits of a chunk are computed once, without and with the bias.

    Args:
        metric: the first pass of all processes.
        means: its class means.
        W: shape (K, d).
        b: shape (K,), or None.
        n: size of the smallest class.
    """

    def __init__(self, metric: CollapseMetrics, means: ClassMeans, W: np.ndarray, b: np.ndarray | None, n: int) -> None:
        self._metric, self._means, self._W, self._b, self._n = metric, means, W, b, n
        K, d = W.shape
        self._total = CollapseMetrics(K, d)
        self._total.merge_state(metric)
        self._total.update_distances(np.empty((0, d)), np.empty(0, dtype=np.int64))  # begins the second pass
        self.margin, self.decisions, self.scatter = self._streams()

    def _streams(self) -> tuple[MarginStream, Decisions, ScatterRatio]:
        biases = [np.zeros(len(self._W)), *([] if self._b is None else [self._b])]
        decisions = Decisions(self._W, biases, self._means, margins=True)
        return MarginStream(self._W, n=self._n), decisions, ScatterRatio(self._means)

    @property
    def q_min(self) -> float:
        """The smallest margin of the first n samples of each class, without the bias."""
        return self.decisions.tallies[0].q_min if self._means.balanced else self.margin.q_min

    @property
    def q_min_with_bias(self) -> float:
        """The q_min of all samples, with the bias where there is one."""
        return self.decisions.tallies[-1].q_min

    def part(self, part: Part, before: np.ndarray, n: int) -> Any:
        """The sums of one part."""
        K = len(self._W)
        distances = CollapseMetrics(*self._W.shape)
        distances.merge_state(self._metric)
        margin, decisions, scatter = self._streams()
        chosen = None if self._means.balanced else first_of_each(part.labels, before, n)
        for features, labels, where in part.chunks(K):
            for batch in placed(features, labels, *self._W.shape):
                distances.add_distances(*batch)
                decisions.add(*batch)
                scatter.add(*batch)
                if chosen is None:
                    margin.add_norms(*batch)
            if chosen is not None:
                margin.update(features[chosen[where]], labels[chosen[where]])
        return distances.state(), margin, decisions, scatter

    def merge(self, sums: Any) -> None:
        """Adds the sums of one part."""
        state, margin, decisions, scatter = sums
        self._total.merge_state(state)
        self.margin.merge_state(margin)
        self.decisions.merge(decisions)
        self.scatter.merge_state(scatter)

    def metrics(self) -> StreamedMetrics:
        """The six metrics and the root mean square."""
        return self._total.compute(self._W)

    def own_squares(self) -> np.ndarray:
        """Sums of the squared distances from the own class mean, shape (K,)."""
        squares: np.ndarray = self._total.state()["distances.own_squares"]
        return squares


def first_of_each(labels: torch.Tensor, before: np.ndarray, n: int) -> torch.Tensor:
    """Which samples of a part are among the first n of their class, where `before` stand in earlier parts."""
    numbers = labels.cpu().numpy()
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    rank = np.empty(len(numbers), dtype=np.int64)
    rank[order] = np.arange(len(numbers)) - np.searchsorted(ordered, ordered) + before[ordered]
    return torch.from_numpy(rank < n).to(labels.device)
