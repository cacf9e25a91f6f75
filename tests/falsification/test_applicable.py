"""Points that meet hypotheses: where they are common, where a search has to find them, for each direction alike."""

import numpy as np
import pytest

from ncverify import Domain, Equivalence, Inequality
from ncverify.falsification.applicable import applicable
from ncverify.statements.reading import goals

OVER = Domain(K=(2, 3), n=(1, 2), d=(1, 2))


def squares(p):
    return p.xp.sum(p.W * p.W) + p.xp.sum(p.H * p.H)


def met(statement, row):
    """Which goals of a statement have their hypotheses met at a row, in NumPy's floats."""
    point = row.layout.point(row.entries)
    return [all(bool(hypothesis(point)) for hypothesis in goal.hypotheses) for goal in goals(statement)]


COMMON = Inequality("loss where a margin is positive", slack=lambda p: p.loss, given=[lambda p: p.q_min > 0])
FAR = Inequality(
    "beyond what is drawn",
    slack=lambda p: p.loss,
    given=[lambda p: p.q_min > 2, lambda p: squares(p) > 70, lambda p: squares(p) < 71],
)
ON_A_SPHERE = Inequality("on a sphere of no simple point", slack=lambda p: p.loss, given=[lambda p: squares(p) == 2.7])


@pytest.mark.parametrize("statement", [COMMON, FAR], ids=lambda statement: statement.name)
def test_rows_meet_the_hypotheses(statement):
    rows = applicable(statement, OVER, 0, 10)
    assert len(rows) >= 10
    assert all(met(statement, row) == [True] for row in rows)


def test_rows_are_brought_onto_an_equality_up_to_rounding():
    rows = applicable(ON_A_SPHERE, OVER, 0, 10)
    assert len(rows) >= 10
    assert all(np.isclose(squares(row.layout.point(row.entries)), 2.7, rtol=1e-12) for row in rows)


def test_simple_points_do_not_crowd_out_the_generic_ones():
    """The simple ones lie deeper inside: their entries are larger. But zeros and equal entries hide what is wrong."""
    rows = applicable(COMMON, OVER, 0, 10)
    generic = [row for row in rows if len(np.unique(np.abs(row.entries))) > row.layout.size / 2]
    assert len(rows) / 2 <= len(generic) < len(rows)


def test_more_than_a_search_can_find_leaves_what_was_found():
    free = Inequality("of all points", slack=lambda p: p.loss)
    assert len(applicable(free, OVER, 0, 400)) > 400


@pytest.mark.slow
def test_a_formula_without_gradient_leaves_what_was_found():
    stubborn = Inequality("decided by a float", slack=lambda p: p.loss, given=[lambda p: float(p.W[0, 0]) > 0.5])
    rows = applicable(stubborn, OVER, 0, 400)
    assert len(rows) > 400
    assert all(row.entries[0] > 0.5 for row in rows)


def test_each_direction_of_an_equivalence_has_points():
    statement = Equivalence("large and far", lambda p: p.W[0, 0] > -100, FAR.given[1])
    rows = applicable(statement, OVER, 0, 10)
    first, second = np.array([met(statement, row) for row in rows]).T
    assert first.sum() >= 10
    assert second.sum() >= 10
    assert met(statement, rows[1])[1]


def test_shapes_at_which_a_hypothesis_raises_leave_the_others():
    third = Inequality("of a third class", slack=lambda p: p.loss, given=[lambda p: p.W[2, 0] > 0])
    rows = applicable(third, OVER, 0, 10)
    assert len(rows) >= 10
    assert {row.layout.sizes.K for row in rows} == {3}
