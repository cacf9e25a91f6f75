r"""Appendix C, proof of Theorem 3.4: first- and second-order conditions, the null vector, the quadratic form.

As printed: if no tangent direction has a slope there is lambda with

.. math:: \nabla L(WH) H^\top = \lambda W, \quad W^\top \nabla L(WH) = \lambda H                           \tag{C.4}

With h = |W|^2 + |H|^2, "by (C.4) we know that grad(L + |lambda|/2 h)(W, H) = 0" (line below C.7), and at a point without
descent, for all tangent directions,

.. math:: 0 \le (\Delta W, \Delta H)^\top \nabla^2 L\, (\Delta W, \Delta H) + |\lambda| (|\Delta W|^2 + |\Delta H|^2)  \tag{C.8}

"The rank of grad L(Z) is K-1, so by (C.4) and (C.9) there exists a vector a such that W a = H' a = 0"; along (u a', -a v'),

.. math:: \Delta^\top \nabla^2 L \Delta - \lambda |\Delta|^2 = D^\top \nabla^2 L(Z) D + 2 \langle \nabla L, \Delta W \Delta H \rangle
          + |\lambda| |\Delta|^2 \le 2 |a|^2 (|\lambda| - u^\top \nabla L\, v) < 0

What grad L - lambda (W, H) = 0 gives is grad(L - lambda/2 h) = 0: |lambda| for -lambda is right for lambda <= 0 only, and
nothing in the proof rules out lambda > 0. The null vector is missing for lambda = 0 (features that differ within a class)
and where rank W = d.
"""

from __future__ import annotations

from typing import Any

from ncverify.domain import Domain
from ncverify.landscape import collapsed_spectrum, multiplier
from ncverify.landscape.sphere import combine, inner, position
from ncverify.point import Point, Tangent
from ncverify.statements._landscape import LINE_IS_MINIMUM, SQUARE_IS_MINIMUM, hessian_form, opposed_pair
from ncverify.statements._saddles import POSITIVE_IS_LARGEST, REPAIRED_STEPS
from ncverify.statements.appendix_c_gradient import FEW
from ncverify.statements.claim import Claim, Correction, Demonstration, Neighbour, Part, Shown, Witness
from ncverify.statements.types import Identity, Inequality

PAIR = Domain(K=2, n=1, d=1)
SPREAD = Domain(K=(2, 3), n=2, d=(1, 2))
SMALL_SHAPES = Domain(K=(2, 3), n=(1, 2), d=(1, 2))

# --- (C.4): parallel to the point --------------------------------------------------------------------------------------


def _coordinates(p: Point, pair: Any) -> Any:
    """The coordinates of a pair as one vector."""
    xp = p.xp
    return xp.concat([xp.reshape(pair[0], (-1,)), xp.reshape(pair[1], (-1,))], axis=0)


def _tangential(p: Point, g: Any, x: Any) -> Any:
    """sum_b x_b (x_b g_a - g_b x_a): a combination of the slopes along the tangent directions x_b e_a - x_a e_b."""
    xp = p.xp
    slopes = xp.expand_dims(g, axis=1) * xp.expand_dims(x, axis=0) - xp.expand_dims(x, axis=1) * xp.expand_dims(
        g, axis=0
    )
    return slopes @ x


def _parallel(name: str, gradient: Any, factor: Any = 1) -> Identity:
    def left(p: Point) -> Any:
        g, x = _coordinates(p, gradient(p)), _coordinates(p, position(p))
        return p.squared_norm * g - factor * p.xp.sum(g * x) * x

    return Identity(
        name, left=left, right=lambda p: _tangential(p, _coordinates(p, gradient(p)), _coordinates(p, position(p)))
    )


def _polynomial(p: Point) -> Tangent:
    """A pair in general position: the gradient with the logits in place of their gradient."""
    return Tangent(p.logits @ p.H.T, p.W.T @ p.logits)


PARALLEL = _parallel(
    "|x|^2 g - <g, x> x is a combination of the tangential slopes, g the gradient", lambda p: p.gradient
)
PARALLEL_ANY = _parallel("the same for any pair g", _polynomial)
AT_THE_ORIGIN = Inequality(
    "at W = H = 0 the gradient is zero, so any lambda serves",
    slack=lambda p: -_size(p, Point.trusted(0 * p.W, 0 * p.H).gradient),
)


def _size(p: Point, pair: Any) -> Any:
    return inner(pair, pair, p.xp)


# --- (C.7) and (C.8) ---------------------------------------------------------------------------------------------------


def _lagrangian_slope(p: Point, weight: Any) -> Any:
    """grad(L + weight/2 h) as one vector, at the critical point nearest to p for K = 2, n = d = 1."""
    q = opposed_pair(p)
    return _coordinates(q, combine((1, q.gradient), (weight(q), position(q))))


def _stationary_with(name: str, weight: Any) -> Identity:
    return Identity(name, left=lambda p: _lagrangian_slope(p, weight), right=lambda p: p.xp.zeros((4,)))


