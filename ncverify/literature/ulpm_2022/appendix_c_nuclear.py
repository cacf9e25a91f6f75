r"""Appendix C, proof of Theorem 3.4: (C.11) and the singular vectors.

As printed, for Z = U S V': the subdifferential of |Z|_* consists of UV' + W with U'W = 0, WV = 0, |W|_2 <= 1; and at
points of (C.4) with W'W = HH': H'H = V S V', WW' = U S U', grad L V = lambda U, U' grad L = lambda V'.

All of it holds for the compact decomposition, whose S is invertible; for the full one, (C.11) and the last equivalences
fail where Z has not full rank, and "=> U S" is then no cancellation.
"""

from __future__ import annotations

from ncverify.domain import Domain
from ncverify.kinds import Array, Number
from ncverify.literature.ulpm_2022._matrices import (
    ALGEBRA,
    CRITICAL,
    SMALL_MATRICES,
    WORDS,
    free,
    imbalance,
    inner,
    is_balanced,
    outer,
    squares,
    zero,
)
from ncverify.papers.claim import Claim, Neighbour, Part
from ncverify.space import Space, SpacePoint, Variable
from ncverify.statements.types import Function, Identity, Inequality

# --- (C.11) -----------------------------------------------------------------------------------------------------------


def _columns(length: str, number: str) -> Variable:
    return Variable(length, number, on="orthonormal columns")


SINGULAR = Space(
    sizes={"K": (2, 3), "N": (2, 6), "c": (1, 2)},
    variables={
        "U": _columns("K", "c"),
        "V": _columns("N", "c"),
        "G": Variable("K", "N"),
        "S": Variable("c"),
        "lam": Variable(),
    },
    where=lambda s: s.c < s.K and s.N in (s.K, 2 * s.K),
)
"""c orthonormal columns of length K and N, a matrix G, singular values S and a number lambda."""

UNIT = free("G", U=Variable("K", 1, on="orthonormal columns"), V=Variable("N", 1, on="orthonormal columns"))
"""Two unit vectors as columns, and a matrix."""

RANK_ONE = Space(
    sizes={"K": (2, 3), "c": (1, 2)},
    variables={name: Variable("K") for name in ("w", "h", "a", "b")}
    | {"U": _columns("K", "c"), "V": _columns("K", "c")},
    where=lambda s: s.c == s.K - 1,
)
"""For the neighbours: X = w h', K-1 orthonormal columns twice, and a b' for the second term of the subgradient."""


def projected(p: SpacePoint) -> Array:
    """(I - UU') G (I - VV'): the second term of the subgradient."""
    T = p.G - p.U @ (p.U.T @ p.G)
    return T - (T @ p.V) @ p.V.T


def _outside(p: SpacePoint) -> tuple[Array, Array]:
    """The parts of a and b that are orthogonal to the columns of U and V."""
    return p.a - p.U @ (p.U.T @ p.a), p.b - p.V @ (p.V.T @ p.b)


def _normalised(p: SpacePoint, *, scale: float = 1.0, project: bool = True) -> Array:
    """U V' + W with |W|_2 = scale, and U'W = 0, W V = 0 unless they are not asked for."""
    a, b = _outside(p) if project else (p.a, p.b)
    return p.U @ p.V.T + scale * outer(a, b, p.xp) / p.xp.sqrt(squares(a, p) * squares(b, p))


def has_complement(p: SpacePoint) -> Number:
    """Positive where the second term of the subgradient exists."""
    a, b = _outside(p)
    return squares(a, p) * squares(b, p)


def subgradient_slack(p: SpacePoint, G: Array) -> Array:
    """(|w|^2 + |h|^2)/2 - <G, w h'>, at least |X|_* - <G, X> for X = w h'."""
    return (squares(p.w, p) + squares(p.h, p)) / 2 - p.w @ G @ p.h


def _gram_gap(p: SpacePoint) -> Array:
    R = projected(p)
    G = p.U @ p.V.T + R
    return G.T @ G - p.V @ p.V.T - R.T @ R


def _duality(p: SpacePoint) -> Number:
    return inner(p.U @ p.V.T + projected(p), (p.U * p.S) @ p.V.T, p.xp) - p.xp.sum(p.S)


def _alignment(p: SpacePoint) -> tuple[Array, Array]:
    """|G v - u|^2 and 1 - 2 u'Gv + |Gv|^2 for unit vectors u, v and a free G."""
    image = p.G @ p.V
    return squares(image - p.U, p), 1 - 2 * inner(p.U, image, p.xp) + squares(image, p)


GRAM = zero("(UV' + W)'(UV' + W) = VV' + W'W", _gram_gap)
DUALITY = zero("<UV' + W, U S V'> = tr S", _duality)
ALIGNMENT = Identity(
    "|Gv - u|^2 = 1 - 2 u'Gv + |Gv|^2 for unit vectors",
    left=lambda p: _alignment(p)[0],
    right=lambda p: _alignment(p)[1],
)


def _below(name: str, G: Function) -> Inequality:
    return Inequality(name, slack=lambda p: subgradient_slack(p, G(p)), given=[has_complement])


