"""Roots, sets under equalities and thin cones: what is false is found and read back, what is true raises no alarm."""

import pytest
import torch

from ncverify import Domain, ForAll, Implication, Inequality, Point, falsify, judge
from ncverify.falsification import varieties
from ncverify.falsification.batch import BatchedGoal
from ncverify.falsification.equations import deflated, equations, tangent
from ncverify.falsification.layouts import layout_of
from ncverify.falsification.point_json import point_as_json, point_from_json
from ncverify.falsification.shrink import shrink
from ncverify.numbers.algebraic import nth_root
from ncverify.numbers.rational import READABLE
from ncverify.statements.reading import goals
from tests.falsification.in_spaces import FALSE, LINE, PLANE, ROOTS, TRUE


@pytest.mark.parametrize("name", FALSE)
def test_a_false_statement_is_falsified_at_a_point_that_can_be_written_down(name):
    space, statement = FALSE[name]
    verdict = falsify(statement, space, budget=120)
    assert verdict.status == "falsified"
    again = space.point(**point_from_json(point_as_json(verdict.witness)).variables)
    assert judge(statement, again).violated


@pytest.mark.slow
@pytest.mark.parametrize("name", TRUE)
def test_a_true_statement_is_not(name):
    space, statement = TRUE[name]
    assert falsify(statement, space, evaluations=10_000, budget=60).status == "unfalsified"


def found(space, statement, **options):
    layout = layout_of(space, space.shapes()[0]).unbounded()
    return equations(BatchedGoal(goals(statement)[-1], layout, "s"), layout.size, **options)


def test_equations_have_their_roots_removed_and_edges_only_where_they_are_asked_for():
    assert [str(e) for e in found(ROOTS, FALSE["an equality under square roots"][1])] == [
        "x0^2 - 2*x0*x1 - 18*x0 + x1^2 - 18*x1 + 81"
    ]
    cube = ForAll("s", predicate=lambda p: p.x**3 > 2)
    assert found(LINE, cube) is None
    assert [str(e) for e in found(LINE, cube, edge=True)] == ["x0^3 - 2"]
    assert found(LINE, ForAll("s", predicate=lambda p: p.x**3 >= 2), edge=True) is None


def test_a_sum_of_squares_is_replaced_by_its_derivatives():
    squares = Implication("s", premise=lambda p: (p.x**2 - 2) ** 2 + p.y**2 == 0, conclusion=lambda p: p.x > 0)
    (polynomial,) = found(PLANE, squares)
    assert [str(e) for e in deflated([polynomial], [True])] == ["x0^3 - 2*x0", "x1"]
    assert deflated([polynomial], [False]) == [polynomial]


def test_an_extreme_on_a_variety_is_where_the_slopes_are_dependent():
    largest = Implication("s", premise=lambda p: p.x**2 + p.y**2 == 1, conclusion=lambda p: p.x + p.y < 2)
    polynomials = found(PLANE, largest, edge=True)
    assert [str(e) for e in polynomials] == ["x0^2 + x1^2 - 1", "x0 + x1 - 2"]
    assert [str(e) for e in tangent(polynomials)] == ["x0^2 + x1^2 - 1", "x0 + x1 - 2", "x0 - x1"]
    assert tangent(4 * polynomials) is None


def test_a_pair_with_roots_is_shrunk_in_shape():
    root = nth_root(READABLE.asarray(2).item(), 3)
    W = READABLE.asarray([[root], [1], [0]])
    H = READABLE.asarray([[root, 1, 0, 1, 0, 0]])
    statement = ForAll("no cube root", predicate=lambda p: (p.W[0, 0] != p.H[0, 0]) | (p.W[0, 0] ** 3 != 2))
    small = shrink(statement, Point(W, H), Domain(K=(2, 3), n=(1, 2), d=1))
    assert (small.K, small.n) == (2, 1)
    assert judge(statement, small).violated


def test_exact_points_that_clearly_miss_a_hypothesis_in_floats_are_not_judged(monkeypatch):
    asked = []
    monkeypatch.setattr(varieties, "judge", lambda s, p, **k: asked.append(p) or judge(s, p, **k))
    squares = [lambda p: p.x**2 + p.y**2 == 2]
    met = Inequality("s", slack=lambda p: 3 - p.x, given=squares)
    missed = Inequality("s", slack=lambda p: 3 - p.x, given=[*squares, lambda p: p.x - 2])
    for statement, some in ((met, True), (missed, False)):
        asked.clear()
        goal = BatchedGoal(goals(statement)[0], layout_of(PLANE, PLANE.shapes()[0]), statement.name)
        varieties.attack_on_variety(statement, goal, torch.ones((4, 2), dtype=torch.float64), 5)
        assert bool(asked) is some
