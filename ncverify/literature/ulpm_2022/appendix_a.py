r"""Appendix A: KKT points, approximate KKT points, and the constraint qualification.

Definitions are judged by what they have to do. KKT (Definition A.1) and (epsilon, delta)-KKT (Definition A.2) are tried
on projections onto an orthant, min |x - c|^2 subject to x <= 0, where everything is rational. Definition A.3 prints
"there exist a vector v such that <grad g_i(x), v> > 0, i in [n]". The sign does no harm (take -v). The usual MFCQ is
about the active constraints alone, so the printed condition is stronger; it can be used as it is printed.
"""

from __future__ import annotations

from typing import Any

from ncverify.domain import Domain
from ncverify.papers.claim import Claim, Neighbour, Part
from ncverify.point import Point
from ncverify.statements.types import Equivalence, Implication

PROJECTIONS = Domain(K=2, n=1, d=(1, 3))

# --- min |x - c|^2 / 2 subject to x_i <= 0: c is the first row of W, x the second, multipliers the first column of H --


def _data(p: Point) -> tuple[Any, Any, Any]:
    return p.W[0, :], p.W[1, :], p.H[:, 0]


def _is_feasible(p: Point) -> Any:
    return p.xp.all(_data(p)[1] <= 0)


def _is_projection(p: Point) -> Any:
    c, x, _ = _data(p)
    return p.xp.all(x == p.xp.minimum(c, 0))


def _satisfies_kkt(p: Point, multipliers: Any) -> Any:
    """Definition A.1 with these multipliers: stationarity x - c + lambda = 0 and complementarity lambda_i x_i = 0."""
    c, x, _ = _data(p)
    stationary = p.xp.all(x - c + multipliers == 0)
    return _is_feasible(p) & p.xp.all(multipliers >= 0) & stationary & p.xp.all(multipliers * x == 0)


def is_kkt(p: Point) -> Any:
    """Definition A.1: stationarity determines the multipliers, lambda = c - x."""
    c, x, _ = _data(p)
    return _satisfies_kkt(p, c - x)


def is_approximate_kkt(p: Point, epsilon: Any, delta: Any) -> Any:
    """Definition A.2 with the multipliers in the first column of H, squared norms compared."""
    c, x, multipliers = _data(p)
    residual = x - c + multipliers
    return (
        _is_feasible(p)
        & p.xp.all(multipliers >= 0)
        & (p.xp.sum(residual * residual) <= epsilon * epsilon)
        & p.xp.all(multipliers * x >= -delta)
    )


def _with_zero_bounds(p: Point) -> Any:
    return is_approximate_kkt(p, p.xp.asarray(0), p.xp.asarray(0))


DEFINITION_A_1 = Claim(
    id="def-a.1",
    where="Definition A.1",
    kind="definition",
    says="KKT point",
    position=310,
    printed=r"\exists\lambda\ge0:\ \nabla f(x)+\sum_i\lambda_i\nabla g_i(x)=0,\ \lambda_ig_i(x)=0",
    verdict="holds",
    reason="the usual definition; on a convex problem it singles out the minimiser",
    parts=(
        Part(
            Equivalence("KKT points of a projection are the projection", left=is_kkt, right=_is_projection),
            domain=PROJECTIONS,
        ),
    ),
    neighbours=(
        Neighbour(
            Equivalence(
                "without complementarity",
                left=lambda p: _is_feasible(p) & p.xp.all(_data(p)[0] - _data(p)[1] >= 0),
                right=_is_projection,
            ),
            PROJECTIONS,
        ),
        Neighbour(
            Equivalence(
                "multipliers of any sign",
                left=lambda p: _is_feasible(p) & p.xp.all((_data(p)[0] - _data(p)[1]) * _data(p)[1] == 0),
                right=_is_projection,
            ),
            PROJECTIONS,
        ),
        Neighbour(
            Equivalence(
                "without feasibility",
                left=lambda p: (
                    p.xp.all(_data(p)[0] - _data(p)[1] >= 0) & p.xp.all((_data(p)[0] - _data(p)[1]) * _data(p)[1] == 0)
                ),
                right=_is_projection,
            ),
            PROJECTIONS,
        ),
    ),
)

