"""The gradient flow against gradient descent, against SciPy's stiff solver, and its cost as the problem grows.

Rounds alternate between the rivals, so that a busy machine slows both.
"""

import math

import numpy as np
from scipy.integrate import BDF

from ncverify.domain import Shape
from ncverify.flow import METRICS, Trajectory, gradient_flow
from ncverify.flow.field import Field
from ncverify.metrics import section_4_metrics
from ncverify.point import Point
from tests.benchmarks.ratio import ROUNDS, interleaved, recorded, seconds

PAPER = Shape(5, 10, 20)
EPOCHS, LEARNING_RATE = 100_000, 5.0


def start(shape: Shape, scale: float) -> Point:
    """Independent Gaussian coordinates."""
    rng = np.random.default_rng(0)
    K, n, d = shape
    return Point(scale * rng.standard_normal((K, d)), scale * rng.standard_normal((d, K * n)))


def descended(p: Point) -> Point:
    """10^5 epochs of descent on the mean loss at learning rate 5, nothing recorded, as lean as NumPy allows."""
    W, H, columns = p.W.copy(), p.H.copy(), np.arange(p.K * p.n)
    own, rate = columns // p.n, LEARNING_RATE / (p.K * p.n)
    for _ in range(EPOCHS):
        G = W @ H
        G -= G.max(axis=0)
        np.exp(G, out=G)
        G *= rate / G.sum(axis=0)
        G[own, columns] -= rate
        step = G @ H.T
        H -= W.T @ G
        W -= step
    return Point(W, H)


def test_the_flow_to_the_papers_end_against_descent(benchmark):
    p = start(PAPER, PAPER.d**-0.5)
    end = math.log(EPOCHS)  # a later moment of the flow than that of the descent, whose t is epochs / 10
    sides = interleaved(lambda: gradient_flow(p, until_log_t=end, record=[]), lambda: descended(p))
    benchmark.pedantic(lambda: gradient_flow(p, until_log_t=end, record=[]), rounds=3)
    same_time = gradient_flow(p, until_log_t=math.log(EPOCHS * LEARNING_RATE / (p.K * p.n)), record=[])
    gaps = [abs(float(getattr(section_4_metrics(sides.reference), name)) - same_time[name][-1]) for name in METRICS]
    benchmark.extra_info.update(largest_gap_of_a_metric=max(gaps))
    assert max(gaps) < 0.01
    ratio = recorded(benchmark, "flow-descent", "faster", sides.ours, sides.theirs)
    assert ratio >= 20, f"{ratio:.0f} times faster than {EPOCHS} epochs, expected 20"


def by_scipy(p: Point, log_loss: float, rtol: float) -> float:
    """log L that SciPy's BDF reaches with the exact Jacobian as a dense matrix, at the same tolerance over rho."""
    field = Field.of(p)
    identity = np.eye(field.size)

    def jacobian(_, x):
        local = field.at(x)
        return -np.stack([local.hessian_product(e) for e in identity], axis=1)

    x = field.pack(p)
    # SciPy's norm is a root mean square over coordinates, ours the Euclidean norm: the same error in both
    atol = rtol * float(np.linalg.norm(x)) / math.sqrt(field.size)
    solver = BDF(lambda _, y: -field.at(y).gradient, 0.0, x, math.inf, rtol=rtol, atol=atol, jac=jacobian)
    while field.at(solver.y).log_loss > log_loss:
        solver.step()
    return field.at(solver.y).log_loss


def test_the_flow_to_ten_thousand_against_scipys_stiff_solver(benchmark):
    p, horizon, rtol = start(PAPER, 1.0), 1e4, 1e-6
    sides = interleaved(
        lambda: gradient_flow(p, until_log_t=horizon, record=[], rtol=rtol), lambda: by_scipy(p, -horizon, rtol)
    )
    benchmark.pedantic(lambda: gradient_flow(p, until_log_t=horizon, record=[], rtol=rtol), rounds=3)
    benchmark.extra_info.update(error=sides.found.error_estimate)
    ratio = recorded(benchmark, "flow-scipy", "faster", sides.ours, sides.theirs)
    assert ratio >= 5, f"{ratio:.1f} times faster than SciPy's BDF, expected 5"


def _measured(shape: Shape, horizon: float) -> tuple[float, Trajectory]:
    return seconds(lambda: gradient_flow(start(shape, 1.0), until_log_t=horizon, record=[]))


def test_ten_thousand_in_seconds_and_a_hundred_thousand_in_a_minute(benchmark):
    benchmark.pedantic(lambda: _measured(PAPER, 1e5), rounds=1)
    for row, horizon, target in (("flow-far", 1e4, 5), ("flow-farther", 1e5, 60)):
        spent = recorded(benchmark, row, "seconds", [_measured(PAPER, horizon)[0] for _ in range(ROUNDS)])
        assert spent < target


def test_cost_per_unit_of_log_t_as_the_number_of_classes_grows(benchmark):
    """d = 2K, n = 10: from the start to log t = 100; the fitted exponents are reported, not demanded."""
    horizon, classes = 100.0, (5, 10, 20, 50)
    costs, products = [], []
    for K in classes:
        spent, path = _measured(Shape(K, 10, 2 * K), horizon)
        costs.append(spent / horizon)
        products.append(path.settings["products"] + path.settings["evaluations"])
    benchmark.pedantic(lambda: _measured(PAPER, horizon), rounds=1)
    exponent = float(np.polyfit(np.log(classes), np.log(costs), 1)[0])
    work = float(np.polyfit(np.log(classes), np.log(products), 1)[0])
    benchmark.extra_info.update(
        seconds_per_unit_of_log_t=dict(zip(map(str, classes), costs, strict=True)),
        exponent_in_K=exponent,
        exponent_of_evaluations_and_products=work,
    )
    assert exponent < 3.5  # one product costs about K^3 operations: more would mean more products, not larger ones
