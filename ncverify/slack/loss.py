r"""Why a point does not reach the loss bound of Theorem 3.3: its slack as three explicit non-negative terms.

With N = nK samples, x_ki the mean over j of the logit differences s_kij, x their mean over all samples,
X = (|W|^2 + |H|^2) / (2 (K-1) sqrt n), phi(y) = exp(y) - 1 - y >= 0, and c(x) = (K-1) / (K-1 + exp(x)):

.. math::
    L - N \log(1 + (K-1) e^{-X})
    &= \sum_{k,i} \log\bigl(1 + c(x_{ki}) \operatorname{mean}_j \varphi(x_{ki} - s_{kij})\bigr) \\
    &+ \sum_{k,i} \log\bigl(1 + (1-c) \varphi(c\, t_{ki}) + c\, \varphi(-(1-c) t_{ki})\bigr) \\
    &+ N \log\bigl(1 + c(X) (e^{X - x} - 1)\bigr)

where t_ki = x_ki - x and c = c(x). The first term, the imbalance, is the slack of (C.1); the second, the spread, that
of the second line of (C.2); in the third, the misalignment, X - x is a sum of squares: the centring and alignment of
Theorem 3.1. So the bound is attained exactly where all differences of a sample agree, all x_ki agree, W is centred, and
w_k = sqrt(n) h_ki.

It is about classes of one size. With unequal ones the last step wants sqrt(n_k) for the features of class k, the second
one weight for every sample; no exponent in the norms alone is attained, so there is no slack to explain. Optima with
unequal classes, and lower bounds that are certified, are in `ncverify.optima`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ncverify.kinds import Array, Functions
from ncverify.model import between_classes
from ncverify.point import Point
from ncverify.slack.margin import alignment, centring, margin_bound

_NEAR = 30.0  # beyond, exp may overflow, and a plain difference of losses no longer cancels


class LossSlack(NamedTuple):
    """The loss, its lower bound on the sphere (C.2), and the three terms of their difference; nats."""

    loss: Any
    bound: Any
    imbalance: Any
    spread: Any
    misalignment: Any


def sphere_bound(p: Point) -> Any:
    """The lower bound of the loss on the point's sphere, nK log(1 + (K-1) exp(-X)). *Source:* last line of (C.2)."""
    _check_sizes(p)
    return p.n * p.K * uniform_loss(margin_bound(p), p)


def _check_sizes(p: Point) -> None:
    if len(set(p.class_sizes)) > 1:
        raise ValueError(
            f"p: expected classes of one size, got {p.class_sizes}: the bound (C.2) and its slack are about these "
            "alone; take as many samples of each class, or ncverify.optima for optima with unequal classes"
        )


def uniform_loss(x: Array, p: Point) -> Any:
    """log(1 + (K-1) exp(-x)): the loss of a sample whose K-1 logit differences all equal x."""
    return p.xp.softplus(p.xp.log(p.K - 1) - x)


def mean_differences(p: Point) -> Any:
    """x_ki, the mean over j != k of s_kij, which is K w~_k.h_ki / (K-1); shape (K*n,). *Source:* below (C.1)."""
    return p.xp.mean(between_classes(p.logit_differences, p.n, p.xp), axis=0)


def misalignment_exponent(p: Point) -> Any:
    """X - x >= 0: how far the mean logit difference stays behind what the norms allow; a sum of squares."""
    return centring(p) + alignment(p)


def loss_slack(p: Point) -> LossSlack:
    """The decomposition of Theorem 3.3's slack at a point.

    Args:
        p: a point of any shape with classes of one size, in any arithmetic.

    Raises:
        ValueError: the classes have different sizes.

    Example:
        >>> from ncverify.collapse import collapsed_point
        >>> terms = loss_slack(collapsed_point(3, 2, 2, squared_norm=9.0))
        >>> bool(abs(terms.loss - terms.bound) < 1e-14)
        True
    """
    _check_sizes(p)
    return LossSlack(p.loss, sphere_bound(p), imbalance(p), spread(p), misalignment(p))


def imbalance(p: Point) -> Any:
    """The slack of (C.1): wrong classes that are not equally far."""
    xp = p.xp
    x = mean_differences(p)
    y = xp.expand_dims(x, axis=0) - between_classes(p.logit_differences, p.n, xp)
    largest = xp.max(y, axis=0)
    near = xp.log1p(_wrong_weight(x, p) * xp.mean(_excess(_bounded(y, xp), xp), axis=0))
    far = xp.softplus(xp.logsumexp(y - xp.expand_dims(x, axis=0), axis=0)) - uniform_loss(x, p)
    return xp.sum(xp.where(largest <= _NEAR, near, far))


def spread(p: Point) -> Any:
    """The slack of the second line of (C.2): samples that are not equally far from their wrong classes."""
    xp = p.xp
    x = mean_differences(p)
    mean = xp.mean(x)
    t, c = x - mean, _wrong_weight(mean, p)
    s = _bounded(xp.abs(t), xp) * xp.sign(t)
    near = xp.log1p((1 - c) * _excess(c * s, xp) + c * _excess(-(1 - c) * s, xp))
    far = uniform_loss(x, p) - uniform_loss(mean, p) + c * t
    return xp.sum(xp.where(xp.abs(t) <= _NEAR, near, far))


def misalignment(p: Point) -> Any:
    """The slack of the last two lines of (C.2): features that differ from their classifier, or W not centred."""
    xp = p.xp
    exponent, top = misalignment_exponent(p), margin_bound(p)
    near = xp.log1p(_wrong_weight(top, p) * xp.expm1(_bounded(exponent, xp)))
    far = uniform_loss(top - exponent, p) - uniform_loss(top, p)
    return p.n * p.K * xp.where(exponent <= _NEAR, near, far)


def attains_sphere_bound(p: Point) -> Any:
    """Whether the loss equals its bound (C.2): the three terms vanish; polynomial in the point, so decided exactly."""
    xp = p.xp
    x = mean_differences(p)
    balanced = xp.all(between_classes(p.logit_differences, p.n, xp) == xp.expand_dims(x, axis=0))
    return balanced & xp.all(x == xp.mean(x)) & (misalignment_exponent(p) == 0)


def _wrong_weight(x: Array, p: Point) -> Any:
    """c(x) = (K-1) exp(-x) / (1 + (K-1) exp(-x)): the probability of all wrong classes together."""
    odds = p.xp.log(p.K - 1) - x
    return p.xp.exp(odds - p.xp.softplus(odds))


def _bounded(y: Array, xp: Functions) -> Any:
    return xp.minimum(y, _NEAR)


def _excess(y: Array, xp: Functions) -> Any:
    """phi(y) = exp(y) - 1 - y, non-negative, zero at zero only."""
    return xp.expm1(y) - y
