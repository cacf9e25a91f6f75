"""How far a point is from each of NC1 to NC4: dimensionless numbers that vanish exactly at collapse."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ncverify.collapse.conditions import means, simplex_gram, within_class_deviations
from ncverify.kinds import Array, Functions, Number
from ncverify.point import Point


class Residuals(NamedTuple):
    """Distances from NC1, NC2, NC3 (relative) and the share of samples that violate NC4."""

    nc1: Any
    nc2: Any
    nc3: Any
    nc4: Any


def residuals(p: Point, *, centred: bool = False) -> Residuals:
    r"""The four residuals at a point.

    .. math::
        r_1 = \sqrt{\tfrac{\sum_{k,i} |h_{ki} - \bar h_k|^2}{n \sum_k |\bar h_k|^2}}, \quad
        r_2 = \Bigl|\tfrac{K M M'}{|M|^2} - E\Bigr|_F / |E|_F, \quad
        r_3 = \Bigl|\tfrac{W}{|W|} - \tfrac{M}{|M|}\Bigr|_F

    with M the class means as rows and E the Gram matrix of a unit simplex; r_4 is the share of features whose largest
    logit is not the nearest class mean. For unequal classes n sum_k |hbar_k|^2 is sum_k n_k |hbar_k|^2. Where a norm in
    a denominator vanishes, floats give infinity or NaN.

    Raises:
        ZeroDivisionError: such a norm vanishes, in exact arithmetic.

    Args:
        p: the point.
        centred: measure the means from the global mean, as the text of NC2 says, instead of the printed formula.

    Example:
        >>> from ncverify.collapse import collapsed_point, residuals
        >>> r = residuals(collapsed_point(4, 3, 5))
        >>> bool(max(r.nc1, r.nc2, r.nc3) < 1e-15), float(r.nc4)
        (True, 0.0)
    """
    xp = p.xp
    M, E = means(p, centred=centred), simplex_gram(p.K, p.xp)
    size = xp.sum(M * M)
    deviations = within_class_deviations(p)
    nc1 = xp.sqrt(_quotient(xp.sum(deviations * deviations), _over_samples(p, M, size), xp))
    gap = _quotient(p.K * (M @ M.T), size, xp) - E
    nc2 = xp.sqrt(xp.sum(gap * gap) / xp.sum(E * E))
    duality = _quotient(p.W, xp.sqrt(xp.sum(p.W * p.W)), xp) - _quotient(M, xp.sqrt(size), xp)
    return Residuals(nc1, nc2, xp.sqrt(xp.sum(duality * duality)), nearest_mean_disagreement(p))


def nearest_mean_disagreement(p: Point) -> Array:
    """NC4 on the features: the share for which the largest logit and the nearest class mean differ, in 0..1.

    A tie on either side counts as agreement if some class attains both.

    Raises:
        UndecidedError: in ball arithmetic, which cannot tell a minimum from its equal.
    """
    xp = p.xp
    # from the global mean, so that features far from the origin do not drown the differences of their distances
    M, H = means(p, centred=True), p.H - xp.expand_dims(p.global_mean, axis=1)
    # |h - m|^2 = |h|^2 - 2 <h, m> + |m|^2: the first term is common to all classes
    distances = xp.expand_dims(xp.sum(M * M, axis=1), axis=1) - 2 * (M @ H)
    nearest = distances == xp.min(distances, axis=0, keepdims=True)
    chosen = p.logits == xp.max(p.logits, axis=0, keepdims=True)
    return xp.mean(xp.where(xp.any(nearest & chosen, axis=0), 0, 1))


def _over_samples(p: Point, M: Array, size: Number) -> Number:
    """The squared norm of the own class mean, summed over all samples; `size` is the sum over classes."""
    if isinstance(p.samples_per_class, int):
        return p.n * size
    own = p.xp.take(M, p.labels, axis=0)
    return p.xp.sum(own * own)


def _quotient(above: Number, below: Number, xp: Functions) -> Number:
    """above / below, without the warnings of a float division by zero; there it is NaN or infinity, of no sign."""
    if xp.exact:
        return above / below
    vanishes = below == 0
    limits = xp.where(above == 0, math.nan, math.inf)
    return xp.where(vanishes, limits, above / xp.where(vanishes, 1, below))
