r"""The optimum of the regularised layer-peeled model with bias (Zhu et al. 2021), equal classes, d >= K-1.

.. math:: f(W,H,b) = \frac1{Kn}\sum_{k,i}\mathrm{CE}(W h_{k,i} + b, k)
          + \tfrac{\lambda_W}2|W|^2 + \tfrac{\lambda_H}2|H|^2 + \tfrac{\lambda_b}2|b|^2

With s^2 = n lambda_W lambda_H and sigma = min(s, 1/K), the softmax of every wrong class at the optimum, the logits of a
sample are c above those of the other classes, c = log(1/sigma - (K-1)), and

    min f = -log(1 - (K-1) sigma) + (K-1) sigma c
    W W'  = sqrt(n lambda_H / lambda_W) c (I - J/K),   h_{k,i} = sqrt(lambda_W / (n lambda_H)) w_k
    b     = 0 for lambda_b > 0, and any multiple of (1, ..., 1) for lambda_b = 0

Zero takes over where s = 1/K: W = H = 0 is a minimiser if and only if K^2 n lambda_W lambda_H >= 1, and this holds in
every dimension d >= 1. `regularised_excess` is the proof: f minus this value as a sum of terms that are not negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from ncverify.arguments import Classes, Count
from ncverify.optima.reals import Positive, exact, nearest, root


@dataclass(frozen=True)
class RegularisedOptimum:
    """The optimum in floats; each is the closed form, rounded once.

    Attributes:
        value: min f, at most log K.
        classifier_squared_norm: |W|^2 = sqrt(n lambda_H / lambda_W) (K-1) c.
        feature_squared_norm: |H|^2 = sqrt(n lambda_W / lambda_H) (K-1) c.
        logit_gap: c, the logit of the own class less that of any other.
        off_class_probability: sigma, the softmax of each wrong class.
        is_zero: whether W = H = 0 is the minimiser: K^2 n lambda_W lambda_H >= 1, decided exactly.
    """

    value: float
    classifier_squared_norm: float
    feature_squared_norm: float
    logit_gap: float
    off_class_probability: float
    is_zero: bool


def zero_threshold(K: Classes, n: Count) -> Fraction:
    """1/(K^2 n): the least lambda_W lambda_H for which W = H = 0 is a minimiser, for equal classes, any d >= 1.

    Args:
        K: classes.
        n: samples per class.

    Example:
        >>> zero_threshold(4, 5)
        Fraction(1, 80)
    """
    return Fraction(1, K * K * n)


def zero_is_optimal(K: Classes, n: Count, lambda_W: Positive, lambda_H: Positive) -> bool:
    """Whether W = H = 0 minimises f: K^2 n lambda_W lambda_H >= 1, decided exactly; any d >= 1, any lambda_b >= 0.

    Args:
        K: classes.
        n: samples per class.
        lambda_W: weight of |W|^2 / 2, positive; a float is the dyadic fraction that it is, so 1/9 is `Fraction(1, 9)`.
        lambda_H: weight of |H|^2 / 2, positive.

    Raises:
        TypeError: a weight that is no real number.
        ValueError: a weight that is not positive and finite.

    Example:
        >>> zero_is_optimal(2, 1, 0.5, 0.5), zero_is_optimal(2, 1, 0.5, 0.49)
        (True, False)
    """
    return bool(_room(K, n, exact("lambda_W", lambda_W), exact("lambda_H", lambda_H)) <= 0)


def regularised_optimum(K: Classes, n: Count, lambda_W: Positive, lambda_H: Positive) -> RegularisedOptimum:
    """The optimum for d >= K-1; the value is a lower bound of f in every dimension, and no lambda_b >= 0 changes it.

    Args:
        K: classes.
        n: samples per class.
        lambda_W: weight of |W|^2 / 2, positive.
        lambda_H: weight of |H|^2 / 2, positive.

    Raises:
        TypeError: a weight that is no real number.
        ValueError: a weight that is not positive and finite: without one f has no minimum.

    Example:
        >>> best = regularised_optimum(2, 1, 0.1, 0.1)
        >>> round(best.value, 6), round(best.classifier_squared_norm, 6), best.is_zero
        (0.325083, 2.197225, False)
    """
    w, h = exact("lambda_W", lambda_W), exact("lambda_H", lambda_H)
    return RegularisedOptimum(
        value=nearest(lambda: value_ball(K, n, w, h)),
        classifier_squared_norm=nearest(lambda: root(n * h / w) * (K - 1) * gap_ball(K, n, w, h)),
        feature_squared_norm=nearest(lambda: root(n * w / h) * (K - 1) * gap_ball(K, n, w, h)),
        logit_gap=nearest(lambda: gap_ball(K, n, w, h)),
        off_class_probability=nearest(lambda: _sigma(K, n, w, h)),
        is_zero=bool(_room(K, n, w, h) <= 0),
    )


def value_ball(K: Classes, n: Count, w: fmpq, h: fmpq) -> Any:
    """min f as a ball, at the precision in force; w, h = lambda_W, lambda_H."""
    if _room(K, n, w, h) <= 0:
        return arb(K).log()
    wrong = (K - 1) * _sigma(K, n, w, h)
    return -(-wrong).log1p() + wrong * gap_ball(K, n, w, h)


def gap_ball(K: Classes, n: Count, w: fmpq, h: fmpq) -> Any:
    """c = log(1/sigma - (K-1)) = log(1 + (1 - K s)/s) as a ball; 1 - K s = (1 - K^2 s^2)/(1 + K s) does not cancel."""
    room = _room(K, n, w, h)
    if room <= 0:
        return arb(0)
    s = root(n * w * h)
    return (arb(room) / (1 + K * s) / s).log1p()


def _sigma(K: int, n: int, w: fmpq, h: fmpq) -> Any:
    return arb(fmpq(1, K)) if _room(K, n, w, h) <= 0 else root(n * w * h)


def _room(K: int, n: int, w: fmpq, h: fmpq) -> fmpq:
    """1 - K^2 n lambda_W lambda_H, exactly."""
    return 1 - K * K * n * w * h
