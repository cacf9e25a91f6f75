r"""Theorem 3.3: neural collapse is optimal on spheres; Remark 3.3.

As printed: the optimal value of the loss (2.3) on a sphere is obtained (L(W, H) <= L(W', H') for any |W'|_F^2 +
|H'|_F^2 = |W|_F^2 + |H|_F^2) if and only if (W, H) satisfies the neural collapse conditions and |W|_F = |H|_F.

Where d >= K-1 the minimum on the sphere is the bound (C.2), attained exactly where the three terms of
`ncverify.slack.loss` vanish; that is a polynomial condition, so exact arithmetic decides optimality. The origin is
alone on its sphere, hence optimal, and not collapsed. Where d < K-1 every sphere is compact and has a minimum, but no
point is collapsed.
"""

from __future__ import annotations

from ncverify.collapse import has_balanced_norms, is_collapsed
from ncverify.kinds import Number
from ncverify.literature.ulpm_2022._landscape import NO_COLLAPSE_BELOW, WIDE
from ncverify.literature.ulpm_2022._matrices import COEFFICIENTS, GRID, at
from ncverify.literature.ulpm_2022.appendix_c_jensen import EXPONENT_IS_SQUARES, SAME_ARGUMENT, SPHERE_BOUND
from ncverify.literature.ulpm_2022.corollary_3_1 import CERTIFICATES
from ncverify.literature.ulpm_2022.theorem_3_1 import AT_EQUALITY, DECOMPOSITION, is_optimal
from ncverify.papers.claim import Claim, Correction, Neighbour, Part, Witness
from ncverify.point import Point
from ncverify.slack.loss import attains_sphere_bound
from ncverify.space import Space, Variable
from ncverify.statements.types import Equivalence, Implication, Statement

OPTIMAL_IF = Implication(
    "collapse with |W| = |H| attains the optimum", premise=is_optimal, conclusion=attains_sphere_bound
)
OPTIMAL_ONLY_IF = Implication("only collapse with |W| = |H| does", premise=attains_sphere_bound, conclusion=is_optimal)
AWAY_FROM_ZERO = Equivalence(
    "for (W, H) != 0 and d >= K-1: optimal on the sphere if and only if collapsed with |W| = |H|",
    left=attains_sphere_bound,
    right=is_optimal,
    given=[lambda p: p.squared_norm],
)


def _at_optimum(statement: Statement) -> Part:
    """A part about the points where the three terms of the slack of (C.2) vanish."""
    return Part(
        statement,
        domain=WIDE,
        proof=(SAME_ARGUMENT, EXPONENT_IS_SQUARES, DECOMPOSITION),
        argument=f"the terms of (C.2) vanish where those of Theorem 3.1 do: {AT_EQUALITY}",
        shapes=GRID,
        beyond=COEFFICIENTS,
    )


def scaled(p: Point, alpha: Number, beta: Number) -> Point:
    """(alpha W, beta H)."""
    return Point.trusted(alpha * p.W, beta * p.H)


def _stays(name: str, alpha: Number, beta: Number) -> Implication:
    """Collapse is kept by (alpha W, beta H) for two numbers."""
    return Implication(
        f"{name} keeps collapse", premise=is_collapsed, conclusion=lambda p: is_collapsed(scaled(p, alpha, beta))
    )


WITH_FACTORS = Space(
    sizes={"K": (2, 4), "d": (1, 4)},
    classes=("K", (1, 2)),
    variables={
        "W": Variable("K", "d"),
        "H": Variable("d", "N"),
        "alpha": Variable(positive=True),
        "beta": Variable(positive=True),
    },
    where=lambda s: len(set(s.class_sizes or ())) == 1 and s.K - 1 <= s.d <= s.K,
)


def _stays_with(name: str, sign: int) -> Part:
    """Collapse is kept by (alpha W, beta H) for all alpha and beta of one sign."""
    statement = Implication(
        f"{name} keeps collapse",
        premise=lambda p: is_collapsed(at(p)),
        conclusion=lambda p: is_collapsed(scaled(at(p), sign * p.alpha, sign * p.beta)),
    )
    return Part(statement, domain=WITH_FACTORS)


ONLY_SOME_ARE_OPTIMAL = Implication(
    "collapsed points with |W| != |H| are not optimal",
    premise=lambda p: is_collapsed(p) & ~has_balanced_norms(p),
    conclusion=lambda p: ~attains_sphere_bound(p),
)

