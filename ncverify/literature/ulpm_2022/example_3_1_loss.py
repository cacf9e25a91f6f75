r"""Example 3.1, second part: the gradient at the point, and the derivatives of the loss along a curve.

What is wrong in print:

* the gradient: its denominator reads 2 + 2e^-2 + 2e^2 instead of 2 + e^-2 + e^2;
* "we find that f(alpha) := L(W', H') satisfies f'(alpha) = 0, f''(alpha) < 0" names no alpha: true at alpha = 0 only
  (at alpha = 1/2 the curve meets a collapsed point, where f' = 0 but f'' > 0). "As alpha -> 0", in the next sentence,
  and the appendix, which has f'(0) = 0 and f''(0) < 0, leave no doubt what is meant.
"""

from __future__ import annotations

from ncverify.kinds import Array, Functions, Number
from ncverify.literature.ulpm_2022._example_3_1 import (
    ALONG_CURVE,
    EXAMPLE,
    FOUR_CLASSES,
    example,
    loss_curvature,
    loss_slope,
    matrix,
    unscaled_curve,
    vanishes,
)
from ncverify.literature.ulpm_2022._matrices import ONE_SHAPE
from ncverify.papers.claim import Claim, Correction, Neighbour, Part, Witness
from ncverify.papers.neighbours import unequal
from ncverify.point import Point
from ncverify.space import Space, SpacePoint, Variable
from ncverify.statements.types import Function, Identity, Inequality

THE_EXAMPLE = Witness(W=EXAMPLE, H=EXAMPLE)

# --- the gradient ---------------------------------------------------------------------------------------------------


def _both_gradients(p: Point) -> Array:
    gradient = example(p.xp).gradient
    return p.xp.stack([gradient.W, gradient.H])


def _times_example(factor: Number, xp: Functions) -> Array:
    return xp.stack([factor * matrix(EXAMPLE, xp)] * 2)


def _printed_factor(xp: Functions) -> Number:
    low, high = xp.exp(xp.asarray(-2)), xp.exp(xp.asarray(2))
    return -(2 + 2 * low) / (2 + 2 * low + 2 * high)


def corrected_factor(u: Array) -> Array:
    """-(2 + 2/u) / (2 + 1/u + u), with u = e^2; it simplifies to -2 / (1 + u)."""
    return -(2 + 2 / u) / (2 + 1 / u + u)


def _gradient_in_u(p: SpacePoint) -> Array:
    """grad_W of the example with e^2 replaced by the free number u: softmax weights u, 1/u, 1, 1."""
    xp, u = p.xp, p.u
    same, opposite = xp.eye(4), matrix(((0, 1, 0, 0), (1, 0, 0, 0), (0, 0, 0, 1), (0, 0, 1, 0)), xp)
    weights = u * same + opposite / u + (1 - same - opposite)
    G = weights / xp.expand_dims(xp.sum(weights, axis=0), axis=0) - same
    return G @ matrix(EXAMPLE, xp)


IN_U = Identity(
    "the gradient with a free number u for e^2",
    left=_gradient_in_u,
    right=lambda p: -2 / (1 + p.u) * matrix(EXAMPLE, p.xp),
)
FACTORS = Identity(
    "(2 + 2/u) / (2 + 1/u + u) = 2 / (1 + u)",
    left=lambda p: corrected_factor(p.u),
    right=lambda p: -2 / (1 + p.u),
)

CORRECTED_GRADIENT = Identity(
    "the corrected gradient",
    left=_both_gradients,
    right=lambda p: _times_example(corrected_factor(p.xp.exp(p.xp.asarray(2))), p.xp),
)

