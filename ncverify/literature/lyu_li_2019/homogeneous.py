"""Lyu and Li: exponential loss of homogeneous q_i, E = sum exp(-q_i), gbar = q_min/rho^L, gtil = log(1/E)/rho^L.

A point is theta, the gradients g_i (rows, free) and the degree L; Euler gives q_i = theta.g_i/L, so that every smooth
homogeneous model is covered at one time. v = sum exp(-q_i) g_i, nu = sum exp(-q_i) q_i: theta.v = L nu and nu >= E
log(1/E).
"""

from __future__ import annotations

from ncverify import Identity, Inequality, Space, Variable
from ncverify.kinds import Array, Number
from ncverify.literature._claims import in_our_words
from ncverify.papers import Neighbour, Part
from ncverify.papers.neighbours import scaled
from ncverify.space import SpacePoint

FLOW = Space(
    sizes={"N": (1, 4), "D": (1, 3)},
    variables={"theta": Variable("D"), "g": Variable("N", "D"), "L": Variable(low=1, high=4)},
)


def values(p: SpacePoint) -> Array:
    """q_i."""
    return p.g @ p.theta / p.L


def state(p: SpacePoint) -> tuple[Array, Array, Array, Array, Array]:
    """rho^2, E, nu, |v|^2, log(1/E)."""
    xp, q = p.xp, values(p)
    e = xp.exp(-q)
    v = xp.sum(xp.expand_dims(e, 1) * p.g, axis=0)
    return xp.sum(p.theta * p.theta), xp.sum(e), xp.sum(e * q), xp.sum(v * v), -xp.log(xp.sum(e))


def separated(p: SpacePoint) -> Number:
    """E < 1."""
    return state(p)[4]


def moving(p: SpacePoint) -> Number:
    """|d(theta/rho)|^2 = (|v|^2 - (L nu)^2/rho^2)/rho^2."""
    r2, _, nu, v2, _ = state(p)
    return (v2 - p.L**2 * nu * nu / r2) / r2


def growth(p: SpacePoint) -> Number:
    """d log gtil."""
    r2, E, nu, v2, log = state(p)
    return v2 / (E * log) - p.L**2 * nu / r2


def _sandwich(p: SpacePoint, factor: Number = 1) -> Number:
    q, log = p.xp.min(values(p)), state(p)[4]
    return p.xp.minimum(q - log, log - q + factor * p.xp.log(p.N))


NONZERO = [lambda p: state(p)[0]]
LATE = [separated, *NONZERO]
B1 = Inequality(
    "d log gtil d log rho >= L |d(theta/rho)|^2",
    slack=lambda p: growth(p) * p.L * state(p)[2] / state(p)[0] - p.L * moving(p),
    given=LATE,
)
RADIAL = Inequality("d log rho > 0", slack=lambda p: state(p)[2], given=LATE, strict=True)
MONOTONE = Inequality(
    "d log gtil >= (rho^2/nu) |d(theta/rho)|^2: zero only where the direction rests",
    slack=lambda p: growth(p) * state(p)[2] - state(p)[0] * moving(p),
    given=LATE,
)
RATE = Inequality(
    "-dE/dt >= L^2 gtil^(2/L) E^2 log(1/E)^(2-2/L), that is L^2 E^2 log(1/E)^2/rho^2",
    slack=lambda p: state(p)[3] * state(p)[0] - (p.L * state(p)[1] * state(p)[4]) ** 2,
    given=LATE,
)
SPEED = Inequality(
    "-dE/dt <= E^2 max |g_i|^2", slack=lambda p: state(p)[1] ** 2 * p.xp.max(p.xp.sum(p.g * p.g, axis=1)) - state(p)[3]
)


def _complementary(p: SpacePoint) -> Number:
    """sum lambda_i (q_i/q_min - 1) <= q_min^(-2/L) rho^2 N/(e L q_min), without the common factor."""
    xp, q = p.xp, values(p)
    low = xp.min(q)
    r2, _, _, v2, _ = state(p)
    return xp.sqrt(r2 * 1) * p.N * xp.sqrt(v2) / (xp.exp(1) * p.L * low) - xp.sum(xp.exp(-q) * (q - low))


