"""Papyan, Han and Donoho: what (NC1), (NC2) and a classifier give of (NC3) and (NC4)."""

from __future__ import annotations

from ncverify import Identity, Implication, Space, Variable
from ncverify.calculus import replaced
from ncverify.kinds import Array, TruthValue
from ncverify.literature._layer_peeled import balanced, peeled
from ncverify.literature._means import (
    centred,
    class_means,
    decides_alike,
    deviations,
    frame,
    frames,
    is_dual,
    is_simplex,
    squared_distances,
)
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.space import SpacePoint
from ncverify.statements.types import Function

LEAST_SQUARES = frames(a=Variable(positive=True), g=Variable("d"), h=Variable("d"))
GRAM_FREE = Space(
    sizes={"K": (2, 3), "d": (1, 3)}, variables={"C": Variable("d", "K"), "m": Variable("d"), "h": Variable("d")}
)


def _centred_means(p: SpacePoint) -> Array:
    """Mc = a U (I - J/K)."""
    return p.a * frame(p)


def _least_squares(p: SpacePoint) -> tuple[Array, Array]:
    """W = (1/K) Mc'(S_W + S_B)^+ with S_W = 0, and b = 1/K - W m_G."""
    M = _centred_means(p)
    W = M.T @ p.xp.linalg.pinv(M @ M.T / p.K) / p.K
    return W, 1 / p.xp.asarray(p.K) - W @ p.g


def _logits(p: SpacePoint) -> Array:
    W, b = _least_squares(p)
    return W @ p.h + b


def _moved(p: SpacePoint) -> Array:
    return _centred_means(p) + p.xp.expand_dims(p.g, 1)


def _implies(name: str, conclusion: Function) -> Implication:
    return Implication(name, premise=lambda p: p.a > 0, conclusion=conclusion)


DUAL = _implies("least squares: W' is a positive multiple of Mc", lambda p: is_dual(p, _least_squares(p)[0], frame(p)))
NEAREST = _implies("least squares: the nearest mean", lambda p: decides_alike(p, _logits(p), _moved(p)))
PENROSE = Identity(
    "(C C')(C C')(C C') = C (C'C)^2 C'",
    left=lambda p: (p.C @ p.C.T) @ (p.C @ p.C.T) @ (p.C @ p.C.T),
    right=lambda p: p.C @ ((p.C.T @ p.C) @ (p.C.T @ p.C)) @ p.C.T,
)
CLASSIFIES = Identity(
    "C'(C C') = (C'C) C'", left=lambda p: p.C.T @ (p.C @ p.C.T), right=lambda p: (p.C.T @ p.C) @ p.C.T
)


def _distances(p: SpacePoint) -> Array:
    return squared_distances(p, p.C + p.xp.expand_dims(p.m, 1))


def _expanded(p: SpacePoint) -> Array:
    off = p.h - p.m
    return p.xp.sum(off * off) - 2 * (p.C.T @ off) + p.xp.sum(p.C * p.C, axis=0)


EXPANDED = Identity("|h - m_k|^2 = |h - m_G|^2 - 2 <c_k, h - m_G> + |c_k|^2", left=_distances, right=_expanded)
WHY = "C'C = t (I - J/K), C 1 = 0: S = C C'/K has S^+ = K C C'/t^2, so W = C'/t; logits 1/K + <c_k, h - m_G>/t"
SHAPES = "multiplied out, whatever the shapes; a simplex in R^{K-1} too has only its Gram matrix in it"
PROOF = ((PENROSE, GRAM_FREE), (CLASSIFIES, GRAM_FREE), (EXPANDED, GRAM_FREE))


def _no_bias(p: SpacePoint) -> Array:
    return _least_squares(p)[0] @ p.h


LS = Claim(
    id="papyan-nc12-ls-nc34",
    where="proposition: NC1, NC2 and the least-squares classifier give NC3, NC4",
    kind="claim",
    attribution="recalled",
    says="S_W = 0, a simplex, W = (1/K) Mc'(S_W + S_B)^+, b = 1/K - W m_G: (NC3), and (NC4) at every h",
    printed=r"W=\tfrac1K\dot M^\top(\Sigma_W+\Sigma_B)^\dagger\Rightarrow\text{(NC3), (NC4)}",
    verdict="holds",
    reason="S_B^+ is a multiple of S_B, W = (1/t) Mc' with Mc'Mc = t (I - J/K), and the bias centres h at m_G",
    parts=(
        Part(DUAL, domain=LEAST_SQUARES, proof=PROOF, argument=WHY, beyond=SHAPES),
        Part(NEAREST, domain=LEAST_SQUARES, proof=PROOF, argument=WHY, beyond=SHAPES),
    ),
    neighbours=(
        Neighbour(
            _implies("without the bias: the nearest mean", lambda p: decides_alike(p, _no_bias(p), _moved(p))),
            LEAST_SQUARES,
        ),
        Neighbour(
            _implies(
                "W equals the means, without a factor", lambda p: p.xp.all(_centred_means(p) == _least_squares(p)[0].T)
            ),
            LEAST_SQUARES,
        ),
        Neighbour(
            _implies("dual to the means, not centred", lambda p: is_dual(p, _least_squares(p)[0], _moved(p))),
            LEAST_SQUARES,
        ),
    ),
)

