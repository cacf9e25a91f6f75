"""Derivatives of a function of a point, by its variables or along a direction in them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from ncverify.calculus.jets import JetArray
from ncverify.calculus.namespace import JetNamespace
from ncverify.kinds import Array
from ncverify.point import Point
from ncverify.space.point import SpacePoint

Direction = Mapping[str, Any] | tuple[Any, Any]
AnyPoint = TypeVar("AnyPoint", Point, SpacePoint)


def replaced(p: AnyPoint, arrays: Mapping[str, Array]) -> AnyPoint:
    """The point with some of its variables at other arrays, and the rest as they are.

    Args:
        p: a `Point`, or a point of a `Space`.
        arrays: by name, of the point's arithmetic, or of one in which that of the point can be lifted.

    Raises:
        ValueError: a name that the point does not have.
    """
    for name in arrays:
        if name not in p.variables:
            raise ValueError(f"{name}: no variable has this name; there are {', '.join(p.variables)}")
    values = {**p.variables, **arrays}
    if isinstance(p, Point):
        return p.moved(values["W"], values["H"])
    return SpacePoint(p.sizes, values, like=next(iter(values.values()), None))


def directional(f: Callable[[Any], Any], p: Any, direction: Direction) -> Any:
    """The derivative of f at a point along a direction: d/dt f(p + t direction) at t = 0.

    Args:
        f: a function of a point, to a number or an array.
        p: the point, in any arithmetic.
        direction: arrays by the names of variables, or for a `Point` a pair (U, V); other variables stay as they are.

    Example:
        >>> import numpy as np
        >>> from ncverify import Point
        >>> p = Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -1.0]]))
        >>> float(directional(lambda p: p.squared_norm, p, (p.W, p.H)))
        8.0
    """
    return _coefficient(f, p, direction, 1)


def second_directional(f: Callable[[Any], Any], p: Any, direction: Direction) -> Any:
    """The second derivative of f at a point along a direction, the Hessian's quadratic form."""
    return 2 * _coefficient(f, p, direction, 2)


def _coefficient(f: Callable[[Any], Any], p: Any, direction: Direction, order: int) -> Any:
    arrays = _by_name(direction)
    xp = JetNamespace(p.xp)
    seeded = {name: JetArray((p.variables[name], None, None), xp) for name in p.variables}
    for name, velocity in arrays.items():
        if name not in p.variables:
            raise ValueError(f"direction: no variable is named {name!r}; there are {', '.join(p.variables)}")
        velocity = p.xp.asarray(velocity)
        if tuple(velocity.shape) != tuple(p.variables[name].shape):
            raise ValueError(
                f"direction: expected shape {tuple(p.variables[name].shape)} for {name}, got {tuple(velocity.shape)}"
            )
        seeded[name] = JetArray((p.variables[name], velocity, None), xp)
    value = xp.asarray(f(replaced(p, seeded)))
    coefficient = value.coefficients[order]
    return p.xp.zeros(value.shape) if coefficient is None else coefficient


def _by_name(direction: Direction) -> Mapping[str, Any]:
    if isinstance(direction, Mapping):
        return direction
    return {"W": direction[0], "H": direction[1]}


def units(p: Any, by: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """The directions of single entries, variable after variable, row by row."""
    directions = []
    for name in _names(p, by):
        shape = tuple(p.variables[name].shape)
        eye = p.xp.eye(math.prod(shape))
        directions += [{name: p.xp.reshape(eye[i, :], shape)} for i in range(math.prod(shape))]
    return directions


def _names(p: Any, by: Iterable[str] | None) -> list[str]:
    names = list(p.variables) if by is None else list(by)
    for name in names:
        if name not in p.variables:
            raise ValueError(f"by: no variable is named {name!r}; there are {', '.join(p.variables)}")
    return names


def gradient(f: Callable[[Any], Any], p: Any, by: Iterable[str] | None = None) -> dict[str, Any]:
    """The gradient of a number f at a point, by the name of each variable, in the shapes of the variables.

    One evaluation of f for every coordinate: meant for the small points of statements.

    Args:
        f: a function of a point, to a number.
        p: the point, in any arithmetic.
        by: names of variables; by default all.
    """
    arrays = {}
    for name in _names(p, by):
        entries = [directional(f, p, unit) for unit in units(p, [name])]
        arrays[name] = p.xp.reshape(p.xp.stack(entries), tuple(p.variables[name].shape))
    return arrays


def hessian(f: Callable[[Any], Any], p: Any, by: Iterable[str] | None = None) -> Any:
    """The symmetric matrix of second derivatives of a number f, rows and columns in the order of `flatten`."""
    directions, xp = units(p, by), p.xp
    own = [second_directional(f, p, unit) for unit in directions]
    rows: list[list[Any]] = [[None] * len(own) for _ in own]
    for i, a in enumerate(directions):
        rows[i][i] = own[i]
        for j in range(i):
            both = second_directional(f, p, _added(a, directions[j]))
            rows[i][j] = rows[j][i] = (both - own[i] - own[j]) / 2
    return xp.stack([xp.stack(row) for row in rows])


def _added(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    return {**a, **b, **{name: a[name] + b[name] for name in a if name in b}}


def flatten(p: Any, arrays: Mapping[str, Any]) -> Any:
    """Arrays by name as one vector, in the order of the mapping."""
    return p.xp.concat([p.xp.reshape(array, (-1,)) for array in arrays.values()], axis=0)
