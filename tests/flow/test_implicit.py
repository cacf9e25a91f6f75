"""The stiff integrator against an explicit one of high order, its error control, and what it refuses."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ncverify.domain import Shape
from ncverify.flow.field import Field
from ncverify.flow.implicit import BackwardDifferences
from ncverify.flow.krylov import NotPositiveDefiniteError, conjugate_gradients
from ncverify.point import Point
from tests.flow.starts import SHAPES, gaussian

SPAN = 12.0


def _reference(p: Point, sigma: float) -> np.ndarray:
    field = Field.of(p)
    solution = solve_ivp(
        lambda _, x: -field.at(x).gradient, (0, sigma), field.pack(p), method="DOP853", rtol=1e-13, atol=1e-13
    )
    return solution.y[:, -1]


def _at(p: Point, sigma: float, rtol: float) -> np.ndarray:
    field = Field.of(p)
    solver = BackwardDifferences(field, field.pack(p), rtol=rtol)
    while solver.sigma < sigma:
        solver.step()
    return solver.dense(sigma)


@pytest.mark.parametrize("shape", SHAPES)
def test_it_agrees_with_an_explicit_method_of_order_eight(shape):
    p = gaussian(shape, scale=0.5)
    exact = _reference(p, 4.0)
    assert np.linalg.norm(_at(p, 4.0, 1e-10) - exact) <= 1e-7 * np.linalg.norm(exact)


def test_the_error_follows_the_tolerance():
    p = gaussian(Shape(4, 2, 3), scale=0.5)
    exact = _reference(p, SPAN)
    errors = [np.linalg.norm(_at(p, SPAN, rtol) - exact) / np.linalg.norm(exact) for rtol in (1e-5, 1e-7, 1e-9)]
    for rtol, error in zip((1e-5, 1e-7, 1e-9), errors, strict=True):
        assert error <= 100 * rtol
    assert errors[0] > 10 * errors[1] > 100 * errors[2]


def test_dense_output_meets_the_steps_and_the_field():
    p = gaussian(Shape(3, 2, 2))
    field = Field.of(p)
    solver = BackwardDifferences(field, field.pack(p), rtol=1e-9)
    for _ in range(60):
        solver.step()
    before, now = solver.previous_sigma, solver.sigma
    np.testing.assert_allclose(solver.dense(now), solver.x, rtol=1e-13)
    middle, h = (before + now) / 2, 1e-3 * (now - before)
    slope = (solver.dense(middle + h) - solver.dense(middle - h)) / (2 * h)
    velocity = -field.at(solver.dense(middle)).gradient
    assert np.linalg.norm(slope - velocity) <= 1e-5 * np.linalg.norm(velocity)


def test_a_critical_point_is_refused():
    field = Field(Shape(2, 1, 1))
    with pytest.raises(ValueError, match="gradient is zero"):
        BackwardDifferences(field, np.zeros(field.size), rtol=1e-8)


@pytest.mark.parametrize("rtol", [0.0, 1e-15, 1.0, float("nan")])
def test_a_tolerance_that_cannot_be_met_is_refused(rtol):
    field = Field(Shape(2, 1, 1))
    with pytest.raises(ValueError, match="rtol"):
        BackwardDifferences(field, np.ones(field.size), rtol=rtol)


def test_conjugate_gradients_solve_and_notice_negative_curvature():
    rng = np.random.default_rng(0)
    A = rng.standard_normal((30, 30))
    A, b = A + A.T, rng.standard_normal(30)
    positive = A @ A
    x, _ = conjugate_gradients(lambda v: positive @ v, 0.5, b, 1e-10)
    np.testing.assert_allclose(x + 0.5 * positive @ x, b, atol=1e-9)
    with pytest.raises(NotPositiveDefiniteError):
        conjugate_gradients(lambda v: A @ v, 100.0, b, 1e-10)


def test_the_order_stays_between_one_and_five():
    p = gaussian(Shape(3, 2, 4), scale=0.5)
    field = Field.of(p)
    solver = BackwardDifferences(field, field.pack(p), rtol=1e-10)
    orders = []
    for _ in range(200):
        solver.step()
        orders.append(solver.order)
    assert min(orders) == 1
    assert max(orders) == 5
    fresh = BackwardDifferences(field, field.pack(p), rtol=1e-8)
    fresh._choose(error=0.9, tolerance=1e30)  # all other orders promise longer steps, and a lower one there is none
    assert fresh.order == 2
