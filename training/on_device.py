"""A whole data set on the device, as bytes; normalised, shuffled and cut into batches there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from training.data import Split


def pixel_statistics(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the pixels of each channel, exact up to the last division.

    Args:
        images: bytes, shape (N, channels, height, width).
    """
    counts = np.stack([np.bincount(images[:, c].reshape(-1), minlength=256) for c in range(images.shape[1])])
    values, total = np.arange(256), counts.sum(axis=1)
    mean = (counts @ values) / total
    variance = (counts @ values**2) / total - mean**2
    return mean, np.sqrt(np.maximum(variance, 1.0))  # at least one grey level, for channels that are constant


class OnDevice:
    """Images and labels of one split on a device.

    Args:
        split: the images, as bytes.
        mean: of the pixels of each channel, subtracted.
        deviation: what they are divided by then.
        device: where they shall live.
    """

    def __init__(self, split: Split, mean: np.ndarray, deviation: np.ndarray, device: torch.device) -> None:
        images = torch.from_numpy(split.images)
        self.images = images.to(device)
        self.labels = torch.from_numpy(split.labels).to(device)
        shape = (1, -1, 1, 1)
        self._scale = torch.from_numpy(1 / deviation).float().reshape(shape).to(device)
        self._shift = torch.from_numpy(-mean / deviation).float().reshape(shape).to(device)

    def __len__(self) -> int:
        return len(self.labels)

    def order(self, seed: int, epoch: int) -> torch.Tensor:
        """The order of the images in an epoch: the same on every device and in every process."""
        # the generator reads 32 bits of its seed and no more
        generator = torch.Generator().manual_seed((seed * 1_000_003 + epoch) % 2**32)
        return torch.randperm(len(self), generator=generator).to(self.labels.device)

    def shuffled(
        self, seed: int, epoch: int, batch: int, rank: int = 0, world: int = 1
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """The batches of an epoch as (inputs, labels); of each the part of one process.

        Args:
            seed: of the order.
            epoch: every epoch has another order.
            batch: images of a step over all processes.
            rank: of the process, which gets every so many-th image.
            world: number of processes.
        """
        order = self.order(seed, epoch)
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch][rank::world]
            yield self.inputs(self.images.index_select(0, chosen)), self.labels.index_select(0, chosen)

    def inputs(self, images: torch.Tensor) -> torch.Tensor:
        """Bytes as normalised float32."""
        return torch.addcmul(self._shift, images.float(), self._scale)


class Tensors:
    """Inputs and labels of any network, to be measured by `training.tracker.measure`.

    Args:
        inputs: what the network takes, shape (N, ...).
        labels: class numbers of any kind, one for each input.
    """

    def __init__(self, inputs: torch.Tensor, labels: Any) -> None:
        if len(inputs) != len(labels):
            raise ValueError(f"labels: expected one for each of the {len(inputs)} inputs, got {len(labels)}")
        self.inputs, self.labels = inputs, labels
