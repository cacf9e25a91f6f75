"""Velocities that flows give to a point, as functions of the point: the fields of pointwise laws."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ncverify.calculus.derivatives import directional, gradient, replaced

Field = Callable[[Any], Mapping[str, Any]]


class GradientField:
    """The velocity -grad f of gradient flow.

    Args:
        objective: f, a function of a point to a number.
        by: the variables that move; by default all.
    """

    def __init__(self, objective: Callable[[Any], Any], by: Iterable[str] | None = None) -> None:
        self.objective, self.by = objective, None if by is None else tuple(by)

    def __call__(self, p: Any) -> dict[str, Any]:
        """The velocity at a point, arrays by name."""
        return {name: -g for name, g in gradient(self.objective, p, self.by).items()}


class SphereField(GradientField):
    """The velocity of gradient flow on the sphere through the point: -grad f without its radial part."""

    def __call__(self, p: Any) -> dict[str, Any]:
        """The velocity at a point, arrays by name; at the origin it has no value."""
        velocity = super().__call__(p)
        radial, size = _inner(p, velocity, p.variables), _inner(p, {n: p.variables[n] for n in velocity}, p.variables)
        return {name: v - radial / size * p.variables[name] for name, v in velocity.items()}


class RetractedField(SphereField):
    """The velocity of the direction x / |x| while x follows gradient flow: the tangential part of -grad f over |x|."""

    def __call__(self, p: Any) -> dict[str, Any]:
        """The velocity at a point, arrays by name; at the origin it has no value."""
        velocity = super().__call__(p)
        length = p.xp.sqrt(_inner(p, {n: p.variables[n] for n in velocity}, p.variables))
        return {name: v / length for name, v in velocity.items()}


class LinearisedField(GradientField):
    """The velocity -H (x - x_0) of gradient flow linearised at x_0, with H the Hessian of f there.

    Args:
        objective: f.
        at: from the point to the arrays of x_0 by name.
    """

    def __init__(self, objective: Callable[[Any], Any], at: Callable[[Any], Mapping[str, Any]]) -> None:
        super().__init__(objective)
        self.at = at

    def __call__(self, p: Any) -> dict[str, Any]:
        """The velocity at a point, arrays by name."""
        base = self.at(p)
        offset = {name: p.variables[name] - value for name, value in base.items()}

        def along(q: Any) -> Any:
            slopes = gradient(self.objective, q, base)
            return q.xp.concat([q.xp.reshape(g, (-1,)) for g in slopes.values()], axis=0)

        flat, start, velocity = directional(along, replaced(p, base), offset), 0, {}
        for name, value in base.items():
            stop = start + math.prod(tuple(value.shape))
            velocity[name] = -p.xp.reshape(flat[start:stop], tuple(value.shape))
            start = stop
        return velocity


def _inner(p: Any, a: Mapping[str, Any], b: Mapping[str, Any]) -> Any:
    total = p.xp.zeros(())
    for name, value in a.items():
        total = total + p.xp.sum(value * b[name])
    return total
