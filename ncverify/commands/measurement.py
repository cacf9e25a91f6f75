"""Every number that `ncverify measure` reports, from features, labels and a classifier; no files, no screen."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import numpy as np

from ncverify.collapse import Residuals
from ncverify.commands.feature_file import FeatureFile, chunk_rows
from ncverify.commands.text import CommandError, one_line
from ncverify.domain import Shape
from ncverify.errors import DamagedFileError
from ncverify.metrics import (
    ClassMeans,
    CollapseMetrics,
    MarginBound,
    MarginStream,
    Notation,
    ScatterRatio,
    Section4Metrics,
    StreamedMetrics,
    balanced_subsample,
    feature_cosine_deviation,
    feature_norm_variation,
    self_duality_distance,
)
from ncverify.metrics.agreement import agreement_of
from ncverify.metrics.decisions import Decisions
from ncverify.metrics.pairs import PairSample, gram_residual, sampled_cosine_deviation
from ncverify.metrics.place import HOST, on_host
from ncverify.metrics.results import gathered
from ncverify.separation import OptimalityGap, margin_gap, margin_rounding

UNEQUAL = "the classes have unequal sizes; Theorem 3.1 is about classes of one size"
BIAS = "the paper's model has no bias"


@dataclass(frozen=True)
class Decided:
    """The decisions of the logits: the smallest margin, the share of right answers, the agreement of NC4."""

    q_min: float
    accuracy: float
    nc4_agreement: float


@dataclass(frozen=True)
class Measurement:
    """A measurement of how collapsed features and a classifier are, and how far from Theorem 3.1's bound.

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
        bound_n: samples of each class that the bound is about.
        bound_q_min: the smallest margin of these samples, among the classes that have samples.
        bound_sampled: whether these samples were drawn out of unequal classes.
        gap: the certified gap to the best possible margin; None without a bound, or where W = H = 0.
        class_means: of the classes that have samples, as rows, float64.
        sample_margins: of every sample the logit of its class minus the largest other one, shape (N,), without the bias
            and, where there is one, with it; empty where they were not asked for.
        undefined: why a number is missing.
        remarks: what has to be said about labels and classes.
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
    decisions: Decided
    biased_decisions: Decided | None
    bound: MarginBound | None
    bound_n: int | None
    bound_q_min: float | None
    bound_sampled: bool
    gap: OptimalityGap | None
    class_means: np.ndarray
    sample_margins: tuple[np.ndarray, ...]
    undefined: dict[str, str]
    remarks: tuple[str, ...]

    @property
    def balanced(self) -> bool:
        """Whether all classes that have samples have the same number of them."""
        sizes = self.counts[self.counts > 0]
        return bool((sizes == sizes[0]).all())


def measure(
    file: FeatureFile,
    advance: Callable[[int], object] = lambda count: None,
    *,
    balance: int | None = None,
    seed: int = 0,
    pairs: int | None = None,
    keep_margins: bool = False,
) -> Measurement:
    """Measures in two passes over chunks of samples, whose labels were checked when the file was read.

    Args:
        file: what was read.
        advance: called with the number of samples done; each sample counts twice, once in each pass.
        balance: the bound of Theorem 3.1 for this many samples of each class, drawn at random.
        seed: of whatever is drawn at random.
        pairs: estimate the cosine deviations from this many pairs of classes.
        keep_margins: keep the margin of every sample.

    Raises:
        CommandError: a class has fewer samples than `balance`.
    """
    K, d = file.classifier.shape
    metric = CollapseMetrics(K, d, empty="leave out")
    for features, labels in chunks(file, advance):
        metric.add(HOST, features, labels)
    means = metric.class_means
    scatter, bounded = ScatterRatio(means), _bounded(file, means, balance, seed)
    biases = [np.zeros(K)] if file.bias is None else [np.zeros(K), file.bias]
    decided = Decisions(file.classifier, biases, means, margins=True, keep=keep_margins)
    for features, labels in chunks(file, advance):
        metric.add_distances(HOST, features, labels)
        scatter.add(HOST, features, labels)
        decided.add(HOST, features, labels)
        if bounded is not None:
            bounded.add(features, labels)
    values = metric.compute(file.classifier, pairs=pairs, seed=seed)
    decisions = [_decisions(decided, i) for i in range(len(biases))]
    margins = tuple(np.concatenate(tally.margins) for tally in decided.tallies) if keep_margins else ()
    variances = metric.state()["distances.own_squares"][means.present] / means.counts[means.present]
    del metric, decided  # they hold several arrays K x d
    W, plain = file.classifier[means.present], Notation(centred_cosines=False, centred_classifier=False)
    printed, centred = _residuals(means.means[means.present], W, variances, 1 - decisions[0].nc4_agreement)
    sample = None if pairs is None else PairSample(pairs, seed)
    q_min = None if bounded is None else bounded.q_min(decisions[0].q_min)
    bound = None if bounded is None else bounded.stream.compute(q_min)
    return Measurement(
        counts=file.counts,
        d=d,
        dtype=file.features.dtype,
        metrics=values,
        class_centred=None if means.balanced else _class_centred(means, W, values, sample),
        uncentred=gathered(means, file.classifier, None, math.nan, plain, sample),
        papyan_nc1=scatter.compute(),
        printed_residuals=printed,
        centred_residuals=centred,
        decisions=decisions[0],
        biased_decisions=decisions[1] if len(decisions) > 1 else None,
        bound=bound,
        bound_n=None if bounded is None else bounded.n,
        bound_q_min=q_min,
        bound_sampled=balance is not None,
        gap=None if bounded is None or bound is None else _gap(bounded.stream, q_min, W, bound),
        class_means=means.means[means.present],
        sample_margins=margins,
        undefined=_undefined(values, bounded is not None),
        remarks=file.remarks,
    )


