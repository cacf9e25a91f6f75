"""Thrampoulidis et al.: cross-entropy with regularisation, f = sum_i CE(W h_i, y_i) + lam (|W|^2 + |H|^2)/2.

Limit. Let v = |Z|_*, mu = lam v < 1, q the smallest margin and T = (|W|^2 + |H|^2)/2 - q v, which is not negative and
zero only at the SELI geometry. The geometry scaled to margins log(1/mu) has f <= N (K-1) mu + mu log(1/mu), and every
point has f >= log(1 + exp(-q)) + mu q + lam T >= mu log(1/mu) + lam T. So a minimiser has T <= N (K-1) v for every
lam, while q grows without bound: T/q -> 0, and what T bounds (`geometry.EXCESS`) tends to zero in units of q.

Finite weight. Z f = sum CE(Z_i) + lam |Z|_* has a unique minimiser Z' with 1'Z' = 0. At a Z, a > 0, the gradient of
the losses is -K s Z with s = exp(-a)/(1 + (K-1) exp(-a)), and stationarity is (K s)^2 P D P = lam^2 P: the entries of
P D P off the diagonal differ by (n_k - n_l)/K, so that all sizes agree, and K s = lam/sqrt(n).
"""

from __future__ import annotations

from ncverify import Identity, Inequality, Optimum, Space, Variable
from ncverify.certificates import NonNegative, SumOfNonNegative, constant, positive
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import (
    balanced,
    cross_entropies,
    one_hot,
    optimal_logit_gap,
    probabilities,
    simplex_loss,
    square,
)
from ncverify.literature._seli import nuclear_norm, solvable, space, spectral_norm, target
from ncverify.literature.thrampoulidis_2022.geometry import DUAL, EXCESS, FREE, smallest_margin
from ncverify.literature.thrampoulidis_2022.geometry import NEIGHBOURS as GEOMETRY_NEIGHBOURS
from ncverify.optima.excess import regularised_terms
from ncverify.papers import Claim, Neighbour, Part
from ncverify.papers.neighbours import scaled
from ncverify.space import SpacePoint

WEIGHT = Space(sizes={"K": (2, 3)}, classes=("K", (1, 3)), where=solvable, variables={"lam": Variable(positive=True)})
SMALL = space(K=(2, 3), n=(1, 2), d=(1, 2), lam=Variable(positive=True))


def losses(p: SpacePoint) -> Number:
    """The sum of the losses."""
    return p.xp.sum(cross_entropies(p, p.W @ p.H))


def _strength(p: SpacePoint) -> Number:
    """mu = lam |Z|_*."""
    return p.lam * nuclear_norm(p)


def _below(p: SpacePoint, factor: Number = 1) -> Number:
    mu = _strength(p)
    return losses(p) + mu * smallest_margin(p) + factor * mu * p.xp.log(mu)


def _is_small(p: SpacePoint) -> Number:
    return 1 - _strength(p)


BELOW = Inequality(
    "sum CE + mu q >= mu log(1/mu), mu < 1: every point that is as good as the geometry has T <= N (K-1) |Z|_*",
    slack=_below,
    given=[_is_small],
)
ABOVE = Inequality(
    "the geometry with margins log(1/mu): N log(1 + (K-1) mu) <= N (K-1) mu",
    slack=lambda p: p.N * ((p.K - 1) * _strength(p) - simplex_loss(p.xp, p.K, -p.xp.log(_strength(p)))),
    given=[_is_small],
)
MARGIN = Inequality(
    "sum CE >= log(1 + exp(-q)): a small loss has a large margin",
    slack=lambda p: losses(p) - p.xp.softplus(-smallest_margin(p)),
)

HEAVY = space(K=(2, 3), n=(1, 2), d=(1, 2), where=lambda s: solvable(s) and s.d == s.K - 1, lam=Variable(low=0))


def _heavy(p: SpacePoint, share: Number = 1) -> Number:
    """f at the weight |Z|_2 + lam."""
    return losses(p) + (share * spectral_norm(p) + p.lam) / 2 * (square(p, p.W) + square(p, p.H))


def _log_classes(p: SpacePoint) -> Number:
    return p.N * p.xp.log(p.K)


ZERO = Optimum(
    "lam >= |Z|_2: f >= N log K, with equality only at zero",
    objective=_heavy,
    value=_log_classes,
    conclusion=lambda p: -square(p, p.W) - square(p, p.H),
)

