r"""Multipliers of (3.1) to the last digit, in ball arithmetic: for few constraints at any ratio of the two norms.

On chosen constraints with gradients G the multipliers solve, with b = G'(W, H) = 2 s,

.. math:: \min_{\lambda \ge 0} \tfrac12 \lambda' G'G \lambda - b'\lambda

Where |H| / |W| = r, the condition number of G'G is r^2 times that of the balanced point, beyond what floats resolve.
Here it is formed from the floats of the point without rounding that matters, and solved by exchanging all wrong signs
at once (Kostreva 1978; Judice and Pires 1994), from the constraints that carry a multiplier by cvxpy. For many
constraints see `ncverify.separation.many`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, arb_mat

from ncverify.kinds import Array, Number
from ncverify.numbers.ball import precision
from ncverify.point import Point
from ncverify.separation.constraints import independence
from ncverify.separation.many import BITS, Residuals, exchanged
from ncverify.separation.program import Entries, balance

FEW_CONSTRAINTS = 128
"""Constraints up to which G'G is formed: a tenth of a second for its inverse, as much for each exchange of signs."""
LARGEST = 4096
"""Constraints up to which multipliers are refined at all: seconds."""
_BITS = 256
_STEPS = 64
_PATIENCE = 3  # exchanges of everything that may fail to lower the number of wrong signs, before single ones


@dataclass(frozen=True)
class Refined:
    """Multipliers on the entries, as exact numbers, and how far each is from the exact minimiser at most.

    Attributes:
        values: non-negative, one for each entry.
        errors: bounds, one for each entry.
    """

    values: Sequence[Any]
    errors: Sequence[Any]

    def floats(self) -> Array:
        """The values, rounded to float64."""
        return np.array([float(value) for value in self.values])

    def distances(self, values: Array) -> Array:
        """Bounds, rounded up, for the distance of other values, one for each entry, from the exact minimiser."""
        entries = zip(values, self.values, self.errors, strict=True)
        bounds = [abs(arb(float(moved)) - value) + error for moved, value, error in entries]
        return np.array([np.nextafter(float(bound.upper()), np.inf) for bound in bounds])


def refined(p: Point, entries: Entries, start: Array) -> Refined | None:
    """The multipliers that minimise the stationarity residual on the entries, or None.

    None where there are more than `LARGEST` entries, where their gradients are dependent, so that the multipliers are
    not unique, or where the exchanges do not end.

    Args:
        p: a float64 NumPy point at any scale: multipliers do not depend on it.
        entries: the constraints that may carry a multiplier.
        start: whether each of them does so at first, shape (entries,), bool.
    """
    if len(entries) > LARGEST:
        return None
    if len(entries) > FEW_CONSTRAINTS:
        return _refined_many(p, entries, start)
    with precision(_BITS + 16 * int(abs(np.log2(balance(p))))):
        gram, s, squared_norm = _program(p, entries)
        try:
            inverse = gram.inv()
            values = _exchanged(gram, s, start)
        except ZeroDivisionError:
            return None
        if values is None:
            return None
        bound = squared_distance(slopes_of(gram, s, values), s, squared_norm, values)
        return Refined(values, [(bound * inverse[i, i]).upper().sqrt() for i in range(len(values))])


def _refined_many(p: Point, entries: Entries, start: Array) -> Refined | None:
    """The same by steps in floats; None also where the ratio of the norms is beyond them, or d < K-1."""
    independent = independence(p)[entries.k]
    if not independent.all():
        return None
    with precision(BITS):
        residuals = Residuals(p, entries)
        values = exchanged(p, entries, start, residuals)
        if values is None:
            return None
        bound = squared_distance(residuals.slopes(values), residuals.s, residuals.squared_norm, values).sqrt()
        return Refined(values, [(bound / arb(spread)).upper() for spread in independent.tolist()])


