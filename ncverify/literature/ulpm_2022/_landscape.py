"""Demonstrations and points that several statements on the landscape rest on.

Where a statement about critical points fails, the counterexample has to be a critical point exactly. Three integer or
half-integer configurations are critical because of their symmetry alone (`is_critical_by_symmetry`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat

from ncverify.domain import Domain
from ncverify.kinds import Array, Number, TruthValue
from ncverify.landscape import (
    is_critical_by_symmetry,
    riemannian_hessian,
    tangent_form_is_positive,
    tangent_hessian,
)
from ncverify.landscape.sphere import combine, inner, position, project
from ncverify.literature.ulpm_2022._matrices import COEFFICIENTS, GRID, WORDS, at, free, pair, zero
from ncverify.model import own_class_mask
from ncverify.numbers.rational import RATIONAL
from ncverify.papers.claim import Demonstration, Part, Shown, Witness
from ncverify.point import Point, Tangent
from ncverify.space import SpacePoint
from ncverify.statements.types import Function, Inequality

WIDE = Domain(K=(2, 4), n=(1, 4), d=(1, 4), where=lambda K, n, d: n != 3 and K - 1 <= d <= K)
"""Shapes with d >= K-1, where collapsed points exist."""

LINE_OF_THREE = Witness(W=[["3/2"], [0], ["-3/2"]], H=[["3/2", 0, "-3/2"]])
"""Three classes on a line, d = 1 < K-1 = 2: a strict local minimum of the loss on its sphere."""

SQUARE = Witness(W=[[1, 0], [0, 1], [-1, 0], [0, -1]], H=[[1, 0, -1, 0], [0, 1, 0, -1]])
"""Four classes at the corners of a square, d = 2 < K-1 = 3: a local minimum of the loss on its sphere."""

EXAMPLE_3_1 = Witness(
    W=[[1, -1, 0, 0], [-1, 1, 0, 0], [0, 0, 1, -1], [0, 0, -1, 1]],
    H=[[1, -1, 0, 0], [-1, 1, 0, 0], [0, 0, 1, -1], [0, 0, -1, 1]],
)
"""The motivating example of Section 3.2."""


# --- d < K-1: no collapsed point, but a minimum on every sphere ------------------------------------------------------


def _simplex_rank(K: int) -> int:
    """The rank of the Gram matrix that NC2 demands, in rational arithmetic."""
    rows = [[fmpq(1) if i == j else fmpq(-1, K - 1) for j in range(K)] for i in range(K)]
    return int(fmpq_mat(rows).rank())


def _no_collapse(dimensions: Function, name: str) -> Shown:
    cases = [(K, d) for K in range(3, 9) for d in dimensions(K)]
    impossible = all(_simplex_rank(K) > d for K, d in cases)
    return Shown(
        impossible,
        f"{name}: NC2 needs a Gram matrix of rank K-1 (a multiple of I - 11'/K), {len(cases)} pairs (K, d)",
        cases=len(cases),
    )


NO_COLLAPSE_BELOW = Demonstration(
    "for d < K-1 every sphere is compact, so the loss has a minimum on it, but no point of R^d is collapsed",
    run=lambda seed: _no_collapse(lambda K: range(1, K - 1), "d < K-1"),
    grade="proved",
    control=lambda seed: _no_collapse(lambda K: (K - 1,), "d = K-1"),
    exact="ranks in rational arithmetic",
)

# --- exact local minima -----------------------------------------------------------------------------------------------


def common_shift(p: Point) -> Tangent:
    """The direction that adds one number to all classifiers, d = 1: the logits' differences do not feel it."""
    return Tangent(RATIONAL.ones((p.K, 1)), RATIONAL.zeros((1, p.K * p.n)))


def quarter_turn(p: Point) -> Tangent:
    """The direction (W A, -A H) of the rotations of the plane, d = 2."""
    A = RATIONAL.asarray(np.array([[0, 1], [-1, 0]]))
    return Tangent(p.W @ A, -(A @ p.H))


def _minimum_on_sphere(p: Point, kernel: list[Any]) -> Shown:
    critical = is_critical_by_symmetry(p)
    positive = tangent_form_is_positive(p, kernel, hessian=riemannian_hessian)
    holds = critical and bool(positive)
    return Shown(
        holds,
        f"critical by symmetry: {critical}; Riemannian Hessian positive definite on the tangent space"
        + (" across the rotations" if kernel else "")
        + f": {positive} (L D L' in ball arithmetic)",
        counterexample=p if holds else None,
    )


def _no_straight_descent(p: Point) -> Shown:
    critical = is_critical_by_symmetry(p)
    positive = tangent_form_is_positive(p, [common_shift(p)], hessian=tangent_hessian)
    holds = critical and bool(positive)
    return Shown(
        holds,
        f"critical by symmetry: {critical}; second derivative along every straight tangent line positive, except along "
        f"the common shift of W, where the loss is constant: {positive} (L D L' in ball arithmetic)",
        counterexample=p if holds else None,
    )


def _scaled(witness: Witness, factor: Number) -> Point:
    p = witness.point()
    return Point(p.W * factor, p.H * factor)


