"""Witnesses are few, small and simple, and still violate what they are witnesses of."""

import numpy as np
import pytest

from ncverify import Domain, ForAll, Identity, Implication, Inequality, Space, Variable, falsify, judge
from ncverify.falsification.shrink import shrink
from tests.falsification.points import coordinates, gaussian, point, simplex

ANY = Domain()


def bound(p, factor):
    return factor * p.squared_norm / (2 * (p.K - 1) * p.xp.sqrt(p.n)) - p.q_min


def test_a_large_random_witness_shrinks_to_the_smallest_one():
    statement = Inequality("no W", slack=lambda p: -p.xp.sum(p.W * p.W))
    small = shrink(statement, gaussian(5, 4, 8, scale=1e3), ANY)
    W, H = coordinates(small)
    assert (small.K, small.n, small.d) == (2, 1, 1)
    assert (np.count_nonzero(W), np.count_nonzero(H)) == (1, 0)
    assert np.abs(W).max() == 1.0


def test_the_domain_is_never_left():
    statement = Inequality("no W", slack=lambda p: -p.xp.sum(p.W * p.W))
    domain = Domain(K=(3, 5), n=(2, 4), d=(2, 8), where=lambda K, n, d: d >= K - 1)
    small = shrink(statement, gaussian(5, 4, 8), domain)
    assert (small.K, small.n, small.d) == (3, 2, 2)


def test_a_violation_that_needs_n_and_d_keeps_them():
    statement = Inequality("features of a class agree", slack=lambda p: -((p.H[1, 0] - p.H[1, 1]) ** 2))
    small = shrink(statement, gaussian(4, 4, 6), Domain(K=(2, 5), n=(2, 4), d=(2, 8)))
    assert (small.K, small.n, small.d) == (2, 2, 2)
    assert np.count_nonzero(small.W) == 0
    assert np.count_nonzero(small.H) == 1


def test_a_witness_near_a_simplex_becomes_the_integer_simplex():
    rng = np.random.default_rng(0)
    near = simplex(3)
    near = point(near.W + 1e-5 * rng.standard_normal((3, 3)), near.H + 1e-5 * rng.standard_normal((3, 3)))
    statement = Inequality("0.1 % too low", slack=lambda p: bound(p, 0.999))
    small = shrink(statement, near, ANY)
    assert coordinates(small) == coordinates(simplex(3))


@pytest.mark.parametrize("scale", [2.0**1000, 2.0**-1000, 1e100])
def test_extreme_scales_neither_warn_nor_fail(scale):
    statement = Inequality("none", slack=lambda p: -p.xp.max(p.xp.abs(p.W)))
    small = shrink(statement, gaussian(2, 1, 2, scale=scale), ANY)
    assert judge(statement, small).violated


@pytest.mark.parametrize(
    ("statement", "largest"),
    [
        (Inequality("margin bound lowered", slack=lambda p: bound(p, 0.999)), 4),
        (Identity("scaled", left=lambda p: 2 * p.q_min, right=lambda p: p.q_min), 4),
        (Implication("sign", premise=lambda p: p.q_min > 0, conclusion=lambda p: p.W[0, 0] > 0), 4),
        (Inequality("L >= 1/1000", slack=lambda p: p.loss - 0.001), 4),
        (Inequality("n >= 2", slack=lambda p: -((p.H[0, 0] - p.H[0, 1]) ** 2)), 6),
    ],
    ids=lambda s: getattr(s, "name", s),
)
def test_what_falsify_returns_is_minimal_in_shape_and_made_of_small_integers(statement, largest):
    domain = Domain(K=(2, 5), n=(2, 4) if "n >=" in statement.name else (1, 4))
    witness = falsify(statement, domain).witness
    numbers = [*witness.W.ravel().tolist(), *witness.H.ravel().tolist()]
    assert len(numbers) <= largest
    assert all(float(v).is_integer() and abs(v) <= 32 for v in numbers)


def test_simplify_off_keeps_the_witness_as_found():
    statement = Inequality("0.1 % too low", slack=lambda p: bound(p, 0.999))
    domain = Domain(K=3, n=2, d=2)
    rough = falsify(statement, domain, stages=("random", "attack"), simplify=False).witness
    assert judge(statement, rough).violated
    assert not all(float(v).is_integer() for v in rough.W.ravel())


def test_a_product_of_two_arrays_keeps_its_value_where_one_is_rescaled():
    factors = Space(variables={"u": Variable(2), "v": Variable(2)})
    fit = ForAll(
        "u v' is not e_1 e_2'", predicate=lambda p: p.xp.sum((p.xp.outer(p.u, p.v) - [[0, 1], [0, 0]]) ** 2) != 0
    )
    small = shrink(fit, factors.point(u=["42/5", 0], v=[0, "5/42"]), factors)
    assert [str(x) for x in (*small.u.data, *small.v.data)] == ["1", "0", "0", "1"]
