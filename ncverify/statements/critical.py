"""Critical points, minima, saddles and laws of flows, as identities of derivatives that are taken for the user."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, cast, get_args

from ncverify.calculus.derivatives import directional, flatten, gradient, hessian, replaced
from ncverify.statements.types import Function, Identity

SphereName = Literal["sphere", "rows on sphere", "columns on sphere"]
SPHERES = get_args(SphereName)


def _given() -> Any:
    return dataclasses.field(kw_only=True, metadata={"function": True})


@dataclass(frozen=True)
class FlowLaw(Identity):
    """d/dt quantity = rate at every point, while the point moves with the velocity field(p).

    Args:
        name: what is claimed, in words.
        quantity: a number or an array at a point.
        field: from a point to its velocity, arrays by the names of the variables that move (for a `Point` also a pair
            with the shapes of (W, H)); `ncverify.calculus` has those of gradient flow, on the sphere, of directions,
            and linearised.
        rate: what d/dt quantity is claimed to be; 0 for a conserved quantity by default.
        given: hypotheses.
    """

    left: Function = dataclasses.field(init=False, default=None, repr=False)  # type: ignore[assignment]
    right: Function = dataclasses.field(init=False, default=None, repr=False)  # type: ignore[assignment]
    quantity: Function = _given()
    field: Function = _given()
    rate: Function | None = dataclasses.field(kw_only=True, default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "left", partial(_along, self.quantity, self.field))
        object.__setattr__(self, "right", self.rate or partial(_nothing, self.quantity))
        super().__post_init__()


def _along(quantity: Function, velocity: Function, p: Any) -> Any:
    return directional(quantity, p, velocity(p))


def _nothing(quantity: Function, p: Any) -> Any:
    return 0 * p.xp.asarray(quantity(p))


@dataclass(frozen=True)
class Critical(Identity):
    """at(p) is a critical point of the objective, for every p: all derivatives by the variables in `by` vanish.

    Args:
        name: what is claimed, in words.
        objective: a number at a point.
        at: from a point p, whose variables are the parameters of a family, to arrays by name that replace those of p;
            by default the point itself.
        by: names of the variables by which derivatives are taken: those that `at` gives, or all.
        on: "sphere": critical on the sphere through the point, |x|^2 over the variables in `by`, all together; by name,
            as in {"u": "sphere", "V": "rows on sphere"}: each on its own sphere, or each row or column, through the
            point; None: everywhere, whatever the set on which a `Space` has the variables.
        given: hypotheses on p.
    """

    left: Function = dataclasses.field(init=False, default=None, repr=False)  # type: ignore[assignment]
    right: Function = dataclasses.field(init=False, default=None, repr=False)  # type: ignore[assignment]
    objective: Function = _given()
    at: Function | None = dataclasses.field(kw_only=True, default=None)
    by: Sequence[str] | None = dataclasses.field(kw_only=True, default=None)
    on: Literal["sphere"] | Mapping[str, SphereName] | None = dataclasses.field(kw_only=True, default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "on", _checked_spheres(self.name, self.on))
        if isinstance(self.by, str):
            raise TypeError(f"by: expected a list of names in {self.name!r}, got {self.by!r}")
        object.__setattr__(self, "left", partial(_residuals, self))
        object.__setattr__(self, "right", partial(_zeros, self))
        super().__post_init__()

    def place(self, p: Any) -> Any:
        """The point of the family that belongs to p."""
        if self.at is None:
            return p
        # NumPy makes plain floats of numbers that meet fractions
        return replaced(p, {n: v if hasattr(v, "shape") else p.xp.asarray(v) for n, v in self.at(p).items()})

    def names(self, p: Any) -> list[str]:
        """The variables by which derivatives are taken."""
        if self.by is not None:
            return list(self.by)
        return list(p.variables if self.at is None else self.at(p))

    def extra(self, q: Any, size: int) -> int:
        """The number of values that `conditions` gives, for so many coordinates."""
        return 0

    def conditions(self, q: Any, form: Any, normals: list[Any], names: list[str]) -> list[Any]:
        """Vectors besides the gradient that vanish where the statement holds; `form` gives the Hessian."""
        return []


def _checked_spheres(name: str, on: Any) -> Any:
    """`on` as it is, and what is given by name as a tuple, so that a statement stays a value."""
    if on is None or on == "sphere":
        return on
    pairs = tuple(on.items()) if isinstance(on, Mapping) else on
    if isinstance(pairs, tuple) and pairs and all(len(pair) == 2 and pair[1] in SPHERES for pair in pairs):
        return pairs
    known = ", ".join(map(repr, SPHERES))
    raise ValueError(f"on: expected 'sphere', None, or for names of variables one of {known} in {name!r}, got {on!r}")


@dataclass(frozen=True)
class LocalMinimum(Critical):
    """at(p) is critical, and the Hessian is positive definite there except along the directions of `kernel`.

    With a kernel that is tangent to a symmetry of the objective, this is a strict minimum modulo the symmetry. On the
    sphere the Hessian is the Riemannian one, on tangent directions.

    Args:
        kernel: from the point at(p) to a list of directions, arrays by name, along which the Hessian may vanish.
    """

    kernel: Function | None = dataclasses.field(kw_only=True, default=None)

    def conditions(self, q: Any, form: Any, normals: list[Any], names: list[str]) -> list[Any]:
        """Images of the kernel under the Hessian, and 0 where its least eigenvalue elsewhere is positive, else 1."""
        H, outside, images = form(), list(normals), []
        for direction in [] if self.kernel is None else self.kernel(q):
            v = flatten(q, {name: q.xp.asarray(direction.get(name, 0 * q.variables[name])) for name in names})
            outside.append(v)
            images.append(H @ v)
        lifted = H + sum((_outer(q, v, v) for v in outside), start=0 * H)
        least = q.xp.linalg.eigvalsh(lifted)[0]
        return [*images, _indicator(q, least > 0)]

    def extra(self, q: Any, size: int) -> int:
        """The kernel's images and one."""
        return 1 + (0 if self.kernel is None else size * len(list(self.kernel(q))))


