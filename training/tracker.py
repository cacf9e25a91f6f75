"""Every number of neural collapse over a whole data set: two passes, exact in any number of processes.

The data set is cut into the same pieces whatever the number of processes; each piece is measured by one of them, and
the sums of the pieces are added in the order of the pieces. So one process and several give the same numbers, bit for
bit, where the network gives the same features.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import nn

from ncverify import Point
from ncverify.metrics import ClassMeans, CollapseMetrics, MarginStream, NearestMeanAgreement
from training.networks import FeatureHook, LastLayer, unwrapped
from training.on_device import OnDevice, Tensors
from training.processes import Processes

PIECES = {"cpu": 250, "cuda": 2000}  # images; fixed numbers, because sums are added piece by piece
KEEP_BYTES = 4 << 30  # features up to this size stay on the device between the two passes

Row = dict[str, float | int | None]


def tracked_epochs(epochs: int) -> list[int]:
    """The epochs after which to measure: 0, then about evenly spaced on a logarithmic axis, and the last.

    Example:
        >>> tracked_epochs(20)
        [0, 1, 2, 3, 5, 8, 11, 17, 20]
    """
    steps = math.ceil(math.log(epochs, 1.5)) + 1
    return sorted({0, epochs, *(e for e in (round(1.5**k) for k in range(steps)) if e <= epochs)})


def measure(
    network: nn.Module,
    data: OnDevice | Tensors,
    alone: Processes | None = None,
    *,
    test: OnDevice | Tensors | None = None,
    kkt: bool = False,
) -> Row:
    """The metrics of a network on a data set, as Python numbers; None where one does not exist.

    The network is in evaluation mode meanwhile (batch normalisation with its running averages), and in float32.

    Args:
        network: any module whose last layer is an nn.Linear.
        data: the training images.
        alone: this process among all that call this function together; None where there is no other.
        test: images for the test accuracy.
        kkt: also stationarity and duality gap, with the softmax's multipliers, where the classes are separated.

    Raises:
        ValueError: a class has no images, features are not finite, or the network does not end with an nn.Linear.

    Example:
        >>> inputs, labels = torch.eye(6), torch.tensor([0, 0, 1, 1, 2, 2])
        >>> row = measure(nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 3)), Tensors(inputs, labels))
        >>> 0 <= row["within_class_variation"] and row["images_per_class"] == 2
        True
    """
    alone = alone or Processes(0, 1, data.labels.device)
    network = unwrapped(network)
    _same_buffers(network, alone)
    training = network.training
    network.eval()
    try:
        with torch.no_grad(), full_float32(), FeatureHook(network) as hook:
            row, means, last = _training_numbers(hook, data, alone, kkt=kkt)
            if test is not None:
                agreement = _added(alone, _agreements(_pieces(hook, test, alone), means, last))
                row |= {"test_accuracy": agreement.accuracy, "test_nc4_agreement": agreement.nearest_mean}
    finally:
        network.train(training)
    return {name: value if value is None or math.isfinite(value) else None for name, value in row.items()}


Pieces = Iterator[tuple[int, LastLayer, torch.Tensor]]


def _training_numbers(
    hook: FeatureHook, data: OnDevice | Tensors, alone: Processes, *, kkt: bool
) -> tuple[Row, ClassMeans, LastLayer]:
    """The numbers of the training images, with the class means and a last layer that have been found."""
    first = hook(data.one())
    K, d = first.classifier.shape
    passes = _remembered(lambda: _pieces(hook, data, alone), len(data) * d * 4)
    sums = _in_order(alone, {i: _first_pass(last, labels, K, d) for i, last, labels in passes()})
    metric = CollapseMetrics(K, d)
    for state, _ in sums:
        metric.merge_state(state)
    loss = math.fsum(part for _, part in sums) / len(data)
    means = metric.class_means
    n, chosen = _balanced_part(data.labels)
    second: dict[int, Any] = {}
    for i, last, labels in passes():
        distances = CollapseMetrics(K, d)
        distances.merge_state(metric)
        distances.update_distances(last.features, labels)
        margin = MarginStream(last.classifier, n=n)
        part = chosen[i * _piece(alone) :][: len(labels)]
        margin.update(last.features[part], labels[part])
        second[i] = distances.state(), margin, *_agreements(iter([(i, last, labels)]), means, last).values()
    pieces = _in_order(alone, second)
    metric.update_distances(first.features[:0], data.labels[:0])
    margin, agreement = MarginStream(first.classifier, n=n), NearestMeanAgreement(means, first.classifier, first.bias)
    for state, one_margin, one_agreement in pieces:
        metric.merge_state(state)
        margin.merge_state(one_margin)
        agreement.merge_state(one_agreement)
    right = agreement.compute()
    row: Row = {"train_loss": loss, "train_accuracy": right.accuracy, "nc4_agreement": right.nearest_mean}
    row |= asdict(metric.compute(first.classifier)) | _bound(margin, first.classifier, n, K)
    row |= _kkt(passes, chosen, first, alone) if kkt else {}
    return row, means, first


def _pieces(hook: FeatureHook, data: OnDevice | Tensors, alone: Processes) -> Pieces:
    for position, inputs, labels in data.in_order(_piece(alone), alone.rank, alone.world):
        yield position, hook(inputs), labels


def _piece(alone: Processes) -> int:
    return PIECES[alone.device.type]


def _remembered(pieces: Callable[[], Pieces], size: int) -> Callable[[], Any]:
    """The pieces again and again: kept if they are small enough, computed anew otherwise."""
    if size > KEEP_BYTES:
        return pieces
    kept = list(pieces())
    return lambda: kept


def _first_pass(last: LastLayer, labels: torch.Tensor, K: int, d: int) -> tuple[dict[str, np.ndarray], float]:
    sums = CollapseMetrics(K, d)
    sums.update(last.features, labels)
    loss = nn.functional.cross_entropy(last.logits.double(), labels, reduction="sum")
    return sums.state(), float(loss)


def _agreements(pieces: Pieces, means: ClassMeans, last: LastLayer) -> dict[int, NearestMeanAgreement]:
    found = {}
    for position, piece, labels in pieces:
        found[position] = NearestMeanAgreement(means, last.classifier, last.bias)
        found[position].update(piece.features, labels)
    return found


def _added(alone: Processes, parts: dict[int, NearestMeanAgreement]) -> Any:
    first, *others = _in_order(alone, parts)
    for other in others:
        first.merge_state(other)
    return first.compute()


def _in_order(alone: Processes, parts: dict[int, Any]) -> list[Any]:
    """The parts of all processes in the order of their positions."""
    everything = {position: part for some in alone.gathered(parts) for position, part in some.items()}
    return [everything[position] for position in sorted(everything)]


def _balanced_part(labels: torch.Tensor) -> tuple[int, torch.Tensor]:
    """(n, which images): the first n of each class, n the size of the smallest; Theorem 3.1 is about equal sizes."""
    members = nn.functional.one_hot(labels)
    n = int(members.sum(dim=0).min())
    rank = (members.cumsum(dim=0) * members).sum(dim=1)
    return n, rank <= n


def _bound(margin: MarginStream, classifier: torch.Tensor, n: int, K: int) -> Row:
    """The margin without bias against Theorem 3.1, and the norms in it."""
    found = margin.compute()
    squared_W = float(classifier.double().square().sum())
    squared_H = max(found.bound * 2 * (K - 1) * math.sqrt(n) - squared_W, 0.0)
    return {
        "margin": margin.q_min,
        "margin_bound": found.bound,
        "margin_ratio": margin.q_min / found.bound if found.bound else None,
        "balanced_margin_ratio": margin.q_min / found.balanced_bound if found.balanced_bound else None,
        "slack_centring": found.centring,
        "slack_alignment": found.alignment,
        "slack_spread": found.spread,
        "classifier_norm": math.sqrt(squared_W),
        "feature_norm": math.sqrt(squared_H),
        "images_per_class": n,
    }


def _kkt(passes: Callable[[], Any], chosen: torch.Tensor, first: LastLayer, alone: Processes) -> Row:
    """How far the last layer is from a KKT point of (3.1) and from the best objective, both relative."""
    from ncverify.errors import NotSeparableError
    from ncverify.separation import softmax_multipliers

    parts = {}
    for i, last, labels in passes():
        kept = chosen[i * _piece(alone) :][: len(labels)]
        parts[i] = last.features[kept].double().cpu().numpy(), labels[kept].cpu().numpy()
    pieces = _in_order(alone, parts)
    labels = np.concatenate([labels for _, labels in pieces])
    H = np.concatenate([features for features, _ in pieces])[np.argsort(labels, kind="stable")].T
    W = first.classifier.double().cpu().numpy()
    W = W * math.sqrt(np.linalg.norm(H) / np.linalg.norm(W))  # equal norms: the margins stay, the norm is smallest
    try:
        found = softmax_multipliers(Point(W, H * (np.linalg.norm(W) / np.linalg.norm(H))))
    except NotSeparableError:
        return {"kkt_stationarity": None, "kkt_duality_gap": None}
    size = math.sqrt(2 * found.objective)
    return {"kkt_stationarity": found.stationarity / size, "kkt_duality_gap": found.duality_gap / found.objective}


def _same_buffers(network: nn.Module, alone: Processes) -> None:
    """Running averages of the first process in all of them, as DistributedDataParallel does before each step."""
    if alone.world > 1:
        for buffer in network.buffers():
            dist.broadcast(buffer, 0)


@contextmanager
def full_float32() -> Iterator[None]:
    """No TF32 inside the block."""
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before
