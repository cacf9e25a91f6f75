"""Value, gradient and Hessian product with weight decay, beside automatic differentiation and in balls."""

import numpy as np
import pytest

from ncverify.numbers.ball import BALL, precision
from ncverify.weight_decay import (
    DecayProblem,
    Triple,
    decay_gradient,
    decay_hessian_product,
    decay_value,
    dense_decay_hessian,
    least_curvature,
)
from ncverify.weight_decay.curvature import flattened, unflattened
from ncverify.weight_decay.model import logit_gradient
from tests.weight_decay.problems import cases, derivatives


@pytest.mark.slow
def test_value_gradient_and_hessian_are_those_of_automatic_differentiation():
    for problem, point, direction in cases(25):
        f, gradient, hessian = derivatives(problem, point)
        assert abs(decay_value(problem, point) - f) < 1e-13 * (1 + abs(f))
        np.testing.assert_allclose(flattened(decay_gradient(problem, point)), gradient, rtol=0, atol=1e-13)
        image = flattened(decay_hessian_product(problem, point, direction))
        np.testing.assert_allclose(image, hessian @ flattened(direction), rtol=0, atol=1e-12)
        np.testing.assert_allclose(dense_decay_hessian(problem, point), hessian, rtol=0, atol=1e-13)


def test_the_product_with_another_weight_is_not_the_hessian():
    problem, point, direction = next(cases(1))
    heavier = DecayProblem(problem.class_sizes, problem.lambda_W * 1.001, problem.lambda_H, problem.lambda_b)
    image = flattened(decay_hessian_product(heavier, point, direction))
    assert np.abs(image - derivatives(problem, point)[2] @ flattened(direction)).max() > 1e-7


def test_stacks_of_directions_are_taken_together():
    problem, point, _ = next(cases(1, seed=1))
    size = sum(part.size for part in point)
    stack = unflattened(np.random.default_rng(0).standard_normal((2, 3, size)), point)
    together = flattened(decay_hessian_product(problem, point, stack))
    for i, j in np.ndindex(2, 3):
        alone = decay_hessian_product(problem, point, Triple(*(part[i, j] for part in stack)))
        np.testing.assert_allclose(together[i, j], flattened(alone), rtol=0, atol=1e-14)


def test_in_balls_the_numbers_enclose_those_of_floats():
    with precision(128):
        for problem, point, direction in cases(5, seed=2, largest=3):
            at, along = (Triple(*(BALL.asarray(part) for part in parts)) for parts in (point, direction))
            exact, floats = decay_hessian_product(problem, at, along), decay_hessian_product(problem, point, direction)
            for part, own in zip(exact, floats, strict=True):
                middle = np.vectorize(lambda x: float(x.mid()))(part.data)
                np.testing.assert_allclose(middle, own, rtol=0, atol=1e-13)
                assert max(float(x.rad()) for x in part.data.ravel()) < 1e-30
            assert abs(float(decay_value(problem, at).item().mid()) - decay_value(problem, point)) < 1e-13


def test_no_eigenvalue_is_below_the_bound():
    for problem, point, _ in cases(40, seed=3):
        s = float(np.linalg.norm(logit_gradient(problem, point), 2))
        least = float(np.linalg.eigvalsh(dense_decay_hessian(problem, point))[0])
        assert least >= least_curvature(problem, s) - 1e-13
    problem = DecayProblem((1, 1), 0.25, 1.0, 2.0)
    assert least_curvature(problem, 0.5) == 0.0
    assert least_curvature(problem, 0.51) < 0 < least_curvature(problem, 0.49)
    assert least_curvature(DecayProblem((1, 1), 0.25, 1.0), 0.1) == 0.0  # the shift of the bias


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (((1,), 1.0, 1.0), "class_sizes: expected at least two classes"),
        (((1, 0), 1.0, 1.0), "class_sizes: expected at least two classes"),
        (((1, 1), 0.0, 1.0), "lambda_W: expected a finite number > 0"),
        (((1, 1), 1.0, float("nan")), "lambda_H: expected a finite number > 0"),
        (((1, 1), 1.0, 1.0, -0.5), "lambda_b: expected a finite number >= 0"),
    ],
)
def test_problems_out_of_range_are_refused_by_name(fields, message):
    with pytest.raises(ValueError, match=message):
        DecayProblem(*fields)


def test_points_that_do_not_fit_are_refused_by_name():
    problem = DecayProblem((2, 1), 1.0, 1.0)
    with pytest.raises(TypeError, match="point: expected a Triple"):
        decay_value(problem, (np.ones((2, 1)), np.ones((1, 3))))
    with pytest.raises(ValueError, match="point: W: expected shape"):
        decay_value(problem, Triple(np.ones((3, 1)), np.ones((1, 3)), np.ones(2)))
    with pytest.raises(ValueError, match=r"point: expected H \(d, N\)"):
        decay_gradient(problem, Triple(np.ones((2, 1)), np.ones((1, 4)), np.ones(2)))
