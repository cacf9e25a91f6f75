"""Laws of flows, critical points, minima and saddles: true ones survive, their false neighbours fall."""

from dataclasses import replace

import numpy as np
import pytest

from ncverify import (
    Critical,
    FlowLaw,
    LocalMinimum,
    Point,
    Space,
    StatementError,
    StrictSaddle,
    Variable,
    calculus,
    falsify,
    judge,
    losses,
)
from ncverify.calculus import GradientField, LinearisedField, RetractedField, SphereField
from ncverify.falsification.source import source_hash

LAYERS = Space(sizes={"m": (1, 2), "n": (1, 2)}, variables={"A": Variable("m", "n"), "B": Variable("n", "m")})
PEELED = Space(
    sizes={"K": 2, "d": (1, 2)}, classes=("K", (1, 2)), variables={"W": Variable("K", "d"), "H": Variable("d", "N")}
)
VECTOR = Space(sizes={"m": (2, 3)}, variables={"x": Variable("m"), "lam": Variable(positive=True)})


def status(statement, space):
    return falsify(statement, space, seed=0, budget=120, evaluations=600).status


def fit(p):
    return p.xp.sum((p.A @ p.B - 2 * p.xp.eye(p.m)) ** 2)


def loss(p):
    return p.xp.sum(losses.cross_entropy(p.W @ p.H, p.labels, p.xp))


def norm2(p):
    return sum((p.xp.sum(a * a) for a in p.variables.values()), p.xp.zeros(()))


def bowl(p):
    return (p.xp.sum(p.x * p.x) - p.lam) ** 2


def balance(p):
    return p.A.T @ p.A - p.B @ p.B.T


def slope2(p):
    return sum(p.xp.sum(g * g) for g in calculus.gradient(fit, p).values())


def tangential2(p):
    return sum(p.xp.sum(g * g) for g in SphereField(fit)(p).values())


def margin_rate(p):
    """Euler: the logits are homogeneous of degree two."""
    Z, G = p.W @ p.H, losses.cross_entropy_gradient(p.W @ p.H, p.labels, p.xp)
    return -4 * p.xp.sum(Z * G)


