r"""Why a point does not reach the margin bound of Theorem 3.1: its slack as three explicit non-negative terms.

.. math::
    \frac{|W|^2 + |H|^2}{2(K-1)\sqrt n} - q_{\min}
    = \underbrace{\frac{K |\bar w|^2}{2(K-1)\sqrt n}}_{\text{centring}}
    + \underbrace{\frac{\sum_{k,i} |\tilde w_k / \sqrt n - h_{k,i}|^2}{2(K-1)\sqrt n}}_{\text{alignment}}
    + \underbrace{\operatorname{mean}_{k,i,j \ne k} s_{k,i,j} - q_{\min}}_{\text{spread of margins}}

The first two terms come from completing the square; the third is a mean minus a minimum. This proves the theorem, and
its equality case: the three terms vanish together exactly at w_bar = 0, h_ki = w_k / sqrt(n), and equal differences.

For classes of sizes n_1, ..., n_K the same square is completed with sqrt(n_k) for the samples of class k: the sqrt(n)
of the denominators is the mean r of the sqrt(n_k), that of the alignment sqrt(n_k), and the mean of the differences has
the weight 1/sqrt(n_k),

.. math::
    q_{\min} \le \frac{|W|^2 + |H|^2}{2(K-1) r}, \qquad r = \frac1K \sum_k \sqrt{n_k}.

That bound is attained for equal sizes only. Equal differences c at w_bar = 0 and h_ki = w_k / sqrt(n_k) would need
|w_k|^2 = c sqrt(n_k) (K-1)/K, yet also |w_k|^2 - |w_j|^2 = c (sqrt(n_k) - sqrt(n_j)), which is K/(K-1) times as much.
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
    """(|W|^2 + |H|^2) / (2 (K-1) r), r the mean of the sqrt(n_k). *Source:* Theorem 3.1, for equal classes."""
    return p.squared_norm / (2 * (p.K - 1) * _root(p))


def centring(p: Point) -> Any:
    """K |w_bar|^2 / (2 (K-1) r): what a common shift of the classifiers wastes."""
    mean = p.xp.mean(p.W, axis=0)
    return p.K * p.xp.sum(mean * mean) / (2 * (p.K - 1) * _root(p))


def alignment(p: Point) -> Any:
    """sum |w~_k / sqrt n_k - h_ki|^2 / (2 (K-1) r): what features that differ from their classifier waste."""
    xp = p.xp
    gap = xp.take(p.centred_classifiers.T, p.labels, axis=1) / _roots(p) - p.H
    return xp.sum(gap * gap) / (2 * (p.K - 1) * _root(p))


def mean_difference(p: Point) -> Any:
    """The mean of all logit differences s_kij with j != k, each with the weight 1/sqrt(n_k)."""
    differences = between_classes(p.logit_differences, p.samples_per_class, p.xp)
    if _equal(p):
        return p.xp.mean(differences)
    return p.xp.sum(differences / _roots(p)) / ((p.K - 1) * p.K * _root(p))


def _equal(p: Point) -> bool:
    return len(set(p.class_sizes)) == 1


def _roots(p: Point) -> Any:
    """sqrt(n_k) for every sample, shape (N,); one number for equal classes."""
    sizes = p.class_sizes
    if _equal(p):
        return p.xp.sqrt(sizes[0])
    return p.xp.stack([p.xp.sqrt(n) for n in sizes for _ in range(n)])


def _root(p: Point) -> Any:
    """The mean of the sqrt(n_k)."""
    if _equal(p):
        return p.xp.sqrt(p.class_sizes[0])
    return p.xp.mean(p.xp.stack([p.xp.sqrt(n) for n in p.class_sizes]))


def margin_slack(p: Point) -> MarginSlack:
    """The decomposition of Theorem 3.1's slack at a point, of equal classes or unequal ones.

    Example:
        >>> from ncverify.collapse import collapsed_point
        >>> terms = margin_slack(collapsed_point(3, 2, 4))
        >>> bool(abs(terms.bound - terms.q_min) < 1e-15)
        True
    """
    return MarginSlack(margin_bound(p), p.q_min, centring(p), alignment(p), mean_difference(p) - p.q_min)
