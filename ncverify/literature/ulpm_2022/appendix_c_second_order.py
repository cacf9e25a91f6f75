r"""Appendix C, proof of Theorem 3.4: the first- and second-order conditions (C.4), (C.7) and (C.8).

As printed: if no tangent direction has a slope there is lambda with

.. math:: \nabla L(WH) H^\top = \lambda W, \quad W^\top \nabla L(WH) = \lambda H \tag{C.4}

With h = |W|^2 + |H|^2, "by (C.4) we know that grad(L + |lambda|/2 h)(W, H) = 0" (line below C.7), and at a point
without descent, for all tangent directions,

.. math:: 0 \le (\Delta W, \Delta H)^\top \nabla^2 L\, (\Delta W, \Delta H)
          + |\lambda| (|\Delta W|^2 + |\Delta H|^2) \tag{C.8}

What grad L - lambda (W, H) = 0 gives is grad(L - lambda/2 h) = 0: |lambda| for -lambda is right for lambda <= 0 only,
and nothing in the proof rules out lambda > 0. At lambda > 0 no point is without descent, see `_saddles`.
"""

from __future__ import annotations

from ncverify.domain import Domain
from ncverify.kinds import Array, Number
from ncverify.landscape import multiplier
from ncverify.landscape.sphere import combine, inner, position
from ncverify.literature.ulpm_2022._landscape import LINE_IS_MINIMUM, SECOND_DERIVATIVE, SQUARE_IS_MINIMUM, opposed_pair
from ncverify.literature.ulpm_2022._matrices import MOVES, WORDS, at, free, pair, zero
from ncverify.literature.ulpm_2022._saddles import REPAIRED_STEPS
from ncverify.literature.ulpm_2022.appendix_c_gradient import LINE_OR_SIMPLEX
from ncverify.papers.claim import Claim, Correction, Neighbour, Part, Witness
from ncverify.point import Point, Tangent
from ncverify.space import SpacePoint
from ncverify.statements.types import Function, Identity, Inequality, Statement

PAIR = Domain(K=2, n=1, d=1)
SPREAD = Domain(K=(2, 3), n=2, d=(1, 2))
SMALL_SHAPES = Domain(K=(2, 3), n=(1, 2), d=(1, 2))

# --- (C.4): parallel to the point -----------------------------------------------------------------------------------


def _coordinates(p: Point | SpacePoint, pair: Array) -> Array:
    """The coordinates of a pair as one vector."""
    xp = p.xp
    return xp.concat([xp.reshape(pair[0], (-1,)), xp.reshape(pair[1], (-1,))], axis=0)


def _tangential(p: Point | SpacePoint, g: Array, x: Array) -> Array:
    """sum_b x_b (x_b g_a - g_b x_a): a combination of the slopes along the tangent directions x_b e_a - x_a e_b."""
    xp = p.xp
    slopes = xp.expand_dims(g, axis=1) * xp.expand_dims(x, axis=0) - xp.expand_dims(x, axis=1) * xp.expand_dims(
        g, axis=0
    )
    return slopes @ x


def _parallel(name: str, parts: Function, factor: Number = 1) -> Identity:
    """The decomposition of g at x for `parts` from a point to (x, g)."""

    def vectors(p: SpacePoint) -> tuple[Array, Array]:
        q, g = parts(p)
        return _coordinates(p, g), _coordinates(p, position(q))

    def left(p: SpacePoint) -> Number:
        g, x = vectors(p)
        return p.xp.sum(x * x) * g - factor * p.xp.sum(g * x) * x

    return Identity(name, left=left, right=lambda p: _tangential(p, *vectors(p)))


def _with_gradient(p: Point) -> tuple[Point, Tangent]:
    return p, p.gradient


PARALLEL = _parallel("|x|^2 g - <g, x> x is a combination of the tangential slopes, g the gradient", _with_gradient)
PARALLEL_ANY = _parallel("the same for any pair g", lambda p: (at(p), pair(p)))
AT_THE_ORIGIN = Inequality(
    "at W = H = 0 the gradient is zero, so any lambda serves",
    slack=lambda p: -_size(p, Point.trusted(0 * p.W, 0 * p.H).gradient),
)


def _slope_at_zero(p: SpacePoint) -> Array:
    """(G H', W'G) at W = H = 0 for a free G, as one vector."""
    return _coordinates(p, (p.G @ (0 * p.H).T, (0 * p.W).T @ p.G))


NO_SLOPE = zero("(G H', W'G) = 0 at W = H = 0 for any G", _slope_at_zero)


def _size(p: Point, pair: Array) -> Number:
    return inner(pair, pair, p.xp)


# --- (C.7) and (C.8) ------------------------------------------------------------------------------------------------


def _lagrangian_slope(p: Point, weight: Function) -> Array:
    """grad(L + weight/2 h) as one vector, at the critical point nearest to p for K = 2, n = d = 1."""
    q = opposed_pair(p)
    return _coordinates(q, combine((1, q.gradient), (weight(q), position(q))))


def _stationary_with(name: str, weight: Number) -> Identity:
    return Identity(name, left=lambda p: _lagrangian_slope(p, weight), right=lambda p: p.xp.zeros((4,)))


