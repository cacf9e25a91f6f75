r"""The argument that replaces the printed proof of Theorem 3.4, verified exactly, and the saddles that it speaks of.

At a critical point of the sphere, G H' = lambda W and W' G = lambda H, rho > 0:

1. lambda > 0: W' W = H H', so (W, -H) is tangent, its logit direction is zero, and the form is -2 lambda rho^2.
2. lambda = 0: W' G = 0 makes all classifiers equal, G H' = 0 all class means; the direction `flat` lowers the loss.
3. lambda < 0, rank W < d: W and H' have a common null vector a; along (u a', -a v') the quotient is |lambda| - |G|_2.
4. lambda < 0, rank W = d: since 1' W = 0, d = K-1, the columns of W span the complement of 1, and G G' W = lambda^2 W
   makes G G' = lambda^2 (I - 11'/K): |lambda| = |G|_2.
5. |lambda| = |G|_2, lambda < 0: for every point of the same norm L' >= L + <G, W'H'> - <G, WH> >= L, because
   |<G, W'H'>| <= |G|_2 |W'|_F |H'|_F <= |lambda| rho^2 / 2 = -<G, WH>. So the point is optimal: no saddle, Theorem 3.3.

Step 4 is what d = K-1 needs; where d < K-1 it is the step that fails.
"""

from __future__ import annotations

import numpy as np

from ncverify.collapse import is_collapsed
from ncverify.kinds import Array, Number
from ncverify.landscape import (
    CriticalFamily,
    ball_quotient,
    collapsed,
    direct_sum,
    find_critical_point,
    is_critical_by_symmetry,
    lower_point_on_sphere,
    merged_classes,
    negative_curvature,
    partial_simplex,
    polygon,
    vanishing_gradient,
)
from ncverify.landscape.sphere import inner
from ncverify.literature.ulpm_2022._landscape import EXAMPLE_3_1, FLAT_DESCENT
from ncverify.literature.ulpm_2022._matrices import (
    COLUMNS,
    CRITICAL,
    WEIGHTED_MEAN,
    WORDS,
    at,
    free,
    imbalance,
    squares,
    zero,
)
from ncverify.literature.ulpm_2022.appendix_c_balance import CROSS_PRODUCTS, EULER
from ncverify.literature.ulpm_2022.appendix_c_rank import LEFT_NULL_SPACE
from ncverify.numbers.rational import RATIONAL
from ncverify.papers.claim import Demonstration, Part, Shown
from ncverify.point import Point, Tangent
from ncverify.space import SpacePoint
from ncverify.statements.types import Inequality

# --- the five steps as identities of free matrices --------------------------------------------------------------------


def lifted(p: Point) -> Point:
    """p with one more coordinate, in which W and H' are zero: a = e_(d+1) is a common null vector."""
    xp = p.xp
    return Point.trusted(
        xp.concat([p.W, xp.zeros((p.K, 1))], axis=1), xp.concat([p.H, xp.zeros((1, p.K * p.n))], axis=0)
    )


NULL_DIRECTIONS = free("W", "H", "G", "u", "v")
"""A point, a logit gradient, and the u and v of a direction along a common null vector."""

DIRECTIONS = free("W", "H", "u", "v", d=(1, 2))

WITH_VECTOR = free("W", "H", "a")

TWO_POINTS = free("W", "H", "W2", "H2", d=(1, 2))


def null_direction(p: SpacePoint, sign: Number = -1) -> tuple[Point, Tangent]:
    """A lifted point and (u a', -a v') at it, with u and v that do not depend on the point."""
    xp = p.xp
    U = xp.concat([xp.zeros((p.K, p.d)), xp.expand_dims(p.u, axis=1)], axis=1)
    V = xp.concat([xp.zeros((p.d, p.N)), sign * xp.expand_dims(p.v, axis=0)], axis=0)
    return lifted(at(p)), Tangent(U, V)


def _still_logits(p: SpacePoint) -> Array:
    """W dH + dW H along (u a', -a v')."""
    q, (U, V) = null_direction(p)
    return q.W @ V + U @ q.H


def _curvature_parts(p: SpacePoint) -> Array:
    """<G, dW dH> + u' G v and |dW|^2 + |dH|^2 - |u|^2 - |v|^2 for a free G."""
    U, V = null_direction(p)[1]
    pairing = p.xp.sum(p.G * (U @ V)) + p.u @ p.G @ p.v
    return p.xp.stack([pairing, inner((U, V), (U, V), p.xp) - squares(p.u, p) - squares(p.v, p)])


def _null_gap(p: SpacePoint) -> Array:
    """|H'a|^2 - |Wa|^2 + a' (W'W - HH') a for a free a."""
    return squares(p.a @ p.H, p) - squares(p.W @ p.a, p) + p.a @ imbalance(p) @ p.a