EQUAL_WEIGHT = Space(
    sizes={"K": (2, 3)}, classes=("K", (1, 3)), where=balanced, variables={"lam": Variable(positive=True)}
)
EQUAL = space(
    K=(2, 3),
    n=(1, 2),
    d=(1, 2),
    where=lambda s: balanced(s) and s.d == s.K - 1 and s.N <= 4,
    lam=Variable(positive=True),
)


def _as_mean(p: SpacePoint) -> Number:
    """f/N is the regularised model with mean losses and weights lam/N."""
    return p.lam / p.N


def _terms(p: SpacePoint) -> tuple[NonNegative, ...]:
    weight = positive(p, "lam") / p.N
    return regularised_terms(p, p.W, p.H, p.xp.zeros((p.K,)), weight, weight, constant(p, 0))


def _gap(p: SpacePoint) -> Number:
    """a with K exp(-a)/(1 + (K-1) exp(-a)) = min(lam/sqrt(n), 1)."""
    return optimal_logit_gap(SpacePoint(p.sizes, {"lW": _as_mean(p), "lH": _as_mean(p)}))


SHARES = Identity(
    "K exp(-a)/(1 + (K-1) exp(-a)) = lam/sqrt(n) at a = log(K sqrt(n)/lam - (K-1))",
    left=lambda p: p.K / (p.xp.exp(_gap(p)) + p.K - 1),
    right=lambda p: p.lam / p.xp.sqrt(p.xp.asarray(p.N // p.K)),
    given=[lambda p: p.N // p.K - p.lam**2],
)


def _wrong(p: SpacePoint) -> Number:
    """The softmax of a wrong class."""
    return 1 / (p.xp.exp(_gap(p)) + p.K - 1)


COLLAPSED = Optimum(
    "equal sizes: every minimiser has W H = a Z",
    objective=lambda p: (losses(p) + p.lam * (square(p, p.W) + square(p, p.H)) / 2) / p.N,
    value=lambda p: (p.K - 1) * _wrong(p) * _gap(p) - p.xp.log(1 - (p.K - 1) * _wrong(p)),
    conclusion=lambda p: -square(p, p.W @ p.H - _gap(p) * target(p)),
    certificate=SumOfNonNegative(_terms),
)
LINE = Space(sizes={"K": (2, 3)}, classes=("K", (1, 2)), where=solvable, variables={"a": Variable()})
GRADIENT = Identity(
    "the gradient of the losses at a Z is -K s Z",
    left=lambda p: probabilities(p, p.a * target(p)) - one_hot(p),
    right=lambda p: -p.K / (p.xp.exp(p.a) + p.K - 1) * target(p),
)
ONE_WEIGHT = Space(
    sizes={"K": (2, 3), "d": (1, 2), "N": (2, 4)},
    variables={"W": Variable("K", "d"), "H": Variable("d", "N"), "G": Variable("K", "N"), "lam": Variable()},
)
SINGULAR = Identity(
    "G G'W - lam^2 W = G (W'G + lam H)' - lam (G H' + lam W): both brackets vanish at a critical point",
    left=lambda p: p.G @ (p.G.T @ p.W) - p.lam**2 * p.W,
    right=lambda p: p.G @ (p.W.T @ p.G + p.lam * p.H).T - p.lam * (p.G @ p.H.T + p.lam * p.W),
)
REALS = Space(sizes={"K": (3, 5)}, variables={"n": Variable("K", positive=True)})
ENTRIES = Identity(
    "(P D P)[0, 2] - (P D P)[1, 2] = (n_2 - n_1)/K, the others by symmetry",
    left=lambda p: (_moved(p)[0, 2] - _moved(p)[1, 2]) * p.K,
    right=lambda p: p.n[1] - p.n[0],
)
UNEQUAL = Space(
    sizes={"K": (3, 4)}, classes=("K", (1, 3)), where=lambda s: not balanced(s), variables={"x": Variable()}
)


def _moved(p: SpacePoint) -> Array:
    P = p.xp.eye(p.K) - p.xp.ones((p.K, p.K)) / p.K
    return P * p.n @ P


def _misfit(p: SpacePoint) -> Number:
    """|x P D P - P|^2."""
    P = p.xp.eye(p.K) - p.xp.ones((p.K, p.K)) / p.K
    return square(p, p.x * (target(p) @ target(p).T) - P)


NO_MULTIPLE = Inequality("K >= 3, sizes not all equal: P is no multiple of P D P", slack=_misfit, strict=True)

NEIGHBOURS = (
    *scaled(_below, ("2",), "mu log(1/mu)", SMALL, given=[_is_small]),
    Neighbour(
        Inequality(
            "sum CE + mu q >= 1/10",
            slack=lambda p: losses(p) + _strength(p) * smallest_margin(p) - p.xp.asarray(1) / 10,
            given=[_is_small],
        ),
        SMALL,
    ),
    *GEOMETRY_NEIGHBOURS[:2],
)
FINITE_NEIGHBOURS = (
    *scaled(lambda p, factor: _heavy(p, factor) - _log_classes(p), ("9/10",), "|Z|_2", HEAVY),
    Neighbour(
        Inequality(
            "zero from sqrt(N/K) on, as for equal sizes",
            slack=lambda p: _heavy(p, p.xp.sqrt(p.xp.asarray(p.N) / p.K) / spectral_norm(p)) - _log_classes(p),
        ),
        space(n=(1, 5), K=(3, 4), d=(1, 1), where=lambda s: solvable(s) and not balanced(s), lam=Variable(low=0)),
    ),
    Neighbour(NO_MULTIPLE, Space(sizes={"K": (3, 4)}, classes=("K", (1, 2)), variables={"x": Variable()})),
    Neighbour(
        Identity("with lam/n", left=SHARES.left, right=lambda p: p.lam * p.K / p.N, given=SHARES.given),
        space(K=(2, 3), n=(2, 2), d=(1, 1), lam=Variable(positive=True)),
    ),
)

CLAIMS = (
    Claim(
        id="seli-ridge-limit",
        where="theorem: cross-entropy with vanishing regularisation",
        kind="claim",
        attribution="seen",
        says="lam -> 0: W H/|W H| -> Z/|Z| and the normalised Gram matrices tend to those of the SELI geometry",
        printed=r"\lambda\to0:\ \tfrac{WH}{\|WH\|}\to\tfrac Z{\|Z\|}",
        verdict="holds",
        reason="every minimiser has (|W|^2 + |H|^2)/2 - q |Z|_* <= N (K-1) |Z|_*, while q grows like log(1/lam)",
        parts=(
            Part(
                EXCESS,
                domain=FREE,
                proof=(EXCESS,),
                argument="with G = (P D P)^(1/2)^+ Y the excess is a sum of terms that are not negative",
                beyond="multiplied out, H'W'G cancels, whatever the shapes",
            ),
            DUAL,
            Part(BELOW, domain=SMALL),
            Part(ABOVE, domain=WEIGHT),
            Part(MARGIN, domain=SMALL),
        ),
        neighbours=NEIGHBOURS,
    ),
    Claim(
        id="seli-ridge-finite",
        where="role of the regularisation under imbalance",
        kind="claim",
        attribution="reading",
        says="W H is no multiple of Z for unequal sizes and 0 < lam < |Z|_2; zero from |Z|_2 on; a Z for equal sizes",
        printed=r"WH\not\parallel Z\ (0<\lambda<\|Z\|_2),\quad WH=0\ (\lambda\ge\|Z\|_2),\quad WH=aZ\ (n_k=n)",
        verdict="holds",
        reason="stationarity at a Z is (K s)^2 P D P = lam^2 P: only equal sizes have that for K >= 3",
        parts=(
            Part(ZERO, domain=HEAVY),
            Part(GRADIENT, domain=LINE),
            Part(
                SINGULAR,
                domain=ONE_WEIGHT,
                proof=(SINGULAR,),
                argument="at a critical point with W H = a Z != 0 the columns of W span the range of P",
                beyond="multiplied out, lam G H' cancels, whatever the shapes",
            ),
            Part(
                NO_MULTIPLE,
                domain=UNEQUAL,
                proof=((ENTRIES, REALS),),
                argument="entries of a multiple of P off the diagonal agree, so all n_k do",
                beyond="(P D P)[j, l] = N/K^2 - (n_j + n_l)/K for j != l and every K",
            ),
            Part(COLLAPSED, domain=EQUAL),
            Part(SHARES, domain=EQUAL_WEIGHT),
        ),
        neighbours=FINITE_NEIGHBOURS,
    ),
)
