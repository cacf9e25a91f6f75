"""Critical points, minima, saddles and laws of flows, as identities of derivatives that are taken for the user."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from ncverify.calculus.derivatives import directional, flatten, gradient, hessian, replaced
from ncverify.statements.types import Function, Identity

Constraint = Literal["sphere"]


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
        on: "sphere": critical on the sphere through the point, |x|^2 over the variables in `by`; None: everywhere.
        given: hypotheses on p.
    """

    left: Function = dataclasses.field(init=False, default=None, repr=False)  # type: ignore[assignment]
    right: Function = dataclasses.field(init=False, default=None, repr=False)  # type: ignore[assignment]
    objective: Function = _given()
    at: Function | None = dataclasses.field(kw_only=True, default=None)
    by: Sequence[str] | None = dataclasses.field(kw_only=True, default=None)
    on: Constraint | None = dataclasses.field(kw_only=True, default=None)

    def __post_init__(self) -> None:
        if self.on not in (None, "sphere"):
            raise ValueError(f"on: expected 'sphere' or None in {self.name!r}, got {self.on!r}")
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

    def conditions(self, q: Any, slope: Any, multiplier: Any, names: list[str]) -> Any:
        """Numbers besides the gradient that vanish where the statement holds, a vector; none here."""
        return None


@dataclass(frozen=True)
class LocalMinimum(Critical):
    """at(p) is critical, and the Hessian is positive definite there but for the directions that `kernel` gives.

    With a kernel that is tangent to a symmetry of the objective, this is a strict minimum modulo the symmetry. On the
    sphere the Hessian is the Riemannian one, on tangent directions.

    Args:
        kernel: from the point at(p) to a list of directions, arrays by name, along which the Hessian may vanish.
    """

    kernel: Function | None = dataclasses.field(kw_only=True, default=None)

    def conditions(self, q: Any, slope: Any, multiplier: Any, names: list[str]) -> Any:
        """Zero where the smallest eigenvalue off the kernel is positive, else one."""
        H = _form(self, q, multiplier, names)
        outside = [] if self.on is None else [{name: q.variables[name] for name in names}]
        outside += [] if self.kernel is None else list(self.kernel(q))
        for direction in outside:
            v = flatten(q, {name: q.xp.asarray(direction.get(name, 0 * q.variables[name])) for name in names})
            H = H + q.xp.expand_dims(v, axis=1) * q.xp.expand_dims(v, axis=0)
        least = q.xp.linalg.eigvalsh(H)[0]
        return q.xp.expand_dims(q.xp.where(least > 0, q.xp.asarray(0), q.xp.asarray(1)), axis=0)


@dataclass(frozen=True)
class StrictSaddle(Critical):
    """at(p) is critical, and the Hessian has a negative eigenvalue there.

    On the sphere the Hessian is the Riemannian one, on tangent directions.
    """

    def conditions(self, q: Any, slope: Any, multiplier: Any, names: list[str]) -> Any:
        """Zero where the smallest eigenvalue is negative, else one."""
        least = q.xp.linalg.eigvalsh(_form(self, q, multiplier, names))[0]
        return q.xp.expand_dims(q.xp.where(least < 0, q.xp.asarray(0), q.xp.asarray(1)), axis=0)


def _residuals(statement: Critical, p: Any) -> Any:
    q, names = statement.place(p), statement.names(p)
    slope = flatten(q, gradient(statement.objective, q, names))
    multiplier = None
    if statement.on == "sphere":
        x = flatten(q, {name: q.variables[name] for name in names})
        multiplier = q.xp.sum(slope * x) / q.xp.sum(x * x)
        slope = slope - multiplier * x
    more = statement.conditions(q, slope, multiplier, names)
    return slope if more is None else q.xp.concat([slope, more], axis=0)


def _zeros(statement: Critical, p: Any) -> Any:
    q, names = statement.place(p), statement.names(p)
    size = sum(_count(q.variables[name]) for name in names) + (type(statement) is not Critical)
    return p.xp.zeros((size,))


def _count(array: Any) -> int:
    import math

    return math.prod(tuple(array.shape))


def _form(statement: Critical, q: Any, multiplier: Any, names: list[str]) -> Any:
    """The Hessian; on the sphere, the Riemannian one, zero in the radial direction."""
    xp, H = q.xp, hessian(statement.objective, q, names)
    if multiplier is None:
        return H
    x = flatten(q, {name: q.variables[name] for name in names})
    unit = xp.eye(H.shape[0])
    P = unit - xp.expand_dims(x, axis=1) * xp.expand_dims(x, axis=0) / xp.sum(x * x)
    shifted = P @ (H - multiplier * unit) @ P
    return (shifted + shifted.T) / 2
