"""The figures of the report: what is drawn, and that the tables behind them are those of the documented commands."""

from __future__ import annotations

import csv
import itertools
import json
import math
import shlex
from xml.etree import ElementTree

import numpy as np
import pytest

from ncverify.cli import main
from ncverify.falsification.distribution import CLASSES
from ncverify.landscape import phase_cell
from ncverify.literature.ulpm_2022 import _report as module
from ncverify.literature.ulpm_2022._report import Figure, figures, flow_figures, phase_figure, stored, training_figure
from ncverify.report.histogram import counts_of, histogram, in_words
from ncverify.report.page import html_page
from ncverify.report.panels import Axis, Curve, panel, short, ticks
from ncverify.report.view import view
from tests.report.sample import HOSTILE, sample


def svg(text):
    return ElementTree.fromstring(text)


def of_class(text, name):
    return [element for element in svg(text).iter() if name in (element.get("class") or "").split()]


def test_every_class_has_its_place_in_the_histogram_and_none_covers_another():
    everywhere = {"sampled": dict.fromkeys(CLASSES, 3), "attacked": dict.fromkeys(CLASSES, 2)}
    bars = of_class(histogram(everywhere), "bar")
    lefts = sorted(float(piece.split()[0]) for bar in bars for piece in bar.get("d").split("M")[1:])
    assert len(lefts) == 2 * len(CLASSES)
    assert min(b - a for a, b in itertools.pairwise(lefts)) >= 6.5
    assert 0 <= lefts[0] < lefts[-1] + 6.5 <= 304


def test_one_point_is_seen_beside_a_million():
    (path,) = of_class(histogram({"sampled": {"0": 1, "1e-01": 10**6}}), "bar")
    heights = [float(piece.split("v-")[1].split("h")[0]) for piece in path.get("d").split("M")[1:]]
    assert 4 <= heights[0] < heights[1] <= 56


def test_a_damaged_distribution_is_left_out():
    for data in (None, 3, [], {"sampled": 3}, {"sampled": {HOSTILE: 1, "0": -1, "1e-01": "x", "1e-02": True}}):
        assert counts_of(data) == {}
    assert histogram({}) == ""
    assert counts_of({"sampled": {"0": 10**400}}) == {}


def test_words_and_picture_of_a_distribution_stand_in_the_page():
    ledger = sample()
    ledger["statements"][0]["parts"][0]["distribution"] = {"sampled": {"1e-03": 7}, "attacked": {"0": 2}}
    words = in_words({"sampled": {"1e-03": 7}, "attacked": {"0": 2}})
    assert words == "sampled: 7 from 1e-03; ends of attacks: 2 at 0"
    assert f"How the slack was distributed; {words}" in html_page(view(ledger))


def test_a_panel_shows_the_points_that_logarithmic_axes_have():
    axis = Axis("t", 1.0, 100.0, [(1.0, "1"), (10.0, "10"), (1000.0, "1000")])
    curve = Curve("a & b", [0.5, 1, 10, 20, 50, 100], [1.0, 1.0, 0.1, math.nan, -1.0, 0.01], "one")
    text = panel("<title>", axis, [Curve("guide", [1, 100], [1e9, 1e9], "guide"), curve])
    assert len(of_class(text, "point")) == 3
    assert "a & b from 1 to 0.01" in svg(text).get("aria-label")
    places = [float(p.get("cy")) for p in of_class(text, "point")]
    assert places == sorted(places)
    assert "1000" not in text
    assert "nothing" in panel("empty", axis, [Curve("c", [1.0], [0.0], "one")])


@pytest.mark.parametrize(("low", "high"), [(1e-9, 1.0), (0.02, 0.03), (3.0, 3.1), (1e-250, 1e250), (1.0, 9.0)])
def test_ticks_are_few_and_inside(low, high):
    found = ticks(low, high)
    assert len(found) <= 6
    assert all(low <= t <= high for t in found)
    assert all(float(short(t)) == pytest.approx(t, rel=1e-12) for t in found)


def test_the_figures_of_the_package_are_whole():
    for figure in (*flow_figures(stored("flow.csv")), phase_figure(stored("phases.csv"))):
        assert figure.graphics
        for graphic in figure.graphics:
            assert "nan" not in graphic
            assert svg(graphic).get("aria-label")


def command(name):
    """The arguments of the command that makes a table, from the text that documents it."""
    line = next(line for line in module.__doc__.splitlines() if line.strip().startswith(f"ncverify {name}"))
    return shlex.split(line.split("  (")[0])[1:-1]


@pytest.mark.slow
def test_the_stored_flow_is_what_its_command_writes(tmp_path, capsys):
    assert main([*command("flow"), str(tmp_path)]) == 0
    made = list(csv.DictReader((tmp_path / "table.csv").read_text().splitlines()))
    kept = stored("flow.csv")
    drift = max(float(row["relative_drift"]) for row in kept)
    for name in [m for _, metrics in module.PANELS for m in metrics]:
        ours, theirs = ([float(row[name]) for row in rows[1:]] for rows in (made, kept))
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=100 * drift)  # the error bar that docs/flow.md gives


def test_a_cell_of_the_stored_phase_diagram_is_what_its_command_computes():
    arguments = dict(zip(command("landscape")[1::2], command("landscape")[2::2], strict=False))
    (row,) = [row for row in stored("phases.csv") if (row["d"], row["rho"]) == ("3", "1.0")]
    cell = phase_cell(int(arguments["--K"]), 1, 3, 1.0, starts=4, seed=0)
    assert [end.kind for end in cell.endings] == [row["kind"]] == ["local minimum"]
    assert cell.endings[0].loss == pytest.approx(float(row["loss"]), abs=math.sqrt(np.finfo(float).eps))


def test_a_training_run_is_drawn_and_its_texts_are_texts(tmp_path, monkeypatch):
    history = [{"epoch": i, "step": 10**i, "self_duality_distance": 1 / (i + 1)} for i in range(4)]
    settings = {"network": HOSTILE, "dataset": HOSTILE, "width": HOSTILE}
    (tmp_path / "one.json").write_text(
        json.dumps({"settings": settings, "history": history, "data": {"name": HOSTILE}})
    )
    (tmp_path / "two.json").write_text("{")
    monkeypatch.setenv("NCVERIFY_RESULTS", str(tmp_path))
    found = figures()
    assert [figure.folded for figure in found] == [False, False, False, True]
    page = html_page(view(sample()), figures=found)
    assert "<script>alert" not in page
    assert page.count('<details class="fold"') == 1


def test_a_run_of_one_measurement_has_no_curves():
    result = {"settings": {}, "history": [{"epoch": 0, "step": 0}]}
    assert training_figure(result).graphics == []


def test_without_results_there_are_no_training_curves(tmp_path, monkeypatch):
    monkeypatch.setenv("NCVERIFY_RESULTS", str(tmp_path))
    assert not any(figure.folded for figure in figures())


def test_the_same_figures_come_out_twice():
    assert figures() == figures()
    assert isinstance(figures()[0], Figure)
