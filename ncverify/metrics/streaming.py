"""The six metrics of Section 4 from batches, in the manner of torchmetrics: update, compute, reset, merge.

Avg(|h_ki - hbar_k|) is a mean of norms: no sums taken before the class means are known give it. So the samples pass
twice, first through `update`, then, in any order and any batches, through `update_distances`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import array_api_compat
import numpy as np

from ncverify.metrics.device import DeviceDistances, DeviceSums
from ncverify.metrics.host import HostDistances, HostSums, host_rows
from ncverify.metrics.samples import checked_classifier, checked_features, checked_labels
from ncverify.metrics.section_4 import Notation, Section4Metrics, from_means
from ncverify.metrics.totals import ClassMeans, ClassTotals, DistanceTotals, GlobalMean


@dataclass(frozen=True)
class StreamedMetrics(Section4Metrics):
    """The six metrics and one more number that needs no second pass.

    Args:
        within_class_rms: sqrt(sum |h - hbar_k|^2 / sum |h - hbar|^2), the within-class variation with root mean squares in
            the place of means: **not** the number of the paper, at most sqrt(K) ... of the same order. NaN unless the
            second pass was made or `second_moments=True`.
    """

    within_class_rms: float
