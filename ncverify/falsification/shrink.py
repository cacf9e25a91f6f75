"""Smaller witnesses: fewer classes, samples and dimensions, fewer and simpler coordinates.

Every step is accepted only if exact arithmetic still confirms the violation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from flint import fmpq

from ncverify.domain import Domain
from ncverify.errors import StatementError
from ncverify.falsification.exact import judge
from ncverify.falsification.layouts import Over, layout_at, layout_of
from ncverify.numbers.rational import RATIONAL
from ncverify.point import Point
from ncverify.space import Space
from ncverify.space.smaller import smaller
from ncverify.statements.types import Statement

_BITS = 512  # enough for a violation that is not itself a matter of rounding


def shrink(statement: Statement, point: Any, over: Over, *, checks: int = 400) -> Any:
    """A simpler point that still violates the statement, within the domain or space.

    Args:
        statement: the violated statement.
        point: a confirmed violation, as the search found it.
        over: shapes that may be used.
        checks: how many exact judgements may be spent.
    """
    current = point
    left = checks
    progress = True
    while progress and left > 0:
        progress = False
        for candidate in _simpler(current, over):
            left -= 1
            if left <= 0:
                break
            if _violates(statement, candidate):
                current, progress = candidate, True
                break
    return current


def _violates(statement: Statement, point: Any) -> bool:
    try:
        return judge(statement, point, last_bits=_BITS).violated
    except StatementError:
        return False


def _simpler(p: Any, over: Over) -> Iterator[Any]:
    """Candidates, the most radical first; none equals the point itself."""
    if isinstance(over, Space):
        for sizes, coordinates in smaller(over, p.sizes, p.free):
            yield layout_of(over, sizes).of_coordinates(coordinates)
    else:
        yield from _smaller_shapes(p, over)
    layout = layout_at(over, p)
    coordinates = p.free if p.free is not None else {n: getattr(a, "data", a) for n, a in p.variables.items()}
    names, arrays = list(coordinates), [np.asarray(a) for a in coordinates.values()]
    if not arrays:
        return
    simpler = _roundings(arrays) if all(a.dtype != object for a in arrays) else ()
    for changed in (*simpler, *_single_changes(arrays), *_rescaled(arrays)):
        if not all(np.array_equal(a, b) for a, b in zip(changed, arrays, strict=True)):
            candidate = dict(zip(names, changed, strict=True))
            if layout.admits(candidate):
                yield layout.of_coordinates(candidate)


def _smaller_shapes(p: Point, domain: Domain) -> Iterator[Point]:
    K, n, d = p.K, p.n, p.d
    W, H = (getattr(array, "data", array) if p.xp.exact else np.asarray(array) for array in (p.W, p.H))
    samples = H.reshape(d, K, n)

    def pair(W: Any, H: Any) -> Point:
        return Point(p.xp.asarray(W), p.xp.asarray(H)) if p.xp.exact else Point(W, H)

    if domain.admits(K, 1, d) and n > 2:
        for i in range(n):
            yield pair(W, samples[:, :, i].copy())
    if domain.admits(K, n - 1, d):
        for i in range(n):
            yield pair(W, np.delete(samples, i, axis=2).reshape(d, -1))
    if domain.admits(K - 1, n, d):
        for k in range(K):
            yield pair(np.delete(W, k, axis=0), np.delete(samples, k, axis=1).reshape(d, -1))
    if domain.admits(K, n, d - 1):
        for c in range(d):
            yield pair(np.delete(W, c, axis=1), np.delete(H, c, axis=0))


def _roundings(arrays: list[Any]) -> Iterator[list[Any]]:
    """Everything rounded to few bits, after bringing the norms near one by powers of two."""
    for some in ([_unit(a) for a in arrays], arrays):
        for step in (1.0, 0.5, 0.25, 2.0**-4, 2.0**-6, 2.0**-10, 2.0**-16, 2.0**-24):
            if max(np.abs(a).max() for a in some) > 2.0**53:
                continue  # such floats are integers
            rounded = [np.round(a / step) * step + 0.0 for a in some]
            if _complexity(rounded) < _complexity(arrays):
                yield rounded
    scaled = [[_nearer_one(a) if i == j else a for j, a in enumerate(arrays)] for i in range(len(arrays))]
    for some in ([_unit(a) for a in arrays], *scaled):
        if _complexity(some) < _complexity(arrays):
            yield some


def _unit(A: Any) -> Any:
    top = float(np.abs(A).max())
    return A if top == 0.0 else np.ldexp(A, -int(np.frexp(top)[1]) + 1)


def _nearer_one(A: Any) -> Any:
    """A times a power of two that halves its distance, in powers of two, from one."""
    exponent = int(np.frexp(float(np.abs(A).max()))[1])
    return np.ldexp(A, -(exponent - exponent // 2)) if abs(exponent) > 2 else A


def _bits(value: float) -> int:
    """Bits needed to write a dyadic number, integers of either sign and small fractions first; zero needs none."""
    if value == 0.0:
        return 0
    numerator, denominator = float(value).as_integer_ratio()
    return abs(numerator).bit_length() + 2 * (denominator.bit_length() - 1) + 1


def _complexity(arrays: list[Any]) -> int:
    return sum(_bits(v) for a in arrays for v in np.ravel(a).tolist())


def _rescaled(arrays: list[Any]) -> Iterator[list[Any]]:
    """One array divided by its largest entry and another one multiplied by it: a product of both stays what it is."""
    exact = [np.asarray(RATIONAL.asarray(a).data) for a in arrays]
    for i, a in enumerate(exact):
        rational = all(isinstance(v, fmpq) for v in a.ravel())
        largest = max(a.ravel(), key=abs, default=0) if rational else 0
        if largest in (0, 1, -1):
            continue
        for j in range(len(exact)):
            if i != j:
                factors = [1 / largest if k == i else largest if k == j else fmpq(1) for k in range(len(exact))]
                changed = [np.asarray(b * factor, dtype=object) for b, factor in zip(exact, factors, strict=True)]
                if _length(changed) < _length(exact):
                    yield changed


def _length(arrays: list[Any]) -> int:
    """Characters that it takes to write exact arrays."""
    return sum(len(str(v)) for a in arrays for v in a.ravel())


def _single_changes(arrays: list[Any]) -> Iterator[list[Any]]:
    """One coordinate set to zero, to an integer, or to fewer bits."""
    flat = np.concatenate([np.ravel(a) for a in arrays])
    ends = np.cumsum([a.size for a in arrays])[:-1]
    order = np.argsort([-_bits(float(v)) for v in flat.tolist()], kind="stable")
    for index in order.tolist():
        if flat.dtype == object and not isinstance(flat[index], float):
            continue  # a fraction or a root that a threshold asked for
        value = float(flat[index])
        coarse = np.round(value * 16) / 16 if abs(value) < 2.0**53 else value
        for simpler in (0.0, float(np.round(value)), float(np.sign(value)), float(coarse)):
            if _bits(simpler) < _bits(value):
                changed = flat.copy()
                changed[index] = simpler
                parts = np.split(changed, ends)
                yield [part.reshape(a.shape) for part, a in zip(parts, arrays, strict=True)]
