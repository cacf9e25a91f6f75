"""Small matrix tools for statements, in any arithmetic: determinants, and independent matrices cut out of one point.

A true identity is proved at random points only if its matrices are free there: what is derived from too few numbers
satisfies relations of its own, and a false identity among them would pass.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ncverify.domain import Domain
from ncverify.point import Point, Tangent
from ncverify.statements.types import Identity

FRAMES = Domain(K=(2, 3), n=1, d=3)
"""The smallest shapes from which a point, a pair and a frame can be cut."""

FREE = Domain(K=(2, 3), n=(1, 2), d=(4, 7), where=lambda K, n, d: d in (2 * K, 2 * K + 1))
"""Shapes for identities about several independent matrices cut out of one point: K dimensions for a matrix of any rank,
one for numbers, and K-1 or K for a point or a frame of either orientation."""

PAIRS = Domain(K=(2, 3), n=(1, 2), d=(2, 4), where=lambda K, n, d: d != 3)
"""Shapes for `halves`."""

FEW = Domain(K=(2, 3), n=(1, 2), d=(1, 3), where=lambda K, n, d: d != 2 or n == 1)

GRID = Domain(K=(2, 6), n=(1, 9), d=(1, 2))
"""Shapes for identities whose coefficients depend on K and sqrt n."""

ONE_SHAPE = "no other shape is claimed"
WORDS = (
    "sums of products of free entries without K or n among the coefficients; the largest shape has room for the "
    "monomials whose indices all differ, and these tell the sums apart"
)
ALGEBRA = "by the rules of matrix algebra, and U'U = I for orthonormal columns, which know no shape"
COLUMNS = (
    "multiplied by the column sum, sums over classes without K among the coefficients, in monomials of at most three "
    "classes"
)
INNER = "the shape enters through inner products of two vectors alone, and these are free from two coordinates on"
COEFFICIENTS = (
    "over a common denominator the coefficients are polynomials in K and sqrt n of degree at most 4 and 8, which five "
    "values of K and nine of n determine; the largest shape has room for every monomial"
)


def outer(u: Any, v: Any, xp: Any) -> Any:
    """u v', shape (len u, len v)."""
    return xp.expand_dims(u, axis=1) * xp.expand_dims(v, axis=0)


def inner(A: Any, B: Any, xp: Any) -> Any:
    """The sum of the products of all entries."""
    return xp.sum(A * B)


def squares(A: Any, p: Point) -> Any:
    """The sum of squares of all entries."""
    return p.xp.sum(A * A)


def zero(name: str, left: Any) -> Identity:
    """The identity left = 0, for numbers and arrays."""
    return Identity(name, left=left, right=lambda p: left(p) * 0)


def imbalance(p: Point) -> Any:
    """W'W - HH', shape (d, d)."""
    return p.W.T @ p.W - p.H @ p.H.T


def is_balanced(p: Point) -> Any:
    """W'W = HH'. *Source:* (C.9)."""
    return p.xp.all(imbalance(p) == 0)


def determinant(A: Any) -> Any:
    """The determinant of a small square matrix, by expansion along the first row."""
    size = A.shape[0]
    return _expanded([[A[i, j] for j in range(size)] for i in range(size)])


def _expanded(rows: list[list[Any]]) -> Any:
    if len(rows) == 1:
        return rows[0][0]
    total: Any = None
    for column, entry in enumerate(rows[0]):
        term = entry * _expanded([row[:column] + row[column + 1 :] for row in rows[1:]])
        total = term if total is None else total + (-term if column % 2 else term)
    return total


def cut(p: Point, *sizes: int) -> tuple[Point, ...]:
    """Independent points cut out of one along d: what is left over first, then one of each size.

    Raises:
        ValueError: nothing would be left over.
    """
    ends = [p.d - sum(sizes)]
    if ends[0] < 1:
        raise ValueError(f"sizes: expected a sum below d = {p.d}, got {sizes}")
    for size in sizes:
        ends.append(ends[-1] + size)
    return tuple(
        Point.trusted(p.W[:, start:end], p.H[start:end, :]) for start, end in zip([0, *ends], ends, strict=False)
    )


