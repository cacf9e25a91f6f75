r"""Negative curvature with weight decay: the smallest eigenpair, strict saddles with an exact direction, inertia.

Where W and H' have a common null vector a, and (s, u, v) is the top singular triple of G, the direction
(x u a', -y a v', 0) moves no logit. Its curvature lambda_W x^2 + lambda_H y^2 - 2 s x y is least, and equal to the
bound mu, for the lowest eigenvector (x, y) of [[lambda_W, -s], [-s, lambda_H]]. It is negative exactly where
s^2 > lambda_W lambda_H. At a critical point W'W = (lambda_H/lambda_W) H H', so that every null vector of W is one of
H'; with s^2 <= lambda_W lambda_H the point is a global minimum, in every dimension.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ncverify.arguments import Positive, Seed
from ncverify.kinds import Array
from ncverify.landscape.lanczos import lowest_vector
from ncverify.numbers import to_numpy
from ncverify.weight_decay.model import (
    DecayProblem,
    Triple,
    decay_gradient,
    decay_hessian_product,
    fits,
    least_curvature,
    logit_gradient,
)
from ncverify.weight_decay.reduction import DecayOperator, reduced_direction

SMALL, LARGEST = 400, 2000
"""Coordinates up to which the dense Hessian is taken at once, and up to which it is formed at all."""
EPS = float(np.finfo(np.float64).eps)
_PRECISIONS = (128, 256, 512, 1024)


@dataclass(frozen=True)
class DecayEigenPair:
    """The smallest eigenvalue of the Hessian with its direction.

    Attributes:
        value: its Rayleigh quotient.
        direction: of unit length.
        residual: |Hess v - value v|: some eigenvalue lies within it of `value`.
        lower: no eigenvalue is smaller, up to rounding: min(mu, lambda_b), or the smallest one of the dense matrix.
        rounding: bound of the rounding error of `value`.
        route: "closed form", "dense", "reduction" or "Lanczos".
        products: Hessian products spent.
    """

    value: float
    direction: Triple
    residual: float
    lower: float
    rounding: float
    route: str
    products: int


@dataclass(frozen=True)
class Inertia:
    """Signs of the eigenvalues of the Hessian, and the null ones that symmetry explains.

    Attributes:
        negative: eigenvalues below zero.
        null: eigenvalues that are zero up to the rounding and the distance to the critical point.
        positive: eigenvalues above zero.
        rotations: dimension of (W S, -S H, 0), S antisymmetric: null at every critical point.
        shift: 1 where (0, 0, 1) is null: for lambda_b = 0.
    """

    negative: int
    null: int
    positive: int
    rotations: int
    shift: int

    @property
    def unexplained(self) -> int:
        """Null directions beyond rotations and the shift of the bias."""
        return self.null - self.rotations - self.shift


def smallest_decay_eigenpair(
    problem: DecayProblem, point: Triple, *, tolerance: Positive = 1e-8, seed: Seed = 0
) -> DecayEigenPair:
    """The smallest eigenpair of the Hessian, in closed form where W and H' have a common null vector.

    Args:
        problem: class sizes and weights.
        point: any point in NumPy float64.
        tolerance: residual to reach by iteration, in units of the largest weight and |G|_2.
        seed: of the starting vector.

    Raises:
        ValueError: shapes that do not fit the problem.

    Example:
        >>> origin = Triple(np.zeros((2, 1)), np.zeros((1, 2)), np.zeros(2))
        >>> pair = smallest_decay_eigenpair(DecayProblem((1, 1), 0.25, 0.25), origin)
        >>> pair.route, round(pair.value, 12)
        ('closed form', -0.25)
    """
    p = fits(problem, point)
    size = sum(part.size for part in p)
    direction, s = null_direction(problem, p)
    lower = least_curvature(problem, s)
    if direction is not None:
        pair = _measured(problem, p, direction, lower, "closed form", 1)
        if pair.value - lower <= pair.rounding:
            return pair
    if size <= SMALL:
        return _dense(problem, p)
    allowed = tolerance * (s + max(problem.lambda_W, problem.lambda_H, problem.lambda_b))
    reduced = reduced_direction(problem, p, lower, allowed, seed)
    if reduced is not None:
        pair = _measured(problem, p, reduced[0], lower, "reduction", reduced[1])
        if pair.residual <= max(allowed, pair.rounding):
            return pair
    return _iterated(problem, p, lower, allowed, seed)


def _iterated(problem: DecayProblem, p: Triple, lower: float, allowed: float, seed: int) -> DecayEigenPair:
    """The pair by Lanczos iteration on the Hessian itself, moved until all its eigenvalues are positive."""
    operator, spent = DecayOperator(problem, p), [0]
    scale = max(problem.lambda_W, problem.lambda_H, problem.lambda_b, -lower)

    def apply(x: Array) -> Array:
        spent[0] += 1
        return flattened(operator.product(unflattened(x, p))) + 2 * scale * x

    start = flattened(decay_gradient(problem, p))
    start = start + np.random.default_rng(seed).standard_normal(len(start))
    vector = lowest_vector(apply, start, 2 * scale, tolerance=allowed)
    return _measured(problem, p, unflattened(vector, p), lower, "Lanczos", spent[0] + 1)


def null_direction(problem: DecayProblem, point: Triple) -> tuple[Triple | None, float]:
    """(x u a', -y a v', 0) of unit length for a common null vector a of W and H', None without one; and s = |G|_2."""
    W, H, b = point
    U, S, V = np.linalg.svd(logit_gradient(problem, point), full_matrices=False)
    form = W.T @ W + H @ H.T
    values, vectors = np.linalg.eigh(form)
    s = float(S[0])
    if values[0] > max(form.shape) * EPS * values[-1]:
        return None, s
    x, y = np.linalg.eigh([[problem.lambda_W, -s], [-s, problem.lambda_H]])[1][:, 0]
    a = vectors[:, 0]
    return Triple(x * np.outer(U[:, 0], a), -y * np.outer(a, V[0]), np.zeros_like(b)), s


