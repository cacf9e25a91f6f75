"""Points of a space: sizes inferred, sets checked exactly, every fault by name."""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest

from ncverify import Space, Variable
from ncverify.errors import WitnessError
from ncverify.falsification.point_json import point_as_json, point_from_json
from ncverify.numbers import to_numpy

LAYERS = Space(
    sizes={"K": (2, 4), "d": (1, 4)},
    classes=("K", (1, 3)),
    variables={
        "W": Variable("K", "d"),
        "H": Variable("d", "N"),
        "b": Variable("K"),
        "lam": Variable(positive=True),
    },
    where=lambda s: s.d >= s.K - 1,
)
GIVEN = {"W": [[1], [-1]], "H": [[1, "-1/2", 3]], "b": [0, 0.5], "lam": "1/8", "class_sizes": (2, 1)}


def test_a_point_has_every_variable_and_size_by_its_name():
    p = LAYERS.point(**GIVEN)
    assert (p.K, p.d, p.N, p.class_sizes, p.labels.tolist()) == (2, 1, 3, (2, 1), [0, 0, 1])
    assert (float(p.lam), to_numpy(p.H).tolist()) == (0.125, [[1.0, -0.5, 3.0]])
    assert p.lam.shape == ()
    assert pickle.loads(pickle.dumps(p)).sizes == p.sizes


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"lam": 0}, ValueError, "lam: .*an entry is not positive"),
        ({"b": [0, 0, 1]}, ValueError, "b: K is 3 here and 2 in W"),
        ({"H": [[1, 2]]}, ValueError, "class_sizes: expected sizes that add up to N = 2"),
        ({"class_sizes": (2, 0, 1)}, ValueError, "class_sizes: expected sizes >= 1, got 0 for class 1"),
        ({"class_sizes": None}, TypeError, "class_sizes: expected n_1..n_K"),
        ({"class_sizes": (4, 1), "H": [[1] * 5]}, ValueError, "sizes: .*are not among those of"),
        ({"W": [[1, 2], [3]]}, TypeError, "W: expected nested lists of one length"),
        ({"W": [[1], ["x"]]}, TypeError, "W: expected a number such as '1/8', got 'x'"),
        ({"W": [[1], [float("nan")]]}, TypeError, "W: expected finite numbers"),
        ({"bias": [0, 0]}, TypeError, "bias: this space has no such variable"),
        ({"lamb": 1}, TypeError, "did you mean lam"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(change, error, message):
    with pytest.raises(error, match=message):
        LAYERS.point(**{**GIVEN, **change})


def test_a_variable_that_is_missing_is_named():
    with pytest.raises(TypeError, match="b: expected a value for every variable"):
        LAYERS.point(**{name: value for name, value in GIVEN.items() if name != "b"})


def test_a_size_that_no_variable_shows_is_given_as_an_integer():
    space = Space({"K": (2, 3), "n": (1, 5)}, variables={"b": Variable("K")})
    assert space.point(b=[1, 2], n=4).n == 4
    with pytest.raises(TypeError, match="n: expected this size"):
        space.point(b=[1, 2])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sizes": {"K": (3, 2)}}, "expected a range within"),
        ({"sizes": {"K": 2}, "variables": {"W": Variable("K", "d")}}, "no size is named 'd'"),
        ({"sizes": {"K": 2}, "variables": {"W": Variable("K", "N")}}, "N needs classes="),
        ({"sizes": {"K": 2}, "variables": {"K": Variable()}}, "names both a size and a variable"),
        ({"sizes": {"K": 2}, "variables": {"xp": Variable()}}, "a point has an attribute of this name"),
        ({"sizes": {"K": 2}, "variables": {"lambda": Variable()}}, "expected a Python name"),
        ({"sizes": {"K": 2}, "classes": ("k", 1)}, "classes: expected"),
        ({"sizes": {"K": 2}, "where": lambda s: False}, "no sizes in .* satisfy it"),
        ({"sizes": {"p": 1, "q": 2}, "variables": {"Q": Variable("p", "q", on="orthonormal columns")}}, "rows as col"),
    ],
)
def test_a_space_without_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Space(**arguments)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"on": "torus"}, ValueError, "on: expected one of 'sphere'"),
        ({"on": "sphere", "positive": True}, ValueError, "cannot be combined"),
        ({"low": 2, "high": 1}, ValueError, "an interval that is not empty"),
        ({"positive": True, "high": 0}, ValueError, "an interval that is not empty"),
        ({"low": float("inf")}, TypeError, "low: expected a finite number"),
        ({"low": "a third"}, TypeError, "low: expected a finite number or a text"),
    ],
)
def test_a_variable_without_sense_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        Variable("K", **arguments)


