r"""Critical points of the loss on its sphere: what kind they are, with certificates, and a solver that finds them.

A local minimum is certified modulo the rotations (W R, R' H), which keep the loss: the Riemannian Hessian may vanish
along them and nowhere else. With m the smallest eigenvalue off the rotations, r the residual and L a bound of the third
derivative along geodesics, r < m^2 / (3 L) proves that the loss is larger everywhere on the boundary of the tube of
radius m / L around the orbit of the point, so that an exact local minimum lies inside the tube.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from ncverify.arguments import Classes, Count, Positive, Seed
from ncverify.collapse import residuals
from ncverify.kinds import Array, Functions
from ncverify.landscape.descent import minimise_on_sphere, newton_on_gradient
from ncverify.landscape.riemannian import dense_hessian, multiplier, rounding_bound, stationarity_residual
from ncverify.landscape.sphere import flatten, random_point
from ncverify.numbers import to_numpy
from ncverify.point import Point, Tangent

Kind = Literal["collapsed", "local minimum", "saddle", "undecided"]
_TOLERANCE = 1e-6  # distance to collapse, and relative size of singular values that count as zero, at converged points


@dataclass(frozen=True)
class CriticalPoint:
    """A critical point of the loss on its sphere.

    Attributes:
        point: the point.
        kind: collapsed (the global minimum), another local minimum, a strict saddle, or undecided.
        multiplier: lambda of (C.4).
        rank: rank of the logits W H.
        loss: the loss there, in nats.
        residual: the norm of the Riemannian gradient.
        smallest: the smallest tangent eigenvalue of the Riemannian Hessian.
        gap: the smallest eigenvalue off the rotations, which vanish along them; equals `smallest` at a saddle.
        rotations: dimension of the rotation orbit.
        kernel: number of eigenvalues that are zero up to rounding and residual.
        tube: radius around the orbit within which an exact local minimum is certified to lie; 0 where none is.
    """

    point: Point
    kind: Kind
    multiplier: float
    rank: int
    loss: float
    residual: float
    smallest: float
    gap: float
    rotations: int
    kernel: int
    tube: float


def rotation_directions(p: Point) -> Tangent:
    """The d (d-1) / 2 directions (W A, -A H) of the rotations, A antisymmetric, as a stack.

    They are tangent, and along the curves (W R, R' H) the loss is constant.
    """
    xp, d = p.xp, p.d
    pairs = [(i, j) for i in range(d) for j in range(i + 1, d)]
    eye = xp.eye(d)
    A = xp.stack([_antisymmetric(eye, i, j, xp) for i, j in pairs]) if pairs else xp.zeros((0, d, d))
    return Tangent(p.W @ A, -(A @ p.H))


def _antisymmetric(eye: Array, i: int, j: int, xp: Functions) -> Any:
    outer = xp.expand_dims(eye[i, :], axis=1) * xp.expand_dims(eye[j, :], axis=0)
    return outer - outer.T


def third_derivative_bound(p: Point) -> float:
    """A bound of |d^3 L / dt^3| along unit-speed great circles of the point's sphere.

    With rho the radius: the logits move by at most rho |v| and curve by at most |v|^2; the loss has third derivative at
    most |D|^3 and second derivative at most |D|^2 / 2 in the logits, and |G|_F <= sqrt(2 n K); the rest is the
    acceleration -x / rho^2 of the great circle.
    """
    rho = math.sqrt(float(p.squared_norm))
    return rho**3 + 3.0 * rho + 4 * math.sqrt(2 * p.N) / rho


def classify(p: Point) -> CriticalPoint:
    """The kind of a (nearly) critical point, from its dense spectrum; at most 2,000 coordinates.

    Args:
        p: a point in floats whose residual is small; the residual is part of the answer.

    Raises:
        ValueError: more than 2,000 coordinates.
    """
    given, p = p, p.map(to_numpy)
    spectrum = _spectrum(p)
    residual, bound = float(stationarity_residual(p)), third_derivative_bound(p)
    # along the unit rotations the Hessian is no larger than this times the gradient, which is not exactly zero
    slop = rounding_bound(p) * math.sqrt(len(spectrum.tangent)) + spectrum.stretch * residual
    smallest, gap = float(spectrum.tangent[0]), spectrum.gap
    kernel = int(np.sum(np.abs(spectrum.tangent) <= slop))
    tube = gap / bound if smallest >= -slop and gap > slop and 3 * bound * residual < gap * gap else 0.0
    kind: Kind = "undecided"
    if smallest < -slop:
        kind, gap = "saddle", smallest
    elif tube > 0:
        kind = "collapsed" if _is_nearly_collapsed(p) else "local minimum"
    singular = np.linalg.svd(to_numpy(p.logits), compute_uv=False)
    rank = int(np.sum(singular > _TOLERANCE * max(singular[0], 1e-300))) if singular[0] > 0 else 0
    loss, lam, turns = float(p.loss), float(multiplier(p)), spectrum.rotations
    return CriticalPoint(given, kind, lam, rank, loss, residual, smallest, gap, turns, kernel, tube)


class _Spectrum(NamedTuple):
    """Tangent eigenvalues; the smallest one across the rotations; their number; 2 / length of the shortest one."""

    tangent: np.ndarray
    gap: float
    rotations: int
    stretch: float


def _spectrum(p: Point) -> _Spectrum:
    A = dense_hessian(p)
    x = to_numpy(flatten((p.W, p.H), p.xp)).astype(np.float64)
    turns = to_numpy(flatten(rotation_directions(p), p.xp)).astype(np.float64).reshape(-1, len(x))
    _, lengths, rows = np.linalg.svd(turns, full_matrices=False)
    rotations = int(np.sum(lengths > _TOLERANCE * np.linalg.norm(x)))
    tangent = _smallest_across(A, x[:, None])
    across = _smallest_across(A, np.column_stack([x, rows[:rotations].T]))
    stretch = 2 / float(lengths[rotations - 1]) if rotations else 0.0
    return _Spectrum(tangent, float(across[0]) if len(across) else math.inf, rotations, stretch)


def _smallest_across(A: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """The eigenvalues of A on the orthogonal complement of some directions."""
    count = directions.shape[1]
    basis = np.linalg.qr(np.column_stack([directions, np.eye(len(A))]))[0][:, count:]
    values: np.ndarray = np.linalg.eigvalsh(basis.T @ A @ basis)
    return values


def _is_nearly_collapsed(p: Point) -> bool:
    if p.d < p.K - 1:
        return False
    with np.errstate(all="ignore"):
        r = residuals(p)
        balance = abs(float(p.xp.sum(p.W * p.W)) - float(p.xp.sum(p.H * p.H))) / float(p.squared_norm)
        worst = max(float(r.nc1), float(r.nc2), float(r.nc3), balance)
    return bool(worst < _TOLERANCE)


def find_minimum(K: Classes, n: Count, d: Count, rho: Positive, *, seed: Seed = 0) -> CriticalPoint:
    """Descends from a random start on the sphere of radius rho and returns the point where the descent ends.

    Example:
        >>> find_minimum(3, 1, 3, 2.0, seed=1).kind
        'collapsed'
    """
    start = random_point(K, n, d, rho, np.random.default_rng(seed))
    return classify(minimise_on_sphere(start).point)


def find_critical_point(
    K: Classes, n: Count, d: Count, rho: Positive, *, seed: Seed = 0, opposed: bool = False, tolerance: Positive = 1e-12
) -> CriticalPoint | None:
    """A critical point of any index, from a random start by Newton steps on the gradient; None if that stalls.

    Args:
        K: classes.
        n: samples per class.
        d: dimension.
        rho: the radius of the sphere.
        seed: of the start.
        opposed: start with features that point away from their classifiers, which leads to positive multipliers.
        tolerance: on the residual.
    """
    rng = np.random.default_rng(seed)
    start = random_point(K, n, d, rho, rng)
    if opposed:
        H = -np.repeat(start.W.T, n, axis=1) / math.sqrt(n) + 0.5 * start.H
        start = Point(start.W, H)
        start = Point(*(a * (rho / math.sqrt(float(start.squared_norm))) for a in (start.W, start.H)))
    end = newton_on_gradient(start, tolerance=tolerance)
    return classify(end.point) if end.residual <= tolerance else None
