"""docs/definitions.md is what the definitions say, and every point of the table is what it is said to be."""

from dataclasses import replace
from pathlib import Path

import pytest

from ncverify import Point
from ncverify.collapse import DEFINITIONS, definition
from ncverify.falsification import judge
from ncverify.literature.between_papers import _page
from ncverify.literature.between_papers.definitions import LINKS
from ncverify.numbers.rational import RATIONAL

ROOT = Path(__file__).resolve().parents[2]
FALSE = [link for links in LINKS.values() for link in links if link.witness is not None]


def test_the_page_of_the_documentation_is_what_the_definitions_say():
    new = "make it anew: python -m ncverify.literature.between_papers._page > docs/definitions.md"
    assert (ROOT / "docs" / "definitions.md").read_text(encoding="utf-8") == _page.page(), new


def test_a_changed_definition_changes_the_page(monkeypatch):
    before = _page.page()
    monkeypatch.setattr(_page, "DEFINITIONS", (replace(DEFINITIONS[0], says="other words"), *DEFINITIONS[1:]))
    assert _page.page() != before


@pytest.mark.parametrize("link", FALSE, ids=[link.statement.name for link in FALSE])
def test_a_point_of_the_table_has_the_premises_and_not_the_conclusion(link):
    assert judge(link.statement, link.witness.point(link.domain)).violated


def test_a_point_that_has_the_conclusion_is_no_point_of_the_table():
    """Control of the test above: the means without their shift."""
    link = next(link for link in FALSE if link.statement.name == "papyan-2020/nc2 implies ulpm-2022/nc2")
    tame = replace(link, witness=type(link.witness)(**link.witness.values | {"H": [[1, -1]]}))
    assert not judge(link.statement, tame.witness.point(link.domain)).violated


def test_a_collapsed_point_has_all_conditions_but_orthogonal_means():
    p = Point(RATIONAL.asarray([[1], [-1]]), RATIONAL.asarray([[1, 1, -1, -1]]))
    held = {one.key for one in DEFINITIONS if one.name != "nc4-measured" and bool(one.holds(p))}
    assert held == {one.key for one in DEFINITIONS if one.name != "nc4-measured"} - {"tirer-bruna-2022/nc2"}


def test_every_definition_stands_in_the_table():
    used = {key for links in LINKS.values() for link in links for key in (*link.premises, link.conclusion)}
    assert used == {one.key for one in DEFINITIONS}


def test_an_unknown_key_is_refused():
    with pytest.raises(ValueError, match=r"key: expected one of papyan-2020/nc1"):
        definition("papyan-2020/nc9")
