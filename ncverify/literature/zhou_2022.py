"""Zhou, Li, Ding, You, Qu and Zhu: On the Optimization Landscape of Neural Collapse under MSE Loss.

With G = (W H + b 1' - Y)/N, a point is critical where G H' = -lw W, W'G = -lh H and G 1 = -lb b, so that G G'W = lw lh
W. If G G' <= lw lh I, duality with E = -G and beta = b shows that it is a global minimiser. Else take unit vectors with
u'G v > sqrt(lw lh) and, for W a = 0, hence H'a = 0 by the balance of W'W and H H', move W along u a' and H along -a v':
negative curvature. For d >= K there is such an a, or W is invertible, and then G G' = lw lh I. Class sizes play no
role.
"""

from __future__ import annotations

from collections.abc import Sequence

from ncverify import Identity, Optimum, Space, Variable
from ncverify.kinds import Array, Number, TruthValue
from ncverify.literature._layer_peeled import POSITIVE, centring, flat, one_hot, peeled, square
from ncverify.literature._means import class_means
from ncverify.literature._regularised_squared import (
    DUALITY,
    FREE,
    biased,
    biased_value,
    free_bias,
    is_learned,
    objective,
    proved,
    wide,
)
from ncverify.literature._transition import BOTH, REACHED
from ncverify.papers import Claim, Correction, Neighbour, Paper, Part, Witness
from ncverify.space import SpacePoint
from ncverify.statements.types import Function

FREE_BIAS, ANY_BIAS = free_bias(where=wide), biased(where=wide)


def is_simplex(p: SpacePoint) -> Number:
    """(K-1) W W' = |W|^2 P and (K-1) M'M = |M|^2 P, W parallel to M'."""
    M = class_means(p)
    return (
        -square(p, (p.K - 1) * (p.W @ p.W.T) - square(p, p.W) * centring(p))
        - square(p, (p.K - 1) * (M.T @ M) - square(p, M) * centring(p))
        - square(p, p.W * square(p, M) - p.xp.sum(p.W * M.T) * M.T)
    )


def _is_simplex_not_zero(p: SpacePoint) -> TruthValue:
    return (is_simplex(p) >= 0) & (square(p, p.W) > 0)


def _at_minimum(name: str, conclusion: Function, given: Sequence[Function] = ()) -> Optimum:
    return Optimum(name, objective=objective, value=biased_value, conclusion=conclusion, given=given)


NOT_ZERO = _at_minimum("every global minimiser has nonzero rows of W that form a simplex", _is_simplex_not_zero)
BELOW = _at_minimum("c < 1: the same", _is_simplex_not_zero, [is_learned])
SMALL_BIAS_DECAY = _at_minimum(
    "c < 1, lb <= c/(1-c): a simplex",
    lambda p: -square(p, (p.K - 1) * class_means(p).T @ class_means(p) - square(p, class_means(p)) * centring(p)),
    [is_learned, lambda p: p.lb**2 <= p.K * p.N * p.lw * p.lh * (1 + p.lb) ** 2],
)


def _means_at_both(p: SpacePoint) -> Array:
    return p.U @ (p.u * centring(p) + p.v * p.xp.ones((p.K, p.K)) / p.K) / p.a


SIMPLEX_AT_BOTH = Identity(
    "at these minimisers (K-1) M'M = |M|^2 P",
    left=lambda p: (p.K - 1) * _means_at_both(p).T @ _means_at_both(p),
    right=lambda p: square(p, _means_at_both(p)) * centring(p),
    given=[lambda p: p.u - p.v, lambda p: 1 - p.u],
)

GRADIENTS = Space(
    sizes={"K": (2, 3), "d": (1, 3), "N": (2, 4)},
    variables={
        "W": Variable("K", "d"),
        "H": Variable("d", "N"),
        "G": Variable("K", "N"),
        "lw": Variable(positive=True),
        "lh": Variable(positive=True),
    },
)


