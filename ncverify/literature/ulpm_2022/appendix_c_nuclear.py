r"""Appendix C, proof of Theorem 3.4: (C.11) and the singular vectors.

As printed, for Z = U S V': the subdifferential of |Z|_* consists of UV' + W with U'W = 0, WV = 0, |W|_2 <= 1; and at
points of (C.4) with W'W = HH': H'H = V S V', WW' = U S U', grad L V = lambda U, U' grad L = lambda V'.

All of it holds for the compact decomposition, whose S is invertible; for the full one, (C.11) and the last equivalences
fail where Z has not full rank, and "=> U S" is then no cancellation.
"""

from __future__ import annotations

from typing import Any

from ncverify.domain import Domain
from ncverify.literature.ulpm_2022._matrices import (
    ALGEBRA,
    FEW,
    FRAMES,
    FREE,
    WORDS,
    critical_data,
    cut,
    frames,
    imbalance,
    inner,
    is_balanced,
    outer,
    squares,
    zero,
)
from ncverify.papers.claim import Claim, Neighbour, Part
from ncverify.point import Point
from ncverify.statements.types import Identity, Inequality

# --- (C.11) -----------------------------------------------------------------------------------------------------------


def _rank(p: Point) -> int:
    """How many columns U and V have: one, or two for K = 3, n = 1."""
    return max(1, p.K - p.n)


def _projected(T: Any, U: Any, V: Any) -> Any:
    """(I - UU') T (I - VV')."""
    T = T - U @ (U.T @ T)
    return T - (T @ V) @ V.T


def _free_subgradient(p: Point) -> tuple[Any, Any, Any]:
    """U, V and W with U'W = 0, W V = 0 and nothing else in common."""
    q, t, _ = cut(p, p.K, 1)
    U, V = frames(q, _rank(p))
    return U, V, _projected(t.logits, U, V)


def _rank_one(p: Point) -> tuple[Any, Any, Any, Any, Any]:
    """X, U, V and a, b from a point with d = 3, for the neighbours."""
    x, ab, q = cut(p, 1, 1)
    return x, *frames(q, p.K - 1), ab.W[:, 0], ab.H[0, :]


def _normalised(p: Point, *, scale: float = 1.0, project: bool = True) -> Any:
    """U V' + W with |W|_2 = scale, and U'W = 0, W V = 0 unless they are not asked for."""
    _, U, V, a, b = _rank_one(p)
    if project:
        a, b = a - U @ (U.T @ a), b - V @ (V.T @ b)
    return U @ V.T + scale * outer(a, b, p.xp) / p.xp.sqrt(squares(a, p) * squares(b, p))


def has_complement(p: Point) -> Any:
    """Positive where the second term of the subgradient exists."""
    _, U, V, a, b = _rank_one(p)
    return squares(a - U @ (U.T @ a), p) * squares(b - V @ (V.T @ b), p)


def subgradient_slack(p: Point, G: Any) -> Any:
    """(|W|^2 + |H|^2)/2 - <G, WH>, at least |X|_* - <G, X> for X = WH."""
    x = _rank_one(p)[0]
    return x.squared_norm / 2 - inner(G, x.logits, p.xp)


def _gram_gap(p: Point) -> Any:
    U, V, R = _free_subgradient(p)
    G = U @ V.T + R
    return G.T @ G - V @ V.T - R.T @ R


def _duality(p: Point) -> Any:
    U, V, R = _free_subgradient(p)
    sizes = cut(p, 1)[1].W[: _rank(p), 0]
    return inner(U @ V.T + R, (U * p.xp.expand_dims(sizes, axis=0)) @ V.T, p.xp) - p.xp.sum(sizes)


def _alignment(p: Point) -> tuple[Any, Any]:
    """|G v - u|^2 and 1 - 2 u'Gv + |Gv|^2 for unit vectors u, v and a free G."""
    q, g, _ = cut(p, p.K, 1)
    U, V = frames(q, 1)
    image = g.logits @ V
    return squares(image - U, p), 1 - 2 * inner(U, image, p.xp) + squares(image, p)


