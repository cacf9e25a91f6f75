"""Papyan, Han and Donoho: what (NC1) to (NC4) and a simplex are, and how (NC1) is measured."""

from __future__ import annotations

from typing import Any

from ncverify import Equivalence, Identity, Implication, OverShapes, Space, Variable
from ncverify.literature._layer_peeled import square
from ncverify.literature.papyan_2020._features import (
    centred,
    class_means,
    decides_alike,
    deviations,
    features,
    frame,
    frames,
    is_dual,
    is_simplex,
    within,
)
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness

ANY = features()
PLANE = features(K=2, n=(1, 2), d=(1, 2))


def _means(p: Any) -> Any:
    return centred(p, class_means(p))


def _collapsed(p: Any) -> Any:
    return p.xp.all(deviations(p) == 0)


def _no_scatter(p: Any) -> Any:
    return p.xp.all(within(p) == 0)


TRACE = Identity(
    "trace S_W is the mean of |h_{k,i} - m_k|^2",
    left=lambda p: p.xp.trace(within(p)),
    right=lambda p: square(p, deviations(p)) / p.N,
)
NC1 = Claim(
    id="papyan-nc1-def",
    where="definition of (NC1)",
    kind="definition",
    attribution="recalled",
    says="(NC1): S_W = 0, that is h_{k,i} = m_k for all k, i; along training S_W(t) -> 0",
    printed=r"\Sigma_W\to0",
    verdict="holds",
    reason="trace S_W is the mean squared deviation: it vanishes, or tends to 0, exactly if every deviation does",
    parts=(
        Part(
            Equivalence("S_W = 0 iff h_{k,i} = m_k for all k, i", left=_no_scatter, right=_collapsed),
            domain=ANY,
            proof=(TRACE,),
            argument="a positive semidefinite matrix vanishes iff its trace does; so do limits",
            beyond="the trace of a sum of squares, whatever the shapes",
        ),
    ),
    neighbours=(
        Neighbour(
            Equivalence(
                "S_W = 0 iff all features are equal",
                left=_no_scatter,
                right=lambda p: p.xp.all(p.H[:, :1] == p.H),
            ),
            ANY,
        ),
        Neighbour(
            Implication(
                "no scatter in the first class",
                premise=lambda p: p.xp.all(deviations(p)[:, : p.class_sizes[0]] == 0),
                conclusion=_no_scatter,
            ),
            ANY,
        ),
        Neighbour(
            Implication(
                "no scatter along the means",
                premise=lambda p: p.xp.all(within(p) @ _means(p) == 0),
                conclusion=_no_scatter,
            ),
            PLANE,
        ),
    ),
)


def _metric(p: Any) -> Any:
    """trace(S_W S_B^+)/K."""
    M = _means(p)
    return p.xp.trace(within(p) @ p.xp.linalg.pinv(M @ M.T / p.K)) / p.K


def _two_means(p: Any) -> Any:
    return square(p, _means(p))


METRIC = Equivalence(
    "trace(S_W S_B^+)/K = 0 iff S_W = 0",
    left=lambda p: _metric(p) == 0,
    right=_no_scatter,
    given=[_two_means],
)
SPANS = Equivalence(
    "trace(S_W S_B^+)/K = 0 iff S_W Mc = 0",
    left=lambda p: _metric(p) == 0,
    right=lambda p: p.xp.all(within(p) @ _means(p) == 0),
    given=[_two_means],
)
SPECTRAL = Space(
    sizes={"d": (2, 3), "r": (1, 2), "N": (1, 3)},
    variables={
        "F": Variable("d", "r", on="orthonormal columns"),
        "s": Variable("r", positive=True),
        "X": Variable("d", "N"),
    },
)


def _scaled(p: Any, s: Any) -> Any:
    return (p.F * p.xp.expand_dims(s, 0)) @ p.F.T


