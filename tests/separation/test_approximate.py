import itertools

import numpy as np
import pytest

from ncverify import Point
from ncverify.collapse import collapsed_point
from ncverify.numbers.rational import RATIONAL
from ncverify.separation import (
    is_approximate_kkt_point,
    is_kkt_point,
    multipliers,
    scaled_to_unit_margin,
    smallest_delta,
    smallest_epsilon,
)
from tests.separation.textbook import (
    EXAMPLE_3_1,
    EXAMPLE_MULTIPLIERS,
    PAIRS,
    constraint_gradients,
    near_collapse,
    separating_point,
    vector,
)

POINTS = [near_collapse(3, 1, 2, 0.05), near_collapse(4, 2, 2 + 2, 0.1), separating_point(4, 1, 2, 3), EXAMPLE_3_1]


def oracle_epsilon(p, delta):
    """The same minimum by bounded least squares over stacked gradients."""
    from scipy.optimize import lsq_linear

    G, positions = constraint_gradients(p)
    gap = np.array([p.logit_differences[j, c] - 1 for j, c in positions])
    upper = np.where(gap > 1e-12, np.maximum(delta, 1e-12) / np.maximum(gap, 1e-12), np.inf)
    return np.sqrt(2 * lsq_linear(G, vector(p), bounds=(0, upper), method="bvls", tol=1e-14).cost)


@pytest.mark.parametrize("point", POINTS, ids=["near", "nearer", "far", "example"])
@pytest.mark.parametrize("delta", [1e-3, 0.03, 1.0])
def test_the_smallest_epsilon_is_that_of_bounded_least_squares(point, delta):
    p = scaled_to_unit_margin(point)
    found = smallest_epsilon(p, delta)
    assert found.epsilon == pytest.approx(oracle_epsilon(p, delta), abs=2e-5)
    assert found.delta <= delta * (1 + 1e-6) + 1e-12


@pytest.mark.parametrize("point", POINTS, ids=["near", "nearer", "far", "example"])
def test_both_numbers_are_attained_by_their_multipliers(point):
    p = scaled_to_unit_margin(point)
    found = smallest_epsilon(p, 0.01)
    slightly = 1 + 1e-6
    feasible = scaled_up(p)
    assert is_approximate_kkt_point(
        feasible, found.matrix, found.epsilon * slightly + 1e-9, found.delta * slightly + 1e-9
    )


def scaled_up(p):
    """The point scaled by rounding size so that q_min >= 1 holds in floats."""
    return p if p.q_min >= 1 else Point(p.W * (1 + 1e-13), p.H * (1 + 1e-13))


@pytest.mark.parametrize("point", POINTS[:3], ids=["near", "nearer", "far"])
def test_the_two_functions_are_inverse_to_each_other(point):
    p = scaled_to_unit_margin(point)
    least, most = smallest_epsilon(p, np.inf).epsilon, smallest_epsilon(p, 0.0).epsilon
    middle = (least + most) / 2
    delta = smallest_delta(p, middle).delta
    assert delta > 0
    assert smallest_epsilon(p, delta).epsilon == pytest.approx(middle, rel=1e-3)


@pytest.mark.parametrize("ratio", [1e-3, 1e3])
@pytest.mark.parametrize("share", [0.25, 0.75])
def test_the_two_functions_are_inverse_to_each_other_at_unbalanced_norms(ratio, share):
    """Between the smallest epsilon of all and that of delta = 0 lies a share of 1e-6 only."""
    p = near_collapse(3, 4, 3, 1e-3)
    p = scaled_to_unit_margin(Point(p.W / ratio**0.5, p.H * ratio**0.5))
    least, most = (smallest_epsilon(p, delta).epsilon for delta in (1.0, 0.0))
    found = smallest_delta(p, least + share * (most - least))
    assert (found.epsilon - least) / (most - least) == pytest.approx(share, abs=1e-6)
    back = smallest_epsilon(p, found.delta)
    assert (back.epsilon - least) / (most - least) == pytest.approx(share, abs=1e-6)


def test_epsilon_falls_as_delta_grows():
    p = scaled_to_unit_margin(POINTS[1])
    found = [smallest_epsilon(p, delta).epsilon for delta in (0.0, 1e-3, 1e-2, 1e-1, np.inf)]
    assert all(a >= b - 1e-9 for a, b in itertools.pairwise(found))
    assert found[0] > 1.5 * found[-1]