GRAM = zero("(UV' + W)'(UV' + W) = VV' + W'W", _gram_gap)
DUALITY = zero("<UV' + W, U S V'> = tr S", _duality)
ALIGNMENT = Identity(
    "|Gv - u|^2 = 1 - 2 u'Gv + |Gv|^2 for unit vectors",
    left=lambda p: _alignment(p)[0],
    right=lambda p: _alignment(p)[1],
)


def _below(name: str, G: Any) -> Inequality:
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
        Part(GRAM, domain=FREE, proof=(GRAM,), argument="so |UV' + W|_2 <= 1 where |W|_2 <= 1", beyond=ALGEBRA),
        Part(
            DUALITY,
            domain=FREE,
            proof=(DUALITY,),
            argument="G = UV' + W attains |Z|_* at Z, and <G, X> <= |X|_* for every X: it is a subgradient",
            beyond=ALGEBRA,
        ),
        Part(
            ALIGNMENT,
            domain=FREE,
            proof=(ALIGNMENT,),
            argument="if |G|_2 <= 1 and <G, Z> = sum S_i, then every u_i'G v_i is 1, so G v_i = u_i: the printed form",
            beyond=ALGEBRA,
        ),
    ),
    neighbours=(
        Neighbour(_below("|W|_2 <= 1.1", lambda p: _normalised(p, scale=1.1)), FRAMES),
        Neighbour(_below("1.001 UV' + W", lambda p: 1.001 * _normalised(p)), FRAMES),
        Neighbour(_below("without U'W = 0 and WV = 0", lambda p: _normalised(p, project=False)), FRAMES),
        Neighbour(
            Identity(
                "|Gv - u|^2 = 1 - u'Gv + |Gv|^2",
                left=lambda p: _alignment(p)[0],
                right=lambda p: sum(_alignment(p)) / 2 + 1,
            ),
            FREE,
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


def _right_gap(p: Point) -> Any:
    W, H, G, lam = critical_data(p)
    return G @ H.T @ H - lam * (W @ H) - (G @ H.T - lam * W) @ H


def _left_gap(p: Point) -> Any:
    W, H, G, lam = critical_data(p)
    return W @ (W.T @ G) - lam * (W @ H) - W @ (W.T @ G - lam * H)


def _cancelled(p: Point) -> Any:
    """(G V S V' - lambda U S V') V - (G V - lambda U) S."""
    q, g, numbers = cut(p, p.K, 1)
    U, V = frames(q, p.K - 1)
    G, lam, S = g.logits, numbers.W[0, 0], p.xp.expand_dims(numbers.H[0, : p.K - 1], axis=0)
    return (G @ (V * S) @ V.T - lam * ((U * S) @ V.T)) @ V - (G @ V - lam * U) * S


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
            domain=FEW,
            proof=(FEATURE_ROOT,),
            argument="the right side vanishes where W'W = HH'",
            beyond=WORDS,
        ),
        Part(
            CLASSIFIER_ROOT,
            domain=FEW,
            proof=(CLASSIFIER_ROOT,),
            argument="likewise; such roots are unique",
            beyond=WORDS,
        ),
        Part(
            RIGHT,
            domain=FREE,
            proof=(RIGHT, CANCELLED),
            argument="(C.4) makes the right side zero; V'V = I cancels V S",
            beyond=ALGEBRA,
        ),
        Part(LEFT, domain=FREE, proof=(LEFT,), argument="likewise from the other equation of (C.4)", beyond=WORDS),
    ),
    neighbours=(
        Neighbour(
            zero("(WW')^2 = ZZ' without W'W = HH'", lambda p: p.W @ p.W.T @ (p.W @ p.W.T) - p.logits @ p.logits.T),
            FEW,
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
            FEW,
        ),
    ),
)

CLAIMS = (SUBDIFFERENTIAL, SINGULAR_VECTORS)
