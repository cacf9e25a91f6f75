"""Points on a sphere of given radius: exact where possible, enclosed where not."""

import numpy as np
import pytest

from ncverify import Existence, Inequality, Point, judge, on_sphere
from ncverify.numbers.ball import BALL, precision
from ncverify.numbers.rational import RATIONAL
from tests.falsification.points import gaussian, point

EXAMPLE = np.array([[1.0, -1, 0, 0], [-1, 1, 0, 0], [0, 0, 1, -1], [0, 0, -1, 1]])
DIRECTION = np.array([[1.0, 1, 1, 1], [1, 1, 1, 1], [-1, -1, -1, -1], [-1, -1, -1, -1]])


def moved(p, alpha):
    """The point of Example 3.1 moved along its escape direction, back on its sphere."""
    step = alpha * p.xp.asarray(DIRECTION)
    return on_sphere(Point(p.W + step, p.H + step.T), p.squared_norm)


def descent(alpha):
    return Existence(
        "(3.4): a point of the same norm, near by, with a lower loss",
        witness=lambda p: moved(p, alpha),
        valid=lambda p, q: (
            (q.loss < p.loss)
            & (q.squared_norm == p.squared_norm)
            & (p.xp.sum((q.W - p.W) ** 2) + p.xp.sum((q.H - p.H) ** 2) < 1)
        ),
    )


def test_a_descent_on_the_sphere_is_confirmed_in_ball_arithmetic():
    p = point(EXAMPLE, EXAMPLE.T)
    result = judge(descent(2.0**-3), p)
    assert result.holds is True
    assert result.arithmetic.startswith("ball")


def test_without_a_descent_near_by_it_is_not_confirmed():
    """At alpha = 2 the point has moved too far; at 0 the two losses are equal, being the same expression."""
    assert judge(descent(2.0), point(EXAMPLE, EXAMPLE.T)).violated
    assert judge(descent(0.0), point(EXAMPLE, EXAMPLE.T)).violated


@pytest.mark.parametrize("norm", [1, 2, 0.5, 7])
def test_the_squared_norm_is_exactly_the_given_one(norm):
    p = gaussian().map(RATIONAL.asarray)
    try:
        q = on_sphere(p, norm)
    except ArithmeticError:  # the factor is no root of a small integer
        q = on_sphere(gaussian().map(BALL.asarray), norm)
    assert bool(q.squared_norm == norm)


def test_a_rational_point_stays_rational_where_the_factor_is():
    p = point([[3], [0]], [[4, 0]]).map(RATIONAL.asarray)
    q = on_sphere(p, 1)
    assert [str(v) for v in (q.W[0, 0].item(), q.H[0, 0].item())] == ["3/5", "4/5"]
    root = on_sphere(point([[1], [0]], [[1, 0]]).map(RATIONAL.asarray), 1)
    assert bool(root.xp.sum(root.W * root.W) + root.xp.sum(root.H * root.H) == 1)


def test_the_coordinates_of_balls_enclose_the_true_point():
    p = gaussian()
    with precision(128):
        q = on_sphere(p.map(BALL.asarray), 3)
        recomputed = q.xp.sum(q.W * q.W) + q.xp.sum(q.H * q.H)
        assert recomputed.item().contains(3)
        assert float(recomputed.item().rad()) < 1e-30


def test_a_norm_from_another_point_is_carried_over():
    p, q = gaussian(seed=1), gaussian(seed=2)
    assert float(on_sphere(q, p.squared_norm).squared_norm) == float(p.squared_norm)


def test_the_origin_lies_on_no_sphere():
    zero = point([[0], [0]], [[0, 0]])
    result = judge(Inequality("norm", slack=lambda p: on_sphere(p, 1).q_min), zero)
    assert (result.defined, result.violated) == (False, False)
