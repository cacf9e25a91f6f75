r"""Corollary 3.1: every global optimum of (3.1) is a KKT point that satisfies the neural collapse conditions.

For d >= K-1 it is true, and more: the optimal value is (K-1) sqrt(n), attained exactly at collapse with |W| = |H|, and
the constant multipliers 1/(K sqrt n) show the KKT conditions. For d < K-1 no collapsed point exists, because the Gram
matrix of a simplex has rank K-1. But (3.1) is feasible for every d >= 2 (the corners of a regular polygon), so it has a
global optimum there, a KKT point by MFCQ, which is not collapsed. For d = 1 and K >= 3 nothing is feasible, and the
corollary is empty. "Collapsed" means NC1 to NC3: NC4 is repaired under its own id.
"""

from __future__ import annotations

from ncverify.collapse import is_collapsed
from ncverify.domain import Domain
from ncverify.kinds import Array, Number, TruthValue
from ncverify.literature.ulpm_2022._matrices import COEFFICIENTS, GRID, SMALL_SHAPES, WORDS, determinant
from ncverify.literature.ulpm_2022.theorem_3_1 import at_equality, is_optimal
from ncverify.papers.claim import Claim, Correction, Demonstration, Neighbour, Part, Shown, Witness
from ncverify.point import Point
from ncverify.separation import (
    collapse_multipliers,
    dual_objective_gap,
    optimal_value,
    slopes,
    squared_stationarity,
    stationarity,
    verify_certificate,
    weight_matrix,
)
from ncverify.statements.types import Equivalence, Identity, Implication, Inequality

SQUARE = Witness(W=[[1, 0], [0, 1], [-1, 0], [0, -1]], H=[[1, 0, -1, 0], [0, 1, 0, -1]])
"""Four corners of a square in the plane: q_min = 1, so (3.1) is feasible at K = 4, n = 1, d = 2."""

BELOW = Domain(K=(4, 5), n=1, d=(2, 3), where=lambda K, n, d: d < K - 1)
"""Shapes with 2 <= d < K-1."""


# --- what fails: d < K-1 -------------------------------------------------------------------------------------------


def is_feasible(p: Point) -> TruthValue:
    """The constraints of (3.1) hold, so that (3.1) has a global optimum at this shape: its objective is coercive."""
    return p.q_min >= 1


def collapse_fits(p: Point) -> bool:
    """Whether R^d has room for a simplex of K vectors: d >= K-1."""
    return p.d >= p.K - 1


def leading_minor(p: Point) -> Number:
    """The determinant of the Gram matrix of the first K-1 class means."""
    gram = p.class_means @ p.class_means.T
    return determinant(gram[: p.K - 1, : p.K - 1])


COLLAPSE_WHERE_FEASIBLE = Implication(
    "where (3.1) is feasible, its global optimum can be collapsed: d >= K-1",
    premise=is_feasible,
    conclusion=collapse_fits,
)
MINOR_VANISHES = Identity(
    "for d < K-1 the Gram matrix of K-1 class means is singular", left=leading_minor, right=lambda p: p.xp.asarray(0)
)

SINGULAR_BELOW = Part(
    MINOR_VANISHES,
    domain=BELOW,
    refutes=True,
    proof=(MINOR_VANISHES,),
    argument="at collapse the determinant is c^(K-1) (K/(K-1))^(K-1) / K with c = |h_k|^2 > 0: none is collapsed",
    beyond="the rank of K-1 vectors of R^d is at most d, for every K and d",
)

# --- what holds: d >= K-1 ------------------------------------------------------------------------------------------


def objective(p: Point) -> Number:
    """(|W|^2 + |H|^2) / 2."""
    return p.squared_norm / 2


def _multipliers(p: Point) -> Array:
    return collapse_multipliers(p.K, p.n, p.xp)


def excess(p: Point) -> Number:
    """The objective minus (K-1) sqrt(n) q_min: at q_min = 1 the distance from the optimal value."""
    return objective(p) - optimal_value(p.K, p.n, p.xp) * p.q_min


def attains_the_value(p: Point) -> TruthValue:
    """After scaling to q_min = 1 the objective is (K-1) sqrt(n)."""
    return objective(p) == optimal_value(p.K, p.n, p.xp) * p.q_min


def _squares(p: Point) -> tuple[Array, Array, Array]:
    """A of the constant multipliers, H - W'A, and W - A A' W."""
    A = weight_matrix(_multipliers(p), p.n, p.xp)
    return A, p.H - p.W.T @ A, p.W - A @ (A.T @ p.W)


def _size(X: Array, p: Point) -> Number:
    return p.xp.sum(X * X)


def _split_residual(p: Point) -> Number:
    A, features, classifiers = _squares(p)
    return _size(classifiers, p) + _size(A @ features.T, p)


def _lost_by_projection(p: Point) -> Number:
    A, features, _ = _squares(p)
    return _size(features, p) - _size(A @ features.T, p)


def _projected_away(p: Point) -> Number:
    A, features, _ = _squares(p)
    return _size(features - (features @ A.T) @ A, p)


WEAK_DUALITY = Identity(
    "objective minus the constant multipliers times the differences is a sum of two squares",
    left=lambda p: objective(p) - p.xp.sum(_multipliers(p) * p.logit_differences),
    right=dual_objective_gap,
)
RESIDUAL_SPLITS = Identity(
    "|W - A H'|^2 = |W - A A'W|^2 + |A (H - W'A)'|^2",
    left=lambda p: _size(stationarity(p, _multipliers(p)).W, p),
    right=_split_residual,
)
CONTRACTION = Identity("|X|^2 - |X A'|^2 is a square for X = H - W'A", left=_lost_by_projection, right=_projected_away)

