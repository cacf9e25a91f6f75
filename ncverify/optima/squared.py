r"""The optimum of the regularised squared loss without bias, for any class sizes and any number of linear layers.

.. math:: f(W_1,\dots,W_{L-1},H) = \frac1{2N}|W_1\cdots W_{L-1}H - Y|^2
          + \sum_{j<L}\tfrac{\lambda_j}2|W_j|^2 + \tfrac{\lambda_L}2|H|^2

Y is one-hot, n_k samples of class k, N in all, and every layer has at least K units. With the numbers

    Q_k = N^L lambda_1 ... lambda_L / n_k^(L-1),   Q* = (L-2)^(L-2)/(L-1)^(2L-2)   (1 for L = 2, 1/16 for L = 3)

class k is learned where Q_k < Q* and vanishes where Q_k > Q*: the product of all factors is diag(x) Y, x_k = 1 - y_k,

    y_k in (0, 1/(L-1)) with y_k^L (1-y_k)^(L-2) = Q_k   where it is learned, else y_k = 1
    min f = (1/N) sum_k n_k (y_k/2)(L - (L-1) y_k)       (1/2 for a class that vanishes)
    rows w_k of W_1 and class means m_k of H are orthogonal, features are equal to their class means,
    |w_k|^2 = n_k x_k y_k/(N lambda_1),   |m_k|^2 = x_k y_k/(N lambda_L)

Where Q_k = Q* and L >= 3 both are optimal: y_k = 1 and y_k = 1/(L-1). With fewer than K units in a layer, d of them,
the d largest classes are kept. For L = 2 it is y_k = N sqrt(lambda_W lambda_H/n_k), and class k vanishes exactly where
n_k <= N^2 lambda_W lambda_H.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Annotated, Any, NamedTuple, TypeAlias

from flint import arb, fmpq

from ncverify.arguments import AtLeast, Classes, Count
from ncverify.kinds import Array
from ncverify.numbers.ball import precision
from ncverify.optima.classes import sizes
from ncverify.optima.reals import PRECISIONS, Positives, exact, nearest, root

Weights: TypeAlias = Positives
"""One for each factor, the classifier first and the features last."""
_HALVINGS = 100


@dataclass(frozen=True)
class SquaredOptimum:
    """The optimum in floats; each is the closed form, rounded once.

    Attributes:
        value: min f, at most 1/2.
        strengths: x_k; the product of all factors is diag(x) Y. 0 for a class that vanishes, and where Q_k = Q*.
        classifier_squared_norms: |w_k|^2 of every class.
        mean_squared_norms: |m_k|^2 of every class.
        layer_squared_norms: |W_1|^2, ..., |W_{L-1}|^2, |H|^2.
        is_zero: whether zero is a minimiser, decided exactly.
        is_unique: whether all minimisers have these norms: no class is on the threshold of three or more factors, and
            no classes of equal size compete for too few dimensions.
    """

    value: float
    strengths: tuple[float, ...]
    classifier_squared_norms: tuple[float, ...]
    mean_squared_norms: tuple[float, ...]
    layer_squared_norms: tuple[float, ...]
    is_zero: bool
    is_unique: bool


class ReluBounds(NamedTuple):
    """Bounds of the minimum with a relu; they agree for K = 2."""

    lower: float
    upper: float


def squared_zero_threshold(factors: Annotated[int, AtLeast(2)]) -> Fraction:
    """Q* = (L-2)^(L-2)/(L-1)^(2L-2): zero is optimal if and only if every Q_k is at least Q*.

    Q_k = N^L lambda_1...lambda_L/n_k^(L-1), least for the largest class.

    Args:
        factors: L, the features among them.

    Example:
        >>> [squared_zero_threshold(factors) for factors in (2, 3, 4)]
        [Fraction(1, 1), Fraction(1, 16), Fraction(4, 729)]
    """
    return Fraction((factors - 2) ** (factors - 2), (factors - 1) ** (2 * factors - 2))


def squared_optimum(
    class_sizes: Sequence[int],
    weights: Weights,
    d: Count | None = None,
) -> SquaredOptimum:
    """The optimum of the squared loss with weight decay, no bias, any class sizes, two or more linear factors.

    Args:
        class_sizes: n_1..n_K.
        weights: lambda_1, ..., lambda_L, of the classifier first and of the features last, all positive, two or more; a
            float is the dyadic fraction that it is.
        d: the width of the narrowest layer; by default wide enough (K or more).

    Raises:
        TypeError: class sizes that are no integers, or a weight that is no real number.
        ValueError: a weight that is not positive and finite, or fewer than two of them.

    Example:
        >>> best = squared_optimum([4, 1], [0.25, 0.16])
        >>> best.strengths, best.classifier_squared_norms, best.is_zero
        ((0.5, 0.0), (0.8, 0.0), False)
    """
    counts, lambdas = [int(n) for n in sizes(class_sizes)], _weights(weights)
    N, L = sum(counts), len(lambdas)
    Q = {n: _strength(N, n, lambdas) for n in set(counts)}
    kept = _learned(counts, Q, L, d)
    misses = {n: _miss(Q[n], L) for n in {n for n, on in zip(counts, kept, strict=True) if on}}
    y = [misses[n] if on else None for n, on in zip(counts, kept, strict=True)]

    pairs = list(zip(counts, y, strict=True))

    def cost(n: int, miss: Any) -> Any:
        return arb(n) / 2 if miss is None else n * miss()[1] / 2 * (L - (L - 1) * miss()[1])

    def share(pair: tuple[int, Any], divisor: Any) -> Any:
        n, miss = pair
        return arb(0) if miss is None else n * miss()[0] * miss()[1] / N / divisor

    def total(weight: fmpq) -> Any:
        return sum(share(pair, weight) for pair in pairs)

    return SquaredOptimum(
        value=nearest(lambda: sum(cost(*pair) for pair in pairs) / N),
        strengths=tuple(0.0 if miss is None else nearest(partial(_part_of, miss)) for miss in y),
        classifier_squared_norms=tuple(nearest(partial(share, pair, lambdas[0])) for pair in pairs),
        mean_squared_norms=tuple(nearest(partial(share, pair, pair[0] * lambdas[-1])) for pair in pairs),
        layer_squared_norms=tuple(nearest(partial(total, weight)) for weight in lambdas),
        is_zero=all(q >= _threshold(L) for q in Q.values()),
        is_unique=_is_unique(counts, kept, Q, L),
    )


def _part_of(miss: Any) -> Any:
    return miss()[0]


def squared_relu_bounds(K: Classes, n: Count, weights: Weights) -> ReluBounds:
    """Bounds of min (1/(2Kn))|W relu(V H) - Y|^2 + weight decay, equal classes, d >= K units.

    The upper one is the minimum of the linear model, W V H, which features that are not negative attain. For K = 2 it
    is the minimum. For more classes it need not be: K = 15 with d = 20 has lower points, for all weights below the
    threshold of the linear model.
    The lower one comes from |V H|_* >= |V H| >= |relu(V H)| >= |relu(V H)|_*/sqrt K, in class means.

    Args:
        K: classes.
        n: samples per class.
        weights: of W, V and H, positive.

    Raises:
        TypeError: a weight that is no real number.
        ValueError: a weight that is not positive and finite, or not three of them.

    Example:
        >>> squared_relu_bounds(2, 1, [0.125, 0.125, 0.5])
        ReluBounds(lower=0.5, upper=0.5)
    """
    lambdas = [Fraction(int(w.p), int(w.q)) for w in _weights(weights, exactly=3)]
    upper = squared_optimum([n] * K, lambdas).value
    if K == 2:
        return ReluBounds(upper, upper)
    return ReluBounds(squared_optimum([n] * K, [*lambdas[:2], lambdas[2] / K]).value, upper)


def _weights(weights: Array, exactly: int | None = None) -> list[fmpq]:
    wanted = "two or more" if exactly is None else str(exactly)
    if isinstance(weights, str) or not hasattr(weights, "__len__"):
        raise TypeError(f"weights: expected a sequence of {wanted} numbers, got {weights!r}"[:200])
    if len(weights) < 2 or exactly not in (None, len(weights)):
        raise ValueError(f"weights: expected {wanted} numbers > 0, one for each factor, got {len(weights)}")
    return [exact(f"weights[{j}]", weight) for j, weight in enumerate(weights)]


def _strength(N: int, n: int, lambdas: list[fmpq]) -> fmpq:
    """Q_k for a class of n samples."""
    strength = fmpq(n)
    for weight in lambdas:
        strength *= weight * N / n
    return strength


def _threshold(L: int) -> fmpq:
    own = squared_zero_threshold(L)
    return fmpq(own.numerator, own.denominator)


def _learned(counts: list[int], Q: dict[int, fmpq], L: int, d: int | None) -> list[bool]:
    """Which classes are learned: below the threshold, and among the d largest."""
    order = sorted(range(len(counts)), key=lambda k: -counts[k])[:d]
    return [k in order and Q[n] < _threshold(L) for k, n in enumerate(counts)]


def _is_unique(counts: list[int], kept: list[bool], Q: dict[int, fmpq], L: int) -> bool:
    taken = {n for n, on in zip(counts, kept, strict=True) if on}
    left_out = {n for n, on in zip(counts, kept, strict=True) if not on and Q[n] < _threshold(L)}
    on_threshold = L > 2 and any(q == _threshold(L) for q in Q.values())
    return not (taken & left_out) and not on_threshold


def _miss(Q: fmpq, L: int) -> Any:
    """A function that gives the balls (x, y), x = 1 - y, for 0 < Q < Q*."""
    if L == 2:
        return lambda: ((1 - Q) / (1 + root(Q)), root(Q))
    low, high = _bracket(Q, L)
    return lambda: (1 - arb(low).union(arb(high)), arb(low).union(arb(high)))


def _bracket(Q: fmpq, L: int) -> tuple[fmpq, fmpq]:
    """Rationals around the least zero of y^L (1-y)^(L-2) - Q, 2^-100 apart in units of themselves.

    It lies between q and 1.3 q, q = Q^(1/L), because (1-y)^-(1-2/L) <= 2^(1/3) for y <= 1/(L-1); up to 1.3 q the
    function grows. Signs are exact.
    """
    for bits in PRECISIONS:
        with precision(bits):
            q = arb(Q).root(L)
            if q > 0:
                low, high = q.lower().fmpq(), (q * fmpq(13, 10)).upper().fmpq()
                break
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle**L * (1 - middle) ** (L - 2) > Q:
            high = middle
        else:
            low = middle
    return low, high
