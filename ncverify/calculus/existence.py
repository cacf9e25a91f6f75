"""A critical point proved to exist near a point in floats, with the signs of its Hessian: Krawczyk's test in balls.

The equations are grad f(x) = sum mu_k s_k with s_k'(x - x_0) = 0, where the s_k are directions at x_0 along which a
symmetry moves the point. They have isolated solutions where the critical points come in orbits; and since the gradient
is orthogonal to the orbit, mu vanishes wherever the matrix of the s_k(x)'s_l has an inverse, which is verified.

On spheres |x_c|^2 = r_c the equations are grad f(x) - sum lambda_c x_c = sum mu_k s_k, with the multipliers among the
unknowns. The signs on tangent directions are those of the Hessian less the lambda_c, bordered by the x_c: the border
adds one positive and one negative eigenvalue for each sphere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ncverify.calculus.derivatives import directional, flatten, gradient, hessian, replaced
from ncverify.calculus.spheres import On, Sphere, multipliers, normals, shortfalls, spheres
from ncverify.kinds import Array

Symmetry = Callable[[Any], list[Mapping[str, Any]]]
_BITS = 128


@dataclass(frozen=True)
class CriticalBox:
    """The facts that are proved about a box around a point.

    Attributes:
        radius: every coordinate of the critical point is this near; one of each orbit that meets the slice lies there.
        negative: eigenvalues of the Hessian that are negative everywhere in the box.
        positive: eigenvalues that are positive everywhere in the box.
        kernel: directions of the symmetry, along which the Hessian vanishes at the critical point.
        multipliers: of the spheres, about: grad f is the sum of multiplier times x_c. The Hessian is the Riemannian
            one then, on tangent directions.
    """

    radius: float
    negative: int
    positive: int
    kernel: int
    multipliers: tuple[float, ...] = ()

    @property
    def is_minimum(self) -> bool:
        """Whether it is a strict local minimum modulo the symmetry: all other eigenvalues are positive."""
        return self.negative == 0

    @property
    def is_strict_saddle(self) -> bool:
        """Whether the Hessian has a negative eigenvalue."""
        return self.negative > 0


def critical_box(
    objective: Callable[[Any], Any],
    p: Any,
    *,
    by: Iterable[str] | None = None,
    symmetry: Symmetry | None = None,
    radius: float = 1e-6,
    on: On = None,
) -> CriticalBox | None:
    """A proof that a critical point lies within a radius of p, coordinate by coordinate; None where it is not decided.

    Args:
        objective: f, a function of a point to a number, twice differentiable.
        p: a point in floats or rationals at which the gradient is small.
        by: the variables by which derivatives are taken; by default all.
        symmetry: from a point to independent directions, arrays by name, that are tangent to its orbit under a symmetry
            of the objective, at every point and not only at p.
        radius: of the box.
        on: "sphere" for critical points on the sphere through p of all the variables together; or the squared norms of
            single variables by name, as {"u": 1, "v": "1/2"}; None for all real values.

    Raises:
        ValueError: a radius that is not positive, a symmetry along which the objective or the norm on a sphere changes,
            or an `on` that is none of these.

    Example:
        >>> from ncverify import Space, Variable
        >>> space = Space(variables={"x": Variable(2)})
        >>> box = critical_box(lambda p: (p.xp.sum(p.x * p.x) - 2) ** 2 + p.x[1] ** 2, space.point(x=[1.41421356, 0]))
        >>> box.is_minimum, box.positive
        (True, 2)
        >>> on_circle = critical_box(lambda p: p.x[0] * p.x[1], space.point(x=[0.70710678, -0.70710678]), on={"x": 1})
        >>> on_circle.is_minimum, round(on_circle.multipliers[0], 6)
        (True, -1.0)
    """
    if not radius > 0:
        raise ValueError(f"radius: expected a positive number, got {radius}")
    from ncverify.numbers.ball import precision

    with precision(_BITS):
        names = list(p.variables if by is None else by)
        return _tested(objective, p, names, symmetry, radius, spheres(p, names, on))


def _tested(
    objective: Callable[[Any], Any],
    p: Any,
    names: list[str],
    symmetry: Symmetry | None,
    radius: float,
    spheres: list[Sphere],
) -> CriticalBox | None:
    centre, box = _balls(p, names, 0.0), _balls(p, names, radius)
    _check_symmetry(objective, centre, names, symmetry, spheres)
    slope, form = _flat(centre, gradient(objective, centre, names)), hessian(objective, box, names).data
    S, around = _directions(centre, names, symmetry), _directions(box, names, symmetry)
    X, border = normals(_position(centre, names), spheres), normals(_position(box, names), spheres)
    lam = multipliers(slope, X)
    size = 1 + float(np.abs(_middles(form)).max())
    share = radius * size  # how far the multipliers are sought
    L = form - sum((_ball(a, share) * np.diag(sphere.inside) for a, sphere in zip(lam, spheres, strict=True)), 0 * form)
    slope = slope - sum((a * column for a, column in zip(lam, X.T, strict=True)), 0 * slope)
    n, c, m = len(slope), X.shape[1], S.shape[1]
    residual = np.array([*slope, *shortfalls(X, spheres), *[0] * m], dtype=object)
    widths = [radius] * n + [share] * c + [radius] * m  # mu is sought within the radius
    if not _contracts(_bordered(L, -border, -S, border, S), residual, widths) or (
        m and not _is_invertible(around.T, S)
    ):
        return None
    border = size * border  # no sign depends on its size, but a small border makes a small eigenvalue
    return _signs(_bordered(L, border, border), n, m, radius, tuple(lam))


def _bordered(L: Any, *columns: Any) -> Any:
    """L with the first half of the columns on its right, the transposes of the others below, and zeros."""
    half = len(columns) // 2
    right, below = np.concatenate(columns[:half], axis=1), np.concatenate(columns[half:], axis=1).T
    return np.block([[L, right], [below, np.zeros((len(below), right.shape[1]), dtype=int)]])


def _contracts(J: Array, residual: Array, widths: list[float]) -> bool:
    """Whether Krawczyk's map takes the box of these widths, where the derivative lies in J, into its interior."""
    C = _approximate_inverse(J)
    if C is None:
        return False
    step = _times(C, residual[:, None])[:, 0]
    spread = np.eye(len(J), dtype=int) - _times(C, J)
    boxes = [_ball(0, width) for width in widths]
    images = (sum((a * b for a, b in zip(row, boxes, strict=True)), -s) for row, s in zip(spread, step, strict=True))
    return all(abs(image) < width for image, width in zip(images, widths, strict=True))


