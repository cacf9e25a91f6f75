"""The smallest eigenpair of a symmetric operator by Lanczos iteration: our own on any backend, ARPACK's on the host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg

from ncverify.kinds import Array, Functions


class Ritz(NamedTuple):
    """An approximate eigenpair: value, unit vector, the residual norm, and the operator products spent."""

    value: float
    vector: Any
    residual: float
    products: int


def smallest_ritz_pair(
    apply: Callable[[Any], Any], start: Any, xp: Functions, *, tolerance: float, steps: int = 80, restarts: int = 20
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

    def product(x: Array) -> Any:
        return xp.reshape(apply(xp.reshape(x, shape)), (-1,))

    for _ in range(max(1, restarts)):
        value, vector, residual, used = _krylov(product, vector, xp, tolerance, min(steps, size))
        spent += used
        if residual <= tolerance:
            break
    return Ritz(value, xp.reshape(vector, shape), residual, spent)


def lowest_vector(
    apply: Callable[[Any], Any], start: Any, expected: float, *, tolerance: float, restarts: int = 40
) -> Any:
    """A unit vector near the lowest eigenvector of a positive operator, by ARPACK.

    ARPACK ends where the residual is a given share of the eigenvalue. So the operator has to be shifted until its
    lowest eigenvalue is of its own natural scale; the share is corrected where it turned out too large. Where ARPACK
    does not converge, a few restarts of `smallest_ritz_pair` give the best vector that is known.

    Args:
        apply: a symmetric positive operator on float64 NumPy vectors.
        start: any vector, not orthogonal to the eigenvector sought.
        expected: about the size of the lowest eigenvalue, positive.
        tolerance: absolute, on the residual norm.
        restarts: of ARPACK, at most.
    """
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

    size = len(start)
    A = LinearOperator((size, size), matvec=lambda x: apply(np.ravel(x)), dtype=np.float64)
    space = min(size, max(20, min(60, _LARGEST_SPACE // size)))
    value, vector = expected, start
    for _ in range(3):
        share = max(tolerance / value, float(np.finfo(np.float64).eps))
        try:
            values, vectors = eigsh(A, k=1, which="SA", tol=share, v0=vector, ncv=space, maxiter=restarts)
        except ArpackNoConvergence:
            return _best_known(apply, vector, tolerance, space)
        value, vector = float(values[0]), vectors[:, 0]
        if np.linalg.norm(apply(vector) - value * vector) <= tolerance:
            break
    return vector


_LARGEST_SPACE = 1 << 27  # entries of all Krylov vectors together, 1 GiB


def _best_known(apply: Callable[[Any], Any], start: Any, tolerance: float, steps: int) -> Any:
    from ncverify.numbers import namespace_of

    return smallest_ritz_pair(apply, start, namespace_of(start), tolerance=tolerance, steps=steps, restarts=3).vector


def _krylov(product: Any, start: Any, xp: Functions, tolerance: float, steps: int) -> tuple[float, Any, float, int]:
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


def _with_row(rows: Array, index: int, row: Array) -> Any:
    """The matrix with one row replaced, in place where the library allows it."""
    try:
        rows[index, :] = row
        return rows
    except TypeError:  # immutable arrays
        return rows.at[index].set(row)
