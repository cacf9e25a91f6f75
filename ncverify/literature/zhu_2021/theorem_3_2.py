"""Zhu et al., Theorem 3.2 and dimensions: critical points, strict saddles, the descent direction, minority collapse.

At a critical point G G'W = lW lH W and W'W = (lH/lW) H H'. |G|_2 <= sqrt(lW lH) makes it global (subgradient of the
nuclear norm). If W a = 0 and |G|_2 > sqrt(lW lH), D has curvature -2(|G|_2 - sqrt(lW lH))|a|^2. 1'W = 0, so d >= K
has such an a; for d = K-1 and rank K-1, G G' = lW lH (I - J/K): global. Hence d >= K-1 and any class sizes suffice; d
< K-1 has spurious minima.
"""

from __future__ import annotations

from ncverify import Identity, Variable
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import flat, gradients, hessian_product, zhu_space
from ncverify.literature.zhu_2021.lemmas import BALANCED, SINGULAR
from ncverify.literature.zhu_2021.nuclear import NUCLEAR
from ncverify.papers import Claim, Correction, Neighbour, Part
from ncverify.papers.claim import Attribution
from ncverify.space import Sizes, SpacePoint

NULL = zhu_space(K=(2, 3), d=(1, 3), u=Variable("K", on="sphere"), v=Variable("N", on="sphere"), a=Variable())


def at(p: SpacePoint, **changed: Array) -> SpacePoint:
    """The point with some variables changed or added."""
    return SpacePoint(p.sizes, p.variables | changed)


def padded(p: SpacePoint) -> SpacePoint:
    """One more dimension, unused: W a = 0 and H'a = 0 for a = e_{d+1}."""
    wider = {
        "W": p.xp.concat([p.W, p.xp.zeros((p.K, 1))], axis=1),
        "H": p.xp.concat([p.H, p.xp.zeros((1, p.N))], axis=0),
    }
    return SpacePoint(Sizes({"K": p.K, "d": p.d + 1}, p.class_sizes), p.variables | wider)


def curvature(p: SpacePoint, factor: Number = 1) -> Number:
    """D' Hess f D at the padded point, D = (root u a e', -v a e'/root), root^4 = lH/lW."""
    xp, q = p.xp, padded(p)
    root = xp.sqrt(xp.sqrt(p.lH / p.lW))
    A = xp.concat([xp.zeros((p.K, p.d)), xp.reshape(root * p.u * p.a, (p.K, 1))], axis=1)
    B = xp.concat([xp.zeros((p.d, p.N)), xp.reshape(-factor / root * p.v * p.a, (1, p.N))], axis=0)
    X, Y, _ = hessian_product(q, A, B, xp.zeros((p.K,)))
    return xp.sum(A * X) + xp.sum(B * Y)


def _printed(p: SpacePoint) -> Number:
    G = gradients(p)[3]
    return -2 * (p.xp.sum(p.u * (G @ p.v)) - p.xp.sqrt(p.lW * p.lH)) * p.a * p.a


CURVATURE = Identity(
    "D' Hess f D = -2 (u'G v - sqrt(lW lH)) |a|^2 for W a = 0, H'a = 0 and all unit u, v",
    left=curvature,
    right=_printed,
)

ZEROS = zhu_space(K=(2, 3), n=(1, 2), d=(1, 4))

SHIFT = Identity(
    "the Hessian sends (0, 0, 1) to (0, 0, lb 1) at every point: a null vector for lb = 0",
    left=lambda p: flat(p, *hessian_product(p, 0 * p.W, 0 * p.H, p.xp.ones((p.K,)))),
    right=lambda p: flat(p, 0 * p.W, 0 * p.H, p.lb * p.xp.ones((p.K,))),
)


def _rotation(p: SpacePoint) -> Array:
    """Hess f (W S, -S H, 0) - (grad_W S, -S grad_H, 0) for S = [[0, 1], [-1, 0]]: zero, so flat at critical points."""
    S = p.xp.asarray([[0, 1], [-1, 0]])
    X, Y, z = hessian_product(p, p.W @ S, -(S @ p.H), p.xp.zeros((p.K,)))
    gW, gH, _, _ = gradients(p)
    return flat(p, X - gW @ S, Y + S @ gH, z)


ROTATION = Identity("rotations are flat at critical points", left=_rotation, right=lambda p: 0 * _rotation(p))

PLANE = zhu_space(K=(2, 3), n=(1, 2), d=(2, 2))


FALSE_CURVATURE = tuple(
    Neighbour(Identity(name, left=left, right=right), NULL)
    for name, left, right in (
        ("without the sign of v", lambda p: curvature(p, -1), _printed),
        ("half of it", curvature, lambda p: _printed(p) / 2),
        ("without the weights", curvature, lambda p: _printed(p) - 2 * p.xp.sqrt(p.lW * p.lH) * p.a * p.a),
    )
)

NEIGHBOURS = FALSE_CURVATURE


def _landscape(id: str, says: str, reason: str, attribution: Attribution = "recalled") -> Claim:
    return Claim(
        id=id,
        where="Theorem 3.2",
        kind="claim",
        attribution=attribution,
        says=says,
        printed=says,
        verdict="holds",
        reason=reason,
        parts=(Part(CURVATURE, domain=NULL), BALANCED, SINGULAR, *NUCLEAR),
        neighbours=NEIGHBOURS,
    )


CLAIMS = (
    _landscape(
        "zhu-thm-3.2-local",
        "d > K: every local minimiser is global",
        "global or negative curvature; d >= K-1 and any class sizes suffice",
    ),
    _landscape(
        "zhu-thm-3.2-saddle",
        "d > K: a critical point that is no local minimiser has a negative eigenvalue",
        "the direction D; d >= K-1 suffices",
    ),
    Claim(
        id="zhu-thm-3.2-nondegenerate",
        where="Theorem 3.2, wording",
        kind="claim",
        attribution="recalled",
        says="the Hessian at such points has no zero eigenvalue",
        printed=r"\nabla^2f\text{ non-degenerate}",
        verdict="false",
        reason=(
            "lb = 0: (0,0,1) is a null vector everywhere; W != 0: rotations are "
            "flat; only (0,0,0) with lb > 0 is non-degenerate"
        ),
        severity="local",
        effect="meant: a strictly negative eigenvalue, which is true",
        parts=(Part(SHIFT, domain=ZEROS, refutes=True),),
        correction=Correction(
            latex=r"\lambda_{\min}(\nabla^2f)<0", parts=(Part(CURVATURE, domain=NULL), Part(ROTATION, domain=PLANE))
        ),
        neighbours=FALSE_CURVATURE,
    ),
    Claim(
        id="zhu-lem-curvature",
        where="appendix",
        kind="identity",
        attribution="recalled",
        says="D' Hess f D = -2(|G|_2 - sqrt(lW lH))|a|^2",
        printed=r"D^\top\nabla^2fD=-2(\|G\|_2-\sqrt{\lambda_W\lambda_H})\|a\|^2",
        verdict="holds",
        reason="W a = 0 gives H'a = 0 by the balance, so the moved logits vanish",
        parts=(Part(CURVATURE, domain=NULL), BALANCED),
        neighbours=FALSE_CURVATURE,
    ),
    _landscape(
        "zhu-d-k-minus-1",
        "d >= K-1: every critical point that is not global has a negative eigenvalue",
        "rank W = K-1 gives G G' = lW lH (I - J/K), hence global; else a null vector exists",
        "reading",
    ),
)