WITH_ABSOLUTE_VALUE = _stationary_with(
    "grad(L + |lambda|/2 h) = 0 at critical points", lambda q: q.xp.abs(multiplier(q))
)
WITH_SIGN = _stationary_with("grad(L - lambda/2 h) = 0 at critical points", lambda q: -multiplier(q))


def _no_negative_level(radii: tuple[float, ...], *, shift: float = 0.0) -> Shown:
    """The smallest tangent eigenvalue of Hess L + |lambda| at collapsed points, from the closed-form spectrum."""
    shapes = [(K, n, d) for K in (2, 3, 4, 5) for n in (1, 2, 3) for d in (K - 1, K, K + 2)]
    least = min(collapsed_spectrum(*shape, rho)[0].value - shift for shape in shapes for rho in radii)
    cases = len(shapes) * len(radii)
    return Shown(least >= 0, f"smallest eigenvalue {least:.3g} over {cases} shapes and radii", value=least, cases=cases)


HOLDS_AT_COLLAPSE = Demonstration(
    "(C.8) holds at collapsed points with |W| = |H|: the tangent spectrum of Hess L + |lambda| is not negative",
    run=lambda seed: _no_negative_level((0.5, 1.0, 2.0, 4.0)),
    grade="proved",
    control=lambda seed: _no_negative_level((0.5, 1.0), shift=1e-3),
)

# --- the null vector ---------------------------------------------------------------------------------------------------


