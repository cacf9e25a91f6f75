r"""Appendix C, end of the proof of Theorem 3.4: from |lambda| = |grad L|_2 to global optimality.

As printed, at a point of (C.4): "note that |lambda| = |grad L(WH)|_2, then by (C.11) -grad L is in |lambda| times the
subdifferential of |WH|_*", and hence (W, H) is a global minimiser of L + |lambda|/2 (|W|^2 + |H|^2).

The first step needs lambda <= 0, which is nowhere shown: at W = -H' = (1, -1)' (C.4) holds with lambda = |grad L|_2 and
positive, and -grad L points the other way. The gap closes: the second derivative of the loss along (W, -H), a tangent
direction by (C.9), is -lambda |(W, H)|^2, so that a point without tangent descent has lambda <= 0. With that the chain
at the end holds.
"""

from __future__ import annotations

from ncverify.kinds import Array, Number
from ncverify.literature.ulpm_2022._landscape import LINE_IS_MINIMUM, LINE_OF_THREE
from ncverify.literature.ulpm_2022._matrices import (
    COEFFICIENTS,
    COLUMNS,
    CRITICAL,
    GRID,
    ONE_SHAPE,
    SMALL_MATRICES,
    WEIGHTED_MEAN,
    WORDS,
    at,
    free,
    imbalance,
    inner,
    radial_multiplier,
    squares,
    zero,
)
from ncverify.literature.ulpm_2022.appendix_c_balance import CROSS_PRODUCTS, EULER, TINY
from ncverify.literature.ulpm_2022.appendix_c_nuclear import CLASSIFIER_ROOT
from ncverify.literature.ulpm_2022.corollary_3_1 import WEAK_DUALITY
from ncverify.papers.claim import Claim, Correction, Demonstration, Neighbour, Part, Shown, Witness
from ncverify.point import Point, Tangent
from ncverify.separation import optimal_value
from ncverify.space import Space, SpacePoint, Variable
from ncverify.statements.types import Function, Identity, Inequality

LINE = Space(variables={"t": Variable(), "direction": Variable()})
"""Two classes on a line at t and -t, aligned or opposed by the sign of `direction`."""

SYMMETRIC = Space(variables={"t": Variable(), "pi": Variable()})
"""The same, and a number pi in place of the probability of the wrong class."""

SCALED = free("W", "H", "x")
TINY_AND_MARGIN = free("W", "H", n=(1, 1), d=(1, 2), x=Variable(low=0))
"""A point, and the margin x of a collapsed one."""

TWO_POINTS = free("W", "H", "W2", "H2", n=(1, 1), d=(1, 1))
"""Two points on a line that do not depend on each other."""

# --- -grad L in |lambda| times the subdifferential --------------------------------------------------------------------


def opposed_or_aligned(p: SpacePoint) -> Point:
    """W = (t, -t)', H = +-(t, -t): two classes on a line, aligned (collapsed) or opposed; t and the sign are free."""
    xp = p.xp
    row = xp.stack([p.t, -p.t])
    return Point.trusted(xp.expand_dims(row, axis=1), xp.expand_dims(xp.sign(p.direction) * row, axis=0))


def has_scale_and_sign(p: SpacePoint) -> Number:
    """t != 0, and a sign."""
    return p.t * p.t * p.direction * p.direction


def _critical_gap(p: SpacePoint) -> Array:
    """What is missing to (C.4) with lambda = 2 pi sign, and lambda^2 - |grad L|_F^2, for both signs.

    At W = (t, -t)', H = sign (t, -t) both samples have the same wrong-class probability pi, so that grad L is pi times
    (-1, 1; 1, -1); here pi is a free number.
    """
    xp, t, pi = p.xp, p.t, p.pi
    v = xp.stack([t, -t])
    G = pi * (1 - 2 * xp.eye(2))
    gaps = [xp.concat([G @ (sign * v) + 2 * pi * sign * v, v @ G + 2 * pi * v], axis=0) for sign in (1, -1)]
    return xp.concat([*gaps, xp.stack([4 * pi * pi - squares(G, p)])], axis=0)


def _support(p: SpacePoint) -> Number:
    """<-grad L, WH>, which is |lambda| |WH|_* >= 0 wherever -grad L is in |lambda| times the subdifferential."""
    q = opposed_or_aligned(p)
    return -inner(q.logit_gradient, q.logits, p.xp)


BOTH_CRITICAL = zero("(C.4) and |lambda| = |grad L|_2 hold at the aligned and at the opposed points", _critical_gap)


