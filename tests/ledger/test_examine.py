"""How outcomes of parts become a verdict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ncverify.domain import Domain
from ncverify.falsification.campaign import falsify
from ncverify.falsification.tasks import STAGES
from ncverify.ledger import examine as examination
from ncverify.ledger.entry import FIELDS, entry, unexamined
from ncverify.ledger.examine import EFFORTS, Effort, examine, examine_part
from ncverify.ledger.results import PartResult, verdict_of
from ncverify.ledger.table import grades
from ncverify.papers.claim import Claim, Correction, Demonstration, Part, Shown, Witness
from ncverify.statements.types import Identity, Inequality
from tests.ulpm import claims

TINY = Domain(K=2, n=1, d=(1, 2))
EFFORT = Effort(evaluations=500)
TRUE = Inequality("true", slack=lambda p: p.squared_norm)
FALSE = Inequality("false", slack=lambda p: 1 - p.q_min)
WITNESS = Witness(W=[[2], [-2]], H=[[2, -2]])
FIXED = Correction("c", (Part(TRUE, domain=TINY),))


def part(statement=TRUE, **options):
    return Part(statement, domain=TINY, **options)


def outcome(holds, grade="attacked"):
    return PartResult("part", holds, grade)


@pytest.mark.parametrize(
    ("role", "holds", "refutes", "verdict"),
    [
        ("conclusion", True, False, "holds"),
        ("conclusion", False, False, "false"),
        ("conclusion", None, False, "open"),
        ("step", False, False, "proof-gap"),
        ("form", False, False, "defect"),
        ("conclusion", True, True, "false"),
        ("form", True, True, "defect"),
        ("conclusion", False, True, "holds"),
    ],
)
def test_the_role_of_a_failing_part_decides_the_verdict(role, holds, refutes, verdict):
    claim = Claim("nc1", "", "open", "", parts=(part(role=role, refutes=refutes),))
    assert verdict_of(claim, [outcome(holds)]) == verdict


def test_an_open_part_keeps_a_failing_step_from_passing_for_a_mere_gap():
    claim = Claim("nc1", "", "open", "", parts=(part(role="step"), part()))
    assert verdict_of(claim, [outcome(False), outcome(None)]) == "open"


def test_nothing_holds_by_default():
    assert verdict_of(Claim("nc1", "", "open", ""), []) == "open"


@pytest.mark.parametrize(("holds", "verdict"), [(True, "supported"), (False, "refuted"), (None, "open")])
def test_experiments_support_or_refute(holds, verdict):
    claim = Claim("fig-1", "", "open", "", kind="empirical", parts=(part(),))
    assert verdict_of(claim, [outcome(holds, "measured")]) == verdict


@pytest.mark.parametrize(("holds", "verdict"), [(True, "holds"), (False, "false")])
def test_what_is_measured_of_a_theorem_has_the_verdict_of_a_theorem_and_the_grade_of_a_measurement(holds, verdict):
    claim = Claim("thm-3.2", "", "open", "", parts=(part(),))
    assert verdict_of(claim, [outcome(holds, "measured")]) == verdict


def test_a_false_statement_is_refuted_by_its_stored_witness_and_found_again():
    claim = Claim("nc1", "q", "false", "r", parts=(part(FALSE, witness=WITNESS),), correction=FIXED)
    result = examine(claim, EFFORT)
    assert result.problems() == []
    assert result.verdict == "false"
    assert result.evidence == "proved"
    assert entry(result)["counterexample"]["W"] == [["2"], ["-2"]]


def test_a_witness_that_shows_nothing_is_a_problem():
    harmless = Witness(W=[[0], [0]], H=[[0, 0]])
    claim = Claim("nc1", "q", "false", "r", parts=(part(FALSE, witness=harmless),), correction=FIXED)
    assert any("does not violate" in problem for problem in examine(claim, EFFORT).problems())


def test_an_identity_proof_raises_the_grade_and_a_false_one_is_a_problem():
    good = Identity("good", left=lambda p: 2 * p.squared_norm, right=lambda p: p.squared_norm + p.squared_norm)
    bad = Identity("bad", left=lambda p: 2 * p.squared_norm, right=lambda p: 3 * p.squared_norm)
    proved = examine(Claim("nc1", "q", "holds", "r", parts=(part(proof=(good,), argument="a", beyond="b"),)), EFFORT)
    assert proved.evidence == "proved"
    refused = examine(Claim("nc1", "q", "holds", "r", parts=(part(proof=(bad,), argument="a", beyond="b"),)), EFFORT)
    assert any("'bad' is false" in problem for problem in refused.problems())


def test_a_demonstration_whose_control_passes_is_refused():
    def shown(holds):
        return lambda seed: Shown(holds, "detail", 1.0)

    sound = Demonstration("d", shown(True), "proved", shown(False), "rational")
    blind = Demonstration("d", shown(True), "proved", shown(True), "rational")
    assert examine(Claim("nc1", "q", "holds", "r", parts=(Part(sound),)), EFFORT).problems() == []
    assert any(
        "control" in p for p in examine(Claim("nc1", "q", "holds", "r", parts=(Part(blind),)), EFFORT).problems()
    )


def test_numbers_of_numpy_become_plain_data():
    """Workers of pytest-xdist can send nothing else."""
    shown = Demonstration(
        "d",
        lambda seed: Shown(np.bool_(True), "x", np.float64(0.5)),
        "proved",
        lambda seed: Shown(False, "x"),
        "rational",
    )
    found = entry(examine(Claim("nc1", "q", "holds", "r", parts=(Part(shown),)), EFFORT))
    assert type(found["tightest_slack"]) is type(found["parts"][0]["tightest_slack"]) is float
    assert type(found["parts"][0]["holds"]) is bool


def test_a_correction_that_fails_is_a_problem():
    correction = Correction("c", (Part(FALSE, domain=TINY),))
    claim = Claim("nc1", "q", "false", "r", parts=(part(FALSE, witness=WITNESS),), correction=correction)
    assert any("correction" in problem for problem in examine(claim, EFFORT).problems())


@pytest.mark.parametrize("verdict", ["false", "proof-gap", "defect"])
def test_what_is_not_true_as_printed_needs_a_correction(verdict):
    with pytest.raises(ValueError, match="without a correction"):
        Claim("nc1", "q", verdict, "r", parts=(part(),))


def test_a_verdict_needs_an_examination():
    with pytest.raises(ValueError, match="without anything that is examined"):
        Claim("nc1", "q", "holds", "r")


def test_every_entry_has_the_same_fields():
    examined = entry(examine(Claim("nc1", "q", "holds", "r", parts=(part(),)), EFFORT))
    assert set(examined) == set(FIELDS) == set(unexamined(claims()["fig-1"], "not run"))


def shown(holds, grade="proved"):
    return Demonstration("d", lambda seed: Shown(holds, "x"), grade, lambda seed: Shown(False, "x"), "rational")


def test_a_gap_has_the_grade_of_its_step_and_that_of_its_conclusion():
    """The step is refuted by an exact witness, the conclusion only measured: the row must not say "proved"."""
    parts = (Part(shown(True, "measured")), part(FALSE, role="step", witness=WITNESS))
    result = examine(Claim("nc1", "q", "proof-gap", "r", parts=parts, correction=FIXED), EFFORT)
    assert result.problems() == []
    assert (result.step_evidence, result.conclusion_evidence, result.evidence) == ("proved", "measured", "measured")
    found = entry(result)
    assert (found["step_evidence"], found["conclusion_evidence"]) == ("proved", "measured")
    assert grades(found) == "proved, measured"


def test_other_verdicts_have_one_grade():
    found = entry(examine(Claim("nc1", "q", "holds", "r", parts=(part(),)), EFFORT))
    assert found["step_evidence"] is found["conclusion_evidence"] is found["corrected_evidence"] is None
    assert grades(found) == found["evidence"]


def test_a_gap_needs_a_part_that_examines_the_conclusion():
    with pytest.raises(ValueError, match="without a part that examines the conclusion"):
        Claim("nc1", "q", "proof-gap", "r", parts=(part(FALSE, role="step", witness=WITNESS),), correction=FIXED)


@pytest.mark.parametrize("weak", ["attacked", "measured"])
def test_a_correction_has_the_grade_of_its_weakest_part(weak):
    correction = Correction("c", (Part(shown(True)), Part(shown(True, weak))))
    claim = Claim("nc1", "q", "false", "r", parts=(part(FALSE, witness=WITNESS),), correction=correction)
    result = examine(claim, EFFORT)
    assert (result.evidence, entry(result)["corrected_evidence"]) == ("proved", weak)


def test_a_proof_without_a_reason_for_other_shapes_is_refused():
    identity = Identity("i", left=lambda p: p.K, right=lambda p: p.K)
    with pytest.raises(ValueError, match="`beyond` has to say why"):
        part(proof=(identity,), argument="a")


def test_an_identity_of_the_tested_shapes_alone_is_not_proved():
    """True for K = 2 and false beyond: without a reason for other shapes it stays attacked."""
    small = Identity("K is 2", left=lambda p: (p.K - 2) * p.squared_norm, right=lambda p: 0)
    held = examine(Claim("nc1", "q", "holds", "r", parts=(part(small),)), EFFORT)
    assert (held.verdict, held.evidence) == ("holds", "attacked")
    wider = part(small, shapes=Domain(K=(2, 3), n=1, d=1), beyond="none")
    assert examine(Claim("nc1", "q", "holds", "r", parts=(wider,)), EFFORT).verdict == "open"


def test_the_errors_of_several_identities_add_up():
    one = Identity("one", left=lambda p: p.W[0, 0] ** 2, right=lambda p: p.W[0, 0] * p.W[0, 0])
    claims_ = [
        Claim("nc1", "q", "holds", "r", parts=(part(proof=(one,) * m, argument="a", beyond="b"),)) for m in (1, 4)
    ]
    single, four = (float(examine(c, EFFORT).parts[0].detail.split("probability ")[1].split(";")[0]) for c in claims_)
    assert four == pytest.approx(4 * single, rel=0.5)
    assert four > 2 * single


def test_the_detail_of_a_proof_names_the_shapes_that_were_tested():
    one = Identity("one", left=lambda p: p.K, right=lambda p: p.K)
    proof = part(proof=(one,), argument="a", shapes=Domain(K=(2, 6), n=(1, 9), d=1), beyond="a reason")
    detail = examine(Claim("nc1", "q", "holds", "r", parts=(proof,)), EFFORT).parts[0].detail
    assert "K 2 to 6, n 1 to 9, d 1; 45 shapes" in detail
    assert "other shapes: a reason" in detail


def test_a_severity_is_said_of_what_is_not_right_only():
    with pytest.raises(ValueError, match="severity 'misprint' of a statement that is declared 'holds'"):
        Claim("nc1", "q", "holds", "r", parts=(part(),), severity="misprint")
    with pytest.raises(
        ValueError, match="severity: expected one of theorem, error, proof, local, misprint, got 'typo'"
    ):
        Claim("nc1", "q", "false", "r", parts=(part(),), correction=FIXED, severity="typo")
    misprint = Claim(
        "nc1", "q", "false", "r", parts=(part(FALSE, witness=WITNESS),), correction=FIXED, severity="misprint"
    )
    assert entry(examine(misprint, EFFORT))["severity"] == "misprint"


def test_a_table_of_floats_is_not_proved():
    with pytest.raises(ValueError, match="has to say what decides it in integer, rational, ball arithmetic"):
        Demonstration("a table", lambda seed: Shown(True, "least 0.0"), "proved", lambda seed: Shown(False, "-0.001"))
    Demonstration("a table", lambda seed: Shown(True, "least 0.0"), "sampled", lambda seed: Shown(False, "-0.001"))


def test_what_a_small_search_misses_is_attacked_with_the_effort_of_the_default(monkeypatch):
    tried: list[int] = []

    def attack(part, effort):
        tried.append(effort.evaluations)
        return falsify(part.statement, part.domain, evaluations=effort.evaluations, stages=STAGES[: len(tried)])

    monkeypatch.setattr(examination, "_attack", attack)
    statement = Inequality("only a row of ones fails", slack=lambda p: p.xp.abs(p.W[0, 0] - p.H[0, 0]) - 1e-9)
    false = Part(statement, domain=Domain(2, 1, 1), witness=Witness(W=[[1], [0]], H=[[1, 0]]))
    assert examine_part(false, EFFORTS["quick"]).problem == ""
    nothing_meets = Inequality("vacuous", slack=lambda p: p.loss, given=[lambda p: -1 - p.loss])
    assert "vacuous" in examine_part(Part(nothing_meets, domain=Domain(2, 1, 1)), EFFORTS["quick"]).problem
    assert tried[-2:] == [EFFORTS["quick"].evaluations, EFFORTS["default"].evaluations]


@pytest.mark.parametrize(
    ("given", "quick"),
    [([], [1]), ([lambda p: 2.5 - p.K], [1, 3]), ([lambda p: -1 - p.loss], [1, 3, 12])],
)
def test_where_a_proof_is_verified_quick_samples_one_shape_and_more_if_no_point_meets_the_hypotheses(
    monkeypatch, given, quick
):
    tried: list[tuple[int, bool]] = []

    def counted(part, effort):
        verdict = attack(part, effort)
        tried.append((verdict.sizes[0], verdict.attacked))
        return verdict

    attack = examination._attack
    monkeypatch.setattr(examination, "_attack", counted)
    domain = Domain(K=(2, 3), n=(1, 2), d=(1, 3))
    halves = Identity("halves", left=lambda p: p.squared_norm, right=lambda p: p.squared_norm / 2 + p.squared_norm / 2)
    statement = Inequality("squares", slack=lambda p: p.squared_norm + 1, given=given)
    proved = Part(statement, domain=domain, proof=(halves,), argument="squares", beyond="for every shape")
    assert examine_part(proved, EFFORTS["quick"]).holds is (None if len(quick) == 3 else True)
    assert tried == [(shapes, shapes == 12) for shapes in quick]
    tried.clear()
    examine_part(replace(proved, proof=(), argument=""), EFFORTS["quick"])
    assert tried == [(shapes, shapes == 12) for shapes in quick[1:] or [3]]
    tried.clear()
    examine_part(proved, EFFORTS["default"])
    assert tried == [(12, True)]


def test_where_a_counterexample_is_stored_quick_looks_for_one_at_one_shape_first(monkeypatch):
    asked: list[int | None] = []
    attack = examination._attack
    monkeypatch.setattr(examination, "_attack", lambda part, e: asked.append(e.shapes) or attack(part, e))
    domain = Domain(K=(2, 3), n=(1, 2), d=(1, 3))
    false = Part(Inequality("margins are at most one", slack=lambda p: 1 - p.q_min), domain=domain, witness=WITNESS)
    small = Part(
        Inequality("not for two classes", slack=lambda p: p.K - 3 + 0 * p.loss), domain=domain, witness=WITNESS
    )
    for part, shapes in ((false, [1]), (small, [1, None])):
        asked.clear()
        result = examine_part(part, EFFORTS["quick"])
        assert (result.holds, result.problem, asked) == (False, "", shapes)


def test_the_quick_profile_attacks_only_what_sampling_leaves_open():
    true = Part(Inequality("squares", slack=lambda p: p.squared_norm + 1), domain=Domain(2, 1, 1))
    assert [examine_part(true, EFFORTS[name]).grade for name in ("quick", "default")] == ["sampled", "attacked"]

    rare = Inequality("W_1 = 3 H_1 + 1.234567 fails", slack=lambda p: abs(p.W[0, 0] - 3 * p.H[0, 0] - 1.234567) - 1e-9)
    witness = Witness(W=[["1234567/1000000"], [0]], H=[[0, 0]])
    sampled = replace(EFFORTS["default"], stages=EFFORTS["quick"].stages)
    assert "did not find" in examine_part(Part(rare, domain=Domain(2, 1, 1), witness=witness), sampled).problem
    assert examine_part(Part(rare, domain=Domain(2, 1, 1), witness=witness), EFFORTS["quick"]).problem == ""
