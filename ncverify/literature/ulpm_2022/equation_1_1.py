r"""(1.1): the layer-peeled model with |W|^2/2 <= C_1 and |H|^2/2 <= C_2, and its optima.

As printed (balanced classes): "it has been shown that an equiangular tight frame, i.e., feature with neural collapse,
is the only global optimum of the LPM objective (1.1)". The constraint set is compact, so a global optimum exists for
every d >= 1; a collapsed point exists only for d >= K-1. There the statement is true for the cross-entropy loss:

.. math:: L \ge K n \log\Bigl(1 + (K-1) \exp\Bigl(-\frac{\|W\|_F \|H\|_F}{(K-1)\sqrt n}\Bigr)\Bigr)

for W, H != 0 with equality exactly at collapse, and the bound falls as the norms grow to their limits.
"""

from __future__ import annotations

from ncverify.collapse import is_collapsed
from ncverify.domain import Domain
from ncverify.kinds import Array, Number, TruthValue
from ncverify.literature.ulpm_2022._matrices import COEFFICIENTS, GRID, SMALL_SHAPES, at, free
from ncverify.literature.ulpm_2022.appendix_c_jensen import (
    FREE_SAMPLES,
    JENSEN_IN_EXPONENTIALS,
    SAME_ARGUMENT,
    SPREAD_IN_EXPONENTIALS,
)
from ncverify.literature.ulpm_2022.corollary_3_1 import CERTIFICATES, SINGULAR_BELOW, collapse_fits
from ncverify.papers.claim import SMALL, Claim, Correction, Neighbour, Part, Witness
from ncverify.point import Point
from ncverify.separation import collapse_multipliers, weight_matrix
from ncverify.slack.margin import mean_difference
from ncverify.space import SpacePoint, Variable
from ncverify.statements.types import Equivalence, Identity, Implication, Inequality


def _squares(X: Array, p: Point) -> Number:
    return p.xp.sum(X * X)


def satisfies_constraints(p: Point) -> TruthValue:
    """|W|^2/2 <= C_1 and |H|^2/2 <= C_2 for C_1 = C_2 = 1: a compact set, so (1.1) attains its minimum on it."""
    return (_squares(p.W, p) <= 2) & (_squares(p.H, p) <= 2)


def norm_product(p: Point) -> Number:
    """|W|_F |H|_F / ((K-1) sqrt n), the largest mean logit difference for these norms."""
    return p.xp.sqrt(_squares(p.W, p)) * p.xp.sqrt(_squares(p.H, p)) / ((p.K - 1) * p.xp.sqrt(p.n))


def reaches_norm_product(p: Point) -> TruthValue:
    """q_min = |W|_F |H|_F / ((K-1) sqrt n), squared so that it is exact for every n."""
    return (p.q_min >= 0) & ((p.K - 1) ** 2 * p.n * p.q_min * p.q_min == _squares(p.W, p) * _squares(p.H, p))


def best_loss(p: Point, mean: Number) -> Number:
    """K n log(1 + (K-1) exp(-mean)): the loss when all logit differences are equal."""
    return p.K * p.n * p.xp.softplus(p.xp.log(p.K - 1) - mean)


def _weights(p: Point) -> Array:
    return weight_matrix(collapse_multipliers(p.K, p.n, p.xp), p.n, p.xp)


def _cauchy_gap(p: Point) -> Number:
    """|W|^2 |H|^2 - <W, A H'>^2 in squares: the part of W off A H', and what A loses of H."""
    A = _weights(p)
    image = A @ p.H.T
    parallel = _squares(p.W, p) * image - p.xp.sum(p.W * image) * p.W
    lost = _squares(p.H, p) - _squares(p.H @ A.T @ A, p)
    return _squares(parallel, p) / _squares(p.W, p) + _squares(p.W, p) * lost


def _mean_gap(p: Point) -> Number:
    product = (p.K - 1) * p.xp.sqrt(p.n) * mean_difference(p)
    return _squares(p.W, p) * _squares(p.H, p) - product * product


def is_non_zero(p: Point) -> TruthValue:
    """W != 0 and H != 0."""
    return (_squares(p.W, p) > 0) & (_squares(p.H, p) > 0)