ON = {
    "sphere": ([["3/5", "4/5"]], [[1, 1]]),
    "ball": ([["1/2", "1/2"]], [[1, "1/1000000"]]),
    "rows on sphere": ([["3/5", "4/5"], [0, -1]], [[1, 0], [1, 1]]),
    "columns on sphere": ([["3/5"], ["4/5"]], [[1], [1]]),
    "symmetric": ([[1, 2], [2, 5]], [[1, 2], [3, 1]]),
    "psd": ([[1, 2], [2, 4]], [[1, 2], [2, 3]]),
    "orthonormal columns": ([["3/5", "-4/5"], ["4/5", "3/5"]], [[0.6, -0.8], [0.8, 0.6]]),
}


@pytest.mark.parametrize("on", ON)
def test_membership_in_a_set_is_exact(on):
    good, bad = ON[on]
    for value, inside in ((good, True), (bad, False)):
        sizes = {"p": len(value), "q": len(value[0])}
        shape = ("p", "p") if on in ("symmetric", "psd") else ("p", "q")
        sizes = {"p": len(value)} if shape == ("p", "p") else sizes
        space = Space(sizes, variables={"x": Variable(*shape, on=on)})
        if inside:
            assert to_numpy(space.point(x=value).x).shape == np.shape(value)
        else:
            with pytest.raises(ValueError, match=r"x: expected a value of Variable\("):
                space.point(x=value)


def test_a_probability_vector_adds_up_to_one():
    space = Space({"m": 3}, variables={"q": Variable("m", on="simplex")})
    assert [str(v) for v in space.point(q=["1/3", "1/3", "1/3"]).q.tolist()] == ["1/3"] * 3
    for bad in ([0.1, 0.2, 0.7], [2, -1, 0]):
        with pytest.raises(ValueError, match="simplex"):
            space.point(q=bad)


def test_a_point_goes_through_json_unchanged():
    p = LAYERS.point(**GIVEN)
    data = point_as_json(p)
    assert data == {
        "K": 2,
        "d": 1,
        "class_sizes": [2, 1],
        "W": [["1"], ["-1"]],
        "H": [["1", "-1/2", "3"]],
        "b": ["0", "1/2"],
        "lam": "1/8",
    }
    q = point_from_json(data)
    assert q.sizes == p.sizes
    assert all(bool(q.xp.all(q.variables[n] == p.variables[n])) for n in p.variables)
    for bad in ({"K": 2.5}, {"class_sizes": [0]}, {"W": [["1"], []]}, {"W": [["1/0"]]}, {}, {"a b": "1"}):
        with pytest.raises(WitnessError):
            point_from_json(bad)


def test_class_sizes_that_are_many_are_a_selection_with_the_extremes():
    space = Space({"K": (2, 3)}, classes=("K", (1, 50)), variables={"h": Variable("N")})
    found = {s.class_sizes for s in space.shapes()}
    assert {(1, 1), (50, 1), (1, 50), (50, 50), (50, 1, 1)} <= found
    assert len(found) <= 150
    assert space.choices == 50**2 + 50**3


def test_fractions_and_floats_are_taken_as_the_numbers_they_are():
    p = Space(variables={"x": Variable()}).point(x=Fraction(1, 3))
    assert str(p.x.item()) == "1/3"
    assert str(Space(variables={"x": Variable()}).point(x=0.1).x.item()) == str(Fraction(0.1))
