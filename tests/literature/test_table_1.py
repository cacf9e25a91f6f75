"""docs/table-1.md is what the papers declare: a statement that changes makes this test fail until it is made anew."""

from dataclasses import replace
from pathlib import Path

import pytest

from ncverify.literature.ulpm_2022._table_1 import ROWS, Finding, outcome, page
from ncverify.papers import find
from ncverify.papers.discovery import PaperError

ROOT = Path(__file__).resolve().parents[2]
NEW = "make it anew: python -m ncverify.literature.ulpm_2022._table_1 > docs/table-1.md"


def changed(key, id_, **fields):
    """A way to load papers, with one statement of one of them changed."""

    def load(name):
        paper = find(name)
        if name != key:
            return paper
        claims = tuple(replace(claim, **fields) if claim.id == id_ else claim for claim in paper.claims)
        return replace(paper, claims=claims)

    return load


def test_the_page_of_the_documentation_is_what_the_papers_declare():
    assert (ROOT / "docs" / "table-1.md").read_text(encoding="utf-8") == page(), NEW


def test_a_changed_statement_changes_the_page():
    assert page(load=changed("fang-2021", "fang-contrastive", says="other words")) != page()
    assert page(load=changed("zhu-2021", "zhu-gram", attribution="recalled")) != page()


def test_a_finding_that_its_statements_do_not_carry_is_an_error():
    with pytest.raises(ValueError, match=r"fang-2021/fang-thm-1-etf: expected a statement that was confirmed"):
        page(load=changed("fang-2021", "fang-thm-1-etf", verdict="open", parts=()))
    with pytest.raises(KeyError, match="fang-2021 has no statement 'absent'"):
        page(rows=(ROWS[1]._replace(findings=(Finding("confirmed", "x", ("fang-2021/absent",)),)),))


def test_every_statement_of_a_built_in_paper_stands_in_the_page():
    text = page()
    for row in ROWS:
        for name, key in row.references:
            try:
                paper = find(key)
            except PaperError:
                assert f"{name}: not among the built-in papers.".replace("&", "&amp;") in text
                continue
            missing = [claim.id for claim in paper.claims if key != "ulpm-2022" and f"`{claim.id}`" not in text]
            assert missing == []


def test_readings_are_not_counted_and_not_said_to_be_the_papers():
    rows = [line for line in page().splitlines() if line.startswith("| Zhu")]
    own = [claim for claim in find("zhu-2021").claims if claim.attribution != "reading"]
    counts = [
        sum(outcome(claim) == word for claim in own) for word in ("confirmed", "repaired", "refuted", "not decided")
    ]
    assert rows[0].split(" | ")[5:] == [*map(str, counts[:3]), f"{counts[3]} |"]
    wrong = [
        claim for claim in find("zhu-2021").claims if claim.attribution == "reading" and outcome(claim) != "confirmed"
    ]
    assert wrong
    for claim in wrong:
        line = next(line for line in page().splitlines() if f"(`{claim.id}`)" in line)
        assert line.startswith("**Not true**")


def test_a_paper_that_is_not_built_in_is_said_to_be_absent():
    def load(key):
        raise PaperError(key)

    text = page(load=load)
    assert text.count("not among the built-in papers") == 9
    assert "| \u2013 | \u2013 | \u2013 | \u2013 |" in text


def test_what_became_of_a_statement():
    claims = {claim.id: claim for claim in find("ulpm-2022").claims}
    assert outcome(claims["thm-3.1-bound"]) == "confirmed"
    assert outcome(claims["thm-3.2"]) == "repaired"
    assert outcome(replace(claims["thm-3.1-bound"], verdict="open", parts=())) == "not decided"
    refuted = [claim for claim in claims.values() if claim.verdict == "refuted"]
    assert refuted
    assert {outcome(claim) for claim in refuted} == {"refuted"}
