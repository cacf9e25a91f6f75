"""Which memory layout the convolutions of a network are trained in."""

from __future__ import annotations

import torch
from torch import nn

NARROWEST = 8  # channels: oneDNN's AVX2 kernels for channels_last write beyond their buffers below it


def memory_format(network: nn.Module, device: torch.device) -> torch.memory_format:
    """channels_last on a GPU, and on a CPU where no convolution is narrower than 8 channels; else the usual layout.

    The images' own one or three channels, which the first convolution takes, do not count.

    Args:
        network: its convolutions in the order in which they are called.
        device: that it is trained on.

    Example:
        >>> memory_format(nn.Conv2d(1, 4, 3), torch.device("cpu"))
        torch.contiguous_format
    """
    convolutions = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    channels = [layer.out_channels for layer in convolutions] + [layer.in_channels for layer in convolutions[1:]]
    if device.type == "cpu" and min(channels, default=NARROWEST) < NARROWEST:
        return torch.contiguous_format
    return torch.channels_last