DEFINITION_A_2 = Claim(
    id="def-a.2",
    where="Definition A.2",
    kind="definition",
    says="(epsilon, delta)-KKT point",
    position=320,
    printed=r"\exists\lambda\ge0:\ \|\nabla f(x)+\sum_i\lambda_i\nabla g_i(x)\|\le\epsilon,\ \lambda_ig_i(x)\ge-\delta",
    verdict="holds",
    reason=(
        "relaxes Definition A.1: exact KKT points satisfy it for all bounds, and bounds of zero give "
        "back Definition A.1"
    ),
    parts=(
        Part(
            Implication(
                "bounds of zero give a KKT point",
                premise=_with_zero_bounds,
                conclusion=lambda p: _satisfies_kkt(p, _data(p)[2]),
            ),
            domain=PROJECTIONS,
        ),
        Part(
            Implication(
                "a KKT point satisfies every pair of bounds",
                premise=lambda p: _satisfies_kkt(p, _data(p)[2]),
                conclusion=lambda p: is_approximate_kkt(p, p.xp.asarray(1e-9), p.xp.asarray(1e-9)),
            ),
            domain=PROJECTIONS,
        ),
    ),
    neighbours=(
        Neighbour(
            Implication(
                "bounds of 0.001 give a KKT point",
                premise=lambda p: is_approximate_kkt(p, p.xp.asarray(1e-3), p.xp.asarray(1e-3)),
                conclusion=lambda p: _satisfies_kkt(p, _data(p)[2]),
            ),
            PROJECTIONS,
        ),
        Neighbour(
            Implication(
                "lambda_i g_i >= +delta",
                premise=lambda p: _satisfies_kkt(p, _data(p)[2]),
                conclusion=lambda p: p.xp.all(_data(p)[1] * _data(p)[2] >= 1e-9),
            ),
            PROJECTIONS,
        ),
        Neighbour(
            Implication(
                "without the stationarity residual",
                premise=lambda p: (
                    _is_feasible(p) & p.xp.all(_data(p)[2] >= 0) & p.xp.all(_data(p)[1] * _data(p)[2] >= 0)
                ),
                conclusion=lambda p: _satisfies_kkt(p, _data(p)[2]),
            ),
            PROJECTIONS,
        ),
    ),
)

# --- constraints a_i x <= b_i on the line, at x = 0: a is the first column of W, b the first row of H -----------------

LINES = Domain(K=(2, 3), n=1, d=1)


def _slopes(p: Point) -> Any:
    return p.W[:, 0]


def _is_feasible_origin(p: Point) -> Any:
    return p.xp.all(p.H[0, :] >= 0)


def printed_mfcq(p: Point) -> Any:
    """(A.2) at x = 0: some v with a_i v > 0 for every i."""
    a = _slopes(p)
    return p.xp.all(a > 0) | p.xp.all(a < 0)


def usual_mfcq(p: Point) -> Any:
    """MFCQ at x = 0: some v with a_i v < 0 for every active i (those with b_i = 0)."""
    a, inactive = _slopes(p), p.H[0, :] > 0
    return p.xp.all((a > 0) | inactive) | p.xp.all((a < 0) | inactive)


def _mfcq_with(name: str, premise: Any) -> Neighbour:
    """The false claim that a weaker condition gives MFCQ."""
    return Neighbour(
        Implication(name, premise=lambda p: _is_feasible_origin(p) & premise(p), conclusion=usual_mfcq), LINES
    )


DEFINITION_A_3 = Claim(
    id="def-a.3",
    where="Definition A.3, (A.2)",
    kind="definition",
    says="MFCQ: sign of the inequality and which constraints it ranges over",
    position=330,
    printed=r"\exists v:\ \langle\nabla_xg_i(x),v\rangle>0,\ i\in[n]",
    verdict="holds",
    reason="usable as printed: 'is said to satisfy (MFCQ) at x if there exist a vector v', for all i; more than the "
    "usual condition, which asks it (with -v) of the active constraints alone; Theorem A.1 is true with it",
    parts=(
        Part(
            Implication(
                "where (A.2) holds, the usual MFCQ holds",
                premise=lambda p: _is_feasible_origin(p) & printed_mfcq(p),
                conclusion=usual_mfcq,
            ),
            domain=LINES,
        ),
        Part(
            Equivalence(
                "where every constraint is active, the two conditions agree",
                left=printed_mfcq,
                right=usual_mfcq,
                given=[lambda p: p.xp.all(p.H == 0)],
            ),
            domain=LINES,
        ),
    ),
    neighbours=(
        Neighbour(
            Implication(
                "where the usual MFCQ holds, (A.2) holds",
                premise=lambda p: _is_feasible_origin(p) & usual_mfcq(p),
                conclusion=printed_mfcq,
            ),
            LINES,
        ),
        _mfcq_with("(A.2) with >= for >", lambda p: p.xp.all(_slopes(p) >= 0)),
        _mfcq_with("(A.2) for the first constraint alone", lambda p: _slopes(p)[0] > 0),
    ),
)

CLAIMS = (DEFINITION_A_1, DEFINITION_A_2, DEFINITION_A_3)
