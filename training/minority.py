"""Minority collapse of a network on unequal digits, beside the closed form of the regularised model.

    python -m training minority --out minority

Some classes of scikit-learn's digits keep n_A images, the others n_B. A perceptron with features of any sign is trained
on the whole set at once, with cross-entropy, weight decay lambda on the classifiers and lambda on the features
themselves, which is the model of Zhu et al. but for one thing: the features are those of a network. There classes of
n_B images have one classifier from lambda = sqrt(n_B)/N on, and below it the softmax of the own class exceeds that of
another one of them by 1 - lambda N/sqrt(n_B).
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from ncverify.files import write_whole
from ncverify.optima import regularised_border, regularised_contrast
from ncverify.report.panels import Axis, Curve, panel
from training.unequal_digits import CLASSES, Recipe, add_sizes, check_sizes, csv_text, fit, unequal_digits

SIZES = (100, 20), (100, 5)
_NEGLIGIBLE = 0.01  # norm of a classifier, in units of the largest, below which its direction is noise
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9, 1.1, 1.5)


@dataclass(frozen=True)
class Imbalance(Recipe):
    """What is trained, and how.

    Args:
        n_A: images of a majority class.
        n_B: images of a minority class.
        majority: how many classes have n_A images, the first ones.
        weight: lambda.
    """

    n_A: int  # noqa: N815 - the name of the formulas
    n_B: int  # noqa: N815
    majority: int
    weight: float

    @property
    def sizes(self) -> list[int]:
        """Images of each class."""
        return [self.n_A] * self.majority + [self.n_B] * (CLASSES - self.majority)


class Measured(NamedTuple):
    """A row of the table.

    Args:
        share: lambda in units of the threshold sqrt(n_B)/N.
        theory: own less other softmax within the minority, by the closed form.
        measured: the same, the mean over the minority's training images and other classes.
        cosine: the smallest cosine between two classifiers of the minority; NaN where `norm` is below a hundredth:
            from a larger weight on they are zero, the bias alone tells of the minority, and a direction is noise.
        norm: the largest norm of a classifier of the minority, in units of the largest of all.
        train_error: share of wrong answers on the training images.
    """

    n_A: int  # noqa: N815
    n_B: int  # noqa: N815
    weight: float
    share: float
    theory: float
    measured: float
    cosine: float
    norm: float
    loss: float
    train_error: float


def trained(setting: Imbalance, images: torch.Tensor, labels: torch.Tensor) -> tuple[nn.Module, nn.Linear]:
    """The layers up to the features, and the last layer."""
    return fit(
        setting, images, lambda features, last: nn.functional.cross_entropy(last(features), labels), setting.weight
    )


def measure(setting: Imbalance) -> Measured:
    """Trains one network and measures its minority."""
    images, labels = unequal_digits(setting.sizes)
    body, last = trained(setting, images, labels)
    with torch.no_grad():
        logits = last(body(images)).double()
        P, minority = torch.softmax(logits, dim=1), labels >= setting.majority
        own = P[minority].gather(1, labels[minority, None]).ravel()
        others = (P[minority, setting.majority :].sum(dim=1) - own) / (CLASSES - setting.majority - 1)
        norms = last.weight.double().norm(dim=1)
        norm = float(norms[setting.majority :].max() / norms.max())
        rows = nn.functional.normalize(last.weight[setting.majority :].double(), dim=1)
        return Measured(
            n_A=setting.n_A,
            n_B=setting.n_B,
            weight=setting.weight,
            share=setting.weight / threshold(setting.n_A, setting.n_B, setting.majority),
            theory=regularised_contrast(len(labels), setting.n_B, setting.weight, setting.weight),
            measured=float((own - others).mean()),
            cosine=float((rows @ rows.T).min()) if norm >= _NEGLIGIBLE else math.nan,
            norm=norm,
            loss=float(nn.functional.cross_entropy(logits, labels)),
            train_error=float((logits.argmax(dim=1) != labels).double().mean()),
        )


def threshold(n_A: int, n_B: int, majority: int) -> float:
    """sqrt(n_B)/N, the lambda from which on the minority has one classifier."""
    return regularised_border(majority, CLASSES - majority, n_A, n_B)


def table(rows: Sequence[Measured]) -> str:
    """The rows as CSV."""
    return csv_text(Measured._fields, rows)


def figure(rows: Sequence[Measured]) -> str:
    """An SVG with a panel for each size of imbalance, contrast against lambda; the closed form is the second colour."""
    parts = []
    for sizes in dict.fromkeys((row.n_A, row.n_B) for row in rows):
        own = sorted((row for row in rows if (row.n_A, row.n_B) == sizes), key=lambda row: row.weight)
        x = [row.weight for row in own]
        axis = Axis("lambda", x[0] / 1.2, x[-1] * 1.2, [(value, f"{value:.1g}") for value in (x[0], x[-1])])
        curves = [
            Curve("network", x, [row.measured for row in own], "one"),
            Curve("closed form", x, [row.theory for row in own], "two"),
        ]
        parts.append(panel(f"n_A = {sizes[0]}, n_B = {sizes[1]}", axis, curves))
    return "\n".join(parts)


def add_minority(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `python -m training minority` to the command line."""
    command = commands.add_parser("minority", help="minority collapse on unequal digits, beside the closed form")
    command.set_defaults(command=run_minority)
    command.add_argument("--out", type=Path, required=True, help="folder for minority.csv and minority.html")
    add_sizes(command, SIZES, ("a majority class", "a minority class"))
    command.add_argument("--majority", type=int, default=5, help="how many classes are majority classes")
    command.add_argument("--share", type=float, nargs="+", default=SHARES, help="lambda in units of the threshold")