def _isometry_gap(p: SpacePoint) -> Array:
    """G G'W - lambda^2 W - G (G'W - lambda H') - lambda (G H' - lambda W)."""
    W, H, G, lam = p.W, p.H, p.G, p.lam
    return G @ (G.T @ W) - lam * lam * W - G @ (G.T @ W - lam * H.T) - lam * (G @ H.T - lam * W)


def _column_sums_gap(p: SpacePoint) -> Array:
    """1'(G H' - lambda W) + lambda 1'W for G with columns of sum zero."""
    G = p.G - p.xp.mean(p.G, axis=0, keepdims=True)
    return p.xp.sum(G @ p.H.T - p.lam * p.W, axis=0) + p.lam * p.xp.sum(p.W, axis=0)


def _bregman(p: SpacePoint) -> Number:
    """L(Z') - L(Z) - <G, Z' - Z> at the logits of two independent points."""
    q, other = at(p), Point.trusted(p.W2, p.H2)
    return other.loss - q.loss - p.xp.sum(q.logit_gradient * (other.logits - q.logits))


STILL = zero("W dH + dW H = 0 along (u a', -a v')", _still_logits)
CURVATURE = zero("<G, dW dH> = -u' G v for any G, and |dW|^2 + |dH|^2 = |u|^2 + |v|^2", _curvature_parts)
NULL = zero("|H'a|^2 - |Wa|^2 = -a'(W'W - HH')a", _null_gap)
ISOMETRY = zero("G G'W - lambda^2 W = G (G'W - lambda H') + lambda (G H' - lambda W)", _isometry_gap)
COLUMN_SUMS = zero("1'(G H' - lambda W) = -lambda 1'W where 1'G = 0", _column_sums_gap)

COMMON_NULL_VECTOR = Part(
    NULL,
    domain=WITH_VECTOR,
    proof=((CROSS_PRODUCTS, CRITICAL), NULL),
    argument="lambda != 0: W'W = HH' by (C.4), so W and H' have the same null vectors, a != 0 iff rank W < d",
    beyond=WORDS,
)
FULL_RANK = Part(
    ISOMETRY,
    domain=CRITICAL,
    proof=(ISOMETRY, COLUMN_SUMS),
    argument="lambda != 0: 1'W = 0, so rank W <= K-1, and rank W < d for d >= K; if rank W = d = K-1 the columns of W "
    "span the complement of 1, where G G' is lambda^2, and 1'G = 0: |lambda| = |G|_2",
    beyond="coefficients a + b/K in monomials of two classes, and two values of K are tested",
)
REPAIRED_STEPS = (
    Part(
        EULER,
        domain=CRITICAL,
        proof=(CROSS_PRODUCTS, EULER),
        argument="lambda > 0: W'W = HH', so (W, -H) is tangent and W (-H) + W H = 0: its form is -2 <G, WH> - lambda "
        "rho^2 = -2 lambda rho^2 < 0",
        beyond=WORDS,
    ),
    FLAT_DESCENT,
    LEFT_NULL_SPACE,
    COMMON_NULL_VECTOR,
    Part(
        STILL,
        domain=NULL_DIRECTIONS,
        proof=(STILL, CURVATURE),
        argument="along (u a', -a v'), a the common null vector and u, v the first singular vectors of G, the form is "
        "2 (-lambda - |G|_2), negative for lambda < 0 unless |lambda| = |G|_2",
        beyond=WORDS,
    ),
    FULL_RANK,
    Part(
        Inequality("L(Z') >= L(Z) + <grad L(Z), Z' - Z>", slack=_bregman),
        domain=TWO_POINTS,
        proof=(WEIGHTED_MEAN, EULER),
        argument="each sample gives log sum_j p_j e^(y_j) with sum_j p_j y_j = 0 and e^y >= 1 + y; and where |lambda| "
        "= |G|_2, lambda < 0: |<G, W'H'>| <= |G|_2 |W'| |H'| <= |lambda| rho^2/2 = -<G, WH>, so L' >= L on the sphere",
        shapes=CRITICAL,
        beyond=COLUMNS,
    ),
)

# --- every saddle in reach -------------------------------------------------------------------------------------------


