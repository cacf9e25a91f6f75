r"""Example 3.1, first part: a point that separates and is a KKT point of (3.1), but not globally optimal.

K = 4, n = 1, and W = H = two blocks (1, -1; -1, 1). The point separates, (W, H)/sqrt(2) is a KKT point of (3.1) with
the printed multipliers, and they are its only ones. Its objective is 4; a collapsed point has 3.
"""

from __future__ import annotations

from ncverify.kinds import Array, Number
from ncverify.literature.ulpm_2022._example_3_1 import (
    ALONG_CURVE,
    EXAMPLE,
    FOUR_CLASSES,
    example,
    kkt_point,
    matrix,
    multipliers,
    vanishes,
)
from ncverify.literature.ulpm_2022._matrices import ONE_SHAPE
from ncverify.model import between_classes
from ncverify.papers.claim import Claim, Demonstration, Neighbour, Part, Shown
from ncverify.point import Point
from ncverify.separation import optimality_gap, stationarity, verify_certificate
from ncverify.space import Space, SpacePoint, Variable
from ncverify.statements.types import Function, Identity, Inequality

SCALES = Space(variables={"t": Variable()})


def _scaled(p: Point, factor: Number) -> Point:
    return Point.trusted(factor * p.W, factor * p.H)


# --- the point separates --------------------------------------------------------------------------------------------


def _scaled_example(p: SpacePoint) -> Point:
    return _scaled(example(p.xp), p.t)


def _scale_is_not_zero(p: SpacePoint) -> Number:
    return p.t * p.t


def _separates(name: str, slack: Function) -> Inequality:
    return Inequality(name, slack=slack, given=[_scale_is_not_zero], strict=True)


DIFFERENCES = Identity(
    "the logit differences of t (W, H) are t^2 times 4 within a block and 2 across",
    left=lambda p: _scaled_example(p).logit_differences,
    right=lambda p: p.t * p.t * (2 - matrix(EXAMPLE, p.xp) * 2),
)

SEPARATES = Claim(
    id="ex-3.1-separates",
    where="Example 3.1",
    kind="claim",
    says="the point classifies every feature perfectly",
    position=160,
    printed=r"(W,H)\text{ enables our model to classify all features perfectly}",
    verdict="holds",
    reason="the smallest logit difference is 2",
    parts=(
        Part(
            _separates("every multiple t (W, H), t != 0, separates", lambda p: _scaled_example(p).q_min),
            domain=SCALES,
            proof=(DIFFERENCES,),
            argument="every difference with j != k is 2 t^2 or 4 t^2",
            beyond=ONE_SHAPE,
        ),
    ),
    neighbours=(
        Neighbour(
            _separates(
                "the margin is 2.002 t^2",
                lambda p: _scaled_example(p).q_min - 2.002 * p.t * p.t,
            ),
            SCALES,
        ),
        Neighbour(
            _separates("with -H for H", lambda p: Point.trusted(_scaled_example(p).W, -_scaled_example(p).H).q_min),
            SCALES,
        ),
        Neighbour(
            Inequality("every point separates", slack=lambda p: p.q_min, given=[lambda p: p.squared_norm], strict=True),
            FOUR_CLASSES,
        ),
    ),
)

# --- a KKT point ----------------------------------------------------------------------------------------------------


def _residual(p: Point, M: Array) -> Array:
    R = stationarity(p, M)
    return p.xp.concat([R.W, R.H], axis=0)


def _slackness(p: Point, M: Array) -> Array:
    xp = p.xp
    return between_classes(M, 1, xp) * (between_classes(p.logit_differences, 1, xp) - 1)


def _lagrangian(p: Point, M: Array) -> Number:
    """The Lagrangian of (3.1): (|W|^2 + |H|^2)/2 - sum lambda (s - 1)."""
    return p.squared_norm / 2 - p.xp.sum(_slackness(p, M))


def _printed_lagrangian(p: Point) -> Number:
    """The printed one: |W|^2/4 + |H|^2/4 - sum lambda_ij (w_i h_i / 2 - w_j h_i / 2 - 1)."""
    M = multipliers(p.xp)
    return p.squared_norm / 4 - p.xp.sum(M * p.logit_differences) / 2 + p.xp.sum(M)


STATIONARY = vanishes(
    "(W, H)/sqrt 2 equals the weighted sum of gradients", lambda p: _residual(kkt_point(p.xp), multipliers(p.xp))
)
COMPLEMENTARY = vanishes(
    "lambda (s - 1) = 0 at (W, H)/sqrt 2", lambda p: _slackness(kkt_point(p.xp), multipliers(p.xp))
)
FEASIBLE = Inequality("(W, H)/sqrt 2 is feasible", slack=lambda p: kkt_point(p.xp).q_min - 1)
FEASIBLE_DIFFERENCES = Identity(
    "its logit differences are 2 within a block and 1 across",
    left=lambda p: kkt_point(p.xp).logit_differences,
    right=lambda p: 1 - matrix(EXAMPLE, p.xp),
)
NON_NEGATIVE = Inequality("the printed multipliers are non-negative", slack=lambda p: p.xp.min(multipliers(p.xp)))
ZERO_OR_HALF = vanishes("each is 0 or 1/2", lambda p: multipliers(p.xp) * (1 - 2 * multipliers(p.xp)))
LAGRANGIAN = Identity(
    "the printed Lagrangian is that of (3.1) at (W, H)/sqrt 2",
    left=_printed_lagrangian,
    right=lambda p: _lagrangian(_scaled(p, 1 / p.xp.sqrt(p.xp.asarray(2))), multipliers(p.xp)),
)


