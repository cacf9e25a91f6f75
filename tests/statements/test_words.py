"""What the paper says in words is judged by its words: the quoted sentence stands in the row."""

from __future__ import annotations

import pytest

from ncverify.report.errata import ERRORS
from tests.ulpm import claims

QUOTED = {
    "ex-3.1-curve": ("defect", "'as alpha -> 0'"),
    "nc1": ("holds", "'these activation collapse to their class mean'"),
    "nc4": ("defect", "'the network classifier converges to choose whichever class has the nearest train class-mean'"),
    "def-a.3": ("holds", "'is said to satisfy (MFCQ) at x if there exist a vector v'"),
    "rem-3.4": ("false", "'simple gradient flow may get stuck in saddle points as we have shown in Example 3.1'"),
    "sec-3.2-saddles": ("false", "'a simple gradient flow will get stuck in them'"),
    "sec-4-metrics": ("defect", "'classifier norm in the last layer'"),
    "sec-4-zero": ("false", "'a smaller value of each metric indicates a closer state to a neural collapse solution'"),
}
MISPRINTS = (
    "lem-b.1-beta",
    "c-loss-z",
    "c-column-index",
    "d-within-metric",
    "c-condition-4",
    "c-conditions-equivalent",
    "c-left-null",
)


@pytest.mark.parametrize("id_", QUOTED)
def test_the_sentence_that_decides_is_quoted(id_):
    verdict, sentence = QUOTED[id_]
    assert claims()[id_].verdict == verdict
    assert sentence in claims()[id_].reason


@pytest.mark.parametrize("id_", MISPRINTS)
def test_a_plain_misprint_is_called_one(id_):
    assert claims()[id_].severity == "misprint"


def test_what_harms_a_theorem_is_no_misprint():
    """A misprint leaves every later line true as it is meant."""
    for id_, claim in claims().items():
        if claim.severity == "misprint":
            assert claim.verdict in ERRORS, id_
    for id_ in ("thm-3.3", "thm-3.4-sphere", "cor-3.1", "abstract-strict-saddles", "eq-b.20", "c-null-vector"):
        assert claims()[id_].severity in ("theorem", "proof"), id_


@pytest.mark.parametrize("id_", ["rem-3.4", "sec-3.2-saddles"])
def test_what_the_paper_says_itself_does_not_make_it_false(id_):
    """The flow on the ray of Example 3.1 is conceded by the paper; d < K-1 is not."""
    against = [part.statement.name for part in claims()[id_].parts]
    assert not any("ray" in name for name in against)
