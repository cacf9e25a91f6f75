"""Zhu et al., Theorem 3.2 and dimensions: critical points, strict saddles, the descent direction, minority collapse.

At a critical point G G'W = lW lH W and W'W = (lH/lW) H H'. |G|_2 <= sqrt(lW lH) makes it global (subgradient of the
nuclear norm). If W a = 0 and |G|_2 > sqrt(lW lH), D has curvature -2(|G|_2 - sqrt(lW lH))|a|^2. 1'W = 0, so d >= K
has such an a; for d = K-1 and rank K-1, G G' = lW lH (I - J/K): global. Hence d >= K-1 and any class sizes suffice; d
< K-1 has spurious minima. The Hessian is examined as a form in W, H, the softmax P and G, which are free: what holds
for all of them holds at P = softmax(W H + b 1'), G = (P - Y)/N.
"""

from __future__ import annotations

from collections.abc import Iterable

from ncverify import Identity, Space, Variable
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import hessian_form
from ncverify.literature.zhu_2021.lemmas import BALANCED, SINGULAR
from ncverify.literature.zhu_2021.nuclear import NUCLEAR
from ncverify.papers import Claim, Correction, Neighbour, Part
from ncverify.papers.claim import Attribution
from ncverify.space import SpacePoint


def free(**more: Variable) -> Space:
    """Any W, H, b, softmax numerators E and gradient G, with the weights lW = m/r^2 and lH = m r^2."""
    return Space(
        sizes={"K": (2, 3), "d": (1, 3)},
        classes=("K", (1, 2)),
        variables={
            "W": Variable("K", "d"),
            "H": Variable("d", "N"),
            "E": Variable("K", "N", positive=True),
            "G": Variable("K", "N"),
            "m": Variable(positive=True),
            "r": Variable(positive=True),
            "lb": Variable(low=0),
            **more,
        },
    )


ANY = free()
NULL = free(u=Variable("K", on="sphere"), v=Variable("N", on="sphere"), a=Variable())
BEYOND = "multiplied out, the same products of matrices cancel, whatever the shapes"


def hessian(
    p: SpacePoint, A: Array, B: Array, beta: Array, W: Array | None = None, H: Array | None = None
) -> tuple[Array, Array, Array]:
    """The Hessian product of Zhu's f, with P = E/(1'E) for the softmax and G for the gradient by the logits."""
    P = p.E / p.xp.sum(p.E, axis=0, keepdims=True)
    arrays = {"W": p.W if W is None else W, "H": p.H if H is None else H, "lW": p.m / p.r**2, "lH": p.m * p.r**2}
    return hessian_form(SpacePoint(p.sizes, p.variables | arrays), P, p.G, A, B, beta)


def curvature(p: SpacePoint, factor: Number = 1) -> Number:
    """D' Hess f D for D = (r u a e', -v a e'/r), e a dimension more that W and H do not use: r^4 = lH/lW."""
    xp = p.xp
    W, H = xp.concat([p.W, xp.zeros((p.K, 1))], axis=1), xp.concat([p.H, xp.zeros((1, p.N))], axis=0)
    A = xp.concat([xp.zeros((p.K, p.d)), xp.reshape(p.r * p.u * p.a, (p.K, 1))], axis=1)
    B = xp.concat([xp.zeros((p.d, p.N)), xp.reshape(-factor / p.r * p.v * p.a, (1, p.N))], axis=0)
    X, Y, _ = hessian(p, A, B, xp.zeros((p.K,)), W, H)
    return xp.sum(A * X) + xp.sum(B * Y)


def _printed(p: SpacePoint) -> Number:
    return -2 * (p.xp.sum(p.u * (p.G @ p.v)) - p.m) * p.a * p.a


CURVATURE = Identity(
    "D' Hess f D = -2 (u'G v - sqrt(lW lH)) |a|^2 for W a = 0, H'a = 0 and all unit u, v",
    left=curvature,
    right=_printed,
)

SHIFT = Identity(
    "the Hessian sends (0, 0, 1) to (0, 0, lb 1) at every point: a null vector for lb = 0",
    left=lambda p: _flat(p, hessian(p, 0 * p.W, 0 * p.H, p.xp.ones((p.K,)))),
    right=lambda p: _flat(p, (0 * p.W, 0 * p.H, p.lb * p.xp.ones((p.K,)))),
)


def _flat(p: SpacePoint, arrays: Iterable[Array]) -> Array:
    return p.xp.concat([p.xp.reshape(a, (-1,)) for a in arrays], axis=0)


def _rotated(p: SpacePoint) -> Array:
    """Hess f (W S, -S H, 0) for S = -S', which is T - T'."""
    S = p.T - p.T.T
    return _flat(p, hessian(p, p.W @ S, -(S @ p.H), p.xp.zeros((p.K,))))


def _rotated_gradient(p: SpacePoint) -> Array:
    """(grad_W S, -S grad_H, 0): zero at critical points."""
    S = p.T - p.T.T
    gW, gH = p.G @ p.H.T + p.m / p.r**2 * p.W, p.W.T @ p.G + p.m * p.r**2 * p.H
    return _flat(p, (gW @ S, -(S @ gH), p.xp.zeros((p.K,))))


ROTATION = Identity("rotations are flat at critical points", left=_rotated, right=_rotated_gradient)
TURNED = free(T=Variable("d", "d"))


FALSE_CURVATURE = tuple(
    Neighbour(Identity(name, left=left, right=right), NULL)
    for name, left, right in (
        ("without the sign of v", lambda p: curvature(p, -1), _printed),
        ("half of it", curvature, lambda p: _printed(p) / 2),
        ("without the weights", curvature, lambda p: _printed(p) - 2 * p.m * p.a * p.a),
    )
)

NEIGHBOURS = FALSE_CURVATURE
NEGATIVE = Part(CURVATURE, domain=NULL, beyond=BEYOND)


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
        parts=(NEGATIVE, BALANCED, SINGULAR, *NUCLEAR),
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
        parts=(Part(SHIFT, domain=ANY, refutes=True, beyond=BEYOND),),
        correction=Correction(
            latex=r"\lambda_{\min}(\nabla^2f)<0", parts=(NEGATIVE, Part(ROTATION, domain=TURNED, beyond=BEYOND))
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
        parts=(NEGATIVE, BALANCED),
        neighbours=FALSE_CURVATURE,
    ),
    _landscape(
        "zhu-d-k-minus-1",
        "d >= K-1: every critical point that is not global has a negative eigenvalue",
        "rank W = K-1 gives G G' = lW lH (I - J/K), hence global; else a null vector exists",
        "reading",
    ),
)
