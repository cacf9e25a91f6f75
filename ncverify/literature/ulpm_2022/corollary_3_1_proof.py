r"""Displays of the proof of Corollary 3.1: (B.28), the homogeneity of the margin, and the lower bound of the norm.

As printed: the constraints of (3.1) are q_min >= 1; q_min(aW, aH) = a^2 q_min(W, H); and by Theorem 3.1

.. math:: \frac{1}{2 q_{\min}} (\|W\|_F^2 + \|H\|_F^2) \ge 2 (K-1) \sqrt n .

The last constant is twice too large: Theorem 3.1 gives (K-1) sqrt(n), and collapsed points attain that.
"""

from __future__ import annotations

from ncverify.kinds import Array, Number, TruthValue
from ncverify.literature.ulpm_2022._matrices import COEFFICIENTS, GRID, WORDS, zero
from ncverify.literature.ulpm_2022.theorem_3_1 import DECOMPOSITION
from ncverify.model import between_classes, own_class_mask
from ncverify.papers.claim import SMALL, Claim, Correction, Neighbour, Part, Witness
from ncverify.point import Point
from ncverify.space import Space, SpacePoint, Variable
from ncverify.statements.types import Equivalence, Function, Identity, Inequality


def is_feasible(p: Point) -> TruthValue:
    """The constraints of (3.1)."""
    return p.xp.all(between_classes(p.logit_differences, p.n, p.xp) >= 1)


SCALED = Space(
    sizes={"K": (2, 3), "d": (1, 3), "N": (2, 6)},
    variables={"W": Variable("K", "d"), "H": Variable("d", "N"), "alpha": Variable()},
    where=lambda s: s.N in (s.K, 2 * s.K),
)
"""Points (W, H) with one or two samples of each class, and a factor of either sign."""


def unscaled(p: SpacePoint) -> Point:
    """(W, H)."""
    return Point.trusted(p.W, p.H)


def scaled(p: SpacePoint) -> Point:
    """(alpha W, alpha H)."""
    return Point.trusted(p.alpha * p.W, p.alpha * p.H)


def optimal_norm(p: Point) -> Number:
    """Half the squared norm after scaling to q_min = 1."""
    return p.squared_norm / (2 * p.q_min)


def _separates(p: Point) -> Number:
    return p.q_min


def _bound(name: str, bound: Function) -> Inequality:
    return Inequality(name, slack=lambda p: optimal_norm(p) - bound(p), given=[_separates])


HOMOGENEITY = Identity(
    "q_min is 2-homogeneous",
    left=lambda p: scaled(p).q_min,
    right=lambda p: p.alpha * p.alpha * unscaled(p).q_min,
)


def _inhomogeneity(p: SpacePoint) -> Array:
    """What is missing to s(a W, a H) = a^2 s(W, H)."""
    return scaled(p).logit_differences - p.alpha * p.alpha * unscaled(p).logit_differences


def _difference_gap(p: Point) -> Array:
    """The logit of a sample's own class less each logit of the sample, and the differences as the point has them."""
    own = p.xp.sum(p.logits * own_class_mask(p.K, p.n, p.xp), axis=0)
    return p.xp.expand_dims(own, axis=0) - p.logits - p.logit_differences


DIFFERENCES = zero("the differences are w_k'h_ki - w_j'h_ki", _difference_gap)
HOMOGENEOUS_DIFFERENCES = (zero("logit differences are 2-homogeneous", _inhomogeneity), SCALED)

CLAIMS = (
    Claim(
        id="eq-b.28",
        where="(B.28) and the homogeneity below it",
        kind="equivalence",
        says="feasibility of (3.1) as q_min >= 1; q_min is 2-homogeneous",
        position=720,
        printed=(
            r"(w_k'h_{k,i}-w_j'h_{k,i}\ge1)\Leftrightarrow q_{\min}\ge1,\quad q_{\min}(\alpha W,\alpha "
            r"H)=\alpha^2q_{\min}(W,H)"
        ),
        verdict="holds",
        reason="q_min is the minimum of the constrained differences, and they are products",
        parts=(
            Part(
                Equivalence("feasible iff q_min >= 1", left=is_feasible, right=lambda p: p.q_min >= 1),
                proof=(DIFFERENCES,),
                argument="q_min is the smallest of the constrained differences; a minimum is at least 1 iff all are",
                beyond=WORDS,
            ),
            Part(
                HOMOGENEITY,
                domain=SCALED,
                proof=(HOMOGENEOUS_DIFFERENCES,),
                argument="a minimum commutes with multiplication by alpha^2 >= 0",
                beyond=WORDS,
            ),
            Part(
                Equivalence(
                    "alpha (W, H) is feasible iff alpha^2 >= 1 / q_min",
                    left=lambda p: is_feasible(scaled(p)),
                    right=lambda p: p.alpha * p.alpha * unscaled(p).q_min >= 1,
                    given=[lambda p: unscaled(p).q_min],
                ),
                domain=SCALED,
                proof=(HOMOGENEOUS_DIFFERENCES, (DIFFERENCES, SMALL)),
                argument="the smallest constrained difference of alpha (W, H) is alpha^2 q_min",
                beyond=WORDS,
            ),
        ),
        neighbours=(
            Neighbour(Equivalence("q_min > 1", left=is_feasible, right=lambda p: p.q_min > 1)),
            Neighbour(Equivalence("q_min >= 1.001", left=is_feasible, right=lambda p: p.q_min >= 1.001)),
            Neighbour(
                Identity("1-homogeneous", left=lambda p: scaled(p).q_min, right=lambda p: p.alpha * unscaled(p).q_min),
                SCALED,
            ),
        ),
    ),
    Claim(
        id="cor-3.1-constant",
        where="proof of Corollary 3.1",
        kind="inequality",
        says="the printed lower bound of the optimal norm",
        position=730,
        printed=r"\frac1{2q_{\min}(W,H)}(\|W\|_F^2+\|H\|_F^2)\ge2(K-1)\sqrt n",
        verdict="false",
        reason="twice too large: collapsed points attain (K-1) sqrt(n)",
        severity="proof",
        effect="Corollary 3.1 is unaffected: where the bound is attained matters, not its value",
        parts=(
            Part(
                _bound("the printed lower bound of the norm", lambda p: 2 * (p.K - 1) * p.xp.sqrt(p.n)),
                witness=Witness(W=[[1], [-1]], H=[[1, -1]]),
            ),
        ),
        correction=Correction(
            latex=r"\frac1{2q_{\min}(W,H)}(\|W\|_F^2+\|H\|_F^2)\ge(K-1)\sqrt n",
            parts=(
                Part(
                    _bound("the lower bound of the norm", lambda p: (p.K - 1) * p.xp.sqrt(p.n)),
                    proof=(DECOMPOSITION,),
                    argument="Theorem 3.1 divided by 2 q_min / (|W|^2 + |H|^2) > 0",
                    shapes=GRID,
                    beyond=COEFFICIENTS,
                ),
            ),
        ),
        neighbours=(Neighbour(_bound("0.1 % more", lambda p: 1.001 * (p.K - 1) * p.xp.sqrt(p.n))),),
    ),
)