@dataclass(frozen=True)
class StrictSaddle(Critical):
    """at(p) is critical, and the Hessian has a negative eigenvalue there.

    On the sphere the Hessian is the Riemannian one, on tangent directions.
    """

    def conditions(self, q: Any, form: Any, normals: list[Any], names: list[str]) -> list[Any]:
        """Zero where the smallest eigenvalue is negative, else one."""
        return [_indicator(q, q.xp.linalg.eigvalsh(form())[0] < 0)]

    def extra(self, q: Any, size: int) -> int:
        """One."""
        return 1


def _indicator(q: Any, holds: Any) -> Any:
    return q.xp.expand_dims(q.xp.where(holds, q.xp.asarray(0), q.xp.asarray(1)), axis=0)


def _outer(q: Any, u: Any, v: Any) -> Any:
    return q.xp.expand_dims(u, axis=1) * q.xp.expand_dims(v, axis=0)


def _residuals(statement: Critical, p: Any) -> Any:
    q, names = statement.place(p), statement.names(p)
    slope = flatten(q, gradient(statement.objective, q, names))
    x, masks = flatten(q, {name: q.variables[name] for name in names}), _spheres(statement, q, names)
    normals = [mask * x for mask in masks]
    multipliers = [q.xp.sum(slope * normal) / q.xp.sum(normal * normal) for normal in normals]
    for multiplier, normal in zip(multipliers, normals, strict=True):
        slope = slope - multiplier * normal

    def form() -> Any:
        H = hessian(statement.objective, q, names)
        return _riemannian(q, H, list(zip(multipliers, masks, normals, strict=True))) if masks else H

    more = statement.conditions(q, form, normals, names)
    return q.xp.concat([slope, *more], axis=0) if more else slope


def _zeros(statement: Critical, p: Any) -> Any:
    q, names = statement.place(p), statement.names(p)
    size = sum(math.prod(tuple(q.variables[name].shape)) for name in names)
    return p.xp.zeros((size + statement.extra(q, size),))


def _spheres(statement: Critical, q: Any, names: list[str]) -> list[Any]:
    """For each sphere a vector: 1 in its coordinates, 0 elsewhere."""
    xp, on = q.xp, cast(Any, statement.on)
    ones, zeros = ({name: fill(tuple(q.variables[name].shape)) for name in names} for fill in (xp.ones, xp.zeros))
    if on is None:
        return []
    if on == "sphere":
        return [flatten(q, ones)]
    if unknown := [name for name, _ in on if name not in names]:
        raise ValueError(f"on: no derivative is taken by {unknown[0]!r} in {statement.name!r}: only {', '.join(names)}")
    return [flatten(q, zeros | {name: part}) for name, kind in on for part in _pieces(xp, name, kind, ones[name])]


def _pieces(xp: Any, name: str, kind: str, ones: Any) -> list[Any]:
    """The array itself, or with all but one of its rows or columns at zero."""
    if kind == "sphere":
        return [ones]
    if len(ones.shape) != 2:
        raise ValueError(f"on: {kind!r} needs a matrix, and {name} has the shape {tuple(ones.shape)}")
    axis = 0 if kind == "rows on sphere" else 1
    unit = xp.eye(ones.shape[axis])
    return [ones * xp.expand_dims(unit[i, :], 1 - axis) for i in range(ones.shape[axis])]


def _riemannian(q: Any, H: Any, spheres: list[tuple[Any, Any, Any]]) -> Any:
    """The Hessian on spheres, zero along their normals; for each its multiplier, coordinates and normal."""
    unit = q.xp.eye(H.shape[0])
    P = unit
    for multiplier, mask, normal in spheres:
        H = H - multiplier * mask * unit
        P = P - _outer(q, normal, normal) / q.xp.sum(normal * normal)
    projected = P @ H @ P
    return (projected + projected.T) / 2