def decay_ball_quotient(problem: DecayProblem, point: Triple, along: Triple) -> tuple[float, float]:
    """An interval around the curvature v'Hess v/|v|^2, tight enough to show its sign if it has one; floats are exact.

    Args:
        problem: class sizes and weights.
        point: small, in NumPy floats: every number is a ball.
        along: the direction, not zero.

    Returns:
        Lower and upper bound; both signs occur only if the curvature is zero to 1,024 bits.

    Raises:
        ValueError: shapes that do not fit the problem, or a direction that is zero.
    """
    from ncverify.numbers.ball import BALL, precision

    fits(problem, point)
    fits(problem, along)
    if not any(np.any(part != 0) for part in along):
        raise ValueError("along: expected a direction that is not zero")
    low, high = -np.inf, np.inf
    for bits in _PRECISIONS:
        with precision(bits):
            at, v = (Triple(*(BALL.asarray(to_numpy(part)) for part in parts)) for parts in (point, along))
            image = decay_hessian_product(problem, at, v)
            form, square = (sum(BALL.sum(x * y) for x, y in zip(v, other, strict=True)) for other in (image, v))
            quotient: Any = form / square
            quotient = quotient.item()
            low, high = float(quotient.lower()), float(quotient.upper())
        if low > 0 or high < 0:
            break
    return low, high