NOT_ZERO = [norm2]
LAWS = [
    (FlowLaw("the layers stay balanced", quantity=balance, field=GradientField(fit)), LAYERS, "proved"),
    (FlowLaw("sums", quantity=lambda p: p.A.T @ p.A + p.B @ p.B.T, field=GradientField(fit)), LAYERS, "falsified"),
    (FlowLaw("energy", quantity=fit, field=GradientField(fit), rate=lambda p: -slope2(p)), LAYERS, "proved"),
    (FlowLaw("half", quantity=fit, field=GradientField(fit), rate=lambda p: -slope2(p) / 2), LAYERS, "falsified"),
    (FlowLaw("the sphere", quantity=norm2, field=SphereField(fit), given=NOT_ZERO), LAYERS, "unfalsified"),
    (FlowLaw("no sphere", quantity=norm2, field=GradientField(fit), given=NOT_ZERO), LAYERS, "falsified"),
    (
        FlowLaw("on it", quantity=fit, field=SphereField(fit), rate=lambda p: -tangential2(p), given=NOT_ZERO),
        LAYERS,
        "unfalsified",
    ),
    (
        FlowLaw(
            "directions",
            quantity=fit,
            field=RetractedField(fit),
            rate=lambda p: -tangential2(p) / p.xp.sqrt(norm2(p)),
            given=NOT_ZERO,
        ),
        LAYERS,
        "unfalsified",
    ),
    (FlowLaw("norm", quantity=norm2, field=GradientField(loss), rate=margin_rate), PEELED, "unfalsified"),
    (
        FlowLaw("norm", quantity=norm2, field=GradientField(loss), rate=lambda p: margin_rate(p) / 2),
        PEELED,
        "falsified",
    ),
    (
        FlowLaw(
            "linearised at zero",
            quantity=lambda p: p.x,
            field=LinearisedField(bowl, lambda p: {"x": 0 * p.x}),
            rate=lambda p: 4 * p.lam * p.x,
        ),
        VECTOR,
        "proved",
    ),
    (
        FlowLaw(
            "linearised wrongly",
            quantity=lambda p: p.x,
            field=LinearisedField(bowl, lambda p: {"x": 0 * p.x}),
            rate=lambda p: 4 * p.x,
        ),
        VECTOR,
        "falsified",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("law", "space", "expected"), LAWS, ids=[f"{n}-{law.name}" for n, (law, *_) in enumerate(LAWS)]
)
def test_laws_of_flows(law, space, expected):
    assert status(law, space) == expected


def on_the_circle(p):
    """A point with |x|^2 = lam, in every arithmetic."""
    xp = p.xp
    first = xp.concat([xp.ones((1,)), xp.zeros((p.m - 1,))], axis=0)
    return {"x": xp.sqrt(p.lam) * first}


def rotations(q):
    """Directions in which x turns towards the other axes."""
    x, unit = q.x, q.xp.eye(q.m)
    return [{"x": x[0] * unit[i, :] - x[i] * unit[0, :]} for i in range(1, q.m)]


def zero(p):
    return {"x": 0 * p.x}


def sharp(p):
    """Smallest, on the sphere, at the first axis."""
    return -p.x[0] * p.x[0] + p.lam * p.xp.sum(p.x * p.x)


def axis(k):
    return lambda p: {"x": p.xp.eye(p.m)[k, :]}


def first_axis(q):
    return [{"x": q.xp.eye(q.m)[0, :]}]


def falling(p):
    """Falls along the first axis, by less than the projection on it adds."""
    return p.xp.sum(p.x * p.x) - p.x[0] * p.x[0] * 5 / 4


def norm_of_x(p):
    return p.xp.sum(p.x * p.x)


POINTS = [
    (Critical("zero", objective=bowl, at=zero), "proved"),
    (Critical("the circle", objective=bowl, at=on_the_circle), "unfalsified"),
    (Critical("beside", objective=bowl, at=lambda p: {"x": on_the_circle(p)["x"] * 2}), "falsified"),
    (Critical("everywhere", objective=bowl, by=["x"]), "falsified"),
    (LocalMinimum("modulo rotations", objective=bowl, at=on_the_circle, kernel=rotations), "unfalsified"),
    (LocalMinimum("not without them", objective=bowl, at=on_the_circle), "falsified"),
    (LocalMinimum("the top", objective=bowl, at=zero), "falsified"),
    (LocalMinimum("not critical", objective=lambda p: p.xp.sum(p.x * p.x) + p.x[0], at=zero), "falsified"),
    (LocalMinimum("a kernel that falls", objective=falling, at=zero, kernel=first_axis), "falsified"),
    (LocalMinimum("a kernel that is none", objective=norm_of_x, at=zero, kernel=first_axis), "falsified"),
    (StrictSaddle("the top", objective=bowl, at=zero), "unfalsified"),
    (StrictSaddle("the circle", objective=bowl, at=on_the_circle), "falsified"),
    (Critical("axis on the sphere", objective=sharp, at=axis(0), on="sphere"), "proved"),
    (Critical("axis in space", objective=sharp, at=axis(0)), "falsified"),
    (LocalMinimum("axis on the sphere", objective=sharp, at=axis(0), on="sphere"), "unfalsified"),
    (LocalMinimum("the second axis", objective=sharp, at=axis(1), on="sphere"), "falsified"),
    (StrictSaddle("the second axis", objective=sharp, at=axis(1), on="sphere"), "unfalsified"),
    (StrictSaddle("the first axis", objective=sharp, at=axis(0), on="sphere"), "falsified"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("claim", "expected"), POINTS, ids=[f"{n}-{c.name}" for n, (c, _) in enumerate(POINTS)])
def test_critical_points_minima_and_saddles(claim, expected):
    assert status(claim, VECTOR) == expected


TWO = Space(
    sizes={"d": (2, 3)},
    variables={
        "u": Variable("d", on="sphere"),
        "v": Variable("d", on="sphere"),
        "U": Variable(3, "d"),
        "c": Variable(),
    },
)
EACH = {"u": "sphere", "v": "sphere"}


def both(sign):
    """The first axis, twice."""
    return lambda p: {"u": p.xp.eye(p.d)[0, :], "v": sign * p.xp.eye(p.d)[0, :]}


def coupled(p):
    return p.u @ p.v + 2 * p.u[0]


def simplex_rows(p):
    """Three rows of length one in the first plane, opposite, opposite and alike."""
    e = p.xp.eye(p.d)[0, :]
    return {"U": p.xp.stack([e, -e, e])}


def minus(p):
    return {"u": -p.xp.eye(p.d)[0, :], "v": -p.xp.eye(p.d)[0, :]}


def turns(q):
    """Directions in which all rows turn towards another axis."""
    unit = q.xp.eye(q.d)
    first, zero = q.U[:, :1], 0 * q.U
    return [{"U": zero + first * unit[i, :]} for i in range(1, q.d)]


def pairs(p):
    return p.xp.sum(p.U[0, :] * p.U[1, :]) + 2 * p.xp.sum(p.U[2, :] * p.U[1, :])


ON_SPHERES = [
    (Critical("each on its sphere", objective=coupled, at=both(1), on=EACH), "proved"),
    (Critical("on one sphere together", objective=coupled, at=both(1), on="sphere"), "falsified"),
    (Critical("u alone on a sphere", objective=coupled, at=both(1), on={"u": "sphere"}), "falsified"),
    (LocalMinimum("u = v = -e", objective=lambda p: -p.u @ p.v + 2 * p.u[0], at=minus, on=EACH), "unfalsified"),
    (LocalMinimum("u = v = e", objective=coupled, at=both(1), on=EACH), "falsified"),
    (StrictSaddle("u = v = e, a maximum", objective=coupled, at=both(1), on=EACH), "unfalsified"),
    (StrictSaddle("u = v = -e", objective=lambda p: -p.u @ p.v + 2 * p.u[0], at=minus, on=EACH), "falsified"),
    (Critical("rows", objective=pairs, at=simplex_rows, on={"U": "rows on sphere"}), "proved"),
    (Critical("all rows on one", objective=pairs, at=simplex_rows, on={"U": "sphere"}), "falsified"),
    (LocalMinimum("rows", objective=pairs, at=simplex_rows, on={"U": "rows on sphere"}), "falsified"),
    (
        LocalMinimum("rows modulo turns", objective=pairs, at=simplex_rows, on={"U": "rows on sphere"}, kernel=turns),
        "unfalsified",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("claim", "expected"), ON_SPHERES, ids=[f"{n}-{c.name}" for n, (c, _) in enumerate(ON_SPHERES)]
)
def test_several_spheres_at_once(claim, expected):
    assert status(claim, TWO) == expected


def test_a_statement_on_named_spheres_is_a_value():
    one = replace(Critical("u", objective=coupled, on=EACH), name="v")
    assert isinstance(hash(one), int)
    assert one.on == tuple(EACH.items())


@pytest.mark.parametrize("on", [{}, {"u": "ball"}, "ball", {"u": 1}])
def test_a_set_that_is_none_is_refused(on):
    with pytest.raises(ValueError, match="on: expected 'sphere', None, or for names of variables one of"):
        Critical("u", objective=coupled, on=on)


def test_a_sphere_of_another_variable_and_rows_of_a_vector_are_refused():
    p = TWO.point(u=[1, 0], v=[1, 0], U=[[1, 0]] * 3, c=0)
    with pytest.raises(StatementError, match="on: no derivative is taken by 'c'"):
        judge(Critical("u", objective=coupled, at=both(1), on={"c": "sphere"}), p)
    with pytest.raises(StatementError, match="'rows on sphere' needs a matrix, and u has the shape"):
        judge(Critical("u", objective=coupled, at=both(1), on={"u": "rows on sphere"}), p)


def test_the_collapsed_point_is_critical_on_its_sphere():
    def collapsed(p):
        W = p.lam * (p.xp.eye(3) - p.xp.ones((3, 3)) / 3)
        return {"W": W, "H": W}

    space = Space(variables={"lam": Variable(positive=True), "W": Variable(3, 3), "H": Variable(3, 3)})

    def objective(p):
        return p.xp.sum(losses.cross_entropy(p.W @ p.H, [0, 1, 2], p.xp))

    claim = Critical("collapse", objective=objective, at=collapsed, on="sphere")
    p = space.point(lam="3/2", W=np.zeros((3, 3)).tolist(), H=np.zeros((3, 3)).tolist())
    assert not judge(claim, p, last_bits=256).violated
    off = Critical("off", objective=objective, at=lambda p: collapsed(p) | {"W": p.xp.eye(3)}, on="sphere")
    assert judge(off, p, last_bits=256).violated


def test_a_point_of_the_paper_moves_along_pairs():
    law = FlowLaw(
        "the loss falls by the squared gradient",
        quantity=lambda p: p.loss,
        field=lambda p: (-p.gradient.W, -p.gradient.H),
        rate=lambda p: -p.xp.sum(p.gradient.W**2) - p.xp.sum(p.gradient.H**2),
    )
    p = Point(np.array([[1.0], [-0.5]]), np.array([[1.0, -1.0]]))
    assert not judge(law, p, last_bits=256).violated
    wrong = FlowLaw("rises", quantity=law.quantity, field=law.field, rate=lambda p: -law.rate(p))
    assert judge(wrong, p, last_bits=256).violated


def test_the_hash_covers_objective_family_and_kernel():
    one = LocalMinimum("a", objective=bowl, at=zero)
    assert source_hash(one) == source_hash(LocalMinimum("a", objective=bowl, at=zero))
    for other in (
        LocalMinimum("a", objective=sharp, at=zero),
        LocalMinimum("a", objective=bowl, at=axis(0)),
        LocalMinimum("a", objective=bowl, at=zero, kernel=rotations),
        LocalMinimum("a", objective=bowl, at=zero, on="sphere"),
        LocalMinimum("a", objective=bowl, at=zero, on={"x": "sphere"}),
    ):
        assert source_hash(one) != source_hash(other)
    assert source_hash(FlowLaw("a", quantity=bowl, field=GradientField(bowl))) != source_hash(
        FlowLaw("a", quantity=bowl, field=GradientField(sharp))
    )


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Critical("c", objective=bowl, on="ball"), ValueError, "on: expected 'sphere', None, or"),
        (lambda: Critical("c", objective=bowl, by="x"), TypeError, "by: expected a list of names"),
        (lambda: Critical("c", objective=3), TypeError, "objective: expected a function"),
        (lambda: FlowLaw("c", quantity=bowl, field=None), TypeError, "field: expected a function"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(make, error, message):
    with pytest.raises(error, match=message):
        make()
