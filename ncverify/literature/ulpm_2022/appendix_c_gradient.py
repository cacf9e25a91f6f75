r"""Appendix C, between the proofs of Theorems 3.3 and 3.4: the loss as a function of the logits, and its gradient.

As printed, for Z of shape K x nK:

.. math:: L(Z) = \sum_{k,i} -\log \frac{e^{z_{k,i,j}}}{\sum_l e^{z_{k,i,l}}}

where z_kij is the entry in row j and column [(k-1)K + i], and "L(W, H) = L(WH)";

.. math:: \frac{\partial L}{\partial z_{k,i,k}} = -1 + \frac{z_{k,i,k}}{\sum_l e^{z_{k,i,l}}}, \qquad
          \frac{\partial L}{\partial z_{k,i,j}} = \frac{z_{k,i,j}}{\sum_l e^{z_{k,i,l}}}, \ k \ne j

and, in the proof of Theorem 3.4, grad_W L = grad L(WH) H', grad_H L = W' grad L(WH). The index j of the numerator is
free (k is meant), the column is (k-1)n + i, and the numerators of the gradient lack their exponentials.
"""

from __future__ import annotations

from ncverify import model
from ncverify.domain import Domain
from ncverify.kinds import Array, Number
from ncverify.literature.ulpm_2022._matrices import COLUMNS, VARIANCE, WEIGHTED_MEAN, WORDS, free
from ncverify.literature.ulpm_2022.remark_3_2 import EXPONENTIALS, ODDS
from ncverify.papers.claim import Claim, Correction, Neighbour, Part, Witness
from ncverify.point import Point
from ncverify.statements.types import Function, Identity, Inequality, Statement

ORIGIN = Witness(W=[[0], [0]], H=[[0, 0]])
LINE_OR_SIMPLEX = Domain(K=(2, 4), n=(1, 2), d=(1, 3), where=lambda K, n, d: d in (1, K - 1))
COLLIDING = Domain(K=2, n=3, d=(1, 2))

# --- L(Z) and its columns -------------------------------------------------------------------------------------------


def loss_of(Z: Array, p: Point) -> Number:
    """L(Z) as it is meant, for logits of the shape of p's."""
    return model.loss(model.logit_differences(Z, p.n, p.xp), p.n, p.xp)


def _printed_loss(p: Point, j: int) -> Number:
    """L(WH) with one j for the free index in all numerators."""
    return p.xp.sum(p.xp.logsumexp(p.logits, axis=0) - p.logits[j, :])


def _loss_reading(name: str, value: Function) -> Part:
    return Part(
        Identity(f"L(W, H) = L(WH) with {name}", left=lambda p: p.loss, right=value),
        role="form",
        witness=Witness(W=[[1], [-1]], H=[[1, -1]]),
    )


