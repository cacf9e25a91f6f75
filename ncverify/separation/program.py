r"""The least-squares program behind the multipliers of (3.1), in blocks of its matrices.

For multipliers lambda on chosen constraints the squared stationarity residual is

.. math:: |W - B\lambda|^2 + |H|^2 - 2 s'\lambda + \lambda' P \lambda

where B maps to the K x d matrix A H', taken in the span of the features, and P is block diagonal: for each sample c one
block D_c' D_c of at most K-1 rows with D_c = (w_k - w_j)_j. Only these two sparse maps are built, not the gradient of
every constraint with its K d + d K n entries.

The solver gets them from the balanced point (a W, H / a), a^2 near |H| / |W|. With its B and P and
lambda = nu / max(a^2, a^-2) the residual is, up to a positive factor and a constant,

.. math:: \min(1, a^4) |B\nu|^2 - 4 s'\nu + \min(1, a^{-4}) \nu' P \nu
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from ncverify.kinds import Array
from ncverify.model import own_class_mask
from ncverify.point import Point
from ncverify.separation.solvers import cvxpy, solve


@dataclass(frozen=True)
class Entries:
    """The constraints that may carry a multiplier, sorted by sample: positions in the K x K*n matrix.

    Attributes:
        j: rows, the other class.
        column: columns, k*n + i.
        k: the column's own class.
        shape: (K, K*n).
    """

    j: Any
    column: Any
    k: Any
    shape: tuple[int, int]

    def __len__(self) -> int:
        return len(self.j)

    def spread(self, values: Array) -> Array:
        """The values as a K x K*n matrix, zero elsewhere."""
        matrix = np.zeros(self.shape)
        matrix[self.j, self.column] = values
        return matrix

    def pick(self, matrix: Array) -> Array:
        """The values of a K x K*n matrix at the entries."""
        return matrix[self.j, self.column]


def entries_within(p: Point, slack: float) -> Entries:
    """The constraints with s_kij - 1 <= slack.

    Args:
        p: a NumPy point.
        slack: how far from equality a constraint may be; infinite for all of them.
    """
    near = (p.logit_differences - 1.0 <= slack) & (own_class_mask(p.K, p.n, p.xp) == 0)
    column, j = np.nonzero(near.T)
    return Entries(j, column, column // p.n, near.shape)


def classifier_map(p: Point, entries: Entries) -> Array:
    """B, sparse, shape (K*d, entries): lambda to A H', row-major."""
    d, m = p.d, len(entries)
    features = np.asarray(p.H).T[entries.column]
    offsets = np.arange(d)
    rows = np.concatenate([entries.k[:, None] * d + offsets, entries.j[:, None] * d + offsets], axis=1)
    values = np.concatenate([features, -features], axis=1)
    starts = np.arange(0, 2 * d * m + 1, 2 * d)
    return sparse.csc_matrix((values.ravel(), rows.ravel(), starts), shape=(p.K * d, m))


def feature_map(p: Point, entries: Entries) -> Array:
    """The map lambda to W' A, sparse, shape (d*K*n, entries), samples one after another."""
    d, m = p.d, len(entries)
    rows = entries.column[:, None] * d + np.arange(d)
    values = p.W[entries.k] - p.W[entries.j]
    return sparse.csc_matrix((values.ravel(), rows.ravel(), np.arange(0, d * m + 1, d)), shape=(d * p.K * p.n, m))


def feature_form(p: Point, entries: Entries) -> Array:
    """P, sparse, block diagonal, shape (entries, entries): entry (a, b) is (w_k - w_j).(w_k - w_l) for one sample."""
    gram = p.W @ p.W.T
    counts = np.bincount(entries.column, minlength=entries.shape[1])
    first = np.cumsum(counts) - counts
    partners = counts[entries.column]  # entries of the same sample, itself included
    a = np.repeat(np.arange(len(entries)), partners)
    within = np.arange(partners.sum()) - np.repeat(np.cumsum(partners) - partners, partners)
    b = first[entries.column[a]] + within
    k, j, l = entries.k[a], entries.j[a], entries.j[b]  # noqa: E741
    values = gram[k, k] - gram[k, j] - gram[k, l] + gram[j, l]
    return sparse.csc_matrix((values, (b, a)), shape=(len(entries), len(entries)))


def in_feature_span(p: Point) -> Point:
    """(W Q, Q'H) with Q an orthonormal basis of the span of the features: the rest of W no multiplier can reach.

    At collapse the span has K-1 dimensions, whatever d is. Directions below the rounding of H count as absent.
    """
    vectors, sizes, _ = np.linalg.svd(p.H, full_matrices=False)
    Q = vectors[:, sizes > np.finfo(np.float64).eps * float(sizes[0]) * max(p.H.shape)]
    return Point(p.W @ Q, Q.T @ p.H)


def balance(p: Point) -> np.float64:
    """The factor a for which a W and H / a have norms that agree up to a factor of 2; a power of 2, hence exact."""
    largest_W, largest_H = float(np.abs(p.W).max()), float(np.abs(p.H).max())
    size_W = np.log2(largest_W) + np.log2(np.linalg.norm(p.W / largest_W))
    size_H = np.log2(largest_H) + np.log2(np.linalg.norm(p.H / largest_H))
    return np.float64(2.0 ** np.clip(np.round((size_H - size_W) / 2), -1000, 1000))


def least_squares_multipliers(p: Point, entries: Entries, solver: str, upper: Any | None = None) -> tuple[Any, str]:
    """The multipliers on the entries that minimise the stationarity residual, as a K x K*n matrix, and the status.

    Args:
        p: a NumPy point.
        entries: the constraints that may carry a multiplier.
        solver: an installed cvxpy solver.
        upper: bounds of the multipliers, one for each entry; infinite where there is none.

    Raises:
        ValueError: an unknown solver.
        SolverFailedError: the solver ended without a solution.
    """
    cp = cvxpy()
    a = balance(p)
    with np.errstate(over="ignore", under="ignore"):
        scale, shares = max(a**2, a**-2), (min(1.0, a**4), min(1.0, a**-4))
    balanced = Point(a * p.W, p.H / a)
    B, P = classifier_map(in_feature_span(balanced), entries), feature_form(balanced, entries)
    s = entries.pick(p.logit_differences)
    nu = cp.Variable(len(entries), nonneg=True)
    classifiers, features = shares[0] * cp.sum_squares(B @ nu), cp.quad_form(nu, shares[1] * P, assume_PSD=True)
    bounded = np.flatnonzero(np.isfinite(upper)) if upper is not None else np.empty(0, dtype=int)
    constraints = [nu[bounded] <= scale * upper[bounded]] if upper is not None and len(bounded) else []
    status = solve(cp.Problem(cp.Minimize(classifiers + features - 4 * (s @ nu)), constraints), solver)
    values = np.maximum(nu.value, 0.0) / scale
    return entries.spread(values if upper is None else np.minimum(values, upper)), status
