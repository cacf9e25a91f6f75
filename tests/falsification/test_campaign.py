"""`falsify`: every status, the same answer for the same seed, budgets, stages, and errors for wrong arguments."""

import dataclasses
import math

import numpy as np
import pytest

from ncverify import Domain, Equivalence, Existence, Identity, Implication, Inequality, Trend, falsify
from ncverify.falsification.campaign import DEFAULT_EVALUATIONS, _at_once, plan
from ncverify.falsification.search import run
from tests.falsification.points import coordinates

SMALL = Domain(K=(2, 3), n=(1, 2), d=(1, 2))


def bound(p, factor=1):
    return factor * p.squared_norm / (2 * (p.K - 1) * p.xp.sqrt(p.n))


TRUE = Inequality("bound", slack=lambda p: bound(p) - p.q_min)
LOWERED = Inequality("bound lowered by 0.1 %", slack=lambda p: bound(p, 0.999) - p.q_min)


def fingerprint(verdict):
    """Everything but the time."""
    fields = {f.name: getattr(verdict, f.name) for f in dataclasses.fields(verdict) if f.name != "seconds"}
    for name in ("witness", "tightest"):
        fields[name] = fields[name] and coordinates(fields[name])
    fields["slack"] = repr(fields["slack"])
    return fields


@pytest.mark.slow
@pytest.mark.parametrize("statement", [TRUE, LOWERED], ids=lambda s: s.name)
@pytest.mark.parametrize("stages", [("structured", "random", "attack"), ("random", "attack")])
def test_the_same_seed_gives_the_same_verdict(statement, stages):
    first, again = (falsify(statement, SMALL, 7, evaluations=4_000, budget=1e9, stages=stages) for _ in range(2))
    assert fingerprint(first) == fingerprint(again)


def test_another_seed_gives_another_search():
    tightest = [falsify(TRUE, SMALL, s, evaluations=500, stages=("random",)).tightest for s in (1, 2)]
    assert coordinates(tightest[0]) != coordinates(tightest[1])


def test_tasks_do_not_depend_on_the_budget_of_evaluations_except_in_number():
    few, many = (plan(TRUE, SMALL, 0, evaluations) for evaluations in (5_000, 50_000))
    attacks = [[task for task in tasks if task.stage == "attack"] for tasks in (few, many)]
    assert attacks[1][: len(attacks[0])] == attacks[0]
    assert len(attacks[0]) < len(attacks[1])


def test_the_points_of_a_shape_are_evaluated_together_and_count_as_one_by_one():
    tasks = plan(TRUE, SMALL, 0, 5_000)
    groups = _at_once(TRUE, tasks)
    assert sorted(map(repr, (task for group in groups for task in group))) == sorted(map(repr, tasks))
    assert [task.stage for task in groups[0]] == ["structured", "random"]
    assert all(len({task.layout.sizes for task in group}) == 1 for group in groups)
    assert {len(group) for group in groups} == {1, 2}
    together, apart = run(TRUE, *groups[0]), [run(TRUE, task) for task in groups[0]]
    for name in ("tried", "sampled", "applicable", "met", "decisive", "defined", "undefined"):
        assert getattr(together, name) == sum(getattr(outcome, name) for outcome in apart), name
    assert together.lowest == pytest.approx(min(outcome.lowest for outcome in apart), rel=1e-12, abs=0)
    assert set(together.open) == set().union(*(outcome.open for outcome in apart))


def test_trends_are_run_from_random_starts_first():
    trend = Trend("t", trajectory=lambda p: [], quantity=lambda q: 1.0, rate=lambda t: t)
    groups = _at_once(trend, plan(trend, SMALL, 0, 500))
    stages = [task.stage for (task,) in groups]
    assert stages == sorted(stages)  # random ones, then structured ones
    assert set(stages) == {"random", "structured"}


def test_the_first_attacks_see_shapes_that_differ():
    domain = Domain()
    attacks = [task.layout.sizes for task in plan(TRUE, domain, 0, DEFAULT_EVALUATIONS) if task.stage == "attack"][:25]
    assert {s.K for s in attacks} == {2, 3, 4, 5}
    assert {s.n > 1 for s in attacks} == {True, False}
    below, at, above = ({s.K for s in attacks if np.sign(s.d - s.K + 1) == sign} for sign in (-1, 0, 1))
    assert (below, at, above) == ({3, 4, 5}, {2, 3, 4, 5}, {2, 3, 4, 5})


def test_falsified_means_confirmed():
    verdict = falsify(LOWERED, SMALL)
    assert (verdict.status, verdict.exact, verdict.arithmetic) == ("falsified", True, "rational")
    assert coordinates(verdict.witness) == ([[1.0], [-1.0]], [[1.0, -1.0]])
    assert verdict.slack < 0
    assert "falsified at K=2, n=1, d=1" in str(verdict)


@pytest.mark.slow
def test_unfalsified_tells_how_close_it_came():
    verdict = falsify(TRUE, SMALL, evaluations=4_000)
    assert (verdict.status, verdict.exact, verdict.witness) == ("unfalsified", False, None)
    assert 0 <= verdict.slack < 1e-9
    assert verdict.attacked
    assert verdict.hypothesis_rate == 1.0
    with pytest.raises(ValueError, match="there is no witness to save"):
        verdict.save("nowhere.json")


