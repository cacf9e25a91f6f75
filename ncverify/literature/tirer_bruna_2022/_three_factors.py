"""The extended model: f = (1/(2N)) |W2 W1 H - Y|^2 + (l2/2) |W2|^2 + (l1/2) |W1|^2 + (lh/2) |H|^2, equal classes.

With q^3 = K^3 n l2 l1 lh. Let W2 = V diag(s) U' with V'V = U'U = I (d >= K) and E = V diag(e) V'Y. For all e,

    f = |W2 W1 H - Y + N E|^2/(2N) + (lh/2) |H - W1'W2'E/lh|^2 + (l1/2) |(I - U U') W1|^2
        + (1/2) sum_k (l1 - n s_k^2 e_k^2/lh) |U_k'W1|^2 + sum_k (n (e_k - N e_k^2/2) + l2 s_k^2/2).

Take y_k = N e_k = min(1, N sqrt(l1 lh/n)/s_k). The squares are not negative, and K times a term of the last sum is

    y - y^2/2 + q^3/(2 y^2)   for y_k < 1, and at least 1/2 for y_k = 1.

Where q^3 = x (1-x)^3, x in (1/2, 1), this is least at y = 1-x alone, (1-x)(1+2x)/2 < 1/2: the minimum, and at every
minimiser W2 W1 H = x Y. Where q^3 >= 1/16 it is at least 1/2. Points are given by x instead of lh, so that no root
occurs.
"""

from __future__ import annotations

from typing import Any

from ncverify import Identity, Space, Variable
from ncverify.kinds import Array, Number
from ncverify.literature._layer_peeled import balanced, one_hot, square
from ncverify.space import Sizes, SpacePoint
from ncverify.space.sizes import Where

BEYOND = "only that the frames are orthonormal is used, whatever the shapes"


def wide_few(s: Sizes) -> bool:
    """Balanced, d >= K, and small."""
    return balanced(s) and s.d >= s.K and s.N + s.d <= 7


def three(by_x: bool = True, where: Where | None = wide_few, **options: Any) -> Space:
    """(W2, W1, H) with l2, l1 and either x in [1/2, 1] or lh."""
    last = {"x": Variable(low="1/2", high=1)} if by_x else {"lh": Variable(positive=True)}
    return Space(
        sizes={"K": options.get("K", (2, 3)), "d": options.get("d", (2, 3))},
        classes=("K", options.get("n", (1, 2))),
        where=where,
        variables={
            "W2": Variable("K", "d"),
            "W1": Variable("d", "d"),
            "H": Variable("d", "N"),
            "l2": Variable(positive=True),
            "l1": Variable(positive=True),
            **last,
        },
    )


def last_weight(p: SpacePoint) -> Number:
    """lh: given, or the one for which q^3 = x (1-x)^3."""
    if "lh" in p.variables:
        return p.lh
    return p.x * (1 - p.x) ** 3 / (p.K**2 * p.N * p.l2 * p.l1)


def cube(p: SpacePoint) -> Number:
    """q^3 = K^3 n l2 l1 lh."""
    return p.K**2 * p.N * p.l2 * p.l1 * last_weight(p)


def decay(p: SpacePoint) -> Number:
    """The terms of weight decay."""
    return (p.l2 * square(p, p.W2) + p.l1 * square(p, p.W1) + last_weight(p) * square(p, p.H)) / 2


def objective(p: SpacePoint) -> Number:
    """f."""
    return square(p, p.W2 @ (p.W1 @ p.H) - one_hot(p)) / (2 * p.N) + decay(p)


def value(p: SpacePoint) -> Number:
    """(1-x)(1+2x)/2 = (1-x)^2/2 + (3/2) q x^(2/3)."""
    return (1 - p.x) * (1 + 2 * p.x) / 2


INSIDE = [lambda p: 2 * p.x - 1, lambda p: 1 - p.x]  # x in (1/2, 1): q below 2^(-4/3)

FRAMES = Space(
    sizes={"K": (2, 3), "d": (2, 3)},
    classes=("K", (1, 2)),
    where=balanced,
    variables={
        "V": Variable("K", "K", on="orthonormal columns"),
        "U": Variable("d", "K", on="orthonormal columns"),
        "s": Variable("K"),
        "e": Variable("K"),
        "W1": Variable("d", "d"),
        "H": Variable("d", "N"),
        "l2": Variable(positive=True),
        "l1": Variable(positive=True),
        "lh": Variable(positive=True),
    },
)


