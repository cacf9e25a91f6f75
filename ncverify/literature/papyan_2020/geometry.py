"""Papyan, Han and Donoho: (NC2), (NC3), and what a simplex is."""

from __future__ import annotations

from ncverify import Equivalence, Identity, Implication, OverShapes, Space, Variable
from ncverify.kinds import Array, Number, TruthValue
from ncverify.literature._layer_peeled import square
from ncverify.literature._means import (
    centred,
    centred_means,
    class_means,
    features,
    frame,
    frames,
    is_dual,
    is_simplex,
)
from ncverify.papers import Claim, Neighbour, Part
from ncverify.space import SpacePoint
from ncverify.statements.types import Function

ANY = features()


def _written_simplex(p: SpacePoint) -> TruthValue:
    """Equal lengths and cosines of the centred means, as written."""
    xp, M = p.xp, centred_means(p)
    squares, cosines = xp.sum(M * M, axis=0), (p.K * xp.eye(p.K) - 1) / (p.K - 1)
    lengths = xp.sqrt(xp.expand_dims(squares, 0) * xp.expand_dims(squares, 1))
    return xp.all(squares == squares[0]) & xp.all(cosines * lengths == M.T @ M)


def _apart(p: SpacePoint) -> Number:
    """The least |m_k - m_G|^2."""
    M = centred_means(p)
    return p.xp.min(p.xp.sum(M * M, axis=0))


def _inner(p: SpacePoint, j: int, k: int) -> Number:
    """<m_j - m_G, m_k - m_G>."""
    M = centred_means(p)
    return p.xp.sum(M[:, j] * M[:, k])


LENGTHS = Identity(
    "the trace of Mc'Mc is the sum of |m_k - m_G|^2",
    left=lambda p: p.xp.trace(centred_means(p).T @ centred_means(p)),
    right=lambda p: p.xp.sum(centred_means(p) ** 2),
)
NC2_MEANS = Equivalence(
    "equal lengths and cosines -1/(K-1) iff Mc'Mc = a (K I - J) with a > 0",
    left=_written_simplex,
    right=lambda p: is_simplex(p, centred_means(p)),
    given=[_apart],
)
SHIFTED = frames(t=Variable(positive=True), g=Variable("d"))
NC2_MET = Identity(
    "t U (I - J/K) + g 1', U'U = I, has centred means with Gram matrix t^2 (I - J/K)",
    left=lambda p: centred(p, p.t * frame(p) + p.xp.expand_dims(p.g, 1)).T @ (p.t * frame(p)),
    right=lambda p: p.t**2 * (p.xp.eye(p.K) - p.xp.ones((p.K, p.K)) / p.K),
)
GRAM = "entry by entry, from U'U = I and the sums over the columns alone"
NC2 = Claim(
    id="papyan-nc2-def",
    where="definition of (NC2)",
    kind="definition",
    attribution="recalled",
    says="(NC2): |m_k - m_G| equal, and <u_j, u_k> = K/(K-1) 1[j=k] - 1/(K-1)",
    printed=r"\|m_j-m_G\|=\|m_k-m_G\|,\ \langle u_j,u_k\rangle=\tfrac K{K-1}\delta_{jk}-\tfrac1{K-1}",
    verdict="holds",
    reason="consistent, with the diagonal of unit vectors: Mc'Mc = a (K I - J), a > 0; where some m_k = m_G there is "
    "no u_k, and (NC2) is not met",
    parts=(
        Part(
            NC2_MEANS,
            domain=features(n=1, d=(1, 2)),
            proof=(LENGTHS,),
            argument="with equal lengths the Gram matrix is the common square times the cosines",
            beyond="division by one positive number, whatever the shapes",
        ),
        Part(NC2_MET, domain=SHIFTED, proof=(NC2_MET,), argument="such points exist, wherever m_G is", beyond=GRAM),
    ),
    neighbours=(
        Neighbour(
            Implication(
                "the means themselves, not centred, are a simplex",
                premise=lambda p: is_simplex(p, centred_means(p)),
                conclusion=lambda p: is_simplex(p, class_means(p)),
            ),
            ANY,
        ),
        Neighbour(
            Implication(
                "equal lengths are enough",
                premise=lambda p: p.xp.all(
                    p.xp.sum(centred_means(p) ** 2, axis=0) * p.K == square(p, centred_means(p))
                ),
                conclusion=lambda p: is_simplex(p, centred_means(p)),
                given=[_apart],
            ),
            features(K=4, n=1, d=(1, 2)),
        ),
        Neighbour(
            Implication(
                "cosines -1/K",
                premise=lambda p: is_simplex(p, centred_means(p)),
                conclusion=lambda p: _inner(p, 0, 1) * p.K == -_inner(p, 0, 0),
            ),
            features(K=2),
        ),
    ),
)

PAIR = features(W=Variable("K", "d"))


def _directions(p: SpacePoint) -> TruthValue:
    """W'/|W| = Mc/|Mc| as written."""
    M = centred_means(p)
    return p.xp.all(p.W.T / p.xp.sqrt(square(p, p.W)) == M / p.xp.sqrt(square(p, M)))


def _not_zero(p: SpacePoint) -> Number:
    return square(p, p.W) * square(p, centred_means(p))


def _parallel(p: SpacePoint) -> Number:
    M = centred_means(p)
    return square(p, p.W.T * square(p, M) - p.xp.sum(p.W.T * M) * M)


def _cauchy(p: SpacePoint) -> Number:
    M = centred_means(p)
    return square(p, M) * (square(p, p.W) * square(p, M) - p.xp.sum(p.W.T * M) ** 2)


