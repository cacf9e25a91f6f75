"""A critical point proved to exist near a point in floats, with the signs of its Hessian: Krawczyk's test in balls.

The equations are grad f(x) = sum mu_k s_k with s_k'(x - x_0) = 0, where the s_k are directions at x_0 along which a
symmetry moves the point. They have isolated solutions where the critical points come in orbits; and since the gradient
is orthogonal to the orbit, mu vanishes wherever the matrix of the s_k(x)'s_l has an inverse, which is verified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ncverify.calculus.derivatives import directional, flatten, gradient, hessian, replaced

Symmetry = Callable[[Any], list[Mapping[str, Any]]]
_BITS = 128


@dataclass(frozen=True)
class CriticalBox:
    """What is proved of a box around a point.

    Attributes:
        radius: every coordinate of the critical point is this near; one of each orbit that meets the slice lies there.
        negative: eigenvalues of the Hessian that are negative everywhere in the box.
        positive: eigenvalues that are positive everywhere in the box.
        kernel: directions of the symmetry, along which the Hessian vanishes at the critical point.
    """

    radius: float
    negative: int
    positive: int
    kernel: int

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
) -> CriticalBox | None:
    """A proof that a critical point lies within a radius of p, coordinate by coordinate; None where it is not decided.

    Args:
        objective: f, a function of a point to a number, twice differentiable.
        p: a point in floats or rationals at which the gradient is small.
        by: the variables by which derivatives are taken; by default all.
        symmetry: from a point to independent directions, arrays by name, that are tangent to its orbit under a symmetry
            of the objective, at every point and not only at p.
        radius: of the box.

    Raises:
        ValueError: a radius that is not positive, or a symmetry along which the objective changes.

    Example:
        >>> from ncverify import Space, Variable
        >>> space = Space(variables={"x": Variable(2)})
        >>> found = critical_box(lambda p: (p.xp.sum(p.x * p.x) - 2) ** 2 + p.x[1] ** 2, space.point(x=[1.41421356, 0]))
        >>> found.is_minimum, found.positive
        (True, 2)
    """
    if not radius > 0:
        raise ValueError(f"radius: expected a positive number, got {radius}")
    from ncverify.numbers.ball import precision

    with precision(_BITS):
        return _tested(objective, p, list(p.variables if by is None else by), symmetry, radius)


def _tested(
    objective: Callable[[Any], Any], p: Any, names: list[str], symmetry: Symmetry | None, radius: float
) -> CriticalBox | None:
    centre, box = _balls(p, names, 0.0), _balls(p, names, radius)
    _check_symmetry(objective, centre, names, symmetry)
    slope, form = _flat(centre, gradient(objective, centre, names)), hessian(objective, box, names)
    S, around = _directions(centre, names, symmetry), _directions(box, names, symmetry)
    n, m = len(slope), S.shape[1]
    J = np.block([[form.data, -S], [S.T, np.zeros((m, m), dtype=int)]]) if m else form.data
    C = _approximate_inverse(J)
    if C is None or (m and not _is_invertible(around.T, S)):
        return None
    residual = np.concatenate([slope, np.zeros(m, dtype=int)])
    step = _times(C, residual[:, None])[:, 0]
    spread = np.eye(n + m, dtype=int) - _times(C, J)
    widths = _ball(0, radius)
    for i in range(n + m):  # mu is sought within the same radius
        image = sum((spread[i, j] * widths for j in range(n + m)), -step[i])
        if not abs(image) < radius:
            return None
    return _signs(form, n, m, radius)


def _check_symmetry(objective: Callable[[Any], Any], p: Any, names: list[str], symmetry: Symmetry | None) -> None:
    """Nothing, where the objective does not change along the directions at a point away from p."""
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


def _signs(form: Any, n: int, m: int, radius: float) -> CriticalBox | None:
    values = form.namespace.linalg.eigvalsh((form + form.T) / 2).tolist()
    negative, positive = sum(v < 0 for v in values), sum(v > 0 for v in values)
    return CriticalBox(radius, negative, positive, m) if negative + positive + m == n else None


def _balls(p: Any, names: list[str], radius: float) -> Any:
    from ncverify.numbers.ball import BALL
    from ncverify.numbers.exact import ExactArray

    def widened(array: Any) -> Any:
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
    found = [] if symmetry is None else symmetry(p)
    columns = [_flat(p, {name: p.xp.asarray(one.get(name, 0 * p.variables[name])) for name in names}) for one in found]
    size = sum(int(p.variables[name].size) for name in names)
    return np.stack(columns, axis=1) if columns else np.zeros((size, 0), dtype=object)


def _approximate_inverse(J: Any) -> Any:
    """The inverse of the midpoints, rounded to floats: any matrix will do, a good one makes the test succeed."""
    middle = np.vectorize(lambda v: float(getattr(v, "mid", lambda: v)()), otypes=[float])(J)
    try:
        found = np.linalg.inv(middle)
    except np.linalg.LinAlgError:
        return None
    return found if np.isfinite(found).all() else None


def _times(a: Any, b: Any) -> Any:
    from ncverify.numbers.ball import BALL

    left, right = (BALL.asarray(m.astype(object)) for m in (a, b))
    return (left @ right).data


def _is_invertible(a: Any, b: Any) -> bool:
    from ncverify.numbers.ball import BALL
    from ncverify.numbers.elimination import determinant

    return bool(determinant(_times(a, b), BALL.field) != 0)
