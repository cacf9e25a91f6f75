"""Trains a multilayer perceptron on handwritten digits, far beyond zero training error, and saves its last layer.

    python -m training.digits --out digits.npz
    ncverify measure digits.npz

The data are the 1,797 images of 8 x 8 pixels that scikit-learn brings along. Plain stochastic gradient descent with
momentum, cross-entropy, no weight decay. About half a minute on one core; on one machine, a seed always gives one file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn

SUFFIXES = (".npz", ".safetensors")


@dataclass(frozen=True)
class Recipe:
    """What is trained, and how.

    Args:
        seed: of the initial weights and of the order of the samples.
        epochs: passes over the data.
        learning_rate: of gradient descent on the mean loss of a batch.
        momentum: of gradient descent.
        batch: samples of a step.
        depth: number of hidden layers.
        width: of each of them; the dimension of the features.
        bias: whether the last layer has a bias; the paper's model has none.
        balanced: whether all classes are cut to the size of the smallest, as the paper's model has them.
    """

    seed: int = 0
    epochs: int = 1000
    learning_rate: float = 0.05
    momentum: float = 0.9
    batch: int = 64
    depth: int = 4
    width: int = 64
    bias: bool = False
    balanced: bool = True


def digits(*, balanced: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Images (N, 64) in [0, 1] and labels (N,); the first samples of each class if balanced."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    if balanced:
        size = np.bincount(labels).min()
        rank = np.array([np.count_nonzero(labels[:i] == label) for i, label in enumerate(labels)])
        images, labels = images[rank < size], labels[rank < size]
    return torch.from_numpy(images / 16).float(), torch.from_numpy(labels).long()


def network(recipe: Recipe) -> tuple[nn.Module, nn.Linear]:
    """The layers up to the features, and the last layer."""
    torch.manual_seed(recipe.seed)
    sizes = [64, *[recipe.width] * recipe.depth]
    layers = [layer for size in pairwise(sizes) for layer in (nn.Linear(*size), nn.ReLU())]
    return nn.Sequential(*layers), nn.Linear(recipe.width, 10, bias=recipe.bias)


def train(
    recipe: Recipe, images: torch.Tensor, labels: torch.Tensor, report: Callable[[int, float, float], object]
) -> tuple[nn.Module, nn.Linear]:
    """The trained network.

    Args:
        recipe: what to train.
        images: shape (N, 64).
        labels: shape (N,).
        report: called with epoch, loss and training error, now and then.
    """
    body, last = network(recipe)
    parameters = [*body.parameters(), *last.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=recipe.learning_rate, momentum=recipe.momentum, weight_decay=0.0)
    order = torch.Generator().manual_seed(recipe.seed)
    milestones = {round(recipe.epochs * share) for share in (0.01, 0.03, 0.1, 0.3, 1.0)}
    for epoch in range(1, recipe.epochs + 1):
        for chosen in torch.randperm(len(labels), generator=order).split(recipe.batch):
            optimizer.zero_grad(set_to_none=True)
            nn.functional.cross_entropy(last(body(images[chosen])), labels[chosen]).backward()
            optimizer.step()
        if epoch in milestones:
            with torch.no_grad():
                logits = last(body(images))
                loss = nn.functional.cross_entropy(logits, labels)
                report(epoch, float(loss), float((logits.argmax(dim=1) != labels).float().mean()))
    return body, last


def save(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Writes arrays to a .npz or .safetensors file, by its suffix."""
    if path.suffix == ".npz":
        np.savez(path, **arrays)  # type: ignore[arg-type]  # a name could be "allow_pickle"
        return
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, path)


def last_layer(body: nn.Module, last: nn.Linear, images: torch.Tensor, labels: torch.Tensor) -> dict[str, np.ndarray]:
    """The arrays that `ncverify measure` reads."""
    with torch.no_grad():
        arrays = {"features": body(images), "labels": labels, "classifier": last.weight}
    if last.bias is not None:
        arrays["bias"] = last.bias
    return {name: array.detach().numpy() for name, array in arrays.items()}


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.digits", description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help=".npz or .safetensors")
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--learning-rate", type=float, default=Recipe.learning_rate)
    parser.add_argument("--momentum", type=float, default=Recipe.momentum)
    parser.add_argument("--batch", type=int, default=Recipe.batch)
    parser.add_argument("--depth", type=int, default=Recipe.depth)
    parser.add_argument("--width", type=int, default=Recipe.width)
    parser.add_argument("--bias", action="store_true", help="give the last layer a bias")
    parser.add_argument(
        "--balanced",
        action=argparse.BooleanOptionalAction,
        default=Recipe.balanced,
        help="cut all classes to the size of the smallest, so that the bound of Theorem 3.1 applies",
    )
    args = parser.parse_args(argv)
    if args.out.suffix not in SUFFIXES:
        parser.error(f"--out: expected a file that ends in {' or '.join(SUFFIXES)}, got {args.out}")
    if min(args.epochs, args.batch, args.depth, args.width) < 1:
        parser.error("--epochs, --batch, --depth and --width: expected positive integers")
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Trains, saves, and tells how training went."""
    args = vars(arguments(argv))
    path = args.pop("out")
    recipe = Recipe(**args)
    torch.set_num_threads(1)  # the order of additions, and so the result, depends on it
    images, labels = digits(balanced=recipe.balanced)

    def report(epoch: int, loss: float, error: float) -> None:
        print(f"epoch {epoch:6d}   loss {loss:.3e}   training error {error:.4f}", flush=True)

    body, last = train(recipe, images, labels, report)
    save(path, last_layer(body, last, images, labels))
    print(f"saved {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
