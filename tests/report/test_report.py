"""The report of a ledger: what is in it, and what must not be."""

from __future__ import annotations

import functools
import json
import re
from html import unescape as html_text
from html.parser import HTMLParser

import pytest

from ncverify.cli import main
from ncverify.commands.report import say_what_is_missing
from ncverify.falsification.witness import read_witness, recheck
from ncverify.ledger.entry import entry as entry_of
from ncverify.ledger.examine import Effort, examine
from ncverify.ledger.facts import part_facts
from ncverify.ledger.ledger import assemble, write_ledger
from ncverify.papers import Witness
from ncverify.report import formulas, page
from ncverify.report.charts import dots, position, slack_figure
from ncverify.report.files import source_link, write_report
from ncverify.report.index import write_index
from ncverify.report.page import html_page, markdown_page
from ncverify.report.points import copies
from ncverify.report.severity import SURVIVAL
from ncverify.report.view import PLACES, sentence, view
from ncverify.report.wrapping import wrapped
from tests.report.sample import HOSTILE, ORIGIN, entry, ledger, part, sample
from tests.ulpm import PAPER, claims

LARGEST = 3 << 20
VOID = {"meta", "input", "br", "wbr", "link", "img", "hr"}


class Balanced(HTMLParser):
    """Collects the tags of a page, and fails where they do not nest."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, tag
        assert self.open.pop() == tag


def parsed(html: str) -> Balanced:
    parser = Balanced()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser


@pytest.fixture(scope="module")
def full() -> str:
    """The page of a ledger with every statement of the paper."""
    return html_page(view(assemble(PAPER, {"seed": 0}, {})))


@pytest.mark.slow
def test_the_page_nests_and_names_each_place_once(full):
    for html in (full, html_page(view(sample()))):
        found = parsed(html)
        assert len(found.ids) == len(set(found.ids))
        wanted = {attributes["href"][1:] for _, attributes in found.seen if attributes.get("href", "").startswith("#")}
        assert wanted <= set(found.ids)


def test_a_page_that_does_not_nest_is_noticed():
    with pytest.raises(AssertionError):
        parsed("<p><b></p></b>")


def test_the_page_needs_nothing_from_outside_and_stays_small(full):
    assert len(full.encode()) < LARGEST
    for tag, attributes in parsed(full).seen:
        assert tag not in ("link", "img", "iframe", "object"), tag
        assert not {"src", "style"} & set(attributes), (tag, attributes)
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
    addresses = set(re.findall(r"https?://[^\"'<\s]+", full))
    assert addresses <= {formulas.MATHML}


def test_every_statement_has_a_row_and_a_section(full):
    tags = parsed(full).seen
    assert sum(tag == "tr" and "data-id" in attributes for tag, attributes in tags) == len(claims())
    assert sum(tag == "details" for tag, _ in tags) == len(claims())
    for id_ in claims():
        assert f">{id_}</a>" in full
        assert f"<h3>{id_}</h3>" in full


def test_nothing_of_a_ledger_becomes_markup():
    html = html_page(view(sample()))
    assert "<script>alert" not in html
    assert "</style> {{" not in html
    assert "&lt;script&gt;alert" in html
    assert "49" not in re.sub(r"<(style|script)>.*?</\1>", "", html, flags=re.DOTALL)
    assert sum(tag == "script" for tag, _ in parsed(html).seen) == 1
    text = re.sub(r"`+[^`]*`+", "", markdown_page(view(sample())))
    assert "<script>" not in text


def test_a_formula_that_smuggles_markup_is_not_shown_as_mathml(monkeypatch):
    bad = '<math xmlns="http://www.w3.org/1998/Math/MathML">{}</math>'
    for inner in ("<script>1</script>", '<mi onclick="1">x</mi>', '<mi href="javascript:1">x</mi>', "<mi>x</mo>"):
        assert formulas._checked(bad.format(inner)) is None
    assert formulas._checked(bad.format("<mi>x</mi>")) is not None


def test_formulas_are_mathml_and_what_is_no_latex_is_left_alone():
    pytest.importorskip("pypandoc", reason="pypandoc-binary is in the extra report")
    good, bad = formulas.mathml([r"\frac{1}{\sqrt n}+\|W\|_F^2", r"\nosuchcommand{x"])
    assert "<mfrac>" in good
    assert "<msqrt>" in good
    assert "<mo>+</mo>" in good
    assert bad is None


def test_every_formula_of_the_registry_is_converted():
    pytest.importorskip("pypandoc", reason="pypandoc-binary is in the extra report")
    wanted = [claim.printed for claim in claims().values()]
    wanted += [claim.correction.latex for claim in claims().values() if claim.correction]
    missing = [tex for tex, found in zip(wanted, formulas.mathml(wanted), strict=True) if found is None]
    assert missing == []


def test_without_pandoc_the_source_is_shown_and_said_to_be_source(monkeypatch):
    monkeypatch.setattr(formulas, "_pandoc", lambda: None)
    html = html_page(view(sample()))
    assert "<math" not in html
    assert r"<code>q_{\min} \le 1</code>" in html
    assert "LaTeX source: not converted" in html


@functools.cache
def real() -> dict:
    """A ledger with one examined statement of the paper, as a run writes it."""
    examined = entry_of(examine(claims()["thm-3.1-equality"], Effort(evaluations=500)))
    return assemble(PAPER, {}, {"thm-3.1-equality": examined})


@pytest.mark.slow
def test_a_counterexample_is_readable_and_its_command_names_a_file_that_verifies_again(tmp_path):
    write_report(tmp_path / "with space", real())
    html = (tmp_path / "with space" / "report.html").read_text()
    file = tmp_path / "with space" / "witnesses" / "thm-3.1-equality.2.json"
    assert "<code>ncverify recheck witnesses/thm-3.1-equality.2.json</code>" in html
    assert '<a href="witnesses/thm-3.1-equality.2.json" download>' in html
    content = read_witness(file)
    assert content["id"] == "ulpm-2022/thm-3.1-equality"
    assert recheck(content, claims()["thm-3.1-equality"].parts[1].statement).violated


def test_a_part_without_the_hash_of_its_source_gets_no_command(tmp_path):
    counterexample = sample()["statements"][1]["counterexample"]
    old = ledger(entry("thm-3.1-equality", "false", parts=[part("old", False, counterexample=counterexample)]))
    write_report(tmp_path, old)
    assert not (tmp_path / "witnesses").exists()
    assert "ncverify recheck" not in (tmp_path / "report.html").read_text()


def test_the_ledger_has_hypotheses_shapes_and_source():
    statement = next(s for s in view(real()).statements if s.id == "thm-3.1-equality")
    assert statement.module == "ncverify.literature.ulpm_2022.theorem_3_1"
    assert statement.correction_parts[0].hypotheses == ("p.squared_norm > 0",)
    assert statement.parts[0].shapes.startswith("K 2 to 4")


def test_a_source_outside_the_project_is_not_linked(tmp_path, monkeypatch):
    module = "ncverify.literature.ulpm_2022.theorem_3_1"
    monkeypatch.chdir(tmp_path)
    assert source_link(module, tmp_path / "ledger") is None
    assert source_link("", tmp_path) is None
    root = tmp_path / "elsewhere"
    monkeypatch.undo()
    assert source_link(module, root) is None


def test_a_decisive_number_of_a_demonstration_is_not_called_a_slack():
    demonstrations = [
        c for c in claims().values() if any(type(p.statement).__name__ == "Demonstration" for p in c.parts)
    ]
    claim = demonstrations[0]
    parts = [part(p.statement.name, True, tightest_slack=0.125, **part_facts(p, p.role)) for p in claim.parts]
    shown = view(ledger(entry(claim.id, "holds", parts=parts))).statements[0].parts
    for p, stored in zip(shown, claim.parts, strict=True):
        demonstrated = type(stored.statement).__name__ == "Demonstration"
        assert (p.slack, p.decisive) == ((None, 0.125) if demonstrated else (0.125, None))


def test_a_disagreement_with_what_is_declared_is_said_on_top():
    red = ledger(entry("nc1", "holds", problems=["declared 'false', but the run came to 'holds'"]))
    assert "This run disagrees with the declared verdicts" in html_page(view(red))
    assert "This run disagrees with the declared verdicts" in markdown_page(view(red))
    assert "disagrees" not in html_page(view(ledger(entry("nc1", "holds"))))


def test_the_markdown_table_has_as_many_cells_in_each_row():
    lines = [line for line in markdown_page(view(sample())).splitlines() if line.startswith("| ")]
    rows = [line for line in lines if len(re.findall(r"(?<!\\)\|", line)) > 5]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in rows} == {10}
    assert len(rows) == 1 + 4


def test_the_sentence_counts_every_verdict():
    assert sentence({"holds": 1, "proof-gap": 2}) == (
        "Of 3 statements 1 holds as printed, 2 are true with a gap in their proof."
    )


def test_a_partial_run_counts_what_it_left_out_as_not_run_and_not_as_undecided():
    ids = list(claims())[:3]
    entries = [
        entry(ids[0], "holds", parts=[part("p", True)]),
        entry(ids[1], "open", declared="holds"),
        entry(ids[2], "open", declared="holds", parts=[part("p", None)]),
    ]
    shown = view(ledger(*entries)).sentence
    assert shown == "Of 3 statements 1 holds as printed, 1 is not decided, 1 was not run."


def test_dots_of_equal_slack_do_not_cover_each_other():
    equal = ledger(*(entry(id_, "holds", parts=[part("p", True, tightest_slack=0.0)]) for id_ in list(claims())[:9]))
    places = [(dot.x, dot.y) for dot in dots(view(equal).statements)]
    assert len(set(places)) == 9
    assert slack_figure(view(ledger()).statements) == ""


@pytest.mark.parametrize("slack", [1e-300, 1e300, -1e300, 0.0, 5e-324])
def test_every_slack_has_a_place_in_the_figure(slack):
    assert 0 < position(slack) < 960


def test_numbers_in_texts_never_claim_more_than_they_are():
    assert page.share(1e-9) == "< 0.1 %"
    assert page.number(-0.0) == "0"
    assert page.cell(HOSTILE).count("\n") == 0


def test_both_pages_show_both_grades_of_a_gap_the_grade_of_the_correction_and_a_misprint():
    gap = entry(
        "thm-3.2",
        "proof-gap",
        evidence="measured",
        step_evidence="proved",
        conclusion_evidence="measured",
        severity="misprint",
        correction="x",
        corrected_verdict="holds",
        corrected_evidence="attacked",
    )
    shown = view(ledger(gap))
    for text in (html_page(shown), markdown_page(shown)):
        assert "the failing step proved, the conclusion measured" in text
        assert "attacked" in text.split("true instead")[1][:900]
        assert "a misprint" in text
    plain = view(ledger(entry("thm-3.2", "proof-gap", correction="x", corrected_verdict="holds")))
    for text in (html_page(plain), markdown_page(plain)):
        assert "the failing step" not in text
        assert "a misprint" not in text


def test_a_statement_that_is_only_measured_beyond_its_gap_is_not_filtered_as_proved():
    gap = entry("thm-3.2", "proof-gap", evidence="measured", step_evidence="proved", conclusion_evidence="measured")
    assert view(ledger(gap)).evidence == ["measured"]


@pytest.mark.slow
def test_the_places_of_the_page_are_no_addresses_of_statements(full):
    """An id of a statement that is an id of the page too gets another address."""
    own = set(parsed(full).ids) - set(claims())
    assert own <= PLACES
    clash = html_page(view(ledger(entry("summary", "holds"), entry("nc1", "holds"))))
    assert len(parsed(clash).ids) == len(set(parsed(clash).ids))
    assert {"s-1", "nc1"} <= set(parsed(clash).ids)


def test_a_counterexample_can_be_copied_as_python_json_and_latex():
    html = html_page(view(sample()))
    copied = [a["data-copy"] for tag, a in parsed(html).seen if tag == "button" and "data-copy" in a]
    witness = next(text for text in copied if text.startswith("Witness("))
    assert eval(witness, {"Witness": Witness}).point().H.tolist() == claims_origin().point().H.tolist()
    assert json.dumps(ORIGIN) in copied
    assert any("pmatrix" in text and "tfrac{3}{2}" in text for text in copied)


def claims_origin():
    return Witness(W=[[0], [0]], H=[[0, "3/2"]])


def test_a_damaged_counterexample_offers_nothing_to_copy():
    assert copies({"K": HOSTILE, "W": [[HOSTILE]], "H": HOSTILE}) == []


def test_severity_is_shown_of_what_was_found_wrong_only():
    shown = view(sample())
    assert [s.severity for s in shown.statements] == ["", "theorem", "", ""]
    assert shown.severities == [("theorem", 1, SURVIVAL["theorem"])]
    html = html_page(shown)
    assert "does not stand as printed" in html
    assert 'id="severity"' in html
    assert 'id="severity"' not in html_page(view(ledger(entry("nc1", "holds"))))


def test_the_command_names_the_file_of_a_paper_as_seen_from_the_report(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("")
    write_report("results/deep", sample() | {"source": "mine.py"})
    html = (tmp_path / "results" / "deep" / "report.html").read_text()
    assert "recheck witnesses/thm-3.1-equality.2.json --statements ../../mine.py</code>" in html


def test_a_long_formula_becomes_pieces_and_words_and_loses_nothing():
    wide = [t for c in PAPER.claims for t in (c.printed, c.correction.latex if c.correction else "") if "=" in t]
    converted = formulas.mathml(wide)
    pieces = [wrapped(m) for m in converted]
    assert [plain(m) for m in converted] == [plain(m) for m in pieces]
    long = max(pieces, key=lambda piece: piece.count("<math"))
    assert long.count("<math") > 5
    assert "<mtext" not in long
    assert wrapped(formulas.mathml(["x^2"])[0]).count("<math") == 1


def plain(markup):
    """The characters of a formula without spaces and without its source."""
    without_source = re.sub(r"<annotation.*?</annotation>", "", markup)
    return html_text(re.sub(r"\s+|<[^>]+>", "", without_source))


def test_without_pandoc_it_is_said_what_to_install(monkeypatch, capsys):
    say_what_is_missing()
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(formulas, "_pandoc", lambda: None)
    say_what_is_missing()
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "pip install 'ncverify[report]'" in said


def test_several_ledgers_get_an_index_that_leads_to_each(tmp_path, capsys):
    for key, title in (("one", "First"), ("two", "<Second>")):
        write_ledger(tmp_path / key, sample() | {"paper": title, "key": key, "address": "https://arxiv.org/abs/1"})
    assert main(["report", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"written: {tmp_path / 'index.html'}"
    index = (tmp_path / "index.html").read_text()
    links = [a["href"] for tag, a in parsed(index).seen if tag == "a"]
    assert {"one/report.html", "two/report.html"} <= set(links)
    assert "one/report.html?verdict=false#statements" in links
    assert "one/report.html?severity=theorem&order=severity#statements" in links
    assert "<Second>" not in index
    assert '<a href="../index.html">' in (tmp_path / "one" / "report.html").read_text()
    assert main(["report", str(tmp_path / "one")]) == 0
    assert "index.html" not in (tmp_path / "one" / "report.html").read_text()


def test_an_index_trusts_no_address(tmp_path):
    write_ledger(tmp_path / "one", sample() | {"address": "javascript:alert(1)"})
    (tmp_path / "one" / "report.html").write_text("")
    assert "javascript" not in write_index(tmp_path).read_text()