@pytest.mark.slow
def test_vacuous_where_no_point_meets_the_hypotheses():
    beyond = Inequality(
        "beyond", slack=lambda p: -p.K, given=[lambda p: p.q_min - 1.01 * bound(p), lambda p: p.squared_norm]
    )
    verdict = falsify(beyond, SMALL, evaluations=2_000)
    assert (verdict.status, verdict.hypothesis_rate) == ("vacuous", 0.0)
    assert math.isnan(verdict.slack)
    impossible = Implication("impossible", premise=lambda p: p.loss < 0, conclusion=lambda p: p.loss > 1)
    assert falsify(impossible, SMALL, evaluations=2_000).status == "vacuous"


def test_undecided_where_balls_cannot_tell():
    """exp(-|theta|^2 2^20) > exp(-|theta|^2 2^20 - 1), both beside 1: beyond 4,096 bits at all points not near zero."""

    def beside_one(p, less):
        return 1 + p.xp.exp(-(2.0**20) * p.squared_norm - less)

    tiny = Inequality(
        "tiny",
        slack=lambda p: beside_one(p, 0) - beside_one(p, 1),
        strict=True,
        given=[lambda p: p.squared_norm - 1],
    )
    assert falsify(tiny, Domain(K=2, n=1, d=1), evaluations=500).status == "undecided"


def test_equality_to_the_last_bit_is_a_tie_of_a_weak_inequality():
    def slack(p):
        w = p.W[0, 0]
        zero = p.xp.sin(2 * w) - 2 * p.xp.sin(w) * p.xp.cos(w)  # as no ball of any precision tells
        return p.xp.logsumexp(p.logits[:, 0]) - p.xp.log(p.K) - p.xp.mean(p.logits[:, 0]) + zero

    jensen = Inequality("Jensen", slack=slack)
    verdict = falsify(jensen, SMALL, evaluations=2_000)
    assert verdict.status == "unfalsified"
    assert verdict.ties > 0


def test_a_tie_is_looked_around():
    """Equality at W = 0, violations at every neighbour: the neighbours tell."""
    statement = Inequality("odd", slack=lambda p: p.xp.log(1 + p.xp.exp(p.W[0, 0])) - p.xp.log(2))
    assert falsify(statement, SMALL).status == "falsified"


@pytest.mark.parametrize(
    "statement",
    [
        Identity("2-homogeneous", left=lambda p: 2 * p.q_min, right=lambda p: p.q_min),
        Implication("below 2 log 2", premise=lambda p: p.loss < 2 * p.xp.log(2), conclusion=lambda p: p.q_min > 0),
        Equivalence("one margin", left=lambda p: p.q_min > 0, right=lambda p: p.margins[0] > 0),
        Existence("a factor", witness=lambda p: 1 / p.q_min, valid=lambda p, a: a > 0),
    ],
    ids=lambda s: s.name,
)
def test_every_kind_of_statement_can_be_falsified(statement):
    verdict = falsify(statement, SMALL)
    assert (verdict.status, verdict.exact) == ("falsified", True)


@pytest.mark.slow
def test_a_spent_time_budget_only_cuts_short():
    verdict = falsify(TRUE, Domain(), budget=1e-9)
    assert (verdict.status, verdict.truncated) == ("unfalsified", True)
    assert verdict.tried > 0
    assert not falsify(TRUE, Domain(K=2, n=1, d=1), evaluations=500).truncated


def test_stages_can_be_chosen():
    sampled = falsify(TRUE, SMALL, stages=("random",), evaluations=500)
    assert not sampled.attacked
    assert falsify(LOWERED, Domain(K=3, n=2, d=2), stages=("random",), evaluations=500).status == "unfalsified"
    assert falsify(LOWERED, Domain(K=3, n=2, d=2), stages=("attack",), evaluations=500).status == "falsified"


def test_progress_is_reported_up_to_the_end():
    seen = []
    falsify(TRUE, Domain(K=2, n=1, d=1), evaluations=500, progress=lambda done, total: seen.append((done, total)))
    assert seen[0][0] == 1
    assert seen[-1][0] == seen[-1][1]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"statement": "W > 0"}, TypeError, "statement: expected one of"),
        ({"domain": (2, 5)}, TypeError, "domain: expected a Domain"),
        ({"budget": 0}, ValueError, "budget"),
        ({"budget": math.nan}, ValueError, "budget"),
        ({"evaluations": 0}, ValueError, "evaluations"),
        ({"workers": 0}, ValueError, "workers"),
        ({"stages": ()}, ValueError, "stages"),
        ({"stages": ("attck",)}, ValueError, "stages: expected some of structured, random, attack"),
    ],
)
def test_wrong_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        falsify(**{"statement": TRUE, "domain": SMALL, **arguments})


@pytest.mark.slow
def test_few_evaluations_are_few_points():
    """Structured points are within the budget, and an attack that it does not last for is short."""
    domain = Domain(K=(2, 4), n=(1, 3), d=(1, 3))
    quick, default = (falsify(TRUE, domain, evaluations=e, budget=1e9).tried for e in (2_000, 13_000))
    assert quick < 4 * 2_000 + 64 * 27
    assert quick < default / 2