class _Bounded:
    """Theorem 3.1 for n samples of each class that occurs, and the classifiers of these classes."""

    def __init__(self, file: FeatureFile, means: ClassMeans, n: int, chosen: np.ndarray | None) -> None:
        self.n, self._chosen, self._start = n, chosen, 0
        present = means.present
        self._shared = chosen is None and bool(present.all())
        self._place = np.cumsum(present) - 1
        self.stream = MarginStream(file.classifier[present], n=n)

    def add(self, features: np.ndarray, labels: np.ndarray) -> None:
        if self._chosen is not None:
            mine = self._chosen[self._start : self._start + len(labels)]
            self._start += len(labels)
            features, labels = features[mine], labels[mine]
        if self._shared:
            self.stream.add_norms(HOST, features, labels)
        else:
            self.stream.add(HOST, features, self._place[labels])

    def q_min(self, of_all: float) -> float:
        """The smallest margin of these samples among these classes; that of all is at hand where they are all."""
        return of_all if self._shared else self.stream.q_min


def _bounded(file: FeatureFile, means: ClassMeans, balance: int | None, seed: int) -> _Bounded | None:
    sizes = means.counts[means.present]
    if balance is None:
        return _Bounded(file, means, int(sizes[0]), None) if means.balanced else None
    if not 1 <= balance <= sizes.min():
        raise CommandError(f"--balance: expected 1 to {sizes.min()}, the size of the smallest class, got {balance}")
    labels = file.labels[file.labels >= 0]
    return _Bounded(file, means, balance, balanced_subsample(labels, len(means.counts), balance, seed))


def chunks(
    file: FeatureFile, advance: Callable[[int], object] = lambda count: None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The samples of a file that count, features and labels, in pieces of bounded size.

    Raises:
        CommandError: the file has changed since it was opened.
    """
    start = 0
    try:
        for features in file.features.chunks(chunk_rows(file.features.shape[1])):
            labels = file.labels[start : start + len(features)]
            start += len(features)
            kept = labels >= 0
            wide = np.asarray(on_host(features))  # 16-bit floats as float32
            yield (wide, labels) if kept.all() else (wide[kept], labels[kept])
            advance(len(labels))
    except (DamagedFileError, OSError) as error:
        raise CommandError(f"the file changed while it was measured: {one_line(error)}") from error


def _decisions(decided: Decisions, which: int) -> Decided:
    shares, q_min = agreement_of(decided, which), decided.tallies[which].q_min
    return Decided(q_min=q_min, accuracy=shares.accuracy, nc4_agreement=shares.nearest_mean)


def _gap(margins: MarginStream, q_min: float | None, W: np.ndarray, bound: MarginBound) -> OptimalityGap | None:
    """Of the point that balancing gives, W to a W and H to H / a with |W| = |H|: the margin is the same."""
    if q_min is None or not bound.balanced_bound > 0:
        return None
    shape = Shape(len(W), margins.count // len(W), W.shape[1])
    longest = margins.longest * math.sqrt(float(np.vecdot(W, W).max()))
    best = bound.balanced_bound
    return margin_gap(q_min, best, margin_rounding(longest, best, shape, float(np.finfo(np.float64).eps)), shape)


def _class_centred(
    means: ClassMeans, W: np.ndarray, values: StreamedMetrics, sample: PairSample | None
) -> Section4Metrics:
    """The metrics of features with the mean of the class means as global mean; those of classifiers stay."""
    rows = means.means[means.present]
    centre = rows.mean(axis=0)
    cosine = None if sample is None else sampled_cosine_deviation(rows - centre, sample).mean
    return Section4Metrics(
        feature_norm_variation=float(feature_norm_variation(rows, centre)),
        classifier_norm_variation=values.classifier_norm_variation,
        within_class_variation=math.nan,
        feature_cosine_deviation=float(feature_cosine_deviation(rows, centre) if cosine is None else cosine),
        classifier_cosine_deviation=values.classifier_cosine_deviation,
        self_duality_distance=float(self_duality_distance(rows, centre, W)),
    )


def _residuals(
    means: np.ndarray, W: np.ndarray, variances: np.ndarray, disagreement: float
) -> tuple[Residuals, Residuals]:
    """As printed and centred."""
    residuals = []
    for centred in (False, True):
        rows = means - means.mean(axis=0) if centred else means
        squares = float(np.vecdot(rows, rows).sum())
        nc1 = math.sqrt(variances.sum() / squares) if squares else math.nan
        residuals.append(Residuals(nc1, gram_residual(rows), _duality(rows, W), disagreement))
    return residuals[0], residuals[1]


def _duality(rows: np.ndarray, W: np.ndarray) -> float:
    """|W / |W| - M / |M||_F; NaN where one of them is zero."""
    sizes = float(np.linalg.norm(W)), float(np.linalg.norm(rows))
    return float(np.linalg.norm(W / sizes[0] - rows / sizes[1])) if all(sizes) else math.nan


def _undefined(values: StreamedMetrics, bounded: bool) -> dict[str, str]:
    reasons = {} if bounded else dict.fromkeys(("bound", "centring", "alignment", "spread"), UNEQUAL)
    for name, value in asdict(values).items():
        if math.isnan(value):
            reasons[name] = "a norm in a denominator is zero"
    return reasons
