"""The squared loss with a regularised bias: a family with every weight of it, by numbers that need no roots."""

from __future__ import annotations

from types import SimpleNamespace

from ncverify import Identity, Space, Variable
from ncverify.kinds import Array
from ncverify.literature._layer_peeled import balanced, centring, one_hot, square
from ncverify.papers import Part
from ncverify.space import SpacePoint

BOTH = Space(
    sizes={"K": (2, 3), "d": (2, 3)},
    classes=("K", (1, 2)),
    where=balanced,
    variables={
        "U": Variable("d", "K", on="orthonormal columns"),
        "a": Variable(positive=True),
        "u": Variable(low=0, high=1),
        "v": Variable(low=0, high=1),
    },
)


def at_both(p: SpacePoint) -> SimpleNamespace:
    """W = a S U', H = U S Y/a, S = u P + v J/K, and the weights for which it is the minimiser where 0 < v < u < 1."""
    c, shared = 1 - p.u**2, p.xp.ones((p.K, p.K)) / p.K
    S = p.u * centring(p) + p.v * shared
    lw, lh, lb = c / (p.K * p.a**2), c * p.a**2 / p.N, c / (p.u**2 - p.v**2)
    bias = (1 - p.v**2) / (p.K * (1 + lb))
    return SimpleNamespace(
        W=p.a * (S @ p.U.T), H=p.U @ S @ one_hot(p) / p.a, b=bias, lw=lw, lh=lh, lb=lb, c=c, beta=lb / (1 + lb)
    )


def _value_at(p: SpacePoint, q: Array) -> Array:
    residual = q.W @ q.H + q.b - one_hot(p)
    decay = q.lw * square(p, q.W) + q.lh * square(p, q.H) + q.lb * p.K * q.b**2
    return square(p, residual) / (2 * p.N) + decay / 2


ATTAINED = Identity(
    "W = a S U', H = U S Y/a, S = u P + v J/K, lb = c/(u^2 - v^2), c = 1 - u^2: f = min f, with g = v^2",
    left=lambda p: _value_at(p, at_both(p)),
    right=lambda p: (
        (
            (p.K - 1) * (at_both(p).c - at_both(p).c ** 2 / 2)
            + at_both(p).c * p.v**2
            + at_both(p).beta * (1 - p.v**2) ** 2 / 2
        )
        / p.K
    ),
)
REACHED = Part(
    ATTAINED,
    domain=BOTH,
    argument="every lw, lh, lb with c < 1 and lb > c/(1-c) occurs: a^4 = n lh/lw, u^2 = 1-c, v^2 = 1 - c - c/lb",
    beyond="only U'U = I is used, whatever the shapes",
)


SIMPLE = Space(
    sizes=BOTH.ranges, classes=("K", (1, 2)), where=balanced, variables=BOTH.variables | {"lb": Variable(low=0)}
)


def _at_simplex(p: SpacePoint) -> SimpleNamespace:
    c = 1 - p.u**2
    bias = 1 / (p.K * (1 + p.lb))
    W, H = p.a * p.u * (centring(p) @ p.U.T), p.u * (p.U @ centring(p) @ one_hot(p)) / p.a
    return SimpleNamespace(W=W, H=H, b=bias, lw=c / (p.K * p.a**2), lh=c * p.a**2 / p.N, lb=p.lb)


SIMPLEX_REACHED = Part(
    Identity(
        "W = a u P U', H = u U P Y/a, c = 1 - u^2: f = ((K-1)(c - c^2/2) + beta/2)/K, the minimum for lb <= c/(1-c)",
        left=lambda p: _value_at(p, _at_simplex(p)),
        right=lambda p: ((p.K - 1) * (1 - p.u**4) + p.lb / (1 + p.lb)) / (2 * p.K),
    ),
    domain=SIMPLE,
    argument="c - c^2/2 = (1 - u^4)/2; every lw, lh with c < 1 and every lb occurs",
    beyond="only U'U = I is used, whatever the shapes",
)
