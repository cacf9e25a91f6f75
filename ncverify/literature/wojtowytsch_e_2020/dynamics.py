"""E and Wojtowytsch: the flow of one logit vector, and shallow networks.

The shallow example is our own: x in {1, 2} (class 1), {-1} (class 2), networks sum a_i relu(w_i x + c_i) with sum
|a_i||(w_i, c_i)| <= 2.
"""

from __future__ import annotations

from ncverify import Identity, Inequality, Space, Variable
from ncverify.kinds import Array, Number
from ncverify.literature._claims import in_our_words
from ncverify.papers import Neighbour, Part
from ncverify.space import SpacePoint

FLOW = Space(sizes={"K": (2, 5)}, variables={"z": Variable("K")})


def _odds(p: SpacePoint) -> Number:
    """For q = sum_{j>1} exp(z_j - z_1): -q'(1+q)/q^2 = 1 + sum exp(2(z_j - z_1))/q^2 along z' = e_1 - softmax(z)."""
    e = p.xp.exp(p.z[1:] - p.z[0])
    q, S = p.xp.sum(e), p.xp.exp(p.z - p.xp.logsumexp(p.z))
    rate = p.xp.sum(e * (1 - S[0] + S[1:]))
    return rate * (1 + q) / (q * q)


def _drift(p: SpacePoint) -> Number:
    return p.xp.sum(p.xp.eye(p.K)[0, :] - p.xp.exp(p.z - p.xp.logsumexp(p.z)))


NET = Space(sizes={"r": (1, 3)}, variables={"a": Variable("r"), "w": Variable("r"), "c": Variable("r")})


def _net(p: SpacePoint, x: Array) -> Number:
    return p.xp.sum(p.a * p.xp.maximum(p.w * x + p.c, 0))


def _norm(p: SpacePoint) -> Number:
    return p.xp.sum(p.xp.abs(p.a) * p.xp.sqrt(p.w * p.w + p.c * p.c))


def _net_risk(p: SpacePoint) -> Number:
    sp = p.xp.softplus
    return (sp(-_net(p, 1)) + sp(-_net(p, 2)) + sp(_net(p, -1))) / 3


def _better(p: SpacePoint) -> Number:
    """The risk of u relu(3x+2)/sqrt 13 - (2-u) relu(1-x)/sqrt 2, u = 5/4.

    Its norm is 2, its values at 1, 2 and -1 are 5u/sqrt 13, 8u/sqrt 13 and -(2-u) sqrt 2.
    """
    xp = p.xp
    u = xp.asarray(5) / 4
    r, s = xp.sqrt(xp.asarray(13)), xp.sqrt(xp.asarray(2))
    return (xp.softplus(-5 * u / r) + xp.softplus(-8 * u / r) + xp.softplus(-(2 - u) * s)) / 3


def _constant_floor(p: SpacePoint) -> Number:
    """f(1) - f(-1) <= sqrt 2 |f| for every network: relu(w+c) - relu(c-w) <= sqrt 2 |(w,c)|."""
    return p.xp.sqrt(p.xp.asarray(2)) * _norm(p) - (_net(p, 1) - _net(p, -1))


MERGED = Inequality(
    "a network equal to a level on the class, of norm <= 2, has a larger risk than the example's",
    strict=True,
    slack=lambda p: (
        (2 * p.xp.softplus(-p.level) + p.xp.softplus(p.level - 2 * p.xp.sqrt(p.xp.asarray(2)))) / 3 - _better(p)
    ),
)

LEVEL = Space(sizes={}, variables={"level": Variable()})

CLAIMS = (
    in_our_words(
        id="we-ode",
        says="z(t)/log t for z' = e_1 - softmax(z)",
        verdict="holds",
        reason="1'z constant, spread of z_2..z_K falls, and 1/q - log q has a slope between K/(K-1) and 2",
        parts=(
            Part(
                Inequality(
                    "slope of 1/q - log q between K/(K-1) and 2",
                    slack=lambda p: p.xp.minimum(_odds(p) - p.xp.asarray(p.K) / (p.K - 1), 2 - _odds(p)),
                ),
                domain=FLOW,
            ),
            Part(Identity("1'z is constant", left=_drift, right=lambda p: p.xp.asarray(0)), domain=FLOW),
        ),
        neighbours=(
            Neighbour(
                Inequality("slope >= 2", slack=lambda p: _odds(p) - 2),
                Space(sizes={"K": (3, 5)}, variables=FLOW.variables),
            ),
            Neighbour(Inequality("slope <= 3/2", slack=lambda p: p.xp.asarray(3) / 2 - _odds(p)), FLOW),
            Neighbour(
                Inequality("slope >= 3/2", slack=lambda p: _odds(p) - p.xp.asarray(3) / 2),
                Space(sizes={"K": (4, 5)}, variables=FLOW.variables),
            ),
        ),
    ),
    in_our_words(
        id="we-shallow",
        says="shallow networks: not constant on the classes",
        verdict="holds",
        reason=(
            "existence, on our own example (the paper's data were not at hand): constant networks of norm 2 are beaten"
        ),
        parts=(
            Part(MERGED, domain=LEVEL),
            Part(Inequality("f(1) - f(-1) <= sqrt 2 |f|", slack=_constant_floor), domain=NET),
        ),
        neighbours=(
            Neighbour(Inequality("f(1) - f(-1) <= |f|", slack=lambda p: _norm(p) - _net(p, 1) + _net(p, -1)), NET),
            Neighbour(
                Inequality(
                    "every network is worse",
                    slack=lambda p: _net_risk(p) - _better(p) - p.xp.asarray(1) / 10,
                    given=[lambda p: 9 - _norm(p)],
                ),
                NET,
            ),
            Neighbour(
                Inequality("f(2) <= sqrt 2 |f|", slack=lambda p: p.xp.sqrt(p.xp.asarray(2)) * _norm(p) - _net(p, 2)),
                NET,
            ),
        ),
        attribution="seen",
    ),
)