def _opposition_form(p: Point) -> Number:
    """<v, Hess L v> along v = (W, -H)."""
    v = Tangent(p.W, -p.H)
    image = p.hessian_vector_product(v)
    return inner(v.W, image.W, p.xp) + inner(v.H, image.H, p.xp)


OPPOSITION = Identity(
    "the second derivative of the loss along (W, -H) is -2 <grad L, WH> = -lambda |(W, H)|^2",
    left=_opposition_form,
    right=lambda p: -2 * inner(p.logit_gradient, p.logits, p.xp),
)


STILL_LOGITS = zero(
    "((1+x) W) ((1-x) H) = (1 - x^2) WH",
    lambda p: ((1 + p.x) * p.W) @ ((1 - p.x) * p.H) - (1 - p.x * p.x) * (p.W @ p.H),
)
TANGENT = Identity(
    "<(W, -H), (W, H)> = tr(W'W - HH')",
    left=lambda p: squares(p.W, p) - squares(p.H, p),
    right=lambda p: p.xp.trace(imbalance(p)),
)
NUCLEAR_NORM = Part(
    CLASSIFIER_ROOT,
    domain=SMALL_MATRICES,
    proof=((CROSS_PRODUCTS, CRITICAL), CLASSIFIER_ROOT),
    argument="lambda != 0: W'W = HH', so WW' is the root of ZZ', and |WH|_* = |W|^2 = |(W, H)|^2 / 2",
    beyond=WORDS,
)
SIGN_PARTS = (
    Part(
        OPPOSITION,
        domain=TINY,
        proof=(STILL_LOGITS,),
        argument="L((1 - x^2) WH) has the second derivative -2 <grad L, WH>",
        shapes=SCALED,
        beyond=WORDS,
    ),
    Part(
        TANGENT,
        domain=SMALL_MATRICES,
        proof=(TANGENT,),
        argument="zero by (C.9): (W, -H) is a tangent direction",
        beyond=WORDS,
    ),
    Part(
        EULER,
        domain=CRITICAL,
        proof=(EULER,),
        argument="under (C.4) with lambda <= 0, <-grad L, WH> = |lambda| |(W, H)|^2 / 2 = |lambda| |WH|_*, and "
        "|-grad L|_2 = |lambda|: that is membership",
        beyond=WORDS,
    ),
)


def _smaller_than_gradient(p: Point, factor: int = 1) -> Shown:
    """Whether factor |lambda| < |G v| for v = e_2, and p has no tangent descent, by ball arithmetic."""
    from ncverify.numbers.ball import BALL

    q = p.map(BALL.asarray)
    image = q.logit_gradient[:, 1]
    gap = BALL.sum(image * image) - (factor * radial_multiplier(q)) ** 2
    return Shown(
        bool(gap > 0) and LINE_IS_MINIMUM.run(0).holds,
        f"|G v|^2 - lambda^2 = {BALL.field.to_float(gap.data.item()):.3g} for v = (0, 1, 0)'",
    )


SMALL_MULTIPLIER = Demonstration(
    "the line of three has no tangent descent, but |lambda| < |grad L|_2, so that -grad L is no subgradient there",
    run=lambda seed: _smaller_than_gradient(LINE_OF_THREE.point()),
    grade="proved",
    control=lambda seed: _smaller_than_gradient(LINE_OF_THREE.point(), factor=20),
    exact="signs in ball arithmetic",
)

SUBGRADIENT = Claim(
    id="c-subgradient",
    where="below (C.11)",
    kind="claim",
    says="-grad L is in |lambda| times the subdifferential",
    position=970,
    printed=r"|\lambda|=\|\nabla L(WH)\|_2\ \Rightarrow\ -\nabla L(WH)\in|\lambda|\,\partial\|WH\|_*",
    verdict="proof-gap",
    reason="needs lambda <= 0, which is not shown: false at W = -H' = (1, -1)'; true where no tangent descent exists",
    severity="proof",
    effect="none; it is used under the assumption that no direction of descent exists, which excludes lambda > 0",
    parts=(
        Part(
            Inequality(
                "(C.4) with |lambda| = |grad L|_2 puts -grad L into |lambda| times the subdifferential",
                slack=_support,
                given=[has_scale_and_sign],
            ),
            role="step",
            domain=LINE,
            witness=Witness(t=1, direction=-1),
        ),
        Part(
            BOTH_CRITICAL,
            domain=SYMMETRIC,
            proof=(BOTH_CRITICAL,),
            argument="lambda is -2 pi where H = W' and 2 pi where H = -W'; grad L has rank one, so its norms agree",
            beyond=ONE_SHAPE,
        ),
        *SIGN_PARTS,
    ),
    correction=Correction(
        latex=r"(W,H)\ne0\text{ without tangent descent}\ \Rightarrow\ \lambda\le0\text{, because the second "
        r"derivative along the tangent }(W,-H)\text{ is }-\lambda\|(W,H)\|^2;\text{ if moreover }|\lambda|=\|\nabla "
        r"L(WH)\|_2\text{, then }-\nabla L(WH)\in|\lambda|\,\partial\|WH\|_*",
        parts=(*SIGN_PARTS, NUCLEAR_NORM, Part(SMALL_MULTIPLIER)),
    ),
)

