r"""Appendix C, proof of Theorem 3.3: the equality case as four conditions.

As printed: "when all of the above inequality reduce to equality, we must have

    1. sum_i w_i = 0;   2. w_k = sqrt(n) h_ki for all i;   3. |w_k| = |w_k'|, |h_ki| = |h_k'j|;
    4. s_kij = w_k.h_ki - w_j.h_ki = K/(K-1) w_k.h_ki for all k, j in [K], i in [n].

These four conditions are exactly equivalent to neural collapse conditions and |W|_F = |H|_F". The fourth ranges over
j = k too, where s_kik = 0 is not K/(K-1) w_k.h_ki; and the origin satisfies all four without being collapsed.
"""

from __future__ import annotations

from ncverify.kinds import TruthValue
from ncverify.literature.ulpm_2022._landscape import WIDE
from ncverify.literature.ulpm_2022.appendix_c_gradient import labels
from ncverify.literature.ulpm_2022.theorem_3_1 import is_optimal
from ncverify.model import between_classes
from ncverify.papers.claim import Claim, Correction, Part, Witness
from ncverify.point import Point
from ncverify.slack.loss import attains_sphere_bound
from ncverify.statements.types import Equivalence, Implication


def condition_four(p: Point, *, own_class: bool) -> TruthValue:
    """s_kij = K/(K-1) w_k.h_ki for all samples and all j; `own_class` includes j = k, as printed."""
    xp = p.xp
    own = xp.sum(p.logits * labels(p), axis=0)
    target = xp.expand_dims(p.K * own / (p.K - 1), axis=0)
    S = p.logit_differences if own_class else between_classes(p.logit_differences, p.n, xp)
    return xp.all(target == S)


def four_conditions(p: Point, *, own_class: bool) -> TruthValue:
    """The conditions 1 to 4 of the proof."""
    xp = p.xp
    columns = xp.integers([column // p.n for column in range(p.K * p.n)])
    centred = xp.all(xp.sum(p.W, axis=0) == 0)
    aligned = xp.all(xp.take(p.W.T, columns, axis=1) == xp.sqrt(p.n) * p.H)
    w, h = xp.sum(p.W**2, axis=1), xp.sum(p.H**2, axis=0)
    return centred & aligned & xp.all(w == w[0]) & xp.all(h == h[0]) & condition_four(p, own_class=own_class)


def _fourth(name: str, *, own_class: bool) -> Implication:
    return Implication(name, premise=attains_sphere_bound, conclusion=lambda p: condition_four(p, own_class=own_class))


_SEGMENT, _ORIGIN = Witness(W=[[1], [-1]], H=[[1, -1]]), Witness(W=[[0], [0]], H=[[0, 0]])

CLAIMS = (
    Claim(
        id="c-condition-4",
        where="proof of Theorem 3.3, condition 4",
        kind="identity",
        says="s_kij = K/(K-1) w_k.h_ki for the printed range of indices",
        position=780,
        printed=(
            r"s_{k,i,j}=w_k^\top h_{k,i}-w_j^\top h_{k,i}=\tfrac{K}{K-1}w_k^\top h_{k,i},\ \forall "
            r"k,j\in[K],\ i\in[n]"
        ),
        verdict="false",
        reason=(
            "the printed range includes j = k, where s_kik = 0 but w_k.h_ki > 0 at every equality point "
            "except the origin"
        ),
        severity="misprint",
        effect="the list of equality conditions in the proof of Theorem 3.3 only; with j != k the proof stands",
        parts=(
            Part(
                _fourth("condition 4 for all j, j = k included", own_class=True),
                domain=WIDE,
                witness=_SEGMENT,
            ),
        ),
        correction=Correction(
            latex=r"s_{k,i,j}=\tfrac{K}{K-1}w_k^\top h_{k,i},\ \forall k\ne j\in[K],\ i\in[n]",
            parts=(Part(_fourth("condition 4 for j != k", own_class=False), domain=WIDE),),
        ),
    ),
    Claim(
        id="c-conditions-equivalent",
        where="proof of Theorem 3.3, last line",
        kind="equivalence",
        says="the four conditions are exactly equivalent to neural collapse with |W| = |H|",
        position=790,
        printed=r"\text{conditions 1--4}\iff\text{neural collapse and }\|W\|_F=\|H\|_F",
        verdict="false",
        reason="with j = k in condition 4 only the origin satisfies the four, and the origin is not collapsed",
        severity="misprint",
        effect="the last step of Theorem 3.3; with j != k it is true away from the origin, which is an exception to "
        "the theorem itself",
        parts=(
            Part(
                Implication(
                    "collapse with |W| = |H| satisfies the four conditions",
                    premise=is_optimal,
                    conclusion=lambda p: four_conditions(p, own_class=True),
                ),
                domain=WIDE,
                witness=_SEGMENT,
            ),
            Part(
                Implication(
                    "the four conditions give collapse with |W| = |H|",
                    premise=lambda p: four_conditions(p, own_class=True),
                    conclusion=is_optimal,
                ),
                domain=WIDE,
                witness=_ORIGIN,
            ),
        ),
        correction=Correction(
            latex=r"(W,H)\ne0:\quad\text{conditions 1--3 and 4 for } j\ne k\iff\text{NC1--NC3 and }\|W\|_F=\|H\|_F",
            parts=(
                Part(
                    Equivalence(
                        "away from the origin, conditions 1 to 3 and 4 for j != k are collapse with |W| = |H|",
                        left=lambda p: four_conditions(p, own_class=False),
                        right=is_optimal,
                        given=[lambda p: p.squared_norm],
                    ),
                    domain=WIDE,
                ),
            ),
        ),
    ),
)
