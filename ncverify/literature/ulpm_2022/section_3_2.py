r"""Section 3.2, opening; Definition 3.1; and the abstract's sentence on strict saddles.

As printed (Section 3.2): "we prove that except for the global optimum given by neural collapse, all the other KKT
points are actually saddle points that can be avoided by gradient flow." Definition 3.1:

.. math:: \mathcal T(W, H) = \{\Delta W, \Delta H : \mathrm{tr}(W^\top \Delta W) + \mathrm{tr}(H^\top \Delta H) = 0\}

Abstract: "all the critical points are strict saddle points except the global minimizers that exhibit the neural
collapse phenomenon"; Section 5.1: "all the stationary points are strict saddle points in the tangent space, except
for the global neural collapse solution". The loss itself has no minimiser: it is positive everywhere and tends to
zero along collapsed points. What is examined is the landscape on spheres, as Section 5.1 says.
"""

from __future__ import annotations

from ncverify.collapse import is_collapsed
from ncverify.kinds import Array, Number
from ncverify.landscape.sphere import inner, project, retract
from ncverify.literature.ulpm_2022._flow_limits import LEAVES
from ncverify.literature.ulpm_2022._landscape import (
    CAYLEY,
    CURVES,
    LINE_IS_MINIMUM,
    NO_COLLAPSE_BELOW,
    SECOND_DERIVATIVE,
    SQUARE,
    SQUARE_IS_MINIMUM,
    free_tangent,
)
from ncverify.literature.ulpm_2022._matrices import MOVES, WORDS, at, pair
from ncverify.literature.ulpm_2022._saddles import EXAMPLE_KEEPS_ITS_RAY, REPAIRED_STEPS, STRICT_SADDLES
from ncverify.papers.claim import Claim, Correction, Demonstration, Neighbour, Part, Shown, Witness
from ncverify.point import Point
from ncverify.space import SpacePoint
from ncverify.statements.types import Identity

# --- Definition 3.1 -------------------------------------------------------------------------------------------------


def trace_form(p: Point, direction: Array, w: Number = 1, h: Array = 1) -> Array:
    """tr(W' dW) + tr(H' dH), optionally with weights."""
    return w * p.xp.trace(p.W.T @ direction[0]) + h * p.xp.trace(p.H.T @ direction[1])


def _growth(p: SpacePoint) -> Number:
    """(|x + v|^2 - |x|^2 - |v|^2) / 2: the change of the squared norm along a free v at first order."""
    moved = Point.trusted(p.W + p.dW, p.H + p.dH)
    return (moved.squared_norm - at(p).squared_norm - inner(pair(p), pair(p), p.xp)) / 2


def _derivative_of_norm(name: str, w: Number = 1, h: Array = 1) -> Identity:
    return Identity(name, left=lambda p: trace_form(at(p), pair(p), w, h), right=_growth)


ORTHOGONAL = _derivative_of_norm("tr(W' dW) + tr(H' dH) is half the derivative of |W|^2 + |H|^2")
COMPLEMENT = Identity(
    "the part of a direction orthogonal to (W, H) satisfies the definition",
    left=lambda p: trace_form(*free_tangent(p)),
    right=lambda p: p.xp.asarray(0),
)
CURVE = Identity(
    "a direction of the definition is the velocity of a curve on the sphere: the Cayley curve keeps the norm",
    left=lambda p: retract(at(p), project(at(p), pair(p)), 1).squared_norm,
    right=lambda p: at(p).squared_norm,
    given=[lambda p: at(p).squared_norm],
)


def _zero(p: SpacePoint) -> Number:
    return p.xp.asarray(0)


# --- KKT points below K-1 -------------------------------------------------------------------------------------------


def _optimum_is_not_collapsed(p: Point) -> Shown:
    """(3.1) is feasible, so it has an optimum, which is a KKT point and no saddle; but collapse is impossible."""
    separates = bool(p.q_min > 0)
    holds = separates and p.d < p.K - 1 and not bool(is_collapsed(p))
    detail = (
        f"a separating point exists for K={p.K}, d={p.d}: {separates}; (3.1) then has a minimiser, a KKT point by MFCQ"
    )
    return Shown(holds, f"{detail}; collapse needs d >= K-1 = {p.K - 1}", counterexample=p if holds else None)


OPTIMUM_BELOW = Demonstration(
    "for K = 4, d = 2 problem (3.1) has a global optimum, hence a KKT point that is neither collapsed nor a saddle",
    run=lambda seed: _optimum_is_not_collapsed(SQUARE.point()),
    grade="proved",
    control=lambda seed: _optimum_is_not_collapsed(Witness(W=[[1], [-1]], H=[[1, -1]]).point()),
    exact="a margin in rational arithmetic, and compactness",
)
_SADDLES = (SECOND_DERIVATIVE, *REPAIRED_STEPS, Part(STRICT_SADDLES))

