r"""Curvature with weight decay reduced to directions (A, beta) of W and b: features are eliminated one by one.

For a level below lambda_H the block of the Hessian in H, less the level, is positive definite: W' J_i W + t for each
sample, with J_i = (diag(p_i) - p_i p_i')/N and t = lambda_H - level. With B_i = (J_i W W' + t)^{-1} J_i, of size K, the
best answer of the features moves the logit gradient by r_i = B_i (t (A h_i + beta) - W A' g_i) in all, and the form by

.. math:: (A, \beta) \mapsto ((\lambda_W - level) A + R H' - (G G' A + G R' W)/t,\; R 1 + (\lambda_b - level) \beta)

a symmetric operator on K (d+1) coordinates at the cost of two products with H; the Hessian has as many eigenvalues
below the level as it has below zero. With the answer of the features put back, the Rayleigh quotient of the lowest
vector is the next level, until nothing is below zero: quadratically convergent, and it falls monotonically. Two
eigenvalues are known beforehand, lambda_W (the common part of the classifiers) and lambda_b (the shift of the bias).
"""

from __future__ import annotations

import numpy as np

from ncverify.kinds import Array
from ncverify.landscape.lanczos import smallest_ritz_pair
from ncverify.numbers import namespace_of
from ncverify.weight_decay.model import DecayProblem, Triple, fits, logit_gradient

LARGEST_BLOCKS = 1 << 24  # entries of all K x K matrices together
_ROUNDS = 20


class DecayOperator:
    """The Hessian at one point, its softmax computed once."""

    def __init__(self, problem: DecayProblem, point: Triple) -> None:
        self.problem, (self.W, self.H, _) = problem, fits(problem, point)
        self.G = logit_gradient(problem, point)
        self.P = self.G * problem.N + problem.one_hot(namespace_of(self.W))

    def forms(self) -> Array:
        """(diag(p_i) - p_i p_i')/N, one K x K matrix a sample, shape (N, K, K)."""
        columns, K = self.P.T, len(self.P)
        forms = -columns[:, :, None] * columns[:, None, :]
        own = self.P * np.where(self.G < 0, -self.G * self.problem.N, 1 - self.P)  # 1 - p as it is known best
        forms[:, range(K), range(K)] = own.T
        return forms / self.problem.N

    def softened(self, D: Array) -> Array:
        """dG for moved logits D."""
        weighted = self.P * D
        return (weighted - self.P * weighted.sum(axis=0)) / self.problem.N

    def product(self, v: Triple) -> Triple:
        """Hess f v."""
        q, (A, B, beta) = self.problem, v
        dG = self.softened(A @ self.H + self.W @ B + beta[:, None])
        return Triple(
            dG @ self.H.T + self.G @ B.T + q.lambda_W * A,
            self.W.T @ dG + A.T @ self.G + q.lambda_H * B,
            dG.sum(axis=1) + q.lambda_b * beta,
        )


class Reduced:
    """The reduction at one level, below lambda_H."""

    def __init__(self, operator: DecayOperator, forms: Array, level: float) -> None:
        self.operator, self.level, self.t = operator, level, operator.problem.lambda_H - level
        self.gram = operator.G @ operator.G.T
        B = np.linalg.solve(forms @ (operator.W @ operator.W.T) + self.t * np.eye(forms.shape[1]), forms)
        self.B = np.ascontiguousarray((B + B.transpose(0, 2, 1)).transpose(1, 2, 0) / 2)  # samples next to each other

    def response(self, x: Array) -> Array:
        """dG with the features' best answer, for x = (A, beta) of shape (K, d+1)."""
        op, A, beta = self.operator, x[:, :-1], x[:, -1:]
        moved = self.t * (A @ op.H + beta) - (op.W @ A.T) @ op.G
        return np.einsum("kjn,jn->kn", self.B, moved)

    def answered(self, x: Array) -> Triple:
        """(A, B, beta) with the features' best answer B."""
        op, A = self.operator, x[:, :-1]
        return Triple(A, -(A.T @ op.G + op.W.T @ self.response(x)) / self.t, x[:, -1])

    def __call__(self, x: Array) -> Array:
        """The operator on (A, beta)."""
        op, q, A, R = self.operator, self.operator.problem, x[:, :-1], self.response(x)
        rows = (q.lambda_W - self.level) * A + R @ op.H.T - (self.gram @ A + (op.G @ R.T) @ op.W) / self.t
        return np.concatenate([rows, (R.sum(axis=1) + (q.lambda_b - self.level) * x[:, -1])[:, None]], axis=1)


def reduced_direction(
    problem: DecayProblem, point: Triple, lower: float, allowed: float, seed: int
) -> tuple[Triple, int] | None:
    """A direction near the lowest eigenvector, and the products spent; None where the reduction does not decide.

    Args:
        problem: class sizes and weights.
        point: in NumPy float64.
        lower: a lower bound of the spectrum.
        allowed: the residual to reach.
        seed: of the starting vector.
    """
    K, d = point.W.shape
    if problem.N * K * K > LARGEST_BLOCKS:
        return None
    operator, xp, rng = DecayOperator(problem, point), namespace_of(point.W), np.random.default_rng(seed)
    forms, noise = operator.forms(), rng.standard_normal((K, d + 1))
    scale = max(problem.lambda_W, problem.lambda_H, problem.lambda_b, -lower)
    known = [(*_quotient(operator, v), v) for v in _eigenvectors(point)]
    value, residual, best = min(known, key=lambda entry: entry[0])
    x, accuracy, products, level = noise, 1e-2 * scale, len(known), min(lower, problem.lambda_H / 2)
    for _ in range(_ROUNDS):
        reduced = Reduced(operator, forms, level)
        ritz = smallest_ritz_pair(reduced, x, xp, tolerance=accuracy)
        x, products = ritz.vector, products + ritz.products + 2
        direction = reduced.answered(x)
        quotient, rest = _quotient(operator, direction)
        improved = quotient < value
        if improved:
            value, residual, best = quotient, rest, direction
            if residual <= allowed and value < level:
                return best, products
        elif accuracy <= allowed and level >= min(value, problem.lambda_H / 2):
            return (best, products) if value <= level else None  # nothing is below the level
        else:  # a vector that is an eigenvector already would never leave its own space
            x = x + noise * (1e-3 * float(np.linalg.norm(x)) / float(np.linalg.norm(noise)))
        level = min(value, problem.lambda_H / 2)
        accuracy = max(
            0.3 * allowed, min(accuracy if improved else 0.1 * accuracy, residual**2 / scale, 0.1 * residual)
        )
    return best, products


def _eigenvectors(point: Triple) -> tuple[Triple, Triple]:
    """One of the common part of the classifiers, with eigenvalue lambda_W, and the shift of the bias, with lambda_b."""
    common = np.zeros_like(point.W)
    common[:, 0] = 1.0
    zero = Triple(*(np.zeros_like(part) for part in point))
    return Triple(common, zero.H, zero.b), Triple(zero.W, zero.H, zero.b + 1.0)


def _quotient(operator: DecayOperator, v: Triple) -> tuple[float, float]:
    """The Rayleigh quotient, and the norm of what is left of the image, for a unit vector along v."""
    image = operator.product(v)
    square = sum(float(np.sum(part * part)) for part in v)
    value = sum(float(np.sum(x * y)) for x, y in zip(v, image, strict=True)) / square
    rest = sum(float(np.sum((y - value * x) ** 2)) for x, y in zip(v, image, strict=True))
    return value, (rest / square) ** 0.5
