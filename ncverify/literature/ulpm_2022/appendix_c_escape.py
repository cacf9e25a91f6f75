r"""Appendix C, proof of Theorem 3.4: the null vector a and the quadratic form along (u a', -a v').

As printed: "the rank of grad L(Z) is K-1, so by (C.4) and (C.9) there exists a vector a such that W a = H' a = 0"; with
u, v the singular vectors of the largest singular value of grad L(WH), along (Delta W, Delta H) = (u a', -a v'),

.. math:: \Delta^\top \nabla^2 L \Delta - \lambda |\Delta|^2 = D^\top \nabla^2 L(Z) D
          + 2 \langle \nabla L, \Delta W \Delta H \rangle
          + |\lambda| |\Delta|^2 \le 2 |a|^2 (|\lambda| - u^\top \nabla L\, v) < 0

The null vector is missing for lambda = 0 (features that differ within a class) and where rank W = d. The line in
between, with |lambda| for -lambda, needs lambda <= 0.
"""

from __future__ import annotations

from ncverify.domain import Domain
from ncverify.kinds import Array, Number
from ncverify.landscape import multiplier
from ncverify.landscape.sphere import inner, position
from ncverify.literature.ulpm_2022._landscape import LINE_IS_MINIMUM, hessian_form
from ncverify.literature.ulpm_2022._matrices import WORDS, at, free, squares, zero
from ncverify.literature.ulpm_2022._saddles import (
    COMMON_NULL_VECTOR,
    CURVATURE,
    DIRECTIONS,
    FULL_RANK,
    NULL_DIRECTIONS,
    POSITIVE_IS_LARGEST,
    STILL,
    null_direction,
)
from ncverify.papers.claim import Claim, Correction, Neighbour, Part, Witness
from ncverify.point import Point
from ncverify.space import SpacePoint
from ncverify.statements.types import Function, Identity, Inequality, Statement

SPREAD = Domain(K=(2, 3), n=2, d=(1, 2))

# --- the null vector ------------------------------------------------------------------------------------------------


