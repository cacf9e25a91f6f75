r"""Multipliers of (3.1) to the last digit for many constraints: steps in floats, residuals in ball arithmetic.

On the constraints that carry a multiplier the program of `ncverify.separation.program` is a linear system, block
diagonal plus one of rank K d. Floats solve it (Woodbury) to a few digits at least, even where |H| / |W| is 10^6; the
residual of what they found is formed without rounding that matters, and the step is repeated for it until it is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg
from flint import arb, arb_mat
from scipy.sparse.linalg import splu

from ncverify.kinds import Array
from ncverify.point import Point
from ncverify.separation.program import Entries, balance, classifier_map, feature_form, in_feature_span

BITS = 320
_STEPS = 40
_EXCHANGES = 30
_LARGEST = 2**25  # entries of the dense matrix of a step, 256 MiB
_SIGNS, _DIGITS = 2.0**-90, 2.0**-260  # relative residuals at which signs are looked at, and at which all is done


class Residuals:
    """G'G lambda - 2 s at the entries, in balls.

    Args:
        p: a float64 NumPy point.
        entries: the constraints that may carry a multiplier.
    """

    def __init__(self, p: Point, entries: Entries) -> None:
        samples, at = np.unique(entries.column, return_inverse=True)
        self.places = list(zip(entries.k.tolist(), entries.j.tolist(), at.tolist(), strict=True))
        self.samples = len(samples)
        self.W, self.H = arb_mat(p.W.tolist()), arb_mat(p.H[:, samples].tolist())
        self.s = self._differences(self.W * self.H)
        self.squared_norm = sum((arb(x) ** 2 for x in [*p.W.flat, *p.H.flat]), arb(0))

    def slopes(self, values: list[Any]) -> list[Array]:
        """G'G lambda - 2 s for multipliers on the entries."""
        A = arb_mat(self.W.nrows(), self.samples)
        for (k, j, c), value in zip(self.places, values, strict=True):
            A[k, c] += value
            A[j, c] -= value
        images = self._differences(A * self.H.transpose() * self.H + self.W * (self.W.transpose() * A))
        return [image - 2 * linear for image, linear in zip(images, self.s, strict=True)]

    def _differences(self, Z: Array) -> list[Array]:
        rows = Z.table()
        return [rows[k][c] - rows[j][c] for k, j, c in self.places]


def exchanged(p: Point, entries: Entries, start: Array, residuals: Residuals) -> list[Any] | None:
    """The multipliers of least residual, exact numbers >= 0; None where the steps do not end, or none is possible.

    Args:
        p: a float64 NumPy point.
        entries: the constraints that may carry a multiplier.
        start: whether each of them does so at first.
        residuals: of the same point and entries, at the precision in force.
    """
    carries, values, target = np.array(start, dtype=bool), [arb(0)] * len(entries), _SIGNS
    step = float_step(p, _part(entries, carries))
    for _ in range(_EXCHANGES):
        slopes = None if step is None else _settled(values, carries, step, residuals, target)
        if slopes is None:
            return None
        sought = zip(carries, values, slopes, strict=True)
        wrong = np.array([(value if carried else slope) < 0 for carried, value, slope in sought])
        if wrong.any():
            carries, target = carries ^ wrong, _SIGNS
            values = [value if carried else arb(0) for value, carried in zip(values, carries, strict=True)]
            step = float_step(p, _part(entries, carries))
        elif target == _DIGITS:
            return [arb.max(value, arb(0)) for value in values]
        else:
            target = _DIGITS
    return None


def _settled(
    values: list[Any], carries: Array, step: Callable[[Any], Any], residuals: Residuals, target: float
) -> list[Any] | None:
    """Repeats the step on `values`, in place, until the relative residual is below the target; the slopes, or None."""
    chosen, before = np.flatnonzero(carries).tolist(), arb(np.inf)
    for _ in range(_STEPS):
        slopes = residuals.slopes(values)
        largest = max((abs(slopes[i]).upper() / abs(residuals.s[i]).lower() for i in chosen), default=arb(0))
        if largest < target:
            return slopes
        if not largest < before:
            return None
        before, power = largest / 2, int(np.floor(float(largest.log() / arb(2).log())))
        # the residual, brought to the size of the floats and back, by a power of two
        changes = step(np.array([float((slopes[i] * arb(2) ** -power).mid()) for i in chosen]))
        for i, change in zip(chosen, changes.tolist(), strict=True):
            values[i] = (values[i] - arb(change) * arb(2) ** power).mid()
    return None


def _part(entries: Entries, chosen: Array) -> Entries:
    return Entries(entries.j[chosen], entries.column[chosen], entries.k[chosen], entries.shape)


def float_step(p: Point, entries: Entries) -> Callable[[Any], Any] | None:
    """b to the solution of G'G x = b in floats, all entries free of sign; None where it is too large, or singular."""
    a = balance(p)
    balanced = Point(a * p.W, p.H / a)
    reduced = in_feature_span(balanced)
    if len(entries) == 0:
        return np.asarray
    if len(entries) * reduced.W.size > _LARGEST:
        return None
    B = classifier_map(reduced, entries)
    try:
        P = splu(feature_form(balanced, entries))
        V = P.solve(B.T.toarray())
        with np.errstate(over="ignore"):
            factors = scipy.linalg.lu_factor(B @ V + a**-4 * np.eye(B.shape[0]))
    except (RuntimeError, ValueError, scipy.linalg.LinAlgError):
        return None

    def solve(b: Array) -> Array:
        once = P.solve(b)
        return a**2 * (once - V @ scipy.linalg.lu_solve(factors, B @ once))

    return solve