SQUARES = Identity(
    "trace(X X' S^+) = sum_j |f_j'X|^2 / s_j for S^+ = F diag(1/s) F'",
    left=lambda p: p.xp.trace(p.X @ p.X.T @ _scaled(p, 1 / p.s)),
    right=lambda p: p.xp.sum((p.F.T @ p.X) ** 2 / p.xp.expand_dims(p.s, 1)),
)
PSEUDO_INVERSE = Identity(
    "S S^+ S = S for S = F diag(s) F'",
    left=lambda p: _scaled(p, p.s) @ _scaled(p, 1 / p.s) @ _scaled(p, p.s),
    right=lambda p: _scaled(p, p.s),
)
NC1_METRIC = Claim(
    id="papyan-nc1-metric",
    where="how NC1 is measured",
    kind="equivalence",
    attribution="reading",
    says="trace(S_W S_B^+)/K = 0 iff S_W = 0",
    printed=r"\operatorname{tr}(\Sigma_W\Sigma_B^\dagger)/K=0\iff\Sigma_W=0",
    verdict="false",
    reason="scatter orthogonal to all differences of the class means is not seen; a reading, no verdict on the paper",
    severity="local",
    effect="a small value says that features do not vary along the means; it is (NC1) where S_B has full rank d <= K-1",
    parts=(Part(METRIC, domain=PLANE, witness=Witness(H=[[1, 1, -1, -1], [1, -1, 1, -1]], class_sizes=(2, 2))),),
    correction=Correction(
        latex=r"\operatorname{tr}(\Sigma_W\Sigma_B^\dagger)=0\iff\Sigma_W(m_j-m_k)=0\text{ for all }j,k",
        parts=(
            Part(
                SPANS,
                domain=PLANE,
                proof=((SQUARES, SPECTRAL), (PSEUDO_INVERSE, SPECTRAL)),
                argument="a sum of squares that vanishes iff F'(h - m_k) = 0 for all samples, F a basis of the span of "
                "the centred means; that span is R^d iff S_B has full rank",
                beyond="only F'F = I is used, whatever the shapes",
            ),
        ),
    ),
    neighbours=(Neighbour(METRIC, PLANE), Neighbour(METRIC, features(K=(2, 3), n=2, d=3))),
)


def _written_simplex(p: Any) -> Any:
    """Equal lengths and cosines of the centred means, as written."""
    xp, M = p.xp, _means(p)
    squares, cosines = xp.sum(M * M, axis=0), (p.K * xp.eye(p.K) - 1) / (p.K - 1)
    lengths = xp.sqrt(xp.expand_dims(squares, 0) * xp.expand_dims(squares, 1))
    return xp.all(squares == squares[0]) & xp.all(cosines * lengths == M.T @ M)


def _apart(p: Any) -> Any:
    """The least |m_k - m_G|^2."""
    M = _means(p)
    return p.xp.min(p.xp.sum(M * M, axis=0))


LENGTHS = Identity(
    "the trace of Mc'Mc is the sum of |m_k - m_G|^2",
    left=lambda p: p.xp.trace(_means(p).T @ _means(p)),
    right=lambda p: p.xp.sum(_means(p) ** 2),
)
NC2_MEANS = Equivalence(
    "equal lengths and cosines -1/(K-1) iff Mc'Mc = a (K I - J) with a > 0",
    left=_written_simplex,
    right=lambda p: is_simplex(p, _means(p)),
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
                premise=lambda p: is_simplex(p, _means(p)),
                conclusion=lambda p: is_simplex(p, class_means(p)),
            ),
            ANY,
        ),
        Neighbour(
            Implication(
                "equal lengths are enough",
                premise=lambda p: p.xp.all(p.xp.sum(_means(p) ** 2, axis=0) * p.K == square(p, _means(p))),
                conclusion=lambda p: is_simplex(p, _means(p)),
                given=[_apart],
            ),
            features(K=4, n=1, d=(1, 2)),
        ),
        Neighbour(
            Implication(
                "cosines -1/K",
                premise=lambda p: is_simplex(p, _means(p)),
                conclusion=lambda p: p.xp.all(_means(p)[:, 0] * p.K == -_means(p)[:, 1]),
            ),
            features(K=2),
        ),
    ),
)

PAIR = features(W=Variable("K", "d"))


