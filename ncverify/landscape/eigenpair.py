"""The smallest tangent eigenpair of the Riemannian Hessian, without forming it, with an enclosure of the eigenvalue.

Routes, the first that applies:

1. a direction (u a', -a v') in closed form where W and H' have a common null vector, `ncverify.landscape.singular`;
2. a dense matrix for small points;
3. the reduction to directions of W alone, `ncverify.landscape.reduction`: the level at which its smallest eigenvalue
   vanishes, found by iterating with Rayleigh quotients, quadratically convergent and monotone from above;
4. implicitly restarted Lanczos iteration on the Hessian itself, where the reduction does not fit in memory or ends
   early, and the dense matrix where even that does not converge and the matrix can be formed.

What ends above the tolerance is returned with `converged` false: its value is an upper bound, `lower` a lower one.

The Rayleigh quotient is an upper bound by nature. A residual bound says how near some eigenvalue is; that no smaller
one exists is certified by -(lambda + |G|_2), by the dense spectrum, or by the inertia of the reduction (`certify`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from ncverify.arguments import Positive, Seed
from ncverify.kinds import Array
from ncverify.landscape.lanczos import lowest_vector, smallest_ritz_pair
from ncverify.landscape.reduction import LARGEST_CURVATURES, reduce_at
from ncverify.landscape.riemannian import (
    LARGEST_DENSE,
    dense_hessian,
    linear_operator,
    multiplier,
    riemannian_hessian,
    rounding_bound,
)
from ncverify.landscape.singular import Factors, factored_quotient, largest_singular_triple, null_vector
from ncverify.landscape.sphere import combine, flatten, inner, norm, position, project, unflatten, without_gradient
from ncverify.numbers import to_numpy
from ncverify.point import Point, Tangent

Sign = Literal["negative", "positive", "undecided"]
_SMALL = 400  # coordinates up to which the dense route is taken


@dataclass(frozen=True)
class EigenPair:
    """The smallest eigenvalue of the Riemannian Hessian on the tangent space, with its direction.

    Attributes:
        value: its Rayleigh quotient.
        direction: a unit tangent direction.
        residual: |Hess v - value v|: some eigenvalue lies within it of `value`.
        rounding: bound of the rounding error in value and residual.
        lower: no tangent eigenvalue is smaller, up to `rounding`; -(lambda + |G|_2) unless something better is known.
        route: how it was found.
        products: operator products spent.
        converged: whether the residual is within the tolerance that was asked for, or within rounding; if not, a
            smaller eigenvalue may exist, but none below `lower`.
    """

    value: float
    direction: Tangent
    residual: float
    rounding: float
    lower: float
    route: str
    products: int = 0
    converged: bool = True

    @property
    def sign(self) -> Sign:
        """The sign of the smallest eigenvalue, where it is certain."""
        if self.value + self.rounding < 0:
            return "negative"
        return "positive" if self.lower - self.rounding > 0 else "undecided"

    @property
    def enclosure(self) -> tuple[float, float]:
        """An interval that contains the smallest tangent eigenvalue."""
        return min(self.lower, self.value) - self.rounding, self.value + self.rounding


def smallest_eigenpair(
    p: Point, *, tolerance: Positive = 1e-8, certify: bool | None = None, seed: Seed = 0
) -> EigenPair:
    """The smallest tangent eigenpair of the Riemannian Hessian.

    Args:
        p: a point in floats, not the origin.
        tolerance: residual to reach, relative to |lambda| + |G|_2.
        certify: whether to prove by inertia that nothing smaller exists; by default where the sign needs it.
        seed: of the starting vector.

    Raises:
        ValueError: the origin, which has no sphere around it.
        FloatingPointError: the loss is so small that the gradient underflows.

    Example:
        >>> from ncverify.collapse import collapsed_point
        >>> pair = smallest_eigenpair(collapsed_point(3, 2, 2, squared_norm=4.0))
        >>> abs(pair.value) < 1e-14, pair.sign
        (True, 'undecided')
    """
    p = without_gradient(p)
    if not float(p.squared_norm) > 0:
        raise ValueError("p: the origin is its own sphere and has no tangent directions")
    s, u, v = largest_singular_triple(p)
    allowed = tolerance * (s + abs(float(multiplier(p))))
    pair = _closed_form(p, u, v, s, allowed, seed) or _iterated(p, s, allowed, seed)
    pair = replace(pair, converged=pair.residual <= max(allowed, pair.rounding))
    if certify is None:
        certify = pair.sign == "undecided" and pair.route == "reduction"
    return _certified(p, pair) if certify and pair.route in ("reduction", "Lanczos") else pair


def _iterated(p: Point, s: float, allowed: float, seed: int) -> EigenPair:
    """The pair by the dense matrix, the reduction or Lanczos iteration."""
    if p.K * p.d + p.d * p.N <= _SMALL:
        return _dense(p)
    if p.K * p.K * p.N > LARGEST_CURVATURES:
        return _plain(p, s, allowed, seed)
    reduced = _reduced(p, s, allowed, seed)
    if reduced.residual <= max(allowed, reduced.rounding):
        return reduced
    plain = _plain(p, s, allowed, seed)
    best = plain if plain.residual <= max(allowed, plain.rounding) else min(reduced, plain, key=lambda e: e.value)
    return replace(best, products=reduced.products + plain.products)


def _closed_form(p: Point, u: Array, v: Array, s: float, allowed: float, seed: int) -> EigenPair | None:
    """(u a', -a v') with a common null vector a: its quotient reaches the lower bound -(lambda + s)."""
    xp, lower = p.xp, -(float(multiplier(p)) + s)
    for a in (null_vector(p, seed), _least_used(p)):
        if a is None:
            continue
        factors = Factors(u, a, v)
        value = factored_quotient(p, factors)
        if value - lower <= allowed:
            direction = project(p, factors.direction(xp))
            direction = combine((1 / norm(direction, xp), direction))
            return _measured(p, direction, lower, "closed form", 1)
    return None


def _least_used(p: Point) -> Any | None:
    """The unit vector a with the smallest |W a|^2 + |H' a|^2, where it vanishes up to rounding."""
    values, vectors = np.linalg.eigh(to_numpy(p.W.T @ p.W + p.H @ p.H.T).astype(np.float64))
    if values[0] > values[-1] * p.d * np.finfo(np.float64).eps:
        return None
    return p.xp.library.asarray(np.ascontiguousarray(vectors[:, 0]), dtype=p.xp.dtype, device=p.xp.device)


