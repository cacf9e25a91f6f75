r"""The convex relaxation of the layer-peeled model (Fang et al. 2021) in cvxpy, in the dimension that it needs.

As printed X = [h_1..h_K, W']'[h_1..h_K, W'] is a positive semidefinite 2K x 2K matrix, and a solution of the model is
read from it in p >= 2K dimensions. The loss does not see 1'W, so that W = Q V with an orthonormal basis Q of the
vectors that sum to zero, and X needs K + K-1 rows. Its block X_Vh, that is Z = W H in the basis, is all that the loss
sees, and |Z|_* <= K sqrt(E_W E_H); factored by its singular vectors it gives a solution in K-1 dimensions, for every
class size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ncverify.errors import SolverFailedError
from ncverify.optima.classes import sizes
from ncverify.optima.duality import Certificate, certify_layer_peeled
from ncverify.optima.reals import Positive, exact
from ncverify.separation.solvers import DEFAULT_SOLVER, cvxpy, solve


@dataclass(frozen=True)
class LayerPeeledSolution:
    """A solved relaxation, and the solution of the layer-peeled model that was read from it.

    Attributes:
        value: the optimal value that the solver reports.
        X: shape (2K-1, 2K-1), rows and columns first of the K class means and then of the K-1 columns of V.
        W: shape (K, K-1).
        H: class means, shape (K-1, K).
        rank: how many dimensions W and H use: singular values of Z above 1e-6 of the largest.
        certificate: bounds of the optimal value that were confirmed without the solver, from (W, H) alone.
        status: the solver's status.
    """

    value: float
    X: Any
    W: Any
    H: Any
    rank: int
    certificate: Certificate
    status: str


def layer_peeled_relaxation(
    class_sizes: Sequence[int], E_W: Positive, E_H: Positive, *, solver: str = DEFAULT_SOLVER
) -> LayerPeeledSolution:
    """The layer-peeled model solved by its convex relaxation, for d >= K-1 and any class sizes; K up to about ten.

    Args:
        class_sizes: n_1..n_K.
        E_W: bound of the mean of |w_k|^2, positive.
        E_H: bound of the mean over classes of the mean of |h_{k,i}|^2, positive.
        solver: any installed cvxpy solver with semidefinite and exponential cones.

    Raises:
        TypeError: a bound that is no real number.
        ValueError: a bound that is not positive and finite, class sizes below 1, or an unknown solver.
        SolverFailedError: the solver ended without a solution.

    Example:
        >>> relaxed = layer_peeled_relaxation([1, 1, 1], 1.0, 4.0)
        >>> relaxed.rank, round(relaxed.value, 6), relaxed.certificate.gap < 1e-6
        (2, 0.094923, True)
    """
    cp = cvxpy()
    n = sizes(class_sizes)
    w, h = (float(exact(name, E).p) / float(exact(name, E).q) for name, E in (("E_W", E_W), ("E_H", E_H)))
    K, Q = len(n), _basis(len(n))
    unit = cp.Variable((2 * K - 1, 2 * K - 1), PSD=True)  # X in units of E_H, E_W and sqrt(E_W E_H)
    Z = math.sqrt(w) * math.sqrt(h) * (Q @ unit[K:, :K])
    loss = sum(n[k] / n.sum() * (cp.log_sum_exp(Z[:, k]) - Z[k, k]) for k in range(K))
    problem = cp.Problem(cp.Minimize(loss), [cp.trace(unit[:K, :K]) <= K, cp.trace(unit[K:, K:]) <= K])
    status = solve(problem, solver)
    if not np.isfinite(unit.value).all():
        raise SolverFailedError(f"E_W, E_H: {solver} ended with numbers that are not finite")
    scale = np.sqrt(np.repeat([h, w], [K, K - 1]))
    U, singular, V = np.linalg.svd(Q @ unit.value[K:, :K])
    roots = np.sqrt(singular[: K - 1])
    W, H = math.sqrt(w) * U[:, : K - 1] * roots, math.sqrt(h) * roots[:, None] * V[: K - 1]
    return LayerPeeledSolution(
        value=float(problem.value),
        X=scale[:, None] * unit.value * scale,
        W=W,
        H=H,
        rank=int((singular > 1e-6 * singular[0]).sum()),
        certificate=certify_layer_peeled(class_sizes, E_W, E_H, W, H),
        status=status,
    )


def _basis(K: int) -> Any:
    """An orthonormal basis of the vectors of K entries that sum to zero, shape (K, K-1)."""
    return np.linalg.svd(np.eye(K) - 1 / K)[0][:, : K - 1]
