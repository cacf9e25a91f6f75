"""Tirer and Bruna: the extended model with a ReLU, f = (1/(2N)) |W2 relu(W1 H) - Y|^2 + weight decay.

The linear model's minimum is attained with a ReLU, as features that are not negative do it. Whether it is the minimum
depends on K, because weight decay on W1 and H acts as the nuclear norm of W1 H, not of relu(W1 H), which may be larger.

**K = 2: it is.** For fixed W1 and W2 every sample may have the best feature of its class, so that W1 H has two
different columns, and there |relu(A)|_* <= |A|_*: with A = F - B in columns (f_1 - c, f_2 - b), |A|_*^2 = |A|^2 + 2
sqrt(sum of the squared 2 x 2 minors), each minor of F is at most that of A plus b_i c_j, and 2 |b| |c| <= |b|^2 +
|c|^2.

**K = 15, d = 20: it is not**, for every q < 2^(-4/3). Let the classes be the pairs e of 6 points and the units the
3-sets S of them: W1 has the signs of the points, +1 in S and -1 outside, H has 2 on the points of e and -1 on the
others, and W1 H is 6 where e lies in S, -6 where it lies outside, else 0. relu(W1 H)/6 = F is the incidence matrix, of
rank 15 though W1 H has rank 5, and W2 = w (3, -1, 1) by the number of points that e and S share has W2 F = 12 w I. The
best weights of the three factors cost (1-z)(1+2z)/2 with z (1-z)^3 = (26/27) q^3, and the linear model the same with
q^3: more.
"""

from __future__ import annotations

from itertools import combinations

from ncverify import Identity, Inequality, Optimum, Space, Variable
from ncverify.kinds import Array, Number, TruthValue
from ncverify.literature._layer_peeled import balanced, one_hot, square
from ncverify.literature._means import class_means
from ncverify.literature.tirer_bruna_2022._three_factors import INSIDE, decay, three, value
from ncverify.literature.tirer_bruna_2022.extended import multiple_of_identity
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.papers.neighbours import scaled
from ncverify.space import SpacePoint
from ncverify.statements.types import Function

TWO = three(K=(2, 2), n=(1, 2), d=(2, 3))


def relu_objective(p: SpacePoint) -> Number:
    """f with the ReLU."""
    return square(p, p.W2 @ p.xp.relu(p.W1 @ p.H) - one_hot(p)) / (2 * p.N) + decay(p)


def features_collapse(p: SpacePoint) -> Number:
    """relu(W1 h) is the same in a class, the means are orthogonal of equal norm and parallel to the rows of W2."""
    F = p.xp.relu(p.W1 @ p.H)
    M = class_means(p, F)
    aligned = p.W2 * square(p, M) - p.xp.sum(p.W2 * M.T) * M.T
    return -square(p, F - M @ one_hot(p)) + multiple_of_identity(p, M.T @ M) - square(p, aligned)


def first_features(p: SpacePoint) -> TruthValue:
    """K = 2: H collapses onto two means of equal norm that form no acute angle."""
    M = class_means(p)
    G = M.T @ M
    return (-square(p, p.H - M @ one_hot(p)) - (G[0, 0] - G[1, 1]) ** 2 >= 0) & (G[0, 1] <= 0)


PAIRS, TRIPLES = list(combinations(range(6), 2)), list(combinations(range(6), 3))
SIGNS = [[1 if point in S else -1 for point in range(6)] for S in TRIPLES]
POINTS = [[2 if point in e else -1 for e in PAIRS] for point in range(6)]
INSIDE_OF = [[int(set(e) <= set(S)) for e in PAIRS] for S in TRIPLES]
OUTSIDE_OF = [[int(not set(e) & set(S)) for e in PAIRS] for S in TRIPLES]
SHARED = [[(1, -1, 3)[len(set(e) & set(S))] for S in TRIPLES] for e in PAIRS]

FIFTEEN = Space(
    sizes={"K": (15, 15), "d": (20, 20)},
    classes=("K", (1, 1)),
    variables={
        "w": Variable(positive=True),
        "a": Variable(positive=True),
        "g": Variable(positive=True),
        "l2": Variable(positive=True),
        "l1": Variable(positive=True),
        "x": Variable(low="1/2", high=1),
    },
)


def _last(p: SpacePoint) -> Number:
    return p.x * (1 - p.x) ** 3 / (p.K**3 * p.l2 * p.l1)


def at_pairs(p: SpacePoint, weights: Array, features: Array = None) -> Number:
    """f at W2 = w (3, -1, 1), W1 = a times signs, H = g times points; other columns of W1 and rows of H are zero."""
    xp = p.xp
    W2, W1, H = p.w * xp.asarray(SHARED), p.a * xp.asarray(SIGNS), p.g * xp.asarray(POINTS)
    norms = sum(weight * square(p, layer) for weight, layer in zip(weights, (W2, W1, H), strict=True))
    hidden = xp.relu(W1 @ H) if features is None else features
    return square(p, W2 @ hidden - xp.eye(p.K)) / (2 * p.K) + norms / 2


