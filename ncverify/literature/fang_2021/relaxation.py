"""Fang et al.: the convex relaxation, and the dimension that it needs.

(W, H) -> class means -> X = [h_1..h_K, W']'[h_1..h_K, W'] is feasible with no larger loss (Jensen); X -> P sqrt(X)
goes back. Projecting W to 1'W = 0 and h to the rows of W keeps the loss and lowers norms, so p >= K-1 has the same
value.
"""

from __future__ import annotations

from ncverify import Identity, Inequality, Space, Variable
from ncverify.kinds import Array, Number
from ncverify.literature._claims import in_our_words
from ncverify.literature._layer_peeled import centring, cross_entropies, one_hot, square
from ncverify.literature.fang_2021.balanced import BELOW, NO_ETF, space
from ncverify.papers import Neighbour, Part
from ncverify.papers.neighbours import scaled
from ncverify.space import SpacePoint

ANY = space(n=(1, 3), where=None)


def means(p: SpacePoint) -> Array:
    """The class means of H, (d, K)."""
    Y = one_hot(p)
    return p.H @ Y.T / p.xp.expand_dims(p.xp.sum(Y, axis=1), 0)


def _mean_loss(p: SpacePoint, H: Array, W: Array) -> Number:
    return p.xp.mean(cross_entropies(p, W @ H))


def _jensen(p: SpacePoint, factor: Number = 1) -> Number:
    """The loss does not grow when features are replaced by class means (sample order kept)."""
    return _mean_loss(p, p.H, p.W) - factor * _mean_loss(p, means(p) @ one_hot(p), p.W)


def _norms(p: SpacePoint, factor: Number = 1) -> Number:
    Y = one_hot(p)
    sizes = p.xp.sum(Y, axis=1) @ Y
    return p.xp.sum(p.xp.sum(p.H * p.H, axis=0) / sizes) - factor * square(p, means(p))


JENSEN = Inequality("class means have no larger loss", slack=_jensen)
SHORTER = Inequality("class means are no longer", slack=_norms)
LOST = Identity(
    "what the norm loses: zero iff h_{k,i} = h_k",
    left=_norms,
    right=lambda p: p.xp.sum(
        p.xp.sum((p.H - means(p) @ one_hot(p)) ** 2, axis=0) / (p.xp.sum(one_hot(p), axis=1) @ one_hot(p))
    ),
)
PROJECTED = Identity(
    "the loss of (I - J/K) W is that of W",
    left=lambda p: _mean_loss(p, p.H, centring(p) @ p.W),
    right=lambda p: _mean_loss(p, p.H, p.W),
)
LIGHTER = Identity(
    "|W|^2 - |(I-J/K) W|^2 = |1'W|^2/K",
    left=lambda p: square(p, p.W) - square(p, centring(p) @ p.W),
    right=lambda p: square(p, p.xp.sum(p.W, axis=0)) / p.K,
)
ISOMETRY = Space(
    sizes={"m": (2, 4), "q": (2, 5)},
    variables={"P": Variable("q", "m", on="orthonormal columns"), "R": Variable("m", "m", on="symmetric")},
)
BACK = Identity(
    "(P R)'(P R) = R R for P'P = I: [h, W'] = P sqrt(X) has Gram matrix X",
    left=lambda p: (p.P @ p.R).T @ (p.P @ p.R),
    right=lambda p: p.R @ p.R,
)
NEIGHBOURS = (
    *scaled(_jensen, ("11/10",), "the loss of the means", ANY),
    *scaled(_norms, ("11/10",), "the norms of the means", ANY),
    Neighbour(
        Identity("without P'P = I", left=lambda p: (p.P @ p.R).T @ (p.P @ p.R), right=lambda p: p.R @ p.R),
        Space(
            sizes={"m": (2, 3), "q": (2, 3)},
            variables={"P": Variable("q", "m"), "R": Variable("m", "m", on="symmetric")},
        ),
    ),
)


CLAIMS = (
    in_our_words(
        id="fang-relax-exact",
        where="convex relaxation",
        says="P sqrt(X*) is a global minimiser of the LPM; equal values",
        reason="Jensen and Gram matrices; p >= rank X* suffices",
        parts=(Part(JENSEN, domain=ANY), Part(SHORTER, domain=ANY), Part(BACK, domain=ISOMETRY)),
        neighbours=NEIGHBOURS,
        verdict="holds",
    ),
    in_our_words(
        id="fang-relax-all",
        where="convex relaxation",
        says="tight feature constraint: every global minimiser has that form",
        reason="class means give an optimal X, whose trace K EH leaves h_{k,i} = h_k; polar decomposition",
        parts=(
            Part(
                LOST,
                domain=ANY,
                proof=(LOST,),
                argument="both constraints at K EH: no loss",
                beyond="sum |h|^2 - n |mean|^2 = sum |h - mean|^2 in each class and coordinate",
            ),
            Part(JENSEN, domain=ANY),
            Part(BACK, domain=ISOMETRY),
        ),
        neighbours=NEIGHBOURS,
        verdict="holds",
    ),
    in_our_words(
        id="fang-relax-small-p",
        where="dimension",
        says="p >= K-1 suffices for equal values (cross-entropy)",
        reason="1'W = 0 and features in the row space of W: rank <= K-1; K-2 do not suffice",
        parts=(
            Part(PROJECTED, domain=ANY),
            Part(
                LIGHTER,
                domain=ANY,
                proof=(LIGHTER,),
                argument="cross-entropy ignores 1'Z",
                beyond="Pythagoras in each column: W - (I-J/K) W = 1 1'W/K is orthogonal to (I-J/K) W",
            ),
            Part(JENSEN, domain=ANY),
            Part(NO_ETF, domain=BELOW),
        ),
        attribution="reading",
        neighbours=NEIGHBOURS,
        verdict="holds",
    ),
)
