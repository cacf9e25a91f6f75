"""`ncverify flow`: what it writes and prints, resuming, and what it refuses with one line."""

import os
import signal
import sys
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ncverify.cli import main
from ncverify.commands.flow_figure import figure
from ncverify.commands.interrupt import interrupt_as_request
from ncverify.flow import KKT, METRICS, QUANTITIES, Trajectory, gradient_flow, log_time_grid, mean_slope
from ncverify.point import Point
from ncverify.report.panels import PANELS, ticks

SMALL = ["--K", "3", "--n", "2", "--d", "4", "--scale", "0.5"]


@pytest.fixture
def out(tmp_path):
    return tmp_path / "a folder"


@pytest.mark.slow
def test_it_writes_trajectory_table_and_figure(out, capsys):
    assert main(["flow", *SMALL, "--until-log-t", "1e4", "--out", str(out)]) == 0
    path = Trajectory.load(out / "trajectory.npz")
    assert path["log_t"][-1] == pytest.approx(1e4)
    lines = (out / "table.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",") == [*QUANTITIES, *METRICS, *KKT]
    assert len(lines) == 1 + len(path)
    assert float(lines[-1].split(",")[0]) == path["log_t"][-1]
    root = ET.fromstring((out / "figure.svg").read_text(encoding="utf-8"))
    curves = [e for e in root.iter() if e.tag.endswith("polyline")]
    assert len(curves) == 2 * (sum(len(metrics) for _, metrics in PANELS) + 2 * len(PANELS))
    text = capsys.readouterr().out
    assert "ended: log t = 10000" in text
    assert "within_class_variation" in text
    assert "error bar" in text


def test_a_resumed_run_goes_on(out, capsys):
    assert main(["flow", *SMALL, "--until-log-t", "5", "--out", str(out)]) == 0
    assert main(["flow", "--resume", "--until-log-t", "50", "--out", str(out)]) == 0
    path = Trajectory.load(out / "trajectory.npz")
    assert (np.diff(path["log_t"][1:]) > 0).all()
    assert path["log_t"][-1] == pytest.approx(50.0)
    assert len(ET.fromstring((out / "figure.svg").read_text(encoding="utf-8"))) > 0
    capsys.readouterr()


@pytest.mark.slow
def test_ctrl_c_keeps_what_there_is_and_resume_goes_on(out, capsys, monkeypatch):
    from ncverify.flow import integration

    steps, drift = [], integration.relative_drift

    def pressed_at_step_fifty(*arguments):
        steps.append(1)
        if len(steps) == 50:
            os.kill(os.getpid(), signal.SIGINT)
        return drift(*arguments)

    monkeypatch.setattr(integration, "relative_drift", pressed_at_step_fifty)
    assert main(["flow", *SMALL, "--until-log-t", "1e4", "--out", str(out), "--starts", "3"]) == 1
    assert "ended: stopped at log t = " in capsys.readouterr().out
    assert -10 < Trajectory.load(out / "trajectory.npz")["log_t"][-1] < 1e3
    assert main(["flow", "--resume", "--until-log-t", "1e4", "--out", str(out)]) == 0
    capsys.readouterr()
    assert Trajectory.load(out / "trajectory.npz")["log_t"][-1] == pytest.approx(1e4)


def test_a_flow_may_end_before_t_is_one(out, capsys):
    assert main(["flow", *SMALL, "--until-log-t", "-2", "--out", str(out)]) == 0
    capsys.readouterr()
    assert Trajectory.load(out / "trajectory.npz")["log_t"][-1] == pytest.approx(-2)


def test_ctrl_c_twice_ends_at_once():
    before = signal.getsignal(signal.SIGINT)
    with interrupt_as_request() as wished:
        assert not wished()
        os.kill(os.getpid(), signal.SIGINT)
        assert wished()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: [wished() for wished in [interrupt_as_request().__enter__()]]).result() == [False]


@pytest.mark.slow
def test_descent_is_drawn_as_dots_on_the_lines_of_the_flow(out, capsys):
    options = ["--until-log-t", "50", "--descent", "3000", "--out", str(out)]
    assert main(["flow", *SMALL, *options]) == 0
    assert "descent.npz}" in capsys.readouterr().out
    flow, descent = Trajectory.load(out / "trajectory.npz"), Trajectory.load(out / "descent.npz")
    np.testing.assert_array_equal(flow.W[0], descent.W[0])
    assert descent["log_t"][-1] == pytest.approx(np.log(3000 * 5 / 6))
    drawn = [e.tag for e in ET.fromstring((out / "figure.svg").read_text(encoding="utf-8")).iter()]
    dots = sum(tag.endswith("circle") for tag in drawn)
    assert 6 * 20 < dots <= 2 * 6 * len(descent)
    alone = [e.tag for e in ET.fromstring(figure(flow)).iter()]
    assert not any(tag.endswith("circle") for tag in alone)


