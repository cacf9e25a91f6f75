"""`ncverify phase`: tables, figures, page, exit codes, and the figures of the documentation."""

import csv
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest

import ncverify.optima as optima
from ncverify.cli import main
from ncverify.optima import layer_peeled_phases, regularised_phases
from ncverify.report.minority import in_words, minority_diagram

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--KA", "1", "--KB", "2", "--R", "1", "3", "30", "--E", "0.1", "2", "--n-A", "50", "--n-B", "1", "50",
         "--weight", "0.001", "0.05")  # fmt: skip


def squares(path):
    return [e for e in ElementTree.parse(path).getroot().iter() if e.tag.endswith("rect") and e.get("stroke")]


def test_both_diagrams_are_written_as_table_figures_and_page(tmp_path, capsys):
    assert main(["phase", *SMALL, "--out", str(tmp_path / "phase")]) == 0
    with (tmp_path / "phase" / "phase.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["model"] for row in rows] == ["layer-peeled"] * 6 + ["regularised"] * 4
    assert {row["merges"] for row in rows} == {"True", "False"}
    assert all(row["agrees"] == "True" and 0 < float(row["gap"]) < 1e-6 for row in rows)
    assert len(squares(tmp_path / "phase" / "layer-peeled.svg")) == 6
    assert len(squares(tmp_path / "phase" / "regularised.svg")) == 4
    page = (tmp_path / "phase" / "phase.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert page.count("<td>merge</td>") == sum(row["merges"] == "True" for row in rows)
    assert 'class="differs"' not in page
    shown = capsys.readouterr().out
    assert "R0" in shown
    assert "n_A = 50" in shown


@pytest.mark.parametrize("model", ["layer-peeled", "regularised"])
def test_one_model_alone_needs_no_folder(capsys, model):
    assert main(["phase", *SMALL, "--model", model]) == 0
    shown = capsys.readouterr().out
    assert ("Layer-peeled" in shown, "Regularised" in shown) == (model == "layer-peeled", model == "regularised")


def test_a_closed_form_that_descent_contradicts_is_marked_and_has_exit_code_one(tmp_path, capsys, monkeypatch):
    def wrong(*args, **options):
        return [[replace(cell, merges=not cell.merges) for cell in row] for row in regularised_phases(*args, **options)]

    monkeypatch.setattr(optima, "regularised_phases", wrong)
    assert main(["phase", *SMALL, "--model", "regularised", "--out", str(tmp_path)]) == 1
    assert " !" in capsys.readouterr().out
    assert (tmp_path / "phase.html").read_text(encoding="utf-8").count('class="differs"') == 4
    assert len([e for e in squares(tmp_path / "regularised.svg") if e.get("stroke-width") == "3"]) == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--KA", "0"], "--KA: expected at least 1"),
        (["--KB", "1"], "--KB: expected at least 2"),
        (["--KA", "30", "--KB", "30"], "at most 40 classes"),
        (["--R", "-1"], "--R: expected numbers > 0"),
        (["--E", "nan"], "--E: expected numbers > 0"),
        (["--n-A", "0"], "--n-A"),
        (["--n-B", "0"], "--n-B"),
        (["--weight", "inf"], "--weight"),
        (["--seed", "-1"], "--seed"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_two(capsys, options, message):
    assert main(["phase", *options]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_folder_that_cannot_be_made_is_reported(tmp_path, capsys):
    (tmp_path / "phase").write_text("a file", encoding="utf-8")
    assert main(["phase", *SMALL, "--out", str(tmp_path / "phase")]) == 2
    assert "ncverify:" in capsys.readouterr().err


def test_the_border_separates_the_cells_that_merge_from_the_others():
    rows = layer_peeled_phases(2, 2, [1.0, 2.0, 4.0], [0.05, 0.5, 2.0])
    border = [(cell.x, cell.threshold) for cell in rows[0]]
    figure = ElementTree.fromstring(minority_diagram("title", rows, border))
    line = next(e for e in figure.iter() if e.tag.endswith("polyline")).get("points").split()
    heights = [float(place.split(",")[1]) for place in line]
    assert len(line) == 2  # the third ratio, 7.6, lies beyond the figure
    assert heights[0] > heights[1]
    for height, column in zip(heights, range(2), strict=True):
        below = [58 + (2 - i) * 30 + 15 > height for i, row in enumerate(rows) if not row[column].merges]
        assert all(below)
    assert in_words(rows) == f"{sum(c.merges for r in rows for c in r)} of 9 cells merge, descent agrees in 9"


def test_one_row_or_one_column_has_no_border():
    rows = regularised_phases(1, 2, 10, [1], [0.01, 0.1])
    assert "polyline" not in minority_diagram("title", rows, [(0.01, 1.0)])


@pytest.mark.slow
def test_the_figures_of_the_documentation_are_those_of_the_command(tmp_path):
    assert main(["phase", "--out", str(tmp_path)]) == 0
    for name in ("layer-peeled.svg", "regularised.svg"):
        made, stored = ((folder / name).read_text(encoding="utf-8") for folder in (tmp_path, ROOT / "docs" / "figures"))
        assert words(made) == words(stored), (
            f"make it anew: ncverify phase --out phase && cp phase/{name} docs/figures/"
        )


def words(svg):
    """A figure without the last digit of each contrast, which is the descent's."""
    return re.sub(r"(fill=\"rgb\([0-9,]+\)\"|>0\.\d+<)", "", svg)
