"""The features that the last layer of any network gets, and its classifiers: no change to the network is needed."""

from __future__ import annotations

from types import TracebackType
from typing import NamedTuple

import torch
from torch import nn


class LastLayer(NamedTuple):
    """What the last layer did with a batch.

    Args:
        features: its input, shape (B, d).
        classifier: its weights, shape (K, d).
        bias: shape (K,), or None.
        logits: its output, shape (B, K): that of the network.
    """

    features: torch.Tensor
    classifier: torch.Tensor
    bias: torch.Tensor | None
    logits: torch.Tensor


class FeatureHook:
    """Runs a network and catches the features before its last layer, the nn.Linear whose output is the network's.

    The layer is found by running the network, not by its name or place. Wrappers (DistributedDataParallel, compiled
    modules) are taken off first. Outside the `with` block the network has no hooks.

    Args:
        network: any module that returns logits (B, K) made by its last layer, an nn.Linear.

    Example:
        >>> network = nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
        >>> with FeatureHook(network) as hook:
        ...     last = hook(torch.zeros(5, 1, 2, 2))
        >>> tuple(last.features.shape), tuple(last.classifier.shape)
        ((5, 3), (2, 3))
    """

    def __init__(self, network: nn.Module) -> None:
        self.network = unwrapped(network)
        self._calls: list[tuple[nn.Linear, torch.Tensor, torch.Tensor]] = []
        self._handles: list[torch.utils.hooks.RemovableHandle] = []

    def __enter__(self) -> FeatureHook:
        layers = [module for module in self.network.modules() if isinstance(module, nn.Linear)]
        if not layers:
            raise ValueError(f"{type(self.network).__name__}: has no nn.Linear, so it has no last layer to measure")
        self._handles = [layer.register_forward_hook(self._note) for layer in layers]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles = []
        self._calls = []

    def __call__(self, inputs: torch.Tensor) -> LastLayer:
        """What the last layer did with these inputs.

        Raises:
            ValueError: the network's output is not that of an nn.Linear, or its features are no matrix.
        """
        self._calls = []
        output = self.network(inputs)
        for layer, features, logits in reversed(self._calls):
            if logits is output:
                if features.ndim != 2:
                    raise ValueError(f"expected features of shape (B, d), got {tuple(features.shape)}")
                return LastLayer(features, layer.weight, layer.bias, logits)
        raise ValueError(
            f"{type(self.network).__name__}: its output is not the output of an nn.Linear; measure the part of the "
            "network that ends with its last nn.Linear, before any softmax or reshaping"
        )

    def _note(self, layer: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        assert isinstance(layer, nn.Linear)
        self._calls.append((layer, inputs[0], output))


def unwrapped(network: nn.Module) -> nn.Module:
    """The network inside DistributedDataParallel, DataParallel and torch.compile."""
    while True:
        inner = getattr(network, "_orig_mod", None)
        if inner is None and isinstance(network, nn.parallel.DistributedDataParallel | nn.DataParallel):
            inner = network.module
        if inner is None:
            return network
        network = inner
