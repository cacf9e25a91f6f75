"""Domains: which shapes belong to them, and which ranges are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncverify import Domain, Shape
from tests.cases import repeatable

ranges = st.tuples(st.integers(2, 6), st.integers(0, 3)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@repeatable
@given(ranges, ranges, ranges)
def test_a_domain_has_every_shape_of_its_ranges_once_and_the_smallest_first(K, n, d):
    domain = Domain(K=K, n=n, d=d)
    shapes = domain.shapes()
    everything = {
        (k, i, j) for k in range(K[0], K[1] + 1) for i in range(n[0], n[1] + 1) for j in range(d[0], d[1] + 1)
    }
    assert len(shapes) == len(everything)
    assert set(shapes) == everything
    unknowns = [s.K * s.d + s.d * s.K * s.n for s in shapes]
    assert unknowns == sorted(unknowns)
    assert all(domain.admits(*shape) for shape in shapes)
    assert not domain.admits(K[1] + 1, n[0], d[0])
    assert not domain.admits(K[0], n[0] - 1, d[0])
    assert not domain.admits(K[0], n[0], d[1] + 1)


def test_where_keeps_the_shapes_that_satisfy_it():
    domain = Domain(K=(2, 4), n=1, d=(1, 4), where=lambda K, n, d: d >= K - 1)
    assert all(s.d >= s.K - 1 for s in domain.shapes())
    assert domain.admits(4, 1, 3)
    assert not domain.admits(4, 1, 2)
    assert Shape(2, 1, 1) in domain.shapes()


def test_an_integer_is_a_range_of_one():
    assert Domain(K=3, n=2, d=1).shapes() == [Shape(3, 2, 1)]
    assert Domain(K=[2, 3], n=1, d=1).shapes() == [Shape(2, 1, 1), Shape(3, 1, 1)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"K": 1}, "K: expected a range within 2, 3, ..., got 1"),
        ({"K": (1, 4)}, r"K: expected a range within 2, 3, ..., got \(1, 4\)"),
        ({"n": 0}, "n: expected a range within 1, 2, ..., got 0"),
        ({"d": (3, 2)}, r"d: expected a range within 1, 2, ..., got \(3, 2\)"),
        ({"d": 2.0}, "d: expected an integer or a pair .*, got 2.0"),
        ({"K": True}, "K: expected an integer or a pair .*, got True"),
        ({"K": (2, True)}, "K: expected an integer or a pair"),
        ({"n": (1, 2, 3)}, "n: expected an integer or a pair"),
        ({"n": "12"}, "n: expected an integer or a pair .*, got '12'"),
        ({"K": 3, "d": 1, "where": lambda K, n, d: d >= K - 1}, "where: no shape with K in 3, n in .*, d in 1"),
    ],
)
def test_ranges_that_are_empty_too_low_or_no_ranges_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Domain(**arguments)


def test_a_condition_that_is_no_function_is_refused():
    with pytest.raises(TypeError, match="where: expected a function of K, n, d, got bool"):
        Domain(where=True)