NC3 = Claim(
    id="papyan-nc3-def",
    where="definition of (NC3)",
    kind="definition",
    attribution="recalled",
    says="(NC3): W'/|W| = Mc/|Mc|; along training the difference tends to 0",
    printed=r"W^\top/\|W\|_F=\dot M/\|\dot M\|_F",
    verdict="holds",
    reason="consistent: W' = c Mc with c > 0; where W or all centred means vanish it is not met",
    parts=(
        Part(
            Equivalence(
                "W'/|W| = Mc/|Mc| iff W' is a positive multiple of Mc",
                left=_directions,
                right=lambda p: is_dual(p, p.W, centred_means(p)),
                given=[_not_zero],
            ),
            domain=PAIR,
            proof=(Identity("|W' m - s Mc|^2 = m (|W|^2 m - s^2)", left=_parallel, right=_cauchy),),
            argument="m = |Mc|^2, s = <W', Mc> > 0: parallel iff Cauchy's inequality is tight",
            beyond="multiplied out, whatever the shapes",
        ),
    ),
    neighbours=(
        Neighbour(
            Equivalence("of either sign", left=_directions, right=lambda p: -_parallel(p), given=[_not_zero]), PAIR
        ),
        Neighbour(
            Implication(
                "with means that are not centred",
                premise=lambda p: is_dual(p, p.W, class_means(p)),
                conclusion=lambda p: is_dual(p, p.W, centred_means(p)),
                given=[_not_zero],
            ),
            PAIR,
        ),
        Neighbour(
            Implication(
                "a simplex is its own dual",
                premise=lambda p: is_simplex(p, centred_means(p)),
                conclusion=lambda p: is_dual(p, p.W, centred_means(p)),
                given=[_not_zero],
            ),
            PAIR,
        ),
    ),
)

SCALED = frames(t=Variable(positive=True))
COMPLETED = Space(sizes={"K": (2, 4), "d": (2, 4)}, variables={"V": Variable("d", "K"), "u": Variable("d")})


def _completed(p: SpacePoint) -> Array:
    return p.V + p.xp.expand_dims(p.u, 1)


def _completed_gram(p: SpacePoint) -> Array:
    xp, cross = p.xp, p.u @ p.V
    return p.V.T @ p.V + xp.expand_dims(cross, 0) + xp.expand_dims(cross, 1) + xp.sum(p.u * p.u)


ETF_GRAM = Identity(
    "M = t U (I - J/K) has the Gram matrix t^2 (I - J/K)",
    left=lambda p: p.t**2 * (frame(p).T @ frame(p)),
    right=lambda p: p.t**2 * (p.xp.eye(p.K) - p.xp.ones((p.K, p.K)) / p.K),
)
COMPLETES = Identity(
    "(V + u 1')'(V + u 1') = V'V + 1 (u'V) + (V'u) 1' + |u|^2 J",
    left=lambda p: _completed(p).T @ _completed(p),
    right=_completed_gram,
)
RETURNS = Identity(
    "(V + u 1')(I - J/K) = V (I - J/K)", left=lambda p: centred(p, _completed(p)), right=lambda p: centred(p, p.V)
)


def _gram_neighbour(name: str, right: Function) -> Neighbour:
    return Neighbour(Identity(name, left=ETF_GRAM.left, right=right), SCALED)


ETF = Claim(
    id="papyan-etf-def",
    where="definition of the (general) simplex ETF",
    kind="definition",
    attribution="recalled",
    says="M = alpha sqrt(K/(K-1)) U (I - J/K), U'U = I, alpha > 0, d >= K: every K vectors of one length with cosines "
    "-1/(K-1)",
    printed=r"M=\alpha\sqrt{\tfrac K{K-1}}\,U(I-\tfrac1KJ),\ U^\top U=I_K",
    verdict="holds",
    reason="both ways for d >= K, as demanded; in R^{K-1} such vectors exist too, and there is no U of K orthonormal "
    "columns",
    parts=(
        Part(
            ETF_GRAM,
            domain=SCALED,
            proof=(ETF_GRAM,),
            argument="t^2 = alpha^2 K/(K-1): squared lengths alpha^2, inner products -alpha^2/(K-1)",
            beyond=GRAM,
        ),
        Part(
            COMPLETES,
            domain=COMPLETED,
            proof=(COMPLETES, RETURNS),
            argument="V'V = I - J/K gives V 1 = 0 and rank K-1 < d; with u orthogonal to V and |u|^2 = 1/K, "
            "U = V + u 1' has U'U = I and U (I - J/K) = V",
            beyond="multiplied out, whatever the shapes",
        ),
    ),
    neighbours=(
        _gram_neighbour("the Gram matrix t^2 I", lambda p: p.t**2 * p.xp.eye(p.K)),
        _gram_neighbour(
            "lengths t", lambda p: p.t**2 * (p.K * p.xp.eye(p.K) - p.xp.ones((p.K, p.K))) / (p.xp.asarray(p.K) - 1)
        ),
        Neighbour(
            Identity(
                "orthogonal columns of any lengths",
                left=lambda p: p.xp.trace(frame(p).T @ frame(p)) * (p.xp.eye(p.K) - p.xp.ones((p.K, p.K)) / p.K),
                right=lambda p: (p.K - 1) * (frame(p).T @ frame(p)),
            ),
            Space(sizes={"K": 3, "d": (2, 3)}, variables={"U": Variable("d", "K")}),
        ),
        Neighbour(
            OverShapes(
                "K orthonormal columns wherever K vectors have cosines -1/(K-1)",
                predicate=lambda s: s.d >= s.K,
                given=[lambda s: s.d >= s.K - 1],
            ),
            Space(sizes={"K": (2, 4), "d": (1, 4)}),
        ),
    ),
)