def _dense(p: Point) -> EigenPair:
    A = dense_hessian(p)
    x = to_numpy(flatten((p.W, p.H), p.xp)).astype(np.float64)
    x = x / np.linalg.norm(x)
    lift = 4 * np.abs(A).sum(axis=1).max() + 1  # moves the radial direction above the spectrum
    values, vectors = np.linalg.eigh(A + lift * np.outer(x, x))
    direction = unflatten(p.xp.library.asarray(vectors[:, 0].copy(), dtype=p.xp.dtype, device=p.xp.device), p)
    return _measured(p, direction, float(values[0]), "dense", len(values))


def _reduced(p: Point, s: float, allowed: float, seed: int) -> EigenPair:
    """Rayleigh quotient iteration on the reduction: from t = |G|_2 down to the t of the smallest eigenvalue."""
    xp, lam = p.xp, float(multiplier(p))
    rng = np.random.default_rng(seed)
    U = xp.library.asarray(rng.standard_normal((p.K, p.d)), dtype=xp.dtype, device=xp.device)
    t, products, best = s, 0, None
    inner_tolerance = 1e-2 * s
    for _ in range(_ROUNDS):
        S = reduce_at(p, t)
        ritz = smallest_ritz_pair(S, U, xp, tolerance=inner_tolerance)
        U, products = ritz.vector, products + ritz.products + 1
        direction = S.direction(U)
        direction = combine((1 / norm(direction, xp), direction))
        pair = _measured(p, direction, -(lam + s), "reduction", products)
        if best is None or pair.value <= best.value:
            best = pair
        if best.residual <= allowed or -(lam + pair.value) <= 0:
            break
        t = -(lam + pair.value)
        inner_tolerance = max(0.1 * allowed, min(inner_tolerance, pair.residual**2 / s, 0.1 * pair.residual))
    assert best is not None
    return replace(best, products=products)


_ROUNDS = 20


def _plain(p: Point, s: float, allowed: float, seed: int) -> EigenPair:
    """Lanczos iteration on the Hessian itself; the dense matrix where that does not converge."""
    A, lower = linear_operator(p), -(float(multiplier(p)) + s)
    radial = to_numpy(flatten(position(p), p.xp)).astype(np.float64)
    radial /= np.linalg.norm(radial)
    scale, products = s + abs(float(multiplier(p))), 0

    def apply(x: Array) -> Any:
        """Tangent eigenvalues moved by 2 scale, into the range from `scale` on; the radial one above all of them."""
        nonlocal products
        products += 1
        return A @ x + 2 * scale * x + (float(p.squared_norm) + 2 * scale) * (radial @ x) * radial

    start = to_numpy(flatten(project(p, p.gradient), p.xp)) + np.random.default_rng(seed).standard_normal(A.shape[0])
    vector = lowest_vector(apply, start - (radial @ start) * radial, 3 * scale, tolerance=allowed)
    rows = p.xp.library.asarray(vector, dtype=p.xp.dtype, device=p.xp.device)
    direction = project(p, unflatten(rows, p))
    direction = combine((1 / norm(direction, p.xp), direction))
    pair = _measured(p, direction, lower, "Lanczos", products)
    if pair.residual <= max(allowed, pair.rounding) or A.shape[0] > LARGEST_DENSE:
        return pair
    return replace(_dense(p), products=products + A.shape[0])


def _measured(p: Point, direction: Tangent, lower: float, route: str, products: int) -> EigenPair:
    """The pair with its quotient, residual and rounding error measured at the direction."""
    xp = p.xp
    image = riemannian_hessian(p, direction)
    size = inner(direction, direction, xp)
    value = inner(direction, image, xp) / size
    residual = norm(combine((1, image), (-value, direction)), xp) / xp.sqrt(size)
    return EigenPair(float(value), direction, float(residual), rounding_bound(p), lower, route, products)


def _certified(p: Point, pair: EigenPair) -> EigenPair:
    """The pair with the lower bound that the inertia of the reduction proves, where K*d is at most 2,000."""
    size = p.K * p.d
    width = max(pair.residual, pair.rounding, abs(pair.value) * 1e-8)
    t = -(float(multiplier(p)) + pair.value - width)
    if size > LARGEST_DENSE or not t > 0:
        return pair
    S, xp = reduce_at(p, t), p.xp
    rows = max(1, (1 << 22) // (p.K * p.K * p.N))
    blocks = [S(xp.reshape(xp.eye(size)[i : i + rows, :], (-1, p.K, p.d))) for i in range(0, size, rows)]
    M = to_numpy(xp.reshape(xp.concat(blocks), (size, size))).astype(np.float64)
    M = 0.5 * (M + M.T)
    shift = size * float(xp.library.finfo(p.W.dtype).eps) * np.abs(M).sum(axis=1).max()
    try:
        np.linalg.cholesky(M - shift * np.eye(size))
    except np.linalg.LinAlgError:
        return pair
    return replace(pair, lower=max(pair.lower, pair.value - width))
