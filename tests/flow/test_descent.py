"""Gradient descent against plain loops, the two losses, and divergence with its step."""

import math

import numpy as np
import pytest

from ncverify.domain import Shape
from ncverify.flow.descent import gradient_descent
from ncverify.flow.integration import gradient_flow
from ncverify.literature.ulpm_2022._appendix_d import PAPER, gaussian_start
from ncverify.point import Point
from tests.flow.starts import gaussian


def _plain(p: Point, rate: float, steps: int) -> Point:
    for _ in range(steps):
        dW, dH = p.gradient
        p = Point(p.W - rate * dW, p.H - rate * dH)
    return p


def test_it_is_the_iteration():
    p = gaussian(Shape(3, 2, 4))
    path = gradient_descent(p, learning_rate=0.3, steps=50, record=[20])
    for row, steps in ((1, 20), (2, 50)):
        q = _plain(p, 0.3, steps)
        np.testing.assert_allclose(path.W[row], q.W, rtol=1e-11)
        np.testing.assert_allclose(path.H[row], q.H, rtol=1e-11)


def test_the_mean_is_the_sum_at_a_smaller_rate():
    p = gaussian(Shape(3, 2, 4))
    mean = gradient_descent(p, learning_rate=1.2, steps=40, loss="mean", record=[])
    total = gradient_descent(p, learning_rate=0.2, steps=40, loss="sum", record=[])
    np.testing.assert_allclose(mean.W[-1], total.W[-1], rtol=1e-12)
    assert mean["log_t"][-1] == pytest.approx(math.log(8.0))


def test_small_steps_follow_the_flow():
    p = gaussian(Shape(3, 2, 4), scale=0.5)
    flow = gradient_flow(p, until_log_t=math.log(5.0), record=[], rtol=1e-11)
    gaps = []
    for rate in (1e-2, 1e-3):
        path = gradient_descent(p, learning_rate=rate, steps=round(5 / rate), record=[])
        gaps.append(float(np.linalg.norm(path.directions()[-1] - flow.directions()[-1])))
    assert gaps[0] < 0.05
    assert gaps[1] == pytest.approx(gaps[0] / 10, rel=0.2)


@pytest.mark.parametrize("seed", range(3))
def test_the_run_of_appendix_d_as_printed_diverges_and_says_when(seed):
    path = gradient_descent(gaussian_start(PAPER, seed), learning_rate=5, steps=1000)
    assert path.settings["diverged_at"] < 100
    assert path.ended == f"diverged at step {path.settings['diverged_at']}"
    assert path.settings["rises"] > 10
    assert np.isfinite(path.W).all()
    assert np.isfinite(path.H).all()
    assert np.isfinite(path["log_loss"]).all()
    # every step multiplies the norm by about the same factor: no accident of overflow
    growth = np.diff(np.log(path["rho"][-8:])) / np.diff(path["log_t"][-8:])
    assert (growth > 0).all()


def test_the_mean_loss_does_not_diverge():
    path = gradient_descent(gaussian_start(PAPER, 0), learning_rate=5, steps=500, loss="mean")
    assert path.settings["diverged_at"] is None
    assert path.ended == "500 steps"


def test_progress_is_told():
    told = []
    gradient_descent(gaussian(Shape(2, 1, 1)), learning_rate=0.1, steps=5, progress=told.append)
    assert told == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"learning_rate": 0.0, "steps": 1}, "learning_rate"),
        ({"learning_rate": math.inf, "steps": 1}, "learning_rate"),
        ({"learning_rate": 1.0, "steps": 0}, "steps"),
        ({"learning_rate": 1.0, "steps": 1, "loss": "max"}, "'max'"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        gradient_descent(gaussian(Shape(2, 1, 1)), **options)


def test_a_step_beyond_the_range_of_floats_diverges_without_a_warning():
    path = gradient_descent(gaussian(Shape(3, 2, 4)), learning_rate=1e308, steps=5)
    assert path.settings["diverged_at"] == 1
    np.testing.assert_array_equal(path.W[-1], path.W[0])


@pytest.mark.slow
def test_twenty_steps_of_a_decade_are_recorded_and_both_ends():
    path = gradient_descent(gaussian(Shape(2, 1, 2)), learning_rate=0.5, steps=10_000)
    steps = np.rint(np.exp(path["log_t"][1:]) / 0.5).astype(int)
    assert (steps[0], steps[-1]) == (1, 10_000)
    assert (np.diff(steps) > 0).all()
    for low in (100, 1000):
        assert ((low < steps) & (steps <= 10 * low)).sum() == 20
    assert path["log_t"][0] == -math.inf
    assert path.settings == {"learning_rate": 0.5, "loss": "sum", "steps": 10_000, "rises": 0, "diverged_at": None}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"learning_rate": 0.0, "steps": 1}, "learning_rate"),
        ({"learning_rate": math.inf, "steps": 1}, "learning_rate"),
        ({"learning_rate": 1.0, "steps": 0}, "steps"),
        ({"learning_rate": 1.0, "steps": 1, "loss": "max"}, "loss: expected 'sum' or 'mean', got 'max'"),
    ],
)
def test_descents_that_make_no_sense_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        gradient_descent(gaussian(Shape(2, 1, 2)), **options)


def test_every_step_is_told_and_the_drift_never_falls():
    told: list[int] = []
    path = gradient_descent(
        gaussian(Shape(3, 2, 4)), learning_rate=0.1, steps=30, record=[10, 20], progress=told.append
    )
    assert told == list(range(1, 31))
    assert (np.diff(path["relative_drift"]) >= 0).all()
    assert path["relative_drift"][-1] > 0
    assert np.isnan(path["sigma"][1:]).all()
