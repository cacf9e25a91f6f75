"""Label smoothing has the entropy of its target as its minimum; is focal loss never far below cross-entropy?"""

from ncverify import Inequality, Optimum, Space, Variable, losses

VARIABLES = {"W": Variable("K", "d"), "H": Variable("d", "N")}
CLASSES = {"sizes": {"K": (2, 3), "d": (1, 2)}, "classes": ("K", (1, 2))}
SPACE = {
    "smoothed": Space(**CLASSES, variables={**VARIABLES, "eps": Variable(positive=True, high="9/10")}),
    "focal": Space(**CLASSES, variables={**VARIABLES, "gamma": Variable(low=0, high=2)}),
}


def entropy_of_the_target(p):
    xp, rest = p.xp, p.eps / p.K
    own = 1 - p.eps + rest
    return -own * xp.log(own) - (p.K - 1) * rest * xp.log(rest)


smoothed = Optimum(
    "the minimum of label smoothing is the entropy of its target",
    objective=lambda p: p.xp.mean(losses.label_smoothing(p.W @ p.H, p.labels, p.xp, p.eps)),
    value=entropy_of_the_target,
)
focal = Inequality(
    "focal loss is at least 1 / (1 + gamma)^2 of cross-entropy",
    slack=lambda p: (
        p.xp.sum(losses.focal(p.W @ p.H, p.labels, p.xp, p.gamma))
        - p.xp.sum(losses.cross_entropy(p.W @ p.H, p.labels, p.xp)) / (1 + p.gamma) ** 2
    ),
)
