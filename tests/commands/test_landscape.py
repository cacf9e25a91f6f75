"""`ncverify landscape`: table, figure, exit codes."""

import csv
import xml.etree.ElementTree as ElementTree

import pytest

from ncverify.cli import main


def run(tmp_path, *options):
    return main(["landscape", "--out", str(tmp_path / "phases"), *options])


def test_a_small_diagram_is_written_as_table_and_figure(tmp_path, capsys):
    code = run(tmp_path, "--K", "3", "--d", "1", "2", "--rho", "1", "3", "--starts", "3")
    assert code == 0
    with (tmp_path / "phases" / "phases.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["kind"] for row in rows if row["d"] == "1"} == {"local minimum"}
    assert {row["kind"] for row in rows if row["d"] == "2"} == {"collapsed"}
    assert all(float(row["tube"]) > 0 and float(row["residual"]) < 1e-12 for row in rows)
    assert sum(int(row["count"]) for row in rows) == 2 * 2 * 3
    figure = ElementTree.parse(tmp_path / "phases" / "phases.svg").getroot()
    squares = [e for e in figure.iter() if e.tag.endswith("rect") and e.get("class") == "shade"]
    assert len(squares) == 4
    assert "100%" in capsys.readouterr().out


def test_with_weight_decay_the_ends_over_the_dimension_are_written(tmp_path, capsys):
    options = ("--K", "4", "--d", "1", "2", "3", "--starts", "4", "--decay", "0.01", "0.02", "0")
    assert run(tmp_path, *options) == 0
    with (tmp_path / "phases" / "decay.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    kinds = {d: {row["kind"] for row in rows if row["d"] == d} for d in "123"}
    assert kinds == {"1": {"local minimum"}, "2": {"local minimum"}, "3": {"global minimum"}}
    assert all(row["shift"] == "1" and row["negative"] == "0" and float(row["residual"]) < 1e-12 for row in rows)
    assert all(int(row["null"]) == int(row["rotations"]) + 1 for row in rows)
    assert sum(int(row["count"]) for row in rows) == 3 * 4
    assert "100%" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--decay", "0", "1", "0"], "--decay: lambda_W: expected a finite number > 0"),
        (["--decay", "1", "1", "-1"], "--decay: lambda_b: expected a finite number >= 0"),
        (["--K", "1"], "--K: expected at least 2"),
        (["--starts", "0"], "--starts"),
        (["--d", "0"], "--d"),
        (["--rho", "-1"], "--rho"),
        (["--K", "10", "--n", "50", "--d", "20"], "coordinates exceed"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_two(tmp_path, capsys, options, message):
    assert run(tmp_path, *options) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_folder_that_cannot_be_made_is_reported(tmp_path, capsys):
    (tmp_path / "phases").write_text("a file", encoding="utf-8")
    assert run(tmp_path, "--K", "2", "--d", "1", "--rho", "1", "--starts", "1") == 2
    assert "ncverify:" in capsys.readouterr().err
