"""The six metrics of Section 4, as formulas, for one array and for streams, and numbers users compare with."""

from ncverify.arguments import check_package as _check_package
from ncverify.metrics.agreement import Agreement, NearestMeanAgreement
from ncverify.metrics.formulas import (
    classifier_cosine_deviation,
    classifier_norm_variation,
    feature_cosine_deviation,
    feature_norm_variation,
    mean_distance,
    self_duality_distance,
    within_class_variation,
)
from ncverify.metrics.margins import MarginBound, MarginStream
from ncverify.metrics.results import SampledMetrics, StreamedMetrics
from ncverify.metrics.scatter import ScatterRatio, scatter_ratio
from ncverify.metrics.section_4 import METRICS, Notation, Section4Metrics, section_4_metrics
from ncverify.metrics.streaming import CollapseMetrics, metrics_of
from ncverify.metrics.subsample import balanced_subsample
from ncverify.metrics.totals import ClassMeans

__all__ = [
    "METRICS",
    "Agreement",
    "ClassMeans",
    "CollapseMetrics",
    "MarginBound",
    "MarginStream",
    "NearestMeanAgreement",
    "Notation",
    "SampledMetrics",
    "ScatterRatio",
    "Section4Metrics",
    "StreamedMetrics",
    "balanced_subsample",
    "classifier_cosine_deviation",
    "classifier_norm_variation",
    "feature_cosine_deviation",
    "feature_norm_variation",
    "mean_distance",
    "metrics_of",
    "scatter_ratio",
    "section_4_metrics",
    "self_duality_distance",
    "within_class_variation",
]

_check_package(globals())
