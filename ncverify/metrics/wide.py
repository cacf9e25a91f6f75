"""Batches of samples widened to float64 where they are: the common first step of the numbers that need a classifier."""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from ncverify.metrics.samples import checked_features, checked_labels
from ncverify.numbers import to_numpy


def wide_batch(features: Any, labels: Any, K: int, d: int) -> tuple[Any, Any, Any]:
    """Features (B, d) in float64, labels as int64 on the same device, and the array library's namespace.

    Raises:
        TypeError, ValueError: see `checked_features` and `checked_labels`.
    """
    features = checked_features(features, d)
    labels = checked_labels(labels, K, features.shape[0])
    if array_api_compat.is_torch_array(features):
        features = features.detach()
    xp, device = array_api_compat.array_namespace(features), array_api_compat.device(features)
    if not (type(labels) is type(features) and array_api_compat.device(labels) == device):
        labels = xp.asarray(to_numpy(labels), device=device)
    return xp.astype(features, xp.float64), labels, xp


def beside(values: np.ndarray, like: Any, xp: Any) -> Any:
    """Host float64 numbers as an array of the library and on the device of `like`."""
    return xp.asarray(values, dtype=xp.float64, device=array_api_compat.device(like))
