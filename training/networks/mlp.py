"""A multilayer perceptron for small machines."""

from __future__ import annotations

import math
from itertools import pairwise

from torch import nn

HIDDEN, DEPTH = 256, 4


def mlp(shape: tuple[int, int, int], width: float = 1.0) -> tuple[nn.Module, int]:
    """Four hidden layers with rectifiers, and the dimension of the features: 256 at width 1.

    Args:
        shape: channels, height and width of an image.
        width: factor of the size of the hidden layers.
    """
    hidden = max(1, round(HIDDEN * width))
    sizes = [math.prod(shape), *[hidden] * DEPTH]
    layers = [layer for pair in pairwise(sizes) for layer in (nn.Linear(*pair), nn.ReLU(inplace=True))]
    for layer in layers:
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return nn.Sequential(nn.Flatten(), *layers), hidden
