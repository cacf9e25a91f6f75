"""What a search does once: monomials without powers, structured points of a layout, exact judgements of a task."""

import numpy as np
import pytest
from flint import Ordering, fmpq_mpoly_ctx

from ncverify import Domain
from ncverify.domain import Shape
from ncverify.falsification import campaign, layouts, preflight, search
from ncverify.falsification.campaign import falsify, plan
from ncverify.falsification.tasks import CONFIRMATIONS
from ncverify.falsification.variety import Variety
from ncverify.space import Space, Variable
from ncverify.statements.types import Equivalence, Identity, Inequality, Trend

WIDTH = 5
SHAPE = Shape(3, 2, 2)


def polynomials(seed):
    """Three polynomials of up to thirty terms and degree five, one of them constant."""
    context, rng = fmpq_mpoly_ctx.get(("x", WIDTH), Ordering.lex), np.random.default_rng(seed)
    gens, found = context.gens(), [context.constant(7)]
    for _ in range(2):
        terms = context.constant(1)
        for _ in range(30):
            term = context.constant(int(rng.integers(-9, 10)))
            for v in rng.integers(0, WIDTH, rng.integers(0, 6)):
                term *= gens[v]
            terms += term
        found.append(terms)
    return found


def value(polynomial, x):
    terms = polynomial.to_dict().items()
    return sum(int(c) * np.prod([a ** int(n) for a, n in zip(x, powers, strict=True)]) for powers, c in terms)


@pytest.mark.parametrize("seed", range(3))
def test_values_and_slopes_are_those_of_the_polynomials(seed):
    known = polynomials(seed)
    variety, x = Variety(known), np.random.default_rng(seed).standard_normal(WIDTH)
    assert variety.values(x) == pytest.approx([value(e, x) for e in known], rel=1e-12)
    slopes = [[value(e.derivative(v), x) for v in range(WIDTH)] for e in known]
    assert variety.jacobian(x) == pytest.approx(np.array(slopes), rel=1e-12)
    assert variety.values(np.zeros(WIDTH)) == pytest.approx([value(e, np.zeros(WIDTH)) for e in known])


def test_values_of_another_polynomial_differ():
    known = polynomials(0)
    x = np.random.default_rng(0).standard_normal(WIDTH)
    changed = [*known[:2], known[2] + known[2].context().gens()[0]]
    assert Variety(changed).values(x)[2] - Variety(known).values(x)[2] == pytest.approx(x[0])


def test_structured_points_that_a_caller_changes_stay_what_they_are():
    layout = layouts.layout_of(Domain(*SHAPE), SHAPE)
    rows = layouts.structured(layout)
    before = rows.copy()
    rows[:] = 7.0
    assert np.array_equal(layouts.structured(layouts.layout_of(Domain(*SHAPE), SHAPE)), before)
    assert len(layouts.structured(layout, with_simplex=False)) <= len(before)


def test_layouts_of_other_variables_have_their_own_points():
    one, other = (Domain(K=3, n=2, d=d) for d in (2, 3))
    rows = [layouts.structured(layouts.layout_of(over, over.shapes()[0])) for over in (one, other)]
    assert rows[0].shape[1] != rows[1].shape[1]


def test_both_directions_of_an_equivalence_share_their_judgements(monkeypatch):
    asked = []
    monkeypatch.setattr(
        search, "judge", lambda s, p, **k: asked.append((str(p.W), str(p.H))) or search_judge(s, p, **k)
    )
    same = Equivalence("norms", left=lambda p: p.squared_norm <= 4, right=lambda p: 4 - p.squared_norm >= 0)
    layout = layouts.layout_of(Domain(*SHAPE), SHAPE)
    search.run(same, campaign.Task("structured", layout, (0,), 400))
    assert asked
    assert len(asked) == len(set(asked))


search_judge = search.judge


def test_a_hypothesis_that_floats_miss_by_rounding_is_judged(monkeypatch):
    """At some rows, though not at all of them: floats are seldom wrong about a hypothesis that they see missed."""
    space, asked = Space(variables={"x": Variable(3)}), []
    associative = lambda p: (p.x[0] + p.x[1]) + p.x[2] == p.x[0] + (p.x[1] + p.x[2])  # noqa: E731
    a, b, c = np.random.default_rng(0).uniform(1, 2, (3, 400))
    missed = np.stack([a, b, c], 1)[(a + b) + c != a + (b + c)]
    assert len(missed) > 50
    monkeypatch.setattr(layouts, "random", lambda layout, count, rng: missed[:count])
    monkeypatch.setattr(search, "judge", lambda s, p, **k: asked.append(p) or search_judge(s, p, **k))
    task = campaign.Task("random", layouts.layout_of(space, space.shapes()[0]), (0,), 50)
    below = Inequality("a sum is negative", slack=lambda p: -p.x[0], given=[associative])
    assert search.run(below, task).violation is not None
    asked.clear()
    nowhere = Inequality(
        "where two sums differ", slack=lambda p: -p.x[0], given=[associative, lambda p: p.x[0] + 2.0**-60 == p.x[0]]
    )
    assert search.run(nowhere, task).violation is None
    assert len(asked) == task.looks


