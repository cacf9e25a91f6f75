"""Figures of the page as files of their own: the same drawings, whole, with every class in their style."""

import re
from xml.etree import ElementTree

import pytest

from ncverify.report.panels import Axis, Curve, panel
from ncverify.report.phases import phase_diagram
from ncverify.report.standalone import STYLE, standalone

ROWS = [
    {"K": 3, "d": d, "rho": rho, "kind": ("local minimum", "collapsed")[d - 1], "share": 1}
    for d in (1, 2)
    for rho in (1.0, 2.0)
]
AXIS = Axis("log t", 1.0, 10.0, [(1.0, "1"), (10.0, "10")])
CURVES = [("one", "few"), ("two", "only"), ("guide", "none")]
PANEL = panel("a", AXIS, [Curve(style, [1, 5], [1, 2], style, marks) for style, marks in CURVES])
# what only decides sizes in a page, and names nothing to be coloured
PLAIN = {"chart", "panel", "phases"}


def classes(text):
    return {name for found in re.findall(r'class="([^"]*)"', text) for name in found.split()}


def unstyled(text):
    return classes(text) - PLAIN - set(re.findall(r"\.([a-z]+)", STYLE))


def test_a_file_holds_each_figure_in_its_place_and_nothing_outside():
    root = ElementTree.fromstring(standalone([[PANEL, PANEL], [phase_diagram(ROWS)]], "A < B", "note"))
    inner = [e for e in root if e.tag.endswith("svg")]
    assert [(e.get("x"), e.get("y")) for e in inner] == [("0", "46"), ("300", "46"), ("0", "266")]
    for e in inner:
        assert float(e.get("x")) + float(e.get("width")) <= float(root.get("width"))
        assert float(e.get("y")) + float(e.get("height")) <= float(root.get("height"))
    assert next(e for e in root if e.tag.endswith("title")).text == "A < B"


def test_every_class_of_the_figures_has_a_style():
    assert unstyled(PANEL + phase_diagram(ROWS)) == set()


def test_a_class_without_a_style_is_noticed():
    assert unstyled('<g class="chart sparkle"/>') == {"sparkle"}


def test_what_is_no_figure_is_refused():
    with pytest.raises(ValueError, match="expected inline figures"):
        standalone([["<p>no</p>"]], "t", "n")
