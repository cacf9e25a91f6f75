"""A part that several claims share is examined once in a run, and nothing else is answered by its result."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ncverify.domain import Domain
from ncverify.ledger import examined
from ncverify.ledger.examine import Effort, examine, examine_part
from ncverify.ledger.examined import Examined, same
from ncverify.papers.claim import Claim, Demonstration, Part, Shown, Witness
from ncverify.statements.types import Identity, Inequality

EFFORT = Effort(evaluations=300, budget=20.0)
SMALL = Domain(K=2, n=1, d=1)
SQUARES = Inequality("squares", slack=lambda p: p.squared_norm)
PART = Part(SQUARES, domain=SMALL)


@pytest.fixture
def counted(monkeypatch):
    """The parts that were really examined."""
    seen = []

    def counting(part, effort, prove):
        seen.append(part)
        return examine_part(part, effort, prove)

    monkeypatch.setattr(examined, "examine_part", counting)
    return seen


def claim(id_, *parts):
    return Claim(id_, "q", "holds", "r", parts=parts)


def test_a_part_of_two_claims_is_examined_once_and_tells_the_same_in_both(counted):
    of = Examined()
    first = examine(claim("a", PART), EFFORT, of)
    second = examine(claim("b", Part(SQUARES, domain=SMALL, role="step")), EFFORT, of)
    assert len(counted) == 1
    assert first.parts == second.parts == [examine_part(PART, EFFORT)]
    assert first.parts[0] is not second.parts[0]  # what one claim's account changes is not changed in the other's


OTHERS = {
    "a statement that reads alike": Part(Inequality("squares", slack=lambda p: p.squared_norm), domain=SMALL),
    "a changed statement": Part(replace(SQUARES, strict=True), domain=SMALL),
    "another domain": Part(SQUARES, domain=Domain(K=2, n=1, d=2)),
    "a witness": Part(SQUARES, domain=SMALL, witness=Witness(W=[[0], [0]], H=[[0, 0]])),
    "a proof": Part(
        SQUARES,
        domain=SMALL,
        proof=(Identity("itself", left=lambda p: p.W, right=lambda p: p.W),),
        argument="a",
        beyond="b",
    ),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_part_is_examined_anew(counted, other):
    of = Examined()
    of(PART, EFFORT)
    of(other, EFFORT)
    assert counted == [PART, other]
    assert same(other) != same(PART)


def test_a_changed_statement_has_its_own_verdict():
    of = Examined()
    short = Inequality("points are short", slack=lambda p: 1 - p.squared_norm)
    assert of(PART, EFFORT).holds is True
    assert of(replace(PART, statement=short), EFFORT).holds is False


def test_another_effort_examines_anew(counted):
    of = Examined()
    for effort in (EFFORT, replace(EFFORT, seed=1), replace(EFFORT, evaluations=301), EFFORT):
        of(PART, effort)
    assert len(counted) == 3


def test_every_run_examines_for_itself(counted):
    Examined()(PART, EFFORT)
    Examined()(PART, EFFORT)
    assert len(counted) == 2


def test_a_demonstration_runs_once_in_a_run_and_again_in_the_next():
    runs = []
    shown = Demonstration(
        "d", lambda seed: runs.append(seed) or Shown(True, ""), "measured", lambda _: Shown(False, "")
    )
    of = Examined()
    of(Part(shown), EFFORT)
    of(Part(shown, role="step"), EFFORT)
    assert runs == [0]
    Examined()(Part(shown), EFFORT)
    assert runs == [0, 0]


def test_an_identity_of_two_proofs_is_tested_once_for_each_space(monkeypatch):
    tested = []
    real = examined.prove_identity
    monkeypatch.setattr(examined, "prove_identity", lambda *a, **k: tested.append((a[0].name, a[1])) or real(*a, **k))
    good = Identity("good", left=lambda p: p.W + p.W, right=lambda p: 2 * p.W)
    bad = Identity("bad", left=lambda p: p.W + p.W, right=lambda p: 3 * p.W)
    wide = Domain(K=2, n=1, d=2)
    of, about = Examined(), {"argument": "a", "beyond": "b"}
    both = [
        Part(Inequality(name, slack=lambda p: p.squared_norm), domain=SMALL, proof=(good,), **about) for name in "xy"
    ]
    assert [of(part, EFFORT).grade for part in both] == ["proved", "proved"]
    assert of(replace(both[0], shapes=wide), EFFORT).grade == "proved"
    assert tested == [("good", SMALL), ("good", wide)]
    assert "'bad' is false" in of(replace(both[0], proof=(bad,)), EFFORT).problem
