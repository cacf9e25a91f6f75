"""Whole flows: events, records, resuming, error estimate, symmetries, the end of time, and what is refused."""

import math

import numpy as np
import pytest

from ncverify.domain import Shape
from ncverify.flow.integration import (
    gradient_flow,
    log_loss_reaches,
    log_time_grid,
    log_time_reaches,
    loss_reaches,
    margin_reaches,
    norm_reaches,
    resume,
)
from ncverify.flow.invariants import relative_drift
from ncverify.point import Point
from tests.flow.starts import gaussian, separated


def _distance(a, b):
    return float(np.linalg.norm(a.directions()[-1] - b.directions()[-1]))


def test_the_logarithm_of_the_loss_is_an_event_too():
    watched = [log_loss_reaches(-2.5), log_loss_reaches(-4.0, terminal=True)]
    path = gradient_flow(gaussian(Shape(3, 2, 4)), events=watched, record=[], rtol=1e-10)
    assert [event.name for event in path.events] == ["log loss = -2.5", "log loss = -4"]
    assert path["log_loss"][1:].tolist() == pytest.approx([-2.5, -4.0], abs=1e-9)


def test_events_happen_where_they_say():
    p = gaussian(Shape(4, 2, 5), scale=0.5)
    watched = [loss_reaches(math.log(2)), margin_reaches(0.0), norm_reaches(20.0), log_time_reaches(3.0)]
    path = gradient_flow(p, until_log_t=100.0, events=watched, record=[], rtol=1e-10)
    assert [event.name for event in path.events] == [
        "q_min = 0",
        "loss = 0.693147",
        "log t = 3",
        "rho = 20",
        "log t = 100",
    ]
    margin, loss, time, norm, end = (int(np.argmin(abs(path["sigma"] - e.sigma))) for e in path.events)
    assert path["q_min"][margin] == pytest.approx(0.0, abs=1e-9)
    assert math.exp(path["log_loss"][loss]) == pytest.approx(math.log(2), rel=1e-10)
    assert path["log_t"][time] == pytest.approx(3.0, abs=1e-9)
    assert path["rho"][norm] == pytest.approx(20.0, rel=1e-12)
    assert path["log_t"][end] == pytest.approx(100.0, abs=1e-9)


@pytest.mark.parametrize("events", [[1], norm_reaches(9.0)])
def test_what_is_no_list_of_events_is_refused_by_what_is_expected(events):
    with pytest.raises(TypeError, match=r"^events: expected a list or tuple"):
        gradient_flow(gaussian(Shape(3, 1, 2)), events=events)


def test_a_terminal_event_ends_the_flow():
    path = gradient_flow(gaussian(Shape(3, 1, 2)), events=[norm_reaches(9.0, terminal=True)])
    assert path.ended == "rho = 9"
    assert path["rho"][-1] == pytest.approx(9.0, rel=1e-12)


def test_every_requested_moment_is_recorded():
    wanted = [1.0, 1.5, 2.0, 77.0, 500.0]
    path = gradient_flow(gaussian(Shape(3, 2, 2)), until_log_t=1000.0, record=wanted)
    np.testing.assert_allclose(path["log_t"][1:], [*wanted, 1000.0], rtol=1e-10)
    assert path["log_t"][0] == -math.inf


def test_records_do_not_change_the_path():
    p = gaussian(Shape(3, 2, 2))
    plain = gradient_flow(p, until_log_t=1000.0, record=[])
    recorded = gradient_flow(p, until_log_t=1000.0, record=log_time_grid(1000.0, 50))
    np.testing.assert_array_equal(plain.W[-1], recorded.W[-1])


def test_a_resumed_flow_is_the_same_flow():
    p = gaussian(Shape(4, 2, 6), scale=0.5)
    whole = gradient_flow(p, until_log_t=1e4, record=[10.0], rtol=1e-10)
    half = gradient_flow(p, until_log_t=50.0, record=[10.0], rtol=1e-10)
    joined = resume(half, until_log_t=1e4, record=[], rtol=1e-10)
    assert joined["log_t"].shape == (4,)
    assert _distance(joined, whole) <= 1e-8
    assert joined["log_loss"][-1] == pytest.approx(whole["log_loss"][-1], rel=1e-7)
    assert joined["sigma"][-1] == pytest.approx(whole["sigma"][-1], rel=1e-6)
    assert joined.error_estimate >= half.error_estimate


