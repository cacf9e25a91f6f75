"""The reduction to W and b: the same product, the inertia of the Hessian at every level, and no other."""

import numpy as np
import pytest

from ncverify.weight_decay import decay_hessian_product, dense_decay_hessian
from ncverify.weight_decay.curvature import flattened
from ncverify.weight_decay.reduction import DecayOperator, Reduced, reduced_direction
from tests.weight_decay.problems import cases


def form(problem, point, level):
    """The reduced operator as a matrix."""
    operator = DecayOperator(problem, point)
    reduced = Reduced(operator, operator.forms(), level)
    K, d = point.W.shape
    return np.array([reduced(e.reshape(K, d + 1)).ravel() for e in np.eye(K * (d + 1))])


def test_the_operator_is_the_hessian():
    for problem, point, direction in cases(10):
        ours = flattened(DecayOperator(problem, point).product(direction))
        np.testing.assert_allclose(
            ours, flattened(decay_hessian_product(problem, point, direction)), rtol=0, atol=1e-13
        )


@pytest.mark.parametrize("share", [0.2, 0.9, -0.5])
def test_below_a_level_the_reduction_has_as_many_eigenvalues_as_the_hessian(share):
    seen = set()
    for problem, point, _ in cases(20, seed=4):
        level = share * problem.lambda_H if share > 0 else share * problem.lambda_H * 10
        matrix = form(problem, point, level)
        np.testing.assert_allclose(matrix, matrix.T, rtol=0, atol=1e-11)
        expected = int((np.linalg.eigvalsh(dense_decay_hessian(problem, point)) < level).sum())
        assert int((np.linalg.eigvalsh(matrix) < 0).sum()) == expected
        seen.add(expected)
    assert len(seen) > 2


def test_with_blocks_of_another_weight_the_inertia_is_another():
    wrong = 0
    for problem, point, _ in cases(20, seed=4):
        operator = DecayOperator(problem, point)
        reduced, (K, d) = Reduced(operator, 40 * operator.forms(), 0.9 * problem.lambda_H), point.W.shape
        matrix = np.array([reduced(e.reshape(K, d + 1)).ravel() for e in np.eye(K * (d + 1))])
        own = int((np.linalg.eigvalsh((matrix + matrix.T) / 2) < 0).sum())
        wrong += own != int((np.linalg.eigvalsh(dense_decay_hessian(problem, point)) < 0.9 * problem.lambda_H).sum())
    assert wrong > 3


def test_the_direction_reaches_the_lowest_eigenvalue():
    for problem, point, _ in cases(20, seed=5):
        values = np.linalg.eigvalsh(dense_decay_hessian(problem, point))
        found = reduced_direction(problem, point, float(values[0]) - 0.01, 1e-9, 0)
        if found is None:
            assert values[0] > problem.lambda_H / 2 - 1e-9
            continue
        x = flattened(found[0])
        quotient = float(x @ flattened(decay_hessian_product(problem, point, found[0]))) / float(x @ x)
        assert quotient >= values[0] - 1e-12
        assert abs(quotient - values[0]) < 1e-8
