"""Ledgers held against each other."""

from __future__ import annotations

import copy

import pytest

from ncverify.ledger.compare import compare, label
from tests.report.sample import entry, ledger, part, sample


def changed(change):
    other = copy.deepcopy(sample())
    change(other["statements"])
    return other


def test_equal_ledgers_do_not_differ_and_effort_and_evidence_do_not_count():
    def cheaper(statements):
        for e in statements:
            e.update(tried=1, evidence="none", tightest_slack=None, seconds=9.0)

    assert compare([sample(), sample(), changed(cheaper)]) == []


@pytest.mark.parametrize(
    ("change", "id_", "what", "values"),
    [
        (lambda s: s[0].update(verdict="false"), "thm-3.1-bound", "verdict", ("holds", "false")),
        (lambda s: s[1].update(corrected_verdict=None), "thm-3.1-equality", "corrected_verdict", ("holds", "none")),
        (lambda s: s[0]["parts"][0].update(holds=None), "thm-3.1-bound", "part 'bound'", ("holds", "not decided")),
        (lambda s: s[3].update(id="new"), "nc4", "verdict", ("open", "absent")),
    ],
)
def test_a_difference_is_named(change, id_, what, values):
    found = {(d.id, d.what): d.values for d in compare([sample(), changed(change)])}
    assert found[id_, what] == values


def test_parts_of_one_name_are_compared_one_by_one():
    one = ledger(entry("a", "holds", parts=[part("p", True), part("p", False)]))
    two = ledger(entry("a", "holds", parts=[part("p", False), part("p", True)]))
    assert len(compare([one, two])) == 2
    assert compare([one, one]) == []


def test_one_ledger_is_nothing_to_compare():
    with pytest.raises(ValueError, match="at least two"):
        compare([sample()])


def test_a_label_says_what_ran():
    assert label({"backend": "torch", "device": "cuda", "seed": 3}) == "torch cuda seed 3"
    assert label({}) == ""
