r"""The sharp ratio R = n_A/n_B at which the classifiers of minority classes merge, in both models.

KA classes of n_A samples and KB >= 2 classes of n_B. **Layer-peeled model**, d >= K-1: in class means it is the
minimum of sum_k (n_k/N) CE(Z_k, k) over |Z|_* <= T = K sqrt(E_W E_H), whose solution is unique and symmetric. The
solutions with w_k = w_l in the minority for which the multiplier is exactly n_B/N form a curve, here over the gap t >
0 between the own logit of a minority class and the logits of the majority:

    sin phi = sqrt(K KA)/(KB e^t + KA),   y = t KB sqrt(KA)/K,   r = y/sin phi,   x = r cos phi
    alpha   = x K/sqrt(KB) - KA log((sqrt(K KB) - KB cos phi)/(KA cos phi))   (0 for KA = 1)
    m       = alpha (1 - 1/KA) + x K/(KA sqrt(KB)),   T = (KA-1) alpha + sqrt(K) r
    R0      = (1 + (KA-1) e^-alpha + KB e^-m) e^m cos phi/sqrt(K KB)

T and R0 grow with t, from (0, 1) to infinity, so that the classifiers agree if and only if R >= R0(T), and R0 > 1.

**Regularised model**, any d to merge and d >= K-1 to split, any lambda_b >= 0 and any sizes of the other classes: those
of several classes of n_B samples agree if and only if n_B <= N^2 lambda_W lambda_H, and the softmax of the own class
exceeds that of another of them by max(0, 1 - N sqrt(lambda_W lambda_H/n_B)).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from ncverify.arguments import Classes, Count
from ncverify.numbers.ball import precision
from ncverify.optima.reals import Positive, exact, nearest, root, sign

_HALVINGS = 100
_LARGEST = math.log(sys.float_info.max)


@dataclass(frozen=True)
class MergingRatio:
    """The ratio from which on the minority classifiers agree.

    Attributes:
        ratio: R0, infinite where it is beyond the range of floats.
        logarithm: log R0.
        gap: t, the own logit of a minority class less those of the majority, where it merges.
    """

    ratio: float
    logarithm: float
    gap: float


def layer_peeled_merging_ratio(KA: Count, KB: Classes, E_W: Positive, E_H: Positive) -> MergingRatio:
    """The ratio n_A/n_B from which on the minority classifiers of the layer-peeled model agree.

    Args:
        KA: majority classes.
        KB: minority classes, at least 2.
        E_W: bound of the mean of |w_k|^2, positive.
        E_H: bound of the mean over classes of the mean of |h_{k,i}|^2, positive.

    Raises:
        TypeError: a bound that is no real number.
        ValueError: a bound that is not positive and finite.

    Example:
        >>> round(layer_peeled_merging_ratio(2, 2, 0.5, 0.5).ratio, 5)
        1.58399
    """
    energy = exact("E_W", E_W) * exact("E_H", E_H)
    K = KA + KB
    t = _between(*_bracket(lambda t: _Curve(KA, KB, t).T - K * root(energy), _largest_gap(KA, KB, energy)))
    logarithm = nearest(lambda: _Curve(KA, KB, t()).log_R0)
    ratio = nearest(lambda: _Curve(KA, KB, t()).log_R0.exp()) if logarithm < _LARGEST else math.inf
    return MergingRatio(ratio=ratio, logarithm=logarithm, gap=nearest(t))


def layer_peeled_minority_merges(KA: Count, KB: Classes, n_A: Count, n_B: Count, E_W: Positive, E_H: Positive) -> bool:
    """Whether w_k = w_l for all minority classes at every minimiser of the layer-peeled model, d >= K-1.

    Args:
        KA: majority classes.
        KB: minority classes, at least 2.
        n_A: samples of a majority class.
        n_B: samples of a minority class.
        E_W: bound of the mean of |w_k|^2, positive.
        E_H: bound of the mean over classes of the mean of |h_{k,i}|^2, positive.

    Example:
        >>> [layer_peeled_minority_merges(2, 2, n_A, 100, 0.5, 0.5) for n_A in (158, 159)]
        [False, True]
    """
    energy, K = exact("E_W", E_W) * exact("E_H", E_H), KA + KB
    if n_A <= n_B:
        return False
    t = _gap_at_ratio(KA, KB, n_A, n_B)
    return sign(lambda: _Curve(KA, KB, t()).T - K * root(energy)) >= 0


def layer_peeled_merging_energy(KA: Count, KB: Classes, n_A: Count, n_B: Count) -> float:
    """The largest E_W E_H for which the minority classifiers of the layer-peeled model agree; 0 for n_A <= n_B.

    Args:
        KA: majority classes.
        KB: minority classes, at least 2.
        n_A: samples of a majority class.
        n_B: samples of a minority class.

    Example:
        >>> round(layer_peeled_merging_energy(2, 2, 158399, 100000), 5)
        0.25
    """
    if n_A <= n_B:
        return 0.0
    t = _gap_at_ratio(KA, KB, n_A, n_B)
    return nearest(lambda: (_Curve(KA, KB, t()).T / (KA + KB)) ** 2)


def regularised_minority_merges(N: Count, n_B: Count, lambda_W: Positive, lambda_H: Positive) -> bool:
    """Whether classifiers of classes of n_B samples agree in the regularised model: n_B <= N^2 lambda_W lambda_H.

    Decided exactly. d >= K-1; where they agree they do so in every dimension.

    Args:
        N: all samples.
        n_B: samples of each of the classes in question.
        lambda_W: weight of |W|^2 / 2, positive.
        lambda_H: weight of |H|^2 / 2, positive.

    Raises:
        TypeError: a weight that is no real number.
        ValueError: a weight that is not positive and finite, or 2 n_B > N.

    Example:
        >>> [regularised_minority_merges(100, n_B, 0.1, 0.01) for n_B in (9, 11)]
        [True, False]
    """
    _fits(N, n_B)
    return bool(n_B <= N * N * exact("lambda_W", lambda_W) * exact("lambda_H", lambda_H))


def regularised_merging_ratio(KA: Count, KB: Classes, n_B: Count, lambda_W: Positive, lambda_H: Positive) -> float:
    """(1/sqrt(n_B lambda_W lambda_H) - KB)/KA, from which on the minority classifiers agree; 0 where they always do.

    Args:
        KA: majority classes.
        KB: minority classes, at least 2.
        n_B: samples of a minority class.
        lambda_W: weight of |W|^2 / 2, positive.
        lambda_H: weight of |H|^2 / 2, positive.

    Example:
        >>> regularised_merging_ratio(2, 2, 1, Fraction(1, 100), Fraction(1, 100))
        49.0
    """
    square = 1 / (n_B * exact("lambda_W", lambda_W) * exact("lambda_H", lambda_H))
    room = square - KB * KB
    if room <= 0:
        return 0.0
    return nearest(lambda: room / (root(square) + KB) / KA)


def regularised_merging_weight(N: Count, n_B: Count) -> Fraction:
    """n_B/N^2: the least lambda_W lambda_H for which the classifiers of several classes of n_B samples agree.

    Args:
        N: all samples.
        n_B: samples of each of the classes in question.
    """
    _fits(N, n_B)
    return Fraction(n_B, N * N)


def regularised_contrast(N: Count, n_B: Count, lambda_W: Positive, lambda_H: Positive) -> float:
    """max(0, 1 - N sqrt(lambda_W lambda_H/n_B)): the softmax of the own class less that of another of the same size.

    Args:
        N: all samples.
        n_B: samples of each of the two classes.
        lambda_W: weight of |W|^2 / 2, positive.
        lambda_H: weight of |H|^2 / 2, positive.

    Example:
        >>> regularised_contrast(4, 1, 0.125, 0.125)
        0.5
    """
    _fits(N, n_B)
    square = N * N * exact("lambda_W", lambda_W) * exact("lambda_H", lambda_H) / n_B
    return 0.0 if square >= 1 else nearest(lambda: (1 - square) / (1 + root(square)))


def _fits(N: int, n_B: int) -> None:
    if not 0 < 2 * n_B <= N:
        raise ValueError(f"N, n_B: expected at least two classes of n_B >= 1 samples among N, got N = {N}, n_B = {n_B}")


class _Curve:
    """T and log R0 on the curve, as balls."""

    def __init__(self, KA: int, KB: int, t: Any) -> None:
        K = KA + KB
        sin = arb(K * KA).sqrt() / (KB * t.exp() + KA)
        cos = (1 - sin * sin).sqrt()
        r = t * KB * arb(KA).sqrt() / K / sin
        x = r * cos
        rest = ((arb(K * KB).sqrt() - KB * cos) / (KA * cos)).log()
        alpha = x * K / arb(KB).sqrt() - KA * rest if KA > 1 else arb(0)
        m = alpha * (KA - 1) / KA + x * K / (KA * arb(KB).sqrt())
        self.T = (KA - 1) * alpha + arb(K).sqrt() * r
        ahead = (KA - 1) * (-alpha).exp() + KB * (-m).exp()
        self.log_R0 = ahead.log1p() + m + (cos / arb(K * KB).sqrt()).log()


def _largest_gap(KA: int, KB: int, energy: fmpq) -> fmpq:
    """A gap where T is too large already: T >= KB t, and T >= KB^2 e^t/K for t >= 1."""
    K = KA + KB
    with precision(64):
        T = K * arb(energy).sqrt()
        bound = arb.max(arb(1), (K * T / KB**2).log()) if T > KB else T / KB
        return 2 * bound.upper().fmpq()


def _gap_at_ratio(KA: int, KB: int, n_A: int, n_B: int) -> Callable[[], Any]:
    """The t with R0 = n_A/n_B > 1."""
    start = fmpq(1 + math.ceil(math.log(n_A / n_B)))
    return _between(*_bracket(lambda t: _Curve(KA, KB, t).log_R0 - (arb(n_A) / n_B).log(), start))


def _bracket(compute: Callable[[Any], Any], high: fmpq) -> tuple[fmpq, fmpq]:
    """Rationals around the only zero of an increasing function of t > 0, 2^-100 apart in units of themselves."""

    def above(t: fmpq) -> bool:
        return sign(lambda: compute(arb(t))) > 0

    while not above(high):
        high *= 2
    low = high / 2
    while above(low):
        low, high = low / 2, low
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if above(middle):
            high = middle
        else:
            low = middle
    return low, high


def _between(low: fmpq, high: fmpq) -> Callable[[], Any]:
    """A function that gives the ball around an interval."""
    return lambda: arb(low).union(arb(high))
