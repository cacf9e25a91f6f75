r"""Definition 2.1: the simplex equiangular tight frame.

As printed: a symmetric matrix M in R^{K x K} with

.. math:: M = \sqrt{\tfrac{K}{K-1}}\, Q (I_K - \tfrac1K 1_K 1_K'),

Q in R^{d x K} with orthogonal columns. M is then d x K, not symmetric, and a simplex only if the columns are
orthonormal;
and such a Q needs d >= K, while a simplex exists for d = K-1.
"""

from __future__ import annotations

from ncverify.collapse import is_simplex, simplex_gram
from ncverify.kinds import Array, TruthValue
from ncverify.papers.claim import Claim, Correction, Part, Witness
from ncverify.space import Space, SpacePoint, Variable
from ncverify.statements.types import Implication

FRAMES = Space(sizes={"K": (2, 3), "d": (2, 4)}, variables={"Q": Variable("d", "K")})
SQUARE = Space(sizes={"K": 2, "d": 2}, variables={"Q": Variable("d", "K")})


def has_orthogonal_columns(p: SpacePoint) -> TruthValue:
    """Q has orthogonal, non-zero columns, as printed."""
    off = p.Q.T @ p.Q * (1 - p.xp.eye(p.K))
    return p.xp.all(off == 0) & p.xp.all(p.xp.sum(p.Q * p.Q, axis=0) > 0)


def _centred(p: SpacePoint) -> Array:
    """Q (I - 11'/K), shape (d, K)."""
    return p.Q - p.xp.expand_dims(p.xp.mean(p.Q, axis=1), axis=1)


def printed_frame(p: SpacePoint) -> Array:
    """M = sqrt(K/(K-1)) Q (I - 11'/K), shape (d, K)."""
    return p.xp.sqrt(p.K) / p.xp.sqrt(p.K - 1) * _centred(p)


def _is_square(p: SpacePoint) -> TruthValue:
    return p.d == p.K


def _is_symmetric(p: SpacePoint) -> TruthValue:
    M = printed_frame(p)
    return p.xp.all(M == M.T)


def _frame_gram(p: SpacePoint) -> Array:
    # K/(K-1) times the Gram matrix of the centred columns: the square root of (2.2) is squared away
    return p.K * (_centred(p).T @ _centred(p)) / (p.K - 1)


def _is_orthonormal(p: SpacePoint) -> TruthValue:
    return p.xp.all(p.xp.eye(p.K) == p.Q.T @ p.Q)


DEFINITION_2_1 = Claim(
    id="def-2.1",
    where="Definition 2.1, (2.2)",
    kind="definition",
    says=(
        "a simplex ETF is a symmetric K x K matrix sqrt(K/(K-1)) Q (I - 11'/K), Q in R^{d x K} with orthogonal columns"
    ),
    position=30,
    printed=(
        r"M=\sqrt{\tfrac{K}{K-1}}\,Q(I_K-\tfrac1K 1_K1_K')\in\mathbb R^{K\times K}\text{ symmetric},\ "
        r"Q\in\mathbb R^{d\times K}\text{ with orthogonal columns}"
    ),
    verdict="defect",
    reason="M is d x K, not symmetric, and orthogonal columns of unequal norms give no simplex",
    severity="local",
    effect="none; the proofs use the lengths and cosines of NC2, never the matrix M",
    parts=(
        Part(
            Implication("M is K x K", premise=has_orthogonal_columns, conclusion=_is_square),
            role="form",
            domain=FRAMES,
            witness=Witness(Q=[[1, 0], [0, 1], [0, 0]]),
        ),
        Part(
            Implication("for d = K, M is symmetric", premise=has_orthogonal_columns, conclusion=_is_symmetric),
            role="form",
            domain=SQUARE,
            witness=Witness(Q=[[0, -1], [1, 0]]),
        ),
        Part(
            Implication(
                "orthogonal columns give a simplex",
                premise=has_orthogonal_columns,
                conclusion=lambda p: is_simplex(printed_frame(p).T, p.xp),
            ),
            role="form",
            domain=FRAMES,
            witness=Witness(Q=[[1, 0, 0], [0, 1, 0], [0, 0, 2]]),
        ),
    ),
    correction=Correction(
        latex=(
            r"M\in\mathbb R^{d\times K}\text{ with } M'M=\tfrac{K}{K-1}(I_K-\tfrac1K 1_K1_K')\ (d\ge "
            r"K-1);\ \text{(2.2) gives one for }Q'Q=I_K"
        ),
        parts=(
            Part(
                Implication(
                    "orthonormal columns give the Gram matrix of a simplex",
                    premise=_is_orthonormal,
                    conclusion=lambda p: p.xp.all(_frame_gram(p) == simplex_gram(p.K, p.xp)),
                ),
                domain=FRAMES,
            ),
        ),
    ),
)

CLAIMS = (DEFINITION_2_1,)