def _slopes(p: SpacePoint) -> tuple[Array, Array]:
    return p.G @ p.H.T + p.lw * p.W, p.W.T @ p.G + p.lh * p.H


CRITICAL = Identity(
    "of the gradients: lw W'W = lh H H' and G G'W = lw lh W at critical points",
    left=lambda p: flat(p, p.W.T @ _slopes(p)[0] - _slopes(p)[1] @ p.H.T, p.G @ _slopes(p)[1].T - p.lh * _slopes(p)[0]),
    right=lambda p: flat(p, p.lw * (p.W.T @ p.W) - p.lh * (p.H @ p.H.T), p.G @ (p.G.T @ p.W) - p.lw * p.lh * p.W),
)

NULL = peeled(
    d=(1, 2),
    where=None,
    b=Variable("K"),
    u=Variable("K", on="sphere"),
    v=Variable("N", on="sphere"),
    r=POSITIVE,
    s=POSITIVE,
    lb=Variable(low=0),
    e=Variable(),
)


def _value(p: SpacePoint, W: Array, H: Array) -> Number:
    residual = W @ H + p.xp.reshape(p.b, (p.K, 1)) - one_hot(p)
    norms = p.r**2 * square(p, W) + p.s**2 * square(p, H) + p.lb * square(p, p.b)
    return square(p, residual) / (2 * p.N) + norms / 2


def _along(p: SpacePoint, e: Array, sign: Number = -1) -> Number:
    """f with one dimension more, unused at e = 0: W moves along s u, H along -r v; lw = r^2, lh = s^2."""
    xp = p.xp
    W = xp.concat([p.W, xp.reshape(e * p.s * p.u, (p.K, 1))], axis=1)
    H = xp.concat([p.H, xp.reshape(sign * e * p.r * p.v, (1, p.N))], axis=0)
    return _value(p, W, H)


def _rise(p: SpacePoint, factor: Number = 1) -> Number:
    residual = (p.W @ p.H + p.xp.reshape(p.b, (p.K, 1)) - one_hot(p)) / p.N
    slope = p.r * p.s - p.xp.sum(p.u * (residual @ p.v))
    return factor * p.e**2 * p.r * p.s * slope + p.e**4 * (p.r * p.s) ** 2 / (2 * p.N)


CURVATURE = Identity(
    "W a = 0, H'a = 0: f(W + e s u a', H - e r a v', b) - f = e^2 r s (r s - u'G v) + e^4 (r s)^2/(2N)",
    left=lambda p: _along(p, p.e) - _value(p, p.W, p.H),
    right=_rise,
)

WRONG_CURVATURE = tuple(
    Neighbour(Identity(name, left=left, right=right), NULL)
    for name, left, right in (
        ("with H moved the other way", lambda p: _along(p, p.e, 1) - _value(p, p.W, p.H), _rise),
        ("half of the curvature", lambda p: _along(p, p.e) - _value(p, p.W, p.H), lambda p: _rise(p, 0.5)),
    )
)
UNBALANCED = Neighbour(
    Identity(
        "lw W'W = lh H H' with the weights exchanged",
        left=lambda p: p.W.T @ _slopes(p)[0] - _slopes(p)[1] @ p.H.T,
        right=lambda p: p.lh * (p.W.T @ p.W) - p.lw * (p.H @ p.H.T),
    ),
    GRADIENTS,
)

