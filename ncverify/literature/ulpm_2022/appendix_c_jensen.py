r"""Appendix C, proof of Theorem 3.3: the two Jensen steps (C.1) and (C.2).

As printed, with s_kij = w_k.h_ki - w_j.h_ki and w~_k = w_k - (1/K) sum_j w_j:

.. math::
    L &\ge \sum_{k,i} \log\Bigl(1 + (K-1) \exp\bigl(\tfrac1{K-1} \sum_{j \ne k} -s_{kij}\bigr)\Bigr)
       = \sum_{k,i} \log\Bigl(1 + (K-1) \exp\bigl(-\tfrac{K \tilde w_k^\top h_{ki}}{K-1}\bigr)\Bigr)      \tag{C.1} \\
      &\ge nK \log\Bigl(1 + (K-1) \exp\bigl(-\tfrac1{n(K-1)} \sum_{k,i} \tilde w_k^\top h_{ki}\bigr)\Bigr)            \\
      &\ge nK \log\Bigl(1 + (K-1) \exp\bigl(-\tfrac1{2n(K-1)} \sum_{k,i} \tfrac1{\sqrt n}|\tilde w_k|^2
           + \sqrt n |h_{ki}|^2\bigr)\Bigr) \\
      &\ge nK \log\Bigl(1 + (K-1) \exp\bigl(-\tfrac1{2\sqrt n(K-1)} (|W|^2 + |H|^2)\bigr)\Bigr)            \tag{C.2}

The slack of the whole chain is the sum of the three terms of `ncverify.slack.loss`.
"""

from __future__ import annotations

from ncverify.domain import Domain
from ncverify.kinds import Array, Number
from ncverify.literature.ulpm_2022._matrices import COEFFICIENTS, GRID, WORDS, zero
from ncverify.literature.ulpm_2022.appendix_c_gradient import labels
from ncverify.model import between_classes
from ncverify.papers.claim import Claim, Neighbour, Part
from ncverify.point import Point
from ncverify.slack.loss import (
    mean_differences,
    misalignment_exponent,
    sphere_bound,
    uniform_loss,
)
from ncverify.slack.margin import margin_bound
from ncverify.space import Space, SpacePoint, Variable
from ncverify.statements.types import Function, Identity, Inequality

SEVERAL = Domain(K=(3, 4), n=(1, 4), d=(1, 4), where=lambda K, n, d: n != 3 and d <= K)
"""Shapes with K >= 3: for K = 2 there is one wrong class, and (C.1) is an identity."""

# --- (C.1) ----------------------------------------------------------------------------------------------------------


def alignments(p: Point) -> Array:
    """w~_k.h_ki for every sample, shape (K*n,)."""
    Z = p.centred_classifiers @ p.H
    return p.xp.sum(Z * labels(p), axis=0)


def first_line(p: Point, factor: Number = 1) -> Number:
    """The right side of (C.1), first line."""
    return p.xp.sum(uniform_loss(factor * mean_differences(p), p))


def second_line(p: Point) -> Number:
    """The right side of (C.1), second line."""
    return p.xp.sum(uniform_loss(p.K * alignments(p) / (p.K - 1), p))


def _first_jensen(name: str, factor: Number) -> Inequality:
    return Inequality(name, slack=lambda p: p.loss - first_line(p, factor))


SAME_ARGUMENT = Identity(
    "the mean over j of s_kij is K w~_k.h_ki / (K-1)",
    left=mean_differences,
    right=lambda p: p.K * alignments(p) / (p.K - 1),
)


FREE_SAMPLES = Domain(K=(2, 6), n=(1, 9), d=(3, 7), where=lambda K, n, d: d == K + 1)
"""K dimensions for a matrix of any rank, one for numbers."""


ONE_SAMPLE = Space(sizes={"J": (1, 5)}, variables={"q": Variable("J"), "x": Variable(), "e": Variable()})
"""Free numbers in place of exp(-s_j) for J = K-1 wrong classes, of exp(-mean) and of exp(-t): what holds for them holds
for exponentials."""


def _imbalance_right(p: SpacePoint) -> Number:
    c = p.J * p.x / (1 + p.J * p.x)
    return (1 + p.J * p.x) * (1 + c * (p.xp.mean(p.q / p.x) - 1))


JENSEN_IN_EXPONENTIALS = (
    Identity(
        "1 + sum q_j = (1 + (K-1) x) (1 + c (mean q_j / x - 1)), c = (K-1) x / (1 + (K-1) x)",
        left=lambda p: 1 + p.xp.sum(p.q),
        right=_imbalance_right,
    ),
    ONE_SAMPLE,
)

# --- (C.2) ----------------------------------------------------------------------------------------------------------


