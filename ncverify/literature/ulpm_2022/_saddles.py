r"""The argument that replaces the printed proof of Theorem 3.4, verified exactly, and the saddles that it speaks of.

At a critical point of the sphere, G H' = lambda W and W' G = lambda H, rho > 0:

1. lambda > 0: W' W = H H', so (W, -H) is tangent, its logit direction is zero, and the form is -2 lambda rho^2.
2. lambda = 0: W' G = 0 makes all classifiers equal, G H' = 0 all class means; the direction `flat` lowers the loss.
3. lambda < 0, rank W < d: W and H' have a common null vector a; along (u a', -a v') the quotient is |lambda| - |G|_2.
4. lambda < 0, rank W = d: since 1' W = 0, d = K-1, the columns of W span the complement of 1, and G G' W = lambda^2 W
   makes G G' = lambda^2 (I - 11'/K): |lambda| = |G|_2.
5. |lambda| = |G|_2, lambda < 0: for every point of the same norm L' >= L + <G, W'H'> - <G, WH> >= L, because
   |<G, W'H'>| <= |G|_2 |W'|_F |H'|_F <= |lambda| rho^2 / 2 = -<G, WH>. So the point is optimal: no saddle, Theorem 3.3.

Step 4 is what d = K-1 needs; where d < K-1 it is the step that fails.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat

from ncverify.collapse import is_collapsed
from ncverify.landscape import (
    CriticalFamily,
    ball_quotient,
    collapsed,
    direct_sum,
    find_critical_point,
    is_critical_by_symmetry,
    lower_point_on_sphere,
    merged_classes,
    negative_curvature,
    partial_simplex,
    polygon,
    vanishing_gradient,
)
from ncverify.literature.ulpm_2022._landscape import EXAMPLE_3_1
from ncverify.numbers.rational import RATIONAL
from ncverify.papers.claim import Demonstration, Shown
from ncverify.point import Point

# --- the five steps on random rational matrices ----------------------------------------------------------------------


def _cayley(size: int, rng: np.random.Generator) -> fmpq_mat:
    """A random rational orthogonal matrix."""
    S = fmpq_mat(size, size)
    for i in range(size):
        for j in range(i):
            S[i, j] = fmpq(int(rng.integers(-9, 10)), int(rng.integers(1, 10)))
            S[j, i] = -S[i, j]
    identity = fmpq_mat([[fmpq(int(i == j)) for j in range(size)] for i in range(size)])
    return (identity - S) * (identity + S).inv()


def _columns(M: fmpq_mat, count: int) -> fmpq_mat:
    return fmpq_mat([[M[i, j] for j in range(count)] for i in range(M.nrows())])


def _stationary_triple(
    K: int, N: int, d: int, rank: int, lam: fmpq, rng: np.random.Generator
) -> tuple[fmpq_mat, fmpq_mat, fmpq_mat]:
    """Random rational W, H, G with G H' = lam W, W' G = lam H and rank W = rank, and nothing else in common.

    W = A D R', H = R D B' and G = lam A B' + C with orthonormal A, B, R and C that A and B annihilate.
    """
    Q, P, R = _cayley(K, rng), _cayley(N, rng), _columns(_cayley(d, rng), rank)
    A, B = _columns(Q, rank), _columns(P, rank)
    D = fmpq_mat([[fmpq(int(i == j) * int(rng.integers(1, 9)), 4) for j in range(rank)] for i in range(rank)])
    W, H = A * D * R.transpose(), R * D * B.transpose()
    C = fmpq_mat(K, N)
    for j in range(rank, min(K, N)):
        weight = fmpq(int(rng.integers(1, 9)))
        C += fmpq_mat([[weight * Q[a, j] * P[b, j] for b in range(N)] for a in range(K)])
    return W, H, lam * (A * B.transpose()) + C


def _inner(X: fmpq_mat, Y: fmpq_mat) -> Any:
    return sum((X[i, j] * Y[i, j] for i in range(X.nrows()) for j in range(X.ncols())), fmpq(0))


def _opposition_form(W: fmpq_mat, H: fmpq_mat, G: fmpq_mat, lam: fmpq) -> tuple[Any, Any]:
    """The Riemannian form along (W, -H), and -2 lambda rho^2; its logit direction is zero."""
    size = _inner(W, W) + _inner(H, H)
    return -2 * _inner(G, W * H) - lam * size, -2 * lam * size


def _steps_hold(seed: int, *, spoil: bool = False) -> Shown:
    rng = np.random.default_rng(seed)
    good, cases = True, 0
    for K, N, d, rank in ((2, 2, 1, 1), (3, 3, 2, 2), (3, 6, 2, 2), (4, 4, 3, 3), (4, 4, 4, 2), (5, 5, 3, 2)):
        for lam in (fmpq(3, 2), fmpq(-2, 3)):
            W, H, G = _stationary_triple(K, N, d, rank, lam, rng)
            if spoil:
                H[0, 0] += 1
            Wt, Ht = W.transpose(), H.transpose()
            good &= bool(G * Ht == lam * W and Wt * G == lam * H)
            form, expected = _opposition_form(W, H, G, lam)
            good &= bool(Wt * W == H * Ht and form == expected and G * G.transpose() * W == lam * lam * W)
            # step 5 at the point itself: <G, WH> = lambda rho^2 / 2
            good &= bool(2 * _inner(G, W * H) == lam * (_inner(W, W) + _inner(H, H)))
            good &= int(W.rank()) == rank
            cases += 1
    return Shown(
        good, f"rational matrices with G H' = lambda W, W' G = lambda H: steps 1, 4 and 5, {cases} cases", cases=cases
    )


REPAIRED_STEPS = Demonstration(
    "the steps of the repaired proof hold exactly: W'W = HH', the form along (W, -H), G G' W = lambda^2 W, <G, WH>",
    run=_steps_hold,
    grade="proved",
    control=lambda seed: _steps_hold(seed, spoil=True),
)

# --- every saddle in reach -------------------------------------------------------------------------------------------


def _families() -> list[CriticalFamily]:
    found: list[CriticalFamily] = []
    for rho in (1.0, 3.0):
        found += [
            direct_sum(4, 1, 4, blocks=2, rho=rho),
            direct_sum(4, 2, 3, blocks=2, rho=rho),
            merged_classes(4, 1, 3, blocks=2, rho=rho),
            partial_simplex(3, 1, 2, active=2, rho=rho),
            partial_simplex(4, 1, 3, active=3, rho=rho),
            polygon(4, 1, 3, rho),
            collapsed(2, 1, 1, rho, opposed=True),
            collapsed(3, 2, 2, rho, opposed=True),
            partial_simplex(3, 1, 2, active=2, rho=rho, opposed=True),
            vanishing_gradient(2, 1, 1, rho),
            vanishing_gradient(2, 3, 2, rho, share=0.0),
            vanishing_gradient(3, 2, 3, rho),
        ]
    return found


def _found_by_newton(seed: int) -> list[Point]:
    points = []
    for shape in ((2, 1, 1), (2, 2, 2), (3, 1, 2), (3, 1, 3), (3, 2, 2), (4, 1, 3)):
        for turn in range(6):
            rho = (1.0, 2.0, 3.5)[turn % 3]
            critical = find_critical_point(*shape, rho, seed=seed + turn, opposed=turn >= 4)
            if critical is not None and critical.kind != "collapsed":
                points.append(critical.point)
    return points


def _all_are_saddles(points: list[Point]) -> Shown:
    worst, failures = -np.inf, 0
    for p in points:
        found = negative_curvature(p)
        if found is None:
            failures += 1
            continue
        high = ball_quotient(p, found.direction(p.xp))[1]
        lower = lower_point_on_sphere(p, within=1e-3)
        failures += not (high < 0 and lower is not None)
        worst = max(worst, high)
    detail = f"{len(points)} critical points, none collapsed: quotients at most {worst:.2g}, {failures} without descent"
    return Shown(failures == 0, detail + "; signs and descents in ball arithmetic", value=-worst, cases=len(points))


STRICT_SADDLES = Demonstration(
    "for d >= K-1 every critical point of a sphere that was found and is not collapsed has negative curvature, and "
    "a point of the same norm and lower loss near it",
    run=lambda seed: _all_are_saddles([f.point for f in _families()] + _found_by_newton(seed)),
    grade="attacked",
    control=lambda seed: _all_are_saddles([polygon(4, 1, 2, 2.0).point]),
)


def _multiplier_range(points: list[Point], *, allow: float = 0.0) -> Shown:
    """Whether lambda <= 0 or lambda = |G|_2 at all the points."""
    from ncverify.landscape.riemannian import multiplier
    from ncverify.landscape.singular import largest_singular_triple

    between, positive = 0, 0
    for p in points:
        lam, s = float(multiplier(p)), largest_singular_triple(p)[0]
        positive += lam > 1e-9
        between += 1e-9 - allow < lam < s * (1 - 1e-9)
    return Shown(
        between == 0,
        f"{len(points)} critical points, {positive} with lambda > 0, {between} with 0 < lambda < |G|_2",
        cases=len(points),
    )


def _opposed_points(seed: int) -> list[Point]:
    shapes = ((3, 1, 1), (3, 1, 2), (4, 1, 2), (4, 2, 2), (5, 1, 1))
    found = [
        find_critical_point(*shape, rho, seed=seed + turn, opposed=True)
        for shape in shapes
        for rho in (1.0, 3.0)
        for turn in range(5)
    ]
    return [critical.point for critical in found if critical is not None]


POSITIVE_IS_LARGEST = Demonstration(
    "no critical point with 0 < lambda < |G|_2 was found, so that |lambda| < |G|_2 means lambda <= 0",
    run=lambda seed: _multiplier_range(_opposed_points(seed)),
    grade="attacked",
    control=lambda seed: _multiplier_range([direct_sum(4, 1, 4, blocks=2, rho=2.0).point], allow=9.0),
)


# --- the ray of Example 3.1 ------------------------------------------------------------------------------------------


def _keeps_ray(p: Point) -> Shown:
    """Critical on every sphere, so that the gradient is radial all along the ray and the flow never leaves it."""
    holds = is_critical_by_symmetry(p) and not bool(is_collapsed(p))
    detail = "the gradient is a multiple of (W, H) for any exponentials of the distinct logits, hence at every scale"
    return Shown(holds, f"{detail}; not collapsed", counterexample=p if holds else None)


EXAMPLE_KEEPS_ITS_RAY = Demonstration(
    "gradient flow from Example 3.1 moves along its ray forever and does not approach neural collapse",
    run=lambda seed: _keeps_ray(EXAMPLE_3_1.point()),
    grade="proved",
    control=lambda seed: _keeps_ray(_disturbed(EXAMPLE_3_1.point())),
)


def _disturbed(p: Point) -> Point:
    W = p.W + RATIONAL.asarray(np.arange(p.K * p.d).reshape(p.K, p.d)) / 100
    return Point(W, p.H)


__all__ = ["EXAMPLE_KEEPS_ITS_RAY", "POSITIVE_IS_LARGEST", "REPAIRED_STEPS", "STRICT_SADDLES"]
