r"""Appendix C, proof in Example 3.1: the product W'H', the loss on the curve, and the derivatives of f.

As printed, with f(alpha) = e^a + 2 e^b, a = 2(2 alpha^2 - 1)/(1 + 2 alpha^2), b = -4 alpha^2/(1 + 2 alpha^2):

.. math:: L(W', H') = -4 \log \frac{e^2}{e^2 + f(\alpha)}, \qquad f'(0) = 0, \qquad f''(0) = 16 (e^{-2} - 1),

and f', f'' at every alpha. All of it is right. (The f of the main body is L(W', H') itself, not this one.)
"""

from __future__ import annotations

from ncverify.calculus import replaced
from ncverify.kinds import Array, Number
from ncverify.literature.ulpm_2022._example_3_1 import ALONG_CURVE, curve, matrix, unscaled_curve, vanishes
from ncverify.literature.ulpm_2022._matrices import ONE_SHAPE
from ncverify.papers.claim import Claim, Neighbour, Part
from ncverify.papers.neighbours import unequal
from ncverify.point import Point
from ncverify.space import SpacePoint
from ncverify.statements.types import Function, Identity

_SAME, _OPPOSITE = (
    ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
    ((0, 1, 0, 0), (1, 0, 0, 0), (0, 0, 0, 1), (0, 0, 1, 0)),
)


def _curve(p: SpacePoint) -> Point:
    return curve(p.alpha, p.xp)


def _squared(p: SpacePoint) -> Number:
    return p.alpha * p.alpha


# --- the product and the loss ---------------------------------------------------------------------------------------


def printed_product(p: SpacePoint) -> Array:
    """(1 + 2 alpha^2) W'H' as printed."""
    xp, s = p.xp, _squared(p)
    same, opposite = matrix(_SAME, xp), matrix(_OPPOSITE, xp)
    return (2 + 4 * s) * same + (4 * s - 2) * opposite - 4 * s * (1 - same - opposite)


def exponents(p: SpacePoint) -> tuple[Array, Array]:
    """a = 2(2 alpha^2 - 1)/(1 + 2 alpha^2) and b = -4 alpha^2/(1 + 2 alpha^2)."""
    s = _squared(p)
    return 2 * (2 * s - 1) / (1 + 2 * s), -4 * s / (1 + 2 * s)


def printed_loss(p: SpacePoint) -> Number:
    """-4 log(e^2 / (e^2 + e^a + 2 e^b))."""
    xp, (a, b) = p.xp, exponents(p)
    e2 = xp.exp(xp.asarray(2))
    return -4 * xp.log(e2 / (e2 + xp.exp(a) + 2 * xp.exp(b)))


PRODUCT = Identity(
    "W'H' as printed",
    left=lambda p: _curve(p).logits,
    right=lambda p: printed_product(p) / (1 + 2 * _squared(p)),
)
UNSCALED_PRODUCT = Identity(
    "W'H' (1 + 2 alpha^2) as printed",
    left=lambda p: unscaled_curve(p.alpha, p.xp).logits,
    right=printed_product,
)
LOSS = Identity("L(W', H') as printed", left=lambda p: _curve(p).loss, right=printed_loss)

