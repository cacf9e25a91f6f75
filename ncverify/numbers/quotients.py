"""Sums of quotients of sums in normal form: one for each denominator, and one over a common denominator."""

from __future__ import annotations

from functools import reduce
from typing import Any

from flint import fmpq

from ncverify.kinds import Number
from ncverify.numbers.terms import ONE, Sum, TooLongError, added, constant, frozen, multiplied, scaled, spelled

MOST = 64  # quotients of a sum
Part = tuple[Sum, Sum]
"""A numerator and a positive denominator."""


def _key(a: Sum) -> frozenset[Any]:
    """A sum as the key of a dictionary; the hash of a fraction takes ten times as long as that of its two integers."""
    return frozenset((monomial, (c.p, c.q) if isinstance(c, fmpq) else c) for monomial, c in a.items())


_ONE = _key(ONE)


def merged(parts: list[Part]) -> list[Part]:
    """The same sum with one quotient for each denominator, and multiples of a denominator as numbers.

    Raises:
        TooLongError: more quotients than are worth it.
    """
    if all(bottom is ONE or bottom == ONE for _, bottom in parts):
        return [(reduce(added, (top for top, _ in parts)), ONE)]
    by_bottom: dict[Any, Part] = {_ONE: ({}, ONE)}
    for top, bottom in parts:
        c = ratio(top, bottom)
        top, bottom = (top, bottom) if c is None else (constant(c), ONE)
        key = _ONE if bottom == ONE else _key(bottom)
        before = by_bottom.pop(key, ({}, bottom))[0]
        total = added(before, top)
        c = None if bottom == ONE else ratio(total, bottom)
        if c is None:
            by_bottom[key] = total, bottom
        else:
            by_bottom[_ONE] = added(by_bottom[_ONE][0], constant(c)), ONE
    kept = [part for part in by_bottom.values() if part[0]]
    if len(kept) > MOST:
        raise TooLongError
    return kept or [({}, ONE)]


def ratio(top: Sum, bottom: Sum) -> Number | None:
    """The number c with top = c bottom; None where there is none, and where the denominator is one."""
    if bottom == ONE or top.keys() != bottom.keys():
        return None if top or bottom == ONE else fmpq(0)
    first = next(iter(top))
    c = top[first] / bottom[first]
    return c if scaled(bottom, c) == top else None


def common(parts: list[Part]) -> Part:
    """The sum as one quotient, over the common denominator.

    Raises:
        TooLongError: more terms than are worth it.
    """
    if len(parts) > 1:
        parts = sorted(parts, key=lambda part: spelled(frozen(part[1])))
    top, bottom = parts[0]
    for other, below in parts[1:]:
        top = added(multiplied(top, below), multiplied(other, bottom))
        bottom = multiplied(bottom, below)
    return top, bottom


def crossed(left: Sum, below_left: Sum, right: Sum, below_right: Sum) -> Part:
    """The product of two quotients, without what stands above in one and below in the other."""
    if left == below_right:
        left, below_right = ONE, ONE
    if right == below_left:
        right, below_left = ONE, ONE
    return multiplied(left, right), multiplied(below_left, below_right)
