"""Centred and uncentred NC2, and what the bias-free optimum of the squared loss has of Papyan et al.'s conditions.

Bias-free optimum (Tirer and Bruna): with c = K sqrt(n lw lh) < 1 and the labels Y as columns

    f - (c - c^2/2) = |W H - (1-c) Y|^2/(2Kn) + |sqrt(lh) H - sqrt(lw/n) W'Y|^2/2

so that the minimisers are H = M'Y with orthogonal means of one norm and W = sqrt(n lh/lw) M. Their centred means are a
simplex, but W is not centred: W'/|W| and Mc/|Mc| are sqrt(2 - 2 sqrt((K-1)/K)) apart.
"""

from __future__ import annotations

from types import SimpleNamespace

from ncverify import Equivalence, Identity, Implication, Space, Variable
from ncverify.collapse import definition, is_simplex
from ncverify.collapse.definitions import class_means, deviations
from ncverify.kinds import Array, Number, TruthValue
from ncverify.literature._layer_peeled import POSITIVE, balanced, centring, flat, one_hot, peeled, square
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.space import SpacePoint
from ncverify.statements.types import Function

COLUMNS = Space(sizes={"K": (2, 3), "d": (1, 3)}, variables={"M": Variable("d", "K")})


def _centred(p: SpacePoint) -> Array:
    return p.M - p.xp.expand_dims(p.xp.mean(p.M, axis=1), axis=1)


def _uncentred_simplex(p: SpacePoint) -> TruthValue:
    return is_simplex(p.M.T, p.xp)


def _centred_simplex(p: SpacePoint) -> TruthValue:
    return is_simplex(_centred(p).T, p.xp)


def _is_centred(p: SpacePoint) -> TruthValue:
    return p.xp.all(p.xp.sum(p.M, axis=1) == 0)


BOTH = Equivalence("uncentred and centred NC2 agree", left=_uncentred_simplex, right=_centred_simplex)
FORWARD = Implication("uncentred NC2 implies centred NC2", premise=_uncentred_simplex, conclusion=_centred_simplex)
MIDDLE = Equivalence(
    "uncentred NC2 is centred NC2 with m_G = 0",
    left=_uncentred_simplex,
    right=lambda p: _centred_simplex(p) & _is_centred(p),
)
SUM = Identity(
    "|sum m_k|^2 = 1'M'M 1",
    left=lambda p: square(p, p.xp.sum(p.M, axis=1)),
    right=lambda p: p.xp.sum(p.M.T @ p.M),
)
BACKWARD = Neighbour(
    Implication("centred NC2 implies uncentred NC2", premise=_centred_simplex, conclusion=_uncentred_simplex), COLUMNS
)
BY_NORMS = Neighbour(
    Implication(
        "equal norms of centred means suffice",
        premise=lambda p: p.xp.all(p.xp.sum(_centred(p) ** 2, axis=0) == p.xp.sum(_centred(p)[:, 0] ** 2)),
        conclusion=_centred_simplex,
    ),
    COLUMNS,
)
ANY_MEAN = Neighbour(
    Implication(
        "m_G = 0 alone makes means of one norm a simplex",
        premise=lambda p: _is_centred(p) & (p.xp.sum(p.M[:, 0] ** 2) > 0),
        conclusion=_uncentred_simplex,
    ),
    COLUMNS,
)

FREE = peeled(d=(2, 3), where=lambda s: balanced(s) and s.d >= s.K, a=POSITIVE, e=POSITIVE)


def _threshold(p: SpacePoint) -> Number:
    """c = K sqrt(n lw lh) = K n a e for lh = a^2 and lw = n e^2."""
    return p.N * p.a * p.e


def _residuals(p: SpacePoint) -> tuple[Array, Array]:
    """What vanishes at a minimiser and nowhere else."""
    Y = one_hot(p)
    return p.W @ p.H - (1 - _threshold(p)) * Y, p.a * p.H - p.e * (p.W.T @ Y)


