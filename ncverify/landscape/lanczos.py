"""The smallest eigenpair of a symmetric operator by Lanczos iteration with full reorthogonalisation, on any backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg


class Ritz(NamedTuple):
    """An approximate eigenpair: value, unit vector, the residual norm, and the operator products spent."""

    value: float
    vector: Any
    residual: float
    products: int


def smallest_ritz_pair(
    apply: Callable[[Any], Any], start: Any, xp: Any, *, tolerance: float, steps: int = 80, restarts: int = 20
) -> Ritz:
    """The smallest Ritz pair, restarted from itself until its residual is below the tolerance.

    Args:
        apply: a symmetric operator on vectors of the shape of `start`.
        start: any vector, not orthogonal to the eigenvector sought.
        xp: the namespace of the vectors.
        tolerance: absolute, on the residual norm.
        steps: dimension of the Krylov space before a restart.
        restarts: at most; the residual that was reached is returned in any case.
    """
    shape, size = start.shape, int(np.prod(start.shape))
    spent, vector = 0, xp.reshape(start, (-1,))

    def product(x: Any) -> Any:
        return xp.reshape(apply(xp.reshape(x, shape)), (-1,))

    for _ in range(max(1, restarts)):
        value, vector, residual, used = _krylov(product, vector, xp, tolerance, min(steps, size))
        spent += used
        if residual <= tolerance:
            break
    return Ritz(value, xp.reshape(vector, shape), residual, spent)


def _krylov(product: Any, start: Any, xp: Any, tolerance: float, steps: int) -> tuple[float, Any, float, int]:
    q = start / xp.sqrt(xp.sum(start * start))
    rows = xp.zeros((steps, q.shape[0]))
    alphas: list[float] = []
    betas: list[float] = []
    for m in range(steps):
        rows = _with_row(rows, m, q)
        w = product(q)
        alphas.append(float(xp.sum(q * w)))
        filled = rows[: m + 1]
        for _ in range(2):  # twice is enough
            w = w - (filled @ w) @ filled
        beta = float(xp.sqrt(xp.sum(w * w)))
        last = m + 1 == steps or beta <= tolerance
        if last or m % 4 == 3:  # looking costs little, but not nothing
            values, vectors = scipy.linalg.eigh_tridiagonal(alphas, betas, select="i", select_range=(0, 0))
            weights, value = vectors[:, 0], float(values[0])
            if last or abs(beta * weights[-1]) <= tolerance:
                coefficients = xp.library.asarray(weights, dtype=xp.dtype, device=xp.device)
                return value, coefficients @ filled, abs(beta * float(weights[-1])), m + 1
        betas.append(beta)
        q = w / beta
    raise AssertionError("unreachable: the last step returns")


def _with_row(rows: Any, index: int, row: Any) -> Any:
    """The matrix with one row replaced, in place where the library allows it."""
    try:
        rows[index, :] = row
        return rows
    except TypeError:  # immutable arrays
        return rows.at[index].set(row)
