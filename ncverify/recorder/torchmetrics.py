"""Neural collapse as a `torchmetrics.Metric`; needs the package torchmetrics."""

from __future__ import annotations

from typing import Any

import torch

from ncverify.metrics import METRICS, CollapseMetrics, metrics_of
from ncverify.recorder.optional import base_class, demand

Metric: Any = base_class("Metric", "torchmetrics")

NEEDS_W = ("classifier_norm_variation", "classifier_cosine_deviation", "self_duality_distance")


def first_known(stacked: torch.Tensor) -> torch.Tensor:
    """Of the classifiers of several processes the first that is not all zero."""
    known = stacked.flatten(1).any(dim=1)
    return stacked[int(known.int().argmax())]


class NeuralCollapse(Metric):  # type: ignore[misc,valid-type,unused-ignore]
    """The metrics of Section 4 from batches of features, one pass, in the way of torchmetrics.

    `compute` returns a dictionary of scalars. The states are class counts, sums and sums of squares in float64, which
    are added over processes. One pass does not give the paper's within-class variation, a mean of distances from means
    that are not known yet; so there is `within_class_rms` (root mean squares), whose squares cancel for features far
    from the origin, and `within_class_variation` only with `keep_features=True`, which keeps all of them.

    The numbers are those of the classes with samples; where fewer than two classes have any, all are NaN.

    Args:
        K: number of classes.
        d: dimension of the features.
        keep_features: keep all features, for the within-class variation itself.
        kwargs: of `torchmetrics.Metric`.

    Raises:
        ModuleNotFoundError: torchmetrics is not installed.
        ValueError: K < 2 or d < 1.
    """

    is_differentiable = False
    higher_is_better = False
    full_state_update = False

    def __init__(self, K: int, d: int, *, keep_features: bool = False, **kwargs: Any) -> None:
        demand(Metric, "NeuralCollapse", "torchmetrics")
        super().__init__(**kwargs)
        CollapseMetrics(K, d)  # refuses what is no size
        self.K, self.d, self.keep_features = K, d, keep_features
        self.classifier: torch.Tensor
        self.add_state("counts", torch.zeros(K, dtype=torch.int64), dist_reduce_fx="sum")
        self.add_state("sums", torch.zeros(K, d, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("squares", torch.zeros(K, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("classifier", torch.zeros(K, d, dtype=torch.float64), dist_reduce_fx=first_known)
        if keep_features:
            self.add_state("features", [], dist_reduce_fx="cat")
            self.add_state("labels", [], dist_reduce_fx="cat")

    def update(self, features: torch.Tensor, labels: torch.Tensor, classifier: torch.Tensor | None = None) -> None:
        """Adds a batch.

        Args:
            features: what enters the last layer, shape (B, d).
            labels: class numbers, shape (B,).
            classifier: the weight of the last layer as it is now, shape (K, d); without it the numbers that need it are
                left out. The last one that was given counts.

        Raises:
            TypeError, ValueError: other shapes, dtypes or labels.
        """
        sums = CollapseMetrics(self.K, self.d, second_moments=True)
        sums.update(features, labels)
        state = sums.state()
        for name in ("counts", "sums", "squares"):
            own = getattr(self, name)
            setattr(self, name, own + torch.from_numpy(state[name]).to(own))
        if classifier is not None:
            self.classifier = torch.as_tensor(classifier).detach().to(self.sums)
        if self.keep_features:
            self.features.append(features.detach())
            self.labels.append(torch.as_tensor(labels).to(features.device).long())

    def compute(self) -> dict[str, torch.Tensor]:
        """The numbers of all samples so far, float64 scalars by name."""
        present = (self.counts > 0).cpu().numpy()
        known = bool(self.classifier.any())
        W = self.classifier.cpu().numpy()[present]
        names = [*(name for name in METRICS if known or name not in NEEDS_W), "within_class_rms"]
        if not self.keep_features:
            names.remove("within_class_variation")
        if present.sum() < 2:
            return {name: self._scalar(float("nan")) for name in names}
        sums = CollapseMetrics(len(W), self.d, second_moments=True)
        sums.merge_state({n: getattr(self, n).cpu().numpy()[present] for n in ("counts", "sums", "squares")})
        means = sums.class_means.means
        values = vars(sums.compute(W if known else means, single_pass=True))
        if self.keep_features:
            features, labels = torch.cat(list(self.features)), torch.cat(list(self.labels))
            numbers = torch.from_numpy(present).to(labels.device).cumsum(0)[labels] - 1
            values |= vars(metrics_of(features, numbers, W if known else means))
        return {name: self._scalar(values[name]) for name in names}

    def plot(self, val: Any = None, ax: Any = None) -> Any:
        """(figure, axes) of matplotlib with the numbers, as torchmetrics draws them."""
        return self._plot(val, ax)

    def _scalar(self, value: float) -> torch.Tensor:
        return torch.tensor(value, dtype=torch.float64, device=self.sums.device)