CLAIMS = (
    Claim(
        id="abstract-strict-saddles",
        where="Abstract, Section 5.1",
        kind="claim",
        says=(
            "all critical points of the ULPM are strict saddles except the global minimisers, which "
            "exhibit neural collapse"
        ),
        position=20,
        printed=r"\text{all the critical points are strict saddle points except the global minimizers that exhibit "
        r"neural collapse}",
        verdict="false",
        reason="on spheres with d < K-1 there are local minima that are not collapsed (line of three, square), and "
        "global "
        "ones; without a sphere the loss has no minimiser",
        severity="theorem",
        effect="it sums up Theorem 3.4 and fails with it for d < K-1; for d >= K-1 it is true on every sphere of "
        "positive radius",
        parts=(
            Part(LINE_IS_MINIMUM, refutes=True),
            Part(SQUARE_IS_MINIMUM, refutes=True),
            Part(NO_COLLAPSE_BELOW, refutes=True),
        ),
        correction=Correction(
            latex=r"d\ge K-1:\ \text{on every sphere of positive radius all critical points of the loss are strict "
            r"saddles, "
            r"except the minimisers, which are the collapsed points with }\|W\|_F=\|H\|_F",
            parts=_SADDLES,
        ),
    ),
    Claim(
        id="sec-3.2-saddles",
        where="Section 3.2, opening",
        kind="claim",
        says="all KKT points other than the global optimum are saddles that gradient flow avoids",
        position=210,
        printed=r"\text{except for the global optimum given by neural collapse, all the other KKT points are "
        r"saddle points "
        r"that can be avoided by gradient flow}",
        verdict="false",
        reason="for d < K-1 the global optimum of (3.1) is a KKT point that is neither collapsed nor a saddle; 'a "
        "simple gradient flow will get stuck in them', of Example 3.1, says Section 3 itself",
        severity="theorem",
        effect="it announces Theorem 3.4 and has its exceptions; that the flow avoids such points is true for almost "
        "all starts at best",
        parts=(Part(OPTIMUM_BELOW, refutes=True),),
        correction=Correction(
            latex=r"d\ge K-1:\ \text{critical points of the loss on a sphere of positive radius that are not collapsed "
            r"with }\|W\|_F=\|H\|_F\text{ are strict saddles of the loss on it; the flow from Example 3.1 stays on its "
            r"ray, disturbed it leaves it}",
            parts=(*_SADDLES, Part(EXAMPLE_KEEPS_ITS_RAY), Part(LEAVES)),
        ),
    ),
    Claim(
        id="def-3.1",
        where="Definition 3.1",
        kind="definition",
        says="the tangent space",
        position=240,
        printed=r"\mathcal T(W,H)=\{\Delta W,\Delta H:\operatorname{tr}(W^\top\Delta W)+\operatorname{tr}"
        r"(H^\top\Delta H)=0\}",
        verdict="holds",
        reason="the directions orthogonal to (W, H); the tangent space of its sphere, except at the origin, where "
        "it is all",
        parts=(
            Part(ORTHOGONAL, domain=MOVES, proof=(ORTHOGONAL,), argument="it is polynomial", beyond=WORDS),
            Part(COMPLEMENT, domain=MOVES, proof=(COMPLEMENT,), argument="it is polynomial", beyond=WORDS),
            Part(
                CURVE,
                domain=MOVES,
                proof=(CAYLEY,),
                argument="q = O(s^2), so the curve leaves x with velocity v; at the origin the sphere is a point",
                shapes=CURVES,
                beyond=WORDS,
            ),
        ),
        neighbours=(
            Neighbour(_derivative_of_norm("without the term of H", 1, 0), MOVES),
            Neighbour(_derivative_of_norm("the term of W times 0.999", 0.999, 1), MOVES),
            Neighbour(
                Identity(
                    "each half is orthogonal by itself", left=lambda p: trace_form(*free_tangent(p), 1, 0), right=_zero
                ),
                MOVES,
            ),
            Neighbour(
                Identity(
                    "straight tangent steps keep the norm",
                    left=lambda p: _straight(p),
                    right=lambda p: at(p).squared_norm,
                ),
                MOVES,
            ),
        ),
    ),
)


def _straight(p: SpacePoint) -> Number:
    q, v = free_tangent(p)
    return Point.trusted(q.W + v.W, q.H + v.H).squared_norm
