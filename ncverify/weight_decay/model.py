r"""The cross-entropy of W H + b 1' with weight decay on W, H and b, any class sizes: value, gradient, Hessian product.

.. math:: f(W,H,b) = \frac1N\sum_i \mathrm{CE}(W h_i + b, k_i)
          + \tfrac{\lambda_W}2|W|^2 + \tfrac{\lambda_H}2|H|^2 + \tfrac{\lambda_b}2|b|^2

With P the softmax of the columns and G = (P - Y)/N, a direction (A, B, beta) moves the logits by
D = A H + W B + beta 1' and G by dG = (P o D - P diag(1'(P o D)))/N, so that

    Hess f (A, B, beta) = (dG H' + G B' + lambda_W A, W' dG + A' G + lambda_H B, dG 1 + lambda_b beta)

at the cost of two evaluations of the gradient. No eigenvalue is below the smaller one of lambda_b and mu =
(lambda_W + lambda_H)/2 - sqrt(((lambda_W - lambda_H)/2)^2 + |G|_2^2): the softmax part is not negative, and <G, A B> is
at least -|G|_2 |A| |B|.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ncverify.kinds import Array, Functions
from ncverify.losses.labels import one_hot
from ncverify.numbers import namespace_of
from ncverify.optima.classes import sizes
from ncverify.optima.reals import exact


@dataclass(frozen=True)
class DecayProblem:
    """Class sizes and weights of the regularised model.

    Args:
        class_sizes: n_1..n_K.
        lambda_W: weight of |W|^2 / 2, positive.
        lambda_H: weight of |H|^2 / 2, positive.
        lambda_b: weight of |b|^2 / 2, at least 0.

    Raises:
        TypeError: a weight that is no real number.
        ValueError: fewer than two classes, a class without samples, or a weight out of range.
    """

    class_sizes: Sequence[int]
    lambda_W: float  # noqa: N815 - the name of the formulas
    lambda_H: float  # noqa: N815
    lambda_b: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "class_sizes", tuple(int(n) for n in sizes(self.class_sizes)))
        for name, least in (("lambda_W", None), ("lambda_H", None), ("lambda_b", 0)):
            exact(name, getattr(self, name), least=least)
            object.__setattr__(self, name, float(getattr(self, name)))

    @property
    def K(self) -> int:  # noqa: N802 - the name of the formulas
        """Classes."""
        return len(self.class_sizes)

    @property
    def N(self) -> int:  # noqa: N802
        """Samples."""
        return sum(self.class_sizes)

    def one_hot(self, xp: Functions) -> Array:
        """Y, shape (K, N), samples class by class."""
        return one_hot(np.repeat(np.arange(self.K), self.class_sizes), self.K, xp)


class Triple(NamedTuple):
    """A point or a direction: W (K, d), H (d, N), b (K,), of one library or of balls; directions may be stacks."""

    W: Any
    H: Any
    b: Any


def fits(problem: DecayProblem, point: Triple) -> Triple:
    """The point, if its arrays have the shapes of the problem.

    Raises:
        TypeError: no three arrays.
        ValueError: other shapes.
    """
    if not isinstance(point, tuple) or len(point) != 3 or not all(hasattr(part, "shape") for part in point):
        raise TypeError(f"point: expected a Triple (W, H, b) of arrays, got {type(point).__name__}")
    W, H, b = point
    shapes = [tuple(part.shape) for part in point]
    if len(shapes[0]) != 2 or shapes[0][0] != problem.K or shapes[0][1] < 1:
        raise ValueError(f"point: W: expected shape (K, d) with K = {problem.K}, got {shapes[0]}")
    if shapes[1:] != [(shapes[0][1], problem.N), (problem.K,)]:
        wanted = f"H (d, N) and b (K,) with d = {shapes[0][1]}, N = {problem.N}, K = {problem.K}"
        raise ValueError(f"point: expected {wanted}, got {shapes[1]} and {shapes[2]}")
    return Triple(W, H, b)


def decay_value(problem: DecayProblem, point: Triple) -> Array:
    """f(W, H, b)."""
    W, H, b = fits(problem, point)
    xp = namespace_of(W)
    Z = _logits(W, H, b, xp)
    loss = xp.mean(xp.logsumexp(Z, axis=0) - xp.sum(problem.one_hot(xp) * Z, axis=0))
    cost = problem.lambda_W * xp.sum(W * W) + problem.lambda_H * xp.sum(H * H) + problem.lambda_b * xp.sum(b * b)
    return loss + cost / 2


def decay_gradient(problem: DecayProblem, point: Triple) -> Triple:
    """(G H' + lambda_W W, W' G + lambda_H H, G 1 + lambda_b b)."""
    W, H, b = fits(problem, point)
    G = logit_gradient(problem, point)
    xp = namespace_of(W)
    return Triple(
        G @ H.T + problem.lambda_W * W, W.T @ G + problem.lambda_H * H, xp.sum(G, axis=1) + problem.lambda_b * b
    )


def logit_gradient(problem: DecayProblem, point: Triple) -> Array:
    """G = (P - Y)/N, shape (K, N)."""
    xp = namespace_of(point[0])
    return (_probabilities(point, xp) - problem.one_hot(xp)) / problem.N


def decay_hessian_product(problem: DecayProblem, point: Triple, along: Triple) -> Triple:
    """Hess f (A, B, beta) without forming the Hessian; stacks of directions in NumPy are taken together.

    Args:
        problem: class sizes and weights.
        point: where.
        along: (A, B, beta) with the shapes of (W, H, b), perhaps with axes before them.

    Raises:
        ValueError: shapes that do not fit the problem.

    Example:
        >>> origin = Triple(np.zeros((2, 1)), np.zeros((1, 2)), np.zeros(2))
        >>> shift = Triple(origin.W, origin.H, np.ones(2))
        >>> image = decay_hessian_product(DecayProblem((1, 1), 1.0, 1.0), origin, shift)
        >>> image.b.tolist()
        [0.0, 0.0]
    """
    W, H, _ = fits(problem, point)
    A, B, beta = along
    xp = namespace_of(W)
    P, G = _probabilities(point, xp), logit_gradient(problem, point)
    weighted = P * (A @ H + W @ B + beta[..., None])
    dG = (weighted - P * xp.expand_dims(xp.sum(weighted, axis=-2), axis=-2)) / problem.N
    return Triple(
        dG @ H.T + G @ _transposed(B) + problem.lambda_W * A,
        W.T @ dG + _transposed(A) @ G + problem.lambda_H * B,
        xp.sum(dG, axis=-1) + problem.lambda_b * beta,
    )


def least_curvature(problem: DecayProblem, spectral_norm: float) -> float:
    """min(mu, lambda_b): no eigenvalue of the Hessian is smaller where |G|_2 is `spectral_norm`.

    Example:
        >>> least_curvature(DecayProblem((1, 1), 0.25, 0.25), 0.5)
        -0.25
    """
    w, h = problem.lambda_W, problem.lambda_H
    apart = float(np.hypot((w - h) / 2, spectral_norm))
    return min((w * h - spectral_norm**2) / ((w + h) / 2 + apart), problem.lambda_b)


def _logits(W: Array, H: Array, b: Array, xp: Functions) -> Array:
    return W @ H + xp.reshape(b, (b.shape[0], 1))


def _probabilities(point: Triple, xp: Functions) -> Array:
    Z = _logits(*point, xp)
    return xp.exp(Z - xp.expand_dims(xp.logsumexp(Z, axis=0), axis=0))


def _transposed(a: Array) -> Array:
    return a.T if len(a.shape) == 2 else a.swapaxes(-1, -2)