def _check_symmetry(
    objective: Callable[[Any], Any], p: Any, names: list[str], symmetry: Symmetry | None, spheres: list[Sphere]
) -> None:
    """Checks that neither the objective nor a norm changes along the directions at a point away from p."""
    if symmetry is None:
        return
    rng = np.random.default_rng(0)
    away = {
        name: p.variables[name] + p.xp.asarray(rng.integers(-8, 9, p.variables[name].shape) / 8.0) for name in names
    }
    elsewhere = replaced(p, away)
    for k, direction in enumerate(symmetry(elsewhere)):
        if bool(directional(objective, elsewhere, direction).item() != 0):
            raise ValueError(f"symmetry: the objective changes along direction {k}, so that is none of its symmetries")
    X, S = normals(_position(elsewhere, names), spheres), _directions(elsewhere, names, symmetry)
    for k in range(S.shape[1]):
        if any(bool((column * S[:, k]).sum() != 0) for column in X.T):
            raise ValueError(f"symmetry: direction {k} leaves the sphere")


def _signs(form: Array, n: int, m: int, radius: float, lam: tuple[float, ...]) -> CriticalBox | None:
    """The signs of a bordered form, less those that its border adds; None where more than the kernel is undecided."""
    from ncverify.numbers.ball import BALL

    matrix = BALL.asarray(form)
    values = matrix.namespace.linalg.eigvalsh((matrix + matrix.T) / 2).tolist()
    negative, positive = (sum(signs) - len(lam) for signs in ([v < 0 for v in values], [v > 0 for v in values]))
    return CriticalBox(radius, negative, positive, m, lam) if negative + positive + m + len(lam) == n else None


def _position(p: Any, names: list[str]) -> Any:
    return _flat(p, {name: p.variables[name] for name in names})


def _balls(p: Any, names: list[str], radius: float) -> Any:
    from ncverify.numbers.ball import BALL
    from ncverify.numbers.exact import ExactArray

    def widened(array: Array) -> Any:
        plain = BALL.asarray(array.data if hasattr(array, "data") and hasattr(array, "field") else array)
        around = np.frompyfunc(lambda v: _ball(v, radius), 1, 1)(plain.data)
        return ExactArray(around, plain.field)

    exact = p.map(lambda a: BALL.asarray(a.data if hasattr(a, "field") else a))
    return replaced(exact, {name: widened(exact.variables[name]) for name in names})


def _ball(middle: Any, radius: float) -> Any:
    from flint import arb

    return arb(middle) + arb(0, radius)


def _flat(p: Any, arrays: Mapping[str, Any]) -> Any:
    return flatten(p, arrays).data


def _directions(p: Any, names: list[str], symmetry: Symmetry | None) -> Any:
    """The directions of the symmetry as columns, shape (n, m)."""
    directions = [] if symmetry is None else symmetry(p)
    columns = [_flat(p, {name: p.xp.asarray(v.get(name, 0 * p.variables[name])) for name in names}) for v in directions]
    size = sum(int(p.variables[name].size) for name in names)
    return np.stack(columns, axis=1) if columns else np.zeros((size, 0), dtype=object)


def _middles(balls: Any) -> Any:
    return np.vectorize(lambda v: float(getattr(v, "mid", lambda: v)()), otypes=[float])(balls)


def _approximate_inverse(J: Array) -> Any:
    """The inverse of the midpoints, rounded to floats: any matrix will do, a good one makes the test succeed."""
    middle = _middles(J)
    try:
        inverse = np.linalg.inv(middle)
    except np.linalg.LinAlgError:
        return None
    return inverse if np.isfinite(inverse).all() else None


def _times(a: Array, b: Array) -> Any:
    from ncverify.numbers.ball import BALL

    left, right = (BALL.asarray(m.astype(object)) for m in (a, b))
    return (left @ right).data


def _is_invertible(a: Array, b: Array) -> bool:
    from ncverify.numbers.ball import BALL
    from ncverify.numbers.elimination import determinant

    return bool(determinant(_times(a, b), BALL.field) != 0)
