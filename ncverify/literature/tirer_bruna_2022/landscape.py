"""Tirer and Bruna: the landscape of the extended linear model.

Zero is a strict local minimiser, as in every model of three or more factors with weight decay, and below the threshold
it is not global. What is true: at a critical point with W2 W1 H of rank K, Z = W2 W1 H has Y Z' = N l2 A + kappa A^3
and Z Z' = kappa A^3 with A = W2 W2', kappa = l2^2/(l1 lh), and Z'(Y - Z) is symmetric, so that Y = U D V' and Z = U S
V' in the same frames and every part x_k = S_k/sqrt n solves x (1-x)^3 = q^3. A root below 1/4 has negative curvature
along its own scaling, so at a local minimiser all x_k are the one root in (1/4, 1), which is the global minimiser's.
"""

from __future__ import annotations

from ncverify import Identity, Inequality, Space, Variable
from ncverify.kinds import Array
from ncverify.literature._layer_peeled import flat, one_hot, square
from ncverify.literature.tirer_bruna_2022._three_factors import (
    BEYOND,
    INSIDE,
    MODES,
    cube,
    objective,
    three,
)
from ncverify.papers import Claim, Correction, Neighbour, Part, Witness
from ncverify.space import SpacePoint

NEAR_ZERO = Part(
    Inequality(
        "n |H|^2 <= N^2 l2 l1: f >= 1/2, so zero is a local minimiser",
        slack=lambda p: objective(p) - p.xp.asarray(1) / 2,
        given=[lambda p: p.N * square(p, p.H) <= p.K * p.N**2 * p.l2 * p.l1],
    ),
    domain=three(by_x=False),
    role="step",
)

ZERO_IS_GLOBAL = Inequality(
    "q < 2^(-4/3): zero, a local minimiser, is global: f >= 1/2",
    slack=lambda p: objective(p) - p.xp.asarray(1) / 2,
    given=INSIDE,
)

GRADIENTS = Space(
    sizes={"K": (2, 3), "d": (1, 2), "N": (2, 3)},
    variables={
        "W2": Variable("K", "d"),
        "W1": Variable("d", "d"),
        "H": Variable("d", "N"),
        "G": Variable("K", "N"),
        "l2": Variable(positive=True),
        "l1": Variable(positive=True),
        "lh": Variable(positive=True),
    },
)


def _slopes(p: SpacePoint) -> tuple[Array, Array, Array]:
    """The gradients for any derivative G of the loss by W2 W1 H."""
    return (
        p.G @ (p.W1 @ p.H).T + p.l2 * p.W2,
        p.W2.T @ p.G @ p.H.T + p.l1 * p.W1,
        p.W1.T @ (p.W2.T @ p.G) + p.lh * p.H,
    )


def _combinations(p: SpacePoint) -> Array:
    s2, s1, sh = _slopes(p)
    Z = p.W2 @ (p.W1 @ p.H)
    return flat(p, p.W2.T @ s2 - s1 @ p.W1.T, p.W1.T @ s1 - sh @ p.H.T, s2 @ p.W2.T - p.G @ Z.T, p.H.T @ sh - Z.T @ p.G)


def _balances(p: SpacePoint) -> Array:
    return flat(
        p,
        p.l2 * (p.W2.T @ p.W2) - p.l1 * (p.W1 @ p.W1.T),
        p.l1 * (p.W1.T @ p.W1) - p.lh * (p.H @ p.H.T),
        p.l2 * (p.W2 @ p.W2.T),
        p.lh * (p.H.T @ p.H),
    )


BALANCE = Identity(
    "combinations of the gradients: l2 W2'W2 = l1 W1 W1', l1 W1'W1 = lh H H', -G Z' = l2 W2 W2', -Z'G = lh H'H",
    left=_combinations,
    right=_balances,
)


