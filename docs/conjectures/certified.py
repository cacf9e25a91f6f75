"""Least norms of a product of two numbers, a projection onto a half plane, and regularised logits."""

from ncverify import Optimum, Space, Variable
from ncverify.certificates import Constraint, DualPoint, SumOfNonNegative, divergence, positive, square

SPACE = {
    "product": Space(sizes={"d": (1, 3)}, variables={"w": Variable("d"), "h": Variable("d")}),
    "half_plane": Space(variables={"x": Variable(), "y": Variable()}),
    "logits": Space(sizes={"K": (2, 4)}, variables={"z": Variable("K"), "lam": Variable(positive=True)}),
}

product = Optimum(
    "(|w|^2 + |h|^2)/2 is at least w.h, with equality only for w = h",
    objective=lambda p: (p.xp.sum(p.w**2) + p.xp.sum(p.h**2)) / 2,
    value=lambda p: p.xp.sum(p.w * p.h),
    conclusion=lambda p: -p.xp.sum((p.w - p.h) ** 2),
    certificate=SumOfNonNegative(lambda p: [square(p, p.w - p.h) / 2], conclude=lambda p: [-2]),
)
half_plane = Optimum(
    "x^2 + y^2 >= 2 for x + y >= 2",
    objective=lambda p: p.x**2 + p.y**2,
    value=lambda p: 2,
    given=[Constraint(lambda p: p.x + p.y - 2)],
    certificate=DualPoint(lambda p: [2], lambda p: [square(p, p.x - 1), square(p, p.y - 1)]),
    minimiser=lambda p: {"x": 1, "y": 1},
)
logits = Optimum(
    "logsumexp less the mean, with weight decay, is least at zero",
    objective=lambda p: p.xp.logsumexp(p.z, axis=0) - p.xp.mean(p.z) + p.lam * p.xp.sum(p.z**2),
    value=lambda p: p.xp.log(p.K),
    conclusion=lambda p: -p.xp.sum(p.z**2),
    certificate=SumOfNonNegative(
        lambda p: [
            divergence(p, p.xp.expand_dims(p.z, axis=1), p.xp.zeros((p.K, 1))),
            positive(p, "lam") * square(p, p.z),
        ]
    ),
)
