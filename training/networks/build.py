"""Networks by name: a body that gives features, perhaps a bottleneck, and a last layer."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn

from training.data import CLASSES
from training.networks.mlp import mlp
from training.networks.resnet import resnet18
from training.networks.vgg import vgg13

NETWORKS = ("resnet18", "vgg13", "vgg13-plain", "mlp")
TITLES = {"resnet18": "ResNet18", "vgg13": "VGG13", "vgg13-plain": "VGG13 without batch normalisation", "mlp": "MLP"}


def build(
    name: str,
    shape: tuple[int, int, int],
    *,
    seed: int = 0,
    width: float = 1.0,
    features: int | None = None,
    bias: bool = True,
) -> nn.Sequential:
    """The network with initial weights drawn from the seed; the global random state is left as it was.

    Args:
        name: one of `NETWORKS`; "vgg13" has batch normalisation.
        shape: channels, height and width of an image.
        seed: of the initial weights.
        width: factor of the sizes of all layers but the last.
        features: dimension of the features, made by one more linear map without bias; by default the body's own.
        bias: whether the last layer has one. The published architectures do; the paper's model does not.

    Raises:
        ValueError: an unknown name, or sizes that are not positive.
    """
    if name not in NETWORKS:
        raise ValueError(f"network: expected one of {', '.join(NETWORKS)}, got {name!r}")
    if not width > 0 or (features is not None and features < 1):
        raise ValueError(f"expected width > 0 and features >= 1, got width {width}, features {features}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        body, d = _body(name, shape, width)
        parts = OrderedDict(body=body)
        if features is not None:
            parts["bottleneck"], d = nn.Linear(d, features, bias=False), features
        parts["classifier"] = nn.Linear(d, CLASSES, bias=bias)
        return nn.Sequential(parts)


def _body(name: str, shape: tuple[int, int, int], width: float) -> tuple[nn.Module, int]:
    if name == "mlp":
        return mlp(shape, width)
    if name == "resnet18":
        return resnet18(shape[0], width)
    return vgg13(shape[0], width, norm=name == "vgg13")


def parameter_count(network: nn.Module) -> int:
    """The number of trained parameters."""
    return sum(parameter.numel() for parameter in network.parameters())
