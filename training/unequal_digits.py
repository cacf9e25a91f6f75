"""A perceptron with features of any sign, trained on the whole of a small set: digits, so many of each class."""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from training.digits import digits

CLASSES, LARGEST = 10, 174  # of the digits; no class has fewer images


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the network is made and trained.

    Args:
        epochs: steps of Adam on the whole set, the rate falling to zero.
        seed: of the initial weights.
        learning_rate: at the beginning.
        width: of the two hidden layers.
        features: dimension of the features.
    """

    epochs: int = 3000
    seed: int = 0
    learning_rate: float = 3e-3
    width: int = 256
    features: int = 16


def unequal_digits(sizes: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """The first images of each class, so many as its size says, and their labels."""
    images, labels = digits(balanced=False)
    chosen = torch.cat([torch.nonzero(labels == k).ravel()[:size] for k, size in enumerate(sizes)])
    return images[chosen], labels[chosen]


def fit(
    recipe: Recipe,
    images: torch.Tensor,
    loss: Callable[[torch.Tensor, nn.Linear], torch.Tensor],
    weight: float,
    *,
    bias: bool = True,
    centred: bool = False,
) -> tuple[nn.Sequential, nn.Linear]:
    """The layers up to the features, and the last layer, after training.

    Args:
        recipe: how.
        images: shape (N, pixels).
        loss: of the features and the last layer.
        weight: lambda, of |W|^2/2 and |H|^2/2.
        bias: whether the last layer has one.
        centred: whether the classifiers begin with mean zero, to which cross-entropy gives no gradient.
    """
    torch.manual_seed(recipe.seed)
    widths = [images.shape[1], recipe.width, recipe.width]
    body = nn.Sequential(
        *(layer for sizes in pairwise(widths) for layer in (nn.Linear(*sizes), nn.ReLU())),
        nn.Linear(recipe.width, recipe.features),
    )
    last = nn.Linear(recipe.features, CLASSES, bias=bias)
    if centred:
        with torch.no_grad():
            last.weight -= last.weight.mean(dim=0)
    optimizer = torch.optim.Adam([*body.parameters(), *last.parameters()], lr=recipe.learning_rate)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, recipe.epochs)
    for _ in range(recipe.epochs):
        optimizer.zero_grad(set_to_none=True)
        features = body(images)
        decay = weight / 2 * (last.weight.square().sum() + features.square().sum())
        (loss(features, last) + decay).backward()
        optimizer.step()
        rate.step()
    return body, last


def add_sizes(command: argparse.ArgumentParser, sizes: Sequence[tuple[int, int]], of: tuple[str, str]) -> None:
    """Options for the sizes of the classes, the epochs and the seed."""
    command.set_defaults(device="cpu", threads=None)
    command.add_argument("--n-A", type=int, default=sizes[0][0], help=f"images of {of[0]}")
    command.add_argument("--n-B", type=int, nargs="+", default=[n_B for _, n_B in sizes], help=f"of {of[1]}")
    command.add_argument("--epochs", type=int, default=Recipe.epochs)
    command.add_argument("--seed", type=int, default=0)


def check_sizes(args: argparse.Namespace, least: int) -> None:
    """Checks that these options are in range.

    Raises:
        ValueError: they are not.
    """
    for name, values in (("n-A", [args.n_A]), ("n-B", args.n_B)):
        if not all(least <= value <= LARGEST for value in values):
            raise ValueError(f"--{name}: expected {least} to {LARGEST} images, got {' '.join(map(str, values))}")
    if args.epochs < 1:
        raise ValueError(f"--epochs: expected at least 1, got {args.epochs}")


def csv_text(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue()