LINE_IS_MINIMUM = Demonstration(
    "W = H' = (3/2, 0, -3/2), d = 1, K = 3, is a strict local minimum of the loss on its sphere, and not collapsed",
    run=lambda seed: _minimum_on_sphere(LINE_OF_THREE.point(), []),
    grade="proved",
    control=lambda seed: _minimum_on_sphere(_scaled(LINE_OF_THREE, 2), []),
    exact="L D L' in ball arithmetic, and symmetry for the gradient",
)

LINE_HAS_NO_DESCENT = Demonstration(
    "at W = H' = (3/2, 0, -3/2), d = 1, K = 3, no tangent direction lowers the loss as in (3.3)",
    run=lambda seed: _no_straight_descent(LINE_OF_THREE.point()),
    grade="proved",
    control=lambda seed: _no_straight_descent(_scaled(LINE_OF_THREE, 2)),
    exact="L D L' in ball arithmetic, and symmetry for the gradient",
)

SQUARE_IS_MINIMUM = Demonstration(
    "the square W = H' = (e1, e2, -e1, -e2), d = 2, K = 4, is a local minimum of the loss on its sphere",
    run=lambda seed: _minimum_on_sphere(SQUARE.point(), [quarter_turn(SQUARE.point())]),
    grade="proved",
    control=lambda seed: _minimum_on_sphere(_in_space(SQUARE), [quarter_turn_in_space(SQUARE)]),
    exact="L D L' in ball arithmetic, and symmetry for the gradient",
)


def _in_space(witness: Witness) -> Point:
    """The square in R^3, where it can fold up."""
    p = witness.point()
    W = RATIONAL.concat([p.W, RATIONAL.zeros((p.K, 1))], axis=1)
    return Point(W, RATIONAL.concat([p.H, RATIONAL.zeros((1, p.K * p.n))], axis=0))


def quarter_turn_in_space(witness: Witness) -> Tangent:
    """The rotation of the square within its plane, in R^3."""
    p, turn = witness.point(), quarter_turn(witness.point())
    W = RATIONAL.concat([turn.W, RATIONAL.zeros((p.K, 1))], axis=1)
    return Tangent(W, RATIONAL.concat([turn.H, RATIONAL.zeros((1, p.K * p.n))], axis=0))


# --- second derivatives along named directions, in any arithmetic -----------------------------------------------------


def hessian_form(p: Point, direction: Array) -> Number:
    """<v, Hess L v>: the second derivative of the loss along the straight line through p."""
    return inner(direction, p.hessian_vector_product(direction), p.xp)


def rotation(p: Point, i: int = 0, j: int = 1) -> Tangent:
    """(W A, -A H) with A = e_i e_j' - e_j e_i': tangent, and the loss is constant along the rotation itself."""
    eye = p.xp.eye(p.d)
    outer = p.xp.expand_dims(eye[i, :], axis=1) * p.xp.expand_dims(eye[j, :], axis=0)
    A = outer - outer.T
    return Tangent(p.W @ A, -(A @ p.H))


def opposition(p: Point) -> Tangent:
    """(W, -H): tangent where |W| = |H|."""
    return Tangent(p.W, -p.H)