def jensen_over_samples(p: Point) -> Number:
    """The second line of (C.2)."""
    x = p.xp.sum(alignments(p)) / (p.n * (p.K - 1))
    return p.n * p.K * uniform_loss(x, p)


def squares_of_centred(p: Point) -> Number:
    """The third line of (C.2)."""
    xp, root = p.xp, p.xp.sqrt(p.n)
    squares = p.n * xp.sum(p.centred_classifiers**2) / root + root * xp.sum(p.H**2)
    return p.n * p.K * uniform_loss(squares / (2 * p.n * (p.K - 1)), p)


def sphere_slack(p: Point) -> Number:
    """The loss minus the last line of (C.2)."""
    return p.loss - sphere_bound(p)


BOUND = Inequality("loss bound (C.2) on the sphere", slack=sphere_slack, scale=lambda p: p.n * p.K * p.xp.asarray(1.0))

EXPONENT_IS_SQUARES = Identity(
    "X - x is a sum of squares: centring + alignment",
    left=lambda p: margin_bound(p) - p.xp.sum(alignments(p)) / (p.n * (p.K - 1)),
    right=misalignment_exponent,
)


def _spread_left(p: SpacePoint) -> Number:
    """(1 + (K-1) x e) / (1 + (K-1) x)."""
    return (1 + p.J * p.x * p.e) / (1 + p.J * p.x)


def _spread_right(p: SpacePoint) -> Number:
    c = p.J * p.x / (1 + p.J * p.x)
    return (1 - c) + c * p.e


SPREAD_IN_EXPONENTIALS = (
    Identity(
        "(1 + (K-1) x e) / (1 + (K-1) x) = (1 - c) + c e, "
        "with which t enters as log((1-c) e^{ct} + c e^{-(1-c)t}) - ct",
        left=_spread_left,
        right=_spread_right,
    ),
    ONE_SAMPLE,
)

ONE_DIFFERENCE = zero(
    "for K = 2 the mean of the differences of a sample is its only one",
    lambda p: mean_differences(p) - between_classes(p.logit_differences, p.n, p.xp)[0, :],
)
MEAN_IS_SUM = zero(
    "sum_i w~'h / (n (K-1)) is the mean of K w~'h / (K-1)",
    lambda p: p.xp.sum(alignments(p)) / (p.n * (p.K - 1)) - p.xp.mean(p.K * alignments(p) / (p.K - 1)),
)


def _exponent_of_squares(p: Point) -> Number:
    """The exponent of the third line of (C.2)."""
    xp, root = p.xp, p.xp.sqrt(p.n)
    return (p.n * xp.sum(p.centred_classifiers**2) / root + root * xp.sum(p.H**2)) / (2 * p.n * (p.K - 1))


