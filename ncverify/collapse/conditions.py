"""NC1 to NC3 of Section 2.1 as predicates, in any arithmetic; they are polynomial, so rational points decide them.

The class means are the uncentred ones of the printed formulas unless `centred=True`, which follows the printed text.
"""

from __future__ import annotations

from typing import Annotated

from ncverify.arguments import Array, Classes, Namespace
from ncverify.point import Point


def within_class_deviations(p: Point) -> Array:
    """h_ki - hbar_k for every sample, shape (d, K*n).

    Example:
        >>> import numpy as np
        >>> within_class_deviations(Point(np.array([[1.0], [-1.0]]), np.array([[3.0, 1.0, -2.0, -2.0]])))
        array([[ 1., -1.,  0.,  0.]])
    """
    return p.H - p.xp.take(p.class_means.T, p.labels, axis=1)


def means(p: Point, *, centred: bool = False) -> Array:
    """The class means as rows, shape (K, d), after subtracting the global mean if asked for."""
    if not centred:
        return p.class_means
    return p.class_means - p.xp.expand_dims(p.global_mean, axis=0)


def simplex_gram(K: Classes, xp: Namespace) -> Array:
    """The Gram matrix of a simplex ETF of unit vectors: one on the diagonal, -1/(K-1) off it, shape (K, K)."""
    return (xp.eye(K) * K - 1) / (K - 1)


def has_variability_collapse(p: Point) -> Array:
    """NC1: every feature equals its class mean."""
    return p.xp.all(within_class_deviations(p) == 0)


def has_equal_norms(vectors: Annotated[Array, "m d"], xp: Namespace) -> Array:
    """Whether all rows have one norm."""
    squares = xp.sum(vectors * vectors, axis=1)
    return xp.all(squares == squares[0])


def is_simplex(vectors: Annotated[Array, "m d"], xp: Namespace) -> Array:
    """NC2 for the rows of a matrix: equal non-zero norms and cosines -1/(K-1)."""
    gram = vectors @ vectors.T
    return (gram[0, 0] > 0) & xp.all(gram == gram[0, 0] * simplex_gram(gram.shape[0], xp))


def has_self_duality(p: Point, *, centred: bool = False) -> Array:
    """NC3: w_k = C hbar_k for all k with one C > 0; the means must not all vanish.

    Decided by (W, M) > 0 and W |M|^2 = (W, M) M, with M the class means as rows: no C needs to be found.
    """
    M = means(p, centred=centred)
    inner_product = p.xp.sum(p.W * M)
    return (inner_product > 0) & p.xp.all(p.W * p.xp.sum(M * M) == inner_product * M)


def is_collapsed(p: Point) -> Array:
    """NC1, NC2 and NC3 together; NC4 follows from them. *Source:* Section 2.1.

    In floats these are equalities to the last bit; for how far a point is, see `residuals`.

    Example:
        >>> from ncverify.collapse import integer_collapsed_point
        >>> p = integer_collapsed_point(3, 2, 3)
        >>> bool(is_collapsed(p)), bool(is_collapsed(Point(p.W, -p.H)))
        (True, False)
    """
    return has_variability_collapse(p) & is_simplex(p.class_means, p.xp) & has_self_duality(p)


def has_balanced_norms(p: Point) -> Array:
    """|W|_F = |H|_F."""
    return p.xp.sum(p.W * p.W) == p.xp.sum(p.H * p.H)
