"""E and Wojtowytsch: unequal proportions, with a Frobenius constraint or with a bias."""

from __future__ import annotations

from ncverify import Inequality, Space, Variable
from ncverify.kinds import Number
from ncverify.literature._claims import in_our_words
from ncverify.literature._layer_peeled import square
from ncverify.literature.wojtowytsch_e_2020.layers import BIAS, TIGHT_PEN, ce, features, risk, value
from ncverify.papers import Correction, Neighbour, Part, Witness
from ncverify.papers.neighbours import scaled
from ncverify.space import SpacePoint


def _with_bias(p: SpacePoint) -> Number:
    return risk(p, p.xp.reshape(p.b, (p.K, 1)))


FROB = Space(
    sizes={"K": (3, 3), "m": (2, 2)},
    variables={
        "A": Variable("K", "m", on="ball"),
        "Y": Variable("m", "K", on="columns on sphere"),
        "R": Variable(positive=True, high=1),
        "prob": Variable("K", on="simplex"),
        "root": Variable(low=1, high="17/12"),
    },
)

EVEN = Space(
    sizes={"K": (3, 4), "m": (2, 3)},
    where=lambda q: q.m == q.K - 1,
    variables={
        "A": Variable("K", "m"),
        "Y": Variable("m", "K", on="columns on sphere"),
        "R": Variable(positive=True, high=5),
    },
)


def _scaled_frobenius(p: SpacePoint) -> Number:
    """FROB's A lies in the unit ball; root A has |root A|^2 <= K-1 = 2 where root^2 <= 2."""
    xp = p.xp
    top = p.R * xp.sqrt((p.K - 2) * xp.sum(p.prob * p.prob) + xp.asarray(1) / p.K)
    return xp.sum(p.prob * ce(p, p.R * p.root * (p.A @ p.Y))) - xp.log(p.K) + top


FROBENIUS = Inequality(
    "the risk is at least what simplex features allow", slack=_scaled_frobenius, given=[lambda p: 2 - p.root * p.root]
)


def _even(p: SpacePoint, factor: Number = 1) -> Number:
    """Equal proportions, A scaled to |A|^2 = K-1."""
    xp = p.xp
    A = p.A * xp.sqrt((p.K - 1) / square(p, p.A))
    return xp.mean(ce(p, p.R * (A @ p.Y))) - value(p, factor)


EVEN_NEIGHBOURS = scaled(_even, ("9/10", "7/10", "5/10"), "the exponent", EVEN)

FLAT_BIAS = Inequality("b free: risk >= the value without a bias", slack=lambda p: _with_bias(p) - value(p))

EQUAL_BIAS = Inequality(
    "equal proportions: risk >= the value for every b",
    slack=lambda p: p.xp.mean(ce(p, p.R * (p.A @ p.Y) + p.xp.reshape(p.b, (p.K, 1)))) - value(p),
)

SMALL_A = Space(
    sizes={"K": (2, 2), "m": (1, 1)},
    variables={
        "A": Variable("K", "m", on="ball"),
        "Y": Variable("m", "K", on="columns on sphere"),
        "R": Variable(positive=True, high=8),
        "prob": Variable("K", on="simplex"),
        "b": Variable("K"),
    },
)

CLAIMS = (
    in_our_words(
        id="we-frobenius-unequal",
        says="|A|_F^2 <= K-1, unequal proportions",
        verdict="false",
        reason=(
            "small R: the gain of simplex features, R sqrt((K-2) sum p^2 + 1/K), is below R "
            "sqrt((K-1) sum p^2), reached where sum p_k y_k = 0; a reading, no verdict on the paper"
        ),
        parts=(
            Part(
                FROBENIUS,
                domain=FROB,
                witness=Witness(
                    A=[["22/27", 0], ["-11/27", 0], ["-11/27", 0]],
                    Y=[[1, -1, -1], [0, 0, 0]],
                    R="1/64",
                    prob=["1/2", "1/4", "1/4"],
                    root="7/5",
                ),
            ),
        ),
        neighbours=EVEN_NEIGHBOURS,
        attribution="reading",
        severity="local",
        effect="equal proportions are needed",
        correction=Correction(
            latex=r"p_k=1/K", parts=(Part(Inequality("equal proportions", slack=_even), domain=EVEN),)
        ),
    ),
    in_our_words(
        id="we-bias-unequal",
        says="affine classifiers, unequal proportions",
        verdict="false",
        reason=(
            "the gradient in b at the simplex is -s(K p - 1): zero only for equal "
            "proportions; a reading, no verdict on the paper"
        ),
        parts=(
            Part(
                FLAT_BIAS,
                domain=SMALL_A,
                witness=Witness(A=[["7/10"], ["-7/10"]], Y=[[1, -1]], R=1, prob=["3/4", "1/4"], b=["1/2", 0]),
            ),
        ),
        neighbours=(Neighbour(FLAT_BIAS, BIAS), *TIGHT_PEN[:1]),
        attribution="reading",
        severity="local",
        effect=(
            "equal proportions, or no bias; for unequal ones the minimum is strictly lower and no minimiser has b = c 1"
        ),
        correction=Correction(
            latex=r"p_k=1/K", parts=(Part(EQUAL_BIAS, domain=features(equal=True, b=Variable("K"))),)
        ),
    ),
)
