"""The decomposition of the slack of Theorem 3.3."""

import numpy as np
import pytest

from ncverify import Domain, Point, falsify
from ncverify.collapse import collapsed_point, integer_collapsed_point
from ncverify.landscape import random_point
from ncverify.literature.ulpm_2022.appendix_c_jensen import BOUND
from ncverify.numbers.ball import BALL, precision
from ncverify.papers.claim import Witness
from ncverify.slack.loss import (
    attains_sphere_bound,
    imbalance,
    loss_slack,
    misalignment,
    sphere_bound,
    spread,
)

SHAPES = [(2, 1, 1), (2, 3, 2), (3, 2, 2), (4, 1, 2), (5, 3, 7)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("scale", [2.0**-8, 1.0, 8.0, 1024.0])
def test_the_three_terms_add_up_to_the_slack_to_fifty_digits(shape, scale):
    p = random_point(*shape, scale, np.random.default_rng(1))
    with precision(256):
        terms = loss_slack(p.map(BALL.asarray))
        rest = (terms.loss - terms.bound - terms.imbalance - terms.spread - terms.misalignment).item()
        assert rest.contains(0)
        assert float(rest.rad()) < 1e-50 * (1 + scale**2)
        assert all(not (term < 0).values.item() for term in terms[2:])


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("scale", [2.0**-8, 1.0, 8.0, 1e3])
def test_the_terms_are_not_negative_in_floats_either(shape, scale):
    terms = loss_slack(random_point(*shape, scale, np.random.default_rng(2)))
    total = terms.imbalance + terms.spread + terms.misalignment
    assert float(total) == pytest.approx(float(terms.loss - terms.bound), abs=1e-13 * (1 + float(terms.loss)))
    assert min(map(float, terms[2:])) >= -1e-15


@pytest.mark.parametrize("far", [1, 2], ids=["one sample far from the others", "two of them"])
def test_the_terms_add_up_where_some_samples_are_far_and_others_near(far):
    features = [[90.0] * far + [1.0] * (3 - far) + [-0.5, -0.25, 1.5]]
    p = Point(np.array([[1.0], [-1.0]]), np.array(features))
    with precision(256):
        terms = loss_slack(p.map(BALL.asarray))
        rest = (terms.loss - terms.bound - terms.imbalance - terms.spread - terms.misalignment).item()
        assert rest.contains(0)
        assert float(rest.rad()) < 1e-50


def test_samples_at_exactly_the_mean_have_no_spread():
    assert float(spread(Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -1.0]])))) == 0.0


def test_a_term_left_out_is_noticed():
    terms = loss_slack(random_point(4, 2, 3, 2.0, np.random.default_rng(0)))
    for left_out in terms[2:]:
        assert abs(float(left_out)) > 1e-3


def test_each_term_vanishes_by_itself_where_its_cause_does():
    # two classes: one wrong class only, so there is no imbalance
    assert float(imbalance(random_point(2, 3, 2, 1.0, np.random.default_rng(0)))) == 0.0
    # collapsed, but with unequal norms: only misalignment is left
    p = collapsed_point(4, 2, 4, squared_norm=4.0, norm_ratio=2.0)
    assert float(imbalance(p)) == pytest.approx(0.0, abs=1e-15)
    assert float(spread(p)) == pytest.approx(0.0, abs=1e-15)
    assert float(misalignment(p)) > 0.1


@pytest.mark.parametrize("shape", [(2, 1, 1), (3, 1, 3), (3, 4, 3), (4, 2, 4)], ids=str)
def test_attainment_is_decided_exactly(shape):
    p = integer_collapsed_point(*shape)
    assert bool(attains_sphere_bound(p))
    moved = type(p)(p.W, p.H * 2)
    assert not bool(attains_sphere_bound(moved))
    assert bool(attains_sphere_bound(Witness(W=[[0], [0]], H=[[0, 0]]).point()))


def test_the_bound_is_the_loss_at_collapse():
    for shape in [(2, 1, 1), (3, 2, 4), (5, 3, 4)]:
        p = collapsed_point(*shape, squared_norm=5.0)
        assert float(sphere_bound(p)) == pytest.approx(float(p.loss), rel=1e-14)


@pytest.mark.slow
def test_the_adversary_reaches_the_bound_from_elsewhere_where_collapse_is_possible():
    domain = Domain(K=3, n=1, d=2)
    verdict = falsify(BOUND, domain, evaluations=20_000, with_simplex=False)
    assert verdict.status == "unfalsified"
    assert 0 <= verdict.slack < 1e-9
