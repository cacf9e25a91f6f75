r"""The four conditions of neural collapse, Section 2.1.

What is printed, and what is wrong with it:

* NC2 centres the class means in words but not in the formula.
* NC4 prints arg min of the logits; the decision is the arg max. With arg min it contradicts NC1 to NC3.
"""

from __future__ import annotations

from ncverify.collapse import (
    has_self_duality,
    has_variability_collapse,
    is_collapsed,
    is_simplex,
    means,
    within_class_deviations,
)
from ncverify.domain import Domain
from ncverify.kinds import Array, Functions, Number, TruthValue
from ncverify.literature.ulpm_2022._matrices import COEFFICIENTS, GRID
from ncverify.papers.claim import Claim, Correction, Neighbour, Part, Witness
from ncverify.point import Point
from ncverify.statements.types import Equivalence, Existence, Identity, Implication


def _classes_coincide(p: Point) -> TruthValue:
    firsts = p.xp.take(p.H, p.xp.integers([column // p.n * p.n for column in range(p.K * p.n)]), axis=1)
    return p.xp.all(firsts == p.H)


def _first_samples_at_their_mean(p: Point) -> TruthValue:
    firsts = p.xp.integers([k * p.n for k in range(p.K)])
    return p.xp.all(p.xp.take(within_class_deviations(p), firsts, axis=1) == 0)


FIRST_SAMPLE_ONLY = Implication(
    "NC1 for one i makes the features of each class coincide",
    premise=_first_samples_at_their_mean,
    conclusion=_classes_coincide,
)

NC1 = Claim(
    id="nc1",
    where="Section 2.1",
    kind="definition",
    says="variability collapse",
    position=40,
    printed=r"\|h_{k,i}-\bar h_k\|=0,\quad 1\le k\le K",
    verdict="holds",
    reason="a consistent definition, for all i: 'these activation collapse to their class mean', says the sentence "
    "before it",
    parts=(
        Part(
            Equivalence(
                "NC1 for all i iff the features of each class coincide",
                left=has_variability_collapse,
                right=_classes_coincide,
            )
        ),
    ),
    neighbours=(
        Neighbour(FIRST_SAMPLE_ONLY, Domain(K=2, n=3, d=1)),
        Neighbour(
            Implication(
                "for one class only",
                premise=lambda p: p.xp.all(within_class_deviations(p)[:, : p.n] == 0),
                conclusion=_classes_coincide,
            )
        ),
        Neighbour(
            Implication(
                "on average only",
                premise=lambda p: p.xp.all(p.xp.sum(within_class_deviations(p), axis=1) == 0),
                conclusion=_classes_coincide,
            )
        ),
    ),
)


def _centred_simplex(p: Point) -> TruthValue:
    return is_simplex(means(p, centred=True), p.xp)


def _printed_simplex(p: Point) -> TruthValue:
    return is_simplex(p.class_means, p.xp)


NC2 = Claim(
    id="nc2",
    where="Section 2.1",
    kind="definition",
    says="class means (text: centred; formula: uncentred) have equal norms and cosines -1/(K-1)",
    position=50,
    printed=(
        r"\cos(\bar h_k,\bar h_j)=-\tfrac1{K-1},\ \|\bar h_k\|=\|\bar h_j\|,\ k\ne j\quad\text{(``after "
        r"centering by their global-mean'')}"
    ),
    verdict="defect",
    reason="the words centre the class means, the formula does not: shifted features satisfy one and not the other",
    severity="local",
    effect="none; in the equality cases of Theorems 3.1 and 3.3 the means add up to zero, where words and formula "
    "agree; it matters for the cosines of Section 4",
    parts=(
        Part(
            Implication(
                "what the text describes, the formula describes", premise=_centred_simplex, conclusion=_printed_simplex
            ),
            role="form",
            witness=Witness(W=[[0], [0]], H=[[2, 0]]),
        ),
        Part(
            Implication(
                "what the formula describes, the text describes", premise=_printed_simplex, conclusion=_centred_simplex
            )
        ),
    ),
    correction=Correction(
        latex=r"\cos(\bar h_k-\bar h,\bar h_j-\bar h)=-\tfrac1{K-1},\ \|\bar h_k-\bar h\|=\|\bar h_j-\bar h\|>0",
        parts=(
            Part(
                Implication(
                    "the printed formula forces the global mean to be zero",
                    premise=_printed_simplex,
                    conclusion=lambda p: p.xp.all(p.global_mean == 0),
                )
            ),
            Part(
                Equivalence(
                    "for features of mean zero the two agree",
                    left=lambda p: _centred_simplex(p) & p.xp.all(p.global_mean == 0),
                    right=_printed_simplex,
                )
            ),
        ),
    ),
)


def _constant(p: Point) -> Number:
    """The only candidate for C: <W, M> / <M, M> with M the class means as rows."""
    return p.xp.sum(p.W * p.class_means) / p.xp.sum(p.class_means * p.class_means)


NC3 = Claim(
    id="nc3",
    where="Section 2.1",
    kind="definition",
    says="self-duality: w_k = C hbar_k for one C > 0",
    position=60,
    printed=r"\exists C>0:\ w_k=C\,\bar h_k,\ k\in[K]",
    verdict="holds",
    reason="a consistent definition; with the printed (uncentred) NC2 the means need no centring here",
    parts=(
        Part(
            Existence(
                "parallel W and class means have one constant C > 0",
                witness=_constant,
                valid=lambda p, C: p.xp.all(C * p.class_means == p.W) & (C > 0),
                given=[has_self_duality],
            )
        ),
        Part(
            Implication(
                "w_k = C hbar_k with C > 0 makes W and the class means parallel",
                premise=lambda p: (_constant(p) > 0) & p.xp.all(_constant(p) * p.class_means == p.W),
                conclusion=has_self_duality,
                given=[lambda p: p.xp.sum(p.class_means * p.class_means)],
            )
        ),
    ),
    neighbours=(
        Neighbour(
            Implication(
                "one C for each class, of either sign",
                premise=lambda p: (
                    p.xp.all(p.W[0, :] == p.class_means[0, :]) & p.xp.all(p.W[1, :] == -p.class_means[1, :])
                ),
                conclusion=has_self_duality,
                given=[lambda p: p.xp.sum(p.class_means * p.class_means)],
            ),
            Domain(K=2, n=1, d=(1, 2)),
        ),
        Neighbour(
            Implication(
                "a C of any sign",
                premise=lambda p: p.xp.all(_constant(p) * p.class_means == p.W),
                conclusion=has_self_duality,
                given=[lambda p: p.xp.sum(p.class_means * p.class_means)],
            )
        ),
        Neighbour(Implication("a simplex is self-dual", premise=_printed_simplex, conclusion=has_self_duality)),
    ),
)


def _distances(p: Point) -> Array:
    """|h - hbar_k|^2 of every feature to every class mean, shape (K, K*n)."""
    xp, M = p.xp, p.class_means
    own = xp.expand_dims(xp.sum(p.H * p.H, axis=0), axis=0)
    return own - 2 * (M @ p.H) + xp.expand_dims(xp.sum(M * M, axis=1), axis=1)


def _smallest(A: Array, xp: Functions) -> Array:
    return A - xp.expand_dims(xp.min(A, axis=0), axis=0)


def nc4_as_printed(p: Point) -> TruthValue:
    """arg min <w_k, h> and arg min |h - hbar_k| have a class in common, for every feature."""
    together = _smallest(p.logits, p.xp) + _smallest(_distances(p), p.xp)
    return p.xp.all(p.xp.min(together, axis=0) == 0)


def nc4_with_maximum(p: Point) -> TruthValue:
    """arg max <w_k, h> and arg min |h - hbar_k| have a class in common, for every feature."""
    together = _smallest(-p.logits, p.xp) + _smallest(_distances(p), p.xp)
    return p.xp.all(p.xp.min(together, axis=0) == 0)


def _simplex_and_dual(p: Point) -> TruthValue:
    return _printed_simplex(p) & has_self_duality(p)


NC4 = Claim(
    id="nc4",
    where="Section 2.1",
    kind="definition",
    says="the classifier's decision agrees with the nearest class mean, as the two printed argmins",
    position=70,
    printed=r"\arg\min_k\langle w_k,h\rangle\to\arg\min_k\|h-\bar h_k\|",
    verdict="defect",
    reason="with arg min on the left NC1 to NC3 rule it out; 'the network classifier converges to choose whichever "
    "class has the nearest train class-mean' asks for the arg max of the logits",
    severity="misprint",
    effect="none where it is read as it is meant: with arg min no point would be collapsed; with arg max it "
    "follows from NC1 to NC3, and nothing changes",
    parts=(
        Part(
            Implication("NC1 to NC3 imply the printed NC4", premise=is_collapsed, conclusion=nc4_as_printed),
            role="form",
            witness=Witness(W=[[1], [-1]], H=[[1, -1]]),
        ),
    ),
    correction=Correction(
        latex=r"\arg\max_k\langle w_k,h\rangle=\arg\min_k\|h-\bar h_k\|\text{ for every }h\text{, by NC2 and NC3}",
        parts=(
            Part(
                Implication(
                    "NC2 and NC3 imply NC4 with the maximum", premise=_simplex_and_dual, conclusion=nc4_with_maximum
                ),
                proof=(
                    Identity(
                        "the distances are |h|^2 - 2 <hbar_k, h> + |hbar_k|^2",
                        left=lambda p: _distances(p)[0, 0],
                        right=lambda p: p.xp.sum((p.H[:, 0] - p.class_means[0, :]) ** 2),
                    ),
                ),
                argument="with equal norms of the means, the distance falls as <hbar_k, h> = <w_k, h> / C grows",
                shapes=GRID,
                beyond=COEFFICIENTS,
            ),
        ),
    ),
)

CLAIMS = (NC1, NC2, NC3, NC4)
