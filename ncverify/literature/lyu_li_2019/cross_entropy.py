"""Lyu and Li for the sum C of the cross-entropies of W H (+ b): gtil = -log(exp(C) - 1)/rho^2, v = -grad C.

d gtil/dt >= 0 for C <= log 2; beyond, wherever rho grows (both terms are then >= 0). With m = margins, nu = sum P m:
nu >= q_min (1 - exp(-C)) >= (1 - exp(-C)) log(1/(exp(C) - 1)), and theta.v = 2 nu. A bias has degree 1: theta.v = 2
nu - sum P m_b. Bias, late and aligned: it fails where |kappa b - g_b|^2 < kappa (b.g_b - 2 entropy): one class large,
the other small.
"""

from __future__ import annotations

from ncverify import Inequality, Space, Variable
from ncverify.kinds import Array, Number
from ncverify.literature._claims import in_our_words
from ncverify.literature._layer_peeled import cross_entropies, one_hot, peeled, probabilities, square
from ncverify.papers import Correction, Neighbour, Part, Witness
from ncverify.space import SpacePoint

PLAIN = peeled(n=(1, 3), d=(1, 2), where=None)
BIASED = Space(
    sizes={"K": 2, "d": 1},
    classes=("K", (1, 30)),
    where=lambda s: s.class_sizes == (30, 1),
    variables={"W": Variable("K", "d"), "h": Variable("d", "K"), "b": Variable("K")},
)
MINORITY = Space(
    sizes={"K": 2, "d": 2}, classes=("K", (1, 3)), where=lambda s: s.class_sizes == (1, 3), variables=PLAIN.variables
)


def bias(p: SpacePoint) -> Array:
    """The bias as a column, zero where the model has none."""
    return p.xp.reshape(p.b, (p.K, 1)) if hasattr(p, "b") else p.xp.zeros((p.K, 1))


def features(p: SpacePoint) -> Array:
    """H, or the columns h of the classes where all samples of a class share one."""
    return p.h @ one_hot(p) if hasattr(p, "h") else p.H


def state(p: SpacePoint) -> tuple[Array, Array, Array, Array, Array]:
    """C, |v|^2, theta.v, rho^2, Lambda = -log(exp(C) - 1)."""
    xp, Y, b, H = p.xp, one_hot(p), bias(p), features(p)
    Z = p.W @ H + b
    R = Y - probabilities(p, Z)
    V, X, u = R @ H.T, p.W.T @ R, xp.sum(R, axis=1)
    free = xp.asarray(1 if hasattr(p, "b") else 0)
    C = xp.sum(cross_entropies(p, Z))
    v2 = square(p, V) + square(p, X) + free * square(p, u)
    inner = xp.sum(V * p.W) + xp.sum(X * H) + free * xp.sum(u * xp.reshape(b, (p.K,)))
    return C, v2, inner, square(p, p.W) + square(p, H) + square(p, b), -xp.log(xp.expm1(C))


def growth(p: SpacePoint) -> Number:
    """rho^4 d gtil/dt = rho^2 |v|^2/(1 - exp(-C)) - 2 Lambda theta.v."""
    C, v2, inner, r2, lam = state(p)
    return -v2 * r2 / p.xp.expm1(-C) - 2 * lam * inner


def margin(p: SpacePoint) -> Number:
    """q_min: the least z_k - z_j over samples and j != k; the entry j = k is replaced by a huge one."""
    Y, Z = one_hot(p), p.W @ p.H + bias(p)
    own = p.xp.expand_dims(p.xp.sum(Z * Y, axis=0), 0)
    gaps = own - Z
    return p.xp.min(gaps + Y * (1 + 2 * p.xp.max(p.xp.abs(gaps))))


def separated(p: SpacePoint) -> Number:
    """C < log 2."""
    return p.xp.log(2) - state(p)[0]


def _margin_rate(p: SpacePoint) -> Number:
    """K = 2: rho^4 d(q_min/rho^2)/dt, with q_min the first sample's margin (hypothesis)."""
    xp, Y = p.xp, one_hot(p)
    R = Y - probabilities(p, p.W @ p.H)
    V, X = R @ p.H.T, p.W.T @ R
    e = 2 * Y[:, 0] - 1
    rate = xp.sum(e * (V @ p.H[:, 0])) + xp.sum(e * (p.W @ X[:, 0]))
    _, _, inner, r2, _ = state(p)
    return rate * r2 - 2 * xp.sum(e * (p.W @ p.H[:, 0])) * inner


def _first_is_least(p: SpacePoint) -> Number:
    gaps = p.xp.sum((2 * one_hot(p) - 1) * (p.W @ p.H), axis=0)
    return p.xp.min(gaps[1:]) - gaps[0]


