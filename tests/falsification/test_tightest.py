"""The tightest point of a verdict: not the one that rounding happened to put lowest."""

import math

from ncverify import Domain, Inequality, falsify
from ncverify.falsification.tasks import Outcome

TINY = 1e-13  # scaled: a few hundred units of rounding


def noted(*entries):
    """The point that is kept of (distance, point, whether it is of ordinary size), in their order."""
    together, apart = Outcome(), Outcome()
    for distance, point, ordinary in entries:
        together.note(distance, distance, point, ordinary=ordinary)
        one = Outcome()
        one.note(distance, distance, point, ordinary=ordinary)
        apart.merge(one)
    assert together == apart
    return together


def test_the_lowest_point_is_kept():
    outcome = noted((1.0, "a", True), (0.5, "b", True), (0.75, "c", True))
    assert (outcome.lowest, outcome.tightest, outcome.at_tightest) == (0.5, "b", 0.5)


def test_of_points_that_rounding_cannot_tell_apart_the_first_is_kept():
    outcome = noted((TINY, "a", True), (0.0, "b", True), (-TINY, "c", True))
    assert (outcome.lowest, outcome.tightest) == (-TINY, "a")


def test_one_of_ordinary_size_replaces_one_that_is_not():
    assert noted((0.0, "far", False), (TINY, "near", True), (0.0, "far again", False)).tightest == "near"
    assert noted((0.0, "far", False), (1e-3, "near", True)).tightest == "far"
    assert noted((1e-3, "near", True), (0.0, "far", False)).tightest == "far"


def test_nothing_met_leaves_nothing():
    outcome = Outcome()
    outcome.merge(Outcome())
    assert (outcome.lowest, outcome.tightest) == (math.inf, None)


def test_a_tie_is_shown_at_a_simple_point():
    def slack(p):
        return p.xp.sum(p.W * p.W) * p.xp.sum(p.H * p.H) - p.xp.sum(p.W.T * p.H) ** 2

    tied = Inequality("Cauchy and Schwarz", slack=slack)
    verdict = falsify(tied, Domain(K=2, n=1, d=2), evaluations=2_000)
    assert abs(verdict.slack) < 1e-9
    entries = [abs(float(v)) for array in verdict.tightest.variables.values() for v in array.ravel()]
    assert max(entries) <= 2**10
