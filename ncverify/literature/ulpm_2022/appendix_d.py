r"""Appendix D, the run of gradient descent and Figure 2: d-run and d-rate (the metric of item (2) is in section_4.py).

As printed: (2.3), N = 10, K = 5, d = 20, learning rate 5, 10^5 epochs; "all four quantities decrease at approximately
the rate O(1/(log(t)))".

The run: (2.3) is a sum, and its descent at rate 5 diverges within a hundred steps, whether N counts the samples of a
class or of all; with the mean loss, and N per class, it runs as described.

The rate, followed to log t = 10^6 instead of 11.5: norms, cosines and self-duality fall like 1/log t, but the
within-class variation like 1/sqrt(log t). Both follow from the conserved quantities 1'W and W'W - HH': the features
keep a constant offset outside the span of the limit's classifiers, which fades against rho only, and inside the span
squared norms keep a constant difference, which fades against rho^2. Without such offsets (a balanced start, d = K-1)
every metric falls faster than any power of log t; below d = K-1 the cosines do not fall at all.
"""

from __future__ import annotations

from ncverify.kinds import Array
from ncverify.literature.ulpm_2022 import _appendix_d as evidence
from ncverify.literature.ulpm_2022._late_points import FLOW
from ncverify.papers.claim import Claim, Correction, Neighbour, Part
from ncverify.space import SpacePoint
from ncverify.statements.types import Identity

# --- the conserved quantities, for a free logit gradient -------------------------------------------------------------


def _centred(p: SpacePoint) -> Array:
    """G with columns that add up to zero."""
    return p.G - p.xp.mean(p.G, axis=0, keepdims=True)


def _sum_moves(p: SpacePoint) -> Array:
    return p.xp.sum(-(_centred(p) @ p.H.T), axis=0)


def _classifiers_move(p: SpacePoint) -> Array:
    velocity = -(_centred(p) @ p.H.T)
    return velocity.T @ p.W + p.W.T @ velocity


def _features_move(sign: int) -> Array:
    def moved(p: SpacePoint) -> Array:
        velocity = -(p.W.T @ _centred(p))
        return sign * (velocity @ p.H.T + p.H @ velocity.T)

    return moved


SUM_IS_CONSERVED = Identity(
    "d/dt 1'W = 0 for any logit gradient with zero column sums",
    left=_sum_moves,
    right=lambda p: p.xp.zeros((p.d,)),
)
BALANCE_IS_CONSERVED = Identity(
    "d/dt W'W = d/dt HH' for any logit gradient", left=_classifiers_move, right=_features_move(1)
)


def _proved(identity: Identity) -> Part:
    return Part(
        identity,
        domain=FLOW,
        proof=(identity,),
        argument="linear in the logit gradient",
        beyond="coefficients a + b/K in monomials of two classes, and three values of K are tested",
    )


FALSE_INVARIANTS = (
    Neighbour(Identity("d/dt W'W = -d/dt HH'", left=_classifiers_move, right=_features_move(-1)), FLOW),
    Neighbour(
        Identity(
            "d/dt |W|^2 = 0",
            left=lambda p: p.xp.trace(_classifiers_move(p)),
            right=lambda p: 0,
        ),
        FLOW,
    ),
    Neighbour(
        Identity(
            "d/dt 1'W = 0 without zero column sums",
            left=lambda p: p.xp.sum(p.G @ p.H.T, axis=0),
            right=lambda p: p.xp.zeros((p.d,)),
        ),
        FLOW,
    ),
)

CLAIMS = (
    Claim(
        id="d-run",
        where="Appendix D",
        kind="empirical",
        says=(
            "gradient descent on (2.3) with N = 10, K = 5, d = 20, learning rate 5, 1e5 epochs drives all "
            "four quantities down"
        ),
        position=1020,
        printed=r"\text{gradient descent on (2.3), }N=10,\ K=5,\ d=20,\text{ learning rate }5,\ 10^5\text{ epochs, "
        r"drives all four quantities down}",
        verdict="refuted",
        reason="on the printed loss, a sum, learning rate 5 diverges within 100 steps; on the mean all fall",
        severity="local",
        effect="none; Figure 2 cannot be had as described, and can be with the mean of the loss",
        parts=(Part(evidence.RUN_AS_PRINTED),),
        correction=Correction(
            latex=r"\text{the same on the mean loss }\tfrac1{Kn}\mathcal L\text{ with }n=10\text{ samples per class}",
            parts=(Part(evidence.RUN_AS_MEANT),),
        ),
    ),
    Claim(
        id="d-rate",
        where="Appendix D, Figure 2",
        kind="empirical",
        says="all four quantities decrease at about the rate 1/log t",
        position=1030,
        printed=r"\text{all four quantities decrease at approximately the rate }O(1/\log t)",
        verdict="refuted",
        reason="the within-class variation falls like 1/sqrt(log t) for d >= K: an offset is conserved; the others fit",
        severity="local",
        effect="none; none claims a rate for the metrics; what was observed misses that the within-class variation "
        "falls more slowly for d >= K",
        parts=(Part(evidence.RATES_AS_PRINTED),),
        correction=Correction(
            latex=r"\text{norms, cosines, self-duality}\sim\tfrac1{\log t};\quad\text{within-class}\sim\tfrac{c}{\rho}"
            r"\sim\tfrac1{\sqrt{\log t}},\ c\text{ fixed by the conserved }1'W,\ W'W-HH'",
            parts=(
                _proved(SUM_IS_CONSERVED),
                _proved(BALANCE_IS_CONSERVED),
                Part(evidence.RATES),
                Part(evidence.OFFSETS),
                Part(evidence.WITHOUT_OFFSETS),
                Part(evidence.OTHER_DIMENSIONS),
            ),
        ),
        neighbours=FALSE_INVARIANTS,
    ),
)