WITH_ABSOLUTE_VALUE = _stationary_with(
    "grad(L + |lambda|/2 h) = 0 at critical points", lambda q: q.xp.abs(multiplier(q))
)
WITH_SIGN = _stationary_with("grad(L - lambda/2 h) = 0 at critical points", lambda q: -multiplier(q))


def _norm_derivative_gap(p: SpacePoint) -> Number:
    """h(x + v) - h(x) - h(v) - <2x, v> for a free v."""
    q, v = at(p), pair(p)
    moved = Point.trusted(q.W + v.W, q.H + v.H)
    return moved.squared_norm - q.squared_norm - inner(v, v, p.xp) - 2 * inner(position(q), v, p.xp)


WITH_SIGN_PART = Part(
    WITH_SIGN,
    domain=PAIR,
    proof=(zero("h(x + v) - h(x) - h(v) = <2x, v>: grad h = 2x", _norm_derivative_gap),),
    argument="grad(L - lambda/2 h) = grad L - lambda (W, H), which is what (C.4) says is zero",
    shapes=MOVES,
    beyond=WORDS,
)


def _neighbour(statement: Statement) -> Neighbour:
    return Neighbour(statement, LINE_OR_SIMPLEX)


CLAIMS = (
    Claim(
        id="eq-c.4",
        where="(C.4)",
        kind="implication",
        says="no first-order tangent descent implies the gradient is parallel to the point",
        position=870,
        printed=r"\langle\nabla\mathcal L,(\Delta W,\Delta H)\rangle=0\ \forall(\Delta W,\Delta H)\in\mathcal T(W,H)"
        r"\Rightarrow\exists\lambda:\ \nabla L(WH)H^\top=\lambda W,\ W^\top\nabla L(WH)=\lambda H",
        verdict="holds",
        reason="lambda = <g, x>/|x|^2 works, of either sign; at the origin the gradient is zero and any lambda does",
        parts=(
            Part(
                PARALLEL,
                domain=SMALL_SHAPES,
                proof=(PARALLEL_ANY,),
                argument="if all tangential slopes vanish the right side is zero, and (C.4) holds with lambda = <g,"
                " x>/|x|^2",
                shapes=MOVES,
                beyond="the shape enters only as the number of coordinates of x, and each entry involves two of them",
            ),
            Part(
                AT_THE_ORIGIN,
                domain=SMALL_SHAPES,
                proof=(NO_SLOPE,),
                argument="the gradient is (G H', W'G) for some G",
                shapes=free("W", "H", "G"),
                beyond=WORDS,
            ),
        ),
        neighbours=(
            _neighbour(_parallel("lambda = 0.999 <g, x>/|x|^2", _with_gradient, 0.999)),
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
        where="(C.7) and the line below",
        kind="identity",
        says="grad(L + |lambda|/2 h) = 0",
        position=880,
        printed=r"\nabla(\mathcal L+\tfrac{|\lambda|}2h)(W,H)=0\text{ by (C.4)}",
        verdict="false",
        reason="(C.4) gives (lambda + |lambda|)(W, H), not zero for lambda > 0: W = (1, -1)', H = (-1, 1)",
        severity="proof",
        effect="the printed proof of Theorem 3.4 does not cover lambda > 0; there (W, -H) is a direction of descent, "
        "so the theorem survives",
        parts=(Part(WITH_ABSOLUTE_VALUE, domain=PAIR, witness=Witness(W=[[1], [-1]], H=[[-1, 1]])),),
        correction=Correction(
            latex=r"\nabla(\mathcal L-\tfrac\lambda2h)(W,H)=0",
            parts=(WITH_SIGN_PART,),
        ),
    ),
    Claim(
        id="eq-c.8",
        where="(C.8)",
        kind="inequality",
        says="second-order condition with |lambda|",
        position=890,
        printed=r"0\le(\Delta W,\Delta H)^\top\nabla^2\mathcal L(\Delta W,\Delta H)+|\lambda|(\|\Delta "
        r"W\|_F^2+\|\Delta H\|_F^2)"
        r"\ \forall(\Delta W,\Delta H)\in\mathcal T\text{ at points without descent}",
        verdict="proof-gap",
        reason="true at local minima on the sphere, where Hess L >= lambda >= -|lambda|, but (C.7), from which it "
        "is drawn, "
        "is false for lambda > 0",
        severity="proof",
        effect="none; it is used under the assumption that no direction of descent exists, where it is true",
        parts=(
            SECOND_DERIVATIVE,
            Part(LINE_IS_MINIMUM),
            Part(SQUARE_IS_MINIMUM),
            Part(WITH_ABSOLUTE_VALUE, role="step", domain=PAIR, witness=Witness(W=[[1], [-1]], H=[[-1, 1]])),
        ),
        correction=Correction(
            latex=r"(W,H)\ne0\text{ a local minimum on its sphere: }0\le\Delta^\top\nabla^2\mathcal "
            r"L\Delta-\lambda\|\Delta\|^2\ \forall\Delta\in\mathcal T,\text{ and }\lambda<0\text{: for }"
            r"\lambda>0\ (W,-H)\text{ has the form }-2\lambda\rho^2,\text{ for }\lambda=0\text{ another direction has "
            r"a negative one}",
            parts=(SECOND_DERIVATIVE, WITH_SIGN_PART, *REPAIRED_STEPS[:3]),
        ),
    ),
)