SUBDIFFERENTIAL = Claim(
    id="eq-c.11",
    where="(C.11)",
    kind="identity",
    says="subdifferential of the nuclear norm",
    position=950,
    printed=r"\partial\|Z\|_*=\{UV'+W:\ U'W=0,\ WV=0,\ \|W\|_2\le1\},\ Z=U\Sigma V'",
    verdict="holds",
    reason="for the compact decomposition: these are exactly the G with |G|_2 <= 1 and <G, Z> = |Z|_*",
    parts=(
        Part(GRAM, domain=SINGULAR, proof=(GRAM,), argument="so |UV' + W|_2 <= 1 where |W|_2 <= 1", beyond=ALGEBRA),
        Part(
            DUALITY,
            domain=SINGULAR,
            proof=(DUALITY,),
            argument="G = UV' + W attains |Z|_* at Z, and <G, X> <= |X|_* for every X: it is a subgradient",
            beyond=ALGEBRA,
        ),
        Part(
            ALIGNMENT,
            domain=UNIT,
            proof=(ALIGNMENT,),
            argument="if |G|_2 <= 1 and <G, Z> = sum S_i, then every u_i'G v_i is 1, so G v_i = u_i: the printed form",
            beyond=ALGEBRA,
        ),
    ),
    neighbours=(
        Neighbour(_below("|W|_2 <= 1.1", lambda p: _normalised(p, scale=1.1)), RANK_ONE),
        Neighbour(_below("1.001 UV' + W", lambda p: 1.001 * _normalised(p)), RANK_ONE),
        Neighbour(_below("without U'W = 0 and WV = 0", lambda p: _normalised(p, project=False)), RANK_ONE),
        Neighbour(
            Identity(
                "|Gv - u|^2 = 1 - u'Gv + |Gv|^2",
                left=lambda p: _alignment(p)[0],
                right=lambda p: 1 - inner(p.U, p.G @ p.V, p.xp) + squares(p.G @ p.V, p),
            ),
            UNIT,
        ),
    ),
)

# --- singular vectors -------------------------------------------------------------------------------------------------


FEATURE_ROOT = Identity(
    "(H'H)^2 - Z'Z = -H'(W'W - HH')H",
    left=lambda p: p.H.T @ p.H @ (p.H.T @ p.H) - p.logits.T @ p.logits,
    right=lambda p: -(p.H.T @ imbalance(p) @ p.H),
)
CLASSIFIER_ROOT = Identity(
    "(WW')^2 - ZZ' = W(W'W - HH')W'",
    left=lambda p: p.W @ p.W.T @ (p.W @ p.W.T) - p.logits @ p.logits.T,
    right=lambda p: p.W @ imbalance(p) @ p.W.T,
)


def _right_gap(p: SpacePoint) -> Array:
    return p.G @ p.H.T @ p.H - p.lam * (p.W @ p.H) - (p.G @ p.H.T - p.lam * p.W) @ p.H


def _left_gap(p: SpacePoint) -> Array:
    return p.W @ (p.W.T @ p.G) - p.lam * (p.W @ p.H) - p.W @ (p.W.T @ p.G - p.lam * p.H)


def _cancelled(p: SpacePoint) -> Array:
    """(G V S V' - lambda U S V') V - (G V - lambda U) S."""
    product = p.G @ (p.V * p.S) @ p.V.T - p.lam * ((p.U * p.S) @ p.V.T)
    return product @ p.V - (p.G @ p.V - p.lam * p.U) * p.S


RIGHT = zero("grad L H'H - lambda WH = (grad L H' - lambda W) H", _right_gap)
LEFT = zero("WW' grad L - lambda WH = W (W' grad L - lambda H)", _left_gap)
CANCELLED = zero("V and an invertible S cancel from grad L V S V' = lambda U S V'", _cancelled)

SINGULAR_VECTORS = Claim(
    id="c-singular-vectors",
    where="below (C.11)",
    kind="identity",
    says="H'H = V S V', WW' = U S U', grad L V = lambda U",
    position=960,
    printed=r"H'H=V\Sigma V',\ WW'=U\Sigma U',\ \nabla L(WH)V=\lambda U,\ U'\nabla L(WH)=\lambda V'",
    verdict="holds",
    reason="where W'W = HH', H'H and WW' are the positive semidefinite square roots of Z'Z and ZZ'; S is invertible",
    parts=(
        Part(
            FEATURE_ROOT,
            domain=SMALL_MATRICES,
            proof=(FEATURE_ROOT,),
            argument="the right side vanishes where W'W = HH'",
            beyond=WORDS,
        ),
        Part(
            CLASSIFIER_ROOT,
            domain=SMALL_MATRICES,
            proof=(CLASSIFIER_ROOT,),
            argument="likewise; such roots are unique",
            beyond=WORDS,
        ),
        Part(
            RIGHT,
            domain=CRITICAL,
            proof=(RIGHT, (CANCELLED, SINGULAR)),
            argument="(C.4) makes the right side zero; V'V = I cancels V S",
            beyond=ALGEBRA,
        ),
        Part(LEFT, domain=CRITICAL, proof=(LEFT,), argument="likewise from the other equation of (C.4)", beyond=WORDS),
    ),
    neighbours=(
        Neighbour(
            zero("(WW')^2 = ZZ' without W'W = HH'", lambda p: p.W @ p.W.T @ (p.W @ p.W.T) - p.logits @ p.logits.T),
            SMALL_MATRICES,
        ),
        Neighbour(
            Identity(
                "H'H = Z'Z",
                left=lambda p: p.H.T @ p.H,
                right=lambda p: p.logits.T @ p.logits,
                given=[is_balanced],
            ),
            Domain(K=2, n=1, d=1),
        ),
        Neighbour(
            Identity(
                "grad L H'H = lambda WH at every point",
                left=lambda p: p.logit_gradient @ p.H.T @ p.H,
                right=lambda p: -p.logits,
            ),
            SMALL_MATRICES,
        ),
    ),
)

CLAIMS = (SUBDIFFERENTIAL, SINGULAR_VECTORS)
