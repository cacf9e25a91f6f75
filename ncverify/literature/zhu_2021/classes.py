"""Zhu et al. with classes of unequal sizes: the bias, and minority collapse."""

from __future__ import annotations

from ncverify import Identity, Inequality
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import balanced, gradients, logits, objective, one_hot, probabilities, zhu_space
from ncverify.literature.zhu_2021.lemmas import SINGULAR
from ncverify.literature.zhu_2021.theorem_3_2 import curvature
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.space import SpacePoint

CLASSES = zhu_space(n=(1, 3))

HEAVY_CLASSES = Inequality(
    "N^2 lW lH >= max n_k, where every point with b = 0 has f >= log K: f >= log K",
    slack=lambda p: objective(p) - p.xp.log(p.K),
    given=[lambda p: p.N**2 * p.lW * p.lH - max(p.class_sizes)],
)


def _bias_gradient(p: SpacePoint) -> Array:
    """grad_b f."""
    return p.xp.sum(probabilities(p, logits(p)) - one_hot(p), axis=1) / p.N + p.lb * p.b


SUM_OF_BIAS = Identity(
    "1' grad_b f = lb 1'b", left=lambda p: p.xp.sum(_bias_gradient(p)), right=lambda p: p.lb * p.xp.sum(p.b)
)

TWINS = zhu_space(K=(2, 4), n=(1, 3), d=(1, 3), where=lambda s: len(set((s.class_sizes or ())[:2])) == 1)


def at(p: SpacePoint, **changed: Array) -> SpacePoint:
    """The point with some variables changed or added."""
    return SpacePoint(p.sizes, p.variables | changed)


def merged(p: SpacePoint) -> SpacePoint:
    """The first two classes, of one size, replaced by their means: rows of W, entries of b, columns of H."""
    xp, n = p.xp, p.class_sizes[0]
    rest, tail = p.K - 2, p.N - 2 * n
    w, h = xp.expand_dims(xp.mean(p.W[:2, :], axis=0), 0), xp.expand_dims(xp.mean(p.H[:, : 2 * n], axis=1), 1)
    b = xp.expand_dims(xp.mean(p.b[:2]), 0)
    return at(
        p,
        W=xp.concat([w, w, *([p.W[2:, :]] if rest else [])], axis=0),
        b=xp.concat([b, b, *([p.b[2:]] if rest else [])], axis=0),
        H=xp.concat([h @ xp.ones((1, 2 * n)), *([p.H[:, 2 * n :]] if tail else [])], axis=1),
    )


def _merging(weight: Number) -> Inequality:
    return Inequality(
        f"n_B <= {weight} N^2 lW lH: merging two classes of size n_B does not raise f",
        slack=lambda p: objective(p) - objective(merged(p)),
        given=[lambda p: weight * p.N**2 * p.lW * p.lH - p.class_sizes[0]],
    )


def _splitting(p: SpacePoint) -> Number:
    q, xp, n = merged(p), p.xp, p.class_sizes[0]
    e = xp.concat([xp.asarray([1, -1]), *([xp.zeros((p.K - 2,))] if p.K > 2 else [])], axis=0)
    q = at(
        q,
        u=e / xp.sqrt(2),
        v=-xp.sum(xp.reshape(e, (p.K, 1)) * one_hot(p), axis=0) / xp.sqrt(2 * n),
        a=xp.asarray(1),
        E=probabilities(q, logits(q)),
        G=gradients(q)[3],
        m=xp.sqrt(p.lW * p.lH),
        r=xp.sqrt(xp.sqrt(p.lH / p.lW)),
    )
    return curvature(q)


SPLIT = Identity(
    "at merged points splitting them along a null vector has curvature -2 (sqrt(n_B)/N - sqrt(lW lH))",
    left=_splitting,
    right=lambda p: -2 * (p.xp.sqrt(p.xp.asarray(p.class_sizes[0])) / p.N - p.xp.sqrt(p.lW * p.lH)),
)

LIGHT = Neighbour(Inequality("merging never raises f", slack=lambda p: objective(p) - objective(merged(p))), TWINS)

TOO_LIGHT = Neighbour(_merging(4), TWINS)

HALF = Neighbour(_merging(2), TWINS)

CLAIMS = (
    Claim(
        id="zhu-unequal-bias",
        where="unequal classes",
        kind="claim",
        attribution="reading",
        says="b = 0 for lb > 0 and unequal classes",
        printed=r"b=0",
        verdict="false",
        reason=(
            "lb b = (n - row sums of P)/N: beyond the threshold W = H = 0 and b leans to "
            "the larger class; a reading, no verdict on the paper"
        ),
        severity="local",
        effect="1'b = 0, and b_k = b_l for n_k = n_l, remain",
        parts=(
            Part(
                HEAVY_CLASSES,
                domain=CLASSES,
                witness=Witness(
                    W=[[0], [0]], H=[[0, 0, 0]], b=["1/4", "-1/4"], lW=1, lH=1, lb="1/100", class_sizes=(2, 1)
                ),
            ),
        ),
        correction=Correction(
            latex=r"\mathbf1^\top b=0",
            parts=(Part(SUM_OF_BIAS, domain=CLASSES), Part(HEAVY_CLASSES, domain=zhu_space(where=balanced))),
        ),
        neighbours=(Neighbour(HEAVY_CLASSES, CLASSES),),
    ),
    Claim(
        id="zhu-minority-threshold",
        where="minority collapse",
        kind="equivalence",
        attribution="reading",
        says="w_k = w_l in B iff n_B <= N^2 lW lH; P_kk - P_lk = max(0, 1 - N sqrt(lW lH/n_B))",
        printed=r"w_k=w_l\iff n_B\le N^2\lambda_W\lambda_H",
        verdict="holds",
        reason=(
            "merging lowers f (any d); above it splitting lowers f (d >= K-1); G G'W "
            "= lW lH W on the antisymmetric part gives P"
        ),
        parts=(Part(_merging(1), domain=TWINS), Part(SPLIT, domain=TWINS), SINGULAR),
        neighbours=(LIGHT, TOO_LIGHT, HALF),
    ),
)
