"""Networks as people have them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional


def data(N: int = 60, K: int = 3, d: int = 8, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(N, d, generator=generator), torch.arange(N) % K


def body_and(head: nn.Module, d: int = 8, width: int = 6) -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(d, width), nn.ReLU(), head)


class Cosine(nn.Linear):
    def forward(self, h):
        return 20 * functional.linear(functional.normalize(h, dim=1), functional.normalize(self.weight, dim=1))


class Adapter(nn.Linear):
    """A low-rank update beside a frozen weight."""

    def __init__(self, d, K, rank=2):
        super().__init__(d, K)
        self.down, self.up = nn.Parameter(torch.randn(rank, d)), nn.Parameter(torch.randn(K, rank))

    def forward(self, h):
        return super().forward(h) + 0.5 * (h @ self.down.T) @ self.up.T


class Cubic(nn.Linear):
    def forward(self, h):
        return super().forward(h) ** 3


class Temperature(nn.Module):
    """Changes the output of its last layer in place."""

    def __init__(self, d=8, K=3, divisor=0.05):
        super().__init__()
        torch.manual_seed(1)
        self.body, self.fc, self.divisor = nn.Linear(d, 6), nn.Linear(6, K), divisor

    def forward(self, x):
        return self.fc(torch.relu(self.body(x))).div_(self.divisor)


class Pair(NamedTuple):
    scores: torch.Tensor
    features: torch.Tensor


class Returns(nn.Module):
    """Gives its logits in one of the forms that are seen."""

    def __init__(self, form, d=8, K=3):
        super().__init__()
        torch.manual_seed(1)
        self.body, self.embed, self.fc, self.form = nn.Linear(d, 6), nn.Linear(6, 6), nn.Linear(6, K), form

    def forward(self, x):
        h = self.embed(torch.relu(self.body(x)))
        z = self.fc(h)
        return {
            "plain": z,
            "tuple": (z, h),
            "tuple turned": (h, z),
            "dict": {"logits": z, "hidden": h},
            "other dict": {"scores": z},
            "named": Pair(z, h),
            "nested": {"out": [z, {"h": h.relu()}]},
        }[self.form]


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.coarse, self.fine = nn.Linear(8, 6), nn.Linear(6, 2), nn.Linear(6, 3)

    def forward(self, x):
        h = self.body(x)
        return self.coarse(h), self.fine(h)


def logits_of(network: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """What a network in evaluation mode says, as (N, K)."""
    network.eval()
    with torch.no_grad():
        found: torch.Tensor = network(x)
    return found.double()
