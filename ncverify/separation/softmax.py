r"""The multipliers that the softmax gives in closed form: those of Lemma B.1's proof."""

from __future__ import annotations

import numpy as np

from ncverify.arguments import Allowance
from ncverify.model import log_odds, own_class_mask
from ncverify.point import Point
from ncverify.separation.constraints import on_host, scaled_to_unit_margin, weighted_gradient
from ncverify.separation.multipliers import Multipliers, describe, resolution
from ncverify.separation.program import entries_within


def softmax_multipliers(
    point: Point, *, epsilon: Allowance | None = None, delta: Allowance | None = None
) -> Multipliers:
    r"""The multipliers of the proof of Lemma B.1, at the point scaled to q_min = 1.

    .. math:: \lambda_{kij} = \frac{\rho}{|g|} \frac{e^{-s_{kij}}}{1 + \sum_{l \ne k} e^{-s_{kil}}}, \quad g = -\nabla L

    They need no solver, and their stationarity residual is rho / sqrt(q_min) sqrt(2 - 2 beta), with beta the cosine
    between the point and its negative gradient; it is never below that of `multipliers(point, active_within=inf)`. They
    depend on the scale of the point: along the flow they get better.

    Args:
        point: any point with q_min > 0.
        epsilon: as in `multipliers`.
        delta: as in `multipliers`; by default infinite, because every constraint carries a multiplier.

    Raises:
        NotSeparableError: q_min <= 0.

    Example:
        >>> from ncverify.collapse import collapsed_point
        >>> softmax = softmax_multipliers(collapsed_point(3, 1, 2))
        >>> bool(softmax.stationarity < 1e-14), bool(abs(softmax.matrix[1, 0] - 1 / 3) < 1e-14)
        (True, True)
    """
    scaled, original = scaled_to_unit_margin(point), on_host(point)
    weights = _shifted_weights(original)
    g = weighted_gradient(scaled, weights)
    size = np.sqrt((g.W**2).sum() + (g.H**2).sum())
    # rho / |g| at the point itself equals (rho / sqrt(q_min)) / |g at the scaled point|: s is 2-homogeneous
    matrix = weights * (np.sqrt(float(scaled.squared_norm)) / size)
    entries = entries_within(scaled, np.inf)
    if epsilon is None:
        epsilon = resolution(point) * float(np.sqrt(scaled.squared_norm))
    return describe(
        scaled, original, matrix, entries, epsilon, delta, active_within=np.inf, solver="softmax", status="closed form"
    )


def _shifted_weights(p: Point) -> np.ndarray:
    """e^{q_min} times the probabilities of the wrong classes: the factor cancels in rho/|g|, and nothing underflows."""
    normaliser = p.xp.softplus(log_odds(p.logit_differences, p.n, p.xp))
    exponents = float(p.q_min) - p.logit_differences - normaliser[None, :]
    mask = own_class_mask(p.K, p.n, p.xp)
    return np.where(mask > 0, 0.0, np.exp(np.where(mask > 0, 0.0, exponents)))
