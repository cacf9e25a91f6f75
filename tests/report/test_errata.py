"""docs/errata.md is what the registry says: a statement that changes makes this test fail until it is made anew."""

from __future__ import annotations

import re
from pathlib import Path

from ncverify.cli import main
from ncverify.falsification.point_json import point_as_json
from ncverify.ledger.facts import part_facts
from ncverify.ledger.ledger import write_ledger
from ncverify.papers.claim import Claim
from ncverify.papers.discovery import built_in
from ncverify.report.errata import DEMONSTRATED, ERRORS, GRADED, disagreements, errata
from tests.report.sample import HOSTILE, ORIGIN, entry, ledger, part
from tests.ulpm import PAPER, claims

ROOT = Path(__file__).resolve().parents[2]


def declared_entry(claim: Claim) -> dict:
    """What a green run writes about a claim, as far as the registry knows it before the run."""
    parts = [
        part(
            p.statement.name,
            p.witness is None,
            counterexample=None if p.witness is None else point_as_json(p.witness.point(p.domain)),
            **part_facts(p, p.role),
        )
        for p in claim.parts
    ]
    texts = {
        "printed": claim.printed,
        "reason": claim.reason,
        "effect": claim.effect,
        "where": None,
        "severity": claim.severity,
    }
    correction = claim.correction.latex if claim.correction else None
    corrected = "holds" if correction else None
    return entry(claim.id, claim.verdict, parts=parts, correction=correction, corrected_verdict=corrected, **texts)


def declared_ledger() -> dict:
    entries = [declared_entry(claim) | {"where": claim.where} for claim in PAPER.claims]
    return ledger(*entries) | {"paper": PAPER.title}


def without_demonstrations(text: str) -> list[str]:
    """The lines that do not depend on a run."""
    return [line for line in text.splitlines() if line and not line.startswith((DEMONSTRATED, GRADED))]


def test_the_errata_of_the_documentation_are_those_of_the_registry():
    stored = (ROOT / "docs" / "errata.md").read_text(encoding="utf-8")
    assert without_demonstrations(stored) == without_demonstrations(errata(declared_ledger())), (
        "make them anew: pytest properties/ulpm_2022 --ledger ledger && ncverify errata ledger --out docs/errata.md "
        "--count-in README.md"
    )


def test_a_changed_text_changes_the_errata():
    changed = declared_ledger()
    wrong = next(e for e in changed["statements"] if e["verdict"] == "false")
    before = errata(changed)
    for name in ("printed", "reason", "effect", "correction"):
        assert errata(changed | {"statements": [wrong | {name: "y"}]}) != errata(changed | {"statements": [wrong]})
    assert errata(changed) == before


def test_a_verdict_that_is_not_the_declared_one_is_noticed():
    declared = declared_ledger()
    assert disagreements(declared) == []
    declared["statements"][3]["verdict"] = "open"
    assert disagreements(declared) == [declared["statements"][3]["id"]]


def test_only_what_is_wrong_is_an_erratum():
    text = errata(ledger(entry("nc1", "holds"), entry("nc2", "defect"), entry("nc3", "open")))
    assert "`nc2`" in text
    assert "`nc1`" not in text
    assert "1 of 3" in text


def test_counterexamples_stand_in_the_errata_and_texts_stay_texts():
    wrong = entry("other", "false", reason=HOSTILE, where=HOSTILE, parts=[part(HOSTILE, False, counterexample=ORIGIN)])
    text = errata(ledger(wrong))
    assert "K = 2, n = 1, d = 1, W = [0; 0], H = [0, 3/2]" in text
    assert "<script>" not in text


def test_grades_of_a_gap_and_of_a_correction_and_misprints_stand_in_the_errata():
    gap = entry("thm-3.2", "proof-gap", step_evidence="proved", conclusion_evidence="measured")
    text = errata(ledger(gap | {"correction": "x", "corrected_verdict": "holds", "corrected_evidence": "attacked"}))
    assert "Evidence: the failing step proved, the conclusion measured.\n" in text
    assert "Evidence: the correction attacked.\n" in text
    assert "Severity: " not in text
    assert "Severity: **misprint**, a misprint: " in errata(ledger(entry("nc2", "false", severity="misprint")))


def test_the_table_on_top_has_the_worst_first_and_says_whether_the_theorems_survive():
    found = [("a", "misprint"), ("b", "theorem"), ("c", "local"), ("d", "proof"), ("e", "theorem"), ("f", "error")]
    text = errata(ledger(*(entry(id_, "false", severity=severity) for id_, severity in found)))
    rows = re.findall(r"^\| Theorem 9 \(`(.)`\) \| (\w+) \|", text, re.MULTILINE)
    assert [id_ for id_, _ in rows] == ["b", "e", "f", "d", "c", "a"]
    assert [severity for _, severity in rows] == ["theorem", "theorem", "error", "proof", "local", "misprint"]
    assert "- **theorem** (2): a theorem, or what is concluded from one, does not stand as printed" in text
    assert text.index("| Theorem 9") < text.index("## Theorem 9")


def test_every_wrong_statement_of_a_built_in_paper_says_whether_the_theorems_survive():
    for key, load in built_in().items():
        for claim in load().claims:
            if claim.verdict in ERRORS:
                assert claim.severity != "error", f"{key}: {claim.id}"


def test_the_command_counts_in_a_page_between_its_marks(tmp_path, capsys):
    write_ledger(tmp_path, ledger(entry("nc1", "holds"), entry("nc2", "false")) | {"key": "mine"})
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- counts of mine -->\nold\n<!-- /counts -->\nafter\n")
    assert main(["errata", str(tmp_path), "--out", str(tmp_path / "errata.md"), "--count-in", str(page)]) == 0
    said = "Of 2 statements 1 holds as printed, 1 is false as printed."
    assert page.read_text() == f"before\n<!-- counts of mine -->\n{said}\n<!-- /counts -->\nafter\n"
    page.write_text("<!-- counts of other -->\nold\n<!-- /counts -->\n")
    assert main(["errata", str(tmp_path), "--out", str(tmp_path / "errata.md"), "--count-in", str(page)]) == 2
    assert "expected a page with the marks <!-- counts of mine -->" in capsys.readouterr().err
    assert "old" in page.read_text()


def test_a_theorem_that_is_false_is_no_local_error():
    """What is a theorem's or a corollary's own place, and false, has that severity."""
    for claim in claims().values():
        if claim.verdict == "false" and re.match(r"(Theorem|Corollary) \d", claim.where):
            assert claim.severity == "theorem", claim.id


def test_every_error_says_what_it_does_to_the_theorems_and_only_errors_do():
    for claim in claims().values():
        assert bool(claim.effect) == (claim.verdict in ERRORS), claim.id
        assert not claim.effect.endswith("."), claim.id
