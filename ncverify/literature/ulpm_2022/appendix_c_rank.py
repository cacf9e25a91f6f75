r"""Appendix C, below the gradient of L(Z): (C.3), the rank of grad L(Z), and its left null space.

As printed: if u' grad L(Z) = 0 and u_p is the largest entry of u,

.. math:: 0 = u_p \Bigl(-1 + \frac{z_{p,i,p}}{\sum_l e^{z_{p,i,l}}}\Bigr) + \sum_{q \ne p} u_q
          \frac{z_{p,i,q}}{\sum_l e^{z_{p,i,l}}}
          = -\sum_{q \ne p} (u_p - u_q) \frac{z_{p,i,q}}{\sum_l e^{z_{p,i,l}}} \le 0                       \tag{C.3}

"where the last inequality holds if and only if u_q = u_p, which indicates that the rank of grad L(Z) is K-1 and
u' grad L(Z) = 0 <=> u = 1". The numerators lack their exponentials; with them the argument is right, and the null space
is the line through 1, not the vector 1.
"""

from __future__ import annotations

from ncverify.domain import Domain
from ncverify.kinds import Array, Functions
from ncverify.literature.ulpm_2022._matrices import COLUMNS, at, free
from ncverify.literature.ulpm_2022.appendix_c_gradient import LINE_OR_SIMPLEX, ORIGIN, labels, printed_gradient
from ncverify.model import own_class_mask
from ncverify.papers.claim import Claim, Correction, Neighbour, Part, Witness
from ncverify.point import Point
from ncverify.space import Space, SpacePoint
from ncverify.statements.types import Equivalence, Existence, Identity, Implication, Inequality, Statement

EXPONENTIALS = free("E", "u", K=(2, 5), n=(1, 3))
"""Numbers in place of the exponentials of the logits, and u: identities in E hold for exponentials."""

WITH_U = free("W", "H", "u", K=(2, 4), n=(1, 2))


