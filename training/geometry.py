"""Networks on equal and unequal digits under three losses, beside the optimum of the model of each.

    python -m training geometry --out geometry

A perceptron with features of any sign is trained on the whole set at once: "cross-entropy" and "mse" with weight decay
on the classifiers and on the features themselves, "supcon" on the directions of the features. Then the Gram matrices of
classifiers and class means are held against the simplex, the SELI geometry and the model's own optimum, and for the
squared loss its decomposition L = L_NC1 + L_NC23 + L_perp (Han et al. 2021) is computed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import torch
from torch import nn

from ncverify.files import write_whole
from training.objectives import Loss, contrastive, squared
from training.optima import (
    Grams,
    contrastive_optimum,
    cross_entropy_optimum,
    distance,
    seli,
    simplex,
    squared_optimum,
)
from training.unequal_digits import CLASSES, Recipe, add_sizes, check_sizes, csv_text, fit, unequal_digits

SIZES = (40, 40), (40, 8)
WEIGHTS = {"cross-entropy": 3e-3, "mse": 1e-3, "supcon": 0.0}


@dataclass(frozen=True)
class Setting(Recipe):
    """What is trained, and how.

    Args:
        loss: one of `training.objectives.Loss`.
        n_A: images of each of the first five classes.
        n_B: images of each of the others.
        weight: lambda, of |W|^2/2 and |H|^2/2; not used by the contrastive loss.
        temperature: of the contrastive loss.
    """

    loss: Loss
    n_A: int  # noqa: N815 - the name of the formulas
    n_B: int  # noqa: N815
    weight: float
    temperature: float = 0.5

    @property
    def sizes(self) -> list[int]:
        """Images of each class."""
        return [self.n_A] * (CLASSES // 2) + [self.n_B] * (CLASSES - CLASSES // 2)


class Terms(NamedTuple):
    """The decomposition of the squared loss: L_NC1, L_NC23, L_perp, and the loss itself."""

    nc1: float
    nc23: float
    perp: float
    loss: float

    @property
    def error(self) -> float:
        """|L_NC1 + L_NC23 + L_perp - L| / L."""
        return abs(self.nc1 + self.nc23 + self.perp - self.loss) / self.loss


class Measured(NamedTuple):
    """A row of the table: distances between Gram matrices scaled to norm 1; NaN where there is none.

    Args:
        within: |h - m_k|^2 over |h - m_G|^2, both summed.
        W_simplex, W_seli, W_model: classifiers from the simplex, the SELI geometry, the model's optimum.
        H_simplex, H_seli, H_model: class means likewise.
        nc1, nc23, perp: shares of the squared loss.
        error: of their sum.
    """

    loss: str
    n_A: int  # noqa: N815
    n_B: int  # noqa: N815
    weight: float
    train_error: float
    within: float
    W_simplex: float
    W_seli: float
    W_model: float
    H_simplex: float
    H_seli: float
    H_model: float
    nc1: float
    nc23: float
    perp: float
    error: float


def trained(setting: Setting, images: torch.Tensor, labels: torch.Tensor) -> tuple[Any, Any, Any]:
    """Features (d, N), classifiers (K, d) and bias (K,), float64; the bias is zero but for the squared loss."""
    body, last = fit(
        setting,
        images,
        lambda features, last: _loss(setting, features, last, labels),
        setting.weight,
        bias=setting.loss == "mse",
        centred=True,  # cross-entropy gives a common shift no gradient: it would only decay
    )
    with torch.no_grad():
        features = body(images).double()
        if setting.loss == "supcon":
            features = nn.functional.normalize(features, dim=1)
        bias = torch.zeros(CLASSES) if last.bias is None else last.bias
        return features.T.numpy(), last.weight.double().numpy(), bias.double().numpy()


def _loss(setting: Setting, features: torch.Tensor, last: nn.Linear, labels: torch.Tensor) -> torch.Tensor:
    """The mean loss."""
    if setting.loss == "supcon":
        return contrastive(features, labels, setting.temperature).mean()
    if setting.loss == "mse":
        return squared(last(features), labels).mean()
    return nn.functional.cross_entropy(last(features), labels)


def decomposition(W: Any, b: Any, H: Any, labels: Any, weight: float) -> Terms:
    """|V X - Y|^2/(2N) + weight |V|^2/2 for V = [W, b], X = [H; 1], as three terms that are not negative.

    With the least-squares V* of these features: L_perp is what V costs beyond V*, L_NC1 the part of V*'s loss that
    comes from variation within classes and the weight, L_NC23 that of the class means. Unequal classes weigh as often
    as they have samples; for equal ones these are the formulas of Han et al.

    Args:
        W: shape (K, d).
        b: shape (K,).
        H: shape (d, N).
        labels: shape (N,), integers.
        weight: positive.
    """
    N, K = H.shape[1], len(W)
    Y = np.eye(K)[:, labels]
    X, V = np.vstack([H, np.ones(N)]), np.column_stack([W, b])
    second = X @ X.T / N + weight * np.eye(len(X))
    best = np.linalg.solve(second, X @ Y.T / N).T
    means = X @ Y.T / Y.sum(axis=1)
    apart = X - means[:, labels]
    within = apart @ apart.T / N + weight * np.eye(len(X))
    return Terms(
        nc1=float(np.trace(best @ within @ best.T)) / 2,
        nc23=float(np.square((best @ means - np.eye(K))[:, labels]).sum()) / (2 * N),
        perp=float(np.trace((V - best) @ second @ (V - best).T)) / 2,
        loss=float(np.square(V @ X - Y).sum()) / (2 * N) + weight * float(np.square(V).sum()) / 2,
    )


def measure(setting: Setting) -> Measured:
    """Trains one network and measures it."""
    images, labels = unequal_digits(setting.sizes)
    H, W, b = trained(setting, images, labels)
    classes = labels.numpy()
    Y = np.eye(CLASSES)[:, classes]
    M = H @ Y.T / Y.sum(axis=1)
    grams = Grams(None if setting.loss == "supcon" else W @ W.T, M.T @ M)
    others = simplex(CLASSES), seli(setting.sizes), model_optimum(setting)
    pairs = [_distances(grams, other) for other in others]
    terms = decomposition(W, b, H, classes, setting.weight) if setting.loss == "mse" else None
    scores = M.T @ H if setting.loss == "supcon" else W @ H + b[:, None]
    whole = np.nan if terms is None else terms.loss
    return Measured(
        loss=setting.loss,
        n_A=setting.n_A,
        n_B=setting.n_B,
        weight=setting.weight,
        train_error=float((scores.argmax(axis=0) != classes).mean()),
        within=float(np.square(H - M[:, classes]).sum() / np.square(H - H.mean(axis=1, keepdims=True)).sum()),
        W_simplex=pairs[0][0],
        W_seli=pairs[1][0],
        W_model=pairs[2][0],
        H_simplex=pairs[0][1],
        H_seli=pairs[1][1],
        H_model=pairs[2][1],
        nc1=np.nan if terms is None else terms.nc1 / whole,
        nc23=np.nan if terms is None else terms.nc23 / whole,
        perp=np.nan if terms is None else terms.perp / whole,
        error=np.nan if terms is None else terms.error,
    )


def model_optimum(setting: Setting) -> Grams:
    """Where the model of a loss has its optimum."""
    if setting.loss == "supcon":
        return contrastive_optimum(setting.sizes, setting.temperature, setting.features)
    if setting.loss == "mse":
        return squared_optimum(setting.sizes, setting.weight)
    return cross_entropy_optimum(setting.sizes, setting.weight)


def _distances(grams: Grams, other: Grams) -> tuple[float, float]:
    no_classifiers = grams.classifiers is None or other.classifiers is None
    return (
        float("nan") if no_classifiers else distance(grams.classifiers, other.classifiers),
        distance(grams.means, other.means),
    )


def table(rows: Sequence[Measured]) -> str:
    """The rows as CSV."""
    return csv_text(Measured._fields, rows)


def add_geometry(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `python -m training geometry` to the command line."""
    command = commands.add_parser("geometry", help="three losses on equal and unequal digits, beside their optima")
    command.set_defaults(command=run_geometry)
    command.add_argument("--out", type=Path, required=True, help="folder for geometry.csv")
    command.add_argument("--loss", choices=get_args(Loss), nargs="+", default=get_args(Loss))
    add_sizes(command, SIZES, ("each of the first five classes", "each of the others"))
    command.add_argument("--weight", type=float, nargs="+", help="lambda; by default one that suits the loss")