NONZERO = lambda p: square(p, p.W) + square(p, p.H)  # noqa: E731
MONOTONE = Inequality("d gtil/dt >= 0 for C < log 2", slack=growth, given=[separated])
ANY_TIME = Inequality("d gtil/dt >= 0 at any time", slack=growth, given=[NONZERO])
GROWING = Inequality(
    "d gtil/dt >= 0 for C >= log 2 where rho grows",
    slack=growth,
    given=[lambda p: -separated(p), lambda p: state(p)[2]],
)
BELOW = Inequality(
    "gtil rho^2 <= q_min, and q_min > 0",
    slack=lambda p: p.xp.minimum(margin(p) - state(p)[4], margin(p)),
    given=[separated],
)
MEAN = Inequality(
    "C/N < log 2: q_min > 0", slack=margin, given=[lambda p: p.xp.log(2) - state(p)[0] / p.N], strict=True
)
MEAN_FIXED = Inequality(
    ("q_min <= 0 costs log 2: C >= log 2, so that C < log 2 gives q_min > 0"),
    slack=lambda p: -separated(p),
    given=[lambda p: margin(p) <= 0],
)
MARGIN = Inequality(
    "d(q_min/rho^2)/dt >= 0, q_min the first sample's alone", slack=_margin_rate, given=[separated, _first_is_least]
)
BIAS = Inequality("with a bias: d gtil/dt >= 0 for C < log 2", slack=growth, given=[separated])


def _part(f: Number) -> Neighbour:
    return Neighbour(
        Inequality(
            f"{f} of the radial term",
            slack=lambda p: growth(p) - 2 * (f - 1) * state(p)[4] * state(p)[2],
            given=[separated],
        ),
        PLAIN,
    )


NEIGHBOURS = (_part(2), _part(3), Neighbour(ANY_TIME, PLAIN))


CLAIMS = (
    in_our_words(
        id="lyu-ce-monotone",
        says="C < log 2: q_min > 0, gtil <= q_min/rho^2, d gtil/dt >= 0",
        verdict="holds",
        reason="any class sizes; C falls along the flow; C <= log 2 suffices",
        parts=(Part(MONOTONE, domain=PLAIN), Part(BELOW, domain=PLAIN)),
        attribution="recalled",
        where="cross-entropy",
        neighbours=NEIGHBOURS,
    ),
    in_our_words(
        id="lyu-ce-mean",
        says="C/N < log 2: q_min > 0",
        verdict="false",
        reason=(
            "one misclassified sample among good ones; C/N < (log 2)/N is the sharp "
            "threshold; a reading, no verdict on the paper"
        ),
        parts=(Part(MEAN, domain=PLAIN, witness=Witness(W=[[1], [-1]], H=[[3, "1/10"]], class_sizes=(1, 1))),),
        attribution="reading",
        neighbours=(Neighbour(MEAN, PLAIN), *NEIGHBOURS[:2]),
        severity="local",
        effect="log 2 belongs to the sum",
        correction=Correction(latex=r"\tfrac1N\mathrm{CE}<\tfrac{\log2}N", parts=(Part(MEAN_FIXED, domain=PLAIN),)),
        where="cross-entropy",
    ),
    in_our_words(
        id="lyu-any-time",
        says="d gtil/dt >= 0 without separation",
        verdict="false",
        reason="misclassified and shrinking: W = (1,-1), H = (-1,1); a reading, no verdict on the paper",
        parts=(Part(ANY_TIME, domain=PLAIN, witness=Witness(W=[[1], [-1]], H=[[-1, 1]], class_sizes=(1, 1))),),
        attribution="reading",
        neighbours=(Neighbour(ANY_TIME, PLAIN), *NEIGHBOURS[:2]),
        severity="local",
        effect="C <= log 2, or d rho/dt >= 0",
        correction=Correction(
            latex=r"CE\le\log2\text{ or }\dot\rho\ge0",
            parts=(Part(MONOTONE, domain=PLAIN), Part(GROWING, domain=PLAIN)),
        ),
        where="cross-entropy",
    ),
    in_our_words(
        id="lyu-margin-itself",
        says="d(q_min/rho^2)/dt >= 0",
        verdict="false",
        reason=(
            "near-ties with opposed gradients pull the least margin down; only the smoothed "
            "one is monotone; a reading, no verdict on the paper"
        ),
        parts=(
            Part(
                MARGIN,
                domain=MINORITY,
                witness=Witness(
                    W=[[1, 0], [-1, 0]], H=[["3/2", "-8/5", "-8/5", "-8/5"], [3, 3, 3, 3]], class_sizes=(1, 3)
                ),
            ),
        ),
        attribution="reading",
        neighbours=(Neighbour(MARGIN, MINORITY), *NEIGHBOURS[:2]),
        severity="local",
        effect="use gtil",
        correction=Correction(latex=r"\dot{\tilde\gamma}\ge0", parts=(Part(MONOTONE, domain=PLAIN),)),
        where="cross-entropy",
    ),
    in_our_words(
        id="lyu-bias",
        says="with a bias: d gtil/dt >= 0 for C < log 2",
        verdict="false",
        reason=(
            "the bias has degree one; 30 samples against 1: gtil falls, with C = 2e-8; a reading, no verdict on the "
            "paper"
        ),
        parts=(
            Part(
                BIAS,
                domain=BIASED,
                witness=Witness(
                    W=[["23/5"], ["-23/5"]],
                    h=[["26/25", "-88/25"]],
                    b=["577/100", "-577/100"],
                    class_sizes=(30, 1),
                ),
            ),
        ),
        attribution="reading",
        neighbours=NEIGHBOURS,
        severity="local",
        effect="b = 0, or scale b by the norm: logits W h + |theta| b",
        correction=Correction(latex=r"b=0", parts=(Part(MONOTONE, domain=PLAIN),)),
        where="cross-entropy",
    ),
)
