"""Two layers W2 W1 that fit a matrix: what gradient flow conserves, and what kind of point the origin is."""

from ncverify import Critical, FlowLaw, LocalMinimum, Space, StrictSaddle, Variable
from ncverify.calculus import GradientField

SPACE = Space(
    sizes={"m": (1, 2), "r": (1, 2)},
    variables={"V": Variable("m", "r"), "U": Variable("r", "m"), "lam": Variable(positive=True)},
)


def fit(p):
    return p.xp.sum((p.V @ p.U - p.lam * p.xp.eye(p.m)) ** 2)


def origin(p):
    return {"V": 0 * p.V, "U": 0 * p.U}


balanced = FlowLaw(
    "gradient flow conserves V'V - UU'",
    quantity=lambda p: p.V.T @ p.V - p.U @ p.U.T,
    field=GradientField(fit, by=["V", "U"]),
)
norm = FlowLaw(
    "gradient flow conserves |V|^2 + |U|^2",
    quantity=lambda p: p.xp.sum(p.V * p.V) + p.xp.sum(p.U * p.U),
    field=GradientField(fit, by=["V", "U"]),
)
critical = Critical("the origin is critical", objective=fit, at=origin)
saddle = StrictSaddle("the origin is a strict saddle", objective=fit, at=origin)
minimum = LocalMinimum("the origin is a minimum", objective=fit, at=origin)
