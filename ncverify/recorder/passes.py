"""A data set as parts that are the same in any number of processes, kept between the passes while they fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import nn

from ncverify.recorder.batches import Source, Unpacker
from ncverify.recorder.labels import class_numbers
from ncverify.recorder.last_layer import LastLayer, LastLayerHook
from ncverify.recorder.processes import Processes
from ncverify.recorder.undisturbed import Generators

PART = 2000  # samples of a part, at least: what is added up before processes exchange their sums
PART_BYTES = 1 << 28  # features of a part, at most, unless one batch is larger
CHUNK = 1 << 21  # entries of an intermediate array (rows x classes, or rows x dimensions)
LOGITS = 1 << 20  # entries of logits that may wait to be looked at
LOSS_ROWS = 1 << 24  # entries of a logit matrix that is widened to float64 at once

Pool = str | Callable[[torch.Tensor], torch.Tensor]


@dataclass
class Part:
    """Some consecutive batches.

    Args:
        features: what the classifier is multiplied with, shape (N, d).
        labels: shape (N,), int64.
        loss: sum of the cross-entropy of the network's own logits.
        right: samples whose label has a larger logit than every other class.
        hidden: features of other layers, shapes (N, ...).
    """

    features: torch.Tensor
    labels: torch.Tensor
    loss: float
    right: int
    hidden: dict[str, torch.Tensor]

    @property
    def bytes(self) -> int:
        """The bytes that keeping the part takes."""
        return sum(t.numel() * t.element_size() for t in (self.features, self.labels, *self.hidden.values()))

    def of_classes(self, present: np.ndarray) -> Part:
        """The samples of some classes, which are numbered anew; `present` has a truth value for each class."""
        if present.all():
            return self
        chosen = torch.from_numpy(present).to(self.labels.device)
        kept = chosen[self.labels]
        numbers = (torch.cumsum(chosen, dim=0) - 1)[self.labels[kept]]
        hidden = {name: tensor[kept] for name, tensor in self.hidden.items()}
        return Part(self.features[kept], numbers, self.loss, self.right, hidden)

    def chunks(self, K: int, name: str | None = None) -> Iterator[tuple[torch.Tensor, torch.Tensor, slice]]:
        """(features, labels, which) in pieces of bounded size, of the last layer or of another one."""
        features = self.features if name is None else self.hidden[name]
        rows = max(1, CHUNK // max(features.shape[1], K))
        for start in range(0, len(self.labels), rows):
            chosen = slice(start, start + rows)
            yield features[chosen], self.labels[chosen], chosen


@dataclass
class Reading:
    """The reading of a data set: its batches, what is in them, and what the network makes of them.

    Args:
        source: the batches.
        unpack: makes (inputs, labels) of one.
        hook: runs the network.
        group: the processes that measure together.
        pool: the rule that makes vectors of the outputs of other layers.
        ignore_index: a label that means "none".
    """

    source: Source
    unpack: Unpacker
    hook: LastLayerHook
    group: Processes
    pool: Pool = "mean"
    ignore_index: int | None = -100

    def probe(self) -> None:
        """Finds the last layer on the first batch; what the first process reads there is taken by all.

        Raises:
            ValueError: there is no sample, or no last layer.
        """
        head, name, path, problem = None, "", None, None
        try:
            batch = next(iter(self.source.batches(range(1))), None)
            if batch is not None:
                self.hook(self.unpack(batch)[0])
                head, name, path = self.hook.head, self.hook.name, self.hook.path
        except Exception as error:
            if self.group.world == 1:
                raise
            problem = f"{type(error).__name__}: {error}"
        reports = self.group.gathered((head, name, path, problem))
        for rank, (_, _, _, trouble) in enumerate(reports):
            if trouble is not None:
                raise ValueError(f"process {rank}: {trouble}")
        first = next((entry for entry in reports if entry[0] is not None), None)
        if first is None:
            raise ValueError("data: expected at least one batch, got none")
        self.hook.adopt(*first[:3])

    def parts(self) -> Iterator[Part]:
        """The parts of this process; the r-th of P processes has the r-th, (r + P)-th, ... of a counted source."""
        K, d = self.hook.head.classifier.shape
        wanted = min(max(PART, 4 * K), max(1, PART_BYTES // (4 * d)))
        count, size = self.source.count, self.source.size
        if count is None:
            yield from self._grouped(self.source.batches(()), lambda batches, samples: samples >= wanted)
            return
        length = -(-wanted // size)
        starts = range(self.group.rank * length, count, self.group.world * length)
        numbers = chain.from_iterable(range(start, min(start + length, count)) for start in starts)
        yield from self._grouped(self.source.batches(numbers), lambda batches, samples: batches == length)

    def _grouped(self, batches: Iterator[Any], full: Callable[[int, int], bool]) -> Iterator[Part]:
        """Parts of consecutive batches; logits are looked at and dropped once there are some."""
        parts: list[Part] = []
        pending: list[tuple[LastLayer, Any]] = []
        count = rows = held = 0
        for batch in batches:
            inputs, labels = self.unpack(batch)
            last = self.hook.run(inputs)
            pending.append((last, labels))
            count, rows, held = count + 1, rows + len(last.logits), held + last.logits.numel()
            ended = full(count, rows)
            if ended or held >= LOGITS:
                parts.append(self._settled(pending))
                pending, held = [], 0
            if ended:
                yield _joined(parts)
                parts, count, rows = [], 0, 0
        if pending:
            parts.append(self._settled(pending))
        if parts:
            yield _joined(parts)

    def _settled(self, pending: list[tuple[LastLayer, Any]]) -> Part:
        """Some batches as one part, their logits held against W h + b."""
        K, shapes = len(self.hook.head.classifier), [last.shape for last, _ in pending]
        features = torch.cat([last.features for last, _ in pending])
        logits = torch.cat([last.logits for last, _ in pending])
        self.hook.check(features, logits)
        given = [labels for _, labels in pending]
        if all(
            isinstance(x, torch.Tensor) and x.shape == s and len(s) == 1 for x, s in zip(given, shapes, strict=True)
        ):
            given, shapes = [torch.cat(given)], [(len(features),)]
        numbered = [class_numbers(x, s, K, self.ignore_index) for x, s in zip(given, shapes, strict=True)]
        numbers = torch.cat([labels for labels, _ in numbered]).to(features.device)
        hidden = {
            name: torch.cat([vectors(last.hidden[name], self.pool, last.shape, name) for last, _ in pending])
            for name in pending[0][0].hidden
        }
        if any(kept is not None for _, kept in numbered):
            masks = [torch.ones_like(labels, dtype=torch.bool) if kept is None else kept for labels, kept in numbered]
            kept = torch.cat(masks).to(features.device)
            features, logits = features[kept], logits[kept]
            hidden = {name: tensor[kept] for name, tensor in hidden.items()}
        return Part(features, numbers, loss_sum(logits, numbers), right_answers(logits, numbers), hidden)


def loss_sum(logits: torch.Tensor, labels: torch.Tensor) -> float:
    """The sum of the cross-entropy in float64, in blocks of rows."""
    rows = max(1, LOSS_ROWS // logits.shape[1])
    sums = [
        nn.functional.cross_entropy(logits[i : i + rows].double(), labels[i : i + rows], reduction="sum")
        for i in range(0, len(labels), rows)
    ]
    return float(sum(float(s) for s in sums))


def right_answers(logits: torch.Tensor, labels: torch.Tensor) -> int:
    """The number of labels with a larger logit than every other class."""
    own = logits.gather(1, labels.unsqueeze(1))
    return int(((logits >= own).sum(dim=1) == 1).sum())


def vectors(tensor: torch.Tensor, pool: Pool, shape: tuple[int, ...], name: str) -> torch.Tensor:
    """The output of a layer as one vector for each sample, shape (N, d).

    Args:
        tensor: the output.
        pool: "flatten" strings all axes after the first together; "mean" averages (B, C, height, width, ...) over the
            axes after the second and (B, T, d) over the second; or a function that makes (B, d).
        shape: of the samples; for (B, T) an output (B, T, d) has a vector for each place, and nothing is pooled.
        name: of the layer.

    Raises:
        ValueError: an unknown rule, or an output that is no batch of vectors then.
    """
    if callable(pool):
        rows = pool(tensor)
    elif pool not in ("flatten", "mean"):
        raise ValueError(f'pool: expected "mean", "flatten" or a function, got {pool!r}')
    elif len(shape) > 1 and tuple(tensor.shape[:-1]) == tuple(shape):
        rows = tensor.reshape(-1, tensor.shape[-1])
    elif pool == "flatten" or tensor.ndim <= 2:
        rows = tensor.reshape(len(tensor), -1)
    else:
        rows = tensor.mean(dim=1) if tensor.ndim == 3 else tensor.flatten(2).mean(dim=2)
    count = 1
    for length in shape:
        count *= length
    if rows.ndim != 2 or len(rows) != count:
        raise ValueError(f"layers: {name!r} gives {tuple(rows.shape)}, expected ({count}, d); pool= makes it so")
    return rows


class Passes:
    """The parts of a reading again and again: kept if they are small enough, computed anew otherwise.

    Args:
        reading: what is read.
        budget: bytes of features that may be kept in this process.
    """

    def __init__(self, reading: Reading, budget: int) -> None:
        self._reading, self._budget = reading, budget
        self._kept: list[Part] | None = None
        self._start = Generators([reading.group.device])

    def __iter__(self) -> Iterator[Part]:
        if self._kept is not None:
            yield from self._kept
            return
        self._start.restore()  # random augmentations are the same in every pass
        kept: list[Part] | None = []
        room = self._budget
        for part in self._reading.parts():
            room -= part.bytes
            if room < 0:
                kept, self._budget = None, -1
            if kept is not None:
                kept.append(part)
            yield part
        self._kept = kept


def _joined(parts: list[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    hidden: Mapping[str, torch.Tensor] = {
        name: torch.cat([part.hidden[name] for part in parts]) for name in parts[0].hidden
    }
    return Part(
        torch.cat([part.features for part in parts]),
        torch.cat([part.labels for part in parts]),
        float(sum(part.loss for part in parts)),
        sum(part.right for part in parts),
        dict(hidden),
    )
