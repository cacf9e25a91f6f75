r"""Remark 3.2 and (3.2): the loss in terms of logit differences, and when it separates.

As printed:

.. math:: L(W, H) = \sum_{k,i} \log\Bigl(1 + \sum_{j \ne k} \exp(w_j h_{k,i} - w_k h_{k,i})\Bigr)

(transposes are missing on w_j and w_k); L < log 2 implies w_k h_ki - w_j h_ki >= 0 for any k, j, "which is equivalent
to q_min > 0". The implication is true, even strictly for j != k; the equivalence fails where a difference is zero.
"""

from __future__ import annotations

from ncverify.kinds import Number, TruthValue
from ncverify.literature.ulpm_2022._late_points import PRODUCT, TELESCOPED
from ncverify.model import between_classes, own_class_mask
from ncverify.papers.claim import Claim, Correction, Neighbour, Part, Witness
from ncverify.papers.neighbours import unequal
from ncverify.point import Point
from ncverify.space import Space, Variable
from ncverify.statements.types import Equivalence, Identity, Implication


def loss_of_definition(p: Point) -> Number:
    """(2.3) read off the logits: the sum of log-sum-exp minus the own logit."""
    own = p.xp.sum(p.logits * own_class_mask(p.K, p.n, p.xp), axis=0)
    return p.xp.sum(p.xp.logsumexp(p.logits, axis=0) - own)


EXPONENTIALS = Space(sizes={"K": (2, 4)}, variables={"x": Variable("K")})
"""Free variables in place of the exponentials of one sample's logits."""

ODDS = Identity(
    "sum of x_j over x_k is one plus the sum over j != k, for any x",
    left=lambda p: p.xp.sum(p.x) / p.x[0],
    right=lambda p: 1 + p.xp.sum(p.x[1:] / p.x[0]),
)


def all_differences_non_negative(p: Point) -> TruthValue:
    """w_k'h_ki - w_j'h_ki >= 0 for all k, j, i, as printed (j = k included)."""
    return p.xp.all(p.logit_differences >= 0)


def _separates(p: Point) -> TruthValue:
    return p.q_min > 0


def _below(factor: float) -> Implication:
    return Implication(
        f"loss < {factor} log 2 implies non-negative differences",
        premise=lambda p: p.loss < factor * p.xp.log(2),
        conclusion=all_differences_non_negative,
    )


LOSS = Identity("(3.2)", left=loss_of_definition, right=lambda p: p.loss)

CLAIMS = (
    Claim(
        id="eq-3.2",
        where="Remark 3.2, (3.2)",
        kind="identity",
        says="the loss in terms of logit differences",
        position=120,
        printed=r"\mathcal L=\sum_{k,i}\log(1+\sum_{j\ne k}\exp(w_jh_{k,i}-w_kh_{k,i}))",
        verdict="holds",
        reason="both sides are the logarithm of the same odds (read with the transposes that the notation drops)",
        parts=(
            Part(
                LOSS,
                proof=(ODDS,),
                shapes=EXPONENTIALS,
                argument="-log(x_k / sum x_j) = log(1 + sum over j != k of x_j / x_k) with x_j = exp(w_j'h)",
                beyond="a sum with one term for each class",
            ),
        ),
        neighbours=(
            Neighbour(unequal(LOSS, "1001/1000")),
            Neighbour(
                Identity(
                    "the sum over all j",
                    left=loss_of_definition,
                    right=lambda p: p.xp.sum(p.xp.softplus(p.xp.logsumexp(-p.logit_differences, axis=0))),
                )
            ),
            Neighbour(
                Identity(
                    "the largest term only",
                    left=loss_of_definition,
                    right=lambda p: p.xp.sum(p.xp.softplus(-p.margins)),
                )
            ),
        ),
    ),
    Claim(
        id="rem-3.2-implication",
        where="Remark 3.2",
        kind="implication",
        says="loss < log 2 implies every logit difference is >= 0",
        position=130,
        printed=r"\mathcal L<\log 2\Rightarrow w_kh_{k,i}-w_jh_{k,i}\ge 0,\ \forall k,j\in[K],i\in[n]",
        verdict="holds",
        reason="a single negative difference already costs more than log 2",
        parts=(
            Part(
                _below(1.0),
                proof=(PRODUCT,),
                argument="exp(-s) <= sum x_i <= exp(L) - 1 < 1 for every difference s, x_i = sum_j exp(-s_ij)",
                beyond=TELESCOPED,
            ),
        ),
        neighbours=(
            Neighbour(_below(1.001)),
            Neighbour(_below(2.0)),
            Neighbour(
                Implication(
                    "loss < log 2 implies differences of at least 0.001",
                    premise=lambda p: p.loss < p.xp.log(2),
                    conclusion=lambda p: p.xp.all(between_classes(p.logit_differences, p.n, p.xp) >= 0.001),
                )
            ),
            Neighbour(
                Implication(
                    "the mean loss instead of the sum",
                    premise=lambda p: p.loss < p.K * p.n * p.xp.log(2),
                    conclusion=all_differences_non_negative,
                )
            ),
        ),
    ),
    Claim(
        id="rem-3.2-equivalence",
        where="Remark 3.2",
        kind="equivalence",
        says="'every logit difference >= 0' is equivalent to q_min > 0",
        position=140,
        printed=r"(w_kh_{k,i}-w_jh_{k,i}\ge 0\ \forall k,j,i)\iff q_{\min}(W,H)>0",
        verdict="false",
        reason="at W = H = 0 every difference is zero, and so is q_min",
        severity="local",
        effect="none; the proofs use that a loss below log 2 gives q_min > 0, which is true by (B.5)",
        parts=(
            Part(
                Equivalence(
                    "non-negative differences iff q_min > 0", left=all_differences_non_negative, right=_separates
                ),
                witness=Witness(W=[[0], [0]], H=[[0, 0]]),
            ),
        ),
        correction=Correction(
            latex=r"(w_k'h_{k,i}-w_j'h_{k,i}>0\ \forall j\ne k,i)\iff q_{\min}(W,H)>0",
            parts=(
                Part(
                    Equivalence(
                        "positive differences for j != k iff q_min > 0",
                        left=lambda p: p.xp.all(between_classes(p.logit_differences, p.n, p.xp) > 0),
                        right=_separates,
                    )
                ),
            ),
        ),
    ),
)
