"""Curvature, descent and local minimality confirmed in exact and ball arithmetic."""

import numpy as np
import pytest

from ncverify import Point
from ncverify.landscape import (
    ball_quotient,
    collapsed,
    direct_sum,
    is_critical_by_symmetry,
    lower_point_on_sphere,
    merged_classes,
    negative_curvature,
    polygon,
    random_point,
    riemannian_gradient,
    riemannian_hessian,
    tangent_form_is_positive,
    tangent_hessian,
    vanishing_gradient,
)
from ncverify.landscape.certificates import _directions, _steps, exact
from ncverify.literature.ulpm_2022._landscape import EXAMPLE_3_1, LINE_OF_THREE, SQUARE, common_shift, quarter_turn
from ncverify.papers.claim import Witness
from ncverify.separation.constraints import on_host

SADDLES = [
    direct_sum(4, 1, 4, blocks=2, rho=4.0),
    merged_classes(4, 2, 3, blocks=2, rho=3.0),
    collapsed(3, 1, 2, 2.0, opposed=True),
    vanishing_gradient(2, 3, 1, 2.0, share=0.0),
]


@pytest.mark.parametrize("family", SADDLES, ids=lambda family: family.name)
def test_saddles_have_a_certain_negative_quotient_and_a_lower_point_of_exactly_the_same_norm(family):
    p = family.point
    found = negative_curvature(p)
    low, high = ball_quotient(p, found.direction(p.xp))
    assert low <= found.quotient + 1e-12
    assert high < 0
    lower = lower_point_on_sphere(p, within=1e-4, direction=found.direction(p.xp))
    lower = lower or lower_point_on_sphere(p, within=1e-4)
    assert lower.drop > 0
    assert lower.order == 2
    # a unit direction, rounded to twenty binary digits, and a chord of the sphere
    assert 0.9 < lower.distance2 / lower.step**2 <= 1 + 1e-5
    assert lower.distance2 < 1e-4
    assert bool(lower.point.squared_norm == exact(p).squared_norm)
    end = on_host(lower.point)
    assert float(end.loss) < float(p.loss)
    # two sums of losses of the size of p's, each of K n samples and a few roundings of the logits
    assert lower.drop == pytest.approx(float(p.loss - end.loss), abs=64 * np.finfo(float).eps * float(p.loss))


def test_a_point_that_is_not_critical_goes_down_its_gradient():
    lower = lower_point_on_sphere(random_point(3, 2, 2, 2.0, np.random.default_rng(0)))
    assert (lower.order, lower.drop > 0) == (1, True)


@pytest.mark.parametrize("family", [collapsed(2, 1, 1, 2.0), polygon(4, 1, 2, 2.0)], ids=lambda family: family.name)
def test_minima_have_no_point_that_is_lower_by_more_than_rounding(family):
    lower = lower_point_on_sphere(family.point)
    assert lower is None or lower.drop < 1e-12


def test_the_origin_has_no_other_point():
    assert lower_point_on_sphere(Point(np.zeros((2, 1)), np.zeros((1, 2)))) is None


def test_symmetric_configurations_are_critical_and_disturbed_ones_are_not():
    for witness in (EXAMPLE_3_1, LINE_OF_THREE, SQUARE):
        assert is_critical_by_symmetry(witness.point())
    assert not is_critical_by_symmetry(Witness(W=[[1], [0], [-1]], H=[[1, "1/9", -1]]).point())


def test_the_line_of_three_is_a_minimum_at_one_scale_and_not_at_another():
    for scale, positive in (("3/2", True), (2, False)):
        minus = f"-{scale}"
        p = Witness(W=[[scale], [0], [minus]], H=[[scale, 0, minus]]).point()
        assert tangent_form_is_positive(p, [common_shift(p)], hessian=tangent_hessian) is positive
    p = LINE_OF_THREE.point()
    assert tangent_form_is_positive(p, [], hessian=riemannian_hessian) is True
    # along the common shift the loss is constant: without naming that direction the sign is not decided
    assert tangent_form_is_positive(p, [], hessian=tangent_hessian) is None
    assert tangent_form_is_positive(p, [], hessian=riemannian_hessian, shift=1.0) is False


def test_the_square_is_a_minimum_across_its_rotation():
    p = SQUARE.point()
    assert tangent_form_is_positive(p, [quarter_turn(p)], hessian=riemannian_hessian) is True
    assert tangent_form_is_positive(p, [], hessian=riemannian_hessian) is None


def test_the_quotient_at_a_minimum_is_not_certainly_negative():
    p = collapsed(2, 1, 1, 2.0).point
    assert ball_quotient(p, (p.W, -p.H))[0] > 0


def test_directions_are_the_gradient_and_both_senses_of_the_curvature():
    p = direct_sum(4, 1, 4, blocks=2, rho=2.0).point
    (first, down), (second, one), (third, other) = _directions(p)
    assert (first, second, third) == (1, 2, 2)
    gradient = riemannian_gradient(p)
    assert np.array_equal(down.W, -gradient.W)
    assert np.array_equal(down.H, -gradient.H)
    assert np.array_equal(one.W, -other.W)
    assert np.array_equal(one.H, -other.H)


@pytest.mark.parametrize(("within", "longest"), [(None, 1.0), (1e-4, 2.0**-7), (100.0, 1.0)])
def test_steps_are_powers_of_two_from_the_longest_allowed_one_down(within, longest):
    steps = _steps(2.0, within)
    assert steps[0] == longest
    assert steps == [longest / 8**k for k in range(len(steps))]
    assert steps[-1] < 1e-10 * longest
