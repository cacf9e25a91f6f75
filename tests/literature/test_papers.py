"""The built-in papers beside the one that most tests are about: consistent entries, and what is false beside them."""

import pkgutil
from dataclasses import replace

import pytest

import ncverify.literature
from ncverify import falsify
from ncverify.falsification import judge
from ncverify.ledger.examine import EFFORTS
from ncverify.papers import Witness, installed
from ncverify.papers.claim import Demonstration
from tests.papers_consistency import complain, complain_about_place
from tests.ulpm import PAPER

DEFAULT = EFFORTS["default"]
MODULES = [m.name for m in pkgutil.iter_modules(ncverify.literature.__path__) if not m.name.startswith("_")]
BUILT_IN = {key: load() for key, load in installed().items() if key.replace("-", "_") in MODULES}
CLAIMS = [(key, claim) for key, paper in BUILT_IN.items() if key != PAPER.key for claim in paper.claims]
BY_CLAIM = pytest.mark.parametrize("claim", [c for _, c in CLAIMS], ids=[f"{key}: {c.id}" for key, c in CLAIMS])


def witnessed():
    return [(f"{key}: {c.id}", part) for key, c in CLAIMS for part in c.parts if part.witness is not None]


def neighbours():
    """Every false neighbour once: claims of a paper share some."""
    found = {}
    for key, claim in CLAIMS:
        for neighbour in claim.neighbours:
            found.setdefault(id(neighbour), (f"{key}: {claim.id}: {neighbour.statement.name}", neighbour))
    return list(found.values())


def test_there_are_papers_and_each_is_found_under_its_key():
    assert len(BUILT_IN) > 1
    assert all(paper.key == key for key, paper in BUILT_IN.items())


@BY_CLAIM
def test_a_claim_says_where_it_stands_and_does_not_contradict_itself(claim):
    assert complain_about_place(claim) == []
    assert complain(claim) == []


@BY_CLAIM
def test_a_reading_says_that_it_is_none_of_the_papers_statements(claim):
    if claim.attribution == "reading" and claim.verdict == "false":
        assert "no verdict on the paper" in claim.reason


def test_a_claim_without_a_place_is_complained_about():
    _, claim = CLAIMS[0]
    assert complain_about_place(replace(claim, where=" ", says="")) == ["no where", "no says"]


@pytest.mark.parametrize("part", [p for _, p in witnessed()], ids=[name for name, _ in witnessed()])
def test_a_stored_witness_violates_its_part_exactly(part):
    result = judge(part.statement, part.witness.point(part.domain))
    assert result.violated
    assert not result.doubtful


def test_a_witness_that_is_none_is_told_from_one():
    """Control of the test above: zero violates no bound of the simplex value."""
    part = next(p for name, p in witnessed() if name == "zhu-2021: zhu-any-d")
    tame = Witness(**part.witness.values | {"W": [[0], [0], [0]], "H": [[0, 0, 0]]})
    assert not judge(part.statement, tame.point(part.domain)).violated


@pytest.mark.slow
@pytest.mark.parametrize("neighbour", [n for _, n in neighbours()], ids=[name for name, _ in neighbours()])
def test_a_false_neighbour_is_falsified(neighbour):
    assert not isinstance(neighbour.statement, Demonstration)
    verdict = falsify(
        neighbour.statement, neighbour.domain, 0, DEFAULT.budget, evaluations=DEFAULT.evaluations, simplify=False
    )
    assert verdict.status == "falsified", str(verdict)