def flat(p: Point) -> Tangent:
    """((e_1 - e_2) b', b y') with b = e_1 and y = c (1, -1, 0, ...) by class, c = 1 + |H|^2.

    Where all logits of a sample agree and all class means agree (lambda = 0) the loss falls along it at second order.
    """
    xp = p.xp
    u = xp.eye(p.K)[0, :] - xp.eye(p.K)[1, :]
    b = xp.expand_dims(xp.eye(p.d)[0, :], axis=0)
    U = xp.expand_dims(u, axis=1) * b
    y = xp.take(u, xp.integers([column // p.n for column in range(p.K * p.n)]), axis=0)
    return Tangent(U, b.T * xp.expand_dims(y, axis=0) * (1 + xp.sum(p.H * p.H)))


def vanishing(p: Point) -> Point:
    """The point nearest to p with all classifiers equal and all class means equal, where the gradient vanishes."""
    xp = p.xp
    W = xp.expand_dims(xp.mean(p.W, axis=0), axis=0) + xp.zeros((p.K, p.d))
    columns = xp.integers([column // p.n for column in range(p.K * p.n)])
    means = p.class_means - xp.expand_dims(p.global_mean, axis=0)
    return Point.trusted(W, p.H - xp.take(means.T, columns, axis=1))


def is_vanishing(p: Point) -> TruthValue:
    """Whether all classifiers agree and all class means agree."""
    return p.xp.all(p.W[:1, :] == p.W) & p.xp.all(p.class_means == p.class_means[:1, :])


def _uniform_gap(p: Point) -> Array:
    """(1/K - Y) H' + n (hbar_k - hbar): what G H' is where the logits of every sample agree."""
    G = 1 / p.xp.asarray(p.K) - own_class_mask(p.K, p.n, p.xp)
    return G @ p.H.T + p.n * (p.class_means - p.xp.expand_dims(p.global_mean, axis=0))


def _flat_gap(p: Point) -> Number:
    """The form along `flat` at uniform softmax and equal classifiers, less (2/K) |e_1' H|^2 - 4 n (1 + |H|^2)."""
    xp, q = p.xp, vanishing(p)
    U, V = flat(q)
    D = q.W @ V + U @ q.H
    variances = xp.sum(D * D, axis=0) / p.K - (xp.sum(D, axis=0) / p.K) ** 2
    G = 1 / xp.asarray(p.K) - own_class_mask(p.K, p.n, xp)
    form = xp.sum(variances) + 2 * xp.sum(G * (U @ V))
    return form - 2 * xp.sum((xp.eye(q.d)[0, :] @ q.H) ** 2) / p.K + 4 * p.n * (1 + xp.sum(q.H * q.H))


FLAT_DESCENT = Part(
    Inequality(
        "where all classifiers and all class means agree the form along `flat` is negative",
        slack=lambda p: -hessian_form(vanishing(p), flat(vanishing(p))),
        strict=True,
    ),
    domain=Domain(K=(2, 3), n=(1, 2), d=(1, 2)),
    proof=(
        zero("(1/K - Y) H' = n (hbar - hbar_k): zero where all class means agree, and only there", _uniform_gap),
        zero("the form along `flat` is (2/K) |e_1' H|^2 - 4 n (1 + |H|^2) at uniform softmax", _flat_gap),
    ),
    argument="equal classifiers make every softmax uniform; and (2/K) |e_1' H|^2 <= |H|^2",
    shapes=GRID,
    beyond=COEFFICIENTS,
)


# --- curves on the sphere ---------------------------------------------------------------------------------------------

CURVES = free("W", "H", "dW", "dH", "s", d=(1, 2))
"""A point, a direction and a step."""


def free_tangent(p: SpacePoint) -> tuple[Point, Tangent]:
    """A point x and the tangent part of a free pair, times |x|^2 so that it is polynomial."""
    q, v = at(p), pair(p)
    return q, combine((q.squared_norm, v), (-inner(position(q), v, p.xp), position(q)))


def _free_curve(p: SpacePoint) -> tuple[Point, Tangent, Any, Any, Tangent]:
    """x, a tangent v, a free s, a = |v|^2 / (4 |x|^2) and (1 + a s^2) times the Cayley curve at s."""
    (x, v), s = free_tangent(p), p.s
    a = inner(v, v, p.xp) / (4 * x.squared_norm)
    return x, v, s, a, combine((1 - a * s * s, position(x)), (s, v))


def _norm_gap(p: SpacePoint) -> Number:
    x, _, s, a, moved = _free_curve(p)
    return inner(moved, moved, p.xp) - (1 + a * s * s) ** 2 * x.squared_norm


def _expansion_gap(p: SpacePoint, *, bend: int = 2) -> Array:
    """(1 + a s^2) (x(s) - x - s v + 2 a s^2 x) + s^3 a (v - 2 a s x), zero for the Cayley curve x(s)."""
    x, v, s, a, moved = _free_curve(p)
    start, factor = position(x), 1 + a * s * s
    rest = combine(
        (1, moved), (-factor, start), (-s * factor, v), (bend * a * s * s * factor, start), (a * s**3, v),
        (-2 * a * a * s**4, start),
    )  # fmt: skip
    return p.xp.concat([p.xp.reshape(rest.W, (-1,)), p.xp.reshape(rest.H, (-1,))], axis=0)


CAYLEY = zero("the Cayley curve x(s) = ((1-q) x + s v)/(1+q), q = a s^2, keeps the norm for every s", _norm_gap)
EXPANSION = zero("x(s) = x + s v - 2 a s^2 x + O(s^3), with 2 a = |v|^2 / (2 |x|^2)", _expansion_gap)
SECOND_DERIVATIVE = Part(
    EXPANSION,
    domain=CURVES,
    proof=(CAYLEY, EXPANSION),
    argument="along the curve on the sphere of x != 0 the loss has the slope <g, v> and the second derivative "
    "<v, Hess L v> - lambda |v|^2, lambda = <g, x>/|x|^2: negative ones lead to lower points near x, and at a local "
    "minimum on the sphere neither is negative",
    beyond=WORDS,
)


def opposed_pair(p: Point) -> Point:
    """For K = 2, n = d = 1: the critical point W = |b| (a, -a), H = |a| (b, -b), 2 a = w_1 - w_2 and 2 b = h_1 - h_2.

    It is collapsed where a b > 0 and opposed where a b < 0.
    """
    xp = p.xp
    a, b = (p.W[0, :] - p.W[1, :]) / 2, (p.H[:, 0] - p.H[:, 1]) / 2
    W = xp.stack([xp.abs(b) * a, -xp.abs(b) * a])
    return Point.trusted(W, xp.stack([xp.abs(a) * b, -xp.abs(a) * b], axis=1))


def tangent_gradient(p: Point) -> Number:
    """|grad L|^2 without its radial part: positive where a first-order tangent descent exists."""
    g = project(p, p.gradient)
    return inner(g, g, p.xp)