def _columns(p: Point, stride: int) -> Array:
    """z_kij at row j and 1-based column (k-1) stride + i, as a K x nK matrix in class-major order."""
    columns = [(column // p.n) * stride + column % p.n for column in range(p.K * p.n)]
    return p.xp.take(p.logits, p.xp.integers([c % (p.K * p.n) for c in columns]), axis=1)


COLUMN_FITS = Inequality(
    "the largest column (K-1)K + n is at most nK", slack=lambda p: p.xp.asarray(p.n * p.K - (p.K - 1) * p.K - p.n)
)
COLUMN_IS_OWN = Identity(
    "the columns of all samples differ: (k-1)K + i is sample i of class k",
    left=lambda p: _columns(p, p.K),
    right=lambda p: p.logits,
)

# --- the gradient ---------------------------------------------------------------------------------------------------


def labels(p: Point) -> Array:
    """One-hot labels, shape (K, K*n)."""
    return model.own_class_mask(p.K, p.n, p.xp)


def printed_gradient(p: Point) -> Array:
    """The printed partial derivatives: z / sum exp(z), minus one at the own class; shape (K, K*n)."""
    xp = p.xp
    return p.logits / xp.expand_dims(xp.sum(xp.exp(p.logits), axis=0), axis=0) - labels(p)


def _step(p: Point) -> Array:
    """A direction in logit space of full generality: logits of the neighbouring samples, one thousandth as long."""
    shifted = p.xp.integers([(c + 1) % (p.K * p.n) for c in range(p.K * p.n)])
    return p.xp.take(p.logits, shifted, axis=1) / 1024


def _remainder(p: Point, gradient: Function) -> Number:
    """L(Z + D) - L(Z) - <gradient, D>."""
    D = _step(p)
    return loss_of(p.logits + D, p) - p.loss - p.xp.sum(gradient(p) * D)


def _is_gradient(name: str, gradient: Function) -> Inequality:
    """0 <= L(Z + D) - L(Z) - <G, D> <= |D|^2 / 4, as convexity and the bound 1/2 of the softmax Jacobian give."""

    def slack(p: Point) -> Number:
        rest, xp = _remainder(p, gradient), p.xp
        return xp.minimum(rest, xp.sum(_step(p) ** 2) / 4 - rest)

    return Inequality(name, slack=slack)


SOFTMAX_GRADIENT = _is_gradient("the gradient of L(Z) is softmax(Z) - Y", lambda p: p.logit_gradient)

# --- the chain rule -------------------------------------------------------------------------------------------------


def _pair(p: Point) -> tuple[Array, Array]:
    """A direction (U, V): W with its rows, H with its columns moved on by one, one thousandth as long."""
    xp, columns = p.xp, p.K * p.n
    U = xp.take(p.W, xp.integers([(k + 1) % p.K for k in range(p.K)]), axis=0)
    return U / 1024, xp.take(p.H, xp.integers([(c + 1) % columns for c in range(columns)]), axis=1) / 1024


CHAINED = free("W", "H", "dW", "dH", "G")
"""A point, a direction and a logit gradient of any rank, independent of each other."""

CHAIN = Identity(
    "<G H', dW> + <W' G, dH> = <G, dW H + W dH> for any G",
    left=lambda p: p.xp.sum((p.G @ p.H.T) * p.dW) + p.xp.sum((p.W.T @ p.G) * p.dH),
    right=lambda p: p.xp.sum(p.G * (p.dW @ p.H + p.W @ p.dH)),
)


def _chain(name: str, gradient: Function) -> Inequality:
    """0 <= L(W+U, H+V) - L(W, H) - <gradient, (U, V)> - <G, U V> <= |UH + WV + UV|^2 / 4."""

    def slack(p: Point) -> Number:
        xp, (U, V) = p.xp, _pair(p)
        dW, dH = gradient(p)
        D = U @ p.H + p.W @ V + U @ V
        slope = xp.sum(dW * U) + xp.sum(dH * V) + xp.sum(p.logit_gradient * (U @ V))
        rest = loss_of(p.logits + D, p) - p.loss - slope
        return xp.minimum(rest, xp.sum(D * D) / 4 - rest)

    return Inequality(name, slack=slack)


def _through_logits(p: Point) -> tuple[Array, Array]:
    return p.logit_gradient @ p.H.T, p.W.T @ p.logit_gradient


def _times(a: float, b: float) -> Function:
    return lambda p: (a * _through_logits(p)[0], b * _through_logits(p)[1])


REMAINDER = (
    "log sum_j p_j e^(y_j) >= 0 as e^y >= 1 + y and y has mean zero; and the second derivative along D is a variance "
    "of the entries of a column, at most half of its squared length"
)


def _neighbour(statement: Statement) -> Neighbour:
    return Neighbour(statement, LINE_OR_SIMPLEX)


CLAIMS = (
    Claim(
        id="c-loss-z",
        where="definition of L(Z)",
        kind="definition",
        says="the loss as a function of the logits, as printed",
        position=800,
        printed=r"L(Z)=\sum_{k,i}-\log\frac{e^{z_{k,i,j}}}{\sum_l e^{z_{k,i,l}}},\quad \mathcal L(W,H)=L(WH)",
        verdict="defect",
        reason="the index j of the numerator is bound by nothing; for every reading of it L(W, H) = L(WH) fails, k "
        "is meant",
        severity="misprint",
        effect="none; all that follows uses L(W, H) = L(WH), which holds with k for j",
        parts=(
            _loss_reading("j = 1 in every numerator", lambda p: _printed_loss(p, 0)),
            _loss_reading("j = K in every numerator", lambda p: _printed_loss(p, p.K - 1)),
            _loss_reading(
                "a sum over j", lambda p: sum((_printed_loss(p, j) for j in range(1, p.K)), _printed_loss(p, 0))
            ),
        ),
        correction=Correction(
            latex=r"L(Z)=\sum_{k,i}-\log\frac{e^{z_{k,i,k}}}{\sum_l e^{z_{k,i,l}}},\quad \mathcal L(W,H)=L(WH)",
            parts=(
                Part(
                    Identity(
                        "L(W, H) = L(WH) with z_kik in the numerator",
                        left=lambda p: p.loss,
                        right=lambda p: p.xp.sum(
                            p.xp.logsumexp(p.logits, axis=0) - p.xp.sum(p.logits * labels(p), axis=0)
                        ),
                    ),
                    domain=LINE_OR_SIMPLEX,
                    proof=(ODDS,),
                    argument="-log(x_k / sum x_j) = log(1 + sum over j != k of x_j / x_k), x_j = exp(z_j)",
                    shapes=EXPONENTIALS,
                    beyond="a sum with one term for each class",
                ),
            ),
        ),
    ),
    Claim(
        id="c-column-index",
        where="below L(Z)",
        kind="definition",
        says="z_kij is in column [(k-1)K + i]",
        position=810,
        printed=r"z_{k,i,j}\text{ denote the }j\text{-th row and }[(k-1)K+i]\text{-th column elements of }"
        r"Z\in\mathbb R^{K\times nK}",
        verdict="defect",
        reason="for n < K the columns run past nK, for n > K two samples share one; (k-1)n + i is meant",
        severity="misprint",
        effect="none; nothing that follows uses where a column stands",
        parts=(
            Part(COLUMN_FITS, role="form", witness=ORIGIN),
            Part(
                COLUMN_IS_OWN,
                role="form",
                domain=COLLIDING,
                witness=Witness(W=[[1], [0]], H=[[0, 0, 0, 1, 0, 0]]),
            ),
        ),
        correction=Correction(
            latex=r"z_{k,i,j}\text{ is in row }j\text{ and column }(k-1)n+i",
            parts=(
                Part(
                    Identity(
                        "column (k-1)n + i holds w_j.h_ki",
                        left=lambda p: _columns(p, p.n),
                        right=lambda p: p.xp.concat(
                            [p.W @ p.H[:, k * p.n + i : k * p.n + i + 1] for k in range(p.K) for i in range(p.n)],
                            axis=1,
                        ),
                    ),
                    beyond="every entry is one inner product, whatever the shape",
                ),
            ),
        ),
    ),
    Claim(
        id="c-gradient-formulas",
        where="gradient of L(Z)",
        kind="identity",
        says="the two printed partial derivatives",
        position=820,
        printed=r"\frac{\partial L}{\partial z_{k,i,k}}=-1+\frac{z_{k,i,k}}{\sum_l e^{z_{k,i,l}}},\quad"
        r"\frac{\partial L}{\partial z_{k,i,j}}=\frac{z_{k,i,j}}{\sum_l e^{z_{k,i,l}}}",
        verdict="false",
        reason="the numerators lack the exponential: at Z = 0 the printed gradient is -Y instead of 1/K - Y",
        severity="misprint",
        effect="(C.3) inherits the slip; the rank of the gradient, for which both are needed, is as claimed",
        parts=(
            Part(
                Identity("the printed partial derivatives", left=lambda p: p.logit_gradient, right=printed_gradient),
                domain=LINE_OR_SIMPLEX,
                witness=ORIGIN,
            ),
        ),
        correction=Correction(
            latex=r"\frac{\partial L}{\partial z_{k,i,j}}=\frac{e^{z_{k,i,j}}}{\sum_l e^{z_{k,i,l}}}-[j=k]",
            parts=(
                Part(
                    SOFTMAX_GRADIENT,
                    domain=LINE_OR_SIMPLEX,
                    proof=(WEIGHTED_MEAN, VARIANCE),
                    argument=REMAINDER,
                    beyond=COLUMNS,
                ),
            ),
        ),
    ),
    Claim(
        id="c-chain-rule",
        where="proof of Theorem 3.4",
        kind="identity",
        says="gradients of the ULPM through L(Z)",
        position=860,
        printed=r"\nabla_W\mathcal L(W,H)=\nabla L(WH)H^\top,\quad\nabla_H\mathcal L(W,H)=W^\top\nabla L(WH)",
        verdict="holds",
        reason="adjoint of (U, V) -> UH + WV; first-order remainder between 0 and |D|^2 / 4",
        parts=(
            Part(CHAIN, domain=CHAINED, proof=(CHAIN,), argument="it is polynomial", beyond=WORDS),
            Part(
                _chain("the chain rule, with its remainder bounded on both sides", _through_logits),
                domain=LINE_OR_SIMPLEX,
                proof=(CHAIN, WEIGHTED_MEAN, VARIANCE),
                argument=REMAINDER,
                shapes=CHAINED,
                beyond=COLUMNS,
            ),
        ),
        neighbours=(
            _neighbour(_chain("grad_W times 0.999", _times(0.999, 1.0))),
            _neighbour(_chain("grad_H times 1.001", _times(1.0, 1.001))),
            _neighbour(_chain("grad_H with the opposite sign", _times(1.0, -1.0))),
            _neighbour(_chain("the halves exchanged in size", _times(0.5, 1.5))),
        ),
    ),
)
