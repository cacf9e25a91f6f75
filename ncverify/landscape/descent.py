"""Critical points of the loss on its sphere: a matrix-free trust region for minima, Newton steps for any index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ncverify.arguments import Count, Positive
from ncverify.kinds import Array
from ncverify.landscape.riemannian import (
    LARGEST_DENSE,
    dense_hessian,
    linear_operator,
    riemannian_gradient,
    riemannian_hessian,
)
from ncverify.landscape.sphere import combine, flatten, inner, norm, retract, unflatten, without_gradient
from ncverify.numbers import to_numpy
from ncverify.point import Point, Tangent


class Descent(NamedTuple):
    """The end of a descent: the point, the residual there, the residuals on the way, and why it stopped.

    The reason is "converged", or begins with "step limit" or "no further" and says what stood in the way.
    """

    point: Point
    residual: float
    history: tuple[float, ...]
    reason: str


def minimise_on_sphere(p: Point, *, tolerance: Positive = 1e-12, steps: Count = 500) -> Descent:
    """A critical point of the loss on the sphere through p, reached by descent (truncated conjugate gradients).

    Args:
        p: the start, in floats, not the origin.
        tolerance: on the norm of the Riemannian gradient.
        steps: at most.

    Raises:
        ValueError: the start is the origin.

    Example:
        >>> import numpy as np
        >>> from ncverify.landscape.sphere import random_point
        >>> end = minimise_on_sphere(random_point(3, 1, 3, 2.0, np.random.default_rng(0)))
        >>> end.residual < 1e-12
        True
    """
    p = without_gradient(p)
    rho = float(p.xp.sqrt(p.squared_norm))
    if not rho > 0:
        raise ValueError("p: the origin is its own sphere")
    radius, history = rho / 8, []
    while True:
        g = riemannian_gradient(p)
        residual = float(norm(g, p.xp))
        history.append(residual)
        if residual <= tolerance:
            return Descent(p, residual, tuple(history), "converged")
        if len(history) > steps:
            return Descent(p, residual, tuple(history), "step limit")
        step, at_edge, predicted = _model_step(p, g, residual, radius)
        q = retract(p, step)
        q = _same_norm(q, rho)
        gain = float(p.loss - q.loss)
        noise = 64 * float(p.xp.library.finfo(p.W.dtype).eps) * abs(float(p.loss))
        falls = float(norm(riemannian_gradient(q), q.xp)) < residual
        # near the end both losses agree to rounding, and the gradient decides
        quality = gain / predicted if predicted > noise else float(falls)
        if quality < 0.25:
            radius /= 4
        elif quality > 0.75 and at_edge:
            radius = min(2 * radius, rho)
        if quality > 0.1:
            p = q
        elif radius < 1e-14 * rho:
            return Descent(p, residual, tuple(history), "no further descent in this precision")


def _model_step(p: Point, g: Tangent, size: float, radius: float) -> tuple[Tangent, bool, float]:
    """The step of the quadratic model within the radius (Steihaug, Toint), whether it ends there, and its gain."""
    xp = p.xp
    step = combine((0, g))
    residual, direction = combine((-1, g)), combine((-1, g))
    square = size * size
    # not beyond 1e-4: further in, rounding excites the rotations, which the Hessian does not feel
    gain, target = 0.0, size * max(min(0.1, size), 1e-4)
    for _ in range(min(400, p.d * (p.K + p.N))):
        image = riemannian_hessian(p, direction)
        curvature = float(inner(direction, image, xp))
        length2 = float(inner(direction, direction, xp))
        forward = float(inner(residual, direction, xp))
        inside = float(inner(step, direction, xp))
        room = radius * radius - float(inner(step, step, xp))
        edge = (-inside + np.sqrt(max(inside * inside + length2 * room, 0.0))) / length2
        along = square / curvature if curvature > 0 else np.inf
        if along >= edge:
            return combine((1, step), (edge, direction)), True, gain + edge * forward - 0.5 * edge * edge * curvature
        step = combine((1, step), (along, direction))
        gain += along * forward - 0.5 * along * along * curvature
        residual = combine((1, residual), (-along, image))
        new = float(inner(residual, residual, xp))
        if np.sqrt(new) <= target:
            break
        direction = combine((1, residual), (new / square, direction))
        square = new
    return step, False, gain


def _same_norm(p: Point, rho: float) -> Point:
    """The point brought back to radius rho, against the drift of rounding."""
    factor = rho / p.xp.sqrt(p.squared_norm)
    return p.moved(p.W * factor, p.H * factor)


def newton_on_gradient(p: Point, *, tolerance: Positive = 1e-12, steps: Count = 200) -> Descent:
    """A critical point of any index on the sphere through p: damped Newton steps that shrink the Riemannian gradient.

    Levenberg and Marquardt's damping makes the residual fall from any start; undamped, with the smallest-norm solution
    across the rotations, convergence is quadratic. Dense up to 2,000 coordinates, by LSMR on Hessian products beyond.

    Args:
        p: the start, in floats.
        tolerance: on the norm of the Riemannian gradient.
        steps: at most.

    Raises:
        ValueError: the start is the origin.
    """
    p = without_gradient(p)
    rho = float(p.xp.sqrt(p.squared_norm))
    if not rho > 0:
        raise ValueError("p: the origin is its own sphere")
    solver = _dense_solver if p.d * (p.K + p.N) <= LARGEST_DENSE else _MatrixFreeSolver
    damping, history, reason, doubt = 1.0, [], "step limit", ""
    while True:
        g = to_numpy(flatten(riemannian_gradient(p), p.xp)).astype(np.float64)
        residual = float(np.linalg.norm(g))
        history.append(residual)
        if residual <= tolerance:
            reason, doubt = "converged", ""
            break
        if len(history) > steps:
            break
        solve = solver(p, g)
        q, damping = _damped_step(p, rho, solve, residual, damping)
        doubt = getattr(solve, "gave_up", "")
        if q is None:
            reason = "no further progress" if doubt else "no further progress in this precision"
            break
        p = q
    return Descent(p, history[-1], tuple(history), reason + doubt)


def _dense_solver(p: Point, g: Array) -> Callable[[float], Any]:
    """From a damping c to the minimiser of |Hess s + g|^2 + c |s|^2; the smallest one for c = 0."""
    values, vectors = np.linalg.eigh(dense_hessian(p))
    coefficients = vectors.T @ g
    floor = 1e-8 * np.abs(values).max()  # directions of the kernel: rotations do not move the gradient
    regular = np.where(np.abs(values) > floor, values, np.inf)

    def solve(damping: float) -> Any:
        if damping == 0:
            return -(vectors @ (coefficients / regular))
        return -(vectors @ (values * coefficients / (values**2 + damping)))

    return solve


class _MatrixFreeSolver:
    """The same by LSMR, whose solution for c = 0 is the smallest as well; `gave_up` says where it did not converge."""

    limit = 500  # iterations

    def __init__(self, p: Point, g: Array) -> None:
        self.A, self.g, self.gave_up = linear_operator(p), g, ""

    def __call__(self, damping: float) -> Any:
        from scipy.sparse.linalg import lsmr

        step, how, *_ = lsmr(self.A, -self.g, damp=np.sqrt(damping), atol=1e-10, btol=1e-10, maxiter=self.limit)
        if how == _ITERATION_LIMIT:  # the other ways to end are a solution, or the most that its conditioning allows
            self.gave_up = f", with steps by LSMR that did not converge in {self.limit} iterations"
        return step


_ITERATION_LIMIT = 7


def _damped_step(
    p: Point, rho: float, solve: Callable[[float], Any], residual: float, damping: float
) -> tuple[Point | None, float]:
    """The first step, undamped near the end and with growing damping else, after which the residual is smaller."""
    tries = [0.0] if residual < 1e-3 else []
    tries += [damping * 4.0**k for k in range(30)]
    for trial in tries:
        s = p.xp.library.asarray(solve(trial * residual), dtype=p.xp.dtype, device=p.xp.device)
        q = _same_norm(retract(p, unflatten(s, p)), rho)
        if float(norm(riemannian_gradient(q), q.xp)) < residual:
            return q, max((trial or damping) / 4, 1e-12)
    return None, damping
