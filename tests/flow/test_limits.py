"""Extrapolated limits, slopes with confidence intervals, and offsets: where the answer is known, and on flows."""

import math

import numpy as np
import pytest

from ncverify.collapse import residuals
from ncverify.domain import Shape
from ncverify.flow.integration import gradient_flow, log_time_grid
from ncverify.flow.invariants import conserved
from ncverify.flow.kkt import least_stationarity
from ncverify.flow.limits import _at_zero, _spaced, limit_direction, mean_slope, slope
from ncverify.flow.offsets import complement_of, measured_offsets, predicted_offsets
from ncverify.flow.trajectory import Trajectory
from ncverify.point import Point
from ncverify.separation import multipliers
from tests.flow.starts import gaussian


def _artificial(values, log_t):
    """A trajectory that carries given values as a column."""
    one = np.ones((len(log_t), 2, 1))
    columns = {"log_t": np.asarray(log_t, dtype=float), "value": np.asarray(values, dtype=float)}
    return Trajectory(columns, one, np.ones((len(log_t), 1, 2)), conserved(Point(one[0], np.ones((1, 2)))))


def test_slopes_of_powers_are_their_exponents():
    log_t = np.geomspace(1, 1e6, 61)
    for power in (-1.0, -0.5, 0.0):
        path = _artificial(3 * log_t**power, log_t)
        assert slope(path, "value", 1e2, 1e5) == pytest.approx(power, abs=1e-12)


@pytest.mark.slow
def test_the_confidence_interval_covers_the_true_slope_as_often_as_it_says():
    rng = np.random.default_rng(0)
    log_t, covered = np.geomspace(1e2, 1e4, 21), 0
    for _ in range(400):
        slopes = -0.5 + 0.1 * rng.standard_normal(6)
        found = mean_slope([_artificial(log_t**s, log_t) for s in slopes], "value", 1e2, 1e4)
        assert found.trajectories == 6
        covered += abs(found.mean + 0.5) <= found.half_width
    assert 0.91 <= covered / 400 <= 0.985  # 95 % within three standard errors of 400 trials


def test_an_empty_window_or_a_single_trajectory_is_refused():
    path = _artificial([1.0, 0.5, 0.0], [1.0, 10.0, 100.0])
    with pytest.raises(ValueError, match="positive"):
        slope(path, "value", 1.0, 100.0)
    with pytest.raises(ValueError, match="two rows"):
        slope(path, "value", 2.0, 5.0)
    with pytest.raises(ValueError, match="at least two"):
        mean_slope([path], "value", 1.0, 10.0)


@pytest.fixture(scope="module")
def long_path():
    record = log_time_grid(1e6, per_decade=4, first=10.0)
    return gradient_flow(gaussian(Shape(3, 2, 4), scale=0.5), until_log_t=1e6, record=record, rtol=1e-10)


@pytest.mark.slow
def test_the_extrapolated_limit_is_collapsed_and_a_kkt_point(long_path):
    limit = limit_direction(long_path)
    assert limit.error < 1e-5
    assert max(float(r) for r in residuals(limit.point)[:3]) < 1e-5
    assert max(float(r) for r in residuals(long_path.end)[:3]) > 1e-4
    assert multipliers(limit.point).stationarity < 1e-5


def test_the_error_bar_covers_the_distance_to_a_later_limit(long_path):
    early = gradient_flow(
        gaussian(Shape(3, 2, 4), scale=0.5),
        until_log_t=1e4,
        record=log_time_grid(1e4, per_decade=4, first=10.0),
        rtol=1e-10,
    )
    near, far = limit_direction(early), limit_direction(long_path)
    gap = math.hypot(
        np.linalg.norm(near.point.W - far.point.W),
        np.linalg.norm(near.point.H - far.point.H),
    )
    assert far.error < near.error / 50
    assert gap <= near.error


def test_in_one_over_log_t_the_error_bar_would_be_wrong(long_path):
    """Why the extrapolation is not in 1/log t: a conserved offset has a term like 1/sqrt(log t)."""
    far = limit_direction(long_path).point
    early = gradient_flow(
        gaussian(Shape(3, 2, 4), scale=0.5), until_log_t=1e4, record=log_time_grid(1e4, 4, 10.0), rtol=1e-10
    )
    found = {name: limit_direction(early, variable=name) for name in ("1/rho", "1/sqrt(log t)", "1/log t")}
    gaps = {
        name: math.hypot(np.linalg.norm(limit.point.W - far.W), np.linalg.norm(limit.point.H - far.H))
        for name, limit in found.items()
    }
    assert gaps["1/rho"] <= found["1/rho"].error
    assert gaps["1/sqrt(log t)"] <= found["1/sqrt(log t)"].error
    assert gaps["1/log t"] > 5 * found["1/log t"].error
    assert gaps["1/rho"] < gaps["1/sqrt(log t)"] < gaps["1/log t"] / 100
    with pytest.raises(ValueError, match="variable"):
        limit_direction(early, variable="log t")


def test_too_short_a_trajectory_is_refused():
    path = gradient_flow(gaussian(Shape(3, 2, 4)), until_log_t=1.0, record=[])
    with pytest.raises(ValueError, match="rows whose norms differ"):
        limit_direction(path)


def test_conserved_offsets_are_found_again_at_the_end(long_path):
    complement = complement_of(limit_direction(long_path).point)
    predicted = predicted_offsets(long_path.origin, 3, complement)
    found = measured_offsets(long_path.end, complement)
    assert found.classifiers == pytest.approx(predicted.classifiers, rel=1e-8)
    assert found.features == pytest.approx(predicted.features, rel=1e-5)
    start = measured_offsets(long_path.point(0), complement)
    assert start.features != pytest.approx(predicted.features, rel=1e-3)


