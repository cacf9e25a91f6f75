"""The statements of the paper: in order, and none that contradicts itself."""

import importlib
from dataclasses import replace

import pytest

from ncverify import Domain, Identity, Inequality
from ncverify.numbers.rational import RATIONAL
from ncverify.papers import Paper
from ncverify.papers.claim import Claim, Correction, Demonstration, Neighbour, Part, Shown, Witness
from tests.papers_consistency import complain, complain_about_place
from tests.ulpm import PAPER, claims

IDS = list(claims())
TRUE = Inequality("a square is not negative", slack=lambda p: p.squared_norm)
FALSE = Inequality("margins are positive", slack=lambda p: p.q_min, strict=True)
ORIGIN = Witness(W=[[0], [0]], H=[[0, 0]])


def test_every_claim_says_where_it_stands_and_what_it_says():
    for claim in PAPER.claims:
        assert complain_about_place(claim) == [], claim.id
        assert claim.position, claim.id


@pytest.mark.parametrize("id_", IDS)
def test_an_entry_does_not_contradict_itself(id_):
    assert complain(claims()[id_]) == []


def entry(**changes):
    """An entry without fault, with changes."""
    base = {
        "id": "thm",
        "printed": "x \\ge 0",
        "verdict": "holds",
        "reason": "one line",
        "parts": (Part(TRUE),),
        "neighbours": (Neighbour(FALSE),),
    }
    return Claim(**{**base, **changes})


FAULTS = {
    "holds, and conclusion fails": {"parts": (Part(FALSE, witness=ORIGIN),)},
    "holds, and is corrected": {"correction": Correction("y", (Part(TRUE),))},
    "holds, and nothing false stands next to it": {"neighbours": ()},
    "false, and no conclusion fails": {"verdict": "false", "correction": Correction("y", (Part(TRUE),))},
    "proof-gap, and no step fails": {"verdict": "proof-gap", "correction": Correction("y", (Part(TRUE),))},
    "proof-gap, and a conclusion fails": {
        "verdict": "proof-gap",
        "correction": Correction("y", (Part(TRUE),)),
        "parts": (Part(FALSE, witness=ORIGIN), Part(FALSE, role="step", witness=ORIGIN)),
    },
    "defect, and no form fails": {"verdict": "defect", "correction": Correction("y", (Part(TRUE),))},
    "the correction is not examined": {
        "verdict": "false",
        "parts": (Part(TRUE, refutes=True),),
        "correction": Correction("y", ()),
    },
    "the correction is expected to fail": {
        "verdict": "false",
        "parts": (Part(FALSE, witness=ORIGIN),),
        "correction": Correction("y", (Part(FALSE, witness=ORIGIN),)),
    },
    "no LaTeX: 'x {'": {"printed": "x {"},
    "no LaTeX: ' '": {"printed": " "},
    "the reason is no single line": {"reason": "one\ntwo"},
    "the counterexample to 'a square is not negative' is none": {
        "verdict": "false",
        "parts": (Part(TRUE, witness=ORIGIN),),
        "correction": Correction("y", (Part(TRUE),)),
    },
    "the counterexample to 'margins are positive' is outside its domain": {
        "verdict": "false",
        "parts": (Part(FALSE, domain=Domain(K=3), witness=ORIGIN),),
        "correction": Correction("y", (Part(TRUE),)),
    },
    "the proof of 'a square is not negative' has hypotheses": {
        "parts": (Part(TRUE, proof=(Identity("i", left=len, right=len, given=[len]),), argument="because", beyond="b"),)
    },
}


def test_an_entry_without_fault_is_not_complained_about():
    assert complain(entry()) == []


@pytest.mark.parametrize("complaint", FAULTS)
def test_a_planted_fault_is_complained_about(complaint):
    assert complaint in complain(entry(**FAULTS[complaint]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"verdict": "true"}, "thm: verdict: expected one of holds, proof-gap, false, .*, got 'true'"),
        ({"parts": ()}, "thm: declared 'holds' without anything that is examined"),
        ({"verdict": "false"}, "thm: declared 'false' without a correction"),
        ({"verdict": "defect"}, "thm: declared 'defect' without a correction"),
        ({"verdict": "proof-gap"}, "thm: declared 'proof-gap' without a correction"),
    ],
)
def test_an_inconsistent_entry_cannot_be_made(changes, message):
    with pytest.raises(ValueError, match=message):
        entry(**changes)


def test_a_part_cannot_be_proved_without_an_argument_nor_refute_with_a_counterexample():
    with pytest.raises(ValueError, match="a proof by identities needs the argument"):
        Part(TRUE, proof=(Identity("i", left=len, right=len),))
    with pytest.raises(ValueError, match="a counter-statement is expected to hold and has no counterexample"):
        Part(TRUE, refutes=True, witness=ORIGIN)


def test_a_witness_is_an_exact_point():
    p = Witness(W=[["1/3", 0.5], [1, -2]], H=[[1, 2], ["-7/2", 0]]).point()
    assert p.xp == RATIONAL
    assert [str(v) for v in p.W.data.ravel()] == ["1/3", "1/2", "1", "-2"]
    with pytest.raises(ValueError, match="unequal class sizes"):
        Witness(W=[[1], [2]], H=[[1, 2, 3]]).point()


def test_a_paper_with_two_claims_of_one_id_is_refused():
    with pytest.raises(ValueError, match="two claims have the id 'thm'"):
        Paper(key="mine", title="t", authors="a", claims=(entry(), entry()))


def test_claims_stand_in_the_order_of_their_positions():
    paper = Paper(key="mine", title="t", authors="a", claims=(entry(id="b", position=2), entry(id="a", position=1)))
    assert [claim.id for claim in paper.claims] == ["a", "b"]


def test_the_former_registry_warns_and_works_for_one_release():
    with pytest.warns(DeprecationWarning, match="is now ncverify.papers.find"):
        assert list(importlib.import_module("ncverify.statements.registry").claims()) == IDS
    with pytest.warns(DeprecationWarning, match="is now ncverify.papers.Claim"):
        assert importlib.import_module("ncverify.statements.claim").Claim is Claim


def test_a_demonstration_carries_its_control():
    shown = Demonstration(
        "d", run=lambda seed: Shown(True, "x"), grade="measured", control=lambda seed: Shown(False, "y")
    )
    assert complain(entry(parts=(Part(shown),))) == []
    assert complain(entry(parts=(Part(replace(shown, grade="certain")),))) != []