@pytest.mark.slow
def test_several_starts_give_confidence_intervals(out, capsys):
    assert main(["flow", *SMALL, "--until-log-t", "1e4", "--out", str(out), "--starts", "3", "--seed", "4"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "95 % intervals over 3 starts" in text
    lines = [line.split(",") for line in (out / "slopes.csv").read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 1 + 4 * len(METRICS)
    record = log_time_grid(1e4)
    paths = []
    for seed in (4, 5, 6):
        rng = np.random.default_rng(seed)
        start = Point(0.5 * rng.standard_normal((3, 4)), 0.5 * rng.standard_normal((4, 6)))
        paths.append(gradient_flow(start, until_log_t=1e4, record=record))
    expected = mean_slope(paths, "within_class_variation", 1e3, 1e4)
    row = next(line for line in lines if line[:2] == ["within_class_variation", "1000"])
    assert row[2:] == ["10000", repr(expected.mean), repr(expected.half_width), "3"]
    assert f"{expected.mean:.3f}+-{expected.half_width:.3f}" in text


def test_a_parquet_file_is_written_where_it_is_asked_for(out, capsys):
    pytest.importorskip("pyarrow", reason="pyarrow is in the extra parquet")
    assert main(["flow", *SMALL, "--until-log-t", "5", "--out", str(out), "--parquet"]) == 0
    assert "trajectory.parquet}" in capsys.readouterr().out
    both = [Trajectory.load(out / f"trajectory.{kind}") for kind in ("npz", "parquet")]
    np.testing.assert_array_equal(both[0]["log_loss"], both[1]["log_loss"])


def test_parquet_without_pyarrow_is_one_line_before_anything_runs(out, capsys, monkeypatch):
    monkeypatch.setattr("ncverify.commands.flow.find_spec", lambda name: None)
    assert main(["flow", *SMALL, "--out", str(out), "--parquet"]) == 2
    error = capsys.readouterr().err
    assert "ncverify[parquet]" in error
    assert error.count("\n") == 1
    assert not out.exists()


def test_the_same_seed_gives_the_same_files(tmp_path, capsys):
    for name in ("one", "two"):
        assert main(["flow", *SMALL, "--until-log-t", "3", "--seed", "7", "--out", str(tmp_path / name)]) == 0
    capsys.readouterr()
    for file in ("table.csv", "figure.svg"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_start_may_come_from_a_file(tmp_path, capsys):
    W = np.array([[1.0], [-1.0]])
    np.savez(tmp_path / "start.npz", W=W, H=W.T)
    assert main(["flow", "--start", str(tmp_path / "start.npz"), "--until-log-t", "2", "--out", str(tmp_path)]) == 0
    capsys.readouterr()
    assert Trajectory.load(tmp_path / "trajectory.npz").W.shape[1:] == (2, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--K", "1"], "--K"),
        (["--d", "0"], "--d"),
        (["--scale", "-1"], "--scale"),
        (["--per-decade", "0"], "--per-decade"),
        (["--starts", "0"], "--starts"),
        (["--descent", "-1"], "--descent"),
        (["--starts", "2", "--resume"], "--starts"),
        (["--until-log-t", "inf"], "--until-log-t"),
        (["--rtol", "2"], "rtol"),
        (["--resume"], "no trajectory.npz to go on from"),
        (["--start", "absent.npz"], "absent.npz"),
    ],
)
def test_wrong_usage_is_one_line_on_standard_error(options, message, out, capsys):
    assert main(["flow", *SMALL, *options, "--out", str(out)]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_start_without_gradient_or_with_wrong_arrays_is_refused(tmp_path, capsys):
    for name, arrays in {
        "zero": {"W": np.zeros((2, 1)), "H": np.zeros((1, 2))},
        "shape": {"W": np.ones((2, 3)), "H": np.ones((2, 2))},
        "names": {"weights": np.ones((2, 1))},
    }.items():
        np.savez(tmp_path / f"{name}.npz", **arrays)
        assert main(["flow", "--start", str(tmp_path / f"{name}.npz"), "--out", str(tmp_path / name)]) == 2
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.slow
def test_a_bar_is_shown_where_standard_error_is_a_terminal(out, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["flow", *SMALL, "--until-log-t", "50", "--out", str(out)]) == 0
    assert "log t = " in capsys.readouterr().err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    assert main(["flow", *SMALL, "--until-log-t", "50", "--out", str(out)]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("window", [(1.0, 11.5), (1.0, 1e9), (3e-7, 0.4), (0.31, 0.37), (1.0, 1.4)])
def test_ticks_are_few_round_and_inside(window):
    found = ticks(*window)
    assert len(found) <= 9
    assert all(window[0] * (1 - 1e-8) <= t <= window[1] * (1 + 1e-8) for t in found)


def test_an_end_that_is_round_up_to_rounding_has_its_tick():
    assert ticks(1.0, 99999.99999999991)[-1] == pytest.approx(1e5)
