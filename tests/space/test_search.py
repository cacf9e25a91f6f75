"""Searches over spaces: what is false is found and lies on its set exactly, what is true is not."""

from __future__ import annotations

import numpy as np
import pytest

from ncverify import ForAll, Identity, Inequality, Optimum, OverShapes, Space, Variable, falsify, judge
from ncverify.domain import Domain
from ncverify.falsification import layouts
from ncverify.falsification.polynomial import prove_identity
from ncverify.numbers.rational import READABLE
from ncverify.space import charts, starts
from ncverify.space.layout import Layout
from tests.space.test_points import LAYERS

SETS = [
    ("sphere", ("d",)),
    ("sphere", ("K", "d")),
    ("ball", ("d",)),
    ("rows on sphere", ("K", "d")),
    ("columns on sphere", ("d", "K")),
    ("simplex", ("d",)),
    ("symmetric", ("d", "d")),
    ("psd", ("d", "d")),
    ("orthonormal columns", ("d", "K")),
]


@pytest.mark.parametrize(("on", "shape"), SETS)
def test_every_start_lies_on_its_set_exactly(on, shape):
    space = Space({"K": 2, "d": (2, 3)}, variables={"x": Variable(*shape, on=on)})
    for sizes in space.shapes():
        layout = Layout(sizes, space.variables)
        rows = np.concatenate([starts.structured(layout)[:40], starts.random(layout, 20, np.random.default_rng(0))])
        for row in rows:
            assert charts.fault(on, READABLE.asarray(layout.point(row).x.data), READABLE) == ""


def test_a_point_beside_its_set_is_noticed():
    x = READABLE.asarray(np.array([0.6, 0.8]))
    assert charts.fault("sphere", x, READABLE).startswith("the squared norm is")


@pytest.mark.parametrize(
    ("variable", "ends"),
    [
        (Variable(low=0, high=1), {0.0, 1.0}),
        (Variable(low="1/3"), {1 / 3}),
        (Variable(positive=True, high="1/2"), {0.5}),
        (Variable(high=-1), {-1.0}),
    ],
)
def test_bounds_are_kept_and_their_ends_attained(variable, ends):
    layout = Layout(Space(variables={"x": variable}).shapes()[0], {"x": variable})
    found = {float(layout.point(row).x) for row in starts.structured(layout)}
    assert ends <= found
    low, high = (None if b is None else float(b) for b in (variable.low, variable.high))
    assert all((low is None or x >= low) and (high is None or x <= high) for x in found)
    assert not variable.positive or min(found) > 0


def squares(p, x):
    return p.xp.sum(x * x)


FALSE = {
    "a bias": (LAYERS, Inequality("no bias", slack=lambda p: squares(p, p.W) - p.lam * squares(p, p.b))),
    "unequal classes only": (
        LAYERS,
        Inequality("equal", slack=lambda p: p.N - p.K * max(p.class_sizes) + 0 * p.lam + 0.5),
    ),
    "a threshold": (LAYERS, ForAll("not a third", predicate=lambda p: 3 * p.lam != 1)),
    "a root": (LAYERS, ForAll("not a root", predicate=lambda p: p.K * p.lam * p.lam != 1)),
}
UNIT = Space(
    {"m": (2, 3)},
    variables={"u": Variable("m", on="sphere"), "v": Variable("m", on="sphere"), "S": Variable("m", "m", on="psd")},
)
FALSE |= {
    "opposed": (UNIT, Inequality("u'v > -999/1000", slack=lambda p: 999 + 1000 * p.xp.sum(p.u * p.v))),
    "a quadratic form": (UNIT, Inequality("half", slack=lambda p: p.xp.trace(p.S) / 2 - p.u @ p.S @ p.u)),
}
PATH = Space({"K": (2, 3)}, variables={"z": Variable("K"), "lam": Variable(positive=True)})


def objective(p):
    return squares(p, p.z) / 2 + p.lam * p.z[0]


FALSE |= {
    "a value that is too high": (PATH, Optimum("o", objective, lambda p: -p.lam * p.lam / 3)),
    "another minimiser": (PATH, Optimum("o", objective, lambda p: -p.lam * p.lam / 2, lambda p: p.z[0] == -2 * p.lam)),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_statement_is_falsified_at_a_point_of_its_space(name):
    space, statement = FALSE[name]
    verdict = falsify(statement, space, evaluations=60_000, budget=120)
    assert verdict.status == "falsified"
    assert judge(statement, verdict.witness).violated
    classes = verdict.witness.sizes.class_sizes
    given = {} if classes is None else {"class_sizes": classes}
    again = space.point(**verdict.witness.variables, **given)
    assert judge(statement, again).violated


TRUE = {
    "norms": (LAYERS, Inequality("n", slack=lambda p: squares(p, p.W) + p.lam * squares(p, p.b))),
    "Cauchy": (UNIT, Inequality("c", slack=lambda p: 1 - p.xp.sum(p.u * p.v))),
    "psd": (UNIT, Inequality("p", slack=lambda p: p.u @ p.S @ p.u)),
    "the minimum": (PATH, Optimum("o", objective, lambda p: -p.lam * p.lam / 2, lambda p: p.z[0] == -p.lam)),
    "positive": (PATH, ForAll("p", predicate=lambda p: p.lam > 0)),
}


@pytest.mark.parametrize("name", TRUE)
def test_a_true_statement_is_not(name):
    space, statement = TRUE[name]
    assert falsify(statement, space, evaluations=30_000, budget=120).status == "unfalsified"


def test_sizes_alone_are_decided_one_by_one():
    domain = Domain(K=(2, 5), n=(1, 3), d=(1, 5))
    assert falsify(OverShapes("p", predicate=lambda s: s.xp.sqrt(s.N) <= s.N), domain).status == "proved"
    wrong = falsify(OverShapes("p", predicate=lambda s: s.d - s.K + 1), domain)
    assert (wrong.status, wrong.witness.K, wrong.witness.d) == ("falsified", 3, 1)
    many = Space({"K": (2, 3)}, classes=("K", (1, 50)))
    assert falsify(OverShapes("p", predicate=lambda s: s.N >= s.K), many).status == "unfalsified"


def test_identities_over_spaces_are_proved_and_false_ones_are_not():
    gram = Identity("Q'Q = 1", left=lambda p: p.Q.T @ p.Q, right=lambda p: p.xp.eye(p.K))
    frames = Space({"K": 2, "d": (2, 3)}, variables={"Q": Variable("d", "K", on="orthonormal columns")})
    assert prove_identity(gram, frames).holds
    other = Identity("QQ' = 1", left=lambda p: p.Q @ p.Q.T, right=lambda p: p.xp.eye(p.d))
    assert not prove_identity(other, frames).holds


def test_a_space_without_variables_has_statements_too():
    assert falsify(Inequality("K", slack=lambda p: 2 - p.K), Space({"K": (2, 4)})).witness.K == 3


def test_one_row_holds_all_coordinates():
    layout = layouts.layout_of(LAYERS, LAYERS.shapes()[5])
    row = np.arange(layout.size, dtype=float)
    assert layout.pack({name: value[None] for name, value in layout.split(row).items()})[0].tolist() == row.tolist()
