"""The pictures of the papers' pages are what the closed forms give today, and each page of a paper shows one."""

from pathlib import Path

import pytest

from ncverify.literature._pictures import PICTURES, main

DOCS = Path(__file__).parents[2] / "docs"
NEW = "make them anew: python -m ncverify.literature._pictures"


@pytest.mark.parametrize("key", PICTURES)
def test_a_stored_picture_is_what_is_drawn_today(key):
    stored = (DOCS / "figures" / f"{key}.svg").read_text(encoding="utf-8")
    assert stored == PICTURES[key](), NEW


def test_another_law_is_another_picture(monkeypatch):
    monkeypatch.setattr("ncverify.literature._pictures.seli_geometry", lambda sizes: _equal(len(sizes)))
    assert PICTURES["thrampoulidis-2022"]() != (DOCS / "figures" / "thrampoulidis-2022.svg").read_text("utf-8")


def _equal(K):
    from ncverify.optima import seli_geometry

    return seli_geometry([1] * K)


@pytest.mark.parametrize("page", sorted((DOCS / "papers").glob("*.md")), ids=lambda page: page.stem)
def test_a_page_of_a_paper_shows_a_picture(page):
    assert "](../figures/" in page.read_text(encoding="utf-8")


def test_they_are_written_where_they_are_wanted(tmp_path):
    main(str(tmp_path))
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(PICTURES)
