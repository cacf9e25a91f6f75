"""The diagrams of minority collapse: what the closed forms say of each cell, and where descent ends there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ncverify.arguments import Classes, Count, Seed
from ncverify.optima.descent import Minimum, minimise_layer_peeled, minimise_regularised
from ncverify.optima.duality import certify_layer_peeled, certify_regularised
from ncverify.optima.minority import (
    layer_peeled_merging_ratio,
    layer_peeled_minority_merges,
    regularised_merging_weight,
    regularised_minority_merges,
)

MINORITY = 10_000
"""Samples of a minority class of the layer-peeled model, so that every ratio is that of two class sizes."""
RESOLUTION = 1e-5
"""A contrast below this counts as merged: descent leaves 1e-9 where classes merge, 1e-3 where R is 3 % too small."""
Model = Literal["layer-peeled", "regularised"]


@dataclass(frozen=True)
class PhaseCell:
    """One setting: the closed form's answer and the descent's.

    Attributes:
        model: which of the two.
        x: E_W E_H in the layer-peeled model, lambda_W = lambda_H in the regularised one.
        y: n_A/n_B in the layer-peeled model, n_B in the regularised one.
        threshold: where on the axis of y the minority merges: from R0 upwards, or up to N^2 lambda^2 at this N.
        merges: whether the closed form lets the minority classifiers agree.
        contrast: P_kk - P_lk within the minority where descent ended; zero where they agree.
        gap: how far the end of descent may be from the optimum, certified without a solver.
    """

    model: Model
    x: float
    y: float
    threshold: float
    merges: bool
    contrast: float
    gap: float

    @property
    def agrees(self) -> bool:
        """Whether descent ended as the closed form says."""
        return self.merges is (self.contrast < RESOLUTION)


def layer_peeled_phases(
    KA: Count, KB: Classes, ratios: Sequence[float], energies: Sequence[float], *, seed: Seed = 0
) -> list[list[PhaseCell]]:
    """The cells of the layer-peeled model over n_A/n_B (rows) and E_W E_H (columns).

    Args:
        KA: majority classes.
        KB: minority classes, at least 2.
        ratios: n_A/n_B, rounded to four digits behind the point, positive.
        energies: E_W E_H, positive.
        seed: of the starts.

    Raises:
        ValueError: a ratio or an energy that is not positive.

    Example:
        >>> rows = layer_peeled_phases(2, 2, [1.5, 1.7], [0.25])
        >>> [(row[0].merges, row[0].agrees) for row in rows]
        [(False, True), (True, True)]
    """
    _positive("ratios", ratios)
    _positive("energies", energies)
    return [[_layer_peeled_cell(KA, KB, ratio, energy, seed) for energy in energies] for ratio in ratios]


def _layer_peeled_cell(KA: int, KB: int, ratio: float, energy: float, seed: int) -> PhaseCell:
    n_A = max(1, round(ratio * MINORITY))
    sizes, E = [n_A] * KA + [MINORITY] * KB, energy**0.5
    end = minimise_layer_peeled(sizes, E, E, seed=seed)
    return PhaseCell(
        model="layer-peeled",
        x=energy,
        y=ratio,
        threshold=layer_peeled_merging_ratio(KA, KB, energy, 1).ratio,
        merges=layer_peeled_minority_merges(KA, KB, n_A, MINORITY, energy, 1),
        contrast=_contrast(end, KA, KB),
        gap=certify_layer_peeled(sizes, E, E, end.W, end.H).gap,
    )


def regularised_phases(
    KA: Count, KB: Classes, n_A: Count, minorities: Sequence[int], weights: Sequence[float], *, seed: Seed = 0
) -> list[list[PhaseCell]]:
    """The cells of the regularised model over n_B (rows) and lambda_W = lambda_H (columns), lambda_b = 0.

    Args:
        KA: majority classes.
        KB: minority classes, at least 2.
        n_A: samples of a majority class.
        minorities: n_B, at least 1.
        weights: lambda, positive.
        seed: of the starts.

    Raises:
        ValueError: a size below 1, or a weight that is not positive.

    Example:
        >>> rows = regularised_phases(1, 2, 100, [5, 20], [0.025])
        >>> [(row[0].merges, row[0].agrees) for row in rows]
        [(True, True), (False, True)]
    """
    _positive("minorities", minorities)
    _positive("weights", weights)
    return [[_regularised_cell(KA, KB, n_A, n_B, weight, seed) for weight in weights] for n_B in minorities]


def _regularised_cell(KA: int, KB: int, n_A: int, n_B: int, weight: float, seed: int) -> PhaseCell:
    sizes, N = [n_A] * KA + [n_B] * KB, KA * n_A + KB * n_B
    end = minimise_regularised(sizes, weight, weight, seed=seed)
    return PhaseCell(
        model="regularised",
        x=weight,
        y=float(n_B),
        threshold=N * N * weight * weight,
        merges=regularised_minority_merges(N, n_B, weight, weight),
        contrast=_contrast(end, KA, KB),
        gap=certify_regularised(sizes, weight, weight, 0.0, end.W, end.H, end.b).gap,
    )


def regularised_border(KA: Count, KB: Classes, n_A: Count, n_B: Count) -> float:
    """The lambda = lambda_W = lambda_H from which on the minority merges: sqrt(n_B)/N.

    Args:
        KA: majority classes.
        KB: minority classes, at least 2.
        n_A: samples of a majority class.
        n_B: samples of a minority class.

    Example:
        >>> regularised_border(1, 2, 96, 4)
        0.019230769230769232
    """
    return math.sqrt(regularised_merging_weight(KA * n_A + KB * n_B, n_B))


def _contrast(end: Minimum, KA: int, KB: int) -> float:
    return end.contrast(range(KA, KA + KB))


def _positive(name: str, values: Sequence[float]) -> None:
    if not len(values) or not all(value > 0 for value in values):
        raise ValueError(f"{name}: expected at least one number, all > 0, got {list(values)}")