_LINE = Witness(W=[[1], [-1]], H=[[1, -1]])

CLAIMS = (
    Claim(
        id="thm-3.3",
        where="Theorem 3.3",
        kind="equivalence",
        says="the loss is optimal on its sphere iff neural collapse and |W| = |H|",
        position=220,
        printed=r"\mathcal L(W,H)\le\mathcal L(W',H')\ \forall\ \|W'\|_F^2+\|H'\|_F^2=\|W\|_F^2+\|H\|_F^2"
        r"\iff \text{neural collapse and } \|W\|_F=\|H\|_F",
        verdict="false",
        reason=(
            "W = H = 0 is optimal on its sphere and not collapsed; for d < K-1 every sphere has an "
            "optimum, never collapsed"
        ),
        severity="theorem",
        effect="Theorem 3.4 is about the points that are not optimal here, and inherits both exceptions; for d >= K-1"
        " and away from the origin the proof stands, with condition 4 for j != k",
        parts=(
            _at_optimum(OPTIMAL_IF),
            Part(OPTIMAL_ONLY_IF, domain=WIDE, witness=Witness(W=[[0], [0]], H=[[0, 0]])),
            Part(NO_COLLAPSE_BELOW, refutes=True),
        ),
        correction=Correction(
            latex=r"d\ge K-1,\ (W,H)\ne 0:\quad \mathcal L(W,H)=\min_{\|W'\|_F^2+\|H'\|_F^2=\|W\|_F^2+\|H\|_F^2}"
            r"\mathcal L(W',H') \iff \text{NC1--NC3 and } \|W\|_F=\|H\|_F",
            parts=(SPHERE_BOUND, _at_optimum(AWAY_FROM_ZERO), Part(CERTIFICATES)),
        ),
        neighbours=(
            Neighbour(Implication("collapse alone is optimal", premise=is_collapsed, conclusion=attains_sphere_bound)),
            Neighbour(
                Implication(
                    "equal norms alone are optimal", premise=has_balanced_norms, conclusion=attains_sphere_bound
                )
            ),
            Neighbour(
                Implication(
                    "collapse with |W|^2 = 2 |H|^2 is optimal",
                    premise=lambda p: is_collapsed(p) & (p.xp.sum(p.W * p.W) > p.xp.sum(p.H * p.H)),
                    conclusion=attains_sphere_bound,
                )
            ),
        ),
    ),
    Claim(
        id="rem-3.3",
        where="Remark 3.3",
        kind="claim",
        says="if (W, H) is collapsed then so is (alpha W, beta H) for any real alpha, beta",
        position=230,
        printed=r"\text{if }(W,H)\text{ satisfies the neural collapse conditions, so does }(\alpha W,\beta H)"
        r"\ \forall\alpha,\beta\in\mathbb R,\text{ but only some certain }\alpha,\beta\text{ are optimal}",
        verdict="false",
        reason=(
            "NC3 asks for w_k = C h_k with C > 0, so alpha beta < 0 breaks it; alpha = 0 or beta = 0 breaks NC2 or NC3"
        ),
        severity="local",
        effect="none; no proof uses the remark",
        parts=(
            Part(_stays("alpha = -1, beta = 1", -1, 1), witness=_LINE),
            Part(_stays("alpha = 1, beta = 0", 1, 0), witness=_LINE),
            Part(_stays("alpha = 0, beta = 1", 0, 1), witness=_LINE),
            Part(ONLY_SOME_ARE_OPTIMAL),
        ),
        correction=Correction(
            latex=r"\text{if }(W,H)\text{ satisfies NC1--NC3, so does }(\alpha W,\beta H)\text{ whenever }"
            r"\alpha\beta>0;"
            r"\text{ optimal on its sphere iff moreover } |\alpha|\,\|W\|_F=|\beta|\,\|H\|_F",
            parts=(
                _stays_with("alpha > 0, beta > 0", 1),
                _stays_with("alpha < 0, beta < 0", -1),
                Part(
                    Equivalence(
                        "among collapsed points, optimal if and only if |W| = |H|",
                        left=attains_sphere_bound,
                        right=has_balanced_norms,
                        given=[is_collapsed],
                    )
                ),
            ),
        ),
    ),
)