def _labels(p: SpacePoint) -> Array:
    """One-hot labels, shape (K, N)."""
    return own_class_mask(p.K, p.N // p.K, p.xp)


def _softmax(p: SpacePoint) -> Array:
    """E / colsum(E)."""
    return p.E / p.xp.sum(p.E, axis=0, keepdims=True)


def _gradient(p: SpacePoint) -> Array:
    """grad L(Z) at Z = WH."""
    return at(p).logit_gradient


def _own(p: SpacePoint) -> Array:
    """u_k for the class k of every column, shape (N,)."""
    return p.xp.take(p.u, p.xp.integers([column // (p.N // p.K) for column in range(p.N)]), axis=0)


def _differences(p: SpacePoint, weights: Array) -> Array:
    """-sum_q (u_k - u_q) weight_q for every column, with k its class."""
    xp = p.xp
    return -xp.sum((xp.expand_dims(_own(p), axis=0) - xp.expand_dims(p.u, axis=1)) * weights, axis=0)


def _printed_weights(p: SpacePoint) -> Array:
    return printed_gradient(at(p)) + _labels(p)


def _weights(p: SpacePoint) -> Array:
    """The probabilities exp(z) / sum exp(z)."""
    return _gradient(p) + _labels(p)


def _at_largest(values: Array, p: SpacePoint) -> Array:
    """The values of the columns whose class has the largest u, zero elsewhere."""
    return p.xp.where(_own(p) >= p.xp.max(p.u), values, p.xp.zeros((p.N,)))


PRINTED_FIRST = Identity(
    "(C.3) with u = 1: 0 = -1 + sum_l z_pil / sum_l exp(z_pil)",
    left=lambda p: p.xp.sum(printed_gradient(p), axis=0),
    right=lambda p: p.xp.zeros((p.K * p.n,)),
)
PRINTED_SIGN = Inequality(
    "(C.3), last step as printed: -sum (u_p - u_q) z_piq / sum exp(z_pil) <= 0",
    slack=lambda p: p.xp.min(-_at_largest(_differences(p, _printed_weights(p)), p)),
)
MEANT_LEFT = Identity(
    "u' grad L, column by column, is -sum_q (u_k - u_q) p_q",
    left=lambda p: p.u @ _gradient(p),
    right=lambda p: _differences(p, _weights(p)),
)
MEANT_LEFT_FREE = Identity(
    "the same with free numbers for the exponentials",
    left=lambda p: p.u @ (_softmax(p) - _labels(p)),
    right=lambda p: _differences(p, _softmax(p)),
)
MEANT_SIGN = Inequality(
    "-sum_q (u_p - u_q) exp(z_piq) / sum exp(z_pil) <= 0 where u_p is the largest",
    slack=lambda p: p.xp.min(-_at_largest(_differences(p, _weights(p)), p)),
)

ONES_ON_THE_LEFT = Identity(
    "1' grad L(Z) = 0",
    left=lambda p: p.xp.sum(p.logit_gradient, axis=0),
    right=lambda p: p.xp.zeros((p.K * p.n,)),
)
ONES_FREE = Identity(
    "1' G = 0 with free numbers for the exponentials",
    left=lambda p: p.xp.sum(_softmax(p) - _labels(p), axis=0),
    right=lambda p: p.xp.zeros((p.N,)),
)


def minor_pivots(p: Point) -> Array:
    """The pivots of a (K-1) x (K-1) minor of grad L(Z), up to positive factors; shape (K-1,).

    The columns of the first sample of each class, divided by their own-class entry, are I minus the conditional
    probabilities r of the wrong classes. Elimination without subtractions (each pivot is the sum of what remains off
    the diagonal of its column, as all columns sum to zero) keeps every sign visible; diagonal entries of r are not
    used.
    """
    xp, K = p.xp, p.K
    S = xp.take(p.logit_differences, xp.integers([k * p.n for k in range(K)]), axis=1)
    r = [[xp.exp(-S[j, k] - xp.logsumexp(_drop(-S[:, k], k, xp))) for j in range(K)] for k in range(K)]
    pivots = []
    for k in range(K - 1):
        pivot = xp.sum(xp.stack([r[k][j] for j in range(k + 1, K)]))
        pivots.append(pivot)
        for i in range(k + 1, K):
            for j in range(k + 1, K):
                r[i][j] = r[i][j] + r[i][k] * r[k][j] / pivot
    return xp.stack(pivots)


def _drop(values: Array, index: int, xp: Functions) -> Array:
    return xp.take(values, xp.integers([j for j in range(values.shape[0]) if j != index]), axis=0)


RANK_AT_LEAST = Inequality(
    "a (K-1) x (K-1) minor of grad L(Z) is not zero", slack=lambda p: p.xp.min(minor_pivots(p)), strict=True
)
ONLY_ONES = Implication(
    "u' grad L(Z) = 0 only for u = 1",
    premise=lambda p: p.xp.all(p.u @ _gradient(p) == 0),
    conclusion=lambda p: p.xp.all(p.u == 1),
)
EQUALITY = Equivalence(
    "where u_p is the largest, the sum is zero iff all entries of u are equal",
    left=lambda p: p.xp.all(_at_largest(_differences(p, _weights(p)), p) == 0),
    right=lambda p: p.xp.all(p.u == p.u[0]),
)
ONLY_CONSTANTS = Existence(
    "u' grad L(Z) is not zero unless u is a multiple of 1",
    witness=lambda p: p,
    valid=lambda p: p.xp.all(p.u == p.u[0]) | p.xp.any(p.u @ _gradient(p) != 0),
)


def _by_columns(statement: Statement, argument: str, domain: Domain | Space = WITH_U) -> Part:
    """A part that follows from the columns of u' grad L, `MEANT_LEFT_FREE`."""
    return Part(
        statement,
        domain=domain,
        proof=(MEANT_LEFT_FREE,),
        argument=argument,
        shapes=EXPONENTIALS,
        beyond=COLUMNS,
    )


SIGN_PART = _by_columns(MEANT_SIGN, "every term (u_p - u_q) p_q is at least zero")
LEFT_NULL_SPACE = _by_columns(
    ONLY_CONSTANTS,
    "at a column whose class p has the largest u_p all terms (u_p - u_q) p_q are at least zero, and with p_q > 0 they "
    "add up to zero only if every u_q is u_p",
)


RANK_PART = _by_columns(
    RANK_AT_LEAST, "u' grad L = 0 makes u constant, as in (C.3): the left null space is a line", LINE_OR_SIMPLEX
)


def _neighbour(statement: Statement) -> Neighbour:
    return Neighbour(statement, LINE_OR_SIMPLEX)


ONES_PART = Part(
    ONES_ON_THE_LEFT,
    domain=LINE_OR_SIMPLEX,
    proof=(ONES_FREE,),
    argument="the exponentials enter as arbitrary positive numbers",
    shapes=EXPONENTIALS,
    beyond=COLUMNS,
)

CLAIMS = (
    Claim(
        id="eq-c.3",
        where="(C.3)",
        kind="inequality",
        says="sign of u' grad L column by column",
        position=830,
        printed=r"0=u_p\Bigl(-1+\frac{z_{p,i,p}}{\sum_l e^{z_{p,i,l}}}\Bigr)+\sum_{q\ne p}u_q\frac{z_{p,i,q}}"
        r"{\sum_l e^{z_{p,i,l}}}"
        r"=-\sum_{q\ne p}(u_p-u_q)\frac{z_{p,i,q}}{\sum_l e^{z_{p,i,l}}}\le0",
        verdict="false",
        reason="without the exponentials the first expression is not zero at u = 1, and the last can be positive",
        severity="misprint",
        effect="none; the rank of the gradient, for which it is needed, follows from the corrected form",
        parts=(
            Part(PRINTED_FIRST, domain=LINE_OR_SIMPLEX, witness=ORIGIN),
            Part(PRINTED_SIGN, domain=WITH_U, witness=Witness(W=[[2], [1]], H=[[-1, 0]], u=[2, 1])),
        ),
        correction=Correction(
            latex=r"\sum_j u_j\frac{\partial L}{\partial z_{p,i,j}}"
            r"=-\sum_{q\ne p}(u_p-u_q)\frac{e^{z_{p,i,q}}}{\sum_l e^{z_{p,i,l}}};\text{ for }u_p=\max_qu_q\text{ it is "
            r"}\le0,\text{ with equality iff }u_q=u_p\ \forall q",
            parts=(
                Part(
                    MEANT_LEFT,
                    domain=WITH_U,
                    proof=(MEANT_LEFT_FREE,),
                    argument="the exponentials enter as arbitrary positive numbers",
                    shapes=EXPONENTIALS,
                    beyond=COLUMNS,
                ),
                SIGN_PART,
                _by_columns(EQUALITY, "with p_q > 0 a sum of terms (u_p - u_q) p_q >= 0 is zero iff all are"),
            ),
        ),
    ),
    Claim(
        id="c-rank",
        where="below (C.3)",
        kind="claim",
        says="rank of grad L(Z) is K-1",
        position=840,
        printed=r"\operatorname{rank}\nabla L(Z)=K-1",
        verdict="proof-gap",
        reason="true by a minor with positive pivots; (C.3), from which it is printed to follow, is false as printed",
        severity="misprint",
        effect="the proof of Theorem 3.4 uses the rank, which is right, but draws from it a null vector that need not"
        " exist",
        parts=(
            ONES_PART,
            RANK_PART,
            Part(PRINTED_FIRST, role="step", domain=LINE_OR_SIMPLEX, witness=ORIGIN),
        ),
        correction=Correction(
            latex=r"1'\nabla L(Z)=0\text{ and (C.3) with }e^{z}\text{ for }z\text{ give rank }K-1",
            parts=(ONES_PART, RANK_PART, SIGN_PART),
        ),
        neighbours=(
            _neighbour(
                Identity(
                    "the (K-1)-minor vanishes, as if the rank were K-2",
                    left=lambda p: p.xp.min(minor_pivots(p)),
                    right=lambda p: p.xp.asarray(0),
                )
            ),
            _neighbour(
                Identity(
                    "the own-class entries times 0.999",
                    left=lambda p: p.xp.sum(p.logit_gradient * (1 - labels(p) / 1000), axis=0),
                    right=lambda p: p.xp.zeros((p.K * p.n,)),
                )
            ),
            _neighbour(PRINTED_FIRST),
            _neighbour(
                Identity(
                    "the first class alone is a left null vector",
                    left=lambda p: p.logit_gradient[0, :],
                    right=lambda p: p.xp.zeros((p.K * p.n,)),
                )
            ),
        ),
    ),
    Claim(
        id="c-left-null",
        where="below (C.3)",
        kind="equivalence",
        says="u' grad L = 0 iff u = 1",
        position=850,
        printed=r"u^\top\nabla L(Z)=0\iff u=\mathbf 1",
        verdict="false",
        reason="u = 0 and u = 2 satisfy the left side; the null space is the line through 1",
        severity="misprint",
        effect="none; only the rank of the gradient is used",
        parts=(Part(ONLY_ONES, domain=WITH_U, witness=Witness(W=[[0], [0]], H=[[0, 0]], u=[0, 0])),),
        correction=Correction(
            latex=r"u^\top\nabla L(Z)=0\iff u\in\operatorname{span}\{\mathbf 1\}",
            parts=(
                ONES_PART,
                LEFT_NULL_SPACE,
            ),
        ),
    ),
)
