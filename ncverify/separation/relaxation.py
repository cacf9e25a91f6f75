r"""The convex relaxation of (3.1) by the nuclear norm, primal and dual, as semidefinite programs in cvxpy.

Since (|W|^2 + |H|^2) / 2 >= |WH|_*, the optimal value of (3.1) is at least that of

.. math:: \min_Z |Z|_* \text{ s.t. } s_{kij}(Z) \ge 1, \qquad
          \max_{M \ge 0} \textstyle\sum \lambda_{kij} \text{ s.t. } |A(M)|_2 \le 1

and the two values agree. Their common value is (K-1) sqrt(n), see `certificate`; the programs here are the independent
numerical confirmation, for small K n.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ncverify.arguments import Classes, Count
from ncverify.kinds import Array
from ncverify.model import own_class_mask
from ncverify.numbers import backend_namespace
from ncverify.separation.solvers import DEFAULT_SOLVER, cvxpy, solve


@dataclass(frozen=True)
class Relaxation:
    """A solved relaxation.

    Attributes:
        value: the optimal value that the solver reports.
        bound: what the matrix alone certifies: an upper bound of the optimal value for the primal, a lower bound
            for the dual.
        matrix: the optimal Z or M, shape (K, K*n).
        status: the solver's status.
    """

    value: float
    bound: float
    matrix: Any
    status: str


def nuclear_norm_primal(K: Classes, n: Count, *, solver: str = DEFAULT_SOLVER) -> Relaxation:
    """The logits Z of least nuclear norm with all logit differences at least 1.

    Args:
        K: classes, at least 2.
        n: samples per class, at least 1.
        solver: any installed cvxpy solver that takes semidefinite cones.

    Raises:
        ValueError: bad K or n, or an unknown solver.
        SolverFailedError: the solver ended without a solution.

    Example:
        >>> abs(nuclear_norm_primal(3, 1).value - 2.0) < 1e-5
        True
    """
    cp = cvxpy()
    Y, others = _labels(K, n)
    Z = cp.Variable((K, K * n))
    own = cp.sum(cp.multiply(Y, Z), axis=0, keepdims=True)
    differences = np.ones((K, 1)) @ own - Z
    problem = cp.Problem(cp.Minimize(cp.normNuc(Z)), [cp.multiply(others, differences - 1) >= 0])
    status = solve(problem, solver)
    minimiser = np.asarray(Z.value)
    S = minimiser[np.repeat(np.arange(K), n), np.arange(K * n)] - minimiser
    q = float(S[others > 0].min())
    bound = float(np.linalg.norm(minimiser, "nuc")) / q if q > 0 else np.inf
    return Relaxation(float(problem.value), bound, minimiser, status)


def nuclear_norm_dual(K: Classes, n: Count, *, solver: str = DEFAULT_SOLVER) -> Relaxation:
    """The multipliers M >= 0 of largest sum with |A(M)|_2 <= 1.

    Args:
        K: classes, at least 2.
        n: samples per class, at least 1.
        solver: any installed cvxpy solver that takes semidefinite cones.

    Raises:
        ValueError: bad K or n, or an unknown solver.
        SolverFailedError: the solver ended without a solution.

    Example:
        >>> abs(nuclear_norm_dual(3, 1).value - 2.0) < 1e-5
        True
    """
    cp = cvxpy()
    Y, others = _labels(K, n)
    M = cp.Variable((K, K * n), nonneg=True)
    weights = cp.multiply(others, M)
    A = cp.multiply(Y, np.ones((K, 1)) @ cp.sum(weights, axis=0, keepdims=True)) - weights
    problem = cp.Problem(cp.Maximize(cp.sum(weights)), [cp.sigma_max(A) <= 1])
    status = solve(problem, solver)
    maximiser = np.maximum(np.asarray(M.value), 0.0) * others
    largest = float(np.linalg.norm(Y * maximiser.sum(axis=0) - maximiser, 2))
    return Relaxation(float(problem.value), float(maximiser.sum()) / largest, maximiser, status)


def _labels(K: int, n: int) -> tuple[Array, Array]:
    if K < 2 or n < 1:
        raise ValueError(f"K, n: expected K >= 2 classes and n >= 1 samples per class, got {K}, {n}")
    Y = own_class_mask(K, n, backend_namespace("numpy"))
    return Y, 1.0 - Y
