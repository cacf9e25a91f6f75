"""Critical points with weight decay: where descent ends, what kind of point it is, and the diagram over the dimension.

At a critical point the columns of W are singular vectors of G with singular value sqrt(lambda_W lambda_H). Where that
is |G|_2 the point is a global minimum, of all dimensions; for d >= K-1 every global minimum is one of these. Below, the
lowest local minimum is the minimum of its own dimension. Newton's method brings ends as near as floats allow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ncverify.arguments import Count, Seed
from ncverify.kinds import Array
from ncverify.weight_decay.curvature import (
    EPS,
    LARGEST,
    Inertia,
    dense_decay_hessian,
    flattened,
    inertia,
    smallest_decay_eigenpair,
    unflattened,
)
from ncverify.weight_decay.model import (
    DecayProblem,
    Triple,
    decay_gradient,
    decay_value,
    fits,
    logit_gradient,
)

Kind = Literal["global minimum", "local minimum", "saddle", "undecided"]
_OPTIONS = {"maxiter": 20_000, "maxfun": 40_000, "maxcor": 30, "ftol": 0.0, "gtol": 1e-10}


@dataclass(frozen=True)
class DecayCriticalPoint:
    """A critical point, and what kind it is.

    Attributes:
        point: (W, H, b).
        kind: a global minimum of all dimensions, another local minimum (nothing is null but symmetries), a strict
            saddle, or undecided.
        value: f there.
        residual: the norm of the gradient.
        smallest: the smallest eigenvalue of the Hessian.
        excess: |G|_2 - sqrt(lambda_W lambda_H): zero at a global minimum other than the origin, positive elsewhere.
        rank: of W.
        inertia: signs of the spectrum.
    """

    point: Triple
    kind: Kind
    value: float
    residual: float
    smallest: float
    excess: float
    rank: int
    inertia: Inertia


@dataclass(frozen=True)
class DecayCell:
    """The ends of descents from random starts, for one dimension.

    Attributes:
        d: dimension.
        ends: the distinct end points (by kind and value to eight digits), the lowest first.
        counts: how many starts ended at each.
    """

    d: int
    ends: tuple[DecayCriticalPoint, ...]
    counts: tuple[int, ...]

    def share(self, kind: str) -> float:
        """The share of starts that end in points of a kind."""
        return sum(c for end, c in zip(self.ends, self.counts, strict=True) if end.kind == kind) / sum(self.counts)


def random_decay_point(problem: DecayProblem, d: Count, seed: Seed = 0) -> Triple:
    """Normal entries, without a bias."""
    rng = np.random.default_rng(seed)
    return Triple(rng.standard_normal((problem.K, d)), rng.standard_normal((d, problem.N)), np.zeros(problem.K))


def minimise_decay(problem: DecayProblem, start: Triple) -> Triple:
    """The end of L-BFGS from a start, brought nearer to the critical point by Newton's method; a saddle is not left.

    Args:
        problem: class sizes and weights.
        start: in NumPy float64.

    Raises:
        ValueError: shapes that do not fit the problem.
    """
    from scipy.optimize import minimize

    first = fits(problem, start)

    def value_and_gradient(x: Array) -> tuple[float, Any]:
        p = unflattened(x, first)
        return float(decay_value(problem, p)), flattened(decay_gradient(problem, p))

    end = minimize(value_and_gradient, flattened(first), jac=True, method="L-BFGS-B", options=_OPTIONS)
    return newton_decay(problem, unflattened(end.x, first))


def newton_decay(problem: DecayProblem, start: Triple, *, steps: Count = 30) -> Triple:
    """Newton's method on the gradient, off the directions in which the Hessian vanishes; ends where it no longer helps.

    From a random start it may end at a saddle, which is what it is for.

    Args:
        problem: class sizes and weights.
        start: in NumPy float64, up to 2,000 coordinates.
        steps: at most.

    Raises:
        ValueError: shapes that do not fit the problem, or too many coordinates.
    """
    p = fits(problem, start)
    x, g = flattened(p), flattened(decay_gradient(problem, p))
    if len(x) > LARGEST:
        return p
    for _ in range(steps):
        values, vectors = np.linalg.eigh(dense_decay_hessian(problem, unflattened(x, p)))
        kept = np.abs(values) > 1e4 * len(x) * EPS * np.abs(values).max()
        step = vectors[:, kept] @ ((vectors[:, kept].T @ g) / values[kept])
        moved, slope = _shortened(problem, p, x, step, float(np.linalg.norm(g)))
        if not np.linalg.norm(slope) < np.linalg.norm(g):
            break
        x, g = moved, slope
    return unflattened(x, p)


def _shortened(problem: DecayProblem, p: Triple, x: Array, step: Array, size: float) -> tuple[Array, Array]:
    """The step halved until the gradient becomes shorter, ten times at most."""
    for power in range(10):
        moved = x - step / 2**power
        slope = flattened(decay_gradient(problem, unflattened(moved, p)))
        if np.linalg.norm(slope) < size:
            break
    return moved, slope


def classify_decay(problem: DecayProblem, point: Triple) -> DecayCriticalPoint:
    """Classifies a critical point, up to the rounding and the gradient that is left there.

    Args:
        problem: class sizes and weights.
        point: near a critical point, in NumPy float64, up to 2,000 coordinates.

    Raises:
        ValueError: shapes that do not fit the problem, or too many coordinates.

    Example:
        >>> from ncverify.weight_decay.families import merged_decay_point
        >>> [classify_decay(*merged_decay_point(4, 1, 3, 0.01, 0.01, blocks=m)).kind for m in (2, 4)]
        ['saddle', 'global minimum']
    """
    p = fits(problem, point)
    gradient = decay_gradient(problem, p)
    residual = float(np.linalg.norm(flattened(gradient)))
    s = float(np.linalg.norm(logit_gradient(problem, p), 2))
    root = math.sqrt(problem.lambda_W * problem.lambda_H)
    singular = np.linalg.svd(p.W, compute_uv=False)
    rank = int((singular > 1e-6 * max(1.0, float(singular[0]))).sum())
    signs, smallest = inertia(problem, p), smallest_decay_eigenpair(problem, p).value
    return DecayCriticalPoint(
        point=p,
        kind=_kind(signs, s - root, _uncertainty(problem, gradient, s, singular[:rank])),
        value=float(decay_value(problem, p)),
        residual=residual,
        smallest=smallest,
        excess=s - root,
        rank=rank,
        inertia=signs,
    )


def _uncertainty(problem: DecayProblem, gradient: Triple, s: float, singular: Array) -> float:
    """How far a singular value of G may be from sqrt(lambda_W lambda_H) although it belongs to a column of W.

    G G'W - lambda_W lambda_H W = G R_H' - lambda_H R_W, where R is the gradient, not quite zero.
    """
    R_W, R_H = (float(np.linalg.norm(part)) for part in gradient[:2])
    root = math.sqrt(problem.lambda_W * problem.lambda_H)
    rounding = 8 * (problem.K + problem.N) * EPS * s
    if not len(singular):
        return rounding
    return rounding + (s * R_H + problem.lambda_H * R_W) / (float(singular[-1]) * root)


def _kind(signs: Inertia, excess: float, uncertainty: float) -> Kind:
    if excess <= uncertainty:
        return "global minimum"
    if signs.negative:
        return "saddle"
    return "local minimum" if signs.unexplained == 0 else "undecided"


def decay_phases(problem: DecayProblem, d: Sequence[int], *, starts: Count, seed: Seed = 0) -> list[DecayCell]:
    """Descends from random starts in several dimensions and gathers where the descents end.

    Args:
        problem: class sizes and weights.
        d: dimensions, each at least 1.
        starts: for each of them.
        seed: of the starts.

    Raises:
        ValueError: no start asked for, or a dimension below 1.

    Example:
        >>> cells = decay_phases(DecayProblem((1, 1, 1), 0.01, 0.01), [1, 2], starts=3)
        >>> [cell.share("global minimum") for cell in cells]
        [0.0, 1.0]
    """
    if starts < 1:
        raise ValueError(f"starts: expected at least one, got {starts}")
    if not len(d) or min(d) < 1:
        raise ValueError(f"d: expected dimensions >= 1, got {list(d)}")
    return [_cell(problem, dimension, starts, seed) for dimension in d]


def _cell(problem: DecayProblem, d: int, starts: int, seed: int) -> DecayCell:
    groups: dict[tuple[str, float], list[DecayCriticalPoint]] = {}
    for i in range(starts):
        start = random_decay_point(problem, d, seed=seed * 100_003 + i)
        end = classify_decay(problem, minimise_decay(problem, start))
        groups.setdefault((end.kind, float(f"{end.value:.8g}")), []).append(end)
    ordered = sorted(groups.values(), key=lambda group: group[0].value)
    return DecayCell(d, tuple(group[0] for group in ordered), tuple(len(group) for group in ordered))
