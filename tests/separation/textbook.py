"""Oracles of the separation tests: every constraint gradient formed one by one and stacked, and points to try."""

import numpy as np
from scipy.optimize import nnls

from ncverify import Point
from ncverify.collapse import collapsed_point
from ncverify.separation import scaled_to_unit_margin


def constraint_gradients(p):
    """The gradients of all s_kij as columns, and the position (j, column) of each in the matrix of multipliers."""
    columns, positions = [], []
    for k in range(p.K):
        for i in range(p.n):
            c = k * p.n + i
            for j in range(p.K):
                if j == k:
                    continue
                gradient_W, gradient_H = np.zeros_like(p.W), np.zeros_like(p.H)
                gradient_W[k] += p.H[:, c]
                gradient_W[j] -= p.H[:, c]
                gradient_H[:, c] = p.W[k] - p.W[j]
                columns.append(np.concatenate([gradient_W.ravel(), gradient_H.ravel()]))
                positions.append((j, c))
    return np.stack(columns, axis=1), positions


def vector(p):
    return np.concatenate([p.W.ravel(), p.H.ravel()])


def as_matrix(values, positions, p):
    M = np.zeros((p.K, p.K * p.n))
    for value, (j, c) in zip(values, positions, strict=True):
        M[j, c] = value
    return M


def textbook_multipliers(point, solver="CLARABEL", **options):
    """The generic quadratic program over stacked constraint gradients, as in a textbook, at the scaled point."""
    import cvxpy as cp

    p = scaled_to_unit_margin(point)
    G, positions = constraint_gradients(p)
    lam = cp.Variable(G.shape[1], nonneg=True)
    cp.Problem(cp.Minimize(cp.sum_squares(vector(p) - G @ lam))).solve(solver=solver, **options)
    return as_matrix(lam.value, positions, p)


def nnls_multipliers(point, within=np.inf):
    """Multipliers on the constraints with s - 1 <= within and their residual, by active sets instead of cvxpy."""
    p = scaled_to_unit_margin(point)
    G, positions = constraint_gradients(p)
    near = np.array([p.logit_differences[j, c] - 1 <= max(within, p.q_min - 1) for j, c in positions])
    values, residual = nnls(G[:, near], vector(p))
    full = np.zeros(len(positions))
    full[near] = values
    return as_matrix(full, positions, p), residual


def perturbed(p, size, seed=0):
    rng = np.random.default_rng(seed)
    return Point(p.W + size * rng.standard_normal(p.W.shape), p.H + size * rng.standard_normal(p.H.shape))


def near_collapse(K, n, d, size, seed=0):
    """A collapsed point with q_min = 1, moved by Gaussian noise of the given size in each coordinate."""
    return perturbed(collapsed_point(K, n, d, squared_norm=2 * (K - 1) * n**0.5, rotation=seed), size, seed)


def separating_point(K, n, d, seed):
    """Random unit classifiers on a sphere with features along them: separates, and is far from collapse."""
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((K, d)) if d > 1 else np.array([[1.0], [-1.0]])
    W /= np.linalg.norm(W, axis=1, keepdims=True)
    H = np.repeat(W.T, n, axis=1) * rng.uniform(0.5, 3.0, (1, K * n))
    return Point(W, H)


PAIRS = np.array([[1.0, -1, 0, 0], [-1, 1, 0, 0], [0, 0, 1, -1], [0, 0, -1, 1]])
EXAMPLE_3_1 = Point(PAIRS, PAIRS)
EXAMPLE_MULTIPLIERS = np.kron(np.array([[0.0, 1.0], [1.0, 0.0]]), np.full((2, 2), 0.5))
SHAPES = [(2, 1, 1), (2, 3, 2), (3, 1, 2), (3, 2, 4), (4, 2, 2), (4, 1, 5), (5, 2, 3)]
