"""Theorem 3.1: neural collapse as max-margin solution.

For every point (W, H) of the model

    q_min(W, H) <= (|W|^2 + |H|^2) / (2 (K-1) sqrt n),

with equality if and only if (W, H) is collapsed and |W| = |H|. The bound holds as printed, the equivalence except at
the origin.
"""

from hypothesis import assume, given
from hypothesis import strategies as st

from ncverify.collapse import has_balanced_norms, is_collapsed
from ncverify.papers import Witness
from properties.exactly import holds
from properties.strategies.model import any_points, collapsed_points


def bound(p):
    """(|W|^2 + |H|^2) / (2 (K-1) sqrt n)."""
    return p.squared_norm / (2 * (p.K - 1) * p.xp.sqrt(p.n))


def is_optimal(p):
    """Collapsed, and |W| = |H|."""
    return is_collapsed(p) & has_balanced_norms(p)


@given(any_points())
def test_the_margin_is_at_most_the_bound(p):
    """For every (W, H): q_min <= (|W|^2 + |H|^2) / (2 (K-1) sqrt n)."""
    assert holds(lambda p: p.q_min <= bound(p), p)


@given(collapsed_points())
def test_collapsed_points_with_equal_norms_attain_the_bound(p):
    """If (W, H) is collapsed and |W| = |H|, then q_min = bound."""
    assert holds(lambda p: p.q_min == bound(p), p)


@given(st.one_of(any_points(), collapsed_points(balanced=False), collapsed_points()))
def test_away_from_the_origin_nothing_else_attains_it(p):
    """If (W, H) != 0 and q_min = bound, then (W, H) is collapsed and |W| = |H|."""
    assume(p.squared_norm > 0)
    assert holds(lambda p: (p.q_min < bound(p)) | is_optimal(p), p)


def test_the_printed_equivalence_fails_at_the_origin():
    """At W = H = 0 both sides of the bound are 0, and nothing is collapsed: the cosines of NC2 do not exist."""
    origin = Witness(W=[[0], [0]], H=[[0, 0]]).point()
    assert holds(lambda p: p.q_min == bound(p), origin)
    assert not holds(is_optimal, origin)
