"""Which definition of NC1 to NC4 implies which: true ones as parts, false ones as neighbours with an exact point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from ncverify import Identity, Implication, Space, Variable
from ncverify.collapse import definition
from ncverify.collapse.definitions import class_means, deviations
from ncverify.kinds import Array, TruthValue
from ncverify.literature._layer_peeled import balanced, one_hot, peeled, square
from ncverify.papers import Claim, Neighbour, Part, Witness
from ncverify.space import SpacePoint

_space = partial(peeled, d=(1, 2), b=Variable("K"))

PAIRS = _space(where=lambda s: s.class_sizes == (2, 2), d=1)
BALANCED, UNEQUAL = _space(), _space(where=lambda s: not balanced(s))


@dataclass(frozen=True)
class Link:
    """Some definitions together, and one that follows from them or does not.

    Args:
        premises: keys of definitions.
        conclusion: key of a definition.
        domain: the points over which it is claimed.
        why: in a line; for what is true the argument of its proof.
        proof: the identity behind what is true, and why it holds for all shapes.
        witness: an exact point that has the premises and not the conclusion, for what is false.
    """

    premises: tuple[str, ...]
    conclusion: str
    domain: Space
    why: str
    proof: tuple[Identity, str] | None = None
    witness: Witness | None = None

    @property
    def statement(self) -> Implication:
        """What is examined."""
        return Implication(
            f"{' and '.join(self.premises)} {'imply' if len(self.premises) > 1 else 'implies'} {self.conclusion}",
            premise=self._together,
            conclusion=definition(self.conclusion).holds,
        )

    def _together(self, p: SpacePoint) -> TruthValue:
        truths = [definition(key).holds(p) for key in self.premises]
        found = truths[0]
        for truth in truths[1:]:
            found = found & truth
        return found

    def part(self) -> Part:
        """What is true, with its proof."""
        if self.proof is None:
            return Part(self.statement, domain=self.domain)
        identity, beyond = self.proof
        return Part(self.statement, domain=self.domain, proof=(identity,), argument=self.why, beyond=beyond)


def _sums(p: SpacePoint) -> Array:
    return p.H @ one_hot(p).T


SUM = Identity(
    "|sum of all features|^2 is the sum of the Gram matrix of the sums of classes",
    left=lambda p: square(p, p.xp.sum(p.H, axis=1)),
    right=lambda p: p.xp.sum(_sums(p).T @ _sums(p)),
)
CENTRED = Identity(
    "centring multiplies the Gram matrix of the means by P from both sides",
    left=lambda p: (C := _sums(p) - p.xp.expand_dims(p.xp.sum(p.H, axis=1), 1) / p.K).T @ C,
    right=lambda p: _projection(p) @ (_sums(p).T @ _sums(p)) @ _projection(p),
)
REPEATED = Identity(
    "class sums of W'Y are n_k w_k",
    left=lambda p: p.W.T @ one_hot(p) @ one_hot(p).T,
    right=lambda p: p.W.T * p.xp.sum(one_hot(p), axis=1),
)


ROOT = Identity(
    "(s P)(s P) = s^2 P, s = b_1",
    left=lambda p: p.b[0] * _projection(p) @ (p.b[0] * _projection(p)),
    right=lambda p: p.b[0] ** 2 * _projection(p),
)
DISTANCE = Identity(
    "|h - w|^2 = |h|^2 - 2 <w, h> + |w|^2",
    left=lambda p: square(p, p.H[:, 0] - p.W[0, :]),
    right=lambda p: square(p, p.H[:, 0]) - 2 * p.xp.sum(p.H[:, 0] * p.W[0, :]) + square(p, p.W[0, :]),
)


SCATTER = Identity(
    "tr(D D'Mc'Mc) = |Mc D|^2, D the deviations from the class means",
    left=lambda p: p.xp.sum(
        (deviations(p) @ deviations(p).T) * (class_means(p, centred=True).T @ class_means(p, centred=True))
    ),
    right=lambda p: square(p, class_means(p, centred=True) @ deviations(p)),
)


def _projection(p: SpacePoint) -> Array:
    return p.xp.eye(p.K) - p.xp.ones((p.K, p.K)) / p.K


ALL = "sums over classes, for all K, n and d"
P1, P1M, P2, P3, P4 = (f"papyan-2020/nc{name}" for name in ("1", "1-measured", "2", "3", "4-measured"))
U2, U3, U4 = (f"ulpm-2022/nc{i}" for i in (2, 3, 4))
Z2, Z3, T2, S2 = "zhu-2021/nc2", "zhu-2021/nc3", "tirer-bruna-2022/nc2", "thrampoulidis-2022/nc2"
TWO, NONE = [[1], [-1]], [0, 0]
ONE_EACH = (1, 1)


def _point(W: Array, H: Array, b: Array = NONE, class_sizes: tuple[int, ...] = ONE_EACH) -> Witness:
    return Witness(W=W, H=H, b=b, class_sizes=class_sizes)


SHIFTED = _point(TWO, [[3, 1]])
LINKS: dict[str, tuple[Link, ...]] = {
    "nc1": (
        Link((P1,), P1M, BALANCED, "Sigma_W = 0; the trace vanishes exactly where Mc D does", (SCATTER, ALL)),
        Link(
            (P1M,),
            P1,
            BALANCED,
            "variation orthogonal to the centred means is not seen",
            witness=_point([[0, 0]] * 2, [[1, 1, -1, -1], [1, -1, 1, -1]], class_sizes=(2, 2)),
        ),
    ),
    "nc2": (
        Link((U2,), P2, BALANCED, "the simplex Gram matrix has row sums zero: m_G = 0", (SUM, ALL)),
        Link((P2,), U2, BALANCED, "the means may share a shift", witness=SHIFTED),
        Link((T2,), P2, BALANCED, "P (c I) P = c P", (CENTRED, ALL)),
        Link((P2,), T2, BALANCED, "centred means have rank K-1", witness=_point(TWO, [[1, -1]])),
        Link(
            (S2,),
            U2,
            BALANCED,
            "n G^2 = c^2 P has the one psd root G = c P/sqrt(n)",
            (ROOT, "P is a projection for every K"),
        ),
        Link((U2,), S2, BALANCED, "for G = a P: G D G = n a^2 P", (ROOT, "P is a projection for every K")),
        Link(
            (S2,),
            P2,
            UNEQUAL,
            "the mean of all samples leans to the larger class",
            witness=_point(TWO, [[1, 1, -1]], class_sizes=(2, 1)),
        ),
        Link((Z2,), P2, BALANCED, "classifiers say nothing of features", witness=_point(TWO, [[1, 1]])),
        Link((Z2, Z3), U2, BALANCED, "m_k = C w_k", (REPEATED, ALL)),
    ),
    "nc3": (
        Link((Z3,), U3, BALANCED, "m_k = C w_k, the mean over a class", (REPEATED, ALL)),
        Link(
            (U3,),
            Z3,
            PAIRS,
            "means say nothing of samples",
            witness=_point(TWO, [[2, 0, -2, 0]], class_sizes=(2, 2)),
        ),
        Link((P3,), U3, BALANCED, "the means may share a shift", witness=SHIFTED),
        Link((U3,), P3, BALANCED, "so may W with them", witness=_point([[3], [1]], [[3, 1]])),
        Link((U2, U3), P3, BALANCED, "m_G = 0", (SUM, ALL)),
        Link((P2, P3), U3, BALANCED, "the shift stays free", witness=SHIFTED),
        Link(
            (P1, P2, T2, U3),
            P3,
            BALANCED,
            "the bias-free optimum of the squared loss: W is not centred",
            witness=_point([[1, 0], [0, 1]], [[1, 0], [0, 1]]),
        ),
    ),
    "nc4": (
        Link(
            (U2, U3),
            U4,
            BALANCED,
            "|h - m_k|^2 falls as <w_k, h> grows, for equal norms",
            (DISTANCE, "in every dimension"),
        ),
        Link((P1, P2, P3), P4, BALANCED, "the bias is free", witness=_point(TWO, [[1, -1]], b=[-5, 5])),
        Link((P2, P3), U4, BALANCED, "without bias a common shift decides", witness=SHIFTED),
        Link((P1M, U2), U4, BALANCED, "nothing ties W to the means", witness=_point([[-1], [1]], [[1, -1]])),
    ),
}


def _claim(name: str, links: tuple[Link, ...]) -> Claim:
    right = [link for link in links if link.witness is None]
    wrong = [link for link in links if link.witness is not None]
    return Claim(
        id=f"definitions-{name}",
        where=f"{name.upper()} of several papers",
        kind="claim",
        attribution="reading",
        says="; ".join(link.statement.name for link in right),
        printed=rf"\text{{{name.upper()}: which definition implies which}}",
        verdict="holds",
        reason="; ".join(link.why for link in right),
        parts=tuple(link.part() for link in right),
        neighbours=tuple(Neighbour(link.statement, link.domain) for link in wrong),
    )


CLAIMS = tuple(_claim(name, links) for name, links in LINKS.items())