def _families() -> list[CriticalFamily]:
    families: list[CriticalFamily] = []
    for rho in (1.0, 3.0):
        families += [
            direct_sum(4, 1, 4, blocks=2, rho=rho),
            direct_sum(4, 2, 3, blocks=2, rho=rho),
            merged_classes(4, 1, 3, blocks=2, rho=rho),
            partial_simplex(3, 1, 2, active=2, rho=rho),
            partial_simplex(4, 1, 3, active=3, rho=rho),
            polygon(4, 1, 3, rho),
            collapsed(2, 1, 1, rho, opposed=True),
            collapsed(3, 2, 2, rho, opposed=True),
            partial_simplex(3, 1, 2, active=2, rho=rho, opposed=True),
            vanishing_gradient(2, 1, 1, rho),
            vanishing_gradient(2, 3, 2, rho, share=0.0),
            vanishing_gradient(3, 2, 3, rho),
        ]
    return families


def _found_by_newton(seed: int) -> list[Point]:
    points = []
    for shape in ((2, 1, 1), (2, 2, 2), (3, 1, 2), (3, 1, 3), (3, 2, 2), (4, 1, 3)):
        for turn in range(6):
            rho = (1.0, 2.0, 3.5)[turn % 3]
            critical = find_critical_point(*shape, rho, seed=seed + turn, opposed=turn >= 4)
            if critical is not None and critical.kind != "collapsed":
                points.append(critical.point)
    return points


def _all_are_saddles(points: list[Point]) -> Shown:
    worst, failures = -np.inf, 0
    for p in points:
        eigenpair = negative_curvature(p)
        if eigenpair is None:
            failures += 1
            continue
        high = ball_quotient(p, eigenpair.direction(p.xp))[1]
        lower = lower_point_on_sphere(p, within=1e-3)
        failures += not (high < 0 and lower is not None)
        worst = max(worst, high)
    detail = f"{len(points)} critical points, none collapsed: quotients at most {worst:.2g}, {failures} without descent"
    return Shown(failures == 0, detail + "; signs and descents in ball arithmetic", value=-worst, cases=len(points))


STRICT_SADDLES = Demonstration(
    "for d >= K-1 every critical point of a sphere that was found and is not collapsed has negative curvature, and "
    "a point of the same norm and lower loss near it",
    run=lambda seed: _all_are_saddles([f.point for f in _families()] + _found_by_newton(seed)),
    grade="attacked",
    control=lambda seed: _all_are_saddles([polygon(4, 1, 2, 2.0).point]),
)


def _multiplier_range(points: list[Point], *, allow: float = 0.0) -> Shown:
    """Whether lambda <= 0 or lambda = |G|_2 at all the points."""
    from ncverify.landscape.riemannian import multiplier
    from ncverify.landscape.singular import largest_singular_triple

    between, positive = 0, 0
    for p in points:
        lam, s = float(multiplier(p)), largest_singular_triple(p)[0]
        positive += lam > 1e-9
        between += 1e-9 - allow < lam < s * (1 - 1e-9)
    return Shown(
        between == 0,
        f"{len(points)} critical points, {positive} with lambda > 0, {between} with 0 < lambda < |G|_2",
        cases=len(points),
    )


def _opposed_points(seed: int) -> list[Point]:
    shapes = ((3, 1, 1), (3, 1, 2), (4, 1, 2), (4, 2, 2), (5, 1, 1))
    points = [
        find_critical_point(*shape, rho, seed=seed + turn, opposed=True)
        for shape in shapes
        for rho in (1.0, 3.0)
        for turn in range(5)
    ]
    return [critical.point for critical in points if critical is not None]


POSITIVE_IS_LARGEST = Demonstration(
    "no critical point with 0 < lambda < |G|_2 was found, so that |lambda| < |G|_2 means lambda <= 0",
    run=lambda seed: _multiplier_range(_opposed_points(seed)),
    grade="attacked",
    control=lambda seed: _multiplier_range([direct_sum(4, 1, 4, blocks=2, rho=2.0).point], allow=9.0),
)


# --- the ray of Example 3.1 ------------------------------------------------------------------------------------------


def _keeps_ray(p: Point) -> Shown:
    """Critical on every sphere, so that the gradient is radial all along the ray and the flow never leaves it."""
    holds = is_critical_by_symmetry(p) and not bool(is_collapsed(p))
    detail = "the gradient is a multiple of (W, H) for any exponentials of the distinct logits, hence at every scale"
    return Shown(holds, f"{detail}; not collapsed", counterexample=p if holds else None)


EXAMPLE_KEEPS_ITS_RAY = Demonstration(
    "gradient flow from Example 3.1 moves along its ray forever and does not approach neural collapse",
    run=lambda seed: _keeps_ray(EXAMPLE_3_1.point()),
    grade="proved",
    control=lambda seed: _keeps_ray(_disturbed(EXAMPLE_3_1.point())),
    exact="equality of rational logits, whatever their exponentials",
)


def _disturbed(p: Point) -> Point:
    W = p.W + RATIONAL.asarray(np.arange(p.K * p.d).reshape(p.K, p.d)) / 100
    return Point(W, p.H)