def spread_features(p: Point) -> Point:
    """W = 0 and the features less their class means: a critical point with lambda = 0, for any p."""
    columns = p.xp.integers([column // p.n for column in range(p.K * p.n)])
    return Point.trusted(0 * p.W, p.H - p.xp.take(p.class_means.T, columns, axis=1))


def _null_determinant(p: Point) -> Number:
    """det(W' W + H H'), which vanishes exactly where a common null vector exists; d at most 2."""
    M = p.W.T @ p.W + p.H @ p.H.T
    return M[0, 0] if p.d == 1 else M[0, 0] * M[1, 1] - M[0, 1] * M[1, 0]


NULL_VECTOR = Identity(
    "a common null vector of W and H' exists at critical points with lambda = 0",
    left=lambda p: _null_determinant(spread_features(p)),
    right=lambda p: p.xp.asarray(0),
)

# --- the quadratic form ---------------------------------------------------------------------------------------------


def _riemannian_form(p: SpacePoint, sign: Number = -1) -> Number:
    q, v = null_direction(p, sign)
    return hessian_form(q, v) - multiplier(q) * inner(v, v, p.xp)


def _expected_form(p: SpacePoint, factor: Number = 2, sign: Number = -1) -> Array:
    """-lambda (|u|^2 + |v|^2) - 2 u' G v, which is 2 |a|^2 (-lambda - u' G v) for unit vectors."""
    q = at(p)
    return sign * factor * (p.u @ q.logit_gradient @ p.v) - multiplier(q) * (squares(p.u, p) + squares(p.v, p))


FORM = Identity("the form along (u a', -a v')", left=_riemannian_form, right=_expected_form)


def _excess(p: SpacePoint) -> Array:
    """The bound with m for |lambda| minus the form, less (m + lambda)(|u|^2 + |v|^2), all of them free."""
    size, product = squares(p.u, p) + squares(p.v, p), p.u @ p.G @ p.v
    return (p.m * size - 2 * product) - (-2 * product - p.lam * size) - (p.m + p.lam) * size


EXCESS = (
    zero("the last bound minus the form is (|lambda| + lambda)(|u|^2 + |v|^2)", _excess),
    free("u", "v", "G", "m", "lam"),
)
TANGENT = Identity(
    "(u a', -a v') is tangent",
    left=lambda p: inner(position(null_direction(p)[0]), null_direction(p)[1], p.xp),
    right=lambda p: p.xp.asarray(0),
)


def _bounded_by(name: str, weight: Function) -> Inequality:
    """weight (|u|^2 + |v|^2) - 2 u' G v minus the form, which `FORM` has in closed form."""

    def slack(p: SpacePoint) -> Array:
        q, size = at(p), squares(p.u, p) + squares(p.v, p)
        bound = weight(q) * size - 2 * (p.u @ q.logit_gradient @ p.v)
        return bound - _expected_form(p)

    return Inequality(name, slack=slack)


BOUNDED = _bounded_by(
    "the form is at most the last bound, for lambda of either sign", lambda p: p.xp.abs(multiplier(p))
)


def _neighbour(statement: Statement) -> Neighbour:
    return Neighbour(statement, DIRECTIONS)


CLAIMS = (
    Claim(
        id="c-null-vector",
        where="proof of Theorem 3.4",
        kind="claim",
        says="a vector a with Wa = H'a = 0 exists",
        position=920,
        printed=r"\text{the rank of }\nabla L(Z)\text{ is }K-1\text{, so by (C.4) and (C.9) there exists }a:\ Wa="
        r"H^\top a=0",
        verdict="false",
        reason="W = 0, features +1, -1 within each class: critical, lambda = 0, H' has full column rank; for d < K-1 "
        "points with lambda < 0 and rank W = d; for d = K-1 rank K-1 of the gradient is no reason",
        severity="proof",
        effect="the main case of the proof of Theorem 3.4: it fails for d < K-1, where the theorem is false; lambda ="
        " 0 and d = K-1 need other arguments, which exist",
        parts=(
            Part(NULL_VECTOR, domain=SPREAD, witness=Witness(W=[[0], [0]], H=[[1, -1, 1, -1]])),
            Part(LINE_IS_MINIMUM, refutes=True),
        ),
        correction=Correction(
            latex=r"\lambda\ne0:\ Wa=H^\top a=0\text{ for some }a\ne0\text{ iff }\operatorname{rank}W<d,\text{ as "
            r"always for }d\ge K;"
            r"\text{ if }\operatorname{rank}W=d=K-1\text{ then }|\lambda|=\|\nabla L(WH)\|_2",
            parts=(COMMON_NULL_VECTOR, FULL_RANK),
        ),
    ),
    Claim(
        id="c-quadratic-form",
        where="proof of Theorem 3.4",
        kind="inequality",
        says="the Hessian form along (u a', -a v')",
        position=930,
        printed=r"\Delta^\top\nabla^2\mathcal L\Delta-\lambda\|\Delta\|^2\le2\|a\|_2^2(|\lambda|-u^\top\nabla "
        r"L(WH)v)<0",
        verdict="holds",
        reason="the form is 2|a|^2 (-lambda - u' G v) exactly; the line in between, with |lambda| for -lambda, needs "
        "lambda <= 0, and no critical point with 0 < lambda < |G|_2 is known",
        parts=(
            Part(
                FORM,
                domain=DIRECTIONS,
                proof=(STILL, CURVATURE),
                argument="the form of the Hessian is D' Hess L D + 2 <G, dW dH> with D = W dH + dW H",
                shapes=NULL_DIRECTIONS,
                beyond=WORDS,
            ),
            Part(TANGENT, domain=NULL_DIRECTIONS, proof=(TANGENT,), argument="it is polynomial", beyond=WORDS),
            Part(
                BOUNDED,
                domain=DIRECTIONS,
                proof=(EXCESS,),
                argument="|lambda| >= -lambda",
                beyond=WORDS,
            ),
            Part(POSITIVE_IS_LARGEST, role="step"),
        ),
        neighbours=(
            _neighbour(
                Identity("the form with 1.999 for 2", left=_riemannian_form, right=lambda p: _expected_form(p, 1.999))
            ),
            _neighbour(
                Identity("the form along (u a', a v')", left=lambda p: _riemannian_form(p, 1), right=_expected_form)
            ),
            _neighbour(_bounded_by("the last bound with 0.999 |lambda|", lambda p: 0.999 * p.xp.abs(multiplier(p)))),
            _neighbour(_bounded_by("the last bound with lambda for |lambda|", multiplier)),
        ),
    ),
)
