"""The spheres that a critical point is sought on: their variables, squared norms, normals and multipliers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal, NamedTuple

import numpy as np

from ncverify.kinds import Array

On = Literal["sphere"] | Mapping[str, Any] | None


class Sphere(NamedTuple):
    """Coordinates of a point whose squares add up to a number.

    Attributes:
        inside: 1 for each coordinate of the sphere and 0 for the others, shape (n,).
        square: the squared norm; None for that of the point in the middle.
    """

    inside: Any
    square: Fraction | None


def spheres(p: Any, names: list[str], on: On) -> list[Sphere]:
    """The spheres of `critical_box`.

    Raises:
        ValueError: neither "sphere" nor positive squared norms by the names of variables.
    """
    if on is None:
        return []
    counts = {name: math.prod(tuple(p.variables[name].shape)) for name in names}
    if isinstance(on, str):
        if on != "sphere":
            raise ValueError(f"on: expected 'sphere', squared norms by name, or None, got {on!r}")
        return [Sphere(np.ones(sum(counts.values()), dtype=int), None)]
    spheres = []
    for name, square in on.items():
        if name not in counts:
            raise ValueError(f"on: no variable of `by` is named {name!r}; there are {', '.join(names)}")
        if not Fraction(square) > 0:
            raise ValueError(f"on: expected a positive squared norm for {name}, got {square!r}")
        inside = [np.full(count, int(other == name)) for other, count in counts.items()]
        spheres.append(Sphere(np.concatenate(inside), Fraction(square)))
    return spheres


def normals(x: Array, spheres: list[Sphere]) -> Any:
    """The part of x on each sphere as a column, shape (n, number of spheres)."""
    columns = [x * sphere.inside for sphere in spheres]
    return np.stack(columns, axis=1) if columns else np.zeros((len(x), 0), dtype=int)


def shortfalls(X: Array, spheres: list[Sphere]) -> list[Any]:
    """(|x_c|^2 - r_c) / 2 for each sphere, zero for that of the point itself."""
    from flint import arb, fmpq

    squares = [None if s.square is None else fmpq(s.square.numerator, s.square.denominator) for s in spheres]
    lengths = [(column * column).sum() for column in X.T]
    return [arb(0) if r is None else (length - arb(r)) / 2 for length, r in zip(lengths, squares, strict=True)]


def multipliers(slope: Array, X: Array) -> list[float]:
    """<gradient, x_c> / |x_c|^2 in floats; zero where x_c is, where there is no sphere to speak of."""
    quotients = []
    for column in X.T:
        length = float((column * column).sum())
        quotients.append(float((slope * column).sum()) / length if length else 0.0)
    return quotients
