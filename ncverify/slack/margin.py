r"""Why a point does not reach the margin bound of Theorem 3.1: its slack as three explicit non-negative terms.

.. math::
    \frac{|W|^2 + |H|^2}{2(K-1)\sqrt n} - q_{\min}
    = \underbrace{\frac{K |\bar w|^2}{2(K-1)\sqrt n}}_{\text{centring}}
    + \underbrace{\frac{\sum_{k,i} |\tilde w_k / \sqrt n - h_{k,i}|^2}{2(K-1)\sqrt n}}_{\text{alignment}}
    + \underbrace{\operatorname{mean}_{k,i,j \ne k} s_{k,i,j} - q_{\min}}_{\text{spread of margins}}

The first two terms come from completing the square; the third is a mean minus a minimum. This proves the theorem, and
its equality case: the three terms vanish together exactly at w_bar = 0, h_ki = w_k / sqrt(n), and equal differences.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ncverify.model import between_classes
from ncverify.point import Point


class MarginSlack(NamedTuple):
    """The bound of Theorem 3.1, the margin, and the three terms of their difference; units of squared norms."""

    bound: Any
    q_min: Any
    centring: Any
    alignment: Any
    spread: Any


def margin_bound(p: Point) -> Any:
    """(|W|^2 + |H|^2) / (2 (K-1) sqrt n). *Source:* Theorem 3.1."""
    return p.squared_norm / (2 * (p.K - 1) * p.xp.sqrt(p.n))


def centring(p: Point) -> Any:
    """K |w_bar|^2 / (2 (K-1) sqrt n): what a common shift of the classifiers wastes."""
    mean = p.xp.mean(p.W, axis=0)
    return p.K * p.xp.sum(mean * mean) / (2 * (p.K - 1) * p.xp.sqrt(p.n))


def alignment(p: Point) -> Any:
    """sum |w~_k / sqrt n - h_ki|^2 / (2 (K-1) sqrt n): what features that differ from their classifier waste."""
    xp, root = p.xp, p.xp.sqrt(p.n)
    columns = xp.integers([column // p.n for column in range(p.K * p.n)])
    gap = xp.take(p.centred_classifiers.T, columns, axis=1) / root - p.H
    return xp.sum(gap * gap) / (2 * (p.K - 1) * root)


def mean_difference(p: Point) -> Any:
    """The mean of all logit differences s_kij with j != k."""
    return p.xp.mean(between_classes(p.logit_differences, p.n, p.xp))


def margin_slack(p: Point) -> MarginSlack:
    """The decomposition of Theorem 3.1's slack at a point.

    Example:
        >>> from ncverify.collapse import collapsed_point
        >>> terms = margin_slack(collapsed_point(3, 2, 4))
        >>> bool(abs(terms.bound - terms.q_min) < 1e-15)
        True
    """
    return MarginSlack(margin_bound(p), p.q_min, centring(p), alignment(p), mean_difference(p) - p.q_min)
