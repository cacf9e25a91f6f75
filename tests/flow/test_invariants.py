"""Conserved quantities: along the flow, not along a large step of descent, and as identities."""

import numpy as np
import pytest

from ncverify.domain import Shape
from ncverify.falsification.polynomial import prove_identity
from ncverify.flow.descent import gradient_descent
from ncverify.flow.integration import gradient_flow
from ncverify.flow.invariants import Conserved, conserved, relative_drift
from ncverify.literature.ulpm_2022._late_points import FLOW
from ncverify.literature.ulpm_2022.appendix_d import BALANCE_IS_CONSERVED, FALSE_INVARIANTS, SUM_IS_CONSERVED
from ncverify.point import Point
from tests.flow.starts import gaussian


def test_the_flow_conserves_them():
    p = gaussian(Shape(4, 2, 5))
    path = gradient_flow(p, until_log_t=1e4, record=[1.0, 100.0], rtol=1e-11)
    start = conserved(p)
    for row in range(len(path)):
        now = conserved(path.point(row))
        np.testing.assert_allclose(now.balance, start.balance, atol=1e-8)
        np.testing.assert_allclose(now.classifier_sum, start.classifier_sum, atol=1e-10)
    assert path.error_estimate <= 1e-9


def test_descent_conserves_them_up_to_its_learning_rate():
    p = gaussian(Shape(4, 2, 5))
    drifts = [
        gradient_descent(p, learning_rate=rate, steps=round(2 / rate), record=[]).error_estimate
        for rate in (1e-2, 1e-3)
    ]
    assert drifts[0] > 1e-4
    assert drifts[1] == pytest.approx(drifts[0] / 10, rel=0.2)


def test_they_are_the_sum_of_the_classifiers_and_the_difference_of_the_gram_matrices():
    W, H = np.array([[3.0, 1.0], [4.0, 0.0]]), np.array([[1.0, 2.0], [0.0, 5.0]])
    found = conserved(Point(W, H))
    assert found.classifier_sum.tolist() == [7.0, 1.0]
    assert found.balance.tolist() == [[20.0, -7.0], [-7.0, -24.0]]


def test_drift_of_either_is_measured_against_its_own_scale():
    """|(W, H)|^2 = 100: the balance drifts by units of 100, the sum of the classifiers by units of 10."""
    W, H = np.array([[6.0, 0.0], [0.0, 0.0]]), np.array([[8.0, 0.0], [0.0, 0.0]])
    start = conserved(Point(W, H))
    moved = Conserved(start.classifier_sum + np.array([3.0, 4.0]), start.balance)
    assert relative_drift(moved, W, H) == 0.5
    moved = Conserved(start.classifier_sum, start.balance + np.array([[30.0, 0.0], [0.0, 40.0]]))
    assert relative_drift(moved, W, H) == 0.5


def test_both_are_identities_of_any_logit_gradient():
    for identity in (SUM_IS_CONSERVED, BALANCE_IS_CONSERVED):
        found = prove_identity(identity, FLOW)
        assert found.holds
        assert found.error_probability < 1e-40
    for neighbour in FALSE_INVARIANTS:
        assert not prove_identity(neighbour.statement, FLOW).holds


def test_drift_is_zero_at_the_start_and_measured_against_the_norm():
    p = gaussian(Shape(3, 1, 2))
    start = conserved(p)
    assert relative_drift(start, p.W, p.H) == 0.0
    assert relative_drift(start, 2 * p.W, 2 * p.H) == pytest.approx(relative_drift(start, -2 * p.W, 2 * p.H), rel=1)
    assert relative_drift(start, p.W, 1.01 * p.H) > 1e-3
