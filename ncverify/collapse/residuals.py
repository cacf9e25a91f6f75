"""How far a point is from each of NC1 to NC4: dimensionless numbers that vanish exactly at collapse."""

from __future__ import annotations

from typing import Any, NamedTuple

from ncverify.collapse.conditions import means, simplex_gram, within_class_deviations
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
    logit is not the nearest class mean. r_1 to r_3 are infinite or NaN where the means vanish.

    Args:
        p: the point.
        centred: measure the means from the global mean, as the text of NC2 says, instead of the printed formula.

    Example:
        >>> from ncverify.collapse import collapsed_point, residuals
        >>> r = residuals(collapsed_point(4, 3, 5))
        >>> max(r.nc1, r.nc2, r.nc3) < 1e-15, float(r.nc4)
        (True, 0.0)
    """
    xp = p.xp
    M = means(p, centred=centred)
    size = xp.sum(M * M)
    deviations = within_class_deviations(p)
    nc1 = xp.sqrt(xp.sum(deviations * deviations) / (p.n * size))
    E = simplex_gram(p.K, xp)
    gap = p.K * (M @ M.T) / size - E
    nc2 = xp.sqrt(xp.sum(gap * gap) / xp.sum(E * E))
    duality = p.W / xp.sqrt(xp.sum(p.W * p.W)) - M / xp.sqrt(size)
    return Residuals(nc1, nc2, xp.sqrt(xp.sum(duality * duality)), nearest_mean_disagreement(p))


def nearest_mean_disagreement(p: Point) -> Any:
    """NC4 on the features: the share for which the largest logit and the nearest class mean differ.

    A tie on either side counts as agreement if some class attains both.
    """
    xp = p.xp
    M = p.class_means
    # |h - m|^2 = |h|^2 - 2 <h, m> + |m|^2: the first term is common to all classes
    distances = xp.expand_dims(xp.sum(M * M, axis=1), axis=1) - 2 * (M @ p.H)
    nearest = distances == xp.expand_dims(xp.min(distances, axis=0), axis=0)
    chosen = p.logits == xp.expand_dims(xp.max(p.logits, axis=0), axis=0)
    agree = sum(1 for column in range(p.K * p.n) if bool(xp.any(nearest[:, column] & chosen[:, column])))
    return xp.asarray(1.0 - agree / (p.K * p.n))