KKT = Inequality(
    "complementarity of the scaled multipliers is O(1/q_min)",
    slack=_complementary,
    given=[lambda p: p.xp.min(values(p))],
)
FEASIBLE = Space(
    sizes={"N": (1, 4), "D": (1, 3)},
    variables={
        "theta": Variable("D"),
        "g": Variable("N", "D", on="rows on sphere"),
        "best": Variable("D", on="sphere"),
    },
)
SCALE = Identity(
    (
        "theta/q_min^(1/L) has |theta|^2/2 = gbar^(-2/L)/2 and q_min = 1: "
        "feasible of least norm where gbar is largest (L = 2)"
    ),
    left=lambda p: p.xp.sum(p.theta * p.theta) / p.xp.min(values(p)),
    right=lambda p: 1 / (p.xp.min(values(p)) / state(p)[0]),
    given=[lambda p: p.xp.min(values(p))],
)
BEFORE = Neighbour(
    Inequality(
        "before separation too", slack=lambda p: growth(p) * state(p)[2] - state(p)[0] * moving(p), given=NONZERO
    ),
    FLOW,
)
TWICE = Neighbour(
    Inequality("2 L", slack=lambda p: growth(p) * state(p)[2] / state(p)[0] - 2 * moving(p), given=LATE), FLOW
)
RADIAL_ANY = Neighbour(Inequality("the norm always grows", slack=lambda p: state(p)[2]), FLOW)
ALL = (BEFORE, TWICE, RADIAL_ANY)


CLAIMS = (
    in_our_words(
        id="lyu-sandwich",
        kind="inequality",
        attribution="seen",
        says="gbar - log N/rho^L <= gtil <= gbar",
        reason="exp(-q_min) <= E <= N exp(-q_min)",
        parts=(Part(Inequality("sandwich", slack=_sandwich), domain=FLOW),),
        neighbours=scaled(_sandwich, ("9/10", "7/10", "5/10"), "log N", FLOW),
        where="smoothed margin",
        verdict="holds",
    ),
    in_our_words(
        id="lyu-thm-4.1-monotone",
        kind="claim",
        attribution="seen",
        says="d gtil/dt >= 0, > 0 unless the direction rests",
        reason="nu >= E log(1/E) and Cauchy; E falls, so E < 1 stays",
        parts=(Part(MONOTONE, domain=FLOW), Part(RADIAL, domain=FLOW)),
        where="Theorem 4.1",
        neighbours=ALL,
        verdict="holds",
    ),
    in_our_words(
        id="lyu-lem-b.1",
        kind="inequality",
        attribution="recalled",
        says="d log rho > 0 and the product bound",
        reason="as Theorem 4.1",
        parts=(Part(RADIAL, domain=FLOW), Part(B1, domain=FLOW)),
        where="Lemma B.1",
        neighbours=ALL,
        verdict="holds",
    ),
    in_our_words(
        id="lyu-thm-4.3-rates",
        kind="claim",
        attribution="seen",
        says="E = Theta(1/(t (log t)^(2-2/L))), rho = Theta((log t)^(1/L))",
        reason="pointwise rates with gtil >= gtil(t0), integrated; bounded gradients on the sphere",
        parts=(Part(RATE, domain=FLOW), Part(SPEED, domain=FLOW), Part(MONOTONE, domain=FLOW)),
        where="Theorem 4.3",
        neighbours=ALL,
        verdict="holds",
    ),
    in_our_words(
        id="lyu-thm-4.4-kkt",
        kind="claim",
        attribution="seen",
        says="limit directions are KKT up to scale",
        reason=(
            "approximate KKT: the angle of theta and v tends to 0 along a sequence, "
            "complementarity is O(1/q_min); MFCQ from Euler"
        ),
        parts=(Part(KKT, domain=FLOW), Part(B1, domain=FLOW)),
        where="Theorem 4.4",
        neighbours=ALL,
        verdict="holds",
    ),
    in_our_words(
        id="lyu-p-optimum",
        kind="identity",
        attribution="seen",
        says="min |theta|^2/2 = gmax^(-2/L)/2",
        reason="homogeneity: scale to q_min = 1; attained as the sphere is compact",
        parts=(
            Part(SCALE, domain=Space(sizes=FLOW.ranges, variables={**FLOW.variables, "L": Variable(low=2, high=2)})),
        ),
        neighbours=(*ALL[:1], TWICE, RADIAL_ANY),
        where="problem (P)",
        verdict="holds",
    ),
)
