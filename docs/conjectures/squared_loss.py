"""From which weight of regularisation on is it best to learn nothing, under the squared loss with unequal classes?"""

from ncverify import Optimum, Space, Variable, losses

SPACE = Space(
    sizes={"K": (2, 3), "d": (1, 2)},
    classes=("K", (1, 3)),
    variables={"W": Variable("K", "d"), "H": Variable("d", "N"), "lam": Variable(positive=True)},
)


def objective(p):
    xp = p.xp
    fit = xp.mean(losses.squared(p.W @ p.H, p.labels, xp))  # for each sample |W h - e_k|^2 / 2
    return fit + p.lam / 2 * (xp.sum(p.W * p.W) + xp.sum(p.H * p.H))


mean_size = Optimum(
    "nothing is learned once N lam is at least the root of the mean class size",
    objective=objective,
    value=lambda p: p.xp.asarray(1) / 2,
    given=[lambda p: p.N * p.K * p.lam**2 >= 1],
)
largest_size = Optimum(
    "nothing is learned once N lam is at least the root of the largest class size",
    objective=objective,
    value=lambda p: p.xp.asarray(1) / 2,
    given=[lambda p: (p.N * p.lam) ** 2 >= max(p.class_sizes)],
)
