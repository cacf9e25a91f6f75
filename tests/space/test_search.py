"""Searches over spaces: what is false is found and lies on its set exactly, what is true is not."""

from __future__ import annotations

import numpy as np
import pytest

from ncverify import ForAll, Identity, Inequality, Optimum, OverShapes, Space, Variable, falsify, judge
from ncverify.domain import Domain
from ncverify.falsification import layouts, search
from ncverify.falsification.exact import Judgement
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
PRODUCT = Space(
    {"d": (1, 2)},
    variables={
        "w": Variable("d"),
        "h": Variable("d"),
        "a": Variable(positive=True),
        "b": Variable(positive=True),
    },
)


def decayed_fit(p):
    return (p.xp.sum(p.w * p.h) - 1) ** 2 + p.a * squares(p, p.w) + p.b * squares(p, p.h)


def minimum(p):
    return 2 * p.xp.sqrt(p.a * p.b) - p.a * p.b


def below_one(p):
    return 1 - p.a * p.b


COSINES = Space({"K": (3, 5), "d": (1, 4)}, variables={"M": Variable("d", "K", on="columns on sphere")})


def largest_cosine(p):
    return p.xp.max(p.M.T @ p.M - 2 * p.xp.eye(p.K))


LOPSIDED = Space({"K": 2}, classes=("K", (1, 50)), variables={"h": Variable("N")})


def in_the_cone(p):
    first, second = p.class_sizes
    return squares(p, p.h) - (1 if 3 * second < first < 4 * second else 0)


FALSE |= {
    "a value with a root, attained where two norms differ": (
        PRODUCT,
        Optimum("o", decayed_fit, minimum, lambda p: squares(p, p.w) == squares(p, p.h), given=[below_one]),
    ),
    "a strict bound that the simplex attains": (
        COSINES,
        Inequality("c", slack=lambda p: largest_cosine(p) + p.xp.asarray(1) / (p.K - 1), strict=True),
    ),
    "class sizes of a thin cone": (LOPSIDED, Inequality("n", slack=in_the_cone)),
}


@pytest.mark.slow
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
    "a value with a root": (
        PRODUCT,
        Optimum("o", decayed_fit, minimum, lambda p: p.a * squares(p, p.w) == p.b * squares(p, p.h), given=[below_one]),
    ),
    "a bound that the simplex attains": (
        COSINES,
        Inequality("c", slack=lambda p: largest_cosine(p) + p.xp.asarray(1) / (p.K - 1)),
    ),
    "integers beyond what libraries take": (
        PATH,
        Inequality("i", slack=lambda p: 10**20 * p.z[0] ** 2 + p.xp.asarray(10**30)),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TRUE)
def test_a_true_statement_is_not(name):
    space, statement = TRUE[name]
    assert falsify(statement, space, evaluations=30_000, budget=120).status == "unfalsified"


@pytest.mark.slow
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


def test_class_sizes_are_all_judged_up_to_a_hundred_thousand_choices():
    pairs = Space({"K": 2}, classes=("K", (1, 50)))
    product = OverShapes("n_1 n_2 is not 14", predicate=lambda s: s.class_sizes[0] * s.class_sizes[1] != 14)
    assert falsify(product, pairs).witness.class_sizes in {(1, 14), (2, 7), (7, 2), (14, 1)}
    everywhere = falsify(OverShapes("n_1 n_2 <= 2500", predicate=lambda s: s.N <= 100), pairs)
    assert (everywhere.status, everywhere.sizes) == ("proved", (2500, 2500))


def test_a_verdict_says_which_choices_of_the_sizes_were_tried():
    claim = Inequality("n", slack=lambda p: squares(p, p.h))
    some = falsify(claim, LOPSIDED, evaluations=2_000)
    assert some.sizes[0] < some.sizes[1] == 2500
    assert f"{some.sizes[0]} of 2,500 choices of the sizes were tried" in str(some)
    few = Space({"K": 2}, classes=("K", (1, 2)), variables={"h": Variable("N")}, where=lambda s: s.N < 4)
    every = falsify(claim, few, evaluations=2_000)
    assert (every.sizes, every.selection) == ((3, 3), "")


def test_time_ends_the_judgement_of_sizes_and_nothing_is_proved():
    many = Space({"K": (2, 5)}, classes=("K", (1, 50)))
    verdict = falsify(OverShapes("n", predicate=lambda s: s.N >= s.K), many, budget=0.05)
    assert (verdict.status, verdict.truncated) == ("unfalsified", True)
    assert verdict.sizes[1] == 50**2 + 50**3 + 50**4 + 50**5


def test_a_slack_that_floats_get_wrong_is_not_the_lowest_one(monkeypatch):
    """Where a square underflows floats see a violation; a first look that does not decide leaves it open."""
    monkeypatch.setattr(search, "judge", lambda *_, **__: Judgement(True, None))
    x = Space(variables={"x": Variable()})
    underflowing = Inequality("s", slack=lambda p: p.xp.sqrt(p.x**4) - p.x * p.x / 2)
    verdict = falsify(underflowing, x, evaluations=2_000)
    assert verdict.status == "unfalsified"
    assert 0 <= verdict.slack < 0.34  # a third, or less where numbers are too small to be precise


def test_the_slack_of_an_identity_is_how_far_its_sides_are_apart():
    x = Space(variables={"x": Variable()})
    rounded = Identity("i", left=lambda p: p.xp.exp(p.x + 1), right=lambda p: p.xp.exp(p.x) * p.xp.exp(1))
    assert 0 < falsify(rounded, x, evaluations=500).slack < 1e-9


def test_sizes_that_no_set_admits_are_not_among_those_that_were_left_out():
    frames = Space({"m": (1, 3), "k": (1, 3)}, variables={"Q": Variable("m", "k", on="orthonormal columns")})
    columns = Inequality("c", slack=lambda p: squares(p, p.Q) - p.k + 1)
    verdict = falsify(columns, frames, evaluations=4_000)
    assert (verdict.sizes, verdict.selection) == ((6, 6), "")
