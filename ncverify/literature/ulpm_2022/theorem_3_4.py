r"""Theorem 3.4: a tangent direction of descent at every non-optimal point; Remark 3.4.

As printed: if (W, H) is not the optimal solution in Theorem 3.3 (it is not a neural collapse solution, or it is one but
|W|_F != |H|_F), then some (dW, dH) in T(W, H) and M > 0 satisfy, for any 0 < delta < M,

.. math:: L(W + \delta\,dW, H + \delta\,dH) < L(W, H)                                                     \tag{3.3}

"Further more, it implies" that for any epsilon > 0 there is a point (W', H') of the same norm, nearer than epsilon,
with

.. math:: L(W', H') < L(W, H)                                                                             \tag{3.4}

What holds. (3.3) is about straight lines, which leave the sphere outwards: for d >= 2 it holds at every point
whatsoever, optimal ones included (gradient, rotation, (W, -H), or `flat`), so it characterises nothing; for d = 1 and
K >= 3 it fails at some points. (3.4) holds at every non-optimal point other than the origin if d >= K-1, by the
argument in `_saddles`; if d < K-1 it fails on every sphere, at its minimum. Hence (3.3) does not imply (3.4).
"""

from __future__ import annotations

from ncverify.domain import Domain
from ncverify.kinds import TruthValue
from ncverify.literature.ulpm_2022._landscape import (
    FLAT_DESCENT,
    LINE_HAS_NO_DESCENT,
    LINE_IS_MINIMUM,
    NO_COLLAPSE_BELOW,
    SECOND_DERIVATIVE,
    SQUARE_IS_MINIMUM,
    flat,
    hessian_form,
    is_vanishing,
    rotation,
    tangent_gradient,
)
from ncverify.literature.ulpm_2022._saddles import REPAIRED_STEPS, STRICT_SADDLES
from ncverify.literature.ulpm_2022.theorem_3_1 import is_optimal
from ncverify.papers.claim import Claim, Correction, Part, Witness
from ncverify.point import Point
from ncverify.slack.loss import attains_sphere_bound
from ncverify.statements.types import Existence, Function, Implication

PLANE_OR_MORE = Domain(K=(2, 4), n=(1, 2), d=(2, 3), where=lambda K, n, d: d <= K and K * n <= 6)
TWO_CLASSES_ON_A_LINE = Domain(K=2, n=(1, 2), d=1)

# --- (3.3) ----------------------------------------------------------------------------------------------------------


def has_straight_descent(p: Point) -> TruthValue:
    """Whether (3.3) holds by a first-order descent, or by a negative form along a tangent direction without slope.

    At a critical point of the sphere (W, -H), the rotations and `flat` are tangent and the loss has no slope along
    them: where the multiplier is positive, negative, zero, the first, the second, the third has a negative form.
    Along the first two the logits do not move to first order, so the forms are 2 <G, U V>; the third is
    `FLAT_DESCENT`.
    """
    xp = p.xp
    t = xp.sum(p.W * p.gradient.W, axis=0)  # <G, w h'> for every coordinate of R^d
    rotations = [t[i] + t[j] for i in range(p.d) for j in range(i)]
    return xp.any(xp.stack([-xp.sum(t), *rotations]) < 0) | (tangent_gradient(p) > 0) | is_vanishing(p)


EVERYWHERE_FOR_PLANES = Existence(
    "(3.3) holds at every point with d >= 2",
    witness=lambda p: p,
    valid=has_straight_descent,
)
NON_OPTIMAL_ON_A_LINE = Existence(
    "(3.3) holds at every point with d = 1, K = 2 that is not optimal",
    witness=lambda p: p,
    valid=lambda p: has_straight_descent(p) | is_optimal(p),
)

# --- (3.4) and the implication --------------------------------------------------------------------------------------

ANOTHER_POINT = Implication(
    "the sphere of a non-optimal point has another point",
    premise=lambda p: ~is_optimal(p),
    conclusion=lambda p: p.squared_norm > 0,
)


def has_straight_descent_by(direction: Function) -> Function:
    """The predicate that (3.3) holds through one direction that is tangent and without slope at the point."""
    return lambda p: hessian_form(p, direction(p)) < 0


FROM_THE_OPTIMUM = Implication(
    "(3.3) along a rotation implies that the point is not optimal on its sphere, as (3.4) says",
    premise=has_straight_descent_by(rotation),
    conclusion=lambda p: ~attains_sphere_bound(p),
)
FROM_THE_ORIGIN = Implication(
    "(3.3) at a non-optimal point implies that its sphere has another point, as (3.4) says",
    premise=lambda p: ~is_optimal(p) & (hessian_form(p, flat(p)) < 0),
    conclusion=lambda p: p.squared_norm > 0,
)

_ORIGIN = Witness(W=[[0], [0]], H=[[0, 0]])
_SEGMENT_IN_PLANE = Witness(W=[[1, 0], [-1, 0]], H=[[1, -1], [0, 0]])
_SADDLES = (SECOND_DERIVATIVE, *REPAIRED_STEPS, Part(STRICT_SADDLES))

