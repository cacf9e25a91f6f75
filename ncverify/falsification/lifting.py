"""From a float point near the zeros of polynomials to one with simple exact coordinates on them.

The coordinates that the equations leave free are rounded to small fractions, the others are solved for: linear systems
over the rationals, and one equation in one unknown after another, with algebraic numbers where those are needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, reduce
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat
from scipy.linalg import qr

from ncverify.falsification.one_unknown import nearest_root, vanishing
from ncverify.falsification.quadrics import rational_point
from ncverify.falsification.variety import Variety
from ncverify.numbers.algebraic import Algebraic, minimal_polynomial
from ncverify.numbers.rational import rational
from ncverify.numbers.surd import Surd

_SMALL = 1e-9  # relative: below this a pivot is none
_MOST_ROOTS = 4  # different square roots in a point
_MOST_STEPS = 16  # for one point; eleven were the most that led to one, and where none leads there it takes hundreds
_MOST_PRODUCTS = 4000  # of terms in a resultant
_MOST_TERMS = 300  # of equations after an elimination; more take longer than what they lead to is worth


def exact(variety: Variety, x: Any, denominator: int) -> list[Any] | None:
    """Coordinates exactly on the variety near the row x, rationals or a + b sqrt(m); None where none are found.

    Args:
        variety: polynomials.
        x: a row on the variety, up to rounding.
        denominator: of the coordinates that are left free.
    """
    x = variety.extended(x)
    slopes = variety.jacobian(x)
    if not np.isfinite(slopes).all():
        return None
    scale = np.abs(slopes).max(axis=1)
    used = scale > 0
    pivots: list[int] = []
    if used.any():
        _, triangle, order = qr(slopes[used] / scale[used, None], mode="economic", pivoting=True)
        diagonal = np.abs(np.diag(triangle))
        pivots = order[: int((diagonal > _SMALL * diagonal[0]).sum())].tolist()
    known = {v: fmpq(round(float(value) * denominator), denominator) for v, value in enumerate(x) if v not in pivots}
    chosen = [vanishing(factors, x) for factors in variety.factors]
    left = [e.subs({variety.names[v]: value for v, value in known.items()}) for e in chosen]
    solved = _solve(left, x, variety.names, known, iter(range(_MOST_STEPS)))
    if solved is None or len(_different_roots(known)) > _MOST_ROOTS:
        return None
    return [known.get(v, rational(float(round(value)))) for v, value in enumerate(x[: variety.width])]


def _different_roots(known: dict[int, Any]) -> set[Any]:
    roots = {m for c in known.values() if isinstance(c, Surd) for m in c.roots}
    return roots | {c.root for c in known.values() if isinstance(c, Algebraic)}


def _solve(left: list[Any], x: Any, names: tuple[str, ...], known: dict[int, Any], steps: Iterator[int]) -> bool | None:
    """Adds the unknowns to `known`, one block or one unknown at a time; None where that fails or the steps are used."""
    while next(steps, None) is not None:
        left = [e for e in left if not e.is_zero()]
        if not left:
            return True
        if any(e.is_constant() for e in left):
            return None
        if all(e.total_degree() == 1 for e in left):
            return _linear(left, known, x)
        single = [e for e in left if sum(map(bool, e.degrees())) == 1]
        if not single and (known_by := _eliminated(left, names, known, x, steps)) is not None:
            return known_by
        if not single and sum(map(any, zip(*(e.degrees() for e in left), strict=True))) <= len(left):
            return _by_resultants(left, names, known, x, steps)
        if not single:
            pinned = _on_a_quadric(left, x, known) or _pin(left, x, known)
            if not pinned:
                return None
            left = [e.subs({names[v]: known[v] for v in pinned}) for e in left]
            continue
        without = _single(min(single, key=lambda e: e.total_degree()), left, x, names, known)
        if without is None:
            return None
        left = without
    return None


def _single(equation: Any, left: list[Any], x: Any, names: tuple[str, ...], known: dict[int, Any]) -> list[Any] | None:
    """Solves an equation in one unknown, and those in the same one with it; the other equations with its value."""
    v = next(i for i, d in enumerate(equation.degrees()) if d > 0)
    alone = [e for e in left if [i for i, d in enumerate(e.degrees()) if d] == [v]]
    left = [e for e in left if e not in alone]
    root = nearest_root(reduce(lambda a, b: a.gcd(b), alone), v, x[v])
    if root is None:
        return None
    known[v] = root
    rest = [_replaced(e, v, root, names) for e in left]
    return None if any(e is None for e in rest) else rest


def _replaced(e: Any, v: int, value: Any, names: tuple[str, ...]) -> Any | None:
    """A polynomial that vanishes where another one does with a value for an unknown; None where that is beyond reach.

    An irrational value takes all its conjugates with it.
    """
    if isinstance(value, fmpq):
        return e.subs({names[v]: value})
    if not e.degrees()[v]:
        return e
    gens, own = e.context().gens(), minimal_polynomial(value)
    if len(e) * own.degree() * e.degrees()[v] > _MOST_TERMS:
        return None
    resultant = e.resultant(sum((gens[v] ** i * c for i, c in enumerate(own.coeffs())), 0 * e), names[v])
    return resultant if len(resultant) <= _MOST_TERMS else None


def _by_resultants(
    left: list[Any], names: tuple[str, ...], known: dict[int, Any], x: Any, steps: Iterator[int]
) -> bool | None:
    """Solves as many equations as unknowns, or more: one unknown at a time leaves the others, and comes last."""
    size, u, pivot = min((d * len(e), u, i) for i, e in enumerate(left) for u, d in enumerate(e.degrees()) if d)
    equation = left[pivot]
    others = [e for i, e in enumerate(left) if i != pivot]
    if any(e.degrees()[u] and len(e) * size * e.degrees()[u] > _MOST_PRODUCTS for e in others):
        return None
    reduced = [e.resultant(equation, names[u]) if e.degrees()[u] else e for e in others]
    if any(len(e) > _MOST_TERMS for e in reduced) or not _solve(reduced, x, names, known, steps):
        return None
    last: Any = equation
    for v, d in enumerate(equation.degrees()):
        if d and v != u and last is not None:
            last = _replaced(last, v, known.setdefault(v, fmpq(round(float(x[v]) * 16), 16)), names)
    root = None if last is None or not last.degrees()[u] else nearest_root(last, u, x[u])
    if root is None:
        return None
    known[u] = root
    return True


def _on_a_quadric(left: list[Any], x: Any, known: dict[int, Any]) -> list[int]:
    """Puts the unknowns of one of several quadrics on a rational point of it."""
    coordinates = None
    if sum(e.total_degree() > 1 for e in left) > 1:
        quadrics = sorted((e for e in left if e.total_degree() == 2), key=len)
        coordinates = next((p for e in quadrics if (p := rational_point(e, x, 16)) is not None), None)
    known.update(coordinates or {})
    return list(coordinates or ())


def _eliminated(
    left: list[Any], names: tuple[str, ...], known: dict[int, Any], x: Any, steps: Iterator[int]
) -> bool | None:
    """Solves for an unknown that occurs linearly, with a constant factor, in terms of the others; None if none does."""
    sizes, degrees = np.array([len(e) for e in left], float), np.array([e.degrees() for e in left], float)
    for i, e in enumerate(left):
        alone = _alone(e)
        if not alone:
            continue
        after = _terms_after(len(e) - 1, np.delete(sizes, i), np.delete(degrees, i, axis=0))
        for v, factor in alone:
            if after[v] > _MOST_TERMS:
                continue
            gens = list(e.context().gens())
            rest = gens[v] - e * (1 / factor)
            gens[v] = rest
            others = [f.compose(*gens) for f in left if f is not e]
            if not _solve(others, x, names, known, steps):
                return None
            free = {
                u: known.setdefault(u, fmpq(round(float(x[u]) * 16), 16)) for u, d in enumerate(rest.degrees()) if d
            }
            if not all(isinstance(value, fmpq) for value in free.values()):
                return None
            known[v] = rest.subs({names[u]: value for u, value in free.items()}).to_dict().get((0,) * len(x), fmpq(0))
            return True
    return None


def _alone(e: Any) -> list[tuple[int, Any]]:
    """The unknowns that occur in one term only, linearly and without another, each with its factor, in their order."""
    degrees = e.degrees()
    units = _units(len(degrees))
    linear = {v: factor for v, d in enumerate(degrees) if d == 1 and (factor := e[units[v]]) != 0}
    columns = list(zip(*e.monoms(), strict=True)) if linear else []
    return [(v, factor) for v, factor in linear.items() if columns[v].count(0) == len(e) - 1]


@cache
def _units(size: int) -> list[tuple[int, ...]]:
    """The exponents of each unknown alone."""
    return [tuple(int(i == v) for i in range(size)) for v in range(size)]


def _terms_after(size: int, sizes: Any, degrees: Any) -> Any:
    """How many terms others have at most once `size` terms stand for an unknown: a bound against their explosion.

    Args:
        size: terms of what an unknown is replaced by.
        sizes: numbers of terms of the other polynomials.
        degrees: of the other polynomials in each unknown, shape (polynomials, unknowns).

    Returns:
        For each unknown.
    """
    return sizes @ float(size) ** degrees


def _pin(left: list[Any], x: Any, known: dict[int, Any]) -> list[int]:
    """Rounds the unknown that occurs in most products, so that the rest becomes simpler."""
    degrees = np.array([e.degrees() for e in left])
    if (degrees > 0).any(axis=0).sum() <= 1:
        return []
    v = int(np.argmax(degrees.sum(axis=0)))
    known[v] = fmpq(round(float(x[v]) * 16), 16)
    return [v]


def _linear(left: list[Any], known: dict[int, Any], x: Any) -> bool | None:
    """Solves affine equations exactly; unknowns that they leave free are rounded."""
    unknowns = sorted({v for e in left for v, d in enumerate(e.degrees()) if d > 0})
    width = len(x)
    rows = []
    for e in left:
        terms = e.to_dict()
        unit = {v: terms.get(_units(width)[v], fmpq(0)) for v in unknowns}
        rows.append([unit[v] for v in unknowns] + [-terms.get((0,) * width, fmpq(0))])
    reduced, rank = fmpq_mat(rows).rref()
    heads = [next((c for c in range(len(unknowns) + 1) if reduced[r, c] != 0), None) for r in range(rank)]
    if len(unknowns) in heads:
        return None
    for c, v in enumerate(unknowns):
        if c not in heads:
            known[v] = fmpq(round(float(x[v]) * 16), 16)
    for r, head in enumerate(heads):
        rest = sum((reduced[r, c] * known[v] for c, v in enumerate(unknowns) if c not in heads), fmpq(0))
        assert head is not None
        known[unknowns[head]] = reduced[r, len(unknowns)] - rest
    return True