def test_the_best_multipliers_are_no_worse_than_the_softmax_and_fall_like_one_over_rho(long_path):
    rows = range(5, len(long_path), 5)
    best = least_stationarity(long_path, list(rows))
    assert (best <= long_path["stationarity"][list(rows)] * (1 + 1e-6)).all()
    products = best * long_path["rho"][list(rows)]
    np.testing.assert_allclose(products, products[-1], rtol=0.05)
    assert np.isnan(least_stationarity(long_path, [0])[0]) == (long_path["q_min"][0] <= 0)


def test_every_row_with_a_margin_has_best_multipliers_and_the_others_have_none():
    path = gradient_flow(gaussian(Shape(3, 2, 4), scale=0.5), until_log_t=3.0, record=[-1.0, 0.5, 1.0])
    found = least_stationarity(path)
    assert found.shape == (len(path),)
    assert 0 < np.isnan(found).sum() < len(path)
    assert (path["q_min"] < 1).any()
    for row, value in enumerate(found):
        if path["q_min"][row] > 0:
            assert value == multipliers(path.point(row), active_within=math.inf).stationarity
        else:
            assert math.isnan(value)
    assert least_stationarity(path, [len(path) - 1, 0]).tolist()[0] == found[-1]


def test_a_margin_of_exactly_zero_is_none():
    path = _artificial([1.0], [1.0])
    level = Trajectory({**path.columns, "q_min": np.zeros(1)}, path.W, path.H, path.origin)
    assert np.isnan(least_stationarity(level)).tolist() == [True]
    assert least_stationarity(level).dtype == np.float64


def test_a_disturbed_ray_is_left_only_as_fast_as_rho_grows():
    """The flow leaves Example 3.1's ray, but a disturbance of the direction grows like rho: like sqrt(log t)."""
    corner = np.array([[1.0, -1.0], [-1.0, 1.0]])
    start = np.kron(np.eye(2), corner)
    noise = 1e-7 * np.random.default_rng(0).standard_normal((2, 4, 4))
    record = log_time_grid(1e6, per_decade=1, first=10.0)
    path = gradient_flow(Point(start + noise[0], start + noise[1]), until_log_t=1e6, record=record, rtol=1e-10)
    distance = np.linalg.norm(path.directions()[1:] - path.directions()[0], axis=1)
    exponent = np.polyfit(np.log(path["rho"][3:]), np.log(distance[2:]), 1)[0]
    assert exponent == pytest.approx(1.0, abs=0.05)
    assert distance[-1] < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize(("K", "n", "exponent"), [(2, 4, 1 / 2), (3, 2, 1 / 6), (4, 2, 1 / 8)])
def test_without_room_for_an_offset_features_of_a_class_meet_like_a_power_of_t(K, n, exponent):
    """In d = K-1 differences within a class fall like t^(-1/(2K)), and like t^(-1/2) for two classes.

    Near collapse the slowest of them decays at the rate rho^2 / (2 K (K-1)^2 n) per unit of sigma, while log t grows by
    rho^2 / ((K-1)^2 n).
    """
    p = gaussian(Shape(K, n, K - 1), scale=0.5)
    path = gradient_flow(p, until_log_t=400.0, record=np.linspace(10, 390, 96), rtol=1e-11)
    log_t, differences = path["log_t"][1:], path["within_class_variation"][1:] * path["rho"][1:]
    late = (log_t > (10 if K == 2 else 40)) & (differences > 1e-8)
    assert np.polyfit(log_t[late], np.log(differences[late]), 1)[0] == pytest.approx(-exponent, rel=0.03)


def test_extrapolation_to_zero_is_exact_for_polynomials_through_the_points():
    x = np.array([0.5, 0.25, 0.125])
    polynomials = np.stack([3 + 0 * x, 1 - 2 * x, 5 + x - 4 * x**2], axis=1)
    np.testing.assert_allclose(_at_zero(x, polynomials), [3, 1, 5], rtol=1e-13)
    assert abs(_at_zero(x[1:], polynomials[1:])[2] - 5) > 0.1


def test_rows_are_taken_from_the_end_where_the_norm_has_fallen_by_the_factor():
    rho = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 9.0])
    assert _spaced(rho, 3, 1.5) == [3, 5, 6]
    assert _spaced(rho, 4, 1.4) == [1, 3, 5, 6]
    assert _spaced(rho, 1, 100.0) == [6]
    with pytest.raises(ValueError, match=r"^trajectory: expected 4 rows whose norms differ by a factor 3.0, got 3$"):
        _spaced(rho, 4, 3.0)


def test_an_unknown_variable_or_quantity_is_refused_by_name(long_path):
    with pytest.raises(ValueError, match=r"^variable: expected one of 1/rho, 1/sqrt\(log t\), 1/log t, got '1/t'$"):
        limit_direction(long_path, variable="1/t")
    with pytest.raises(ValueError, match=r"^name: expected one of log_t, .*, got 'speed'$"):
        slope(long_path, "speed", 10.0, 100.0)


def test_the_error_bar_is_the_distance_from_the_extrapolation_of_one_order_less(long_path):
    rows = _spaced(long_path["rho"], 3, 1.5)
    for variable, x in (("1/rho", 1 / long_path["rho"][rows]), ("1/log t", 1 / long_path["log_t"][rows])):
        limit = limit_direction(long_path, variable=variable)
        both = [_at_zero(x[i:], long_path.directions()[rows][i:]) for i in (0, 1)]
        assert limit.error == pytest.approx(np.linalg.norm(both[0] - both[1]), rel=1e-9)
        found = np.concatenate([limit.point.W.ravel(), limit.point.H.ravel()])
        np.testing.assert_allclose(found, both[0], rtol=1e-12)
