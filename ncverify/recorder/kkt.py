"""How far a last layer is from a KKT point of (3.1), by the softmax's multipliers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch

from ncverify.errors import NotSeparableError
from ncverify.point import Point
from ncverify.recorder.passes import Part
from ncverify.recorder.processes import Processes
from ncverify.text import size

MOST_BYTES = 4 << 30
MATRICES = 8  # of K x Kn floats that the multipliers and their residuals take at once


def kkt_numbers(
    parts: Iterable[tuple[Part, torch.Tensor]], W: np.ndarray, n: int, group: Processes
) -> dict[str, float]:
    """Stationarity and duality gap, both relative; NaN where the classes are not separated or one is empty.

    Args:
        parts: of this process, each with the samples that are chosen.
        W: shape (K, d).
        n: samples of each class that are chosen.
        group: the processes that measure together.

    Raises:
        ValueError: the matrices of multipliers would take more than 4 GiB.
    """
    from ncverify.separation import softmax_multipliers

    unknown = {"kkt_stationarity": math.nan, "kkt_duality_gap": math.nan}
    K = len(W)
    need = 8 * K * n * (MATRICES * K + 2 * W.shape[1])
    if need > MOST_BYTES:
        raise ValueError(
            f"kkt: {K} classes of {n} samples have a multiplier for each sample and class, which takes {size(need)}, "
            f"more than {size(MOST_BYTES)}; leave kkt out, or measure fewer samples"
        )

    def own() -> Iterator[Any]:
        for part, chosen in parts:
            yield part.features[chosen].double().cpu().numpy(), part.labels[chosen].cpu().numpy()

    pieces = [part for _, part in group.in_rounds(own())]
    if not W.any():
        return unknown
    labels = np.concatenate([labels for _, labels in pieces])
    H = np.concatenate([features for features, _ in pieces])[np.argsort(labels, kind="stable")].T
    if not H.any():
        return unknown
    W = W * math.sqrt(np.linalg.norm(H) / np.linalg.norm(W))  # equal norms: the margins stay, the norm is smallest
    try:
        point = softmax_multipliers(Point(W, H * (np.linalg.norm(W) / np.linalg.norm(H))))
    except NotSeparableError:
        return unknown
    length = math.sqrt(2 * point.objective)
    return {"kkt_stationarity": point.stationarity / length, "kkt_duality_gap": point.duality_gap / point.objective}