PAPER = Paper(
    key="zhou-2022",
    title="On the Optimization Landscape of Neural Collapse under MSE Loss",
    authors="Jinxin Zhou, Xiao Li, Tianyu Ding, Chong You, Qing Qu, Zhihui Zhu",
    arxiv="2203.01238",
    year=2022,
    claims=(
        Claim(
            id="zhou-etf-all-lambda",
            where="theorem on global optimality",
            kind="claim",
            attribution="reading",
            says="free bias, any lw, lh > 0: the rows of W are nonzero and form a simplex parallel to the means",
            printed=r"\lambda_W,\lambda_H>0:\ w_k\ne0,\ WW^\top\propto P,\ W\propto M^\top",
            verdict="false",
            reason="c = K sqrt(n lw lh) >= 1: W = 0 is the only minimiser; a reading, no verdict on the paper",
            severity="local",
            effect="needs c < 1; d >= K-1 suffices",
            parts=(
                Part(
                    NOT_ZERO,
                    domain=FREE_BIAS,
                    witness=Witness(
                        W=[[0, 0], [0, 0]], H=[[0, 0], [0, 0]], b=["1/2", "1/2"], lw=1, lh=1, class_sizes=(1, 1)
                    ),
                ),
            ),
            correction=Correction(
                latex=r"K\sqrt{n\lambda_W\lambda_H}<1",
                parts=(proved(BELOW, FREE_BIAS, "E = (c/N) P Y: R = T = 0 and 1'W = 0 give W H = (1-c) P Y and H'H"),),
            ),
            neighbours=(Neighbour(NOT_ZERO, FREE_BIAS),),
        ),
        Claim(
            id="zhou-landscape",
            where="theorem on the landscape",
            kind="claim",
            attribution="seen",
            says="lb >= 0, d >= K: a critical point is a global minimiser or has negative curvature",
            printed=r"\nabla f=0\ \Rightarrow\ f=\min f\ \text{or}\ \lambda_{\min}(\nabla^2f)<0",
            verdict="holds",
            reason=(
                "G G' <= lw lh I gives a global minimiser; else a null vector of W gives negative curvature, and an "
                "invertible W has G G' = lw lh I; any class sizes"
            ),
            parts=(
                Part(
                    CRITICAL,
                    domain=GRADIENTS,
                    argument="both gradients vanish at a critical point; W a = 0 gives |H'a| = 0",
                    beyond="multiplied out, the other terms cancel, whatever the shapes",
                ),
                Part(
                    CURVATURE,
                    domain=NULL,
                    argument="u'G v = |G|_2 > r s = sqrt(lw lh) makes the coefficient of e^2 negative",
                    beyond="only W a = 0, H'a = 0, |u| = |v| = 1 are used; a may be taken as the last unit vector",
                ),
                Part(
                    DUALITY,
                    domain=FREE,
                    argument="E = -G, beta = b: at the point itself all squares vanish, and they are >= 0 everywhere",
                    beyond="multiplied out, both sides are the same products of matrices, whatever the shapes",
                ),
            ),
            neighbours=(*WRONG_CURVATURE, UNBALANCED),
        ),
        Claim(
            id="zhou-etf-any-lb",
            where="theorem on global optimality with regularised bias",
            kind="claim",
            attribution="reading",
            says="c < 1, any lb >= 0: M'M is a positive multiple of P",
            printed=r"\lambda_b\ge0:\ M^\top M\propto P",
            verdict="false",
            reason=(
                "lb > c/(1-c): W and H take over the mean of the labels, which the bias leaves, and the means have a "
                "common part g = 1 - c - c/lb; a reading, no verdict on the paper"
            ),
            severity="local",
            effect="true for lb <= c/(1-c), lb = 0 among them; for d = K-1 for every lb",
            parts=(
                Part(
                    SIMPLEX_AT_BOTH,
                    domain=BOTH,
                    witness=Witness(U=[[1, 0], [0, 1]], a=1, u="1/2", v="1/4", class_sizes=(1, 1)),
                ),
                REACHED,
            ),
            correction=Correction(
                latex=r"\lambda_b\le c/(1-c)",
                parts=(
                    proved(
                        SMALL_BIAS_DECAY,
                        ANY_BIAS,
                        "E = ((c/N) P + (eps/K) J) Y with eps = lb/(N (1+lb)) <= c/N, beta = 1/(K (1+lb)): R = T = 0",
                    ),
                ),
            ),
            neighbours=(Neighbour(SIMPLEX_AT_BOTH, BOTH),),
        ),
    ),
)