def dense_decay_hessian(problem: DecayProblem, point: Triple) -> Array:
    """The Hessian as a symmetric matrix, coordinates of W, H and b one after another.

    Raises:
        ValueError: shapes that do not fit the problem, or more than 2,000 coordinates.
    """
    p = fits(problem, point)
    size = sum(part.size for part in p)
    if size > LARGEST:
        raise ValueError(f"point: {size} coordinates exceed the {LARGEST} of a dense Hessian")
    rows = max(1, (1 << 21) // (problem.K * problem.N))
    blocks = [
        flattened(decay_hessian_product(problem, p, unflattened(np.eye(size)[i : i + rows], p)))
        for i in range(0, size, rows)
    ]
    matrix = np.concatenate(blocks)
    return (matrix + matrix.T) / 2


def inertia(problem: DecayProblem, point: Triple) -> Inertia:
    """The signs of the spectrum at a critical point, zero up to what rounding and the gradient there can do.

    An eigenvalue counts as null where it is below the rounding of the matrix, or below the gradient's norm in units of
    the shortest symmetric direction: |Hess (W S, -S H, 0)| is at most twice the norm of the gradient.

    Args:
        problem: class sizes and weights.
        point: near a critical point, in NumPy float64, up to 2,000 coordinates.

    Raises:
        ValueError: shapes that do not fit the problem, or too many coordinates.

    Example:
        >>> inertia(DecayProblem((1, 1), 0.25, 0.25), Triple(np.zeros((2, 1)), np.zeros((1, 2)), np.zeros(2)))
        Inertia(negative=1, null=1, positive=4, rotations=0, shift=1)
    """
    p = fits(problem, point)
    return _signs(problem, p, np.linalg.eigvalsh(dense_decay_hessian(problem, p)))


def _signs(problem: DecayProblem, p: Triple, values: Array) -> Inertia:
    size, largest = len(values), float(np.abs(values).max())
    spread = np.linalg.svd(_rotations(p), compute_uv=False) if p.W.shape[1] > 1 else np.zeros(0)
    present = spread[spread > 1e-6 * max(1.0, spread.max(initial=0.0))] if spread.size else spread
    gradient = float(np.linalg.norm(flattened(decay_gradient(problem, p))))
    flat = size * EPS * largest + 2 * gradient / min(1.0, float(present.min(initial=1.0)))
    return Inertia(
        negative=int((values < -flat).sum()),
        null=int((np.abs(values) <= flat).sum()),
        positive=int((values > flat).sum()),
        rotations=len(present),
        shift=int(problem.lambda_b == 0),
    )


def _rotations(p: Triple) -> Array:
    """(W S, -S H, 0) for a basis of the antisymmetric S, one row each."""
    d = p.W.shape[1]
    rows = []
    for i in range(d):
        for j in range(i):
            S = np.zeros((d, d))
            S[i, j], S[j, i] = 1.0, -1.0
            rows.append(flattened(Triple(p.W @ S, -(S @ p.H), 0 * p.b)))
    return np.array(rows)


def _dense(problem: DecayProblem, p: Triple) -> DecayEigenPair:
    values, vectors = np.linalg.eigh(dense_decay_hessian(problem, p))
    return _measured(problem, p, unflattened(vectors[:, 0], p), float(values[0]), "dense", len(values))


def _measured(
    problem: DecayProblem, p: Triple, direction: Triple, lower: float, route: str, products: int
) -> DecayEigenPair:
    x = flattened(direction)
    x = x / np.linalg.norm(x)
    unit = unflattened(x, p)
    image = flattened(decay_hessian_product(problem, p, unit))
    value = float(x @ image)
    norms = [float(np.linalg.norm(part)) for part in (p.W, p.H)]
    size = max(problem.lambda_W, problem.lambda_H, problem.lambda_b) + (1 + sum(norms)) ** 2 / problem.N**0.5
    rounding = EPS * (problem.K + p.W.shape[1] + 8) * size
    return DecayEigenPair(value, unit, float(np.linalg.norm(image - value * x)), lower, rounding, route, products)


def flattened(parts: Array) -> Array:
    """W, H, b as one vector, or a stack of them as rows."""
    lead = parts[2].shape[:-1]
    return np.concatenate([np.reshape(part, (*lead, -1)) for part in parts], axis=-1)


def unflattened(x: Array, like: Triple) -> Triple:
    """A vector, or a stack of them, as (W, H, b) with the shapes of a point."""
    first, second = like.W.size, like.W.size + like.H.size
    lead = x.shape[:-1]
    return Triple(
        x[..., :first].reshape(*lead, *like.W.shape),
        x[..., first:second].reshape(*lead, *like.H.shape),
        x[..., second:],
    )
