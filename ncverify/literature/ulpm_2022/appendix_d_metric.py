r"""Appendix D, item (2): the within-class variation as printed there.

.. math:: Avg(|h_{k,i} - \bar h_k|) / Avg(|h_{k,i} - \bar h_k|)

Numerator and denominator are the same number: the quotient is one wherever it is defined, whatever the features do.
Section 4 has the global mean in the denominator.
"""

from __future__ import annotations

from ncverify.collapse import has_variability_collapse, within_class_deviations
from ncverify.domain import Domain
from ncverify.kinds import Number
from ncverify.metrics import mean_distance, within_class_variation
from ncverify.metrics.rows import row_norms
from ncverify.papers.claim import Claim, Correction, Part, Witness
from ncverify.point import Point
from ncverify.statements.types import Equivalence, Inequality

DOMAIN = Domain(K=(2, 3), n=(1, 2), d=(1, 2))


def spread(p: Point) -> Number:
    """Avg(|h_ki - hbar_k|)."""
    return p.xp.mean(row_norms(within_class_deviations(p).T, p.xp))


def printed_metric(p: Point) -> Number:
    """The quotient as printed."""
    return spread(p) / spread(p)


def tightened(p: Point) -> Point:
    """The point with every feature moved half way to its class mean."""
    return Point.trusted(p.W, p.H - within_class_deviations(p) / 2)


def _labels(p: Point) -> list[int]:
    return [k for k in range(p.K) for _ in range(p.n)]


def section_4_metric(p: Point) -> Number:
    """The quotient of Section 4, with the global mean below."""
    return within_class_variation(p.H.T, _labels(p), p.class_means, p.global_mean)


CLAIMS = (
    Claim(
        id="d-within-metric",
        where="Appendix D, item (2)",
        kind="definition",
        says="the within-class metric as printed there",
        position=1010,
        printed=r"\mathrm{Avg}(\|h_{k,i}-\bar h_k\|)/\mathrm{Avg}(\|h_{k,i}-\bar h_k\|)",
        verdict="defect",
        reason="numerator and denominator are the same: the quotient is 1 wherever it is defined",
        severity="misprint",
        effect="none; Figure 2(b) cannot show the printed quantity, which is constant",
        parts=(
            Part(
                Inequality(
                    "the metric falls when every feature moves half way to its class mean",
                    slack=lambda p: printed_metric(p) - printed_metric(tightened(p)),
                    given=[spread],
                    strict=True,
                ),
                role="form",
                domain=DOMAIN,
                witness=Witness(W=[[0], [0]], H=[[1, 3, -1, -3]]),
            ),
        ),
        correction=Correction(
            latex=r"\mathrm{Avg}(\|h_{k,i}-\bar h_k\|)/\mathrm{Avg}(\|h_{k,i}-\bar h\|)",
            parts=(
                Part(
                    Equivalence(
                        "the quotient of Section 4 is zero iff NC1 holds",
                        left=lambda p: section_4_metric(p) == 0,
                        right=has_variability_collapse,
                        given=[lambda p: mean_distance(p.H.T, p.global_mean)],
                    ),
                    domain=DOMAIN,
                ),
            ),
        ),
    ),
)
