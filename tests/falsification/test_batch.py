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


CONCLUSION = lambda p: p.q_min + 0.25  # noqa: E731
HYPOTHESES = (lambda p: p.xp.max(p.logits) - 1, lambda p: p.xp.min(p.W * p.W) - 0.1, lambda p: 2 - p.squared_norm)


def batched(slack, given=()):
    statement = Inequality("s", slack=slack, given=given)
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


@pytest.mark.slow
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


@pytest.mark.parametrize("smoothing", [0.1, 1e-3, 0.0])
@pytest.mark.parametrize("weight", [1e-9, 3.0, 1e4])
def test_an_objective_is_made_of_the_distances_of_conclusion_and_hypotheses(smoothing, weight):
    """Each of them is taken from a goal of its own."""
    x, multipliers = rows(), torch.as_tensor(np.random.default_rng(1).uniform(0, 2, (ROWS, 3)))
    goal = batched(CONCLUSION, HYPOTHESES)
    parts = [batched(slack).objective(smoothing, 0.0)(x) for slack in (CONCLUSION, *HYPOTHESES)]
    for forces in (None, multipliers):
        aims = 1e-9 + (0.0 if forces is None else forces / (2 * weight))
        lacking = torch.relu(aims - torch.stack([value for _, value in parts[1:]], 1))
        slopes = [weight * -2 * lacking[:, i, None] * gradient for i, (gradient, _) in enumerate(parts[1:])]
        gradients, values = goal.objective(smoothing, weight, forces)(x)
        torch.testing.assert_close(values, parts[0][1] + weight * lacking.square().sum(1))
        torch.testing.assert_close(gradients, parts[0][0] + sum(slopes))
    torch.testing.assert_close(goal.hypotheses(x, smoothing), torch.stack([value for _, value in parts[1:]], 1))


def test_the_ways_to_the_hypotheses_are_made_of_their_distances():
    x, goal = rows(), batched(CONCLUSION, HYPOTHESES)
    for smoothing, aim in ((0.1, 0.5), (0.0, 1e-3)):
        parts = [batched(slack).objective(smoothing, 0.0)(x) for slack in HYPOTHESES]
        gradients, values = goal.shortfall(smoothing, aim)(x)
        lacking = [torch.relu(1 - value / aim) for _, value in parts]
        torch.testing.assert_close(values, sum(part**2 for part in lacking))
        slopes = [-2 / aim * part[:, None] * slope for part, (slope, _) in zip(lacking, parts, strict=True)]
        torch.testing.assert_close(gradients, sum(slopes))
    gradients, values = goal.least_hypothesis()(x)
    least, chosen = torch.stack([value for _, value in parts], 1).min(1)
    torch.testing.assert_close(values, least)
    torch.testing.assert_close(gradients, torch.stack([slope for slope, _ in parts], 1)[torch.arange(ROWS), chosen])
    assert len(set(chosen.tolist())) > 1


def test_distances_are_those_of_a_formula_and_slopes_those_of_differences():
    """The ground of the two tests above: the sign of q_min, in units of the size of its terms, and its slope."""
    x, goal = rows(), batched(lambda p: p.q_min)
    (gradients, values), step = goal.objective(0.0, 0.0)(x), 1e-6
    W, H = x[:, :4].reshape(ROWS, 2, 2), x[:, 4:].reshape(ROWS, 2, 2)
    logits = W @ H
    margins = torch.stack([logits[:, k, k] - logits[:, 1 - k, k] for k in range(2)], 1)
    assert torch.equal(values.sign(), margins.amin(1).sign())
    for i in range(8):
        moved = [goal.objective(0.0, 0.0)(x + side * step * torch.eye(8, dtype=x.dtype)[i])[1] for side in (1, -1)]
        torch.testing.assert_close((moved[0] - moved[1]) / (2 * step), gradients[:, i], rtol=1e-5, atol=1e-7)


def test_an_evaluation_is_split_by_rows():
    seen = batched(CONCLUSION, HYPOTHESES).evaluate(rows())
    first, rest = seen.split(5)
    for name, column in vars(seen).items():
        assert torch.equal(torch.cat([getattr(first, name), getattr(rest, name)]), column)
        assert len(getattr(first, name)) == 5