VALUE = Identity(
    "f - (c - c^2/2) = |W H - (1-c) Y|^2/(2Kn) + |a H - e W'Y|^2/2, lh = a^2, lw = n e^2",
    left=lambda p: (
        square(p, p.W @ p.H - one_hot(p)) / (2 * p.N)
        + (p.N // p.K * p.e**2 * square(p, p.W) + p.a**2 * square(p, p.H)) / 2
        - _threshold(p)
        + _threshold(p) ** 2 / 2
    ),
    right=lambda p: square(p, _residuals(p)[0]) / (2 * p.N) + square(p, _residuals(p)[1]) / 2,
)


def is_minimiser(p: SpacePoint) -> TruthValue:
    """Both squares vanish."""
    first, second = _residuals(p)
    return p.xp.all(first == 0) & p.xp.all(second == 0)


def _holds(*keys: str) -> TruthValue:
    def together(p: SpacePoint) -> TruthValue:
        found = definition(keys[0]).holds(p)
        for key in keys[1:]:
            found = found & definition(key).holds(p)
        return found

    return together


def _at_minimisers(name: str, conclusion: Function) -> Implication:
    return Implication(name, premise=is_minimiser, conclusion=conclusion, given=[lambda p: 1 - _threshold(p)])


NC1, NC2, NC3 = (f"papyan-2020/nc{i}" for i in (1, 2, 3))
PHD = _at_minimisers("every minimiser has NC1, NC2 and NC3, means centred and W not", _holds(NC1, NC2, NC3))

FAMILY = Space(
    sizes={"K": (2, 3), "d": (2, 3)},
    classes=("K", (1, 2)),
    where=lambda s: balanced(s) and s.d >= s.K,
    variables={
        "Q": Variable("d", "K", on="orthonormal columns"),
        "r": Variable(positive=True),
        "a": Variable(positive=True),
    },
)


def minimiser(p: SpacePoint) -> SimpleNamespace:
    """W = r Q', H = (e r/a) Q Y with e = 1/(r^2/a + K n a): all minimisers, lh = a^2 and lw = n e^2."""
    e = 1 / (p.r**2 / p.a + p.N * p.a)
    more = {"W": p.r * p.Q.T, "H": e * p.r / p.a * (p.Q @ one_hot(p)), "e": e, "a": p.a}
    return SimpleNamespace(**{name: getattr(p, name) for name in ("xp", "K", "N", "labels")} | more)


def _is_flat_zero(name: str, numbers: Function) -> Identity:
    return Identity(name, left=lambda p: numbers(minimiser(p)), right=lambda p: 0 * numbers(minimiser(p)))


def _kept(p: SpacePoint) -> Array:
    """NC1, M M' = t I, hence Mc Mc' = t P, W parallel to M, and W - mean row to Mc."""
    xp, W, M, Mc = p.xp, p.W, class_means(p), class_means(p, centred=True)
    Wc, P = W - xp.expand_dims(xp.mean(W, axis=0), 0), centring(p)
    t = square(p, M) / p.K
    return flat(
        p,
        deviations(p),
        M @ M.T - t * xp.eye(p.K),
        Mc @ Mc.T - t * P,
        W * square(p, M) - xp.sum(W * M) * M,
        Wc * square(p, Mc) - xp.sum(Wc * Mc) * Mc,
    )


KEPT = _is_flat_zero("NC1, NC2, orthogonal means, and self-duality with both centred or neither", _kept)
MINIMAL = _is_flat_zero("both squares of f less its minimum vanish", lambda q: flat(q, *_residuals(q)))
ORTHONORMAL = "Q'Q = I and Y Y' = n I, whatever K, n and d"
THIRD = [["1/3", 0], [0, "1/3"]]
OPTIMAL = Witness(W=THIRD, H=THIRD, a="2/3", e="2/3", class_sizes=(1, 1))

CLAIMS = (
    Claim(
        id="cmp-nc2-centred-uncentred",
        where="NC2 of the two papers",
        kind="equivalence",
        attribution="reading",
        says="uncentred NC2 if and only if centred NC2, balanced",
        printed=(r"[\cos(m_j,m_k)=-\tfrac1{K-1},\ \|m_j\|=\|m_k\|]\iff[\text{the same for }m_k-m_G]"),
        verdict="false",
        reason="a common shift keeps the centred means and not the uncentred ones; a reading, no verdict on the paper",
        severity="local",
        effect="uncentred implies centred; back only for m_G = 0",
        parts=(Part(BOTH, domain=COLUMNS, witness=Witness(M=[[3, 1]])),),
        correction=Correction(
            latex=r"\text{uncentred}\iff\text{centred and }m_G=0",
            parts=(
                Part(
                    FORWARD,
                    domain=COLUMNS,
                    proof=(SUM,),
                    argument="the rows of the simplex Gram matrix sum to zero, so sum m_k = 0 and m_G = 0",
                    beyond="the square of a sum, for all K and d",
                ),
                Part(MIDDLE, domain=COLUMNS),
            ),
        ),
        neighbours=(BACKWARD, BY_NORMS, ANY_MEAN),
    ),
    Claim(
        id="cmp-of-papyan-nc3",
        where="bias-free optimum in the sense of PHD20",
        kind="claim",
        attribution="reading",
        says="c < 1: the bias-free optimum of the squared loss has NC1, NC2 and NC3 of Papyan et al.",
        printed=r"c<1:\ \text{(NC1), (NC2), (NC3), means centred by }m_G",
        verdict="false",
        reason="W is parallel to the orthogonal M, not to Mc, a simplex: NC3 fails; a reading, no verdict on the paper",
        severity="local",
        effect="NC1 and NC2 hold; |W'/|W| - Mc/|Mc|| = sqrt(2 - 2 sqrt((K-1)/K)), 0.77 for K = 2, zero with W centred",
        parts=(Part(PHD, domain=FREE, witness=OPTIMAL),),
        correction=Correction(
            latex=(
                r"\text{(NC1), (NC2), and }\tfrac{(W-\bar w)^\top}{\|W-\bar w\|}=\tfrac{M_c}{\|M_c\|},\ "
                r"\tfrac{W^\top}{\|W\|}=\tfrac M{\|M\|}"
            ),
            parts=(
                Part(KEPT, domain=FAMILY, proof=(KEPT,), argument="multiplied out", beyond=ORTHONORMAL),
                Part(MINIMAL, domain=FAMILY, proof=(MINIMAL,), argument="multiplied out", beyond=ORTHONORMAL),
                Part(
                    VALUE,
                    domain=FREE,
                    proof=(VALUE,),
                    argument="the minimisers are the common zeros of both squares",
                    beyond="multiplied out, Y Y' = n I, whatever K, n and d",
                ),
            ),
        ),
        neighbours=(
            Neighbour(PHD, FREE),
            Neighbour(_at_minimisers("every minimiser has uncentred NC2", _holds("ulpm-2022/nc2")), FREE),
            Neighbour(
                Identity("the minimum is c", left=lambda p: VALUE.left(p) - _threshold(p) ** 2 / 2, right=VALUE.right),
                FREE,
            ),
        ),
    ),
)