def _program(p: Point, entries: Entries) -> tuple[Any, list[Any], Any]:
    """G'G, s and |(W, H)|^2, for the entries."""
    samples, at = np.unique(entries.column, return_inverse=True)
    W, H = arb_mat(p.W.tolist()), arb_mat(p.H[:, samples].tolist())
    classifiers, features, logits = (W * W.transpose()).table(), (H.transpose() * H).table(), (W * H).table()
    pairs = list(zip(entries.k.tolist(), entries.j.tolist(), at.tolist(), strict=True))

    def product(row: tuple[int, int, int], column: tuple[int, int, int]) -> Array:
        (k, j, c), (a, b, e) = row, column
        value = ((k == a) - (k == b) - (j == a) + (j == b)) * features[c][e]
        if c == e:
            value += classifiers[k][a] - classifiers[k][b] - classifiers[j][a] + classifiers[j][b]
        return value

    gram = arb_mat([[product(row, column) for column in pairs] for row in pairs])
    s = [logits[k][c] - logits[j][c] for k, j, c in pairs]
    return gram, s, sum((arb(x) ** 2 for x in [*p.W.flat, *p.H.flat]), arb(0))


def _exchanged(gram: Array, s: list[Any], start: Array) -> list[Any] | None:
    """The minimiser, its balls replaced by their midpoints; None where the exchanges do not end.

    Raises:
        ZeroDivisionError: a system that is not regular at this precision.
    """
    carries, fewest, patience = [bool(carried) for carried in start], len(s) + 1, _PATIENCE
    for _ in range(_STEPS):
        values, slopes = _on(gram, s, carries)
        wrong = [i for i, carried in enumerate(carries) if (values[i] if carried else slopes[i]) < 0]
        if not wrong:
            return [arb.max(value.mid(), arb(0)) for value in values]
        if len(wrong) < fewest:
            fewest, patience = len(wrong), _PATIENCE
        elif patience:
            patience -= 1
        else:
            wrong = wrong[-1:]  # one at a time, always the last: this ends, however slowly
        for i in wrong:
            carries[i] = not carries[i]
    return None


def _on(gram: Array, s: list[Any], carries: list[bool]) -> tuple[list[Any], list[Any]]:
    """The minimiser whose signs are free on the chosen entries and which is zero elsewhere, and the slopes there."""
    chosen = [i for i, carried in enumerate(carries) if carried]
    values = arb_mat(len(s), 1)
    if chosen:
        part = arb_mat([[gram[i, j] for j in chosen] for i in chosen])
        solution = part.solve(arb_mat([[2 * s[i]] for i in chosen]))
        for row, i in enumerate(chosen):
            values[i, 0] = solution[row, 0]
    images = gram * values
    return [values[i, 0] for i in range(len(s))], [images[i, 0] - 2 * s[i] for i in range(len(s))]


def slopes_of(gram: Array, s: Sequence[Any], values: Sequence[Any]) -> list[Array]:
    """G'G lambda - 2 s."""
    images = gram * arb_mat([[value] for value in values])
    return [images[i, 0] - 2 * linear for i, linear in enumerate(s)]


def squared_distance(g: Sequence[Any], s: Sequence[Any], squared_norm: Number, values: Sequence[Any]) -> Array:
    r"""A bound of |G (lambda - lambda*)|^2 for non-negative lambda and the minimiser lambda*, with x = (W, H).

    Convexity bounds it by twice the excess of |x - G lambda|^2 / 2 over its minimum. With g = G'(G lambda - x) and
    t >= 0 such that g + 2 t s >= 0, the direction y = x - G lambda - t x has G'y <= 0 and so certifies that the minimum
    is at least y'x - |y|^2 / 2. The difference is g'lambda + 2 t s'lambda + t^2 |x|^2 / 2.
    """
    t = arb(0)
    for slope, linear in zip(g, s, strict=True):
        t = arb.max(t, (-slope / (2 * linear)).upper())
    excess = t**2 * squared_norm / 2
    for slope, linear, value in zip(g, s, values, strict=True):
        excess += (slope + 2 * t * linear) * value
    return arb.max(2 * excess.upper(), arb(0))