def spread_features(p: Point) -> Point:
    """W = 0 and the features less their class means: a critical point with lambda = 0, for any p."""
    columns = p.xp.integers([column // p.n for column in range(p.K * p.n)])
    return Point.trusted(0 * p.W, p.H - p.xp.take(p.class_means.T, columns, axis=1))


def _null_determinant(p: Point) -> Any:
    """det(W' W + H H'), which vanishes exactly where a common null vector exists; d at most 2."""
    M = p.W.T @ p.W + p.H @ p.H.T
    return M[0, 0] if p.d == 1 else M[0, 0] * M[1, 1] - M[0, 1] * M[1, 0]


NULL_VECTOR = Identity(
    "a common null vector of W and H' exists at critical points with lambda = 0",
    left=lambda p: _null_determinant(spread_features(p)),
    right=lambda p: p.xp.asarray(0),
)

# --- the quadratic form ------------------------------------------------------------------------------------------------


def lifted(p: Point) -> Point:
    """p with one more coordinate, in which W and H' are zero: a = e_(d+1) is a common null vector."""
    xp = p.xp
    return Point.trusted(
        xp.concat([p.W, xp.zeros((p.K, 1))], axis=1), xp.concat([p.H, xp.zeros((1, p.K * p.n))], axis=0)
    )


def null_direction(p: Point, sign: Any = -1) -> Tangent:
    """(u a', -a v') with arbitrary u and v: the first column of W and the first row of H."""
    xp = p.xp
    U = xp.concat([xp.zeros((p.K, p.d)), p.W[:, :1]], axis=1)
    V = xp.concat([xp.zeros((p.d, p.K * p.n)), sign * p.H[:1]], axis=0)
    return Tangent(U, V)


def _riemannian_form(p: Point, sign: Any = -1) -> Any:
    q, v = lifted(p), null_direction(p, sign)
    return hessian_form(q, v) - multiplier(q) * inner(v, v, p.xp)


def _expected_form(p: Point, factor: Any = 2, sign: Any = -1) -> Any:
    """-lambda (|u|^2 + |v|^2) - 2 u' G v, which is 2 |a|^2 (-lambda - u' G v) for unit vectors."""
    xp = p.xp
    u, v = p.W[:, 0], p.H[0]
    return sign * factor * xp.sum(u * (p.logit_gradient @ v)) - multiplier(p) * (xp.sum(u * u) + xp.sum(v * v))


FORM = Identity("the form along (u a', -a v')", left=_riemannian_form, right=_expected_form)
TANGENT = Identity(
    "(u a', -a v') is tangent",
    left=lambda p: inner(position(lifted(p)), null_direction(p), p.xp),
    right=lambda p: p.xp.asarray(0),
)


def _bounded_by(name: str, weight: Any) -> Inequality:
    """weight (|u|^2 + |v|^2) - 2 u' G v minus the form, which `FORM` has in closed form."""

    def slack(p: Point) -> Any:
        xp, (u, v) = p.xp, (p.W[:, 0], p.H[0])
        bound = weight(p) * (xp.sum(u * u) + xp.sum(v * v)) - 2 * xp.sum(u * (p.logit_gradient @ v))
        return bound - _expected_form(p)

    return Inequality(name, slack=slack)


BOUNDED = _bounded_by(
    "the form is at most the last bound, for lambda of either sign", lambda p: p.xp.abs(multiplier(p))
)


def _neighbour(statement: Any) -> Neighbour:
    return Neighbour(statement, FEW)


CLAIMS = (
    Claim(
        id="eq-c.4",
        printed=r"\langle\nabla\mathcal L,(\Delta W,\Delta H)\rangle=0\ \forall(\Delta W,\Delta H)\in\mathcal T(W,H)"
        r"\Rightarrow\exists\lambda:\ \nabla L(WH)H^\top=\lambda W,\ W^\top\nabla L(WH)=\lambda H",
        verdict="holds",
        reason="lambda = <g, x>/|x|^2 works, of either sign; at the origin the gradient is zero and any lambda does",
        parts=(
            Part(
                PARALLEL,
                domain=SMALL_SHAPES,
                proof=(PARALLEL_ANY,),
                argument="if all tangential slopes vanish the right side is zero, and (C.4) holds with lambda = <g, x>/|x|^2",
            ),
            Part(AT_THE_ORIGIN, domain=SMALL_SHAPES),
        ),
        neighbours=(
            _neighbour(_parallel("lambda = 0.999 <g, x>/|x|^2", lambda p: p.gradient, 0.999)),
            _neighbour(Inequality("the multiplier is never positive", slack=lambda p: -multiplier(p))),
            _neighbour(
                Identity(
                    "the gradient is parallel to the point everywhere",
                    left=lambda p: _tangential(p, _coordinates(p, p.gradient), _coordinates(p, position(p))),
                    right=lambda p: p.xp.zeros((p.K * p.d * (p.n + 1),)),
                )
            ),
        ),
    ),
    Claim(
        id="eq-c.7",
        printed=r"\nabla(\mathcal L+\tfrac{|\lambda|}2h)(W,H)=0\text{ by (C.4)}",
        verdict="false",
        reason="(C.4) gives (lambda + |lambda|)(W, H), not zero for lambda > 0: W = (1, -1)', H = (-1, 1)",
        parts=(Part(WITH_ABSOLUTE_VALUE, domain=PAIR, witness=Witness(W=[[1], [-1]], H=[[-1, 1]])),),
        correction=Correction(
            latex=r"\nabla(\mathcal L-\tfrac\lambda2h)(W,H)=0",
            parts=(Part(WITH_SIGN, domain=PAIR),),
        ),
    ),
    Claim(
        id="eq-c.8",
        printed=r"0\le(\Delta W,\Delta H)^\top\nabla^2\mathcal L(\Delta W,\Delta H)+|\lambda|(\|\Delta W\|_F^2+\|\Delta H\|_F^2)"
        r"\ \forall(\Delta W,\Delta H)\in\mathcal T\text{ at points without descent}",
        verdict="proof-gap",
        reason="true at local minima on the sphere, where Hess L >= lambda >= -|lambda|, but (C.7), from which it is drawn, "
        "is false for lambda > 0",
        parts=(
            Part(HOLDS_AT_COLLAPSE),
            Part(LINE_IS_MINIMUM),
            Part(SQUARE_IS_MINIMUM),
            Part(WITH_ABSOLUTE_VALUE, role="step", domain=PAIR, witness=Witness(W=[[1], [-1]], H=[[-1, 1]])),
        ),
        correction=Correction(
            latex=r"\text{at a local minimum on the sphere: }0\le\Delta^\top\nabla^2\mathcal L\Delta-\lambda\|\Delta\|^2"
            r"\ \forall\Delta\in\mathcal T,\text{ and then }\lambda<0,\text{ because }(W,-H)\text{ has the form }-2\lambda\rho^2",
            parts=(Part(HOLDS_AT_COLLAPSE), Part(WITH_SIGN, domain=PAIR), Part(REPAIRED_STEPS)),
        ),
    ),
    Claim(
        id="c-null-vector",
        printed=r"\text{the rank of }\nabla L(Z)\text{ is }K-1\text{, so by (C.4) and (C.9) there exists }a:\ Wa=H^\top a=0",
        verdict="false",
        reason="W = 0, features +1, -1 within each class: critical, lambda = 0, H' has full column rank; and for d < K-1 "
        "points with lambda < 0 and rank W = d",
        parts=(
            Part(NULL_VECTOR, domain=SPREAD, witness=Witness(W=[[0], [0]], H=[[1, -1, 1, -1]])),
            Part(LINE_IS_MINIMUM, refutes=True),
        ),
        correction=Correction(
            latex=r"\lambda\ne0:\ Wa=H^\top a=0\text{ for some }a\ne0\text{ iff }\operatorname{rank}W<d,\text{ as always for }d\ge K;"
            r"\text{ if }\operatorname{rank}W=d=K-1\text{ then }|\lambda|=\|\nabla L(WH)\|_2",
            parts=(Part(REPAIRED_STEPS),),
        ),
    ),
    Claim(
        id="c-quadratic-form",
        printed=r"\Delta^\top\nabla^2\mathcal L\Delta-\lambda\|\Delta\|^2\le2\|a\|_2^2(|\lambda|-u^\top\nabla L(WH)v)<0",
        verdict="holds",
        reason="the form is 2|a|^2 (-lambda - u' G v) exactly; the line in between, with |lambda| for -lambda, needs "
        "lambda <= 0, and no critical point with 0 < lambda < |G|_2 is known",
        parts=(
            Part(FORM, domain=SMALL_SHAPES),
            Part(TANGENT, domain=FEW, proof=(TANGENT,), argument="it is polynomial"),
            Part(BOUNDED, domain=FEW),
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
