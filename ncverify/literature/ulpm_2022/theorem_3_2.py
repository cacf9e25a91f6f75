r"""Theorem 3.2: limit directions of the gradient flow are along KKT points of (3.1), and the proof's last step.

The theorem is true. Four steps of the printed proof are not: (W, H)/q_min is not even feasible (Lemma B.1 divides by
sqrt(q_min)); (B.26) rests on a choice of s'_m with the wrong bound; with g = 1 - s, MFCQ as printed in (A.2) fails
for v = theta (it holds for -theta, and strictly because s >= 1, not only s >= 0); and (B.6) has half of the constant.

What the theorem does not say: the limit need not be collapsed. Below d = K-1 it never is, and a start on an invariant
ray such as Example 3.1's stays on it. From random starts with d >= K-1 every limit that was seen is collapsed, but for
d = K-1 a flow may wait at a saddle until log t = 10^6: a disturbance grows against rho like a power of rho only
(`ncverify.flow.escape`).

The rate: at theta/sqrt(q_min) the stationarity residual is c/rho in the limit, for any multipliers, with c^2 gamma~ the
squared length of the conserved offsets (`ncverify.flow.offsets`): like 1/sqrt(log t), as Lemma B.1's epsilon.
"""

from __future__ import annotations

from ncverify.flow import rates
from ncverify.literature.ulpm_2022._flow_limits import COLLAPSE, LIMITS, RAY, RESIDUAL_RATE
from ncverify.literature.ulpm_2022._late_points import in_range, late, late_part
from ncverify.literature.ulpm_2022.lemma_b_1 import B6_WITNESS, FEASIBLE_PART, RESIDUAL_PART, stationarity
from ncverify.literature.ulpm_2022.lemma_b_5 import PRINTED_CHOICE
from ncverify.model import between_classes
from ncverify.papers.claim import Claim, Correction, Neighbour, Part, Witness
from ncverify.point import Point
from ncverify.separation import slopes
from ncverify.statements.types import Function, Inequality


def feasible_when_divided(power: float) -> Inequality:
    """q_min of theta / q_min^power is at least one."""
    return Inequality(
        f"theta / q_min^{power} is feasible for (3.1)",
        slack=lambda p: Point.trusted(p.W / p.q_min**power, p.H / p.q_min**power).q_min - 1,
        given=[late],
    )


def _qualified(sign: int, *given: Function) -> Inequality:
    """<grad g_kij, v> > 0 for g = 1 - s and v = sign * theta, the smallest over all constraints."""
    return Inequality(
        f"MFCQ (A.2) for g = 1 - s and v = {sign:+d} theta",
        slack=lambda p: p.xp.min(between_classes(-slopes(p, (sign * p.W, sign * p.H)), p.n, p.xp)),
        given=given,
        strict=True,
    )


FEASIBLE_BY_Q = feasible_when_divided(1.0)
SCALING_WITNESS = Witness(W=[[1], [-1]], H=[[1, -1]])

SCALING = Claim(
    id="thm-3.2-proof-scaling",
    where="proof of Theorem 3.2",
    kind="claim",
    says="(W, H)/q_min is the approximate KKT point",
    position=710,
    printed=r"(\mathbf W,\mathbf H)/q_{\min}\text{ is an }(\sqrt{2(1-\beta)/\tilde\gamma},"
    r"\tfrac{K^2(K-1)n}{2\tilde\gamma q_{\min}})\text{-approximate KKT point}",
    verdict="false",
    reason="its margin is 1/q_min: infeasible where q_min > 1; Lemma B.1 divides by sqrt(q_min), and delta lost 1/e",
    severity="misprint",
    effect="Theorem 3.2 is unaffected: Lemma B.1 has the right scaling, and only this sentence quotes it wrongly",
    parts=(late_part(FEASIBLE_BY_Q, witness=SCALING_WITNESS),),
    correction=Correction(
        latex=r"(\mathbf W,\mathbf H)/\sqrt{q_{\min}}\text{ is one, with }"
        r"\delta=\tfrac{K^2(K-1)n}{2e\tilde\gamma q_{\min}}",
        parts=(FEASIBLE_PART, RESIDUAL_PART),
    ),
    neighbours=(Neighbour(feasible_when_divided(2.0)),),
)

THEOREM = Claim(
    id="thm-3.2",
    where="Theorem 3.2",
    kind="asymptotic",
    says="limit directions of the flow are along KKT points of (3.1) once the loss is below log 2",
    position=110,
    printed=r"\mathcal L(\theta(t_0))<\log2\Rightarrow\text{any limit point of }(\hat{\mathbf H}(t),\hat{\mathbf W}(t))"
    r"\text{ is along the direction of a KKT point of (3.1)}",
    verdict="proof-gap",
    reason="true along all flows followed; the proof divides by q_min and has (B.26), (B.6) and the sign of MFCQ wrong",
    severity="proof",
    effect="the link from the flow to the KKT points of (3.1); the conclusion stands, and the proof goes through with"
    " the repairs",
    parts=(
        Part(LIMITS),
        late_part(FEASIBLE_BY_Q, role="step", witness=SCALING_WITNESS),
        Part(
            PRINTED_CHOICE.statement,
            role="step",
            domain=PRINTED_CHOICE.domain,
            witness=PRINTED_CHOICE.witness,
        ),
        late_part(stationarity(1.0), role="step", witness=B6_WITNESS),
        late_part(_qualified(1, late), role="step", witness=SCALING_WITNESS),
    ),
    correction=Correction(
        latex=r"\text{proof with }\theta/\sqrt{q_{\min}},\ \log\rho(s_m')-\log\rho(s_m)=\epsilon_m,\ "
        r"\langle\nabla(1-s_{k,i,j}),-\theta\rangle=2s_{k,i,j}\ge2;\ \text{residual}\sim c/\rho",
        parts=(late_part(_qualified(-1, late, in_range)), Part(RESIDUAL_RATE), Part(COLLAPSE), Part(RAY)),
    ),
    neighbours=(
        Neighbour(stationarity(1.998)),
        Neighbour(_qualified(-1)),
        Neighbour(
            Inequality(
                "every point with L < log 2 is aligned", slack=lambda p: rates.alignment(p) - 0.999, given=[late]
            )
        ),
        Neighbour(
            Inequality(
                "every point with L < log 2 is within 0.1 % of the largest margin",
                slack=lambda p: p.q_min / p.squared_norm - 0.999 * rates.largest_possible_margin(p.K, p.n, p.xp),
                given=[late],
            )
        ),
    ),
)

CLAIMS = (THEOREM, SCALING)
