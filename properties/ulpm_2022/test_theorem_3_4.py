"""Theorem 3.4: a way down from every point that is not optimal.

If (W, H) is not collapsed with |W| = |H|, then (3.4): for every epsilon > 0 some (W', H') of the same norm, nearer than
epsilon, has less loss. That holds for d >= K-1 and (W, H) != 0; as printed, without these two conditions, it does not.
Nor does (3.3), that some tangent direction lowers the loss for all small steps along the straight line.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from ncverify.collapse import is_collapsed
from ncverify.landscape import (
    is_critical_by_symmetry,
    lower_point_on_sphere,
    riemannian_hessian,
    tangent_form_is_positive,
    tangent_hessian,
)
from ncverify.papers import Witness
from ncverify.point import Tangent
from properties.exactly import holds, like
from properties.strategies.model import not_optimal_points

SQUARE = Witness(W=[[1, 0], [0, 1], [-1, 0], [0, -1]], H=[[1, 0, -1, 0], [0, 1, 0, -1]])
THREE_ON_A_LINE = Witness(W=[["3/2"], [0], ["-3/2"]], H=[["3/2", 0, "-3/2"]])


def distance(p, q):
    """|W' - W|^2 + |H' - H|^2."""
    return p.xp.sum((p.W - q.W) ** 2) + p.xp.sum((p.H - q.H) ** 2)


@settings(max_examples=20)
@given(p=not_optimal_points(), epsilon=st.sampled_from([1.0, 1e-3, 1e-6]))
def test_a_nearby_point_of_the_same_norm_has_less_loss(p, epsilon):
    """If d >= K-1 and (W, H) != 0 is not optimal: L(W', H') < L(W, H) at the same norm, nearer than epsilon."""
    descent = lower_point_on_sphere(p, within=epsilon)
    assert descent is not None
    lower = descent.point
    start = p.map(lower.xp.asarray)
    assert lower.squared_norm == start.squared_norm
    assert distance(lower, start) < epsilon
    assert holds(lambda q: q.loss < like(start, q).loss, lower)


def test_the_printed_form_of_3_4_fails_at_the_origin():
    """The origin is not collapsed, and has no other point on its sphere that could have less loss."""
    origin = Witness(W=[[0], [0]], H=[[0, 0]]).point()
    assert not holds(is_collapsed, origin)
    assert holds(lambda p: p.squared_norm == 0, origin)


def test_the_printed_form_of_3_4_fails_where_no_simplex_fits():
    """Four corners of a square in the plane: critical, and the loss rises along all tangents but the rotation."""
    square = SQUARE.point()
    turn = square.xp.asarray([[0, 1], [-1, 0]])
    rotation = Tangent(square.W @ turn, -(turn @ square.H))
    assert is_critical_by_symmetry(square)
    assert tangent_form_is_positive(square, [rotation], hessian=riemannian_hessian)


def test_the_printed_form_of_3_3_fails_for_three_classes_on_a_line():
    """W = H' = (3/2, 0, -3/2): no straight tangent line goes down; the common shift of W leaves the loss as it is."""
    p = THREE_ON_A_LINE.point()
    shift = Tangent(p.xp.ones((3, 1)), p.xp.zeros((1, 3)))
    assert is_critical_by_symmetry(p)
    assert tangent_form_is_positive(p, [shift], hessian=tangent_hessian)
