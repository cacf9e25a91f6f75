r"""Appendix C, proof of Theorem 3.4: what (C.4) says about W'W, HH' and lambda.

As printed, where grad L H' = lambda W and W' grad L = lambda H (C.4): W'W = HH' if lambda != 0 (C.9), and
|lambda| <= |grad L|_2. Both hold. They are examined at every point, not only where (C.4) holds exactly: with
lambda = <grad L, (W, H)> / |(W, H)|^2, the only candidate, and with what is missing to (C.4) on the other side.
"""

from __future__ import annotations

from typing import Any

from ncverify.domain import Domain
from ncverify.kinds import Array, Number
from ncverify.literature.ulpm_2022._matrices import (
    CRITICAL,
    WORDS,
    imbalance,
    inner,
    radial_multiplier,
    squares,
)
from ncverify.papers.claim import Claim, Neighbour, Part
from ncverify.point import Point
from ncverify.space import SpacePoint
from ncverify.statements.types import Identity, Inequality

TINY = Domain(K=(2, 3), n=1, d=(1, 2))


def is_not_zero(p: Point) -> Number:
    """(W, H) != 0."""
    return p.squared_norm


# --- (C.9) ------------------------------------------------------------------------------------------------------------


def critical_residuals(p: Point, lam: Number) -> tuple[Array, Array]:
    """What is missing to (C.4): grad L H' - lambda W and W' grad L - lambda H."""
    return p.gradient.W - lam * p.W, p.gradient.H - lam * p.H


def _balance_slack(p: Point, *, first: float = 2.0, second: float = 2.0, with_lambda: bool = True) -> Number:
    """2 (|W|^2 |R_1|^2 + |H|^2 |R_2|^2) - lambda^2 |W'W - HH'|^2."""
    lam = radial_multiplier(p)
    R1, R2 = critical_residuals(p, lam)
    bound = first * squares(p.W, p) * squares(R1, p) + second * squares(p.H, p) * squares(R2, p)
    return bound - (lam * lam if with_lambda else 1) * squares(imbalance(p), p)


def _cross_products(p: SpacePoint) -> Array:
    return p.W.T @ (p.G @ p.H.T - p.lam * p.W) - (p.W.T @ p.G - p.lam * p.H) @ p.H.T


CROSS_PRODUCTS = Identity(
    "W'(grad L H' - lambda W) - (W' grad L - lambda H) H' = lambda (HH' - W'W)",
    left=_cross_products,
    right=lambda p: -p.lam * imbalance(p),
)


def _balance(name: str, **options: Any) -> Inequality:
    return Inequality(name, slack=lambda p: _balance_slack(p, **options), given=[is_not_zero])


BALANCE = Claim(
    id="eq-c.9",
    where="(C.9)",
    kind="implication",
    says="lambda != 0 implies W'W = HH'",
    position=910,
    printed=r"\lambda W'W=W'\nabla L(WH)H'=\lambda HH'\ \Rightarrow\ W'W=HH'\quad(\lambda\ne0)",
    verdict="holds",
    reason="both equations of (C.4), multiplied by W' and H' and subtracted, leave lambda (W'W - HH') = 0",
    parts=(
        Part(
            CROSS_PRODUCTS,
            domain=CRITICAL,
            proof=(CROSS_PRODUCTS,),
            argument="zero left of it where (C.4) holds",
            beyond=WORDS,
        ),
    ),
    neighbours=(
        Neighbour(_balance("for lambda = 0 too", with_lambda=False), TINY),
        Neighbour(_balance("from the first equation of (C.4) alone", second=0.0), TINY),
        Neighbour(_balance("from the second equation of (C.4) alone", first=0.0), TINY),
    ),
)

# --- |lambda| <= |grad L|_2 ------------------------------------------------------------------------------------------


def _spectral_slack(p: Point, *, weight: float = 1.0, factor: float = 1.0) -> Number:
    """At least 0 iff (factor lambda)^2 is at most the largest eigenvalue of weight^2 grad L grad L', for K <= 3.

    grad L grad L' has the eigenvalue 0 (its columns sum to zero) and at most two others, the roots of
    x^2 - t x + (t^2 - f)/2 with t its trace and f its squared Frobenius norm.
    """
    x = (factor * radial_multiplier(p)) ** 2
    gram = weight * weight * (p.logit_gradient @ p.logit_gradient.T)
    t, f = p.xp.trace(gram), squares(gram, p)
    return p.xp.maximum(t - 2 * x, x * (t - x) - (t * t - f) / 2)


EULER = Identity(
    "<grad L H', W> + <W' grad L, H> = 2 <grad L, WH>",
    left=lambda p: inner(p.G @ p.H.T, p.W, p.xp) + inner(p.W.T @ p.G, p.H, p.xp),
    right=lambda p: 2 * inner(p.G, p.W @ p.H, p.xp),
)


def _spectral(name: str, **options: Any) -> Inequality:
    return Inequality(name, slack=lambda p: _spectral_slack(p, **options), given=[is_not_zero])


def _average_slack(p: Point) -> Number:
    lam = radial_multiplier(p)
    return squares(p.logit_gradient, p) / (p.K - 1) - lam * lam


LAMBDA_BOUND = Claim(
    id="c-lambda-bound",
    where="below (C.9)",
    kind="inequality",
    says="|lambda| <= |grad L(WH)|_2",
    position=900,
    printed=r"|\lambda|\le\|\nabla L(WH)\|_2",
    verdict="holds",
    reason="lambda |(W, H)|^2 = 2 <grad L, WH> <= 2 |grad L|_2 |W| |H|; at W = H = 0 lambda is chosen 0, as printed",
    parts=(
        Part(
            _spectral("|lambda| <= |grad L|_2 for lambda = <grad L, (W, H)> / |(W, H)|^2"),
            domain=Domain(K=3, n=1, d=3),
            proof=(EULER,),
            argument="|<grad L, WH>| <= |grad L|_2 |W|_F |H|_F, which is at most |grad L|_2 |(W, H)|^2 / 2",
            shapes=CRITICAL,
            beyond=WORDS,
        ),
    ),
    neighbours=(
        Neighbour(_spectral("|lambda| <= 0.999 |grad L|_2", weight=0.999), TINY),
        Neighbour(_spectral("2 |lambda| <= |grad L|_2", factor=2.0), TINY),
        Neighbour(
            Inequality("|lambda| <= |grad L|_F / sqrt(K-1)", slack=_average_slack, given=[is_not_zero]),
            Domain(K=3, n=1, d=(1, 2)),
        ),
    ),
)

CLAIMS = (BALANCE, LAMBDA_BOUND)
