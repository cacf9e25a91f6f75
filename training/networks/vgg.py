"""VGG13 (Simonyan and Zisserman, 2014), with and without batch normalisation."""

from __future__ import annotations

from torch import nn

STAGES = ((64, 64), (128, 128), (256, 256), (512, 512), (512, 512))


def vgg13(channels: int, width: float = 1.0, *, norm: bool = True, wide_head: bool = False) -> tuple[nn.Module, int]:
    """The layers up to the features, and the dimension of the features: 512 at width 1, 4096 with the wide head.

    Args:
        channels: of the images.
        width: factor of all numbers of channels.
        norm: batch normalisation behind each convolution, which then needs no bias.
        wide_head: the published two layers of 4096 units with dropout, made for large images; without it the mean over
            all pixels gives the features.

    Pooling rounds sizes up, which changes nothing at 32 pixels and keeps the fifth pooling possible at 28 and at 8.
    """
    layers: list[nn.Module] = []
    inputs = channels
    for stage in STAGES:
        for size in (max(1, round(published * width)) for published in stage):
            layers.append(nn.Conv2d(inputs, size, 3, padding=1, bias=not norm))
            layers += [nn.BatchNorm2d(size)] if norm else []
            layers.append(nn.ReLU(inplace=True))
            inputs = size
        layers.append(nn.MaxPool2d(2, ceil_mode=True))
    if wide_head:
        head, features = _wide_head(inputs, max(1, round(4096 * width)))
        layers += head
    else:
        features = inputs
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    for layer in layers:
        _initialise(layer)
    return nn.Sequential(*layers), features


def _wide_head(inputs: int, units: int) -> tuple[list[nn.Module], int]:
    layers: list[nn.Module] = [nn.AdaptiveAvgPool2d(7), nn.Flatten()]
    for size in (inputs * 49, units):
        layers += [nn.Linear(size, units), nn.ReLU(inplace=True), nn.Dropout()]
    return layers, units


def _initialise(layer: nn.Module) -> None:
    if isinstance(layer, nn.Conv2d):
        nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
