r"""Appendix C, proof of Theorem 3.4: the trace line and the nuclear norm as a minimum over factorisations.

As printed: |W|^2 + |H|^2 = 2 tr S^2 = 2 |WH|_*; and |Z|_* is the minimum of (|W|^2 + |H|^2)/2 over Z = WH, "which is
equivalent to" |WH|_* <= (|W|^2 + |H|^2)/2. The exponent in tr S^2 is wrong: tr S. The variational formula holds for
every Z that is a product of the given shapes (rank at most d), which is where it is used; for other Z there is nothing
to minimise over.
"""

from __future__ import annotations

from ncverify.domain import Domain
from ncverify.kinds import Array, Number
from ncverify.literature.ulpm_2022._matrices import (
    ALGEBRA,
    SMALL_MATRICES,
    WORDS,
    free,
    inner,
    is_balanced,
    outer,
    squares,
    zero,
)
from ncverify.literature.ulpm_2022.appendix_c_nuclear import CLASSIFIER_ROOT, FEATURE_ROOT
from ncverify.papers.claim import Claim, Correction, Neighbour, Part, Witness
from ncverify.point import Point
from ncverify.space import SpacePoint, Variable
from ncverify.statements.types import Identity, Inequality

TWO_CLASSES = Domain(K=2, n=(1, 2), d=(1, 2))


def squared_nuclear_norm(Z: Array, p: Point) -> Number:
    """|Z|_*^2 = |Z|_F^2 + 2 sqrt(det ZZ') for two classes; the determinant as a sum of squared minors."""
    minors = outer(Z[0, :], Z[1, :], p.xp)
    return squares(Z, p) + 2 * p.xp.sqrt(squares(minors - minors.T, p) / 2)


TRACE = Claim(
    id="c-trace",
    where="below (C.11)",
    kind="identity",
    says="|W|^2 + |H|^2 = 2 tr S^2 = 2 |WH|_*",
    position=980,
    printed=r"\|W\|_F^2+\|H\|_F^2=2\operatorname{tr}\Sigma^2=2\|WH\|_*",
    verdict="false",
    reason="tr S^2 should be tr S: at W = H' = (1, -1)', a critical point, the sum is 4 and 2 tr S^2 is 8",
    severity="misprint",
    effect="none; what is used is the last expression, 2|WH|_*, which is right",
    parts=(
        Part(
            Identity(
                "|W|^2 + |H|^2 = 2 tr S^2 where W'W = HH'",
                left=lambda p: p.squared_norm,
                right=lambda p: 2 * squares(p.logits, p),
                given=[is_balanced],
            ),
            domain=Domain(K=(2, 3), n=1, d=(1, 2)),
            witness=Witness(W=[[1], [-1]], H=[[1, -1]]),
        ),
    ),
    correction=Correction(
        latex=r"\|W\|_F^2+\|H\|_F^2=2\operatorname{tr}\Sigma=2\|WH\|_*\quad(W'W=HH')",
        parts=(
            Part(
                CLASSIFIER_ROOT,
                domain=SMALL_MATRICES,
                proof=(CLASSIFIER_ROOT, FEATURE_ROOT),
                argument="WW' and H'H are the square roots of ZZ' and Z'Z, so |W|^2 = |H|^2 = tr S",
                beyond=WORDS,
            ),
            Part(
                Identity(
                    "(|W|^2 + |H|^2)^2 = 4 |WH|_*^2 where W'W = HH', two classes",
                    left=lambda p: p.squared_norm * p.squared_norm,
                    right=lambda p: 4 * squared_nuclear_norm(p.logits, p),
                    given=[is_balanced],
                ),
                domain=Domain(K=2, n=1, d=(1, 2)),
            ),
        ),
    ),
)


_ROWS = Variable("K", "K", on="orthonormal columns")
_COLUMNS = Variable("N", "K", on="orthonormal columns")
FRAMED = free("W", "H", d=(2, 2), U=_ROWS, V=_COLUMNS)
"""A point, and K orthonormal columns of length K and N."""

FACTORS = free("u", U=_ROWS, V=_COLUMNS)
"""U, V and the square roots u of the diagonal of S."""


def _frame_squares(p: SpacePoint) -> Number:
    return (squares(p.W.T @ p.U - p.H @ p.V, p) + squares(p.H - p.H @ p.V @ p.V.T, p)) / 2


def _attained_gap(p: SpacePoint) -> Number:
    """(|W|^2 + |H|^2)/2 - tr S for W = U S^(1/2), H = S^(1/2) V'."""
    return (squares(p.U * p.u, p) + squares(p.V * p.u, p)) / 2 - squares(p.u, p)


FRAME_BOUND = Identity(
    "(|W|^2 + |H|^2)/2 - <UV', WH> is a sum of squares",
    left=lambda p: (squares(p.W, p) + squares(p.H, p)) / 2 - inner(p.U @ p.V.T, p.W @ p.H, p.xp),
    right=_frame_squares,
)
ATTAINED = zero("W = U S^(1/2), H = S^(1/2) V' have (|W|^2 + |H|^2)/2 = tr S", _attained_gap)


def _variational(name: str, weight: float) -> Inequality:
    return Inequality(
        name,
        slack=lambda p: weight * weight * p.squared_norm * p.squared_norm - 4 * squared_nuclear_norm(p.logits, p),
    )


VARIATIONAL = Claim(
    id="c-nuclear-variational",
    where="below (C.11)",
    kind="identity",
    says="nuclear norm as a minimum over factorisations",
    position=990,
    printed=r"\|Z\|_*=\min_{Z=WH}\tfrac12(\|W\|_F^2+\|H\|_F^2)\iff\|WH\|_*\le\tfrac12(\|W\|_F^2+\|H\|_F^2)",
    verdict="holds",
    reason="for every product Z = WH: the bound by orthonormal frames, attained at W = U S^(1/2), H = S^(1/2) V'",
    parts=(
        Part(
            _variational("|WH|_* <= (|W|^2 + |H|^2)/2, two classes", 1.0),
            domain=TWO_CLASSES,
            proof=(FRAME_BOUND,),
            argument="with the singular vectors of WH for U and V, <UV', WH> = |WH|_*; the identity holds for every K",
            shapes=FRAMED,
            beyond=ALGEBRA,
        ),
        Part(
            FRAME_BOUND,
            domain=FRAMED,
            proof=(FRAME_BOUND,),
            argument="both terms on the right are squares",
            beyond=ALGEBRA,
        ),
        Part(
            ATTAINED,
            domain=FACTORS,
            proof=(ATTAINED,),
            argument="U and V have orthonormal columns; S has rank Z <= d entries",
            beyond=ALGEBRA,
        ),
    ),
    neighbours=(
        Neighbour(_variational("0.999 of it", 0.999), TWO_CLASSES),
        Neighbour(
            Identity(
                "attained by every factorisation",
                left=lambda p: p.squared_norm * p.squared_norm,
                right=lambda p: 4 * squared_nuclear_norm(p.logits, p),
            ),
            TWO_CLASSES,
        ),
        Neighbour(
            Inequality(
                "max(|W|^2, |H|^2) replaced by min",
                slack=lambda p: p.xp.minimum(squares(p.W, p), squares(p.H, p)) ** 2 - squared_nuclear_norm(p.logits, p),
            ),
            TWO_CLASSES,
        ),
        Neighbour(
            zero(
                "W = U S, H = V' attain it too",
                lambda p: (squares(p.U * p.u * p.u, p) + squares(p.V, p)) / 2 - squares(p.u, p),
            ),
            FACTORS,
        ),
    ),
)

CLAIMS = (TRACE, VARIATIONAL)