GRADIENT = Claim(
    id="ex-3.1-gradient",
    where="Example 3.1",
    kind="identity",
    says="the printed gradient",
    position=180,
    printed=r"\nabla_W\mathcal L=\nabla_H\mathcal L=-\frac{2+2e^{-2}}{2+2e^{-2}+2e^2}\,W",
    verdict="false",
    reason="the denominator is the sum of the four exponentials 2 + e^-2 + e^2; the printed one is 44 % too small",
    severity="local",
    effect="none; the example needs only that the gradient is parallel to the point, and it is",
    parts=(
        Part(
            Identity(
                "the printed gradient",
                left=_both_gradients,
                right=lambda p: _times_example(_printed_factor(p.xp), p.xp),
            ),
            domain=FOUR_CLASSES,
            witness=THE_EXAMPLE,
        ),
    ),
    correction=Correction(
        latex=r"\nabla_W\mathcal L=\nabla_H\mathcal L=-\frac{2+2e^{-2}}{2+e^{-2}+e^2}\,W=-\frac{2}{1+e^2}\,W",
        parts=(
            Part(
                CORRECTED_GRADIENT,
                domain=ALONG_CURVE,
                proof=(IN_U, FACTORS),
                shapes=Space(variables={"u": Variable()}),
                argument="true with any u in place of e^2; W = H = H' makes both gradients equal",
                beyond=ONE_SHAPE,
            ),
        ),
    ),
    neighbours=(Neighbour(unequal(CORRECTED_GRADIENT, "1001/1000"), ALONG_CURVE),),
)

# --- f' = 0 and f'' < 0 ---------------------------------------------------------------------------------------------


def _slope(p: SpacePoint) -> Number:
    return loss_slope(p.alpha, p.xp)


def _curvature(p: SpacePoint) -> Number:
    return loss_curvature(p.alpha, p.xp)


def _at_zero(function: Function) -> Function:
    return lambda p: function(p.xp.asarray(0), p.xp)


EVEN = Identity(
    "W'H' (1 + 2 alpha^2) is even in alpha",
    left=lambda p: unscaled_curve(p.alpha, p.xp).logits,
    right=lambda p: unscaled_curve(-p.alpha, p.xp).logits,
)

CURVE = Claim(
    id="ex-3.1-curve",
    where="Example 3.1",
    kind="claim",
    says="f(alpha) := L(W', H') satisfies f' = 0 and f'' < 0, as printed in the main body",
    position=190,
    printed=r"f(\alpha):=\mathcal L(W',H')\text{ satisfies }f'(\alpha)=0,\ f''(\alpha)<0",
    verdict="defect",
    reason="no alpha is named, and for a free one it is false; 'as alpha -> 0', two lines on, means alpha = 0, where "
    "it is true",
    effect="none; the example needs it at alpha = 0 only, where it is true",
    severity="misprint",
    parts=(
        Part(
            vanishes("f'(alpha) = 0 for every alpha", _slope),
            role="form",
            domain=ALONG_CURVE,
            witness=Witness(alpha=1),
        ),
        Part(
            Inequality("f''(alpha) < 0 for every alpha", slack=lambda p: -_curvature(p), strict=True),
            role="form",
            domain=ALONG_CURVE,
            witness=Witness(alpha="1/2"),
        ),
    ),
    correction=Correction(
        latex=r"f'(0)=0,\quad f''(0)=-\frac{64(1-e^{-2})}{(e+e^{-1})^2}<0",
        parts=(
            Part(
                Identity("f'(alpha) = -f'(-alpha)", left=_slope, right=lambda p: -loss_slope(-p.alpha, p.xp)),
                domain=ALONG_CURVE,
                proof=(EVEN,),
                argument="f is even in alpha",
                beyond=ONE_SHAPE,
            ),
            Part(
                vanishes("f'(0) = 0", _at_zero(loss_slope)),
                domain=ALONG_CURVE,
                proof=(EVEN,),
                argument="f is even in alpha",
                beyond=ONE_SHAPE,
            ),
            Part(
                Inequality("f''(0) < 0", slack=lambda p: -_at_zero(loss_curvature)(p), strict=True), domain=ALONG_CURVE
            ),
            Part(
                Identity(
                    "f''(0) in closed form",
                    left=_at_zero(loss_curvature),
                    right=lambda p: (
                        -64
                        * (1 - p.xp.exp(p.xp.asarray(-2)))
                        / (p.xp.exp(p.xp.asarray(1)) + p.xp.exp(p.xp.asarray(-1))) ** 2
                    ),
                ),
                domain=ALONG_CURVE,
            ),
        ),
    ),
)

CLAIMS = (GRADIENT, CURVE)