def _along_own_scaling(p: SpacePoint, e: Array) -> Array:
    """f at the family of minimisers with every factor of the r learned parts times 1 + e."""
    x, part = p.x * (1 + e) ** 3, p.x * (1 - p.x) / p.K
    Z = x * (p.V @ (p.V.T @ one_hot(p)))
    return square(p, Z - one_hot(p)) / (2 * p.N) + 3 * p.r * part * (1 + e) ** 2 / 2


CURVATURE = Identity(
    "scaling r parts by 1 + e: f rises by r (3/2) x (4x-1) e^2/K and terms of e^3 to e^6; without a slope",
    left=lambda p: p.K * (_along_own_scaling(p, p.a) - _along_own_scaling(p, 0)) / p.r,
    right=lambda p: (
        p.x * (4 * p.x - 1) * 3 / 2 * p.a**2
        + p.x * (10 * p.x - 1) * p.a**3
        + p.x**2 * (15 * p.a**4 + 6 * p.a**5 + p.a**6) / 2
    ),
)

FULL_RANK = (
    Part(
        BALANCE,
        domain=GRADIENTS,
        argument="all combinations vanish at a critical point; with G = (Z - Y)/N they give Z and Y in the same frames",
        beyond="multiplied out, both sides are the same products of matrices, whatever the shapes",
    ),
    Part(
        CURVATURE,
        domain=MODES,
        argument="negative curvature for x < 1/4; x (1-x)^3 has one root on either side of 1/4",
        beyond=BEYOND,
    ),
)

SMALL_THRESHOLD = Neighbour(
    Inequality(
        "f >= 1/2 from q^3 = 1/20 on",
        slack=lambda p: objective(p) - p.xp.asarray(1) / 2,
        given=[lambda p: 20 * cube(p) >= 1],
    ),
    three(by_x=False),
)
FAR = Neighbour(
    Inequality(
        "f >= 1/2 up to n |H|^2 = 100 N^2 l2 l1",
        slack=lambda p: objective(p) - p.xp.asarray(1) / 2,
        given=[lambda p: p.N * square(p, p.H) <= 100 * p.K * p.N**2 * p.l2 * p.l1],
    ),
    three(by_x=False),
)
WITHOUT_ORDER = Neighbour(
    Identity(
        "W2'W2 = W1 W1' without the weights",
        left=lambda p: p.W2.T @ _slopes(p)[0] - _slopes(p)[1] @ p.W1.T,
        right=lambda p: p.W2.T @ p.W2 - p.W1 @ p.W1.T,
    ),
    GRADIENTS,
)

CLAIMS = (
    Claim(
        id="tirer-ext-landscape",
        where="extended linear model, landscape",
        kind="claim",
        attribution="reading",
        says="q < 2^(-4/3): every local minimiser is global",
        printed=r"q<2^{-4/3}:\ \text{every local minimiser is global}",
        verdict="false",
        reason=(
            "zero is a strict local minimiser for all weights: the product of three factors is of third order, weight "
            "decay of second; a reading, no verdict on the paper"
        ),
        severity="local",
        effect="true for local minimisers with W2 W1 H of rank K; each part of Y that is not learned stays at zero",
        parts=(
            Part(
                ZERO_IS_GLOBAL,
                domain=three(K=(2, 2), n=(1, 1), d=(2, 2)),
                witness=Witness(
                    W2=[["3/4", 0], [0, "3/4"]],
                    W1=[[1, 0], [0, 1]],
                    H=[[1, 0], [0, 1]],
                    l2="1/6",
                    l1="3/32",
                    x="3/4",
                    class_sizes=(1, 1),
                ),
            ),
            NEAR_ZERO,
        ),
        correction=Correction(
            latex=r"\operatorname{rank}W_2W_1H=K:\ \text{every local minimiser is global}", parts=FULL_RANK
        ),
        neighbours=(SMALL_THRESHOLD, FAR, WITHOUT_ORDER),
    ),
)