def test_no_delta_is_enough_for_an_epsilon_below_the_least_residual():
    p = scaled_to_unit_margin(POINTS[2])
    least = multipliers(p, active_within=np.inf).stationarity_bound
    found = smallest_delta(p, least / 2)
    assert found.epsilon == least / 2
    assert found.delta == np.inf
    assert found.matrix is None
    assert found.status == "infeasible"
    assert smallest_delta(p, 0.0).delta == np.inf


def test_margins_that_exceed_one_by_rounding_alone_may_carry_multipliers_without_any_delta():
    p = collapsed_point(4, 1, 3, squared_norm=6.0 * (1 + 1e-15))
    assert float(p.q_min) > 1
    assert smallest_epsilon(p, 0.0).epsilon < 1e-6


def test_a_kkt_point_satisfies_every_pair_of_bounds():
    p = collapsed_point(4, 1, 3, squared_norm=6.0 * (1 + 1e-15))
    assert smallest_epsilon(p, 1e-9).epsilon < 1e-6
    assert smallest_delta(p, 1e-5).delta < 1e-6


def test_infeasible_points_are_refused():
    p = collapsed_point(4, 1, 3, squared_norm=5.9)
    for function in (smallest_epsilon, smallest_delta):
        with pytest.raises(ValueError, match=r"expected a feasible point of \(3.1\), q_min >= 1, got q_min = 0.98"):
            function(p, 0.1)


def test_negative_bounds_are_refused():
    p = scaled_to_unit_margin(EXAMPLE_3_1)
    with pytest.raises(ValueError, match="delta: expected a number >= 0"):
        smallest_epsilon(p, -1.0)
    with pytest.raises(ValueError, match="epsilon: expected a number >= 0"):
        smallest_delta(p, -1.0)


class TestExactly:
    """Definitions A.1 and A.2 in rational arithmetic, at Example 3.1."""

    half = RATIONAL.asarray(PAIRS) / 2
    point = Point(half, 2 * half)  # unbalanced: W H is that of the KKT point, so feasible with the same differences
    balanced = Point(RATIONAL.asarray(PAIRS) / RATIONAL.sqrt(2), RATIONAL.asarray(PAIRS) / RATIONAL.sqrt(2))
    M = RATIONAL.asarray(EXAMPLE_MULTIPLIERS)

    def test_the_printed_multipliers_show_a_kkt_point(self):
        assert is_kkt_point(self.balanced, self.M)
        assert is_approximate_kkt_point(self.balanced, self.M, RATIONAL.asarray(0), RATIONAL.asarray(0))

    def test_an_unbalanced_point_with_the_same_logits_is_none(self):
        assert not is_kkt_point(self.point, self.M)

    @pytest.mark.parametrize("factor", [0.999, 1.001])
    def test_multipliers_off_by_a_thousandth_show_nothing(self, factor):
        assert not is_kkt_point(self.balanced, self.M * RATIONAL.asarray(factor))

    def test_a_multiplier_on_an_inactive_constraint_breaks_complementarity(self):
        M = EXAMPLE_MULTIPLIERS.copy()
        M[0, 1] = 1.0
        moved = RATIONAL.asarray(M)
        assert not is_kkt_point(self.balanced, moved)
        # s = 2 there: lambda (s - 1) = 1, and the residual is |lambda grad s| = 2
        assert is_approximate_kkt_point(self.balanced, moved, RATIONAL.asarray(4), RATIONAL.asarray(1))
        assert not is_approximate_kkt_point(self.balanced, moved, RATIONAL.asarray(4), RATIONAL.asarray(0.999))

    def test_a_negative_multiplier_is_no_multiplier(self):
        M = EXAMPLE_MULTIPLIERS.copy()
        M[2, 0] = -0.5
        assert not is_approximate_kkt_point(
            self.balanced, RATIONAL.asarray(M), RATIONAL.asarray(100), RATIONAL.asarray(100)
        )

    def test_an_infeasible_point_is_none(self):
        small = Point(self.balanced.W / 2, self.balanced.H / 2)
        assert not is_approximate_kkt_point(small, self.M, RATIONAL.asarray(100), RATIONAL.asarray(100))