# --- the chain at the end ---------------------------------------------------------------------------------------------


def _collapsed_value(p: Point, x: Array, weight: float = 1.0) -> tuple[Array, Array]:
    """|lambda| and the regularised loss at collapse with margin x >= 0."""
    xp = p.xp
    odds = xp.log(p.K - 1) - x
    lam = weight * xp.sqrt(p.n) * p.K / (p.K - 1) * xp.exp(odds - xp.softplus(odds))
    return lam, p.K * p.n * xp.softplus(odds) + lam * optimal_value(p.K, p.n, xp) * x


def _chain_slack(p: SpacePoint, *, weight: float = 1.0) -> Number:
    """L + |lambda|/2 (|W|^2 + |H|^2) minus its value at collapse with margin x."""
    q = at(p)
    lam, value = _collapsed_value(q, p.x, weight)
    return q.loss + lam * q.squared_norm / 2 - value


def _pair_slack(p: SpacePoint, *, weight: float = 1.0) -> Number:
    """The chain from any (W, H) to any (W2, H2), with |grad L(WH)|_F."""
    first, second = at(p), Point.trusted(p.W2, p.H2)
    G = first.logit_gradient
    strength = weight * p.xp.sqrt(squares(G, p))
    return second.loss + strength * second.squared_norm / 2 - first.loss + inner(G, first.logits, p.xp)


def _chain(name: str, slack: Function) -> Inequality:
    return Inequality(name, slack=slack)


GLOBAL_CHAIN = Claim(
    id="c-global-chain",
    where="end of Appendix C",
    kind="inequality",
    says="the point is a global minimiser of the regularised problem",
    position=1000,
    printed=r"\mathcal L(W,H)+\tfrac{|\lambda|}2(\|W\|_F^2+\|H\|_F^2)=L(WH)+|\lambda|\|WH\|_*"
    r"\le L(W'H')+|\lambda|\|W'H'\|_*\le\mathcal L(W',H')+\tfrac{|\lambda|}2(\|W'\|_F^2+\|H'\|_F^2)",
    verdict="holds",
    reason="with lambda <= 0 (c-subgradient) and tr S for tr S^2 (c-trace): convexity, then the variational bound",
    parts=(
        Part(
            _chain("no point is below collapse with margin x in L + |lambda(x)|/2 |(W, H)|^2", _chain_slack),
            domain=TINY_AND_MARGIN,
            proof=(WEAK_DUALITY,),
            argument="L lies above its tangent at collapse, of slope -|lambda| A with |A|_2 = 1, and <A, WH> is at "
            "most |(W, H)|^2 / 2 by the identity",
            shapes=GRID,
            beyond=COEFFICIENTS,
        ),
        Part(
            _chain(
                "from any point, with |lambda| >= |grad L|_2: L' + |lambda| |(W', H')|^2/2 >= L - <grad L, WH>",
                _pair_slack,
            ),
            domain=TWO_POINTS,
            proof=(WEIGHTED_MEAN,),
            argument="L' >= L + <G, Z' - Z>, as e^y >= 1 + y where y has mean zero; <G, W'H'> >= -|G| |W'| |H'|",
            beyond=COLUMNS,
        ),
    ),
    neighbours=(
        Neighbour(_chain("0.999 |lambda|", lambda p: _chain_slack(p, weight=0.999)), TINY_AND_MARGIN),
        Neighbour(_chain("from any point with 0.9 |grad L|_2", lambda p: _pair_slack(p, weight=0.9)), TWO_POINTS),
        Neighbour(
            Inequality(
                "with lambda > 0: the opposed point is a minimiser too",
                slack=lambda p: 2 * p.xp.log(2) - _regularised(opposed_or_aligned(p)),
                given=[has_scale_and_sign],
            ),
            LINE,
        ),
    ),
)


def _regularised(p: Point) -> Number:
    lam = radial_multiplier(p)
    return p.loss + p.xp.abs(lam) * p.squared_norm / 2


CLAIMS = (SUBGRADIENT, GLOBAL_CHAIN)
