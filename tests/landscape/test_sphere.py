"""The sphere and its tangent space (Definition 3.1)."""

import numpy as np
import pytest
import torch

from ncverify import Point
from ncverify.landscape.sphere import (
    combine,
    flatten,
    inner,
    is_tangent,
    norm,
    position,
    project,
    random_point,
    rescale,
    retract,
    unflatten,
    without_gradient,
)
from ncverify.numbers import to_numpy
from ncverify.numbers.rational import RATIONAL
from tests.landscape.oracle import cases, vector


def rational(p, rng):
    direction = tuple(RATIONAL.asarray(rng.integers(-5, 6, size=a.shape)) for a in (p.W, p.H))
    return p.map(RATIONAL.asarray), direction


@pytest.mark.parametrize("p", cases(), ids=repr)
def test_projection_and_retraction_are_exact_in_rational_arithmetic(p):
    q, direction = rational(p, np.random.default_rng(0))
    v = project(q, direction)
    assert bool(is_tangent(q, v))
    assert not bool(is_tangent(q, position(q)))
    assert bool(retract(q, v, RATIONAL.asarray(0.75)).squared_norm == q.squared_norm)
    assert bool(project(q, v).W[0, 0] == v.W[0, 0])


def test_a_step_that_is_not_tangent_leaves_the_sphere():
    p = cases()[2]
    q, direction = rational(p, np.random.default_rng(1))
    assert bool(retract(q, direction, RATIONAL.asarray(1)).squared_norm != q.squared_norm)


def test_the_retraction_follows_the_direction_to_first_order():
    p = cases()[3]
    rng = np.random.default_rng(2)
    v = project(p, (rng.standard_normal(p.W.shape), rng.standard_normal(p.H.shape)))
    errors = []
    for step in (2.0**-6, 2.0**-8):
        moved = retract(p, v, step)
        errors.append(float(norm((moved.W - p.W - step * v.W, moved.H - p.H - step * v.H), p.xp)))
    # the error is of second order: a quarter of the step makes a sixteenth of it, up to third order
    assert errors[1] / errors[0] == pytest.approx(1 / 16, rel=2.0**-4)


def test_the_origin_has_every_direction_as_tangent_and_stays():
    p = Point(np.zeros((2, 1)), np.zeros((1, 2)))
    direction = (np.ones((2, 1)), np.ones((1, 2)))
    assert np.array_equal(project(p, direction).W, direction[0])
    assert float(retract(p, direction, 1.0).squared_norm) == 0.0
    with pytest.raises(ValueError, match="origin"):
        rescale(p, 1.0)


def test_inside_the_unit_sphere_as_outside():
    p = random_point(2, 1, 3, 0.25, np.random.default_rng(4))
    v = project(p, (np.ones(p.W.shape), np.zeros(p.H.shape)))
    assert abs(float(inner(position(p), v, p.xp))) < 1e-15
    moved = retract(p, v, 0.125)
    assert float(moved.squared_norm) == pytest.approx(1 / 16, rel=1e-14)
    assert float(norm((moved.W - p.W, moved.H - p.H), p.xp)) > 0.1
    assert float(rescale(p, 0.5).squared_norm) == pytest.approx(0.25, rel=1e-14)
    assert float(rescale(p, 0.0).squared_norm) == 0.0


def test_a_step_is_one_unless_told_otherwise():
    p = cases()[3]
    v = project(p, (np.ones(p.W.shape), np.ones(p.H.shape)))
    assert np.array_equal(retract(p, v).W, retract(p, v, 1).W)
    assert not np.array_equal(retract(p, v).W, retract(p, v, 2).W)


@pytest.mark.parametrize("of", [(True, False), (False, True), (True, True), (False, False)], ids=str)
def test_a_point_is_cut_off_from_the_graph_whichever_half_is_on_it(of):
    halves = (torch.eye(2, dtype=torch.float64), torch.ones(2, 4, dtype=torch.float64))
    p = Point(*(half.requires_grad_(on) for half, on in zip(halves, of, strict=True)))
    cut = without_gradient(p)
    assert not cut.W.requires_grad
    assert not cut.H.requires_grad
    assert torch.equal(cut.W, halves[0].detach())
    assert torch.equal(cut.H, halves[1].detach())


def test_several_directions_at_once_are_those_one_by_one(xp64):
    p = cases()[3]
    rng = np.random.default_rng(3)
    U, V = rng.standard_normal((4, *p.W.shape)), rng.standard_normal((4, *p.H.shape))
    q = p.map(lambda a: xp64.asarray(a.tolist()))
    stacked = project(q, (xp64.asarray(U.tolist()), xp64.asarray(V.tolist())))
    for i in range(4):
        single = project(p, (U[i], V[i]))
        assert np.abs(to_numpy(stacked.W)[i] - single.W).max() <= 8 * np.finfo(float).eps * np.abs(U).max()


def test_flatten_and_unflatten_are_inverse_for_one_and_for_stacks():
    p = cases()[4]
    x = np.arange(2.0 * len(vector(p))).reshape(2, -1)
    assert np.array_equal(flatten(unflatten(x, p), p.xp), x)
    assert np.array_equal(flatten(unflatten(x[0], p), p.xp), x[0])
    assert np.array_equal(flatten(position(p), p.xp), vector(p))


def test_random_points_lie_on_the_sphere_and_combine_is_linear():
    p = random_point(3, 2, 4, 2.5, np.random.default_rng(0))
    assert float(p.squared_norm) == pytest.approx(6.25, rel=1e-14)
    twice = combine((3, position(p)), (-1, position(p)))
    assert float(inner(twice, twice, p.xp)) == pytest.approx(25.0, rel=1e-14)