COLLAPSED = peeled(d=(1, 3), b=Variable("K"), h=Variable("d"))
PAIRS = Space(
    sizes={"K": 2, "d": (1, 2)},
    classes=("K", (1, 2)),
    where=balanced,
    variables=COLLAPSED.variables,
)
BIASED = frames(
    c=Variable(positive=True),
    t=Variable(positive=True),
    g=Variable("d"),
    h=Variable("d"),
    e=Variable(),
    b=Variable("K"),
)


def _has_nc123(p: SpacePoint) -> TruthValue:
    M = centred(p, class_means(p))
    return p.xp.all(deviations(p) == 0) & is_simplex(p, M) & is_dual(p, p.W, M)


def _nc4(p: SpacePoint) -> TruthValue:
    return decides_alike(p, p.W @ p.h + p.b, class_means(p))


NC123 = Implication("(NC1), (NC2), (NC3): (NC4) at every h", premise=_has_nc123, conclusion=_nc4)


def _own_means(p: SpacePoint) -> Array:
    return p.t * frame(p) + p.xp.expand_dims(p.g, 1)


def _own_logits(p: SpacePoint, b: Array) -> Array:
    return p.c * (frame(p).T @ p.h) + b


def _centring_bias(p: SpacePoint) -> Array:
    return p.e - p.c * (frame(p).T @ p.g)


WITH_BIAS = Implication(
    "with b + W m_G constant, at every h",
    premise=lambda p: p.c > 0,
    conclusion=lambda p: decides_alike(p, _own_logits(p, _centring_bias(p)), _own_means(p)),
)
NEEDS_BIAS = Implication(
    "(NC4) at h = m_G: b + W m_G is constant",
    premise=lambda p: decides_alike(_at_mean(p), _own_logits(_at_mean(p), p.b), _own_means(p)),
    conclusion=lambda p: p.xp.all(_own_logits(_at_mean(p), p.b) == _own_logits(_at_mean(p), p.b)[0]),
)


def _at_mean(p: SpacePoint) -> SpacePoint:
    return replaced(p, {"h": p.g})


EQUIDISTANT = Identity(
    "all means are equally far from m_G",
    left=lambda p: squared_distances(_at_mean(p), _own_means(p)) * p.K,
    right=lambda p: p.t**2 * (p.K - 1) * p.xp.ones((p.K,)),
)
CENTRED = Identity(
    "K (|h - m_k|^2 + 2 (t/c) (<w_k, h> + b_k)) does not depend on k for b_k = e - <w_k, m_G>",
    left=lambda p: p.K * p.c * squared_distances(p, _own_means(p)) + 2 * p.K * p.t * _own_logits(p, _centring_bias(p)),
    right=lambda p: (
        (p.c * (p.K * p.xp.sum((p.h - p.g) ** 2) + p.t**2 * (p.K - 1)) + 2 * p.K * p.t * p.e) * p.xp.ones((p.K,))
    ),
)
RELATION = Claim(
    id="papyan-nc123-nc4",
    where="relation of the four properties",
    kind="claim",
    attribution="reading",
    says="(NC1), (NC2), (NC3) exactly, b arbitrary, b = 0 allowed: (NC4)",
    printed=r"\text{(NC1), (NC2), (NC3)}\Rightarrow\text{(NC4)}",
    verdict="false",
    reason="b = 0 and m_G != 0: the cells of the classifier meet at 0, those of the means at m_G; a reading, no "
    "verdict on the paper",
    severity="local",
    effect="the bias has to be e - W m_G, as that of least squares is, or the features centred with a constant bias",
    parts=(
        Part(
            NC123,
            domain=PAIRS,
            witness=Witness(W=[[1], [-1]], H=[[3, 1]], b=[0, 0], h=[1], class_sizes=(1, 1)),
        ),
    ),
    correction=Correction(
        latex=r"\text{(NC1), (NC2), (NC3)}\Rightarrow(\text{(NC4)}\iff b+Wm_G\in\operatorname{span}\mathbf1)",
        parts=(
            Part(
                WITH_BIAS,
                domain=BIASED,
                proof=(CENTRED,),
                argument="the largest logits are those of the least distances",
                beyond="from U'U = I alone; a simplex in R^{K-1} has the same Gram matrix",
            ),
            Part(
                NEEDS_BIAS,
                domain=BIASED,
                proof=(EQUIDISTANT,),
                argument="at h = m_G all classes are nearest, so all have the largest logit <w_k, m_G> + b_k",
                beyond="from U'U = I alone; a simplex in R^{K-1} has the same Gram matrix",
            ),
        ),
    ),
    neighbours=(
        Neighbour(NC123, PAIRS),
        Neighbour(
            Implication(
                "with b = 0",
                premise=lambda p: p.c > 0,
                conclusion=lambda p: decides_alike(p, _own_logits(p, 0), _own_means(p)),
            ),
            BIASED,
        ),
        Neighbour(
            Implication(
                "with twice the bias",
                premise=lambda p: p.c > 0,
                conclusion=lambda p: decides_alike(p, _own_logits(p, 2 * _centring_bias(p)), _own_means(p)),
            ),
            BIASED,
        ),
    ),
)

CLAIMS = (LS, RELATION)
