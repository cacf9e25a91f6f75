"""Fang et al.: minority collapse.

T = K sqrt(EW EH); in class means the LPM is min sum_k (n_k/N) CE(Z_k, k), |Z|_* <= T.

At a collapsed optimum n_B/N <= mu (the multiplier), with equality on the curve (R0(phi), tau(phi)). r, x and alpha
fall with phi, hence tau; R0 sqrt(K KB) = cos phi (e^m + KB/KA) + (KA-1) sqrt(K KB)/KA falls too: R0 is an increasing
function of T, from 1 on. The penalised problem with weight n_B/N has no minority part at all, so collapse holds iff T
<= T(R), that is R >= R0(T).
"""

from __future__ import annotations

from typing import Any

from ncverify import Identity, Inequality, Space, Variable
from ncverify.kinds import Array, Number
from ncverify.papers import Claim, Neighbour, Part
from ncverify.space import SpacePoint
from ncverify.statements.types import Function

CURVE = Space(
    sizes={"KA": (1, 4), "KB": (2, 4)},
    variables={"x": Variable(low="1/1000", high="999/1000"), "y": Variable(low="1/1000", high="999/1000")},
)


def curve(p: SpacePoint, at: Number) -> dict[str, Any]:
    """The numbers of the statement at sin^2 phi = at KA/K, 0 < at < 1."""
    xp, KA, KB, K = p.xp, p.KA, p.KB, p.KA + p.KB
    sin, cos = xp.sqrt(at * KA / K), xp.sqrt(1 - at * KA / K)
    t = xp.log((xp.sqrt(xp.asarray(K * KA)) - KA * sin) / (KB * sin))
    y = t * KB * xp.sqrt(xp.asarray(KA)) / K
    r = y / sin
    x = r * cos
    other = xp.log((xp.sqrt(xp.asarray(K * KB)) - KB * cos) / (KA * cos))
    alpha = x * K / xp.sqrt(xp.asarray(KB)) - KA * other if KA > 1 else 0 * x
    m = alpha * (KA - 1) / KA + x * K / (KA * xp.sqrt(xp.asarray(KB)))
    tau = (KA - 1) * alpha + xp.sqrt(xp.asarray(K)) * r
    ratio = (1 + (KA - 1) * xp.exp(-alpha) + KB * xp.exp(-m)) * cos * xp.exp(m) / xp.sqrt(xp.asarray(K * KB))
    return {"sin": sin, "cos": cos, "t": t, "r": r, "x": x, "alpha": alpha, "m": m, "tau": tau, "R0": ratio}


def _stationary(p: SpacePoint) -> Array:
    """The multiplier equations with mu = n_B/N: majority, majority column, minority column; less their values."""
    xp, KA, KB, K, c = p.xp, p.KA, p.KB, p.KA + p.KB, curve(p, p.x)
    s = 1 / (xp.exp(c["m"]) + (KA - 1) * xp.exp(c["m"] - c["alpha"]) + KB)
    low = 1 / (KB * xp.exp(c["t"]) + KA)
    R = c["R0"]
    first = R * s * (KA * xp.exp(c["m"] - c["alpha"]) + KB) - 1 if KA > 1 else 0 * R
    return xp.stack(
        [first, R * s * xp.sqrt(xp.asarray(K * KB)) - c["cos"], low * xp.sqrt(xp.asarray(K * KA)) - c["sin"]]
    )


KKT = Identity("on the curve all multipliers are n_B/N", left=_stationary, right=lambda p: p.xp.zeros((3,)))


def _both_fall(p: SpacePoint) -> Number:
    low, high = p.xp.minimum(p.x, p.y), p.xp.maximum(p.x, p.y)
    a, b = curve(p, low), curve(p, high)
    return p.xp.minimum(a["tau"] - b["tau"], a["R0"] - b["R0"])


FALL = Inequality("tau and R0 fall with phi: one threshold for every T", slack=_both_fall)
RATIO = Inequality(
    "R0 >= 1, and alpha >= 0", slack=lambda p: p.xp.minimum(curve(p, p.x)["R0"] - 1, curve(p, p.x)["alpha"])
)
SHAPES = "w_k = w_l for k, l > KA iff R >= R0"


def _off(name: str, f: Function) -> Neighbour:
    return Neighbour(Inequality(name, slack=f), CURVE)


NEIGHBOURS = (
    Neighbour(
        Identity("the multiplier is twice n_B/N", left=lambda p: _stationary(p) + 1, right=lambda p: p.xp.zeros((3,))),
        CURVE,
    ),
    _off("R0 >= K always", lambda p: curve(p, p.x)["R0"] - p.KA - p.KB),
    _off("R0 <= 1 + T", lambda p: 1 + curve(p, p.x)["tau"] - curve(p, p.x)["R0"]),
    _off("R0 <= exp(T)", lambda p: curve(p, p.x)["tau"] - p.xp.log(curve(p, p.x)["R0"]) - p.xp.asarray(1) / 2),
)

CLAIMS = (
    Claim(
        id="fang-minority-limit",
        where="Minority Collapse",
        kind="claim",
        attribution="recalled",
        says="R -> infinity: w_k - w_l -> 0 in the minority",
        printed=r"\lim_{R\to\infty}w_k-w_l=0",
        verdict="holds",
        reason="even exactly equal from the finite ratio R0(T) on; KB = 1 is empty; p >= K-1 suffices",
        parts=(Part(KKT, domain=CURVE), Part(FALL, domain=CURVE)),
        neighbours=NEIGHBOURS,
    ),
    Claim(
        id="fang-minority-finite",
        where="threshold",
        kind="equivalence",
        attribution="reading",
        says=SHAPES,
        printed=r"w_k=w_l\iff R\ge R_0",
        verdict="holds",
        reason=(
            "KKT of the nuclear-norm program; tau and R0 are decreasing in phi, R0 > "
            "1; R <= 1 never collapses; p >= K-1 suffices"
        ),
        parts=(Part(KKT, domain=CURVE), Part(FALL, domain=CURVE), Part(RATIO, domain=CURVE)),
        neighbours=NEIGHBOURS,
    ),
)
