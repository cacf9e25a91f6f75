"""KKT residuals and predicates at points that miss one condition of Definitions A.1 and A.2 each, exactly."""

from fractions import Fraction

import numpy as np
import pytest

from ncverify import Point
from ncverify.errors import NotSeparableError
from ncverify.numbers.rational import RATIONAL
from ncverify.separation import (
    is_approximate_kkt_point,
    is_feasible,
    is_kkt_point,
    kkt_residuals,
    scaled_to_unit_margin,
    squared_stationarity,
)
from ncverify.separation.constraints import logit_rounding, on_host

SQUARE = [[1, 0], [0, 1], [-1, 0], [0, -1]]


def square(size_W=1, size_H=1):
    """K = 4, n = 1, d = 2: s = 1 between neighbours and 2 across, a KKT point of (3.1) for sizes 1."""
    W = [[size_W * v for v in row] for row in SQUARE]
    H = [[size_H * row[i] for row in SQUARE] for i in range(2)]
    return exact(W, H)


def exact(W, H):
    return Point(matrix(W), matrix(H))


def matrix(rows):
    return RATIONAL.asarray([RATIONAL.asarray([Fraction(v) for v in row]) for row in rows])


def multipliers(neighbours, across=0):
    """The point is stationary where neighbours + across = 1/2."""
    rows = [[0, neighbours, across, neighbours], [neighbours, 0, neighbours, across]]
    return matrix([*rows, rows[0][2:] + rows[0][:2], rows[1][2:] + rows[1][:2]])


HALF, QUARTER = Fraction(1, 2), Fraction(1, 4)


def numbers(residuals):
    return [float(value.nearest_float() if hasattr(value, "nearest_float") else value) for value in residuals]


def test_the_square_is_a_kkt_point_with_inactive_constraints_and_zero_multipliers():
    p, M = square(), multipliers(HALF)
    assert bool(is_feasible(p))
    assert bool(is_kkt_point(p, M))
    assert bool(is_approximate_kkt_point(p, M, 0, 0))
    assert numbers(kkt_residuals(on_host(p), on_host_matrix(M))) == [0.0, 0.0, 0.0, 0.0]


def on_host_matrix(M):
    return np.array([[float(Fraction(str(v))) for v in row] for row in M.data])


@pytest.mark.parametrize(
    ("point", "M"),
    [
        pytest.param(square(0, 0), multipliers(0), id="not feasible"),
        pytest.param(square(), multipliers(0), id="not stationary"),
        pytest.param(square(2, HALF), multipliers(2), id="stationary in W alone"),
        pytest.param(square(2, HALF), multipliers(Fraction(1, 8)), id="stationary in H alone"),
        pytest.param(square(), multipliers(QUARTER, QUARTER), id="a multiplier of an inactive constraint"),
        pytest.param(square(), multipliers(1, -HALF), id="a negative multiplier"),
        pytest.param(square(HALF, 1), multipliers(HALF), id="neither feasible nor stationary"),
    ],
)
def test_a_point_that_misses_one_condition_is_no_kkt_point(point, M):
    assert not bool(is_kkt_point(point, M))
    assert not bool(is_approximate_kkt_point(point, M, 0, 0))


def test_the_misses_are_what_they_are_called():
    assert not bool(is_feasible(square(0, 0)))
    assert not bool(is_feasible(square(HALF, 1)))
    for p, M in ((square(), multipliers(QUARTER, QUARTER)), (square(), multipliers(1, -HALF))):
        assert float(squared_stationarity(p, M).nearest_float()) == 0


def residuals(p, M):
    return numbers(kkt_residuals(on_host(p), on_host_matrix(M)))


def test_each_residual_is_the_size_of_its_miss():
    assert residuals(square(HALF, 1), multipliers(0))[0] == 0.5
    assert residuals(square(3, 1), multipliers(0))[0] == 0.0
    assert residuals(square(), multipliers(1, -HALF))[1] == 0.5
    assert residuals(square(), multipliers(0))[2] == pytest.approx(8**0.5)
    assert residuals(square(), multipliers(QUARTER, QUARTER))[3] == 0.25
    assert residuals(square(), multipliers(1, -HALF))[3] == 0.5


def test_epsilon_bounds_the_norm_of_the_gradient_of_the_lagrangian():
    """Two classes of four samples: |W|^2 + |H|^2 = 4, the squared residual without multipliers."""
    p = exact([[1], [-1]], [[HALF] * 4 + [-HALF] * 4])
    none, right = matrix([[0] * 8] * 2), matrix([[0] * 4 + [QUARTER] * 4, [QUARTER] * 4 + [0] * 4])
    assert bool(is_kkt_point(p, right))
    assert bool(is_approximate_kkt_point(p, none, 2, 0))
    assert not bool(is_approximate_kkt_point(p, none, Fraction(199, 100), 0))


def test_delta_bounds_the_products_of_multipliers_and_gaps():
    p, M = square(), multipliers(QUARTER, QUARTER)
    assert bool(is_approximate_kkt_point(p, M, 0, QUARTER))
    assert not bool(is_approximate_kkt_point(p, M, 0, Fraction(24, 100)))


def test_a_negative_multiplier_is_refused_however_large_epsilon_and_delta_are():
    assert not bool(is_approximate_kkt_point(square(), multipliers(1, -HALF), 100, 100))
    assert not bool(is_approximate_kkt_point(square(0, 0), multipliers(0), 100, 100))


def test_a_point_whose_logits_leave_the_range_when_scaled_is_refused():
    p = Point(np.array([[1.0], [-1.0]]), np.array([[1e-300, 1e150, -1.0, -1.0]]))
    with np.errstate(over="ignore"), pytest.raises(NotSeparableError, match=r"q_min = 2e-300: .* range of float64"):
        scaled_to_unit_margin(p)


def test_a_point_in_single_precision_is_computed_with_in_double():
    p = on_host(Point(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32)))
    assert p.W.dtype == p.H.dtype == np.float64


def test_the_rounding_bound_is_four_units_for_each_term_of_the_largest_product():
    p = Point(np.array([[1.0, -3.0], [2.0, 0.0]]), np.array([[2.0, 1.0], [5.0, 0.0]]))
    assert logit_rounding(p) == 4 * 2 * 17.0 * np.finfo(np.float64).eps
    assert logit_rounding(p, eps=0.5) == 68.0


def test_the_refusal_names_the_worst_pair():
    """Sample 1 of class 0 is on the wrong side by 3 + 0.5, sample 0 of class 1 by less."""
    W, H = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[2.0, -3.0, 0.25, 0.0], [1.0, 0.5, 0.0, 1.0]])
    message = r"expected > 0, got -3.5 \(sample 1 of class 0 against class 1\)"
    with pytest.raises(NotSeparableError, match=message):
        scaled_to_unit_margin(Point(W, H))


def test_no_sample_is_held_against_its_own_class():
    with pytest.raises(NotSeparableError, match=r"got 0 \(sample 0 of class 1 against class 0\)"):
        scaled_to_unit_margin(Point(np.zeros((2, 1)), np.array([[1.0, -1.0]])))
