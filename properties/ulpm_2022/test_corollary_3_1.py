"""Corollary 3.1: the global optima of the max-margin problem are collapsed.

Every global optimum of (3.1), minimise (|W|^2 + |H|^2) / 2 where every s_kij >= 1, is a KKT point and collapsed. For
d >= K-1 that holds, and the least value is (K-1) sqrt n. For 2 <= d < K-1 the problem has an optimum too, but no point
is collapsed.
"""

from hypothesis import given
from hypothesis import strategies as st

from ncverify.collapse import has_balanced_norms, is_collapsed
from ncverify.papers import Witness
from ncverify.separation import collapse_multipliers, stationarity
from properties.exactly import holds
from properties.strategies.model import feasible_points, optimal_points

SQUARE = Witness(W=[[1, 0], [0, 1], [-1, 0], [0, -1]], H=[[1, 0, -1, 0], [0, 1, 0, -1]])


def objective(p):
    """(|W|^2 + |H|^2) / 2."""
    return p.squared_norm / 2


def least_value(p):
    """(K-1) sqrt n."""
    return (p.K - 1) * p.xp.sqrt(p.n)


def is_optimal(p):
    """Collapsed, and |W| = |H|."""
    return is_collapsed(p) & has_balanced_norms(p)


@given(feasible_points())
def test_feasible_points_have_at_least_the_least_value(p):
    """If every s_kij >= 1, then (|W|^2 + |H|^2) / 2 >= (K-1) sqrt n."""
    assert holds(lambda p: objective(p) >= least_value(p), p)


@given(st.one_of(feasible_points(), optimal_points()))
def test_only_collapsed_points_attain_it(p):
    """If every s_kij >= 1 and (|W|^2 + |H|^2) / 2 = (K-1) sqrt n, then (W, H) is collapsed."""
    assert holds(lambda p: (objective(p) > least_value(p)) | is_optimal(p), p)


@given(optimal_points())
def test_collapsed_points_attain_it_and_are_kkt_points(p):
    """Collapsed with |W| = |H| and q_min = 1: the least value, and lambda_kij = 1 / (K sqrt n) shows KKT."""
    residual = stationarity(p, collapse_multipliers(p.K, p.n, p.xp))
    assert holds(lambda p: (p.q_min == 1) & (objective(p) == least_value(p)), p)
    assert bool(p.xp.all(residual.W == 0))
    assert bool(p.xp.all(residual.H == 0))


def test_the_printed_form_fails_for_four_classes_in_the_plane():
    """The square is feasible at K = 4, d = 2, so (3.1) has an optimum; collapse has rank 3, so d >= 3."""
    square = SQUARE.point()
    assert holds(lambda p: p.q_min >= 1, square)
    assert square.d < square.K - 1
    assert not holds(is_collapsed, square)
