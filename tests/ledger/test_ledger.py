"""The ledger file and its table."""

from __future__ import annotations

import json

import pytest

from ncverify.ledger.entry import entry, unexamined
from ncverify.ledger.examine import Effort, examine
from ncverify.ledger.facts import over
from ncverify.ledger.ledger import assemble, read_ledger, write_ledger
from ncverify.ledger.table import summary, table
from ncverify.space import Space
from tests.ulpm import PAPER, claims


def test_a_ledger_has_exactly_the_ids_of_the_paper_in_order():
    ledger = assemble(PAPER, {"seed": 0}, {})
    assert [e["id"] for e in ledger["statements"]] == [claim.id for claim in PAPER.claims]


def test_a_statement_that_was_not_run_is_open_with_the_reason():
    entries = {e["id"]: e for e in assemble(PAPER, {}, {}, missing="left out")["statements"]}
    assert entries["thm-3.1-bound"]["verdict"] == "open"
    assert entries["thm-3.1-bound"]["reason"] == "left out"


def test_a_ledger_written_is_the_ledger_read(tmp_path):
    ledger = assemble(PAPER, {"seed": 0}, {})
    assert write_ledger(tmp_path / "new" / "folder", ledger).name == "ledger.json"
    assert read_ledger(tmp_path / "new" / "folder") == ledger


def test_a_ledger_that_cannot_be_written_leaves_the_old_one(tmp_path):
    write_ledger(tmp_path, assemble(PAPER, {"seed": 1}, {}))
    with pytest.raises(ValueError, match="Out of range float values"):
        write_ledger(tmp_path, {"statements": [float("nan")]})
    assert read_ledger(tmp_path)["seed"] == 1
    assert [f.name for f in tmp_path.iterdir()] == ["ledger.json"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"statements": 3}', '{"statements": [{}]}', "\x00", "[" * 100000])
def test_what_is_no_ledger_is_refused_with_the_file_named(tmp_path, text):
    file = tmp_path / "ledger.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"ledger\.json"):
        read_ledger(file)


def test_the_table_has_a_line_for_each_statement_within_its_width():
    lines = table(assemble(PAPER, {}, {})["statements"], width=100)
    assert len(lines) == len(PAPER.claims) + 2
    assert max(map(len, lines)) <= 100


def test_the_summary_counts_verdicts():
    assert (
        summary([{"verdict": "holds"}, {"verdict": "false"}, {"verdict": "holds"}]) == "3 statements: 2 holds, 1 false"
    )


def test_the_summary_tells_what_was_not_run_from_what_is_not_decided():
    only = {"nc1": unexamined(claims()["nc1"], "for a reason") | {"verdict": "holds"}}
    partial = assemble(PAPER, {}, only)["statements"]
    undeclared = sum(e["declared"] == "open" for e in partial)
    assert summary(partial) == f"105 statements: {104 - undeclared} not run, {undeclared} open, 1 holds"
    undecided = [e | {"parts": [{"name": "a part"}]} for e in partial if e["id"] != "nc1"]
    assert summary(undecided) == "104 statements: 104 open"


def test_claims_that_are_examined_say_why_in_one_line():
    for claim in claims().values():
        assert claim.reason
        assert "\n" not in claim.reason, claim.id


def test_ledger_entries_are_plain_json():
    assert json.loads(json.dumps(assemble(PAPER, {}, {}), allow_nan=False))


def test_the_fields_of_a_part_are_those_that_readers_know():
    claim = claims()["eq-3.2"]
    result = entry(examine(claim, Effort(evaluations=100)))
    assert set(result["parts"][0]) == {
        *("name", "kind", "role", "refutes", "over", "hypotheses", "source_sha256"),
        *("holds", "evidence", "tried", "tightest_slack", "distribution", "counterexample", "detail"),
    }
    assert len(result["parts"][0]["source_sha256"]) == 64
    assert result["parts"][0]["detail"]


def test_a_line_of_the_table_is_cut_only_where_it_is_too_long():
    rows = [{"id": "a", "verdict": "holds", "evidence": "proved", "reason": "because"}]
    whole = table(rows, width=200)[-1].rstrip()
    assert table(rows, width=len(whole))[-1] == whole
    assert table(rows, width=len(whole) - 1)[-1] == whole[: len(whole) - 4] + "..."


def test_sizes_in_words_are_one_number_or_a_range():
    assert over(Space({"K": 3, "d": (1, 4)})) == "K 3, d 1 to 4"
