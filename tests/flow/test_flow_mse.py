"""`ncverify flow --model mse`: files, table and exit code, and what it refuses by name."""

import xml.etree.ElementTree as ET

import pytest

import ncverify.flow
from ncverify.cli import main
from ncverify.commands.flow_mse import Flow, all_flows

SMALL = ["--model", "mse", "--K", "3", "--n", "2", "--d", "2", "--until-t", "20"]
FLOWS = 4


@pytest.fixture
def out(tmp_path):
    return tmp_path / "a folder"


def test_it_writes_table_and_picture_and_agrees_with_the_closed_forms(out, capsys):
    assert main(["flow", *SMALL, "--out", str(out)]) == 0
    lines = [line.split(",") for line in (out / "mse.csv").read_text(encoding="utf-8").splitlines()]
    assert lines[0] == ["flow", "t", "j", "integrated", "closed form"]
    assert len({line[0] for line in lines[1:]}) == FLOWS
    assert all(float(a) == pytest.approx(float(b), rel=1e-7) for *_, a, b in lines[1:])
    assert max(float(line[1]) for line in lines[1:]) == 20
    root = ET.fromstring((out / "mse.svg").read_text(encoding="utf-8"))
    curves = [e.get("class") for e in root.iter() if e.tag.endswith("polyline")]
    assert curves.count("curve one") == curves.count("curve guide") == 2 * FLOWS
    text = capsys.readouterr().out
    assert text.count("largest relative difference") == FLOWS
    assert "written: " in text


@pytest.mark.parametrize("name", ["mse", "projected", "renormalised"])
def test_a_wrong_closed_form_is_exit_code_one(name, out, capsys, monkeypatch):
    right = getattr(ncverify.flow, f"{name}_singular_values")
    monkeypatch.setattr(ncverify.flow, f"{name}_singular_values", lambda *given: right(*given) * (1 + 1e-6))
    assert main(["flow", *SMALL, "--out", str(out)]) == 1
    assert "1.0e-06" in capsys.readouterr().out


def test_a_wrong_linearised_flow_is_exit_code_one(out, capsys, monkeypatch):
    right = ncverify.flow.linearised_mse_flow
    monkeypatch.setattr(ncverify.flow, "linearised_mse_flow", lambda W, H, b, t: right(W, H, b, 1.001 * t))
    assert main(["flow", *SMALL, "--out", str(out)]) == 1
    capsys.readouterr()


def test_the_difference_is_relative_and_the_largest():
    flow = Flow("f", "q", [1.0, 2.0], [[1.0], [2.0]], [[1.0], [2.5]])
    assert flow.difference() == pytest.approx(0.2)
    assert flow.difference(0) == 0


@pytest.mark.parametrize(("K", "n", "d"), [(2, 2, 1), (3, 4, 1), (3, 3, 6), (5, 2, 3)])
def test_every_shape_agrees(K, n, d):
    flows = all_flows(K, n, d, 50.0, 0.5, 1, 4)
    assert max(flow.difference() for flow in flows) < 1e-7
    assert {len(row) for flow in flows for row in flow.integrated} == {min(K - 1, d)}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--K", "1"], "--K"),
        (["--n", "1"], "--n"),
        (["--d", "4"], "--d: expected at most K (n - 1) = 3"),
        (["--scale", "1e3"], "--scale"),
        (["--until-t", "inf"], "--until-t"),
        (["--until-t", "1e9"], "--until-t: expected at most"),
        (["--until-t", "0"], "--until-t"),
        (["--until-log-t", "3"], "--until-log-t: not with --model mse"),
        (["--start", "x.npz"], "--start: not with"),
        (["--resume"], "--resume: not with"),
        (["--descent", "3"], "--descent: not with"),
        (["--parquet"], "--parquet: not with"),
        (["--starts", "2"], "--starts"),
        (["--per-decade", "0"], "--per-decade"),
        (["--seed", "-1"], "--seed"),
        (["--model", "layer-peeled"], "--until-t: only with --model mse"),
    ],
)
def test_wrong_usage_is_one_line_on_standard_error(options, message, out, capsys):
    assert main(["flow", *SMALL, *options, "--out", str(out)]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not out.exists()
