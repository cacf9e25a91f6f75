"""What the papers on the regularised squared loss share: the objective, the optimum, the identities of duality.

f = (1/(2N)) |W H + b 1' - Y|^2 + (lw/2) |W|^2 + (lh/2) |H|^2 + (lb/2) |b|^2. For every E (K, N) and beta (K,) with E 1
= lb beta, at every point, in every dimension d,

    f = |W H + b 1' - Y + N E|^2/(2N) + (lh/2) |H - W'E/lh|^2 + <W, (lw I - E E'/lh) W>/2 + (lb/2) |b - beta|^2
        + <Y, E> - (N/2) |E|^2 - (lb/2) |beta|^2

so that the last line is a lower bound wherever E E' <= lw lh I, and the minimum where a point makes all squares vanish:
convex duality. There lh H = W'E and lh H'H = E'(Y - N E - beta 1').
"""

from __future__ import annotations

from functools import partial

from ncverify import Identity, Space, Variable
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import POSITIVE, balanced, centring, one_hot, peeled, square
from ncverify.papers import Part
from ncverify.space import Sizes, SpacePoint
from ncverify.statements.types import Statement

space = partial(peeled, lw=POSITIVE, lh=POSITIVE)
"""(W, H) with weights lw, lh > 0."""

free_bias = partial(space, b=Variable("K"))
"""(W, H, b), with no weight of the bias."""

biased = partial(free_bias, lb=Variable(low=0))
"""(W, H, b), with a weight lb >= 0 of the bias."""


def wide(s: Sizes) -> bool:
    """Balanced, and d >= K."""
    return balanced(s) and s.d >= s.K


def product(p: SpacePoint) -> Array:
    """W H, with the bias where there is one."""
    return p.W @ p.H + (p.xp.reshape(p.b, (p.K, 1)) if "b" in p.variables else 0)


def decay(p: SpacePoint) -> Number:
    """The terms of weight decay."""
    bias = p.lb * square(p, p.b) if "lb" in p.variables else 0
    return (p.lw * square(p, p.W) + p.lh * square(p, p.H) + bias) / 2


def objective(p: SpacePoint) -> Number:
    """f."""
    return square(p, product(p) - one_hot(p)) / (2 * p.N) + decay(p)


def root_of_sizes(p: SpacePoint) -> Array:
    """sqrt n_k, shape (K,)."""
    return p.xp.sqrt(p.xp.asarray(list(p.class_sizes)))


def strength(p: SpacePoint) -> Number:
    """c = K sqrt(n lw lh), for equal classes."""
    return p.K * p.xp.sqrt(p.N * p.lw * p.lh / p.K)


def is_learned(p: SpacePoint) -> Number:
    """c < 1, as a positive number."""
    return 1 - p.K * p.N * p.lw * p.lh


def positive_part(p: SpacePoint, x: Array) -> Array:
    """max(x, 0)."""
    return p.xp.maximum(x, p.xp.asarray(0))


def alpha(p: SpacePoint) -> Array:
    """max(0, 1-c): what is left of Y without its mean over classes."""
    return positive_part(p, 1 - strength(p))


def common(p: SpacePoint) -> Number:
    """g = max(0, 1 - c - c/lb): what is left of the mean over classes; 0 for lb = 0."""
    if "lb" not in p.variables:
        return p.xp.asarray(0)
    room = positive_part(p, p.lb - strength(p) * (1 + p.lb))
    return room / (room + strength(p) * (1 + p.lb))


def shape_of_optimum(p: SpacePoint) -> Array:
    """alpha P + (g/K) J: the minimiser has W H = this Y, and both Gram matrices are multiples of it."""
    return alpha(p) * centring(p) + common(p) * p.xp.ones((p.K, p.K)) / p.K


def bias_of_optimum(p: SpacePoint) -> Number:
    """b_k of the minimiser."""
    return (1 - common(p)) / (p.K * (1 + (p.lb if "lb" in p.variables else 0)))


def threshold(p: SpacePoint) -> Number:
    """t = N sqrt(lw lh)."""
    return p.N * p.xp.sqrt(p.lw * p.lh)


def value(p: SpacePoint) -> Number:
    """min f without a bias for equal classes: c - c^2/2 for c <= 1 and 1/2 beyond."""
    c = p.xp.minimum(strength(p), p.xp.asarray(1))
    return c - c * c / 2


def biased_value(p: SpacePoint) -> Number:
    """min f with a bias for equal classes: ((K-1) (c - c^2/2) + (c g + beta (1-g)^2/2))/K with beta = lb/(1+lb)."""
    lb = p.lb if "lb" in p.variables else p.xp.asarray(0)
    g = common(p)
    return ((p.K - 1) * value(p) + strength(p) * g + lb / (1 + lb) * (1 - g) ** 2 / 2) / p.K


# --- identities in free variables ----------------------------------------------------------------------------------

FREE = peeled(
    d=(1, 2),
    where=None,
    b=Variable("K"),
    E=Variable("K", "N"),
    beta=Variable("K"),
    lw=POSITIVE,
    lh=POSITIVE,
    lb=POSITIVE,
)


def _squares(p: SpacePoint) -> Number:
    residual = product(p) - one_hot(p) + p.N * p.E
    return (
        square(p, residual) / (2 * p.N)
        + p.lh / 2 * square(p, p.H - p.W.T @ p.E / p.lh)
        + (p.lw * square(p, p.W) - square(p, p.W.T @ p.E) / p.lh) / 2
        + p.lb / 2 * square(p, p.b - p.beta)
        + p.xp.sum(p.b * (p.lb * p.beta - p.xp.sum(p.E, axis=1)))
    )


def _bound(p: SpacePoint) -> Number:
    return p.xp.sum(one_hot(p) * p.E) - p.N / 2 * square(p, p.E) - p.lb / 2 * square(p, p.beta)


DUALITY = Identity(
    "f = squares + <b, lb beta - E 1> + <Y, E> - (N/2)|E|^2 - (lb/2)|beta|^2 for all E and beta",
    left=objective,
    right=lambda p: _squares(p) + _bound(p),
)

GRAM = Identity(
    "lh H'H = E'(Y - N E - b 1') + E'R + lh T'H with R = W H + b 1' - Y + N E and T = H - W'E/lh",
    left=lambda p: p.lh * (p.H.T @ p.H),
    right=lambda p: (
        p.E.T @ (one_hot(p) - p.N * p.E - p.xp.reshape(p.b, (p.K, 1)))
        + p.E.T @ (product(p) - one_hot(p) + p.N * p.E)
        + p.lh * (p.H - p.W.T @ p.E / p.lh).T @ p.H
    ),
)


def proved(statement: Statement, domain: Space, argument: str) -> Part:
    """A part that follows from the two identities of duality."""
    return Part(
        statement,
        domain=domain,
        proof=((DUALITY, FREE), (GRAM, FREE)),
        argument=argument,
        beyond="multiplied out, both sides are the same products of matrices, whatever the shapes",
    )
