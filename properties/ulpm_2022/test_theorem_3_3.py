"""Theorem 3.3: neural collapse is optimal on spheres.

Among all points of one norm the loss is least at (W, H) if and only if (W, H) is collapsed and |W| = |H|. That holds
for d >= K-1 and (W, H) != 0. As printed, without these two conditions, it does not: the origin is alone on its sphere,
and below d = K-1 no point is collapsed, while every sphere has a least loss.
"""

from hypothesis import assume, given
from hypothesis import strategies as st

from ncverify import Domain
from ncverify.collapse import has_balanced_norms, integer_collapsed_point, is_collapsed
from ncverify.papers import Witness
from ncverify.point import on_sphere
from properties.exactly import holds, like
from properties.strategies.model import TAME, any_points, collapsed_points

WIDE = Domain(K=(2, 4), n=(1, 2), d=(1, 4), where=lambda K, n, d: d >= K or K == 2)
NARROW = Domain(K=(3, 4), n=(1, 2), d=(1, 2), where=lambda K, n, d: d < K - 1)


def is_optimal(p):
    """Collapsed, and |W| = |H|."""
    return is_collapsed(p) & has_balanced_norms(p)


def collapsed_on_the_sphere_of(p):
    """A collapsed point with |W| = |H| and the norm of p."""
    return on_sphere(like(integer_collapsed_point(p.K, p.n, p.d), p), p.squared_norm)


@given(st.one_of(any_points(WIDE, TAME), collapsed_points(balanced=False)))
def test_no_point_of_the_sphere_has_less_loss_than_the_collapsed_one(p):
    """If (W, H) is collapsed, |W| = |H| and |(W', H')| = |(W, H)|, then L(W, H) <= L(W', H')."""
    assume(p.squared_norm > 0)
    assert holds(lambda p: collapsed_on_the_sphere_of(p).loss <= p.loss, p)


@given(st.one_of(any_points(WIDE, TAME), collapsed_points(balanced=False)))
def test_every_other_point_has_more(p):
    """If (W', H') != 0 is not collapsed, or |W'| != |H'|, then some point of the same norm has less loss."""
    assume(p.squared_norm > 0)
    assert holds(lambda p: is_optimal(p) | (collapsed_on_the_sphere_of(p).loss < p.loss), p)


def test_the_printed_form_fails_at_the_origin():
    """W = H = 0 is the only point of its sphere, so its loss is least there; and it is not collapsed."""
    origin = Witness(W=[[0], [0]], H=[[0, 0]]).point()
    assert holds(lambda p: p.squared_norm == 0, origin)
    assert not holds(is_optimal, origin)


@given(any_points(NARROW, TAME))
def test_the_printed_form_fails_on_every_sphere_where_no_simplex_fits(p):
    """For d < K-1 no point is collapsed; but a sphere is compact, so some point of it has the least loss."""
    assert not holds(is_collapsed, p)
