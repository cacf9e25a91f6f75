"""The rows of a run: what `ncverify.recorder` measures, under the names that result files have."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from torch import nn

from ncverify.recorder.measurement import KEEP_BYTES, MeasurementOptions, measured
from ncverify.recorder.schedule import log_epochs
from training.on_device import OnDevice, Tensors
from training.processes import Processes

PIECES = {"cpu": 250, "cuda": 2000}  # images that go through the network at once
NAMES = (
    "train_loss", "train_accuracy", "nc4_agreement",
    "feature_norm_variation", "classifier_norm_variation", "within_class_variation",
    "feature_cosine_deviation", "classifier_cosine_deviation", "self_duality_distance", "within_class_rms",
    "margin", "margin_bound", "margin_ratio", "balanced_margin_ratio",
    "slack_centring", "slack_alignment", "slack_spread", "classifier_norm", "feature_norm", "images_per_class",
    "kkt_stationarity", "kkt_duality_gap", "test_accuracy", "test_nc4_agreement",
)  # fmt: skip

__all__ = ["KEEP_BYTES", "NAMES", "Row", "measure", "tracked_epochs"]

Row = dict[str, float | int | None]


def tracked_epochs(epochs: int) -> list[int]:
    """The epochs after which a run is measured.

    Example:
        >>> tracked_epochs(20)
        [0, 1, 2, 3, 5, 8, 11, 17, 20]
    """
    return log_epochs(epochs, 1.5)


class _Pieces:
    """Images on a device as batches by number."""

    def __init__(self, data: OnDevice, size: int) -> None:
        self._data, self.size = data, size
        self.count: int | None = math.ceil(len(data) / size)

    def batches(self, chosen: Iterable[int]) -> Iterator[Any]:
        for i in chosen:
            part = slice(i * self.size, (i + 1) * self.size)
            yield self._data.inputs(self._data.images[part]), self._data.labels[part]


def measure(
    network: nn.Module,
    data: Any,
    group: Processes | None = None,
    *,
    test: Any = None,
    kkt: bool = False,
) -> Row:
    """The metrics of a network on a data set, as Python numbers; None where one does not exist.

    See `ncverify.recorder`, which does the work: the network is in evaluation mode meanwhile (batch normalisation with
    its running averages) and in float32, and is left as it was.

    Args:
        network: any module with a last layer W h + b.
        data: the training images: `OnDevice`, `Tensors`, a DataLoader, a data set, or a pair (inputs, labels).
        group: the processes that call this function together; None where there is no other.
        test: images for the test accuracy.
        kkt: also stationarity and duality gap, with the softmax's multipliers, where the classes are separated.

    Raises:
        TypeError, ValueError: a class has no images, features are not finite, or logits are not W h + b.

    Example:
        >>> inputs, labels = torch.eye(6), torch.tensor([0, 0, 1, 1, 2, 2])
        >>> row = measure(nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 3)), (inputs, labels))
        >>> 0 <= row["within_class_variation"] and row["images_per_class"] == 2
        True
    """
    group = group or Processes.around(network)
    options = MeasurementOptions(kkt=kkt, ignore_index=None, memory=KEEP_BYTES)
    size = PIECES.get(group.device.type, PIECES["cpu"])
    tested = None if test is None else _source(test, size)
    row = measured(network, _source(data, size), test=tested, options=options, group=group).row
    return {name: row[name] if math.isfinite(row[name]) else None for name in NAMES if name in row}


def _source(data: Any, size: int) -> Any:
    if isinstance(data, Tensors):
        return data.inputs, data.labels
    return _Pieces(data, size) if isinstance(data, OnDevice) else data