def run_geometry(args: argparse.Namespace, report: Callable[[str], object] = print) -> int:
    """Runs the command; returns 0.

    Raises:
        ValueError: options out of range.
    """
    _check(args)
    rows = []
    names = ("train_error", "within", *(name for name in Measured._fields if name[:2] in ("W_", "H_")))
    report(f"{'loss':>13} {'n_A':>4} {'n_B':>4} {'lambda':>8} " + " ".join(f"{name:>11}" for name in names))
    for loss in args.loss:
        for weight in args.weight or [WEIGHTS[loss]]:
            for n_B in args.n_B:
                row = measure(Setting(loss, args.n_A, n_B, weight, epochs=args.epochs, seed=args.seed))
                rows.append(row)
                numbers = " ".join(f"{getattr(row, name):>11.4f}" for name in names)
                report(f"{loss:>13} {row.n_A:>4} {row.n_B:>4} {weight:>8.2g} {numbers}")
                if loss == "mse":
                    shares = f"L_NC1 {row.nc1:.4f}, L_NC23 {row.nc23:.4f}, L_perp {row.perp:.2e} of L"
                    report(f"{'':>13} {shares}; error of the sum {row.error:.1e}")
    write_whole(args.out / "geometry.csv", table(rows))
    return 0


def _check(args: argparse.Namespace) -> None:
    check_sizes(args, 2)
    if not all(weight > 0 for weight in args.weight or [1.0]):
        raise ValueError(f"--weight: expected positive numbers, got {' '.join(map(str, args.weight))}")
