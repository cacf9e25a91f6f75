"""Strategies for spaces: every set is met exactly, every size is drawn, and points shrink to simple ones."""

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings

from ncverify import Domain, Inequality, Point, Space, Variable, judge, strategies
from ncverify.numbers import to_numpy
from ncverify.space.variable import SETS

SETTINGS = settings(max_examples=25, derandomize=True, database=None, deadline=None)
FIND = settings(SETTINGS, max_examples=200)
DRAWN = settings(FIND, max_examples=1000, phases=[Phase.generate])  # twelve choices: each is all but certain
CLASSES = Space(
    sizes={"K": (2, 3)}, classes=("K", (1, 2)), variables={"H": Variable(1, "N"), "u": Variable(2, on="sphere")}
)
KINDS = {
    **{one: Variable(*((2,) if one in ("sphere", "ball", "simplex") else (2, 2)), on=one) for one in SETS},
    "positive": Variable(positive=True),
    "interval": Variable(low="1/3", high="2/3"),
    "above": Variable(2, low=0),
    "below": Variable(high=-1),
    "free": Variable(2),
}


def of(kind):
    return Space(variables={"x": KINDS[kind]})


@pytest.mark.parametrize("kind", KINDS)
def test_every_point_is_in_its_set_exactly(kind):
    """`Space.point` checks membership in rational arithmetic, and refuses by name."""
    space = of(kind)

    @SETTINGS
    @given(p=strategies.points(space))
    def check(p):
        assert space.point(x=p.x.tolist()).sizes == p.sizes

    check()


@pytest.mark.slow
def test_a_point_beside_its_set_would_be_noticed():
    p = find(strategies.points(of("sphere")), lambda p: True, settings=FIND)
    with pytest.raises(ValueError, match=r"x: .*squared norm"):
        of("sphere").point(x=[float(p.x[0]) - 2.0**-50, p.x.tolist()[1]])


@pytest.mark.slow
@pytest.mark.parametrize("sizes", list(CLASSES.shapes()), ids=repr)
def test_every_choice_of_sizes_is_drawn(sizes):
    assert find(strategies.points(CLASSES), lambda p: p.sizes == sizes, settings=DRAWN).sizes == sizes
    assert find(strategies.sizes(CLASSES), lambda s: s == sizes, settings=DRAWN) == sizes


@pytest.mark.slow
def test_points_shrink_to_the_smallest_and_simplest():
    p = find(strategies.points(CLASSES), lambda p: True, settings=FIND)
    assert (p.K, p.class_sizes) == (2, (1, 1))
    assert not to_numpy(p.H).any()
    assert to_numpy(p.u).tolist() == [1.0, 0.0]
    large = find(strategies.points(of("free")), lambda p: float(p.x.max()) > 10, settings=FIND)
    assert sorted(large.x.tolist()) == [0, 11]


@pytest.mark.parametrize("end", ["1/3", "2/3"])
def test_ends_of_intervals_are_drawn(end):
    assert find(strategies.points(of("interval")), lambda p: str(p.x.item()) == end, settings=FIND)


@SETTINGS
@given(p=strategies.points(Domain(K=(2, 3), n=(1, 2), d=(1, 2))))
def test_of_a_domain_they_are_points(p):
    assert isinstance(p, Point)
    assert p.W.dtype == np.float64


@SETTINGS
@given(p=strategies.points(Space(sizes={"m": (1, 3)}, variables={"x": Variable("m")})))
def test_without_sets_they_are_floats(p):
    assert isinstance(p.x, np.ndarray)
    assert np.isfinite(p.x).all()


def test_a_false_bound_is_found():
    claim = Inequality("entries of unit vectors are below 9/10", slack=lambda p: 0.9 - p.xp.max(p.u))
    space = Space(sizes={"m": (2, 3)}, variables={"u": Variable("m", on="sphere")})
    assert to_numpy(find(strategies.points(space), lambda p: judge(claim, p).violated, settings=FIND).u)[0] == 1


def test_what_is_no_space_is_refused():
    with pytest.raises(TypeError, match="over: expected a Space or a Domain, got int"):
        strategies.points(3)
    with pytest.raises(ValueError, match="over: expected points of at most 256 entries, the smallest have 400"):
        strategies.points(Space(variables={"x": Variable(20, 20)}))
