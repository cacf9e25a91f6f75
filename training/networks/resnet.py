"""ResNet18 (He et al., 2016) with a stem for small images, or the published one for large images."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn

Stem = Literal["small", "imagenet"]
WIDTHS = (64, 128, 256, 512)


class Block(nn.Module):
    """Two 3 x 3 convolutions with batch normalisation, and the input added to what they give."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.relu_(self.norm1(self.conv1(x)))
        return torch.relu_(self.norm2(self.conv2(y)).add_(self.shortcut(x)))


def resnet18(channels: int, width: float = 1.0, *, stem: Stem = "small") -> tuple[nn.Module, int]:
    """The layers up to the features, and the dimension of the features: 512 at width 1.

    Args:
        channels: of the images.
        width: factor of all numbers of channels.
        stem: "small" is one 3 x 3 convolution, for images of 28 or 32 pixels; "imagenet" the published 7 x 7
            convolution of stride 2 with a pooling behind it.
    """
    sizes = [max(1, round(size * width)) for size in WIDTHS]
    kernel, stride, padding = (3, 1, 1) if stem == "small" else (7, 2, 3)
    layers: list[nn.Module] = [
        nn.Conv2d(channels, sizes[0], kernel, stride, padding, bias=False),
        nn.BatchNorm2d(sizes[0]),
        nn.ReLU(inplace=True),
    ]
    if stem == "imagenet":
        layers.append(nn.MaxPool2d(3, 2, 1))
    inputs = sizes[0]
    for stage, size in enumerate(sizes):
        layers += [Block(inputs, size, 1 if stage == 0 else 2), Block(size, size, 1)]
        inputs = size
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    for layer in layers:
        layer.apply(_initialised)
    return nn.Sequential(*layers), inputs


def _initialised(layer: nn.Module) -> None:
    if isinstance(layer, nn.Conv2d):
        nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