CLAIMS = (
    Claim(
        id="thm-3.4-direction",
        where="Theorem 3.4, (3.3)",
        kind="claim",
        says="at a non-optimal point some tangent direction lowers the loss for all small steps",
        position=250,
        printed=r"\exists(\Delta W,\Delta H)\in\mathcal T(W,H),M>0\ \forall 0<\delta<M:\ "
        r"\mathcal L(W+\delta\Delta W,H+\delta\Delta H)<\mathcal L(W,H)\text{ at every non-optimal point}",
        verdict="false",
        reason="fails for d = 1, K = 3 at W = H' = (3/2, 0, -3/2); for d >= 2 it holds, but at optimal points too",
        severity="theorem",
        effect="it cannot tell optimal points from others, because for d >= 2 it is true at all of them; what is "
        "concluded from Theorem 3.4 has to rest on (3.4)",
        parts=(Part(LINE_HAS_NO_DESCENT, refutes=True),),
        correction=Correction(
            latex=r"(3.3)\text{ holds at every }(W,H)\text{ if } d\ge2,"
            r"\text{ and at every }(W,H)\text{ that is not optimal if } d=1,K=2",
            parts=(
                Part(EVERYWHERE_FOR_PLANES, domain=PLANE_OR_MORE),
                Part(NON_OPTIMAL_ON_A_LINE, domain=TWO_CLASSES_ON_A_LINE),
                FLAT_DESCENT,
            ),
        ),
    ),
    Claim(
        id="thm-3.4-sphere",
        where="Theorem 3.4, (3.4)",
        kind="claim",
        says="near a non-optimal point there is a point of the same norm with lower loss",
        position=260,
        printed=r"\forall\epsilon>0\ \exists(W',H'):\ \|W'\|_F^2+\|H'\|_F^2=\|W\|_F^2+\|H\|_F^2,\ "
        r"\|W'-W\|_F^2+\|H'-H\|_F^2<\epsilon,\ \mathcal L(W',H')<\mathcal L(W,H)\text{ at every non-optimal point}",
        verdict="false",
        reason="the origin is alone on its sphere; for d < K-1 the minimum on every sphere is a counterexample, "
        "for instance the square (d = 2, K = 4)",
        severity="theorem",
        effect="the benign landscape of the abstract and of Section 5.1 is there for d >= K-1 only; below, every "
        "sphere has minima that are not collapsed",
        parts=(
            Part(ANOTHER_POINT, witness=_ORIGIN),
            Part(LINE_IS_MINIMUM, refutes=True),
            Part(SQUARE_IS_MINIMUM, refutes=True),
            Part(NO_COLLAPSE_BELOW, refutes=True),
        ),
        correction=Correction(
            latex=r"d\ge K-1,\ (W,H)\ne0\text{ not optimal: (3.4) holds; at critical points of the sphere "
            r"the Riemannian Hessian has a negative eigenvalue}",
            parts=_SADDLES,
        ),
    ),
    Claim(
        id="thm-3.4-implication",
        where="Theorem 3.4, 'Further more, it implies'",
        kind="implication",
        says="(3.3) implies (3.4)",
        position=270,
        printed=r"(3.3)\Rightarrow(3.4)",
        verdict="false",
        reason=(
            "at an optimal point with d >= 2 a straight rotation step lowers the loss, (3.4) fails; at "
            "the origin likewise"
        ),
        severity="theorem",
        effect="(3.4) needs a proof of its own, by the Riemannian Hessian, as the corrected form has it",
        parts=(
            Part(FROM_THE_OPTIMUM, domain=PLANE_OR_MORE, witness=_SEGMENT_IN_PLANE),
            Part(FROM_THE_ORIGIN, witness=_ORIGIN),
        ),
        correction=Correction(
            latex=r"(W,H)\ne0:\ (3.4)\text{ follows where a tangent direction }v\text{ has negative slope, "
            r"or slope zero and a negative Riemannian form }\langle v,(\nabla^2\mathcal L-\lambda)v\rangle,\ "
            r"\lambda=\langle\nabla\mathcal L,(W,H)\rangle/\|(W,H)\|^2",
            parts=(SECOND_DERIVATIVE,),
        ),
    ),
    Claim(
        id="rem-3.4",
        where="Remark 3.4",
        kind="claim",
        says="these points are 'first-order saddle points' and the flow only finds neural collapse directions",
        position=280,
        printed=r"\text{these points are first-order saddle points in the tangent space; "
        r"the gradient flow dynamics only find neural collapse directions}",
        verdict="false",
        reason="for d < K-1 some of these points are minima on their spheres, not saddles; 'simple gradient flow may "
        "get stuck in saddle points as we have shown in Example 3.1', says Appendix E itself",
        severity="theorem",
        effect="that the flow finds collapsed directions only does not follow: for d < K-1 some points are minima, and "
        "for d >= K-1 strict saddles are avoided for almost all starts at best",
        parts=(
            Part(LINE_IS_MINIMUM, refutes=True),
            Part(SQUARE_IS_MINIMUM, refutes=True),
        ),
        correction=Correction(
            latex=r"d\ge K-1,\ (W,H)\ne0:\ \text{critical points of the sphere that are not optimal are strict saddles "
            r"of the loss on it}",
            parts=_SADDLES,
        ),
    ),
)