VALUE = Inequality(
    "feasible points have an objective of at least (K-1) sqrt(n)",
    slack=lambda p: objective(p) - optimal_value(p.K, p.n, p.xp),
    given=[is_feasible],
)
OPTIMA = Equivalence(
    "separating points attain (K-1) sqrt(n) after scaling exactly at collapse with |W| = |H|",
    left=attains_the_value,
    right=is_optimal,
    given=[lambda p: p.q_min],
)
RESIDUAL = Inequality(
    "with the constant multipliers the squared stationarity residual is at most 4 times the excess of the objective",
    slack=lambda p: 4 * excess(p) - squared_stationarity(p, _multipliers(p)),
)
MFCQ = Identity(
    "along v = (W, H) every constraint grows at the rate 2 s_kij",
    left=lambda p: slopes(p, (p.W, p.H)),
    right=lambda p: 2 * p.logit_differences,
)
INFEASIBLE_LINE = Inequality("for d = 1 and K >= 3 no point separates", slack=lambda p: -p.q_min)


def _certificates(factor: Number) -> Shown:
    from ncverify.numbers.rational import RATIONAL

    cases = [(K, n) for K in range(2, 9) for n in (1, 2, 3, 4, 9)]
    held = [
        verify_certificate(K, n, multipliers=collapse_multipliers(K, n, RATIONAL) * RATIONAL.asarray(factor)).holds
        for K, n in cases
    ]
    return Shown(
        all(held),
        f"multipliers, spectral norm, logits and their factors in R^(K-1): {sum(held)} of {len(cases)} exact",
        cases=len(cases),
    )


CERTIFICATES = Demonstration(
    "(K-1) sqrt(n) is attained in R^(K-1), with a dual certificate, for K = 2..8",
    run=lambda seed: _certificates(1),
    grade="proved",
    control=lambda seed: _certificates(0.999),
    exact="multipliers, norms and factors in rational arithmetic with square roots",
)

CLAIMS = (
    Claim(
        id="cor-3.1",
        where="Corollary 3.1",
        kind="claim",
        says="every global optimum of (3.1) is a KKT point satisfying neural collapse",
        position=150,
        printed=r"\text{every global optimum of (3.1) is a KKT point that satisfies the neural collapse conditions}",
        verdict="false",
        reason="true for d >= K-1; for 2 <= d < K-1 a global optimum exists, but no collapsed point does",
        severity="theorem",
        effect="the last link of the paper's argument, from the global optimum of (3.1) to collapse, stands for d >= "
        "K-1 and breaks for 2 <= d < K-1",
        parts=(
            Part(COLLAPSE_WHERE_FEASIBLE, witness=SQUARE),
            SINGULAR_BELOW,
        ),
        correction=Correction(
            latex=r"d\ge K-1:\ \text{every global optimum of (3.1) is a KKT point (}\lambda_{kij}=\tfrac1{K\sqrt n}"
            r"\text{), is collapsed with }\|W\|_F=\|H\|_F\text{, and has the value }(K-1)\sqrt n;\quad 2\le d<K-1:"
            r"\ \text{none is collapsed};\quad d=1<K-1:\ \text{(3.1) is infeasible}",
            parts=(
                Part(
                    VALUE,
                    domain=SMALL_SHAPES,
                    proof=(WEAK_DUALITY,),
                    argument="the multipliers sum to (K-1) sqrt(n), and every difference is at least 1",
                    shapes=GRID,
                    beyond=COEFFICIENTS,
                ),
                at_equality(OPTIMA),
                Part(
                    RESIDUAL,
                    domain=SMALL_SHAPES,
                    proof=(WEAK_DUALITY, RESIDUAL_SPLITS, CONTRACTION),
                    argument="the excess is at least half of |H - W'A|^2 + |W - A A'W|^2; an optimum has none",
                    shapes=GRID,
                    beyond=COEFFICIENTS,
                ),
                Part(CERTIFICATES),
                Part(
                    MFCQ,
                    proof=(MFCQ,),
                    argument="2 s >= 2 at feasible points: MFCQ holds, every global optimum is KKT, for every d",
                    beyond=WORDS,
                ),
                Part(INFEASIBLE_LINE, domain=Domain(K=3, n=1, d=1)),
            ),
        ),
        neighbours=(
            Neighbour(
                Inequality(
                    "0.1 % more than (K-1) sqrt(n)",
                    slack=lambda p: objective(p) - 1.001 * optimal_value(p.K, p.n, p.xp),
                    given=[is_feasible],
                )
            ),
            Neighbour(
                Inequality(
                    "(K-1) n", slack=lambda p: objective(p) - (p.K - 1) * p.n * p.xp.asarray(1), given=[is_feasible]
                ),
                Domain(K=2, n=2, d=1),
            ),
            Neighbour(
                Implication(
                    "collapse without |W| = |H| attains the value", premise=is_collapsed, conclusion=attains_the_value
                )
            ),
            Neighbour(
                Inequality(
                    "residual at most 0.99 times the excess",
                    slack=lambda p: 0.99 * excess(p) - squared_stationarity(p, _multipliers(p)),
                )
            ),
            Neighbour(
                Inequality("for d = 2 and K >= 3 no point separates", slack=lambda p: -p.q_min), Domain(K=3, n=1, d=2)
            ),
        ),
    ),
)
