"""Smaller witnesses: fewer classes, samples and dimensions, fewer and simpler coordinates.

Every step is accepted only if exact arithmetic still confirms the violation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ncverify.domain import Domain
from ncverify.errors import StatementError
from ncverify.falsification.exact import judge
from ncverify.point import Point
from ncverify.statements.types import Statement

_BITS = 512  # enough for a violation that is not itself a matter of rounding


def shrink(statement: Statement, point: Point, domain: Domain, *, checks: int = 400) -> Point:
    """A simpler point that still violates the statement, within the domain.

    Args:
        statement: the violated statement.
        point: a confirmed violation, float64 NumPy coordinates.
        domain: shapes that may be used.
        checks: how many exact judgements may be spent.
    """
    current = point
    left = checks
    progress = True
    while progress and left > 0:
        progress = False
        for candidate in _simpler(current, domain):
            left -= 1
            if left <= 0:
                break
            if _violates(statement, candidate):
                current, progress = candidate, True
                break
    return current


def _violates(statement: Statement, point: Point) -> bool:
    try:
        return judge(statement, point, last_bits=_BITS).violated
    except StatementError:
        return False


def _simpler(p: Point, domain: Domain) -> Iterator[Point]:
    """Candidates, the most radical first; none equals the point itself."""
    yield from _smaller_shapes(p, domain)
    for W, H in (*_roundings(p.W, p.H), *_single_changes(p.W, p.H)):
        if not (np.array_equal(W, p.W) and np.array_equal(H, p.H)):
            yield Point(W, H)


def _smaller_shapes(p: Point, domain: Domain) -> Iterator[Point]:
    K, n, d = p.K, p.n, p.d
    samples = np.asarray(p.H).reshape(d, K, n)
    if domain.admits(K, 1, d) and n > 2:
        for i in range(n):
            yield Point(p.W, samples[:, :, i].copy())
    if domain.admits(K, n - 1, d):
        for i in range(n):
            yield Point(p.W, np.delete(samples, i, axis=2).reshape(d, -1))
    if domain.admits(K - 1, n, d):
        for k in range(K):
            yield Point(np.delete(p.W, k, axis=0), np.delete(samples, k, axis=1).reshape(d, -1))
    if domain.admits(K, n, d - 1):
        for c in range(d):
            yield Point(np.delete(p.W, c, axis=1), np.delete(p.H, c, axis=0))


def _roundings(W: Any, H: Any) -> Iterator[tuple[Any, Any]]:
    """Everything rounded to few bits, after bringing the norms near one by powers of two."""
    for A, B in ((_unit(W), _unit(H)), (W, H)):
        for step in (1.0, 0.5, 0.25, 2.0**-4, 2.0**-6, 2.0**-10, 2.0**-16, 2.0**-24):
            if max(np.abs(A).max(), np.abs(B).max()) > 2.0**53:
                continue  # such floats are integers
            rounded = np.round(A / step) * step + 0.0, np.round(B / step) * step + 0.0
            if _complexity(*rounded) < _complexity(W, H):
                yield rounded
    for A, B in ((_unit(W), _unit(H)), (_nearer_one(W), H), (W, _nearer_one(H))):
        if _complexity(A, B) < _complexity(W, H):
            yield A, B


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


def _complexity(W: Any, H: Any) -> int:
    return sum(_bits(v) for v in (*np.ravel(W).tolist(), *np.ravel(H).tolist()))


def _single_changes(W: Any, H: Any) -> Iterator[tuple[Any, Any]]:
    """One coordinate set to zero, to an integer, or to fewer bits."""
    flat = np.concatenate([np.ravel(W), np.ravel(H)])
    order = np.argsort([-_bits(v) for v in flat.tolist()], kind="stable")
    for index in order.tolist():
        value = float(flat[index])
        coarse = np.round(value * 16) / 16 if abs(value) < 2.0**53 else value
        for simpler in (0.0, float(np.round(value)), float(np.sign(value)), float(coarse)):
            if _bits(simpler) < _bits(value):
                changed = flat.copy()
                changed[index] = simpler
                yield changed[: W.size].reshape(W.shape), changed[W.size :].reshape(H.shape)
