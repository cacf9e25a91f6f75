"""What training minimises: cross-entropy, the squared loss (rescaled or not), the supervised contrastive loss."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch
from torch import nn

Loss = Literal["cross-entropy", "mse", "supcon"]


def squared(logits: torch.Tensor, labels: torch.Tensor, weight: float = 1.0, target: float = 1.0) -> torch.Tensor:
    r"""Half the squared distance of each row of logits to its target, shape (N,).

    .. math:: \tfrac12\bigl(\text{weight}\,(z_y - \text{target})^2 + \sum_{j\ne y} z_j^2\bigr)

    Weight and target 1 are the one-hot targets of Han et al. 2021; larger ones are the rescaling of Hui and Belkin
    2021, who take them for many classes.

    Args:
        logits: shape (N, K).
        labels: shape (N,).
        weight: of the own class.
        target: of the own class.
    """
    own = logits.gather(1, labels[:, None]).squeeze(1)
    return (logits.square().sum(dim=1) - own.square() + weight * (own - target).square()) / 2


def contrastive(features: torch.Tensor, labels: torch.Tensor, temperature: float) -> torch.Tensor:
    """The supervised contrastive loss of directions of features, shape (N,), a batch being what is given.

    Each sample against all others: the mean over the others of its class of -log of the softmax of inner products over
    the temperature. A sample that is alone in its class has loss 0, as in `ncverify.losses` it has none.

    Args:
        features: shape (N, d), not zero.
        labels: shape (N,).
        temperature: positive.
    """
    directions = nn.functional.normalize(features, dim=1)
    itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    similarities = (directions @ directions.T / temperature).masked_fill(itself, -torch.inf)
    same = (labels[:, None] == labels) & ~itself
    positive = similarities.masked_fill(~same, 0.0).sum(dim=1) / same.sum(dim=1).clamp_min(1)
    return torch.where(same.any(dim=1), similarities.logsumexp(dim=1) - positive, 0.0)


@contextmanager
def features_of(network: nn.Module, *, apart: bool) -> Iterator[list[torch.Tensor]]:
    """What enters the last linear map of a network while it runs, in a list.

    Args:
        network: whose last `nn.Linear` is the classifier.
        apart: the classifier's gradient does not reach the features.
    """
    seen: list[torch.Tensor] = []
    classifier = [layer for layer in network.modules() if isinstance(layer, nn.Linear)][-1]

    def look(_: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...] | None:
        seen.append(inputs[0])
        return (inputs[0].detach(),) if apart else None

    hook = classifier.register_forward_pre_hook(look)
    try:
        yield seen
    finally:
        hook.remove()
