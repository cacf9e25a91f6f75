r"""Example 3.1, third part: a curve of constant norms through the point, along which the loss falls.

As printed: for every epsilon > 0 there is alpha with |W'|_F = |W|_F, |H'|_F = |H|_F, a squared distance below epsilon,
and L(W', H') < L(W, H). It holds: the squared distance is 32 (1 - (1 + 2 alpha^2)^(-1/2)), and the loss is lower
than at alpha = 0 for 0 < |alpha| <= 1/2, where the curve meets a collapsed point; not for |alpha| = 1.
"""

from __future__ import annotations

from ncverify.kinds import Array, Number, TruthValue
from ncverify.literature.ulpm_2022._example_3_1 import ALONG_CURVE, curve, example, unscaled_curve
from ncverify.literature.ulpm_2022._matrices import ONE_SHAPE
from ncverify.literature.ulpm_2022.example_3_1_proof import UNSCALED_PRODUCT, exponents
from ncverify.papers.claim import Claim, Neighbour, Part
from ncverify.point import Point
from ncverify.space import Space, SpacePoint, Variable
from ncverify.statements.types import Existence, Identity, Inequality

WITH_FACTOR = Space(variables={"alpha": Variable(), "c": Variable()})


def _curve(p: SpacePoint) -> Point:
    return curve(p.alpha, p.xp)


def _squared(p: SpacePoint) -> Number:
    return p.alpha * p.alpha


def _norms(p: Point) -> Array:
    return p.xp.stack([p.xp.sum(p.W * p.W), p.xp.sum(p.H * p.H)])


def _squared_distance(p: Point, q: Point) -> Number:
    return p.xp.sum((p.W - q.W) ** 2) + p.xp.sum((p.H - q.H) ** 2)


def _moved(p: SpacePoint) -> Number:
    return _squared_distance(_curve(p), example(p.xp))


def _loss_falls(p: SpacePoint) -> Number:
    return example(p.xp).loss - _curve(p).loss


def _moved_with_free_factor(p: SpacePoint) -> Number:
    """|c (W + alpha U) - W|^2 + |c (H + alpha V) - H|^2 with a free c for 1/sqrt(1 + 2 alpha^2)."""
    q, c = unscaled_curve(p.alpha, p.xp), p.c
    return _squared_distance(Point.trusted(c * q.W, c * q.H), example(p.xp))


def _near(p: SpacePoint) -> Point:
    """The point of the curve at alpha = min(epsilon, 1) / 8 for epsilon = the free number squared."""
    return curve(p.xp.minimum(_squared(p), p.xp.asarray(1)) / 8, p.xp)


def _is_nearer_and_lower(p: SpacePoint, q: Point) -> TruthValue:
    return (_squared_distance(q, example(p.xp)) < _squared(p)) & (q.loss < example(p.xp).loss)


NORMS = Identity(
    "|W'|_F = |W|_F and |H'|_F = |H|_F", left=lambda p: _norms(_curve(p)), right=lambda p: _norms(example(p.xp))
)
UNSCALED_NORMS = Identity(
    "the squared norms before scaling are 8 (1 + 2 alpha^2)",
    left=lambda p: _norms(unscaled_curve(p.alpha, p.xp)),
    right=lambda p: (1 + 2 * _squared(p)) * _norms(example(p.xp)),
)
DISTANCE = Inequality("the point moves by at most 32 alpha^2", slack=lambda p: 32 * _squared(p) - _moved(p))
DISTANCE_FORMULA = Identity(
    "the squared distance is c^2 (16 + 32 alpha^2) - 32 c + 16",
    left=_moved_with_free_factor,
    right=lambda p: p.c**2 * (16 + 32 * _squared(p)) - 32 * p.c + 16,
)


def _falls(name: str, largest: float) -> Inequality:
    return Inequality(
        name,
        slack=_loss_falls,
        given=[lambda p: _squared(p) > 0, lambda p: _squared(p) <= largest],
        strict=True,
    )


