r"""The unconstrained layer-peeled model (2.3).

It is printed as a minimum, which is never attained: the loss is positive, and a separating direction drives it to zero.
"""

from __future__ import annotations

from collections.abc import Callable

from ncverify.domain import Domain
from ncverify.kinds import Array
from ncverify.papers.claim import Claim, Correction, Neighbour, Part
from ncverify.point import Point
from ncverify.statements.types import Existence

SEPARABLE = Domain(K=(2, 4), n=(1, 2), d=(1, 3), where=lambda K, n, d: d >= 2 or K == 2)


def separating_directions(p: Point) -> Array:
    """K distinct points of the unit circle with rational coordinates (signs, for d = 1), shape (K, d)."""
    if p.d == 1:
        return p.xp.asarray([[1], [-1]]) if p.K == 2 else p.xp.zeros((p.K, 1))
    rows = [[(1 - t * t) / (1 + t * t), 2 * t / (1 + t * t), *[0.0] * (p.d - 2)] for t in range(p.K)]
    return p.xp.asarray(rows)


def improved(p: Point) -> Point:
    """A point of lower loss: separating directions, long enough that K n (K-1) exp(-a q_min) is below the loss of p."""
    V = separating_directions(p)
    unit = Point.trusted(V, _repeat(V.T, p))
    total = p.xp.log(float(p.K * p.n * (p.K - 1)))
    length = p.xp.maximum(total - p.log_loss, 0) + 1
    return Point.trusted(V * (length / unit.q_min), unit.H)


def _repeat(A: Array, p: Point) -> Array:
    return p.xp.take(A, p.xp.integers([column // p.n for column in range(p.K * p.n)]), axis=1)


IMPROVABLE = Existence(
    "every point is improved by another, so (2.3) has no minimiser",
    witness=improved,
    valid=lambda p, q: q.log_loss < p.log_loss,
)


def _improves(name: str, witness: Callable[[Point], Point]) -> Neighbour:
    """The false claim that a simpler construction lowers every loss."""
    return Neighbour(Existence(name, witness=witness, valid=lambda p, q: q.log_loss < p.log_loss), domain=SEPARABLE)


def _separated(p: Point) -> Point:
    """Separating directions at margin 1, whatever the loss of p is."""
    V = separating_directions(p)
    unit = Point.trusted(V, _repeat(V.T, p))
    return Point.trusted(V / unit.q_min, unit.H)


EQ_2_3 = Claim(
    id="eq-2.3",
    where="Section 2.2, (2.3)",
    kind="definition",
    says="the ULPM as a minimisation problem",
    position=80,
    printed=r"\min_{W,H}\mathcal L(W,H)=\min_{W,H}-\sum_{k,i}\log\frac{\exp(w_k'h_{k,i})}{\sum_j\exp(w_j'h_{k,i})}",
    verdict="defect",
    reason=(
        "the minimum is not attained: the loss is positive, and separating directions drive it to its "
        "infimum 0 (d >= 2 or K = 2)"
    ),
    severity="local",
    effect="none; the theorems are about the flow and about spheres, on which minima exist, not about one of (2.3)",
    parts=(Part(IMPROVABLE, role="form", refutes=True, domain=SEPARABLE),),
    correction=Correction(
        latex=r"\inf_{W,H}\mathcal L(W,H)=0\text{ for }d\ge2\text{ or }K=2,\text{ not attained}",
        parts=(Part(IMPROVABLE, domain=SEPARABLE),),
    ),
    neighbours=(
        _improves("every point is improved by separating directions of margin 1", _separated),
        _improves("every point is improved by twice itself", lambda p: Point.trusted(2 * p.W, p.H)),
        _improves("every point is improved by half of itself", lambda p: Point.trusted(p.W / 2, p.H)),
    ),
)

CLAIMS = (EQ_2_3,)