def halves(p: Point) -> tuple[Point, Tangent]:
    """A point and a pair of matrices of the same shape that does not depend on it; d is even."""
    q, v = cut(p, p.d // 2)
    return q, Tangent(v.W, v.H)


def frame(vectors: Any, columns: int, xp: Any) -> Any:
    """Orthonormal columns: the first columns of a product of Householder reflections, one for each given vector.

    With at least as many free vectors as columns, they are all frames up to those of measure zero, of one orientation
    where they are square: an odd number of reflections gives determinant -1, an even one 1. *Shape:* (m, columns) for
    vectors of shape (m, number).
    """
    U = xp.eye(vectors.shape[0])[:, :columns]
    for i in range(vectors.shape[1]):
        v = vectors[:, i]
        v = xp.expand_dims(xp.concat([xp.stack([1 + v[0] * v[0]]), v[1:]]), axis=1)  # never zero
        U = U - 2 * (v @ ((v.T @ U) / xp.sum(v * v)))
    return U


def frames(q: Point, columns: int) -> tuple[Any, Any]:
    """U and V with orthonormal columns, from the columns of W and the rows of H, independent of each other."""
    return frame(q.W, columns, q.xp), frame(q.H.T, columns, q.xp)


class Critical(NamedTuple):
    """W, H, a gradient matrix G of any rank and a number lambda, independent of each other."""

    W: Any
    H: Any
    G: Any
    lam: Any


def critical_data(p: Point) -> Critical:
    """Free (W, H, G, lambda) over `FREE`."""
    q, g, number = cut(p, p.K, 1)
    return Critical(q.W, q.H, g.logits, number.W[0, 0])


def radial_multiplier(p: Point) -> Any:
    """The lambda of (C.4): <grad L, (W, H)> / |(W, H)|^2, the only candidate where (W, H) is not zero."""
    gradient = p.gradient
    return (inner(gradient.W, p.W, p.xp) + inner(gradient.H, p.H, p.xp)) / p.squared_norm


# --- weights that add up to one ---------------------------------------------------------------------------------------


def _weights_of_one(E: Any, p: Point) -> Any:
    """Free weights that add up to one in every column."""
    return E / p.xp.expand_dims(p.xp.sum(E, axis=0), axis=0)


def _weighted_mean_gap(p: Point) -> Any:
    """sum_j p_j y_j for y_j = delta_j - sum_l p_l delta_l and free weights p_j that add up to one."""
    xp, (q, e) = p.xp, cut(p, p.K)
    weights, delta = _weights_of_one(e.logits, p), q.logits
    return xp.sum(weights * (delta - xp.expand_dims(xp.sum(weights * delta, axis=0), axis=0)), axis=0)


def _variance_gap(p: Point) -> Any:
    """(M^2 + m^2)/2 - var - sum_j p_j (M - delta_j)(delta_j - m) - ((M + m)/2 - mean)^2 - (M + m)^2/4, M and m free."""
    xp, (q, e, numbers) = p.xp, cut(p, p.K, 1)
    weights, delta = _weights_of_one(e.logits, p), q.logits
    M, m = numbers.W[0, 0], numbers.H[0, 0]
    mean = xp.sum(weights * delta, axis=0)
    variance = xp.sum(weights * delta * delta, axis=0) - mean * mean
    between = xp.sum(weights * (M - delta) * (delta - m), axis=0)
    return (M * M + m * m) / 2 - variance - between - ((M + m) / 2 - mean) ** 2 - (M + m) ** 2 / 4


WEIGHTED_MEAN = zero("sum_j p_j (delta_j - sum_l p_l delta_l) = 0 where the p_j add up to one", _weighted_mean_gap)
VARIANCE = zero("(M^2 + m^2)/2 minus a variance between m and M is a sum of non-negative terms", _variance_gap)
