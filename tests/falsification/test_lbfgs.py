"""The batched L-BFGS against SciPy's on convex problems, and its promises about rows."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from ncverify.falsification.lbfgs import minimise

ROWS, SIZE = 6, 8
PRECISE = {"ftol": 1e-15, "gtol": 1e-10}


def batched(function):
    """Rows to (gradients, values)."""
    return torch.func.vmap(torch.func.grad_and_value(function))


def quadratic(condition):
    rng = np.random.default_rng(3)
    Q, _ = np.linalg.qr(rng.standard_normal((SIZE, SIZE)))
    A = torch.tensor(Q @ np.diag(np.geomspace(1.0, condition, SIZE)) @ Q.T)
    b = torch.tensor(rng.standard_normal(SIZE))
    return lambda x: 0.5 * x @ A @ x - b @ x


def logistic():
    rng = np.random.default_rng(4)
    data = torch.tensor(rng.standard_normal((40, SIZE)))
    sign = torch.tensor(np.sign(rng.standard_normal(40)))
    return lambda x: torch.nn.functional.softplus(-sign * (data @ x)).mean() + 0.01 * x @ x


def log_sum_exp():
    rng = np.random.default_rng(5)
    data = torch.tensor(rng.standard_normal((20, SIZE)))
    return lambda x: torch.logsumexp(data @ x, 0) + 0.1 * x @ x


PROBLEMS = {
    "quadratic, condition 10": quadratic(10.0),
    "quadratic, condition 1e4": quadratic(1e4),
    "logistic regression": logistic(),
    "log-sum-exp": log_sum_exp(),
}


def starts():
    return torch.tensor(np.random.default_rng(6).standard_normal((ROWS, SIZE)))


def scipy_minimum(function, start):
    def value_and_gradient(x):
        gradient, value = torch.func.grad_and_value(function)(torch.tensor(x))
        return float(value), gradient.numpy()

    found = minimize(value_and_gradient, start.numpy(), jac=True, method="L-BFGS-B", options=PRECISE)
    return found.fun


@pytest.mark.slow
@pytest.mark.parametrize("name", PROBLEMS)
def test_every_row_reaches_the_minimum_that_scipy_finds(name):
    function = PROBLEMS[name]
    x, evaluations = minimise(batched(function), starts(), calls=300)
    for row, start in zip(x, starts(), strict=True):
        best = scipy_minimum(function, start)
        # a stall is progress below 1e-9 of the value, three times in a row
        assert float(function(row)) <= best + 1e-6 * max(1.0, abs(best))
    assert evaluations >= ROWS


def test_no_row_ever_gets_worse():
    function = PROBLEMS["log-sum-exp"]
    values = []
    minimise(batched(function), starts(), calls=50, watch=lambda x: values.append(torch.func.vmap(function)(x)))
    for before, after in pairwise(values):
        assert bool((after <= before).all())


def test_rows_do_not_influence_each_other():
    function = PROBLEMS["quadratic, condition 10"]
    together, _ = minimise(batched(function), starts(), calls=5)
    alone = torch.cat([minimise(batched(function), row[None], calls=5)[0] for row in starts()])
    np.testing.assert_allclose(together.numpy(), alone.numpy(), rtol=1e-9)


def test_a_row_without_a_value_stays_where_it_is():
    def function(x):
        return torch.where(x[0] > 0, torch.nan, (x * x).sum())

    x = torch.tensor([[1.0, 1.0], [-1.0, 1.0]], dtype=torch.float64)
    moved, _ = minimise(batched(function), x, calls=20)
    assert moved[0].tolist() == [1.0, 1.0]
    assert float((moved[1] ** 2).sum()) < 2


def test_a_stationary_start_spends_next_to_nothing():
    zero = torch.zeros((2, SIZE), dtype=torch.float64)
    moved, evaluations = minimise(batched(lambda x: (x * x).sum()), zero, calls=100)
    assert moved.tolist() == zero.tolist()
    assert evaluations <= 10 * len(zero)


@pytest.mark.parametrize("scale", [1e-8, 1e8])
def test_the_step_follows_the_size_of_the_point(scale):
    """A relative problem: the minimum lies at `scale`, and steps are measured by the point, not by one."""
    x, _ = minimise(
        batched(lambda x: ((x / scale - 1) ** 2).sum()),
        3 * scale * torch.ones((1, 3), dtype=torch.float64),
        calls=60,
    )
    np.testing.assert_allclose(x.numpy(), scale, rtol=1e-4)
