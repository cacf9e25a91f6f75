r"""Displays of the proof of Theorem 3.1: (B.1) to (B.3) and the equality case.

As printed, with w~_i = w_i - mean of the classifiers:

.. math::
    \tilde w_k'h_{k,i} - \tilde w_j'h_{k,i} \ge q_{\min}, \qquad
    K \tilde w_k'h_{k,i} \ge (K-1) q_{\min}, \qquad
    \tfrac12\bigl(\tfrac{1}{\sqrt n}|\tilde w_k|^2 + \sqrt n |h_{k,i}|^2\bigr) \ge \tilde w_k'h_{k,i},

and at equality w_k = sqrt(n) h_ki, |w_k|^2 = n |h_ki|^2 = S/(2K), and h_ki'h_ji' = w_k'w_j = -S/(2K(K-1) sqrt n), where
S = |W|^2 + |H|^2. The last line is wrong for n >= 2: it is the value of w_k'h_ji'.
"""

from __future__ import annotations

from ncverify.kinds import Array, Functions, Number, TruthValue
from ncverify.literature.ulpm_2022._matrices import COEFFICIENTS, GRID
from ncverify.literature.ulpm_2022.theorem_3_1 import at_equality, is_equality
from ncverify.model import between_classes, logit_differences
from ncverify.papers.claim import Claim, Correction, Neighbour, Part, Witness
from ncverify.point import Point
from ncverify.statements.types import Function, Identity, Implication, Inequality


def centred_differences(p: Point) -> Array:
    """s_kij formed with the centred classifiers, shape (K, K*n)."""
    return logit_differences(p.centred_classifiers @ p.H, p.n, p.xp)


