"""How the slacks of the tried points are counted."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from ncverify import Domain, Identity, Inequality, falsify
from ncverify.falsification.distribution import CLASSES, Distribution, classes_of
from ncverify.ledger.entry import entry
from ncverify.ledger.examine import Effort, examine
from ncverify.papers.claim import Claim, Part

SMALL = Domain(K=2, n=1, d=(1, 2))
SQUARE = Inequality("a square is not negative", slack=lambda p: p.squared_norm)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (-1e-300, "0"),
        (-1e-11, "below 0"),
        (0.0, "0"),
        (1e-12, "0"),
        (1.5e-12, "1e-12"),
        (0.999, "1e-01"),
        (1.0, "1e+00"),
        (1e300, "1e+02"),
        (math.inf, "not finite"),
        (-math.inf, "not finite"),
        (math.nan, "not finite"),
    ],
)
def test_every_float_has_its_class(value, name):
    assert CLASSES[int(classes_of([value])[0])] == name


def test_the_classes_are_in_the_order_of_the_numbers():
    found = classes_of(np.sort(np.concatenate([-np.geomspace(1e-30, 1e9, 99), np.geomspace(1e-30, 1e9, 999)])))
    assert (np.diff(found) >= 0).all()
    assert set(found.tolist()) == set(range(len(CLASSES) - 1))


def test_counting_in_pieces_is_counting_at_once():
    values = np.random.default_rng(0).standard_normal(200)
    whole, pieces = Distribution(), Distribution()
    whole.note(values, attacked=False)
    for piece in np.split(values, 4):
        pieces.note(piece, attacked=False)
    assert whole.as_json() == pieces.as_json()
    assert sum(whole.as_json()["sampled"].values()) == 200
    assert Distribution().as_json() == {"sampled": {}, "attacked": {}}


def test_a_campaign_counts_every_point_that_met_the_hypotheses_and_is_reproducible():
    one, two = (falsify(SQUARE, SMALL, seed=3, evaluations=600) for _ in range(2))
    counts = one.distribution.as_json()
    assert counts == two.distribution.as_json()
    assert sum(counts["sampled"].values()) > 50
    assert sum(counts["attacked"].values()) > 0
    assert "below 0" not in counts["sampled"]


def test_the_adversary_ends_closer_to_equality_than_samples_do():
    bound = Inequality("margin bound", slack=lambda p: p.squared_norm / (2 * (p.K - 1)) - p.q_min)
    counts = falsify(bound, Domain(K=2, n=1, d=1), evaluations=3_000).distribution.as_json()
    most = {stage: max(found, key=found.__getitem__) for stage, found in counts.items()}
    assert CLASSES.index(most["attacked"]) < CLASSES.index("1e-06") < CLASSES.index(most["sampled"])


def test_an_identity_is_counted_by_how_far_its_sides_are_apart():
    wrong = Identity("a wrong identity", left=lambda p: p.squared_norm, right=lambda p: 2 * p.squared_norm)
    counts = falsify(wrong, SMALL, evaluations=600).distribution.as_json()
    assert "below 0" not in counts["sampled"]
    assert counts["sampled"].keys() - {"0", "not finite"}


def test_the_distribution_stands_in_the_ledger_entry_as_json():
    claim = Claim("nc1", "q", "holds", "r", parts=(Part(SQUARE, domain=SMALL),))
    found = entry(examine(claim, Effort(evaluations=600)))
    counts = json.loads(json.dumps(found))["parts"][0]["distribution"]
    assert set(counts) == {"sampled", "attacked"}
    assert sum(counts["sampled"].values()) > 0