def run_minority(args: argparse.Namespace, report: Callable[[str], object] = print) -> int:
    """Runs the command; returns 0.

    Raises:
        ValueError: options out of range.
    """
    _check(args)
    rows = []
    names = ("n_A", 5), ("n_B", 5), ("lambda", 10), ("share", 6), ("closed form", 12), ("network", 9)
    report(" ".join(f"{name:>{width}}" for name, width in (*names, ("cosine", 7), ("norm", 7))))
    for n_B in args.n_B:
        for share in args.share:
            weight = share * threshold(args.n_A, n_B, args.majority)
            row = measure(Imbalance(args.n_A, n_B, args.majority, weight, epochs=args.epochs, seed=args.seed))
            rows.append(row)
            report(
                f"{row.n_A:>5} {row.n_B:>5} {row.weight:>10.3g} {row.share:>6.2f} {row.theory:>12.4f} "
                f"{row.measured:>9.4f} {row.cosine:>7.3f} {row.norm:>7.4f}"
            )
    write_whole(args.out / "minority.csv", table(rows))
    write_whole(args.out / "minority.html", _PAGE.format(figure=figure(rows)))
    return 0


def _check(args: argparse.Namespace) -> None:
    if not 1 <= args.majority <= CLASSES - 2:
        raise ValueError(f"--majority: expected 1 to {CLASSES - 2}, so that two classes are left, got {args.majority}")
    check_sizes(args, 1)
    if not all(0 < share < 100 for share in args.share):
        raise ValueError(f"--share: expected numbers between 0 and 100, got {' '.join(map(str, args.share))}")


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Minority collapse of a network</title>
<style>svg {{ max-width: 30rem; font: 11px sans-serif; }} .frame, .curve {{ fill: none; }}
.frame, line {{ stroke: #888; }}
.one {{ stroke: #1f5fa8; }} .two {{ stroke: #c23b22; }} .point {{ fill: #fff; }}</style></head>
<body><h1>Minority collapse of a network</h1>
<p>Own less other softmax within the minority: blue the network, red the closed form.</p>
{figure}
</body></html>
"""