NOT_BELOW = Inequality(
    "K = 15, d = 20: with a ReLU too f is at least the linear model's minimum",
    slack=lambda p: at_pairs(p, (p.l2, p.l1, _last(p))) - value(p),
    given=INSIDE,
)


def _balanced_weights(p: SpacePoint) -> tuple[Array, Array, Array]:
    """The weights for which the three scales are best, with z = 72 w a g."""
    z = 72 * p.w * p.a * p.g
    part = z * (1 - z)
    return part / (780 * p.w**2), part / (120 * p.a**2), part / (180 * p.g**2)


def _by_strength(p: SpacePoint, features: Array = None) -> Array:
    z, (l2, l1, lh) = 72 * p.w * p.a * p.g, _balanced_weights(p)
    left = at_pairs(p, (l2, l1, lh), features) - (1 - z) * (1 + 2 * z) / 2
    return p.xp.stack([left, p.K**3 * l2 * l1 * lh * 26 / 27])


def _its_strength(p: SpacePoint) -> Array:
    z = 72 * p.w * p.a * p.g
    return p.xp.stack([0 * p.w, z * (1 - z) ** 3])


def _incidence(p: SpacePoint) -> Array:
    return 6 * p.a * p.g * p.xp.asarray(INSIDE_OF)


EVERY_STRENGTH = Identity(
    "K = 15: f = (1-z)(1+2z)/2 where q^3 = (27/26) z (1-z)^3", left=_by_strength, right=_its_strength
)
WITHOUT_RELU = Identity(
    "the same with relu(W1 H) = 6 a g F",
    left=lambda p: _by_strength(p, _incidence(p)),
    right=_its_strength,
)
SIGNED = Identity(
    "W1 H = 6 a g (F - F'), F' the pairs outside",
    left=lambda p: p.a * p.xp.asarray(SIGNS) @ (p.g * p.xp.asarray(POINTS)),
    right=lambda p: _incidence(p) - 6 * p.a * p.g * p.xp.asarray(OUTSIDE_OF),
)

OPPOSED = Space(
    sizes={"K": (2, 2), "d": (2, 3)},
    classes=("K", (1, 2)),
    where=balanced,
    variables={"a": Variable(positive=True), "b": Variable(positive=True), "g": Variable(positive=True)},
)


def _at_opposed(p: SpacePoint, relu: bool = True) -> tuple[Array, Array]:
    """(f, H) at W2 = a (e_1, e_2)', W1 = b (e_1 - e_2) e_1', H = g e_1 (1, -1) Y, for its own weights."""
    xp, x, Y = p.xp, p.a * p.b * p.g, one_hot(p)
    part, first = x * (1 - x), xp.eye(p.d, 1)
    W2, W1, H = p.a * xp.eye(2, p.d), p.b * (_opposed(p) @ first.T), p.g * (first @ (xp.asarray([[1, -1]]) @ Y))
    weights = part / (2 * p.a**2), part / (2 * p.b**2), part / (p.N * p.g**2)
    norms = sum(w * square(p, layer) for w, layer in zip(weights, (W2, W1, H), strict=True))
    hidden = xp.relu(W1 @ H) if relu else p.b * p.g * (xp.eye(p.d, 2) @ Y)
    return square(p, W2 @ hidden - Y) / (2 * p.N) + norms / 2, H


def _opposed(p: SpacePoint) -> Array:
    tail = [p.xp.zeros((p.d - 2, 1))] if p.d > 2 else []
    return p.xp.concat([p.xp.asarray([[1], [-1]]), *tail], axis=0)


def _opposed_value(p: SpacePoint) -> Array:
    return (1 - p.a * p.b * p.g) * (1 + 2 * p.a * p.b * p.g) / 2


ATTAINED = Identity(
    "K = 2, W1 H = b g (1, -1; -1, 1) Y: f = (1-x)(1+2x)/2 with x = a b g and q^3 = x (1-x)^3",
    left=lambda p: _at_opposed(p)[0],
    right=_opposed_value,
)
ATTAINED_WITHOUT_RELU = Identity(
    "the same with relu(W1 H) = b g (e_1, e_2) Y", left=lambda p: _at_opposed(p, relu=False)[0], right=_opposed_value
)
FRAME_OF_H = Identity(
    "at these minimisers K M'M = |M|^2 I",
    left=lambda p: p.K * class_means(p, _at_opposed(p)[1]).T @ class_means(p, _at_opposed(p)[1]),
    right=lambda p: square(p, class_means(p, _at_opposed(p)[1])) * p.xp.eye(p.K),
)


def two_classes(name: str, conclusion: Function) -> Part:
    """K = 2: the minimum, with a conclusion."""
    return Part(Optimum(name, objective=relu_objective, value=value, conclusion=conclusion, given=INSIDE), domain=TWO)


MATRICES = Space(sizes={"d": (1, 3), "m": (1, 3)}, variables={"A": Variable("d", "m")})
NARROW = Space(sizes={"d": (1, 4), "m": (1, 4)}, variables=MATRICES.variables, where=lambda s: min(s.d, s.m) <= 2)


