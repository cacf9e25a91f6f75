r"""The optimum of the regularised squared loss with a bias, equal classes.

.. math:: f(W,H,b) = \frac1{2Kn}|WH + b1' - Y|^2
          + \tfrac{\lambda_W}2|W|^2 + \tfrac{\lambda_H}2|H|^2 + \tfrac{\lambda_b}2|b|^2

With c = K sqrt(n lambda_W lambda_H), alpha = max(0, 1-c), beta = lambda_b/(1+lambda_b), g = max(0, 1 - c/beta) (0 for
lambda_b = 0), P = I - J/K and d >= K,

    W H = (alpha P + (g/K) J) Y,   b = (1-g)/(K(1+lambda_b)) 1,   h_{k,i} = m_k
    W W' = sqrt(n lambda_H/lambda_W) (alpha P + (g/K) J),   M'M = sqrt(lambda_W/(n lambda_H)) (alpha P + (g/K) J)
    min f = ((K-1)/K) (c - c^2/2, or 1/2 for c >= 1) + (1/K) (c - c^2/(2 beta), or beta/2 for c >= beta)

A simplex for c < 1 and lambda_b <= c/(1-c), an orthogonal frame as lambda_b -> infinity, W = H = 0 if and only if
c >= 1. For d = K-1 the common part does not fit in: the same with g = 0, for every lambda_b.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flint import arb, fmpq

from ncverify.arguments import Classes, Count
from ncverify.optima.reals import NotNegative, Positive, exact, nearest, root


@dataclass(frozen=True)
class SquaredBiasOptimum:
    """The optimum in floats; each is the closed form, rounded once.

    Attributes:
        value: min f.
        simplex_strength: alpha, by which the part of Y without its mean over classes is shrunk.
        common_strength: g, by which the mean over classes is shrunk.
        bias: b_k, the same for every class.
        classifier_gram: w_k.w_k and w_k.w_l for k != l.
        mean_gram: m_k.m_k and m_k.m_l for k != l.
        is_zero: whether W = H = 0 is the minimiser: c >= 1, decided exactly.
        is_simplex: whether the classifiers are a simplex: c < 1 and g = 0, decided exactly.
    """

    value: float
    simplex_strength: float
    common_strength: float
    bias: float
    classifier_gram: tuple[float, float]
    mean_gram: tuple[float, float]
    is_zero: bool
    is_simplex: bool


def squared_bias_optimum(
    K: Classes, n: Count, lambda_W: Positive, lambda_H: Positive, lambda_b: NotNegative = 0.0, d: Count | None = None
) -> SquaredBiasOptimum:
    """The optimum of the squared loss with weight decay and a bias, free (lambda_b = 0) or regularised.

    Args:
        K: classes.
        n: samples per class.
        lambda_W: weight of |W|^2 / 2, positive.
        lambda_H: weight of |H|^2 / 2, positive.
        lambda_b: weight of |b|^2 / 2, at least 0.
        d: dimension of the features, K-1 or more; by default K or more.

    Raises:
        TypeError: a weight that is no real number.
        ValueError: a weight out of range, or d < K-1.

    Example:
        >>> free = squared_bias_optimum(2, 1, 0.25, 0.25)
        >>> free.value, free.bias, free.classifier_gram, free.is_simplex
        (0.1875, 0.5, (0.25, -0.25), True)
        >>> squared_bias_optimum(2, 1, 0.25, 0.25, 3.0).common_strength
        0.3333333333333333
    """
    w, h, b = exact("lambda_W", lambda_W), exact("lambda_H", lambda_H), exact("lambda_b", lambda_b, least=0)
    if d is not None and d < K - 1:
        raise ValueError(f"d: expected d >= K-1 = {K - 1}, in which a simplex of K classes fits, got {d}")
    m = _Modes(K, n, w, h, b, common=d is None or d >= K)
    return SquaredBiasOptimum(
        value=nearest(m.value),
        simplex_strength=nearest(m.alpha),
        common_strength=nearest(m.g),
        bias=nearest(lambda: m.missing() / (K * (1 + b))),
        classifier_gram=m.gram(n * h / w),
        mean_gram=m.gram(w / (n * h)),
        is_zero=not m.learned,
        is_simplex=m.learned and not m.common,
    )


class _Modes:
    """alpha and g as balls; which of them vanish is decided exactly."""

    def __init__(self, K: int, n: int, w: fmpq, h: fmpq, b: fmpq, common: bool) -> None:
        self.K, self.b, self.beta = K, b, b / (1 + b)
        self.square = K * K * n * w * h  # c^2
        self.learned = bool(self.square < 1)
        self.common = common and bool(self.square < self.beta * self.beta)

    def c(self) -> Any:
        return root(self.square)

    def alpha(self) -> Any:
        return (1 - self.square) / (1 + self.c()) if self.learned else arb(0)

    def g(self) -> Any:
        return (self.beta**2 - self.square) / (self.beta * (self.beta + self.c())) if self.common else arb(0)

    def missing(self) -> Any:
        """1 - g."""
        return self.c() / self.beta if self.common else arb(1)

    def value(self) -> Any:
        c = self.c()
        simplex = c - self.square / 2 if self.learned else arb(fmpq(1, 2))
        common = c - self.square / (2 * self.beta) if self.common else arb(self.beta) / 2
        return ((self.K - 1) * simplex + common) / self.K

    def gram(self, square: fmpq) -> tuple[float, float]:
        """Entries on and off the diagonal of sqrt(square) (alpha P + (g/K) J)."""
        on = nearest(lambda: root(square) * ((self.K - 1) * self.alpha() + self.g()) / self.K)
        return on, nearest(lambda: -root(square) * self._gap() / self.K)

    def _gap(self) -> Any:
        """alpha - g, without cancellation: 1 - c - (1 - c/beta) = c/lambda_b."""
        return self.c() / self.b if self.common else self.alpha()
