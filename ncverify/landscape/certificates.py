"""Certainty for small points: curvature, descent on the sphere and local minimality, confirmed in ball arithmetic.

Floats find the direction; its sign is then decided with error bounds, at growing precision, at the exact rational point
that the floats are. A descent on the sphere ends at a rational point of exactly the same norm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ncverify.arguments import Count, NotNegative, Pair, Real, Seed
from ncverify.kinds import Array
from ncverify.landscape.curvature import negative_curvature
from ncverify.landscape.riemannian import rayleigh_quotient, riemannian_gradient
from ncverify.landscape.sphere import norm, position, project, retract
from ncverify.model import own_class_mask
from ncverify.numbers import to_numpy
from ncverify.point import Point, Tangent

_PRECISIONS = (128, 256, 512, 1024, 2048)


@dataclass(frozen=True)
class Descent:
    """A point of the same norm with a lower loss.

    Attributes:
        point: the new point, rational, of exactly the norm of the old one.
        step: length of the tangent step, a power of two.
        drop: a lower bound of the fall of the loss, in nats, positive.
        distance2: |W' - W|^2 + |H' - H|^2, rounded.
        order: 1 where the gradient led the way, 2 where negative curvature did.
    """

    point: Point
    step: float
    drop: float
    distance2: float
    order: int


def exact(p: Point) -> Point:
    """The point in rational arithmetic: floats are the dyadic fractions that they are."""
    from ncverify.numbers.rational import RATIONAL

    return p if p.xp.exact else p.map(lambda a: RATIONAL.asarray(to_numpy(a)))


def ball_quotient(p: Point, direction: Pair) -> tuple[float, float]:
    """An interval around the Rayleigh quotient of the Riemannian Hessian, tight enough to show its sign if it has one.

    Args:
        p: a point in floats or rationals, small: every number is a ball.
        direction: any direction with a tangent part, in the arithmetic of p or in floats.

    Returns:
        Lower and upper bound; both signs occur only if the quotient is zero to 2,048 bits.
    """
    from ncverify.numbers.ball import BALL, precision

    low, high = -np.inf, np.inf
    for bits in _PRECISIONS:
        with precision(bits):
            q = exact(p)
            ball_point = q.map(lambda a: BALL.asarray(a.data))
            ball_direction = Tangent(*(BALL.asarray(_entries(part)) for part in direction))
            value = rayleigh_quotient(ball_point, ball_direction).item()
            low, high = float(value.lower()), float(value.upper())
        if low > 0 or high < 0:
            break
    return low, high


def is_critical_by_symmetry(p: Point, *, seed: Seed = 0, trials: Count = 3) -> bool:
    """Whether a rational point is a critical point of its sphere, whatever the exponential function is.

    Equal logits have equal exponentials; nothing else about exp is used. The exponentials of the distinct logits are
    replaced by random integers below 2^63, and (C.4) is checked in rational arithmetic. Its two sides are rational
    functions of those numbers of degree at most 4 n K, so that three agreements leave an error probability below
    (4 n K / 2^63)^3.

    Args:
        p: a point in rational arithmetic, not the origin.
        seed: of the random integers.
        trials: how many.

    Raises:
        TypeError: a point in floats.
    """
    if getattr(p.W, "namespace", None) is None:
        raise TypeError(f"p: expected a point in rational arithmetic, got {p.xp!r}")
    return all(_is_critical_for(p, np.random.default_rng((seed, trial))) for trial in range(trials))


def _is_critical_for(p: Point, rng: np.random.Generator) -> bool:
    values: dict[str, int] = {}
    exponentials = np.empty(p.logits.shape, dtype=object)
    for index in np.ndindex(exponentials.shape):
        key = str(p.logits.data[index])
        exponentials[index] = values.setdefault(key, 1 + int(rng.integers(1 << 63)))
    xp = p.xp
    E = xp.asarray(exponentials)
    G = E / xp.expand_dims(xp.sum(E, axis=0), axis=0) - own_class_mask(p.K, p.samples_per_class, xp)
    lam = 2 * xp.sum(G * p.logits) / p.squared_norm
    return bool(xp.all(lam * p.W == G @ p.H.T)) and bool(xp.all(lam * p.H == p.W.T @ G))


def lower_point_on_sphere(
    p: Point, *, within: NotNegative | None = None, direction: Pair | None = None
) -> Descent | None:
    """A point of exactly the same norm with certainly lower loss, (3.4); None where none was found.

    Goes against the Riemannian gradient, or along negative curvature where the gradient vanishes.

    Args:
        p: a small point, in floats.
        within: bound of |W' - W|^2 + |H' - H|^2, the epsilon of (3.4).
        direction: a tangent direction to go along, instead of the two.

    Example:
        >>> from ncverify.landscape.families import direct_sum
        >>> descent = lower_point_on_sphere(direct_sum(4, 1, 4, blocks=2, rho=4.0).point, within=1e-6)
        >>> descent.order, descent.drop > 0, descent.distance2 < 1e-6
        (2, True, True)
    """
    if not float(p.squared_norm) > 0:
        return None
    if direction is not None and any(len(part.shape) != 2 for part in direction):
        raise ValueError("direction: expected one pair of matrices, got a stack of them")
    for order, candidate in _directions(p) if direction is None else [(2, direction)]:
        length = float(norm(candidate, p.xp))
        if not length > 0:
            continue
        unit = Tangent(candidate[0] / length, candidate[1] / length)
        for step in _steps(float(p.xp.sqrt(p.squared_norm)), within):
            descent = _lower(p, unit, step, order)
            if descent is not None and (within is None or descent.distance2 < within):
                return descent
    return None


def _directions(p: Point) -> Iterator[tuple[int, Tangent]]:
    g = riemannian_gradient(p)
    yield 1, Tangent(-g.W, -g.H)
    curvature = negative_curvature(p)
    if curvature is not None:
        direction = curvature.direction(p.xp)
        yield 2, direction
        yield 2, Tangent(-direction.W, -direction.H)


def _steps(rho: float, within: float | None) -> list[float]:
    """Powers of two, long ones first, none longer than epsilon allows."""
    longest = 0.5 * rho if within is None else min(0.5 * rho, 0.9 * within**0.5)
    top = int(np.floor(np.log2(longest)))
    return [2.0**e for e in range(top, top - 40, -3)]


def _lower(p: Point, unit: Tangent, step: float, order: int) -> Descent | None:
    from ncverify.numbers.ball import BALL, precision
    from ncverify.numbers.rational import RATIONAL

    moved = retract(p, unit, step)
    if not float(moved.loss) < float(p.loss):
        return None
    # few digits are enough for the direction, and keep the fractions short; it is made exactly tangent afterwards
    start = exact(p)
    rough = Tangent(*(RATIONAL.asarray(np.round(to_numpy(part) * 2.0**20) / 2.0**20) for part in unit))
    end = retract(start, project(start, rough), RATIONAL.asarray(step))
    for bits in _PRECISIONS:
        with precision(bits):
            losses = [q.map(lambda a: BALL.asarray(a.data)).loss.item() for q in (start, end)]
            drop = losses[0] - losses[1]
            if drop > 0:
                difference = Tangent(end.W - start.W, end.H - start.H)
                size = sum(float(RATIONAL.sum(part * part).nearest_float()) for part in difference)
                return Descent(end, step, float(drop.lower()), size, order)
            if drop < 0:
                return None
    return None


def _entries(array: Array) -> Any:
    return array.data if hasattr(array, "namespace") else to_numpy(array)


def tangent_form_is_positive(
    p: Point, kernel: list[Tangent], *, hessian: Callable[..., Any], shift: Real = 0.0
) -> bool | None:
    """Whether a Hessian minus `shift` is positive definite on the tangent directions orthogonal to `kernel`.

    Decided in ball arithmetic: the form plus a multiple of the squares of the radial and the kernel components has an
    L D L' factorisation with positive pivots. None where the balls do not decide.

    Args:
        p: a rational point, small.
        kernel: directions in rationals along which the form may vanish.
        hessian: `riemannian_hessian` or `tangent_hessian`.
        shift: a number; 0 asks for positivity itself.
    """
    from ncverify.numbers.ball import precision

    for bits in _PRECISIONS[:3]:
        with precision(bits):
            decided = _pivots_are_positive(p, kernel, hessian, shift)
        if decided is not None:
            return decided
    return None


def _pivots_are_positive(p: Point, kernel: list[Tangent], hessian: Array, shift: float) -> bool | None:
    from ncverify.numbers.ball import BALL

    ball_point = p.map(lambda a: BALL.asarray(a.data))
    size = p.K * p.d + p.d * p.N
    form = np.empty((size, size), dtype=object)
    for j in range(size):
        unit = np.zeros(size)
        unit[j] = 1.0
        U, V = unit[: p.K * p.d].reshape(p.K, p.d), unit[p.K * p.d :].reshape(p.d, p.N)
        column = project(ball_point, hessian(ball_point, (BALL.asarray(U), BALL.asarray(V))))
        form[:, j] = np.concatenate([np.ravel(column.W.data), np.ravel(column.H.data)])
        form[j, j] = form[j, j] - shift
    for direction in [position(p), *kernel]:
        v = np.concatenate([np.ravel(BALL.asarray(part.data).data) for part in direction])
        form = form + np.outer(v, v)
    return _positive_pivots(0.5 * (form + form.T))


def _positive_pivots(form: Array) -> bool | None:
    """Whether symmetric elimination meets positive pivots only; None when a pivot's sign is undecided."""
    form = form.copy()
    for k in range(len(form)):
        pivot = form[k, k]
        if not pivot > 0:
            return False if pivot <= 0 else None
        rest = form[k + 1 :, k] / pivot
        form[k + 1 :, k + 1 :] = form[k + 1 :, k + 1 :] - np.outer(rest, form[k, k + 1 :])
    return True
