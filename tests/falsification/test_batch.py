"""Many points at once: only what PyTorch cannot vectorise is taken point by point; a mistake is shown, once."""

import numpy as np
import pytest
import torch

from ncverify import Domain, Inequality, StatementError
from ncverify.domain import Shape
from ncverify.falsification.batch import BatchedGoal
from ncverify.falsification.layouts import layout_of
from ncverify.statements.reading import goals

ROWS, SHAPE = 16, Shape(2, 1, 2)


def batched(slack):
    statement = Inequality("s", slack=slack)
    return BatchedGoal(goals(statement)[0], layout_of(Domain(), SHAPE), "s")


def rows():
    return torch.as_tensor(np.random.default_rng(0).standard_normal((ROWS, 8)))


def counted(formula):
    calls = []

    def slack(p):
        calls.append(p)
        return formula(p, len(calls))

    return slack, calls


def misspelt(p, call):
    return p.q_min + p.xp.sofmax(p.W)[0, 0]


def only_for_many(p, call):
    if call == 1:  # the call with all points at once
        raise TypeError("not for many")
    return p.q_min


@pytest.mark.parametrize(
    ("formula", "words"), [(misspelt, "did you mean p.xp.softmax"), (only_for_many, "not for many")]
)
def test_a_mistake_is_shown_after_two_calls_and_not_after_one_for_each_point(formula, words):
    slack, calls = counted(formula)
    with pytest.raises(StatementError, match=words):
        batched(slack).evaluate(rows())
    assert len(calls) <= 2


def test_control_flow_that_depends_on_values_is_followed_point_by_point():
    slack, calls = counted(lambda p, call: p.q_min if p.q_min > 0 else -p.q_min)
    goal = batched(slack)
    found = goal.evaluate(rows())
    assert not goal.vectorised
    assert len(calls) == ROWS + 1
    plain = batched(lambda p: p.xp.abs(p.q_min)).evaluate(rows())
    torch.testing.assert_close(found.distance, plain.distance)


def test_a_formula_without_mistakes_is_called_once_for_all_points():
    slack, calls = counted(lambda p, call: p.q_min)
    assert batched(slack).evaluate(rows()).distance.shape == (ROWS,)
    assert len(calls) == 1