def _exponent_gap(p: SpacePoint) -> Array:
    """The exponents a and b of the loss less 2 - 4u and -2 + 2u, and their slopes in u at u = 2/3 weighted 1 and 2."""
    a, b = exponents(p)
    u = 1 / (1 + 2 * _squared(p))
    return p.xp.stack([a - (2 - 4 * u), b - (-2 + 2 * u)])


EXPONENTS_IN_U = Identity(
    "a = 2 - 4u and b = -2 + 2u with u = 1/(1 + 2 alpha^2)", left=_exponent_gap, right=lambda p: 0 * _exponent_gap(p)
)
_FALL = (
    "the loss is 4 log(1 + e^-2 f), f = e^a + 2 e^b, strictly convex in u, with slope -4 e^(-2/3) + 4 e^(-2/3) = 0 at "
    "u = 2/3, that is |alpha| = 1/2; so f grows with u in [2/3, 1], and u falls as |alpha| grows from 0"
)
NORMS_CLAIM = Claim(
    id="ex-3.1-norms",
    where="Example 3.1",
    kind="claim",
    says="norms are kept, the point moves less than epsilon, the loss falls",
    position=200,
    printed=r"\forall\epsilon>0\,\exists\alpha:\ \|W'\|_F=\|W\|_F,\ \|H'\|_F=\|H\|_F,\ "
    r"\|W'-W\|_F^2+\|H'-H\|_F^2<\epsilon,\ \mathcal L(W',H')<\mathcal L(W,H)",
    verdict="holds",
    reason="norms are kept, the squared distance is at most 32 alpha^2, the loss falls for 0 < |alpha| <= 1/2",
    parts=(
        Part(
            NORMS,
            domain=ALONG_CURVE,
            proof=(UNSCALED_NORMS,),
            argument="the printed factor divides by 1 + 2 alpha^2",
            beyond=ONE_SHAPE,
        ),
        Part(
            DISTANCE,
            domain=ALONG_CURVE,
            proof=(DISTANCE_FORMULA,),
            shapes=WITH_FACTOR,
            argument="with c = (1 + 2 alpha^2)^(-1/2) it is 32 (1 - c), and c >= 1 - alpha^2",
            beyond=ONE_SHAPE,
        ),
        Part(
            _falls("the loss falls for 0 < |alpha| <= 1/2", 0.25),
            domain=ALONG_CURVE,
            proof=(UNSCALED_PRODUCT, EXPONENTS_IN_U),
            argument=_FALL,
            beyond=ONE_SHAPE,
        ),
        Part(
            Existence(
                "for every epsilon, alpha = min(epsilon, 1)/8 does",
                witness=_near,
                valid=_is_nearer_and_lower,
                given=[lambda p: _squared(p) > 0],
            ),
            domain=ALONG_CURVE,
            proof=(DISTANCE_FORMULA, UNSCALED_PRODUCT, EXPONENTS_IN_U),
            shapes=WITH_FACTOR,
            argument=f"32 alpha^2 <= epsilon/2 and alpha <= 1/8; {_FALL}",
            beyond=ONE_SHAPE,
        ),
    ),
    neighbours=(
        Neighbour(_falls("the loss falls for 0 < |alpha| <= 1", 1.0), ALONG_CURVE),
        Neighbour(Inequality("at most 31.968 alpha^2", slack=lambda p: 31.968 * _squared(p) - _moved(p)), ALONG_CURVE),
        Neighbour(
            Identity(
                "divided by 1 + 2 alpha^2 without the square root",
                left=lambda p: _norms(unscaled_curve(p.alpha, p.xp)) / (1 + 2 * _squared(p)) ** 2,
                right=lambda p: _norms(example(p.xp)),
            ),
            ALONG_CURVE,
        ),
        Neighbour(
            Existence(
                "alpha = min(epsilon, 1) does",
                witness=lambda p: curve(p.xp.minimum(_squared(p), p.xp.asarray(1)), p.xp),
                valid=_is_nearer_and_lower,
                given=[lambda p: _squared(p) > 0],
            ),
            ALONG_CURVE,
        ),
    ),
)

CLAIMS = (NORMS_CLAIM,)