def _directions(p: Any) -> Any:
    """W'/|W| = Mc/|Mc| as written."""
    M = _means(p)
    return p.xp.all(p.W.T / p.xp.sqrt(square(p, p.W)) == M / p.xp.sqrt(square(p, M)))


def _not_zero(p: Any) -> Any:
    return square(p, p.W) * square(p, _means(p))


def _parallel(p: Any) -> Any:
    M = _means(p)
    return square(p, p.W.T * square(p, M) - p.xp.sum(p.W.T * M) * M)


def _cauchy(p: Any) -> Any:
    M = _means(p)
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
                right=lambda p: is_dual(p, p.W, _means(p)),
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
                conclusion=lambda p: is_dual(p, p.W, _means(p)),
                given=[_not_zero],
            ),
            PAIR,
        ),
        Neighbour(
            Implication(
                "a simplex is its own dual",
                premise=lambda p: is_simplex(p, _means(p)),
                conclusion=lambda p: is_dual(p, p.W, _means(p)),
                given=[_not_zero],
            ),
            PAIR,
        ),
    ),
)

DECISION = Space(
    sizes={"K": (2, 3), "d": (1, 3)},
    variables={
        "M": Variable("d", "K"),
        "h": Variable("d"),
        "v": Variable("d"),
        "c": Variable(positive=True),
        "e": Variable(),
    },
)


def _nearest_mean_logits(p: Any, b: Any = 1) -> Any:
    """<w_k, h> + b_k for w_k = 2 c m_k + v and b_k = e - b c |m_k|^2."""
    W = 2 * p.c * p.M.T + p.xp.expand_dims(p.v, 0)
    return W @ p.h + p.e - b * p.c * p.xp.sum(p.M * p.M, axis=0)


def _distance_logits(p: Any) -> Any:
    gap = p.xp.expand_dims(p.h, 1) - p.M
    return p.c * p.xp.sum(p.h**2) + p.xp.sum(p.v * p.h) + p.e - p.c * p.xp.sum(gap * gap, axis=0)


NEAREST = Identity(
    "<w_k, h> + b_k + c |h - m_k|^2 does not depend on k",
    left=_nearest_mean_logits,
    right=_distance_logits,
)


def _nc4(name: str, logits: Any) -> Implication:
    return Implication(
        name, premise=lambda p: p.xp.all(p.M == p.M), conclusion=lambda p: decides_alike(p, logits(p), p.M)
    )


NC4 = Claim(
    id="papyan-nc4-def",
    where="definition of (NC4)",
    kind="definition",
    attribution="recalled",
    says="(NC4): argmax_k <w_k, h> + b_k = argmin_k |h - m_k| for every h",
    printed=r"\arg\max_k\langle w_k,h\rangle+b_k=\arg\min_k\|h-m_k\|",
    verdict="holds",
    reason="consistent where both sides are sets of classes, as ties need: w_k = 2c m_k + v, b_k = e - c |m_k|^2, "
    "c > 0, meet it at every h",
    parts=(
        Part(
            _nc4("w_k = 2c m_k + v, b_k = e - c |m_k|^2: the same classes, ties included", _nearest_mean_logits),
            domain=DECISION,
            proof=(NEAREST,),
            argument="the largest logits are those of the least distances",
            beyond="|h - m|^2 multiplied out, whatever the shapes",
        ),
    ),
    neighbours=(
        Neighbour(_nc4("without the bias", lambda p: _nearest_mean_logits(p, 0)), DECISION),
        Neighbour(_nc4("twice the bias", lambda p: _nearest_mean_logits(p, 2)), DECISION),
        Neighbour(_nc4("the least logit", lambda p: -_nearest_mean_logits(p)), DECISION),
    ),
)

SCALED = frames(t=Variable(positive=True))
COMPLETED = Space(sizes={"K": (2, 4), "d": (2, 4)}, variables={"V": Variable("d", "K"), "u": Variable("d")})


def _completed(p: Any) -> Any:
    return p.V + p.xp.expand_dims(p.u, 1)


def _completed_gram(p: Any) -> Any:
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


def _gram_neighbour(name: str, right: Any) -> Neighbour:
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

CLAIMS = (NC1, NC1_METRIC, NC2, NC3, NC4, ETF)
