r"""Section 4: the six metrics of neural collapse, and the claim that small values mean collapse.

As printed, with hbar the global mean:

.. math::
    \tfrac{Std}{Avg}(|\bar h_k - \bar h|),\; \tfrac{Std}{Avg}(|\bar w_k|),\;
    \tfrac{Avg(|h_{k,i} - h_k|)}{Avg(|h_{k,i} - \bar h|)},\; Avg(|\cos(\bar h_k, \bar h_{k'}) + \tfrac1{K-1}|), \dots

"h_k" in the within-class variation and "bar w_k" are defined nowhere, the last norm is not closed, and the cosines are
of uncentred means although every other item centres them: features shifted by a constant change item 3 and no other.
"A smaller value of each metric indicates a closer state to a neural collapse solution" fails at zero: the metrics do
not see a common shift of the classifiers, nor, for K = 2, of the features.
"""

from __future__ import annotations

from ncverify.collapse import has_variability_collapse, is_collapsed, is_simplex, means
from ncverify.domain import Domain
from ncverify.kinds import TruthValue
from ncverify.metrics import Notation, Section4Metrics, feature_cosine_deviation, section_4_metrics
from ncverify.metrics.rows import centred_rows
from ncverify.papers.claim import Claim, Correction, Part, Witness
from ncverify.point import Point
from ncverify.statements.types import Implication

DOMAIN = Domain(K=(2, 3), n=(1, 2), d=(1, 3))
PRINTED = Notation(centred_cosines=False, centred_classifier=False)


def all_zero(metrics: Section4Metrics) -> TruthValue:
    """Whether all six metrics vanish."""
    first, *others = vars(metrics).values()
    truth = first == 0
    for value in others:
        truth = truth & (value == 0)
    return truth


def is_shifted_collapse(p: Point) -> TruthValue:
    """NC1 to NC3 after subtracting the global mean from the features and the mean classifier from the classifiers."""
    xp, M, W = p.xp, means(p, centred=True), centred_rows(p.W, p.xp)
    inner = xp.sum(W * M)
    dual = (inner > 0) & xp.all(W * xp.sum(M * M) == inner * M)
    return has_variability_collapse(p) & is_simplex(M, xp) & dual


def _printed_cosines_vanish(p: Point) -> TruthValue:
    return feature_cosine_deviation(p.class_means, p.global_mean, centred=False) == 0


def _no_shift(p: Point) -> TruthValue:
    return p.xp.all(p.global_mean == 0) & p.xp.all(p.xp.sum(p.W, axis=0) == 0)


METRICS = Claim(
    id="sec-4-metrics",
    where="Section 4, items 1-4",
    kind="definition",
    says=(
        "the six metrics: norm variation of means and of classifiers, within-class variation, two cosines, self-duality"
    ),
    position=290,
    printed=(
        r"\ldots,\ \mathrm{Avg}(\|h_{k,i}-h_k\|)/\mathrm{Avg}(\|h_{k,i}-\bar h\|),\ "
        r"\mathrm{Avg}(|\cos(\bar h_k,\bar h_{k'})+\tfrac1{K-1}|),\ \ldots"
    ),
    verdict="defect",
    reason=(
        "h_k and bar w_k ('classifier norm in the last layer') are undefined, and item 3 ('average cosine between last "
        "layer features') alone is uncentred: it does not vanish at collapsed features with a mean"
    ),
    severity="local",
    effect="none; in the figures the cosines of features without negative entries, as ReLU gives them, cannot reach "
    "-1/(K-1), so that metric cannot vanish as printed",
    parts=(
        Part(
            Implication(
                "the printed cosines vanish where the centred means are a simplex",
                premise=lambda p: is_simplex(means(p, centred=True), p.xp),
                conclusion=_printed_cosines_vanish,
            ),
            role="form",
            domain=DOMAIN,
            witness=Witness(W=[[0], [0]], H=[[3, 1]]),
        ),
    ),
    correction=Correction(
        latex=(
            r"h_k\to\bar h_k,\ \bar w_k:=w_k-\tfrac1K\textstyle\sum_jw_j,\ \cos(\bar h_k-\bar h,\bar "
            r"h_{k'}-\bar h):\text{ all six vanish at collapse up to shifts}"
        ),
        parts=(
            Part(
                Implication(
                    "the six centred metrics vanish at every shifted collapsed point",
                    premise=is_shifted_collapse,
                    conclusion=lambda p: all_zero(section_4_metrics(p)),
                ),
                domain=DOMAIN,
            ),
        ),
    ),
)

ZERO = Claim(
    id="sec-4-zero",
    where="Section 4",
    kind="claim",
    says="smaller metrics mean closer to neural collapse; all zero means collapsed",
    position=300,
    printed=r"\text{smaller values indicate a closer state to neural collapse (all zero: collapsed)}",
    verdict="false",
    reason="'a smaller value of each metric indicates a closer state to a neural collapse solution', but all six "
    "vanish at points that are not collapsed: shifted classifiers, and for K = 2 shifted features",
    severity="local",
    effect="none; in the figures, small metrics show collapse only up to common shifts of classifiers and of features",
    parts=(
        Part(
            Implication(
                "all printed metrics zero (w_k as printed): collapsed",
                premise=lambda p: all_zero(section_4_metrics(p, PRINTED)),
                conclusion=is_collapsed,
            ),
            domain=DOMAIN,
            witness=Witness(W=[[1], [-1]], H=[[1, -3]]),
        ),
        Part(
            Implication(
                "all metrics zero (everything centred): collapsed",
                premise=lambda p: all_zero(section_4_metrics(p)),
                conclusion=is_collapsed,
            ),
            domain=DOMAIN,
            witness=Witness(W=[[2], [0]], H=[[1, -1]]),
        ),
    ),
    correction=Correction(
        latex=(
            r"\textstyle\sum_kw_k=0,\ \sum_{k,i}h_{k,i}=0\text{ and all six centred metrics "
            r"zero}\Rightarrow\text{NC1--NC3}"
        ),
        parts=(
            Part(
                Implication(
                    "all metrics zero and no shift: collapsed",
                    premise=lambda p: all_zero(section_4_metrics(p)) & _no_shift(p),
                    conclusion=is_collapsed,
                ),
                domain=DOMAIN,
            ),
        ),
    ),
)

CLAIMS = (METRICS, ZERO)