def _nuclear_gap(p: SpacePoint, factor: Number = 1) -> Number:
    norm = p.xp.linalg.matrix_norm
    return factor * norm(p.A, ord="nuc") - norm(p.xp.relu(p.A), ord="nuc")


NUCLEAR = Inequality("|relu(A)|_* <= |A|_*", slack=_nuclear_gap)

RAISED = scaled(lambda p, factor: relu_objective(p) - factor * value(p), ("11/10",), "the minimum", TWO, given=INSIDE)
WITHOUT_LAST = Neighbour(
    Inequality(
        "the bound without weight decay of W1",
        slack=lambda p: relu_objective(p) - p.l1 * square(p, p.W1) / 2 - value(p),
        given=INSIDE,
    ),
    TWO,
)

CLAIMS = (
    Claim(
        id="tirer-ext-relu-h2",
        where="theorem on the extended model with ReLU",
        kind="claim",
        attribution="recalled",
        says="the minimum is the linear model's; relu(W1 h) collapses onto orthogonal means parallel to W2",
        printed=r"\min f_{\mathrm{ReLU}}=\min f,\ \operatorname{relu}(W_1H)\text{ collapses onto an orthogonal frame}",
        verdict="false",
        reason=(
            "K = 15, d = 20: W1 H of rank 5 whose relu has rank 15 is cheaper, for every q < 2^(-4/3): |W1 H|_* is "
            "below |relu(W1 H)|_*"
        ),
        severity="theorem",
        effect="true for K = 2; for more classes it needs |relu(W1 H)|_* <= |W1 H|_* as a hypothesis",
        parts=(
            Part(
                NOT_BELOW,
                domain=FIFTEEN,
                witness=Witness(w="1/80", a=1, g=1, l2="73/100", l1="1/1350", x="9/10", d=20, class_sizes=(1,) * 15),
            ),
            Part(
                EVERY_STRENGTH,
                domain=FIFTEEN,
                proof=(WITHOUT_RELU, SIGNED),
                argument="x (1-x)^3 and (1-x)(1+2x) fall on (1/2, 1), and 27/26 > 1: below the linear model at every q",
                beyond="the sizes are those of the counterexample",
            ),
        ),
        correction=Correction(
            latex=r"K=2",
            parts=(two_classes("K = 2: the minimum, and relu(W1 H) collapses", features_collapse),),
        ),
        neighbours=(Neighbour(NOT_BELOW, FIFTEEN), *RAISED, WITHOUT_LAST),
    ),
    Claim(
        id="tirer-ext-relu-h1",
        where="the same theorem: first features",
        kind="claim",
        attribution="reading",
        says="the means of H itself are orthogonal of equal norm",
        printed=r"M^\top M\propto I_K",
        verdict="false",
        reason=(
            "K = 2: W1 H = (1, -1; -1, 1) Y has the relu and the nuclear norm of Y, so opposite means are optimal too; "
            "a reading, no verdict on the paper"
        ),
        severity="local",
        effect="for K = 2 the means have equal norms and an angle of at least 90 degrees, up to 180",
        parts=(
            Part(FRAME_OF_H, domain=OPPOSED, witness=Witness(a=1, b=1, g="3/4", d=2, class_sizes=(1, 1))),
            Part(
                ATTAINED,
                domain=OPPOSED,
                proof=(ATTAINED_WITHOUT_RELU,),
                argument="W1 H = b g (1, -1; -1, 1) Y in two units, whose relu is b g Y, since b, g > 0",
                beyond="a sum over the samples of two classes, whatever their number",
            ),
        ),
        correction=Correction(
            latex=r"K=2:\ \|m_1\|=\|m_2\|,\ m_1^\top m_2\le0",
            parts=(two_classes("K = 2: means of H of equal norm, no acute angle", first_features),),
        ),
        neighbours=(Neighbour(FRAME_OF_H, OPPOSED), *RAISED, WITHOUT_LAST),
    ),
    Claim(
        id="relu-nuclear",
        where="possible lemma for the ReLU theorem",
        kind="inequality",
        attribution="reading",
        says="|relu(A)|_* <= |A|_*",
        printed=r"\|\operatorname{relu}(A)\|_*\le\|A\|_*",
        verdict="false",
        reason=(
            "3 x 3: a negative entry where the polar factor of relu(A) is positive lowers |A|_*; a reading, no verdict "
            "on the paper"
        ),
        severity="local",
        effect="true for two rows or two columns",
        parts=(Part(NUCLEAR, domain=MATRICES, witness=Witness(A=[[1, 1, 0], [0, 1, 1], ["-1/2", 0, 1]])),),
        correction=Correction(latex=r"\min(d,m)\le2", parts=(Part(NUCLEAR, domain=NARROW),)),
        neighbours=(
            Neighbour(NUCLEAR, MATRICES),
            *scaled(_nuclear_gap, ("99/100",), "|A|_* up to two rows", NARROW),
        ),
    ),
)