PRODUCT_CLAIM = Claim(
    id="c-ex-3.1-product",
    where="Appendix C, Example 3.1",
    kind="identity",
    says="W'H' and L(W', H')",
    position=740,
    printed=r"W'H'=\tfrac1{1+2\alpha^2}\begin{bmatrix}2+4\alpha^2&4\alpha^2-2&-4\alpha^2&-4\alpha^2\\&\dots\end{bmatrix}"
    r",\ \mathcal L(W',H')=-4\log\frac{e^2}{e^2+e^{a}+2e^{b}}",
    verdict="holds",
    reason="a polynomial identity in alpha; each column of W'H' has the entries 2, a, b, b",
    parts=(
        Part(
            PRODUCT,
            domain=ALONG_CURVE,
            proof=(UNSCALED_PRODUCT,),
            argument="the two printed factors multiply to 1/(1 + 2 alpha^2)",
            beyond=ONE_SHAPE,
        ),
        Part(
            LOSS,
            domain=ALONG_CURVE,
            proof=(UNSCALED_PRODUCT,),
            argument="(2 + 4 alpha^2)/(1 + 2 alpha^2) = 2 on the diagonal, a once and b twice off it",
            beyond=ONE_SHAPE,
        ),
    ),
    neighbours=(
        Neighbour(unequal(PRODUCT, "1001/1000"), ALONG_CURVE),
        Neighbour(
            Identity("without 1/(1 + 2 alpha^2)", left=lambda p: _curve(p).logits, right=printed_product), ALONG_CURVE
        ),
        Neighbour(
            Identity(
                "for H' = W' instead of its transpose",
                left=lambda p: unscaled_curve(p.alpha, p.xp).W @ unscaled_curve(p.alpha, p.xp).W,
                right=printed_product,
            ),
            ALONG_CURVE,
        ),
        Neighbour(
            Identity("3 for 4 samples", left=lambda p: _curve(p).loss, right=lambda p: 0.75 * printed_loss(p)),
            ALONG_CURVE,
        ),
    ),
)

# --- the derivatives of f -------------------------------------------------------------------------------------------


def printed_slopes(p: SpacePoint) -> tuple[Array, Array]:
    """The two brackets of the printed f'(alpha)."""
    x, s = p.alpha, 1 + 2 * _squared(p)
    return 8 * x / s - 8 * x * (2 * x * x - 1) / s**2, 16 * x**3 / s**2 - 8 * x / s


def printed_bends(p: SpacePoint) -> tuple[Array, Array]:
    """The two last brackets of the printed f''(alpha)."""
    x2, s = _squared(p), 1 + 2 * _squared(p)
    first = -64 * x2 / s**2 + 64 * (2 * x2 - 1) * x2 / s**3 + 8 / s - 8 * (2 * x2 - 1) / s**2
    return first, 80 * x2 / s**2 - 8 / s - 128 * x2 * x2 / s**3


def _quotient_rule(p: SpacePoint, top: Number, top_slope: Number, top_bend: Number) -> tuple[Array, Array]:
    """First and second derivative of top / (1 + 2 alpha^2)."""
    x, s = p.alpha, 1 + 2 * _squared(p)
    value = top / s
    slope = (top_slope - 4 * x * value) / s
    return slope, (top_bend - 8 * x * slope - 4 * value) / s


def derived(p: SpacePoint) -> tuple[Array, Array]:
    """(a', b') and (a'', b''), each stacked, by the quotient rule."""
    x, stack = p.alpha, p.xp.stack
    a1, a2 = _quotient_rule(p, 4 * x * x - 2, 8 * x, p.xp.asarray(8))
    b1, b2 = _quotient_rule(p, -4 * x * x, -8 * x, p.xp.asarray(-8))
    return stack([a1, b1]), stack([a2, b2])


def _weights(p: SpacePoint) -> Array:
    """e^a and 2 e^b."""
    a, b = exponents(p)
    return p.xp.stack([p.xp.exp(a), 2 * p.xp.exp(b)])


def printed_slope(p: SpacePoint) -> Number:
    """f'(alpha) as printed."""
    return p.xp.sum(_weights(p) * p.xp.stack(printed_slopes(p)))


def printed_curvature(p: SpacePoint) -> Number:
    """f''(alpha) as printed."""
    slopes, bends = p.xp.stack(printed_slopes(p)), p.xp.stack(printed_bends(p))
    return p.xp.sum(_weights(p) * (slopes * slopes + bends))


def _derived_slope(p: SpacePoint) -> Number:
    return p.xp.sum(_weights(p) * derived(p)[0])


def _derived_curvature(p: SpacePoint) -> Number:
    slopes, bends = derived(p)
    return p.xp.sum(_weights(p) * (slopes * slopes + bends))