def classifiers_of_samples(p: Point, W: Array) -> Array:
    """The classifier of every sample's class, shape (d, K*n)."""
    return p.xp.take(W.T, p.xp.integers([column // p.n for column in range(p.K * p.n)]), axis=1)


def own_products(p: Point) -> Array:
    """w~_k'h_ki for every sample, shape (K*n,)."""
    return p.xp.sum(classifiers_of_samples(p, p.centred_classifiers) * p.H, axis=0)


def cauchy_sides(p: Point) -> tuple[Array, Array]:
    """Half of |w~_k|^2/sqrt(n) + sqrt(n)|h_ki|^2, and w~_k'h_ki, for every sample."""
    w, root = classifiers_of_samples(p, p.centred_classifiers), p.xp.sqrt(p.n)
    return (p.xp.sum(w * w, axis=0) / root + root * p.xp.sum(p.H * p.H, axis=0)) / 2, p.xp.sum(w * p.H, axis=0)


def _completed_square(p: Point) -> Array:
    root = p.xp.sqrt(p.n)
    gap = classifiers_of_samples(p, p.centred_classifiers) - root * p.H
    return p.xp.sum(gap * gap, axis=0) / (2 * root)


def _frobenius(p: Point) -> Number:
    return p.xp.sum(p.centred_classifiers**2) + p.xp.sum(p.H * p.H)


SAME_DIFFERENCES = Identity(
    "logit differences do not change when the classifiers are centred",
    left=centred_differences,
    right=lambda p: p.logit_differences,
)
SUM_OVER_J = Identity(
    "K w~_k'h_ki is the sum of the logit differences of the sample",
    left=lambda p: p.K * own_products(p),
    right=lambda p: p.xp.sum(p.logit_differences, axis=0),
)
SQUARE = Identity(
    "the gap in (B.2) is a square",
    left=lambda p: cauchy_sides(p)[0] - cauchy_sides(p)[1],
    right=_completed_square,
)

B1 = Inequality(
    "(B.1): centred differences are at least q_min",
    slack=lambda p: p.xp.min(between_classes(centred_differences(p), p.n, p.xp)) - p.q_min,
)
SUM = Inequality("K w~_k'h_ki >= (K-1) q_min", slack=lambda p: p.xp.min(p.K * own_products(p)) - (p.K - 1) * p.q_min)
B2_CAUCHY = Inequality("(B.2), left: Cauchy", slack=lambda p: p.xp.min(cauchy_sides(p)[0] - cauchy_sides(p)[1]))
B2_MARGIN = Inequality(
    "(B.2), right: w~_k'h_ki >= (K-1)/K q_min", slack=lambda p: p.xp.min(own_products(p)) - (p.K - 1) * p.q_min / p.K
)
B3 = Inequality(
    "(B.3): the summed bound", slack=lambda p: p.xp.sqrt(p.n) * _frobenius(p) / 2 - p.n * (p.K - 1) * p.q_min
)

# --- the equality case ---------------------------------------------------------------------------------------------


def _norms_as_printed(p: Point) -> TruthValue:
    xp, value = p.xp, p.squared_norm / (2 * p.K)
    aligned = xp.all(classifiers_of_samples(p, p.W) == xp.sqrt(p.n) * p.H)
    classifiers = xp.all(xp.sum(p.W * p.W, axis=1) == value)
    return aligned & classifiers & xp.all(p.n * xp.sum(p.H * p.H, axis=0) == value)


def _off_diagonal(A: Array, n: int, xp: Functions) -> Array:
    """Entries (k, j) with k != j of a K x K*n matrix whose columns are class-major."""
    return between_classes(A, n, xp)


def _feature_products(p: Point) -> Array:
    """h_k1'h_ji for j != k, shape (K-1, K*n)."""
    first = p.xp.take(p.H, p.xp.integers([k * p.n for k in range(p.K)]), axis=1)
    return _off_diagonal(first.T @ p.H, p.n, p.xp)


def _classifier_products(p: Point) -> Array:
    return _off_diagonal(p.W @ p.W.T, 1, p.xp)


def printed_product(p: Point) -> Number:
    """-(|W|^2 + |H|^2) / (2K(K-1) sqrt n)."""
    return -p.squared_norm / (2 * p.K * (p.K - 1) * p.xp.sqrt(p.n))


def _collapsed_classes(p: Point) -> TruthValue:
    firsts = p.xp.take(p.H, p.xp.integers([column // p.n * p.n for column in range(p.K * p.n)]), axis=1)
    return p.xp.all(firsts == p.H)


def _corrected_products(p: Point) -> TruthValue:
    xp, value = p.xp, -p.squared_norm / (2 * p.K * (p.K - 1))
    mixed = _off_diagonal(p.logits, p.n, xp) * xp.sqrt(p.n)
    return (
        xp.all(p.n * _feature_products(p) == value) & xp.all(_classifier_products(p) == value) & xp.all(mixed == value)
    )


def _at_equality(name: str, conclusion: Function) -> Implication:
    return Implication(name, premise=is_equality, conclusion=conclusion)


_UNEQUAL = Witness(W=[[2], [-2]], H=[[1, 1, 1, 1, -1, -1, -1, -1]])

CLAIMS = (
    Claim(
        id="eq-b.1",
        where="(B.1)",
        kind="inequality",
        says="margins are unchanged by centring the classifiers",
        position=350,
        printed=r"\tilde w_k'h_{k,i}-\tilde w_j'h_{k,i}\ge q_{\min}(W,H),\ \forall j\ne k",
        verdict="holds",
        reason="centring changes no logit difference",
        parts=(
            Part(
                B1,
                proof=(SAME_DIFFERENCES,),
                argument="the differences are the same, and q_min is their minimum",
                shapes=GRID,
                beyond=COEFFICIENTS,
            ),
        ),
        neighbours=(
            Neighbour(Inequality("1.001 q_min", slack=lambda p: p.xp.min(p.margins) - 1.001 * p.q_min)),
            Neighbour(Inequality("all j, j = k too", slack=lambda p: p.xp.min(centred_differences(p)) - p.q_min)),
            Neighbour(
                Inequality(
                    "features centred instead",
                    slack=lambda p: (
                        p.xp.min(
                            between_classes(
                                logit_differences(p.W @ (p.H - p.xp.expand_dims(p.global_mean, axis=1)), p.n, p.xp),
                                p.n,
                                p.xp,
                            )
                        )
                        - p.q_min
                    ),
                )
            ),
        ),
    ),
    Claim(
        id="b-sum-over-j",
        where="below (B.1)",
        kind="inequality",
        says="K w~_k.h_ki >= (K-1) q_min",
        position=360,
        printed=r"K\tilde w_k'h_{k,i}\ge (K-1)q_{\min}(W,H)",
        verdict="holds",
        reason="K w~_k'h_ki is the sum of K-1 differences, each at least q_min",
        parts=(
            Part(
                SUM,
                proof=(SUM_OVER_J,),
                argument="a sum of K-1 numbers is at least K-1 times their minimum",
                shapes=GRID,
                beyond=COEFFICIENTS,
            ),
        ),
        neighbours=(
            Neighbour(Inequality("K q_min", slack=lambda p: p.xp.min(p.K * own_products(p)) - p.K * p.q_min)),
            Neighbour(Inequality("w~'h >= q_min", slack=lambda p: p.xp.min(own_products(p)) - p.q_min)),
            Neighbour(
                Inequality("0.1 % more", slack=lambda p: p.xp.min(p.K * own_products(p)) - 1.001 * (p.K - 1) * p.q_min)
            ),
        ),
    ),
    Claim(
        id="eq-b.2",
        where="(B.2)",
        kind="inequality",
        says="Cauchy",
        position=370,
        printed=(
            r"\tfrac12(\tfrac1{\sqrt n}\|\tilde w_k\|^2+\sqrt n\|h_{k,i}\|^2)\ge\tilde "
            r"w_k'h_{k,i}\ge\tfrac{K-1}{K}q_{\min}"
        ),
        verdict="holds",
        reason="the first gap is |w~_k - sqrt(n) h_ki|^2 / (2 sqrt n), the second is the line above",
        parts=(
            Part(B2_CAUCHY, proof=(SQUARE,), argument="the gap is a square", shapes=GRID, beyond=COEFFICIENTS),
            Part(
                B2_MARGIN,
                proof=(SUM_OVER_J,),
                argument="a mean is at least the minimum",
                shapes=GRID,
                beyond=COEFFICIENTS,
            ),
        ),
        neighbours=(
            Neighbour(Inequality("0.999", slack=lambda p: p.xp.min(0.999 * cauchy_sides(p)[0] - cauchy_sides(p)[1]))),
            Neighbour(
                Inequality(
                    "without sqrt n", slack=lambda p: p.xp.min(cauchy_sides(p)[0] / p.xp.sqrt(p.n) - cauchy_sides(p)[1])
                )
            ),
            Neighbour(
                Inequality(
                    "(K-1)/K to 1.001 (K-1)/K",
                    slack=lambda p: p.xp.min(own_products(p)) - 1.001 * (p.K - 1) * p.q_min / p.K,
                )
            ),
        ),
    ),
    Claim(
        id="eq-b.3",
        where="(B.3)",
        kind="inequality",
        says="the summed bound",
        position=380,
        printed=r"\tfrac12\sqrt n(\|\tilde W\|_F^2+\|H\|_F^2)\ge n(K-1)q_{\min}",
        verdict="holds",
        reason="(B.2) summed over k and i",
        parts=(
            Part(
                B3,
                proof=(SQUARE, SUM_OVER_J),
                argument="(B.2) summed over K n samples",
                shapes=GRID,
                beyond=COEFFICIENTS,
            ),
        ),
        neighbours=(
            Neighbour(
                Inequality(
                    "0.999", slack=lambda p: 0.999 * p.xp.sqrt(p.n) * _frobenius(p) / 2 - p.n * (p.K - 1) * p.q_min
                )
            ),
            Neighbour(Inequality("without sqrt n", slack=lambda p: _frobenius(p) / 2 - p.n * (p.K - 1) * p.q_min)),
            Neighbour(
                Inequality("K for K-1", slack=lambda p: p.xp.sqrt(p.n) * _frobenius(p) / 2 - p.n * p.K * p.q_min)
            ),
        ),
    ),
    Claim(
        id="b-equality-norms",
        where="proof of Theorem 3.1, equality case",
        kind="identity",
        says="w_k = sqrt n h_ki and the printed norms",
        position=390,
        printed=r"w_k=\sqrt n h_{k,i},\ \|w_k\|^2=n\|h_{k,i}\|^2=\frac{\|W\|_F^2+\|H\|_F^2}{2K}",
        verdict="holds",
        reason="all three terms of the slack vanish",
        parts=(at_equality(_at_equality("norms at equality", _norms_as_printed)),),
        neighbours=(
            Neighbour(_at_equality("n h", lambda p: p.xp.all(classifiers_of_samples(p, p.W) == p.n * p.H))),
            Neighbour(
                _at_equality("K for 2K", lambda p: p.xp.all(p.xp.sum(p.W * p.W, axis=1) == p.squared_norm / p.K))
            ),
            Neighbour(
                Implication(
                    "without equality: separation alone",
                    premise=lambda p: p.q_min > 0,
                    conclusion=lambda p: p.xp.all(p.xp.sum(p.W * p.W, axis=1) == p.squared_norm / (2 * p.K)),
                )
            ),
        ),
    ),
    Claim(
        id="b-equality-inner-products",
        where="proof of Theorem 3.1, equality case",
        kind="identity",
        says="h_k.h_j = w_k.w_j = the printed value",
        position=400,
        printed=r"h_{k,i}=h_{k,i'},\ h_{k,i}'h_{j,i'}=w_k'w_j=-\frac{\|W\|_F^2+\|H\|_F^2}{2K(K-1)\sqrt n}",
        verdict="false",
        reason="true only for n = 1: the printed value is that of w_k'h_ji', not of h'h or w'w",
        severity="proof",
        effect="a step to the equality case of Theorem 3.1; with the corrected factors lengths and cosines come out "
        "as claimed",
        parts=(
            at_equality(_at_equality("features of a class coincide at equality", _collapsed_classes)),
            Part(
                _at_equality(
                    "h'h is the printed value", lambda p: p.xp.all(_feature_products(p) == printed_product(p))
                ),
                witness=_UNEQUAL,
            ),
            Part(
                _at_equality(
                    "w'w is the printed value", lambda p: p.xp.all(_classifier_products(p) == printed_product(p))
                ),
                witness=_UNEQUAL,
            ),
        ),
        correction=Correction(
            latex=r"n\,h_{k,i}'h_{j,i'}=w_k'w_j=\sqrt n\,w_k'h_{j,i'}=-\frac{\|W\|_F^2+\|H\|_F^2}{2K(K-1)}",
            parts=(at_equality(_at_equality("the three inner products at equality", _corrected_products)),),
        ),
    ),
)
