"""Small matrix tools for statements, in any arithmetic: determinants, and spaces of independent matrices.

A true identity is proved at random points only if its matrices are free there: what is derived from too few numbers
satisfies relations of its own, and a false identity among them would pass.
"""

from __future__ import annotations

from typing import Any

from ncverify.domain import Domain
from ncverify.kinds import Array, Functions, Number, TruthValue
from ncverify.point import Point, Tangent
from ncverify.space import Sizes, Space, SpacePoint, Variable
from ncverify.statements.types import Function, Identity

_AXES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("W", "dW", "W2"), ("K", "d")),
    **dict.fromkeys(("H", "dH", "H2"), ("d", "N")),
    **dict.fromkeys(("G", "E", "Z"), ("K", "N")),
    **{"u": ("K",), "v": ("N",), "a": ("d",)},
}


def free(
    *names: str,
    K: tuple[int, int] = (2, 3),
    n: tuple[int, int] = (1, 2),
    d: tuple[int, int] | None = None,
    **others: Variable,
) -> Space:
    """Independent variables for identities: matrices by their usual names and shapes, numbers by any other name.

    Args:
        names: W, dW, W2 (K, d); H, dH, H2 (d, N); G, E, Z (K, N); u (K,), v (N,), a (d,); other names are numbers.
        K: its range.
        n: range of N / K.
        d: its range; by default K-1 and K.
        others: variables with shapes or sets of their own.
    """
    variables = {name: Variable(*_AXES.get(name, ())) for name in names} | others
    sizes = {"K": K, "N": (K[0] * n[0], K[1] * n[1])}
    if any("d" in variable.shape for variable in variables.values()):
        sizes["d"] = (K[0] - 1, K[1]) if d is None else d

    def where(sizes: Sizes) -> bool:
        classes, samples = sizes.values["K"], sizes.values["N"]
        fits = d is not None or sizes.values.get("d", classes) in (classes - 1, classes)
        return fits and samples % classes == 0 and n[0] <= samples // classes <= n[1]

    return Space(sizes, variables=variables, where=where)


CRITICAL = free("W", "H", "G", "lam")
"""W, H, a logit gradient G of any rank and a number lambda."""

MOVES = free("W", "H", "dW", "dH", d=(1, 2))
"""A point and a pair of its shape."""


def at(p: SpacePoint) -> Point:
    """(W, H) of a point of a space."""
    return Point.trusted(p.W, p.H)


def pair(p: SpacePoint) -> Tangent:
    """(dW, dH) of a point of a space."""
    return Tangent(p.dW, p.dH)


SMALL_SHAPES = Domain(K=(2, 3), n=(1, 2), d=(1, 2))
SMALL_MATRICES = Domain(K=(2, 3), n=(1, 2), d=(1, 3), where=lambda K, n, d: d != 2 or n == 1)

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


def outer(u: Array, v: Array, xp: Functions) -> Array:
    """u v', shape (len u, len v)."""
    return xp.expand_dims(u, axis=1) * xp.expand_dims(v, axis=0)


def inner(A: Array, B: Array, xp: Functions) -> Number:
    """The sum of the products of all entries."""
    return xp.sum(A * B)


def squares(A: Array, p: Point | SpacePoint) -> Number:
    """The sum of squares of all entries."""
    return p.xp.sum(A * A)


def zero(name: str, left: Function) -> Identity:
    """The identity left = 0, for numbers and arrays."""
    return Identity(name, left=left, right=lambda p: left(p) * 0)


def imbalance(p: Point | SpacePoint) -> Array:
    """W'W - HH', shape (d, d)."""
    return p.W.T @ p.W - p.H @ p.H.T


def is_balanced(p: Point) -> TruthValue:
    """W'W = HH'. *Source:* (C.9)."""
    return p.xp.all(imbalance(p) == 0)


def determinant(A: Array) -> Number:
    """The determinant of a small square matrix, by expansion along the first row."""
    size = A.shape[0]
    return _expanded([[A[i, j] for j in range(size)] for i in range(size)])


def _expanded(rows: list[list[Any]]) -> Number:
    if len(rows) == 1:
        return rows[0][0]
    total: Any = None
    for column, entry in enumerate(rows[0]):
        term = entry * _expanded([row[:column] + row[column + 1 :] for row in rows[1:]])
        total = term if total is None else total + (-term if column % 2 else term)
    return total


def radial_multiplier(p: Point) -> Number:
    """The lambda of (C.4): <grad L, (W, H)> / |(W, H)|^2, the only candidate where (W, H) is not zero."""
    gradient = p.gradient
    return (inner(gradient.W, p.W, p.xp) + inner(gradient.H, p.H, p.xp)) / p.squared_norm


# --- weights that add up to one ---------------------------------------------------------------------------------------

WEIGHTED = free("E", "Z", "M", "m")
"""Free exponentials E, a matrix Z that they weigh, and two bounds."""


def weights_of_one(p: SpacePoint) -> Array:
    """Free weights that add up to one in every column."""
    return p.E / p.xp.sum(p.E, axis=0, keepdims=True)


def _weighted_mean_gap(p: SpacePoint) -> Array:
    """sum_j p_j y_j for y_j = delta_j - sum_l p_l delta_l and free weights p_j that add up to one."""
    xp, weights = p.xp, weights_of_one(p)
    return xp.sum(weights * (p.Z - xp.sum(weights * p.Z, axis=0, keepdims=True)), axis=0)


def _variance_gap(p: SpacePoint) -> Array:
    """(M^2 + m^2)/2 - var - sum_j p_j (M - delta_j)(delta_j - m) - ((M + m)/2 - mean)^2 - (M + m)^2/4, M and m free."""
    xp, weights, M, m = p.xp, weights_of_one(p), p.M, p.m
    mean = xp.sum(weights * p.Z, axis=0)
    variance = xp.sum(weights * p.Z * p.Z, axis=0) - mean * mean
    between = xp.sum(weights * (M - p.Z) * (p.Z - m), axis=0)
    return (M * M + m * m) / 2 - variance - between - ((M + m) / 2 - mean) ** 2 - (M + m) ** 2 / 4


WEIGHTED_MEAN = (
    zero("sum_j p_j (delta_j - sum_l p_l delta_l) = 0 where the p_j add up to one", _weighted_mean_gap),
    WEIGHTED,
)
VARIANCE = (
    zero("(M^2 + m^2)/2 minus a variance between m and M is a sum of non-negative terms", _variance_gap),
    WEIGHTED,
)