def _at_zero(function: Function) -> Function:
    """The function at alpha = 0, whatever the point."""
    return lambda p: function(replaced(p, {"alpha": 0 * p.alpha}))


def _second_derivative_at_zero(p: Point) -> Number:
    return 16 * (p.xp.exp(p.xp.asarray(-2)) - 1)


SLOPE_BRACKETS = Identity(
    "the brackets of f'", left=lambda p: p.xp.stack(printed_slopes(p)), right=lambda p: derived(p)[0]
)
BEND_BRACKETS = Identity(
    "the brackets of f''", left=lambda p: p.xp.stack(printed_bends(p)), right=lambda p: derived(p)[1]
)
AT_ZERO = Identity(
    "a' = b' = 0, a'' = 16, b'' = -8 at alpha = 0",
    left=_at_zero(lambda p: p.xp.concat([p.xp.stack(printed_slopes(p)), p.xp.stack(printed_bends(p))])),
    right=lambda p: p.xp.asarray([0, 0, 16, -8]),
)

SECOND = Identity("f''(0) = 16 (e^-2 - 1)", left=_at_zero(printed_curvature), right=_second_derivative_at_zero)

DERIVATIVES_CLAIM = Claim(
    id="c-ex-3.1-derivatives",
    where="Appendix C, Example 3.1",
    kind="identity",
    says="f', f'', f''(0) = 16 (e^-2 - 1)",
    position=750,
    printed=r"f'(\alpha)=\dots,\ f''(\alpha)=\dots,\ f'(0)=0,\ f''(0)=16(e^{-2}-1)<0",
    verdict="holds",
    reason="both displays agree with the quotient rule; f''(0) = 16 e^-2 - 2 times 8",
    parts=(
        Part(
            Identity("f' as printed", left=printed_slope, right=_derived_slope),
            domain=ALONG_CURVE,
            proof=(SLOPE_BRACKETS,),
            argument="(e^a)' = a' e^a",
            beyond=ONE_SHAPE,
        ),
        Part(
            Identity("f'' as printed", left=printed_curvature, right=_derived_curvature),
            domain=ALONG_CURVE,
            proof=(SLOPE_BRACKETS, BEND_BRACKETS),
            argument="(e^a)'' = (a'^2 + a'') e^a",
            beyond=ONE_SHAPE,
        ),
        Part(
            vanishes("f'(0) = 0", _at_zero(printed_slope)),
            domain=ALONG_CURVE,
            proof=(AT_ZERO,),
            argument="both brackets vanish",
            beyond=ONE_SHAPE,
        ),
        Part(
            SECOND,
            domain=ALONG_CURVE,
            proof=(AT_ZERO,),
            argument="16 e^-2 - 2 * 8 e^0",
            beyond=ONE_SHAPE,
        ),
    ),
    neighbours=(
        Neighbour(unequal(SECOND, "1001/1000"), ALONG_CURVE),
        Neighbour(
            Identity(
                "f' without the factor 2 of e^b",
                left=lambda p: p.xp.sum(_weights(p) / p.xp.asarray([1, 2]) * p.xp.stack(printed_slopes(p))),
                right=_derived_slope,
            ),
            ALONG_CURVE,
        ),
        Neighbour(
            Identity(
                "f'' without the squares of a', b'",
                left=lambda p: p.xp.sum(_weights(p) * p.xp.stack(printed_bends(p))),
                right=_derived_curvature,
            ),
            ALONG_CURVE,
        ),
        Neighbour(
            Identity(
                "81 for 80 in f''",
                left=lambda p: (
                    p.xp.stack(printed_bends(p)) + p.xp.asarray([0, 1]) * _squared(p) / (1 + 2 * _squared(p)) ** 2
                ),
                right=lambda p: derived(p)[1],
            ),
            ALONG_CURVE,
        ),
    ),
)

CLAIMS = (PRODUCT_CLAIM, DERIVATIVES_CLAIM)