def _independent_gradients(*, with_inactive: bool) -> Shown:
    """The rank of the constraint gradients at the KKT point (times sqrt 2, where they are integers)."""
    from flint import fmpz_mat

    rows = []
    for k in range(4):
        for j in range(4):
            if j == k or (not with_inactive and k // 2 == j // 2):
                continue
            W, H = [[0] * 4 for _ in range(4)], [[0] * 4 for _ in range(4)]
            for a in range(4):
                W[k][a] += EXAMPLE[a][k]
                W[j][a] -= EXAMPLE[a][k]
                H[a][k] = EXAMPLE[k][a] - EXAMPLE[j][a]
            rows.append([entry for row in (*W, *H) for entry in row])
    rank = int(fmpz_mat(rows).rank())
    return Shown(rank == len(rows), f"{len(rows)} gradients of rank {rank}", value=float(rank))


def _not_optimal(objective: int) -> Shown:
    """The value 4 of the KKT point against the optimal value 3 of the certificate."""
    from ncverify.numbers.rational import RATIONAL

    gap = optimality_gap(example(RATIONAL))
    certificate = verify_certificate(4, 1)
    better = certificate.holds and gap.lower_bound < objective
    return Shown(
        better,
        f"objective {gap.objective:g}, optimal value {gap.lower_bound:g}, certificate exact: {certificate.holds}",
    )


UNIQUE = Demonstration(
    "the eight active constraints have independent gradients, so the multipliers are unique",
    run=lambda seed: _independent_gradients(with_inactive=False),
    grade="proved",
    control=lambda seed: _independent_gradients(with_inactive=True),
    exact="a rank in integer arithmetic",
)
NOT_OPTIMAL = Demonstration(
    "the KKT point has objective 4, the optimal value is 3",
    run=lambda seed: _not_optimal(4),
    grade="proved",
    control=lambda seed: _not_optimal(3),
    exact="a dual certificate in rational arithmetic",
)


def _constant(statement: Identity, argument: str) -> Part:
    return Part(statement, domain=ALONG_CURVE, proof=(statement,), argument=argument, beyond=ONE_SHAPE)


KKT = Claim(
    id="ex-3.1-kkt",
    where="Example 3.1",
    kind="claim",
    says="(W, H)/sqrt 2 is a KKT point of (3.1) with the printed multipliers",
    position=170,
    printed=r"(W,H)/\sqrt2\text{ is a KKT point of (3.1), }\Lambda=\tfrac12\begin{bmatrix}0&11'\\11'&0\end{bmatrix}",
    verdict="holds",
    reason="all four KKT conditions hold exactly, and the printed Lagrangian is that of (3.1) at (W, H)/sqrt 2",
    parts=(
        _constant(STATIONARY, "exact, over the rationals with sqrt 2"),
        _constant(COMPLEMENTARY, "exact"),
        Part(
            FEASIBLE,
            domain=ALONG_CURVE,
            proof=(FEASIBLE_DIFFERENCES,),
            argument="all of them are at least 1",
            beyond=ONE_SHAPE,
        ),
        Part(NON_NEGATIVE, domain=ALONG_CURVE, proof=(ZERO_OR_HALF,), argument="exact", beyond=ONE_SHAPE),
        Part(
            LAGRANGIAN,
            domain=FOUR_CLASSES,
            proof=(LAGRANGIAN,),
            argument="for all (W, H), so its derivatives agree too",
            beyond=ONE_SHAPE,
        ),
        Part(UNIQUE),
        Part(NOT_OPTIMAL),
    ),
    neighbours=(
        Neighbour(
            vanishes("multipliers 0.1 % larger", lambda p: _residual(kkt_point(p.xp), 1.001 * multipliers(p.xp))),
            ALONG_CURVE,
        ),
        Neighbour(
            Inequality("(W, H)/sqrt 2.002 is feasible", slack=lambda p: _scaled(example(p.xp), 2.002**-0.5).q_min - 1),
            ALONG_CURVE,
        ),
        Neighbour(
            vanishes(
                "multipliers within the blocks instead (stationary, but on inactive constraints)",
                lambda p: _slackness(kkt_point(p.xp), (1 - p.xp.eye(4)) / 2 - multipliers(p.xp)),
            ),
            ALONG_CURVE,
        ),
        Neighbour(
            vanishes("without 1/sqrt 2 complementarity stays", lambda p: _slackness(example(p.xp), multipliers(p.xp))),
            ALONG_CURVE,
        ),
    ),
)

CLAIMS = (SEPARATES, KKT)