def _cauchy_gap(p: Point) -> Number:
    """The growth of the exponent from the second line to the third, less sum |w~ - sqrt(n) h|^2 / (2 n^(3/2) (K-1))."""
    xp, root = p.xp, p.xp.sqrt(p.n)
    columns = xp.integers([column // p.n for column in range(p.K * p.n)])
    rest = xp.take(p.centred_classifiers.T, columns, axis=1) - root * p.H
    squares = xp.sum(rest * rest) / (2 * p.n * root * (p.K - 1))
    return _exponent_of_squares(p) - xp.sum(alignments(p)) / (p.n * (p.K - 1)) - squares


def _centring_gap(p: Point) -> Number:
    """The growth of the exponent from the third to the fourth line, less |sum_k w_k|^2 / (2 K sqrt(n) (K-1))."""
    total = p.xp.sum(p.W, axis=0)
    return margin_bound(p) - _exponent_of_squares(p) - p.xp.sum(total * total) / (2 * p.K * p.xp.sqrt(p.n) * (p.K - 1))


CAUCHY_IS_SQUARES = zero("the exponent of the third line exceeds that of the second by squares", _cauchy_gap)
CENTRING_IS_SQUARE = zero("the exponent of the fourth line exceeds that of the third by a square", _centring_gap)


def _line(statement: Inequality, argument: str, *proof: Identity | tuple[Identity, Space]) -> Part:
    """A line of (C.2), from identities."""
    return Part(statement, proof=proof, argument=argument, shapes=GRID, beyond=COEFFICIENTS)


SPHERE_BOUND = Part(
    BOUND,
    proof=(SAME_ARGUMENT, JENSEN_IN_EXPONENTIALS, SPREAD_IN_EXPONENTIALS, EXPONENT_IS_SQUARES),
    argument=(
        "loss - bound = imbalance + spread + misalignment, each the log of 1 plus means of e^y - 1 - y or a square"
    ),
    shapes=FREE_SAMPLES,
    beyond=COEFFICIENTS,
)


def _bound_with(name: str, exponent: Function) -> Neighbour:
    """(C.2) with another exponent in place of X."""
    return Neighbour(Inequality(name, slack=lambda p: p.loss - p.n * p.K * uniform_loss(exponent(p), p)))


BOUND_NEIGHBOURS = (
    _bound_with("(C.2), exponent times 0.999", lambda p: 0.999 * margin_bound(p)),
    _bound_with("(C.2), n for sqrt n", lambda p: p.squared_norm / (2 * p.n * (p.K - 1))),
    _bound_with("(C.2), K for K-1 in the exponent", lambda p: p.squared_norm / (2 * p.xp.sqrt(p.n) * p.K)),
    Neighbour(
        Inequality(
            "(C.2) without the factor K-1",
            slack=lambda p: p.loss - p.n * p.K * (uniform_loss(margin_bound(p), p) + 0.01),
        )
    ),
)

CLAIMS = (
    Claim(
        id="eq-c.1",
        where="(C.1)",
        kind="inequality",
        says="first Jensen step",
        position=760,
        printed=r"\mathcal L\ge\sum_{k,i}\log\Bigl(1+(K-1)\exp\bigl(\tfrac1{K-1}\sum_{j\ne k}-s_{kij}\bigr)\Bigr)"
        r"=\sum_{k,i}\log\Bigl(1+(K-1)\exp\bigl(-\tfrac{K\tilde w_k^\top h_{ki}}{K-1}\bigr)\Bigr)",
        verdict="holds",
        reason="the slack is the imbalance term: logs of 1 plus means of e^y - 1 - y; an identity for K = 2",
        parts=(
            Part(
                _first_jensen("(C.1), first line", 1),
                domain=SEVERAL,
                proof=(JENSEN_IN_EXPONENTIALS,),
                argument="the slack of a sample is log(1 + c mean(e^y - 1 - y)) with y = x - s of mean zero",
                shapes=FREE_SAMPLES,
                beyond=COEFFICIENTS,
            ),
            Part(
                SAME_ARGUMENT,
                proof=(SAME_ARGUMENT,),
                argument="it is polynomial",
                shapes=FREE_SAMPLES,
                beyond=COEFFICIENTS,
            ),
            Part(
                Identity("(C.1) is an identity for K = 2", left=lambda p: p.loss, right=first_line),
                domain=Domain(K=2, n=(1, 2), d=(1, 2)),
                proof=(ONE_DIFFERENCE,),
                argument="each sample has one term exp(-s) on both sides",
                shapes=Domain(K=2, n=(1, 4), d=(1, 2)),
                beyond=WORDS,
            ),
        ),
        neighbours=(
            Neighbour(_first_jensen("(C.1), exponent times 0.999", 0.999), SEVERAL),
            Neighbour(
                Inequality(
                    "(C.1) with K for K-1",
                    slack=lambda p: p.loss - p.xp.sum(p.xp.softplus(p.xp.log(p.K) - mean_differences(p))),
                ),
                SEVERAL,
            ),
            Neighbour(
                Identity(
                    "(C.1), second line, without centring",
                    left=mean_differences,
                    right=lambda p: p.K * p.xp.sum(p.logits * labels(p), axis=0) / (p.K - 1),
                )
            ),
            Neighbour(
                Inequality("(C.1) with the inequality reversed", slack=lambda p: first_line(p) - p.loss), SEVERAL
            ),
        ),
    ),
    Claim(
        id="eq-c.2",
        where="(C.2)",
        kind="inequality",
        says="the lower bound of the loss on a sphere",
        position=770,
        printed=r"\mathcal L\ge nK\log\Bigl(1+(K-1)\exp\bigl(-\tfrac1{2\sqrt n(K-1)}(\|W\|_F^2+\|H\|_F^2)\bigr)\Bigr)",
        verdict="holds",
        reason="the slack is a sum of three explicit non-negative terms: imbalance, spread, misalignment",
        parts=(
            SPHERE_BOUND,
            _line(
                Inequality("(C.2), second line", slack=lambda p: second_line(p) - jensen_over_samples(p)),
                "with t_i of mean zero each sample gives log((1-c) + c exp(-t_i)) >= -c t_i, by weighted means",
                SPREAD_IN_EXPONENTIALS,
                MEAN_IS_SUM,
            ),
            _line(
                Inequality("(C.2), third line", slack=lambda p: jensen_over_samples(p) - squares_of_centred(p)),
                "the exponent grows by squares, and the right side falls with it",
                CAUCHY_IS_SQUARES,
            ),
            _line(
                Inequality("(C.2), fourth line", slack=lambda p: squares_of_centred(p) - sphere_bound(p)),
                "the exponent grows by a square, and the right side falls with it",
                CENTRING_IS_SQUARE,
            ),
        ),
        neighbours=BOUND_NEIGHBOURS,
    ),
)