def test_a_proved_identity_is_judged_at_fewer_points(monkeypatch):
    asked, counts = [], []
    monkeypatch.setattr(search, "judge", lambda s, p, **k: asked.append(p) or search_judge(s, p, **k))
    identity = Identity("logits", left=lambda p: 2 * p.logits, right=lambda p: p.logits + p.logits)
    for known in (campaign._tested, lambda *_: None):
        monkeypatch.setattr(campaign, "_tested", known)
        asked.clear()
        assert falsify(identity, Domain(K=2, n=1, d=1), evaluations=500).witness is None
        counts.append(len(asked))
    assert counts[0] < counts[1]


def test_few_evaluations_sample_a_selection_of_shapes_with_the_extremes():
    domain = Domain(K=(2, 5), n=(1, 4), d=(1, 8))
    shapes, statement = list(domain.shapes()), Inequality("squares", slack=lambda p: p.squared_norm)
    for evaluations, sampled, careful in ((1_000, 3, 2), (4_000, 10, 2), (13_000, 32, 6), (600_000, len(shapes), 128)):
        tasks = plan(statement, domain, 0, evaluations)
        for stage in ("structured", "random"):
            chosen = [task.layout.sizes for task in tasks if task.stage == stage]
            assert len(chosen) == len(set(chosen)) == sampled
            assert {shapes[0], shapes[-1]} <= set(chosen)
            exactly = [task.layout.sizes for task in tasks if task.stage == stage and task.edges]
            assert len(exactly) == careful
            assert shapes[0] in exactly
            assert (shapes[-1] in exactly) is (careful == len(shapes))
            assert {task.looks for task in tasks if task.stage == stage and not task.edges} <= {2}
            assert {task.looks for task in tasks if task.stage == stage and task.edges} == {CONFIRMATIONS}


def test_at_most_so_many_shapes_are_sampled_and_one_alone_is_that_which_is_attacked_first():
    domain = Domain(K=(2, 5), n=(1, 4), d=(1, 8))
    for over in (domain, Space({"d": (1, 90)}, variables={"x": Variable("d")})):
        for most, sampled in ((1, 1), (2, 2), (7, 7), (32, 32), (99, 32)):
            tasks = plan(Inequality("one", slack=lambda p: 1), over, 0, 13_000, most=most)
            for stage in ("structured", "random"):
                assert len({task.layout.sizes for task in tasks if task.stage == stage}) == sampled
            if most == 1:
                assert len({task.layout.sizes for task in tasks[:3]}) == 1
                assert [task.stage for task in tasks[:3]] == ["structured", "random", "attack"]
    assert falsify(Inequality("one", slack=lambda p: 1), domain, stages=("random",), shapes=1).sizes == (1, 128)


def test_trajectories_start_at_no_more_shapes_than_were_asked_for():
    trend = Trend("still", trajectory=lambda p: [(1.0, p)], quantity=lambda p: p.loss, rate=lambda t: 1.0)
    for most, sampled in ((None, 128), (1, 1), (3, 3)):
        tasks = plan(trend, Domain(K=(2, 5), n=(1, 4), d=(1, 8)), 0, 13_000, stages=("random",), most=most)
        assert len({task.layout.sizes for task in tasks}) == sampled


def test_a_statement_for_one_shape_is_tried_out_at_one(monkeypatch):
    asked = set()
    monkeypatch.setattr(preflight, "_in_every_arithmetic", lambda s, p: asked.add((p.K, p.n, p.d)))
    for shapes, tried in (
        (1, {(3, 2, 2)}),
        (2, {(2, 1, 1), (2, 1, 4), (3, 2, 4)}),
        (None, {(2, 1, 1), (2, 1, 4), (3, 2, 4)}),
    ):
        asked.clear()
        falsify(
            Inequality("one", slack=lambda p: 1),
            Domain(K=(2, 3), n=(1, 2), d=(1, 4)),
            stages=("random",),
            shapes=shapes,
        )
        assert asked == tried


@pytest.mark.parametrize("evaluations", [1_000, 13_000])
def test_a_false_statement_is_found_with_few_looks(evaluations):
    false = Inequality("margins are below two", slack=lambda p: 2 - p.q_min)
    assert falsify(false, Domain(K=(2, 4), n=(1, 3), d=(1, 3)), evaluations=evaluations).exact
