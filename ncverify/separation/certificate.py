r"""The closed-form dual certificate of (3.1): the optimal value is (K-1) sqrt(n), without any solver.

The constant multipliers lambda = 1 / (K sqrt n) give A = (K Y - 1 1') / (K sqrt n) with A A' = I - 1 1'/K, a
projection, hence |A|_2 = 1; they sum to (K-1) sqrt(n). For every point

.. math::
    \tfrac12 (|W|^2 + |H|^2) - \textstyle\sum \lambda_{kij} s_{kij}
    = \tfrac12 |H - W'A|^2 + \tfrac12 |(A A' - I) W|^2

so that no feasible point has a smaller objective, and Z = Y - 1 1'/K attains it, in R^d for every d >= K-1.
"""

from __future__ import annotations

from dataclasses import dataclass

from ncverify.arguments import Classes, Count, Logits, Namespace, Samples
from ncverify.kinds import Array, Functions, Number
from ncverify.model import between_classes, logit_differences, own_class_mask
from ncverify.point import Point
from ncverify.separation.constraints import weight_matrix


def optimal_value(K: Classes, n: Count, xp: Namespace) -> Array:
    """(K-1) sqrt(n): the optimal value of (3.1) for d >= K-1, and a lower bound of it for every d.

    Args:
        K: classes.
        n: samples per class.
        xp: the arithmetic of the result.
    """
    return (K - 1) * xp.sqrt(xp.asarray(n))


def collapse_multipliers(K: Classes, n: Count, xp: Namespace) -> Array:
    """The multipliers of (3.1) at collapse: 1 / (K sqrt n) for every k, i and j != k, shape (K, K*n).

    Example:
        >>> from ncverify.numbers.rational import RATIONAL
        >>> collapse_multipliers(2, 1, RATIONAL).data.tolist()
        [[0, 1/2], [1/2, 0]]
    """
    return (1 - own_class_mask(K, n, xp)) / (K * xp.sqrt(xp.asarray(n)))


def dual_objective_gap(p: Point) -> Array:
    """The objective of (3.1) minus the weighted logit differences, as a sum of squares; see the module's formula."""
    xp = p.xp
    A = weight_matrix(collapse_multipliers(p.K, p.n, xp), p.n, xp)
    features, classifiers = p.H - p.W.T @ A, A @ (A.T @ p.W) - p.W
    return (xp.sum(features * features) + xp.sum(classifiers * classifiers)) / 2


@dataclass(frozen=True)
class Certificate:
    """The facts verified about the closed-form certificate for one (K, n); every field is true when it holds.

    Attributes:
        K: classes.
        n: samples per class.
        arithmetic: "rational" (with square roots of integers), or "ball": then equalities are verified as enclosures.
        multipliers_sum_to_the_value: sum(M) = (K-1) sqrt(n), with M >= 0.
        weights_have_norm_one: A A' is the projection I - 11'/K.
        logits_are_feasible: Z = Y - 11'/K has all logit differences equal to 1.
        logits_have_the_value: (Z Z')^(1/2) = sqrt(n) (I - 11'/K), whose trace |Z|_* is (K-1) sqrt(n).
        logits_factor: Z = W H with K-1 columns of W and (|W|^2 + |H|^2) / 2 = |Z|_*.
    """

    K: int
    n: int
    arithmetic: str
    multipliers_sum_to_the_value: bool
    weights_have_norm_one: bool
    logits_are_feasible: bool
    logits_have_the_value: bool
    logits_factor: bool

    @property
    def holds(self) -> bool:
        """Whether every part was verified: (K-1) sqrt(n) is the optimal value of (3.1) for every d >= K-1."""
        return (
            self.multipliers_sum_to_the_value
            and self.weights_have_norm_one
            and self.logits_are_feasible
            and self.logits_have_the_value
            and self.logits_factor
        )


def verify_certificate(
    K: Classes, n: Samples, *, xp: Namespace | None = None, multipliers: Logits | None = None
) -> Certificate:
    """The certificate for K classes of n samples, verified without rounding.

    Args:
        K: classes, at least 2.
        n: samples per class, at least 1.
        xp: RATIONAL (the default; exact for every n, because sqrt(n) is carried along) or BALL.
        multipliers: what to verify instead of the closed form, shape (K, K*n), in the same arithmetic.

    Raises:
        ValueError: bad K or n.

    Example:
        >>> verify_certificate(4, 9).holds
        True
    """
    from ncverify.numbers.rational import RATIONAL

    if K < 2 or n < 1:
        raise ValueError(f"K, n: expected K >= 2 classes and n >= 1 samples per class, got {K}, {n}")
    xp = RATIONAL if xp is None else xp
    M = collapse_multipliers(K, n, xp) if multipliers is None else multipliers
    A, P, root = weight_matrix(M, n, xp), xp.eye(K) - xp.ones((K, K)) / K, xp.sqrt(xp.asarray(n))
    value, Z = optimal_value(K, n, xp), own_class_mask(K, n, xp) - xp.ones((K, K * n)) / K
    equal = _Equality(xp)
    return Certificate(
        K=K,
        n=n,
        arithmetic=xp.field.name,
        multipliers_sum_to_the_value=bool(xp.all(M >= 0)) and equal(xp.sum(M), value),
        weights_have_norm_one=equal(A @ A.T, P) and equal(P @ P, P),
        logits_are_feasible=equal(between_classes(logit_differences(Z, n, xp), n, xp), xp.ones((K - 1, K * n))),
        logits_have_the_value=equal((root * P) @ (root * P), Z @ Z.T) and equal(root * xp.trace(P), value),
        logits_factor=_factors(K, n, Z, value, equal, xp),
    )


def _factors(K: int, n: int, Z: Array, value: Number, equal: _Equality, xp: Functions) -> bool:
    """Whether W = n^(1/4) L D^(1/2) and H = n^(-1/4) D^(1/2) L' Y factor Z, L D L' = I - 11'/K; only D enters."""
    rows = [[1] * j + [-j] + [0] * (K - 1 - j) for j in range(1, K)]
    L = xp.asarray(rows).T
    D = xp.eye(K - 1) / xp.asarray([[j * (j + 1)] for j in range(1, K)])
    classifiers, root = L @ D @ L.T, xp.sqrt(xp.asarray(n))
    Y = own_class_mask(K, n, xp)
    gram_of_features = Y.T @ classifiers @ Y / root
    objective = (root * xp.trace(classifiers) + xp.trace(gram_of_features)) / 2
    return equal(classifiers @ Y, Z) and equal(objective, value)


class _Equality:
    """Equality of arrays: exact in rational arithmetic; in balls, an enclosure of the difference within 2^-64."""

    def __init__(self, xp: Functions) -> None:
        self.xp, self.enclosing = xp, xp.field.name == "ball"

    def __call__(self, left: Array, right: Array) -> bool:
        if not self.enclosing:
            return bool(self.xp.all(left == right))
        return bool(self.xp.all(self.xp.abs(left - right) <= self.xp.asarray(2.0**-64)))
