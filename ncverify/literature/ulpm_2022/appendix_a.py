r"""Appendix A: KKT points, approximate KKT points, and the constraint qualification.

Definitions are judged by what they have to do. KKT (Definition A.1) and (epsilon, delta)-KKT (Definition A.2) are tried
on projections onto an orthant, min |x - c|^2 subject to x <= 0, where everything is rational. Definition A.3 prints
"there exist a vector v such that <grad g_i(x), v> > 0, i in [n]". The sign does no harm (take -v). The usual MFCQ is
about the active constraints alone, so the printed condition is stronger; it can be used as it is printed.
"""

from __future__ import annotations

from ncverify.kinds import Array, Number, TruthValue
from ncverify.papers.claim import Claim, Neighbour, Part
from ncverify.space import Space, SpacePoint, Variable
from ncverify.statements.types import Equivalence, Function, Implication

PROJECTIONS = Space(
    sizes={"d": (1, 3)}, variables={"c": Variable("d"), "x": Variable("d"), "multipliers": Variable("d")}
)

# --- min |x - c|^2 / 2 subject to x_i <= 0 ----------------------------------------------------------------------------


def _is_feasible(p: SpacePoint) -> TruthValue:
    return p.xp.all(p.x <= 0)


def _is_projection(p: SpacePoint) -> TruthValue:
    return p.xp.all(p.x == p.xp.minimum(p.c, 0))


def _satisfies_kkt(p: SpacePoint, multipliers: Array) -> TruthValue:
    """Definition A.1 with these multipliers: stationarity x - c + lambda = 0 and complementarity lambda_i x_i = 0."""
    stationary = p.xp.all(p.x - p.c + multipliers == 0)
    return _is_feasible(p) & p.xp.all(multipliers >= 0) & stationary & p.xp.all(multipliers * p.x == 0)


def is_kkt(p: SpacePoint) -> TruthValue:
    """Definition A.1: stationarity determines the multipliers, lambda = c - x."""
    return _satisfies_kkt(p, p.c - p.x)


def is_approximate_kkt(p: SpacePoint, epsilon: Number, delta: Number) -> TruthValue:
    """Definition A.2, squared norms compared."""
    residual = p.x - p.c + p.multipliers
    return (
        _is_feasible(p)
        & p.xp.all(p.multipliers >= 0)
        & (p.xp.sum(residual * residual) <= epsilon * epsilon)
        & p.xp.all(p.multipliers * p.x >= -delta)
    )


def _with_zero_bounds(p: SpacePoint) -> TruthValue:
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
                left=lambda p: _is_feasible(p) & p.xp.all(p.c - p.x >= 0),
                right=_is_projection,
            ),
            PROJECTIONS,
        ),
        Neighbour(
            Equivalence(
                "multipliers of any sign",
                left=lambda p: _is_feasible(p) & p.xp.all((p.c - p.x) * p.x == 0),
                right=_is_projection,
            ),
            PROJECTIONS,
        ),
        Neighbour(
            Equivalence(
                "without feasibility",
                left=lambda p: p.xp.all(p.c - p.x >= 0) & p.xp.all((p.c - p.x) * p.x == 0),
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
                conclusion=lambda p: _satisfies_kkt(p, p.multipliers),
            ),
            domain=PROJECTIONS,
        ),
        Part(
            Implication(
                "a KKT point satisfies every pair of bounds",
                premise=lambda p: _satisfies_kkt(p, p.multipliers),
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
                conclusion=lambda p: _satisfies_kkt(p, p.multipliers),
            ),
            PROJECTIONS,
        ),
        Neighbour(
            Implication(
                "lambda_i g_i >= +delta",
                premise=lambda p: _satisfies_kkt(p, p.multipliers),
                conclusion=lambda p: p.xp.all(p.x * p.multipliers >= 1e-9),
            ),
            PROJECTIONS,
        ),
        Neighbour(
            Implication(
                "without the stationarity residual",
                premise=lambda p: _is_feasible(p) & p.xp.all(p.multipliers >= 0) & p.xp.all(p.x * p.multipliers >= 0),
                conclusion=lambda p: _satisfies_kkt(p, p.multipliers),
            ),
            PROJECTIONS,
        ),
    ),
)

# --- constraints a_i x <= b_i on the line, at x = 0 -------------------------------------------------------------------

LINES = Space(sizes={"m": (2, 3)}, variables={"a": Variable("m"), "b": Variable("m")})


def _is_feasible_origin(p: SpacePoint) -> TruthValue:
    return p.xp.all(p.b >= 0)


def printed_mfcq(p: SpacePoint) -> TruthValue:
    """(A.2) at x = 0: some v with a_i v > 0 for every i."""
    return p.xp.all(p.a > 0) | p.xp.all(p.a < 0)


def usual_mfcq(p: SpacePoint) -> TruthValue:
    """MFCQ at x = 0: some v with a_i v < 0 for every active i (those with b_i = 0)."""
    inactive = p.b > 0
    return p.xp.all((p.a > 0) | inactive) | p.xp.all((p.a < 0) | inactive)


def _mfcq_with(name: str, premise: Function) -> Neighbour:
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
                given=[lambda p: p.xp.all(p.b == 0)],
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
        _mfcq_with("(A.2) with >= for >", lambda p: p.xp.all(p.a >= 0)),
        _mfcq_with("(A.2) for the first constraint alone", lambda p: p.a[0] > 0),
    ),
)

CLAIMS = (DEFINITION_A_1, DEFINITION_A_2, DEFINITION_A_3)
