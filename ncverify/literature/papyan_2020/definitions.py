"""Papyan, Han and Donoho: (NC1), how it is measured, and (NC4)."""

from __future__ import annotations

from ncverify import Equivalence, Identity, Implication, Space, Variable
from ncverify.kinds import Array, Number, TruthValue
from ncverify.literature._layer_peeled import square
from ncverify.literature._means import centred_means, decides_alike, deviations, features, within
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.space import Sizes, SpacePoint
from ncverify.statements.types import Function

ANY = features()
PLANE = features(K=2, n=(1, 2), d=(1, 2))


def _collapsed(p: SpacePoint) -> TruthValue:
    return p.xp.all(deviations(p) == 0)


def _no_scatter(p: SpacePoint) -> TruthValue:
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
                premise=lambda p: p.xp.all(within(p) @ centred_means(p) == 0),
                conclusion=_no_scatter,
            ),
            PLANE,
        ),
    ),
)


def _metric(p: SpacePoint) -> Number:
    """trace(S_W S_B^+)/K."""
    M = centred_means(p)
    return p.xp.trace(within(p) @ p.xp.linalg.pinv(M @ M.T / p.K)) / p.K


def _two_means(p: SpacePoint) -> Number:
    return square(p, centred_means(p))


METRIC = Equivalence(
    "trace(S_W S_B^+)/K = 0 iff S_W = 0",
    left=lambda p: _metric(p) == 0,
    right=_no_scatter,
    given=[_two_means],
)
SPANS = Equivalence(
    "trace(S_W S_B^+)/K = 0 iff S_W Mc = 0",
    left=lambda p: _metric(p) == 0,
    right=lambda p: p.xp.all(within(p) @ centred_means(p) == 0),
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


def _scaled(p: SpacePoint, s: Sizes) -> Array:
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


def _nearest_mean_logits(p: SpacePoint, b: Array = 1) -> Array:
    """<w_k, h> + b_k for w_k = 2 c m_k + v and b_k = e - b c |m_k|^2."""
    W = 2 * p.c * p.M.T + p.xp.expand_dims(p.v, 0)
    return W @ p.h + p.e - b * p.c * p.xp.sum(p.M * p.M, axis=0)


def _distance_logits(p: SpacePoint) -> Array:
    gap = p.xp.expand_dims(p.h, 1) - p.M
    return p.c * p.xp.sum(p.h**2) + p.xp.sum(p.v * p.h) + p.e - p.c * p.xp.sum(gap * gap, axis=0)


NEAREST = Identity(
    "<w_k, h> + b_k + c |h - m_k|^2 does not depend on k",
    left=_nearest_mean_logits,
    right=_distance_logits,
)


def _nc4(name: str, logits: Function) -> Implication:
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
