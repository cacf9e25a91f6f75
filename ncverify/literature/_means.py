"""Features, class means, scatter, and the four properties of neural collapse with centred means, which are columns."""

from __future__ import annotations

from ncverify import Space, Variable
from ncverify.kinds import Array, TruthValue
from ncverify.literature._layer_peeled import balanced, one_hot, square
from ncverify.space import SpacePoint
from ncverify.space.space import Range


def features(K: Range = (2, 3), n: Range = (1, 3), d: Range = (1, 3), **more: Variable) -> Space:
    """H (d, N) with equal classes, and further variables."""
    return Space(sizes={"K": K, "d": d}, classes=("K", n), where=balanced, variables={"H": Variable("d", "N")} | more)


def frames(**more: Variable) -> Space:
    """U (d, K) with orthonormal columns, d >= K, and further variables."""
    return Space(sizes={"K": (2, 3), "d": (2, 4)}, variables={"U": Variable("d", "K", on="orthonormal columns")} | more)


def class_means(p: SpacePoint, H: Array | None = None) -> Array:
    """M, shape (d, K), of equal classes: of p.H, or of other features H (d, N)."""
    return (p.H if H is None else H) @ one_hot(p).T * p.K / p.N


def deviations(p: SpacePoint) -> Array:
    """h_{k,i} - m_k, shape (d, N)."""
    return p.H - class_means(p) @ one_hot(p)


def centred(p: SpacePoint, M: Array) -> Array:
    """M less the mean of its columns, which is m_G for equal classes."""
    return M - p.xp.expand_dims(p.xp.mean(M, axis=1), 1)


def centred_means(p: SpacePoint) -> Array:
    """m_k - m_G as columns, shape (d, K)."""
    return centred(p, class_means(p))


def within(p: SpacePoint) -> Array:
    """S_W, shape (d, d)."""
    D = deviations(p)
    return D @ D.T / p.N


def frame(p: SpacePoint) -> Array:
    """U (I - J/K): the simplex with Gram matrix I - J/K, shape (d, K)."""
    return centred(p, p.U)


def squared_distances(p: SpacePoint, M: Array) -> Array:
    """|h - m_k|^2, shape (K,)."""
    gap = p.xp.expand_dims(p.h, 1) - M
    return p.xp.sum(gap * gap, axis=0)


def decides_alike(p: SpacePoint, logits: Array, M: Array) -> TruthValue:
    """(NC4) at h: the classes of the largest logit are those of the nearest means, ties included."""
    xp, distances = p.xp, squared_distances(p, M)
    chosen = xp.where(logits >= xp.max(logits), 1, 0)
    return xp.all(chosen == xp.where(distances <= xp.min(distances), 1, 0))


def is_dual(p: SpacePoint, W: Array, M: Array) -> TruthValue:
    """(NC3), W' / |W| = M / |M| for W, M != 0, without roots."""
    inner = p.xp.sum(W.T * M)
    return (inner > 0) & p.xp.all(W.T * square(p, M) == inner * M)


def is_simplex(p: SpacePoint, M: Array) -> TruthValue:
    """(NC2): M'M = a (K I - J) with a > 0."""
    gram, size = M.T @ M, square(p, M)
    return (size > 0) & p.xp.all(gram * p.K * (p.K - 1) == size * (p.K * p.xp.eye(p.K) - 1))
