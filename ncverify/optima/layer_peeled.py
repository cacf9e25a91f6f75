r"""The optimum of the layer-peeled model (Fang et al. 2021, (1.1)), equal classes, d >= K-1.

.. math:: \min \frac1{Kn}\sum_{k,i}\mathrm{CE}(W h_{k,i}, k) \text{ s.t. } \frac1K\sum_k |w_k|^2 \le E_W,\
          \frac1K\sum_k\frac1n\sum_i |h_{k,i}|^2 \le E_H

Both constraints are met with equality, W W' = E_W (K I - J)/(K-1), h_{k,i} = sqrt(E_H/E_W) w_k, and every wrong logit
lies K sqrt(E_W E_H)/(K-1) below that of the own class. n has no influence. Below d = K-1 the value is a lower bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flint import arb, fmpq

from ncverify.arguments import Classes, Count
from ncverify.optima.reals import Positive, exact, nearest, root


@dataclass(frozen=True)
class LayerPeeledOptimum:
    """The optimum in floats; each is the closed form, rounded once.

    Attributes:
        value: log(1 + (K-1) exp(-c)).
        classifier_squared_norm: |W|^2 = K E_W.
        feature_squared_norm: |H|^2 = K n E_H.
        logit_gap: c = K sqrt(E_W E_H)/(K-1), the logit of the own class less that of any other.
        off_class_probability: 1/(e^c + K-1), the softmax of each wrong class.
    """

    value: float
    classifier_squared_norm: float
    feature_squared_norm: float
    logit_gap: float
    off_class_probability: float


def layer_peeled_optimum(K: Classes, n: Count, E_W: Positive, E_H: Positive) -> LayerPeeledOptimum:
    """The optimum for d >= K-1.

    Args:
        K: classes.
        n: samples per class.
        E_W: bound of the mean of |w_k|^2, positive.
        E_H: bound of the mean of |h_{k,i}|^2, positive.

    Raises:
        TypeError: a bound that is no real number.
        ValueError: a bound that is not positive and finite.

    Example:
        >>> best = layer_peeled_optimum(3, 2, 1.0, 4.0)
        >>> best.logit_gap, best.classifier_squared_norm, best.feature_squared_norm, round(best.value, 6)
        (3.0, 3.0, 24.0, 0.094923)
    """
    w, h = exact("E_W", E_W), exact("E_H", E_H)
    return LayerPeeledOptimum(
        value=nearest(lambda: _value(K, w, h)),
        classifier_squared_norm=nearest(lambda: arb(K * w)),
        feature_squared_norm=nearest(lambda: arb(K * n * h)),
        logit_gap=nearest(lambda: _gap(K, w, h)),
        off_class_probability=nearest(lambda: 1 / (_gap(K, w, h).exp() + K - 1)),
    )


def _gap(K: int, w: fmpq, h: fmpq) -> Any:
    return root(w * h) * K / (K - 1)


def _value(K: int, w: fmpq, h: fmpq) -> Any:
    return ((K - 1) * (-_gap(K, w, h)).exp()).log1p()