@pytest.mark.slow
@pytest.mark.parametrize("shape", [Shape(3, 2, 4), Shape(4, 2, 3), Shape(5, 4, 10)])
def test_the_error_estimate_is_of_the_order_of_the_error(shape):
    p = gaussian(shape, scale=0.5)
    exact = gradient_flow(p, until_log_t=1e3, record=[], rtol=1e-12)
    for rtol in (1e-5, 1e-7):
        rough = gradient_flow(p, until_log_t=1e3, record=[], rtol=rtol)
        error = _distance(rough, exact)
        assert rough.error_estimate / 30 <= error <= 100 * rough.error_estimate


def test_the_error_estimate_notices_a_field_that_is_wrong(monkeypatch):
    """Negative control: a field whose features move half as fast conserves no balance."""
    from ncverify.flow.field import Field

    right = Field.at

    def wrong(self, x):
        local = right(self, x)
        local.gradient[self.split :] *= 0.5
        return local

    monkeypatch.setattr(Field, "at", wrong)
    path = gradient_flow(gaussian(Shape(3, 2, 4)), until_log_t=5.0, record=[], rtol=1e-6)
    assert path.error_estimate > 1e-2


def test_the_flow_turns_with_its_start():
    p = gaussian(Shape(3, 2, 4))
    Q, _ = np.linalg.qr(np.random.default_rng(5).standard_normal((4, 4)))
    turned = gradient_flow(Point(p.W @ Q, Q.T @ p.H), until_log_t=100.0, record=[], rtol=1e-11)
    plain = gradient_flow(p, until_log_t=100.0, record=[], rtol=1e-11)
    np.testing.assert_allclose(turned.W[-1], plain.W[-1] @ Q, atol=1e-8 * plain["rho"][-1])


def test_nothing_overflows_up_to_log_t_of_a_thousand_million():
    path = gradient_flow(separated(Shape(3, 2, 4)), until_log_t=1e9, record=[1e3, 1e6])
    for name in path.columns:
        assert np.isfinite(path[name][1:]).all(), name
    assert path["log_loss"][-1] < -1e9
    assert path["misalignment"][-1] < 1e-8


@pytest.mark.slow
@pytest.mark.parametrize("scale", [1e-150, 1e-8, 1e3])
def test_starts_of_any_size_are_followed_to_the_end(scale):
    """A loss of K n log K up to rounding, whose gradient is next to nothing, and losses of some 10^7."""
    path = gradient_flow(gaussian(Shape(3, 2, 4), scale=scale), until_log_t=1e5, record=[10.0, 1e3])
    assert path.ended == "log t = 100000"
    for name in ("log_t", "log_loss", "rho", "q_min", "alignment", "misalignment", "relative_drift"):
        assert np.isfinite(path[name][1:]).all(), name
    assert path["log_loss"][-1] == pytest.approx(-1e5, rel=1e-2)
    assert path.error_estimate < 1e-6


def test_a_line_that_cannot_separate_three_classes_ends_with_a_sentence(monkeypatch):
    from ncverify.flow import integration

    monkeypatch.setattr(integration, "_MOST_STEPS", 300)
    path = integration.gradient_flow(gaussian(Shape(3, 1, 1)), until_log_t=1e6, record=[])
    assert path.ended == f"after 300 steps at log t = {path['log_t'][-1]:.6g}"
    assert path["q_min"][-1] <= 0
    assert np.isnan(path["epsilon"][-1])


def test_progress_is_told():
    told = []
    gradient_flow(gaussian(Shape(2, 1, 1)), until_log_t=10.0, record=[], progress=told.append)
    assert told == sorted(told)
    assert told[-1] >= 10.0


def test_a_stopped_flow_is_recorded_where_it_is_and_goes_on_from_there():
    p, told = gaussian(Shape(3, 2, 2)), []

    def stop(log_t):
        told.append(log_t)
        return len(told) == 60

    part = gradient_flow(p, until_log_t=1e4, record=[], rtol=1e-10, progress=stop)
    assert part.ended == f"stopped at log t = {told[-1]:.6g}"
    assert part["log_t"][-1] == told[-1] < 1e4
    assert part.settings["steps"] == 60
    whole = gradient_flow(p, until_log_t=1e4, record=[], rtol=1e-10)
    assert _distance(resume(part, until_log_t=1e4, record=[], rtol=1e-10), whole) <= 1e-8


