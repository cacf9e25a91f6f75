"""Poggio and Liao: within-class collapse, predicted and refuted for two layers, true for free features.

The network has one input and two hidden units, the samples are x_1, x_2 > 0 with y = 1 and -x_1, -x_2 with y = -1. At
W_1 = W_2' = (s, -s) with lambda = x_1 + x_2 - (x_1^2 + x_2^2) s^2 > 0 every sample is on the right side, and as long as
the first unit has a positive and the second a negative weight, the objective is what it is there plus

    sum over units of (x_1^2 + x_2^2) (u v - s^2)^2 + lambda (u - v)^2,  u = W_1 and v = W_2 of the unit.
"""

from __future__ import annotations

from typing import Any

from ncverify import ForAll, Identity, Inequality, Space, Variable
from ncverify.calculus import gradient, replaced
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import square
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.space import SpacePoint

PLANTED = {"x": Variable(2, positive=True), "s": Variable(positive=True)}
WEIGHTS = {"W1": Variable(2), "W2": Variable(2)}
NET = Space(sizes={}, variables=PLANTED | WEIGHTS)
FAMILY = Space(sizes={}, variables=PLANTED)


def _decay(p: SpacePoint) -> Number:
    """lambda."""
    return p.xp.sum(p.x) - p.xp.sum(p.x**2) * p.s**2


def _objective(p: SpacePoint) -> Number:
    """sum (y - f)^2 + lambda (|W_1|^2 + |W_2|^2) over x, -x with y = 1, -1."""
    xp = p.xp
    inputs = xp.concat([p.x, -p.x], axis=0)
    hidden = xp.relu(xp.expand_dims(p.W1, 1) * xp.expand_dims(inputs, 0))
    errors = xp.asarray([1, 1, -1, -1]) - p.W2 @ hidden
    return xp.sum(errors**2) + _decay(p) * (square(p, p.W1) + square(p, p.W2))


def _planted(p: SpacePoint) -> Any:
    w = p.s * p.xp.asarray([1, -1])
    return replaced(p, {"W1": w, "W2": w})


def _on_cell(p: SpacePoint) -> Number:
    """The objective where the first unit sees x alone and the second -x alone."""
    products = p.W1 * p.W2
    fits = p.xp.sum((1 - p.xp.expand_dims(products, 0) * p.xp.expand_dims(p.x, 1)) ** 2)
    return fits + _decay(p) * (square(p, p.W1) + square(p, p.W2))


def _squares(p: SpacePoint) -> Number:
    S = p.xp.sum(p.x**2)
    excess = S * p.xp.sum((p.W1 * p.W2 - p.s**2) ** 2) + _decay(p) * p.xp.sum((p.W1 - p.W2) ** 2)
    return 4 - 2 * S * p.s**4 + excess


CERTIFICATE = Identity(
    "on the cell the objective is 4 - 2 S s^4 + sum S (u v - s^2)^2 + lambda (u - v)^2, S = x_1^2 + x_2^2",
    left=_on_cell,
    right=_squares,
)


def _cell(p: SpacePoint) -> Number:
    """The first weight is positive, the second negative."""
    return p.xp.minimum(p.W1[0], -p.W1[1])


LOWEST = Inequality(
    "near W_1 = W_2' = (s, -s) the objective is no lower than there",
    slack=lambda p: _objective(p) - _objective(_planted(p)),
    given=[_cell, _decay],
)


def _features(p: SpacePoint) -> Array:
    """h at x_1 and x_2, both of class 1, as columns."""
    return p.xp.relu(p.s * p.xp.asarray([[1], [-1]]) * p.xp.expand_dims(p.x, 0))


EQUAL_FEATURES = ForAll(
    "at the local minimiser W_1 = W_2' = (s, -s): h(x_1) = h(x_2)",
    predicate=lambda p: p.xp.all(_features(p)[:, 0] == _features(p)[:, 1]),
    given=[_decay],
)
FREE = Space(
    sizes={"K": 2, "d": (1, 3)},
    classes=("K", (1, 2)),
    variables={"w": Variable("d"), "H": Variable("d", "N"), "lam": Variable(positive=True)},
)


def _signs(p: SpacePoint) -> Array:
    return p.xp.asarray([1] * p.class_sizes[0] + [-1] * p.class_sizes[1])


def _free_objective(p: SpacePoint) -> Number:
    """sum (y - <w, h>)^2 + lambda (|w|^2 + |H|^2)."""
    return p.xp.sum((_signs(p) - p.w @ p.H) ** 2) + p.lam * (square(p, p.w) + square(p, p.H))


def _along(p: SpacePoint, A: Array) -> Array:
    """(lambda + |w|^2) a - <w, a> w for the columns a."""
    return (p.lam + square(p, p.w)) * A - p.xp.expand_dims(p.w, 1) * p.xp.expand_dims(p.w @ A, 0)


def _free_feature(p: SpacePoint, factor: Number = 1) -> Array:
    """lambda ((lambda + |w|^2) h - y w)."""
    targets = p.xp.expand_dims(p.w, 1) * p.xp.expand_dims(_signs(p), 0)
    return p.lam * ((p.lam + square(p, p.w)) * p.H - factor * targets)


def _free_identity(name: str, factor: Number = 1) -> Identity:
    return Identity(
        name,
        left=lambda p: _along(p, gradient(_free_objective, p, ("H",))["H"]) / 2,
        right=lambda p: _free_feature(p, factor),
    )


FREE_FEATURES = _free_identity("free features: a multiple of the gradient by h_n is (lambda + |w|^2) h_n - y_n w")
NC1 = Claim(
    id="poggio-nc1",
    where="prediction of NC1",
    kind="claim",
    attribution="reading",
    says="two layers, weight decay, a local minimiser with all y f > 0: relu(W_1 x_n) depends only on the class",
    printed=r"h_n=\operatorname{relu}(W_1x_n)\text{ depends only on }y_n",
    verdict="false",
    reason="one input, samples 1, 2 against -1, -2, lambda = 7/4: W_1 = W_2' = (1/2, -1/2) is a strict local "
    "minimiser, and h(2) = 2 h(1); a reading, no verdict on the paper",
    severity="local",
    effect="features inherit the spread of the inputs; it is true of features that are free and regularised themselves",
    parts=(
        Part(
            LOWEST,
            domain=NET,
            refutes=True,
            proof=(CERTIFICATE,),
            argument="a sum of squares that vanishes only at u = v = +-s on the cell; y f = s^2 x > 0 and no "
            "pre-activation is zero",
            beyond="the sizes are those of the counterexample",
        ),
        Part(EQUAL_FEATURES, domain=FAMILY, witness=Witness(x=[1, 2], s="1/2")),
    ),
    correction=Correction(
        latex=r"\text{free }h_n:\ h_n=\tfrac{y_n}{\lambda+|w|^2}\,w\text{ at every critical point}",
        parts=(
            Part(
                FREE_FEATURES,
                domain=FREE,
                proof=(FREE_FEATURES,),
                argument="the gradient vanishes only at h_n = y_n w/(lambda + |w|^2), the same for a class",
                beyond="multiplied out, whatever the shapes",
            ),
        ),
    ),
    neighbours=(
        Neighbour(EQUAL_FEATURES, FAMILY),
        Neighbour(_free_identity("free features without the factor 1", 2), FREE),
        Neighbour(
            Inequality(
                "no lower than there, for lambda of any sign",
                slack=lambda p: _objective(p) - _objective(_planted(p)),
                given=[_cell],
            ),
            NET,
        ),
    ),
)

CLAIMS = (NC1,)
