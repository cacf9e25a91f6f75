r"""Theorem 3.1: neural collapse as max-margin solution.

As printed: for the ULPM (2.3) the margin of the entire dataset always satisfies

.. math:: q_{\min}(W, H) \le \frac{\|W\|_F^2 + \|H\|_F^2}{2(K-1)\sqrt n}

and the equality holds if and only if (W, H) satisfies the neural collapse conditions with |W|_F = |H|_F.

The bound is proved by the decomposition in `ncverify.slack.margin`. The equivalence fails at the origin: there both
sides of the bound are zero, but the cosines of NC2 do not exist. NC4 is left out of "collapsed": as printed (with two
argmins) it contradicts NC1 to NC3, see `nc4`; repaired, it follows from them.
"""

from __future__ import annotations

from ncverify.collapse import has_balanced_norms, is_collapsed
from ncverify.domain import Domain
from ncverify.kinds import Number, TruthValue
from ncverify.literature.ulpm_2022._matrices import COEFFICIENTS, GRID
from ncverify.papers.claim import Claim, Correction, Neighbour, Part, Witness
from ncverify.point import Point
from ncverify.slack.margin import alignment, centring, margin_bound, mean_difference
from ncverify.statements.types import Equivalence, Identity, Implication, Inequality, Statement

# --- the bound -----------------------------------------------------------------------------------------------------


def bound_slack(p: Point) -> Number:
    """The right side of Theorem 3.1 minus its left side."""
    return p.squared_norm / (2 * (p.K - 1) * p.xp.sqrt(p.n)) - p.q_min


BOUND = Inequality("margin bound of Theorem 3.1", slack=bound_slack, scale=margin_bound)

DECOMPOSITION = Identity(
    "the bound minus the mean logit difference is centring + alignment",
    left=lambda p: margin_bound(p) - mean_difference(p),
    right=lambda p: centring(p) + alignment(p),
)


def _factor(value: float) -> Inequality:
    return Inequality(f"margin bound times {value}", slack=lambda p: value * margin_bound(p) - p.q_min)


BOUND_NEIGHBOURS = (
    Neighbour(_factor(0.999)),
    Neighbour(Inequality("n for sqrt n", slack=lambda p: p.squared_norm / (2 * (p.K - 1) * p.n) - p.q_min)),
    Neighbour(Inequality("K for K-1", slack=lambda p: p.squared_norm / (2 * p.K * p.xp.sqrt(p.n)) - p.q_min)),
    Neighbour(Inequality("|W| alone", slack=lambda p: p.xp.sum(p.W * p.W) / ((p.K - 1) * p.xp.sqrt(p.n)) - p.q_min)),
)

# --- the equality case ---------------------------------------------------------------------------------------------


def is_equality(p: Point) -> TruthValue:
    """Whether Theorem 3.1 holds with equality."""
    return bound_slack(p) == 0


def is_optimal(p: Point) -> TruthValue:
    """Neural collapse with |W|_F = |H|_F."""
    return is_collapsed(p) & has_balanced_norms(p)


EQUALITY_IF = Implication("collapse with |W| = |H| gives equality", premise=is_optimal, conclusion=is_equality)
EQUALITY_ONLY_IF = Implication("equality gives collapse with |W| = |H|", premise=is_equality, conclusion=is_optimal)
EQUALITY_AWAY_FROM_ZERO = Equivalence(
    "for (W, H) != 0: equality if and only if collapse with |W| = |H|",
    left=is_equality,
    right=is_optimal,
    given=[lambda p: p.squared_norm],
)

AT_EQUALITY = (
    "all three terms of the slack vanish iff sum w_k = 0, w_k = sqrt(n) h_ki and all differences are q_min; then "
    "w_j.w_k = |w_k|^2 - sqrt(n) q_min for j != k, so all |w_k|^2 are one r and, as the w_j add up to zero, w_j.w_k = "
    "-r/(K-1): collapse with |W| = |H|, or r = 0; and such a point makes all three vanish"
)


def at_equality(statement: Statement) -> Part:
    """A part about the equality case of Theorem 3.1."""
    return Part(statement, proof=(DECOMPOSITION,), argument=AT_EQUALITY, shapes=GRID, beyond=COEFFICIENTS)


CLAIMS = (
    Claim(
        id="thm-3.1-bound",
        where="Theorem 3.1",
        kind="inequality",
        says="q_min <= (|W|^2 + |H|^2) / (2 (K-1) sqrt n) for every (W, H)",
        position=90,
        printed=r"q_{\min}(W,H) \le \frac{\|W\|_F^2+\|H\|_F^2}{2(K-1)\sqrt n}",
        verdict="holds",
        reason="the slack is a sum of three non-negative terms: centring, alignment, spread of margins",
        parts=(
            Part(
                BOUND,
                proof=(DECOMPOSITION,),
                argument="bound - q_min = centring + alignment + (mean - min of the logit differences)",
                shapes=GRID,
                beyond=COEFFICIENTS,
            ),
        ),
        neighbours=BOUND_NEIGHBOURS,
    ),
    Claim(
        id="thm-3.1-equality",
        where="Theorem 3.1",
        kind="equivalence",
        says="equality if and only if neural collapse with |W| = |H|",
        position=100,
        printed=r"\text{equality} \iff \text{neural collapse with } \|W\|_F=\|H\|_F",
        verdict="false",
        reason="at W = H = 0 equality holds, but the cosines of NC2 do not exist; true everywhere else",
        severity="theorem",
        effect="Corollary 3.1 is unaffected, because its feasible points are not zero; Theorem 3.3 has the same "
        "exception",
        parts=(
            at_equality(EQUALITY_IF),
            Part(EQUALITY_ONLY_IF, witness=Witness(W=[[0], [0]], H=[[0, 0]])),
        ),
        correction=Correction(
            latex=r"(W,H)\ne 0:\quad \text{equality} \iff \text{NC1--NC3 and } \|W\|_F=\|H\|_F",
            parts=(at_equality(EQUALITY_AWAY_FROM_ZERO),),
        ),
        neighbours=(
            Neighbour(Implication("collapse alone gives equality", premise=is_collapsed, conclusion=is_equality)),
            Neighbour(
                Implication("equal norms alone give equality", premise=has_balanced_norms, conclusion=is_equality)
            ),
            Neighbour(
                Implication(
                    "equality gives orthogonal classifiers",
                    premise=is_equality,
                    conclusion=lambda p: (p.W @ p.W.T)[0, 1] == 0,
                ),
                Domain(K=2, n=1, d=(1, 2)),
            ),
        ),
    ),
)
