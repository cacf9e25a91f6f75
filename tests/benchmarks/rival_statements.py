"""False statements for the comparison with other searches: of the benchmark alone, each with a point that refutes it.

Some fail at every other point, some on a narrow band, some near a single point, some only where hypotheses leave little
room.
"""

from fractions import Fraction

import numpy as np

from ncverify import Domain, Inequality, Point

DOMAIN = Domain(K=(2, 3), n=(1, 2), d=(1, 2))


def pair(W, H):
    """A point of float coordinates."""
    return Point(np.asarray(W, dtype=float), np.asarray(H, dtype=float))


def opposite(size):
    """Two classes, one sample each, at plus and minus a size."""
    return pair([[size], [-size]], [[size, -size]])


def corner(p):
    return p.W[0, 0], p.H[0, 0]


def near_two(p):
    w, h = corner(p)
    return 1000 * ((w - h) ** 2 + (w - 2) ** 2) - Fraction(1, 100)


def on_two_curves(p):
    w, h = corner(p)
    return (w * w + h * h - 4) ** 2 + (w * h - 2) ** 2 - Fraction(1, 10_000)


def almost_parallel(p):
    u, v = p.W[0], p.W[1]
    return Fraction(9, 10) * p.xp.sum(u * u) * p.xp.sum(v * v) - p.xp.sum(u * v) ** 2


def skewness(p):
    m = p.margins
    return p.xp.sqrt(p.xp.var(m)) / 2 - (p.xp.mean(m) - p.xp.median(m))


def gradient_dominates(p):
    g = p.gradient
    return p.xp.sum(g.W * g.W) + p.xp.sum(g.H * g.H) - p.loss**2 / 10


FALSE = (
    (
        Inequality("the margin is below a quarter of the norm", slack=lambda p: p.squared_norm / 4 - p.q_min),
        opposite(1),
    ),
    (Inequality("the loss has a floor", slack=lambda p: p.loss - p.K * p.n * p.xp.log(p.K) / 2), opposite(3)),
    (
        Inequality("fourth powers", slack=lambda p: 2 * p.xp.sum(p.W**2) ** 2 - p.K * p.d * p.xp.sum(p.W**4)),
        pair([[1, 0], [0, 0]], [[0, 0], [0, 0]]),
    ),
    (
        Inequality(
            "logits are at most half of the product of the norms",
            slack=lambda p: p.xp.sum(p.W**2) * p.xp.sum(p.H**2) / 4 - p.xp.max(p.xp.abs(p.logits)) ** 2,
        ),
        pair([[1], [0]], [[1, 0]]),
    ),
    (
        Inequality(
            "no probability above 0.999",
            slack=lambda p: Fraction(999, 1000) - p.xp.max(p.xp.softmax(p.logits, axis=0)),
        ),
        opposite(4),
    ),
    (
        Inequality(
            "the loss beside a margin of one",
            slack=lambda p: p.loss - Fraction(65, 100),
            given=[lambda p: p.q_min - 1, lambda p: Fraction(11, 10) - p.q_min, lambda p: p.W[0, 0] - 3],
        ),
        pair([[4], [0]], [[0.2625, -0.2625]]),
    ),
    (Inequality("no two classifiers are almost parallel", slack=almost_parallel), pair([[1], [1]], [[0, 0]])),
    (
        Inequality(
            "sums of absolute values",
            slack=lambda p: Fraction(361, 100) * p.xp.sum(p.W**2) - p.xp.sum(p.xp.abs(p.W)) ** 2,
        ),
        pair([[1, 1], [1, 1]], [[0, 0], [0, 0]]),
    ),
    (Inequality("away from a point", slack=near_two), pair([[2], [0]], [[2, 0]])),
    (
        Inequality(
            "waves",
            slack=lambda p: Fraction(199, 100) - p.xp.sin(7 * p.W[0, 0]) - p.xp.cos(5 * p.H[0, 0]),
        ),
        pair([[0.2244], [0]], [[0, 0]]),
    ),
    (
        Inequality(
            "small points have the loss of zero",
            slack=lambda p: p.loss - p.K * p.n * p.xp.log(p.K),
            given=[lambda p: Fraction(1, 100) - p.squared_norm],
        ),
        opposite(1 / 32),
    ),
    (
        Inequality(
            "margins differ by a factor of two",
            slack=lambda p: 2 * p.q_min - p.xp.max(p.margins),
            given=[lambda p: p.q_min],
        ),
        pair([[1], [-1]], [[1, -4]]),
    ),
    (
        Inequality(
            "large margins need a norm of a hundred",
            slack=lambda p: p.squared_norm - 100,
            given=[lambda p: p.q_min - 40],
        ),
        opposite(4.6),
    ),
    (Inequality("the gradient dominates", slack=gradient_dominates), pair([[0], [0]], [[0, 0]])),
    (Inequality("mean and median", slack=skewness), pair([[1], [-1]], [[0.5, 0.5, -0.5, -4.5]])),
    (
        Inequality(
            "the loss is half of its bound",
            slack=lambda p: p.K * p.n * (p.K - 1) * p.xp.exp(-p.q_min) / 2 - p.loss,
            given=[lambda p: p.q_min],
        ),
        opposite(2),
    ),
    (
        Inequality(
            "a ratio and its inverse",
            slack=lambda p: p.W[0, 0] / p.H[0, 0] + p.H[0, 0] / p.W[0, 0] - 2 - Fraction(1, 1000),
            given=[lambda p: p.W[0, 0], lambda p: p.H[0, 0]],
        ),
        pair([[1], [0]], [[1, 0]]),
    ),
    (Inequality("where two curves meet", slack=on_two_curves), pair([[1.41421], [0]], [[1.41421, 0]])),
)