CAUCHY = Identity(
    "|W|^2 |H|^2 minus the squared mean difference is a sum of squares", left=_mean_gap, right=_cauchy_gap
)
MEAN = Inequality(
    "the mean logit difference is at most |W| |H| / ((K-1) sqrt n)",
    slack=lambda p: norm_product(p) - mean_difference(p),
)
BOUND = Inequality(
    "the loss is at least that of collapse with the same norms", slack=lambda p: p.loss - best_loss(p, norm_product(p))
)
OPTIMA = Equivalence(
    "the margin reaches |W| |H| / ((K-1) sqrt n) exactly at collapse",
    left=reaches_norm_product,
    right=is_collapsed,
    given=[is_non_zero],
)


def _gain(p: SpacePoint) -> Number:
    """What the bound falls by when a norm grows by the factor 1 + t."""
    q = at(p)
    return best_loss(q, norm_product(q)) - best_loss(q, norm_product(q) * (1 + p.t))


LONGER_IS_BETTER = Inequality(
    "the bound falls as either norm grows",
    slack=_gain,
    given=[lambda p: is_non_zero(at(p)), lambda p: 64 - norm_product(at(p))],
    strict=True,
)

CLAIMS = (
    Claim(
        id="eq-1.1",
        where="Section 1, (1.1)",
        kind="claim",
        says="the ETF (neural collapse) is the only global optimum of the layer-peeled model, balanced classes",
        position=10,
        printed=r"\text{an ETF is the only global optimum of }\min\tfrac1n\sum_i\mathcal L(Wh_i,y_i)\text{ s.t. }"
        r"\tfrac12\|W\|_F^2\le C_1,\ \tfrac12\|H\|_F^2\le C_2",
        verdict="false",
        reason="for d < K-1 the minimum is attained, on a compact set, but no ETF exists; true for d >= K-1",
        severity="local",
        effect="a statement about earlier work that no proof here uses; for d < K-1 the collapsed optimum that it "
        "describes does not exist",
        parts=(
            Part(
                Implication(
                    "where (1.1) attains its minimum, the minimum can be an ETF: d >= K-1",
                    premise=satisfies_constraints,
                    conclusion=collapse_fits,
                ),
                witness=Witness(W=[[0], [0], [0]], H=[[0, 0, 0]]),
            ),
            SINGULAR_BELOW,
        ),
        correction=Correction(
            latex=r"d\ge K-1,\ \text{cross-entropy}:\ L\ge Kn\log\bigl(1+(K-1)e^{-\|W\|_F\|H\|_F/((K-1)\sqrt n)}\bigr)"
            r"\text{, for }W,H\ne0\text{ with equality exactly at collapse; the optima are the collapsed points with }"
            r"\|W\|_F^2=2C_1,\ \|H\|_F^2=2C_2",
            parts=(
                Part(
                    MEAN,
                    domain=SMALL_SHAPES,
                    proof=(CAUCHY,),
                    argument="both squares are non-negative: A A' and A'A are projections",
                    shapes=GRID,
                    beyond=COEFFICIENTS,
                ),
                Part(
                    BOUND,
                    domain=SMALL_SHAPES,
                    proof=(SAME_ARGUMENT, JENSEN_IN_EXPONENTIALS, SPREAD_IN_EXPONENTIALS),
                    argument="the loss exceeds that of its mean difference by logs of 1 plus means of e^y - 1 - y, "
                    "zero only where all differences are equal; and it falls as the mean grows to the bound above: "
                    "equality exactly where the margin reaches that",
                    shapes=FREE_SAMPLES,
                    beyond=COEFFICIENTS,
                ),
                Part(OPTIMA),
                Part(LONGER_IS_BETTER, domain=free("W", "H", d=(1, 2), t=Variable(positive=True))),
                Part(CERTIFICATES),
            ),
        ),
        neighbours=(
            Neighbour(
                Inequality("0.1 % more", slack=lambda p: p.loss - best_loss(p, 0.999 * norm_product(p))),
                Domain(K=2, n=1, d=(1, 2)),
            ),
            Neighbour(
                Inequality("n for sqrt n", slack=lambda p: p.loss - best_loss(p, norm_product(p) / p.xp.sqrt(p.n))),
                Domain(K=2, n=2, d=1),
            ),
            Neighbour(
                Inequality("(K-1) dropped", slack=lambda p: p.loss - best_loss(p, norm_product(p) * (p.K - 1) / p.K))
            ),
            Neighbour(
                Equivalence("W = 0 or H = 0 admitted", left=reaches_norm_product, right=is_collapsed),
                SMALL,
            ),
        ),
    ),
)
