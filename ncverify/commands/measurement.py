"""Every number that `ncverify measure` reports, from features, labels and a classifier; no files, no screen."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ncverify.collapse import Residuals, residuals
from ncverify.commands.feature_file import FeatureFile
from ncverify.domain import Shape
from ncverify.metrics import (
    ClassMeans,
    CollapseMetrics,
    MarginBound,
    MarginStream,
    NearestMeanAgreement,
    Notation,
    ScatterRatio,
    Section4Metrics,
    StreamedMetrics,
)
from ncverify.metrics.section_4 import from_means
from ncverify.point import Point
from ncverify.separation import OptimalityGap, margin_gap, margin_rounding

CHUNK_NUMBERS = 1 << 21  # entries of a float64 intermediate: 16 MiB

UNEQUAL = "the classes have unequal sizes; Theorem 3.1 is about classes of one size"
BIAS = "the paper's model has no bias"


@dataclass(frozen=True)
class Decisions:
    """What the logits decide: the smallest margin, the share of right answers, the agreement of NC4."""

    q_min: float
    accuracy: float
    nc4_agreement: float


@dataclass(frozen=True)
class Measurement:
    """How collapsed features and a classifier are, and how far from Theorem 3.1's bound.

    Args:
        counts: samples of each class.
        d: dimension of the features.
        dtype: of the features.
        metrics: the six metrics of Section 4 and the single-pass root mean square.
        class_centred: for unequal class sizes, the metrics with the mean of the class means as global mean, without the
            within-class variation; None for equal sizes, where the two global means are one.
        uncentred: the same with cosines of uncentred means and with the classifiers as they are.
        papyan_nc1: tr(Sigma_W pinv(Sigma_B)) / K.
        printed_residuals: NC1 to NC4 as the formulas of Section 2.1 are printed.
        centred_residuals: with the class means measured from the global mean, as the text of NC2 says.
        decisions: of the classifier without its bias.
        biased_decisions: with its bias; None where there is none.
        bound: Theorem 3.1's bound and the terms of its slack; None for unequal class sizes.
        gap: the certified gap to the best possible margin; None without a bound, or where W = H = 0.
        class_means: shape (K, d), float64.
        undefined: why a number is missing.
    """

    counts: np.ndarray
    d: int
    dtype: str
    metrics: StreamedMetrics
    class_centred: Section4Metrics | None
    uncentred: StreamedMetrics
    papyan_nc1: float
    printed_residuals: Residuals
    centred_residuals: Residuals
    decisions: Decisions
    biased_decisions: Decisions | None
    bound: MarginBound | None
    gap: OptimalityGap | None
    class_means: np.ndarray
    undefined: dict[str, str]

    @property
    def balanced(self) -> bool:
        """Whether all classes have one size."""
        return bool((self.counts == self.counts[0]).all())


def measure(file: FeatureFile, advance: Callable[[int], object] = lambda count: None) -> Measurement:
    """Measures in two passes over chunks of samples.

    Args:
        file: what was read.
        advance: called with the number of samples done, each of them twice in all.
    """
    K, d = file.classifier.shape
    n = int(file.counts[0]) if (file.counts == file.counts[0]).all() else None
    metric = CollapseMetrics(K, d)
    margins = _Margins(file, n)
    for features, labels in chunks(file, advance):
        metric.update(features, labels)
        margins.update(features, labels)
    means = metric.class_means
    scatter = ScatterRatio(means)
    agreement = _Agreements(file, means)
    for features, labels in chunks(file, advance):
        metric.update_distances(features, labels)
        scatter.update(features, labels)
        agreement.update(features, labels)
    values = metric.compute(file.classifier)
    disagreement = 1 - agreement.plain.compute().nearest_mean
    printed, centred = _residuals(means, file.classifier, metric, disagreement)
    bound = margins.plain.compute() if n is not None else None
    return Measurement(
        counts=file.counts,
        d=d,
        dtype=str(file.features.dtype),
        metrics=values,
        class_centred=None if n is not None else _class_centred(means, file.classifier),
        uncentred=metric.compute(file.classifier, notation=Notation(centred_cosines=False, centred_classifier=False)),
        papyan_nc1=scatter.compute(),
        printed_residuals=printed,
        centred_residuals=centred,
        decisions=_decisions(margins.plain, agreement.plain),
        biased_decisions=_decisions(margins.biased, agreement.biased) if margins.biased and agreement.biased else None,
        bound=bound,
        gap=_gap(margins.plain, file.classifier, bound),
        class_means=np.asarray(means.means, dtype=np.float64),
        undefined=_undefined(values, n),
    )


class _Margins:
    """Margins without and, if the file has one, with the bias."""

    def __init__(self, file: FeatureFile, n: int | None) -> None:
        self.plain = MarginStream(file.classifier, n=n)
        self.biased = None if file.bias is None else MarginStream(file.classifier, bias=file.bias)

    def update(self, features: Any, labels: Any) -> None:
        for stream in (self.plain, self.biased):
            if stream is not None:
                stream.update(features, labels)


class _Agreements:
    """Decisions without and, if the file has one, with the bias."""

    def __init__(self, file: FeatureFile, means: ClassMeans) -> None:
        self.plain = NearestMeanAgreement(means, file.classifier)
        self.biased = None if file.bias is None else NearestMeanAgreement(means, file.classifier, file.bias)

    def update(self, features: Any, labels: Any) -> None:
        for stream in (self.plain, self.biased):
            if stream is not None:
                stream.update(features, labels)


def chunks(
    file: FeatureFile, advance: Callable[[int], object] = lambda count: None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The samples of a file, features and labels, in pieces of bounded size."""
    N, d = file.features.shape
    rows = max(1, CHUNK_NUMBERS // max(d, len(file.classifier)))
    for start in range(0, N, rows):
        yield file.features[start : start + rows], file.labels[start : start + rows]
        advance(min(rows, N - start))


def _decisions(margins: MarginStream, agreement: NearestMeanAgreement) -> Decisions:
    shares = agreement.compute()
    return Decisions(q_min=margins.q_min, accuracy=shares.accuracy, nc4_agreement=shares.nearest_mean)


def _gap(margins: MarginStream, W: np.ndarray, bound: MarginBound | None) -> OptimalityGap | None:
    """Of the point that balancing gives, W to a W and H to H / a with |W| = |H|: the margin is the same."""
    if bound is None or not bound.balanced_bound > 0:
        return None
    shape = Shape(len(W), margins.count // len(W), W.shape[1])
    longest = margins.longest * math.sqrt(float((W.astype(np.float64) ** 2).sum(axis=1).max()))
    best = bound.balanced_bound
    rounding = margin_rounding(longest, best, shape, float(np.finfo(np.float64).eps))
    return margin_gap(margins.q_min, best, rounding, shape)


def _class_centred(means: ClassMeans, W: np.ndarray) -> Section4Metrics:
    metrics = from_means(means.means, means.means.mean(axis=0), W, math.nan)
    return Section4Metrics(**{name: float(value) for name, value in asdict(metrics).items()})


def _residuals(
    means: ClassMeans, W: np.ndarray, metric: CollapseMetrics, disagreement: float
) -> tuple[Residuals, Residuals]:
    """As printed and centred: NC2 and NC3 are those of the point with one feature, its mean, in each class."""
    collapsed = Point(W, np.ascontiguousarray(means.means.T))
    variances = metric.state()["distances.own_squares"] / means.counts
    found = []
    for centred in (False, True):
        rows = means.means - means.means.mean(axis=0) if centred else means.means
        with np.errstate(divide="ignore", invalid="ignore"):
            of_means = residuals(collapsed, centred=centred)
            nc1 = math.sqrt(variances.sum() / (rows**2).sum()) if rows.any() else math.nan
        found.append(Residuals(nc1, float(of_means.nc2), float(of_means.nc3), disagreement))
    return found[0], found[1]


def _undefined(values: StreamedMetrics, n: int | None) -> dict[str, str]:
    reasons = {} if n is not None else dict.fromkeys(("bound", "centring", "alignment", "spread"), UNEQUAL)
    for name, value in asdict(values).items():
        if math.isnan(value):
            reasons[name] = "a norm in a denominator is zero"
    return reasons
