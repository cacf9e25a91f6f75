"""Is the loss with a bias at least its value at W = H = b = 0, and does unequal data need the bias?"""

from ncverify import Optimum, Space, Variable

SPACE = Space(
    sizes={"K": (2, 3), "d": (1, 2)},
    classes=("K", (1, 3)),  # n_1..n_K, each in 1..3; adds the size N, p.class_sizes and p.labels
    variables={
        "W": Variable("K", "d"),
        "H": Variable("d", "N"),
        "b": Variable("K"),
        "lam": Variable(positive=True),  # for every lam > 0
    },
)


def objective(p):
    xp = p.xp
    Z = p.W @ p.H + xp.expand_dims(p.b, axis=1)
    own = xp.take(xp.eye(p.K), p.labels, axis=0).T
    loss = xp.mean(xp.logsumexp(Z, axis=0) - xp.sum(own * Z, axis=0))
    return loss + p.lam * (xp.sum(p.W * p.W) + xp.sum(p.H * p.H) + xp.sum(p.b * p.b))


zero_is_best = Optimum(
    "with lam >= 1 the minimum is log K, at zero",
    objective=objective,
    value=lambda p: p.xp.log(p.K),
    given=[lambda p: p.lam >= 1],
)
