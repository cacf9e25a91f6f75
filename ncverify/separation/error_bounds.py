r"""How far given multipliers are from the exact ones, entry by entry: bounds that hold, whatever a solver did.

Up to `refinement.LARGEST` constraints the exact multipliers are enclosed. Beyond, or where that fails, floats evaluate
the bound of `refinement.squared_distance` with their rounding errors, and the smallest singular value of the
differences of the classifiers, over which every sample's multipliers act on its own feature, gives one for each entry.
"""

from __future__ import annotations

import numpy as np

from ncverify.kinds import Array
from ncverify.model import logit_differences, own_class_mask
from ncverify.point import Point
from ncverify.separation.constraints import independence, slopes, stationarity
from ncverify.separation.program import Entries

_EPS = float(np.finfo(np.float64).eps)


def distances(p: Point, matrix: Array, entries: Entries) -> Array:
    """For each multiplier a bound of its distance from the exact one at p, shape (K, K*n); zero off the entries.

    One unit in the last place is added, so that the bound holds against exact multipliers rounded to floats too.
    Infinite where the gradients are dependent, so that the exact multipliers are not unique, or cannot be told from it.

    Args:
        p: a float64 NumPy point with q_min > 0, at any scale.
        matrix: non-negative multipliers on the entries, shape (K, K*n).
        entries: the constraints that may carry a multiplier.
    """
    from ncverify.separation.refinement import refined

    values = entries.pick(matrix)
    known = refined(p, entries, values > 0)
    bounds = _by_floats(p, matrix, entries) if known is None else known.distances(values)
    return entries.spread(bounds + np.spacing(values))


def _by_floats(p: Point, matrix: Array, entries: Entries) -> Array:
    """The bound from the duality gap, for each entry."""
    independent = independence(p)[entries.k]
    gap = _squared_distance(p, matrix, entries)
    with np.errstate(divide="ignore"):
        bounds = np.where(independent > 0, np.sqrt(gap) / independent, np.inf)
    return np.where(np.isnan(bounds), np.inf, bounds)  # the squares left the range of the floats


def _squared_distance(p: Point, matrix: Array, entries: Entries) -> float:
    """`refinement.squared_distance` in floats, rounded up."""
    unit = (4 * p.d + 2 * p.K * p.n + 2 * p.K + 16) * _EPS  # sums of so many terms, one after another
    values, s = entries.pick(matrix), entries.pick(p.logit_differences)
    sizes = Point.trusted(np.abs(p.W), np.abs(p.H))
    weights = matrix + own_class_mask(p.K, p.n, p.xp) * matrix.sum(axis=0)
    largest_W, largest_H = sizes.W + weights @ sizes.H.T, sizes.H + sizes.W.T @ weights
    doubt = unit * entries.pick(_own_plus_other(largest_W @ sizes.H + sizes.W @ largest_H, p))
    doubt_s = unit * entries.pick(_own_plus_other(sizes.W @ sizes.H, p))
    g = -entries.pick(slopes(p, stationarity(p, matrix)))
    t = float(np.max((doubt - g) / (2 * np.maximum(s - doubt_s, np.finfo(float).tiny)), initial=0.0))
    excess = (g + doubt + 2 * t * (s + doubt_s)) @ values + t * t * float(p.squared_norm) / 2
    return float(np.maximum(2.0 * excess, 0.0) * (1 + 2 * (len(entries) + p.W.size + p.H.size) * _EPS))


def _own_plus_other(Z: Array, p: Point) -> Array:
    """z_kk + z_jk for each sample of class k: minus twice Z, added to its logit differences."""
    return logit_differences(Z, p.n, p.xp) + 2 * Z
