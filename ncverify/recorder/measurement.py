"""Every number of neural collapse over a whole data set: two passes, exact in any number of processes.

The data set is cut into the same parts whatever the number of processes; each part is measured by one of them, and the
sums of the parts are added in the order of the parts. So one process and several give the same numbers, bit for bit,
where the network gives the same features.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn

from ncverify.metrics import (
    ClassMeans,
    CollapseMetrics,
    NearestMeanAgreement,
)
from ncverify.metrics.agreement import agreement_of
from ncverify.recorder.batches import Data, Unpacker, source_of
from ncverify.recorder.hidden import HiddenSums, of_classes
from ncverify.recorder.kkt import kkt_numbers
from ncverify.recorder.last_layer import LastLayerHook
from ncverify.recorder.numbers import bound_numbers, residual_numbers
from ncverify.recorder.passes import Part, Passes, Pool, Reading
from ncverify.recorder.processes import Processes
from ncverify.recorder.second_pass import SecondPass, first_of_each
from ncverify.recorder.undisturbed import undisturbed, unwrapped

KEEP_BYTES = 4 << 30  # features up to this size stay on the device between the two passes

Row = dict[str, float | int]


@dataclass(frozen=True)
class Measured:
    """The result of a measurement.

    Args:
        row: the numbers; NaN where one does not exist.
        means: sizes and means of the classes that have samples, and the global mean.
        classifier: W of these classes, as it decides.
        present: which of the network's classes have samples, shape (K,).
        layer: name of the last layer.
        note: how W was read from it, "" for a plain W h + b.
        depth: for each other layer its numbers, in the order in which they were asked for.
    """

    row: Row
    means: ClassMeans
    classifier: np.ndarray
    present: np.ndarray
    layer: str
    note: str
    depth: dict[str, Row]


@dataclass(frozen=True)
class MeasurementOptions:
    """The choice of what is measured beside the usual numbers, and how.

    Args:
        kkt: stationarity and duality gap of (3.1), with the softmax's multipliers, where the classes are separated.
        layer: the last layer or its name, where it is not to be looked for.
        layers: other layers or their names.
        pool: the rule that makes vectors of their outputs; see `ncverify.recorder.passes.vectors`.
        batch: makes (inputs, labels) of a batch.
        ignore_index: a label that means "none"; samples with it are left out. None: there is no such label.
        memory: bytes of features that are kept between the passes in each process; more is computed twice.
    """

    kkt: bool = False
    layer: nn.Module | str | None = None
    layers: Sequence[nn.Module | str] = ()
    pool: Pool = "mean"
    batch: Callable[[Any], Any] | None = None
    ignore_index: int | None = -100
    memory: int = KEEP_BYTES


def measured(
    network: nn.Module,
    data: Data,
    *,
    test: Data = None,
    options: MeasurementOptions | None = None,
    group: Processes | None = None,
    wishes: MeasurementOptions | None = None,
) -> Measured:
    """The numbers of a network on a data set.

    The network is in evaluation mode meanwhile (batch normalisation with its running averages) and eager, without
    autocast and TF32; its modes, buffers and all random generators are as before afterwards.

    Args:
        network: any module; see `ncverify.recorder.last_layer`.
        data: the training data; see `ncverify.recorder.batches.source_of`.
        test: more data, for the accuracy.
        options: what else is measured.
        group: the processes that call this function together; by default those of torch.distributed.
        wishes: the name of `options` in version 0.2.

    Raises:
        TypeError, ValueError: data, labels or a network that cannot be measured, in a sentence.

    Example:
        >>> import torch
        >>> inputs, labels = torch.eye(6), [0, 0, 1, 1, 2, 2]
        >>> result = measured(nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 3)), (inputs, labels))
        >>> 0 <= result.row["within_class_variation"] and result.row["images_per_class"] == 2
        True
    """
    options, group = options or wishes or MeasurementOptions(), group or Processes.around(network)
    module = unwrapped(network)
    unpack = Unpacker(module, group.device, options.batch)
    with (
        undisturbed(network),
        group.same_buffers(module),
        LastLayerHook(module, options.layer, options.layers) as hook,
    ):

        def reading(source: Data, name: str) -> Reading:
            return Reading(source_of(source, name), unpack, hook, group, options.pool, options.ignore_index)

        training = reading(data, "data")
        training.probe()
        result, hidden = _of_training(training, Passes(training, options.memory), options)
        if test is not None:
            _of_test(reading(test, "test"), result, hidden)
        return result


def _of_training(reading: Reading, passes: Passes, options: MeasurementOptions) -> tuple[Measured, HiddenSums]:
    head, group = reading.hook.head, reading.group
    hidden = HiddenSums(list(reading.hook.hidden), len(head.classifier))
    first = _first_pass(reading, passes, hidden)
    present = first.present
    metric, W = of_classes(first.metric, present), head.classifier[present]
    means, n, b = metric.class_means, int(first.seen[present].min()), None if head.bias is None else head.bias[present]
    second = SecondPass(metric, means, W, b, n)
    hidden.begin_second_pass(present)

    def parts() -> Iterator[tuple[Part, np.ndarray]]:
        for part, start in zip(passes, first.before, strict=True):
            yield part.of_classes(present), start[present]

    for _, (state, others) in group.in_rounds(
        (second.part(part, start, n), hidden.second(part)) for part, start in parts()
    ):
        second.merge(state)
        hidden.merge_second(others)
    values, right, count = second.metrics(), agreement_of(second.decisions, -1), int(first.seen.sum())
    row: Row = {"train_loss": first.loss / count, "train_accuracy": first.right / count}
    row |= {"nc4_agreement": right.nearest_mean, **vars(values)}
    row |= residual_numbers(means, second.own_squares(), W, right.nearest_mean)
    row["papyan_nc1"] = second.scatter.compute()
    row |= bound_numbers(second.margin, second.q_min, W, n, len(W))
    row["margin_with_bias"] = second.q_min_with_bias
    row["empty_classes"] = int((~present).sum())
    if options.kkt:
        chosen = ((part, first_of_each(part.labels, start, n)) for part, start in parts())
        row |= kkt_numbers(chosen, W, n, group)
    return Measured(row, means, W, present, reading.hook.name, head.note, hidden.rows()), hidden


@dataclass
class _First:
    """The sums of the first pass; `before` has, for each part of this process, the samples of each class before it."""

    metric: CollapseMetrics
    seen: np.ndarray
    before: list[np.ndarray]
    loss: float
    right: int

    @property
    def present(self) -> np.ndarray:
        """Which classes have samples."""
        return self.seen > 0


def _first_pass(reading: Reading, passes: Passes, hidden: HiddenSums) -> _First:
    K, d = reading.hook.head.classifier.shape
    sums, losses = _First(CollapseMetrics(K, d), np.zeros(K, dtype=np.int64), [], 0.0, 0), []

    def own() -> Iterator[Any]:
        for part in passes:
            part_sums = CollapseMetrics(K, d)
            for features, labels, _ in part.chunks(K):
                part_sums.update(features, labels)
            yield part_sums.state(), part.loss, part.right, hidden.first(part)

    for rank, (state, loss, right, others) in reading.group.in_rounds(own()):
        if rank == reading.group.rank:
            sums.before.append(sums.seen.copy())
        sums.metric.merge_state(state)
        sums.seen += state["counts"]
        sums.right += right
        losses.append(loss)
        hidden.merge_first(others)
    if not sums.seen.any():
        raise ValueError("data: expected samples with labels, got none")
    sums.loss = math.fsum(losses)
    return sums


def _of_test(reading: Reading, result: Measured, hidden: HiddenSums) -> None:
    """Adds the numbers of the test data to the row; of nearest class means only those of classes with training data."""
    head, present = reading.hook.head, result.present
    bias = None if head.bias is None else head.bias[present]
    agreement = NearestMeanAgreement(result.means, result.classifier, bias)
    losses: list[float] = []

    def own() -> Iterator[Any]:
        for whole in reading.parts():
            part, sums = whole.of_classes(present), NearestMeanAgreement(result.means, result.classifier, bias)
            for features, labels, _ in part.chunks(len(result.classifier)):
                sums.update(features, labels)
            yield sums, whole.loss, whole.right, len(whole.labels), hidden.test(part)

    correct = count = 0
    for _, (sums, loss, right, samples, others) in reading.group.in_rounds(own()):
        agreement.merge_state(sums)
        losses.append(loss)
        correct, count = correct + right, count + samples
        hidden.merge_test(others)
    result.row["test_accuracy"] = correct / count if count else math.nan
    result.row["test_nc4_agreement"] = agreement.compute().nearest_mean
    result.row["test_loss"] = math.fsum(losses) / count if count else math.nan
    for name, numbers in hidden.test_rows().items():
        result.depth[name].update(numbers)