def _classifier(p: SpacePoint) -> Array:
    return (p.V * p.s) @ p.U.T


def _whole(p: SpacePoint) -> Number:
    W2 = _classifier(p)
    return (
        square(p, W2 @ (p.W1 @ p.H) - one_hot(p)) / (2 * p.N)
        + (p.l2 * square(p, W2) + p.l1 * square(p, p.W1) + p.lh * square(p, p.H)) / 2
    )


def _split(p: SpacePoint) -> Number:
    xp, n, Y, W2 = p.xp, p.xp.asarray(p.N) / p.K, one_hot(p), _classifier(p)
    E = (p.V * p.e) @ p.V.T @ Y
    along = xp.sum((p.U.T @ p.W1) ** 2, axis=1)
    return (
        square(p, W2 @ (p.W1 @ p.H) - Y + p.N * E) / (2 * p.N)
        + p.lh / 2 * square(p, p.H - p.W1.T @ (W2.T @ E) / p.lh)
        + p.l1 / 2 * square(p, p.W1 - p.U @ (p.U.T @ p.W1))
        + xp.sum((p.l1 - n * p.s**2 * p.e**2 / p.lh) * along) / 2
        + xp.sum(n * (p.e - p.N * p.e**2 / 2) + p.l2 * p.s**2 / 2)
    )


DUALITY = Identity("f as squares and one number for each singular value of W2", left=_whole, right=_split)

NUMBERS = Space(
    sizes={"L": (2, 7)}, variables={"x": Variable(low=0, high=1), "y": Variable(low=0, high=1), "Q": Variable()}
)

BELOW = Identity(
    "2 y^2 (y - y^2/2 + q^3/(2 y^2) - (1-x)(1+2x)/2) = (y - 1 + x)^2 (y (2x - y) + x (1-x)) for q^3 = x (1-x)^3",
    left=lambda p: 2 * p.y**3 - p.y**4 + p.x * (1 - p.x) ** 3 - p.y**2 * (1 - p.x) * (1 + 2 * p.x),
    right=lambda p: (p.y - 1 + p.x) ** 2 * (p.y * (2 * p.x - p.y) + p.x * (1 - p.x)),
)

BEYOND_THRESHOLD = Identity(
    "2 y^2 (y - y^2/2 + q^3/(2 y^2) - 1/2) = q^3 - 1/16 + (1/4 - y (1-y)) (1/4 + y (1-y))",
    left=lambda p: 2 * p.y**3 - p.y**4 + p.Q - p.y**2,
    right=lambda p: (
        p.Q - p.xp.asarray(1) / 16 + (p.xp.asarray(1) / 4 - p.y * (1 - p.y)) * (p.xp.asarray(1) / 4 + p.y * (1 - p.y))
    ),
)

MODES = Space(
    sizes={"K": (2, 3), "d": (2, 3), "r": (1, 3)},
    classes=("K", (1, 2)),
    where=balanced,
    variables={
        "V": Variable("K", "r", on="orthonormal columns"),
        "U": Variable("d", "r", on="orthonormal columns"),
        "T": Variable("d", "r", on="orthonormal columns"),
        "a": Variable(positive=True),
        "b": Variable(positive=True),
        "x": Variable(low="1/2", high=1),
    },
)


def features(p: SpacePoint) -> Array:
    """H = g T V'Y of the family W2 = a V U', W1 = b U T', with g = x/(a b)."""
    return p.x / (p.a * p.b) * (p.T @ (p.V.T @ one_hot(p)))


def at_modes(p: SpacePoint) -> Number:
    """f where r orthogonal parts of Y are learned, with the weights for which the point is stationary."""
    part, Y = p.x * (1 - p.x) / p.K, one_hot(p)
    W2, W1, H = p.a * (p.V @ p.U.T), p.b * (p.U @ p.T.T), features(p)
    g = p.x / (p.a * p.b)
    weights = part / p.a**2, part / p.b**2, part * p.K / (p.N * g**2)
    norms = sum(w * square(p, layer) for w, layer in zip(weights, (W2, W1, H), strict=True))
    return square(p, W2 @ (W1 @ H) - Y) / (2 * p.N) + norms / 2


ATTAINED = Identity(
    "W2 = a V U', W1 = b U T', H = g T V'Y, a b g = x, r columns: f = (r (1-x)(1+2x) + K - r)/(2K)",
    left=at_modes,
    right=lambda p: (p.r * (1 - p.x) * (1 + 2 * p.x) + p.K - p.r) / (2 * p.K),
)