@pytest.mark.parametrize("until", [-math.inf, math.inf, math.nan])
def test_an_end_that_is_none_is_refused(until):
    with pytest.raises(ValueError, match="until_log_t"):
        gradient_flow(gaussian(Shape(2, 1, 1)), until_log_t=until)


def test_a_flow_without_an_end_is_refused():
    with pytest.raises(ValueError, match="terminal event"):
        gradient_flow(gaussian(Shape(2, 1, 1)))


def test_the_origin_is_refused_as_a_start():
    with pytest.raises(ValueError, match="gradient is zero"):
        gradient_flow(Point(np.zeros((2, 1)), np.zeros((1, 2))), until_log_t=1.0)


def test_grids_of_log_time_are_equally_spaced_and_empty_where_nothing_lies_between():
    grid = log_time_grid(1e3)
    assert (len(grid), grid[0]) == (61, 1.0)
    np.testing.assert_allclose(np.diff(np.log10(grid)), 1 / 20, rtol=1e-12)
    assert grid[-1] == pytest.approx(1e3, rel=1e-14)
    assert log_time_grid(1e3, per_decade=1, first=10.0) == pytest.approx((10.0, 100.0, 1000.0))
    assert log_time_grid(1.01) == pytest.approx((1.0, 1.01))
    assert log_time_grid(1.0) == log_time_grid(0.5) == log_time_grid(math.inf) == ()


def test_without_a_word_twenty_moments_of_a_decade_are_recorded_and_the_settings_are_kept():
    path = gradient_flow(gaussian(Shape(3, 2, 4)), until_log_t=100.0, rtol=1e-7)
    np.testing.assert_allclose(path["log_t"][1:], log_time_grid(100.0), rtol=1e-9)
    assert path.settings["rtol"] == 1e-7
    assert path.settings["until_log_t"] == 100.0
    assert path.settings["steps"] > 10
    assert path.ended == "log t = 100"
    assert (np.diff(path["sigma"]) > 0).all()
    assert (np.diff(path["relative_drift"]) >= 0).all()


def test_events_and_the_end_come_in_order_and_no_moment_twice():
    """A terminal event in the midst of a step hides what comes after it in the same step."""
    watched = [log_time_reaches(2.0, terminal=True), log_time_reaches(2.0 + 1e-9), log_time_reaches(2.0 - 1e-9)]
    path = gradient_flow(gaussian(Shape(3, 2, 4)), events=watched, record=[1.0, 2.0, 3.0])
    assert [event.name for event in path.events] == ["log t = 2", "log t = 2"]
    assert path.ended == "log t = 2"
    assert path["log_t"].tolist() == pytest.approx([-math.inf, 1.0, 2.0 - 1e-9, 2.0], abs=1e-10)


def test_what_was_reached_before_the_start_is_no_event():
    start = separated(Shape(3, 2, 4))
    path = gradient_flow(start, until_log_t=3.0, events=[margin_reaches(0.0), norm_reaches(1e-3)], record=[])
    assert [event.name for event in path.events] == ["log t = 3"]
    late = gradient_flow(start, until_log_t=5.0, log_t=3.0, record=[1.0, 4.0])
    assert late["log_t"].tolist() == pytest.approx([3.0, 4.0, 5.0], abs=1e-9)


def test_the_drift_of_a_resumed_flow_is_that_from_the_very_start():
    rough = gradient_flow(gaussian(Shape(4, 2, 6), scale=0.5), until_log_t=50.0, record=[], rtol=1e-4)
    so_far = relative_drift(rough.origin, rough.end.W, rough.end.H)
    joined = resume(rough, until_log_t=60.0, record=[], rtol=1e-12)
    assert joined["relative_drift"][-1] >= so_far > 0
    alone = gradient_flow(rough.end, log_t=50.0, until_log_t=60.0, record=[], rtol=1e-12)
    assert alone["relative_drift"][-1] < so_far / 10
