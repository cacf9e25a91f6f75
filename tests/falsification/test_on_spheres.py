"""Statements that fail only at unit vectors with square roots for coordinates, and true ones beside them."""

import json

import numpy as np
import pytest

from ncverify import ForAll, Inequality, Space, Variable, falsify, judge
from ncverify.falsification.layouts import layout_of
from ncverify.falsification.on_spheres import on_spheres
from ncverify.falsification.point_json import point_as_json, point_from_json
from ncverify.space import Sizes, SpacePoint

TRIANGLE = Space(sizes={"d": 2}, variables={"U": Variable(3, "d", on="rows on sphere")})
COLUMNS = Space(sizes={"d": 2}, variables={"U": Variable("d", 3, on="columns on sphere")})
SIMPLEX = Space(sizes={"d": 3}, variables={"U": Variable(4, "d", on="rows on sphere")})
VECTOR = Space(sizes={"m": (2, 3)}, variables={"u": Variable("m", on="sphere")})


def largest_cosine(U, xp):
    G = U @ U.T
    return xp.max(xp.stack([G[i, j] for i in range(U.shape[0]) for j in range(i)]))


def _gap(factor):
    return lambda p: factor * largest_cosine(p.U, p.xp) + 1


def _mean(p):
    return p.m - p.xp.sum(p.u) ** 2


FALSE = {
    "three unit vectors at 120 degrees": (Inequality("s", slack=_gap(2), strict=True), TRIANGLE),
    "as a predicate": (ForAll("s", predicate=lambda p: _gap(2)(p) > 0), TRIANGLE),
    "as columns": (Inequality("s", slack=lambda p: 2 * largest_cosine(p.U.T, p.xp) + 1, strict=True), COLUMNS),
    "a regular simplex in space": (Inequality("s", slack=_gap(3), strict=True), SIMPLEX),
    "all coordinates equal": (Inequality("s", slack=_mean, strict=True), VECTOR),
}
TRUE = {
    "at most": (Inequality("s", slack=_gap(2)), TRIANGLE),
    "with a smaller factor": (Inequality("s", slack=lambda p: _gap(2)(p) + 1e-6, strict=True), TRIANGLE),
    "by Cauchy": (Inequality("s", slack=_mean), VECTOR),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_bound_that_is_attained_at_irrational_points_is_not_strict(name):
    statement, space = FALSE[name]
    verdict = falsify(statement, space, evaluations=6000, budget=120)
    assert verdict.status == "falsified"
    assert verdict.arithmetic == "rational"
    again = point_from_json(json.loads(json.dumps(point_as_json(verdict.witness))))
    assert judge(statement, again).violated
    assert "sqrt" in json.dumps(point_as_json(verdict.witness))


@pytest.mark.parametrize("w", [[123456.789e9, 1e-200, -3e8 * 2**0.5, 0.1], np.sqrt([2.0, 3.0, 5.0, 7.0])])
def test_free_entries_of_any_size_and_many_square_roots_are_left_alone(w):
    space = Space(sizes={"m": 2}, variables={"u": Variable("m", on="sphere"), "w": Variable(4)})
    point = SpacePoint(Sizes({"m": 2}), {"u": np.array([0.6, 0.8]), "w": np.asarray(w)})
    for found in on_spheres(layout_of(space, Sizes({"m": 2})), point):
        assert not any("sqrt" in str(entry) for entry in found.w.data.ravel())


@pytest.mark.parametrize("name", TRUE)
def test_a_true_bound_is_never_called_false(name):
    statement, space = TRUE[name]
    assert falsify(statement, space, evaluations=3000, budget=60).status == "unfalsified"


def at_angles(angles):
    """Three unit vectors of the plane in floats, and their packing."""
    sizes = Sizes({"d": 2})
    return layout_of(TRIANGLE, sizes), SpacePoint(sizes, {"U": np.stack([np.cos(angles), np.sin(angles)], axis=1)})


@pytest.mark.parametrize("turn", [0.0, 0.3, 2.0])
def test_candidates_lie_on_the_spheres_exactly(turn):
    angles = turn + 2 * np.pi * np.arange(3) / 3 + 1e-9
    found = list(on_spheres(*at_angles(angles)))
    assert found
    for one in found:
        assert bool((one.U * one.U).sum(axis=1)[0] == 1)
        assert bool(largest_cosine(one.U, one.xp) * 2 == -1)


def test_vectors_that_are_near_nothing_simple_have_no_candidate():
    assert not list(on_spheres(*at_angles(np.array([0.0, 1.0, 2.5]))))
