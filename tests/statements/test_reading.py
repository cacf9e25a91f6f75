"""What a statement says at a point, in every arithmetic, and the errors its author reads."""

import numpy as np
import pytest

from ncverify import Equivalence, Existence, Identity, Implication, Inequality, Point, Trend
from ncverify.errors import StatementError
from ncverify.numbers import backend_namespace
from ncverify.numbers.ball import BALL
from ncverify.numbers.rational import RATIONAL
from ncverify.numbers.tracked import TrackedNamespace
from ncverify.statements.reading import goals, keeps_growing, number

NUMPY = backend_namespace("numpy")
POINT = Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -1.0]]))  # q_min = 2, |W|^2 + |H|^2 = 4


def in_every_arithmetic(p=POINT):
    torch, torch_float32 = backend_namespace("torch"), backend_namespace("torch", dtype="float32")
    tracked = TrackedNamespace(torch)
    return {
        "numpy": p,
        "torch float32": p.map(lambda a: torch_float32.asarray(np.asarray(a, dtype=np.float32))),
        "strict": p.map(backend_namespace("strict").asarray),
        "rational": p.map(RATIONAL.asarray),
        "ball": p.map(BALL.asarray),
        "tracked": p.map(lambda a: tracked.track(torch.asarray(a))),
    }


ARITHMETICS = pytest.mark.parametrize("name", in_every_arithmetic())


def says(statement, p):
    """The truth of each goal's hypotheses and conclusion."""
    return [([bool(h(p)) for h in goal.hypotheses], bool(goal.conclusion(p))) for goal in goals(statement)]


@ARITHMETICS
def test_an_inequality_holds_where_its_slack_is_not_negative(name):
    p = in_every_arithmetic()[name]
    for slack, weak, strict in ((1, True, True), (0, True, False), (-1, False, False)):
        for value in (lambda p, s=slack: p.q_min - 2 + s, lambda p, s=slack: s, lambda p, s=slack: float(s)):
            assert says(Inequality("a", slack=value), p) == [([], weak)]
            assert says(Inequality("a", slack=value, strict=True), p) == [([], strict)]


@ARITHMETICS
def test_hypotheses_are_met_where_they_are_positive_or_true(name):
    p = in_every_arithmetic()[name]
    given = [
        lambda p: p.q_min,
        lambda p: p.q_min - 2,
        lambda p: p.q_min >= 2,
        lambda p: p.q_min < 2,
        lambda p: True,
        lambda p: 0,
        lambda p: 1.5,
    ]
    found = says(Inequality("a", slack=lambda p: 0, given=given), p)
    assert found == [([True, False, True, False, True, False, True], True)]


@ARITHMETICS
def test_an_identity_compares_numbers_and_arrays(name):
    p = in_every_arithmetic()[name]
    assert says(Identity("a", left=lambda p: p.q_min, right=lambda p: 2), p) == [([], True)]
    assert says(Identity("a", left=lambda p: p.q_min, right=lambda p: 2.5), p) == [([], False)]
    assert says(Identity("a", left=lambda p: p.W.T, right=lambda p: p.H), p) == [([], True)]
    assert says(Identity("a", left=lambda p: p.W.T, right=lambda p: 2 * p.H), p) == [([], False)]


@ARITHMETICS
def test_an_implication_has_its_premise_among_the_hypotheses(name):
    p = in_every_arithmetic()[name]
    statement = Implication(
        "a", premise=lambda p: p.q_min == 2, conclusion=lambda p: p.squared_norm - 5, given=[lambda p: 1]
    )
    assert says(statement, p) == [([True, True], False)]


@ARITHMETICS
def test_an_equivalence_is_two_implications(name):
    p = in_every_arithmetic()[name]
    statement = Equivalence("a", left=lambda p: p.q_min > 1, right=lambda p: p.squared_norm > 9)
    assert says(statement, p) == [([True], False), ([False], True)]


@ARITHMETICS
def test_an_existence_tests_its_witness_with_or_without_the_point(name):
    p = in_every_arithmetic()[name]
    both = Existence("a", witness=lambda p: 2 * p.q_min, valid=lambda p, w: w - p.squared_norm)
    alone = Existence("a", witness=lambda p: 2 * p.q_min, valid=lambda w: w > 4)
    assert says(both, p) == [([], True)]
    assert says(alone, p) == [([], False)]


def trend(values, name="a"):
    return Trend(
        name,
        trajectory=lambda p: [(float(t + 1), Point(v * p.W, p.H)) for t, v in enumerate(values)],
        quantity=lambda p: p.q_min / 2,
        rate=lambda t: 1.0,
    )


@pytest.mark.parametrize("name", ["numpy", "rational", "ball"])
@pytest.mark.parametrize(
    ("values", "truth"),
    [
        ([1.0] * 9, True),
        ([9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0], True),
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], False),
        ([2.0**k for k in range(9)], False),
        ([1.0, 4.0, 6.0, 7.0, 7.5, 7.75, 7.875, 7.9, 7.95], True),
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 1.0], True),
    ],
)
def test_a_trend_fails_where_the_ratio_keeps_growing(name, values, truth):
    assert says(trend(values), in_every_arithmetic()[name]) == [([], truth)]
    assert bool(keeps_growing([np.float64(v) for v in values], NUMPY)) is not truth


def test_a_trend_needs_samples():
    with pytest.raises(StatementError, match=r"'few': a trend needs at least 4 samples, got 3 at K=2, n=1, d=1"):
        says(trend([1.0, 2.0, 3.0], "few"), POINT)


WRONG = {
    "a truth value as slack": (
        Inequality("wrong", slack=lambda p: p.q_min > 0),
        "expected a number that is >= 0 where it holds, got a truth value at",
    ),
    "an array as slack": (
        Inequality("wrong", slack=lambda p: p.margins),
        r"expected one number, got an array of shape (2,) at",
    ),
    "nothing as slack": (Inequality("wrong", slack=lambda p: None), "expected a number at"),
    "text as slack": (Inequality("wrong", slack=lambda p: "1"), "expected a number at"),
    "an array of truths": (
        Implication("wrong", premise=lambda p: p.margins > 0, conclusion=lambda p: True),
        "premise: expected one truth value, got an array of shape (2,) at",
    ),
    "an array as witness's validity": (
        Existence("wrong", witness=lambda p: p.margins, valid=lambda w: w > 0),
        "valid: expected one truth value, got an array of shape (2,)",
    ),
    "different shapes": (
        Identity("wrong", left=lambda p: p.margins, right=lambda p: 0),
        "left has shape (2,) and right () at",
    ),
    "an array as hypothesis": (
        Inequality("wrong", slack=lambda p: 1, given=[lambda p: p.margins]),
        "expected one number, got an array of shape (2,)",
    ),
}


@ARITHMETICS
@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_read_is_an_error_that_names_statement_and_point(name, what):
    statement, message = WRONG[what]
    with pytest.raises(StatementError) as caught:
        says(statement, in_every_arithmetic()[name])
    assert str(caught.value).startswith("'wrong': ")
    assert message in str(caught.value)
    assert "K=2, n=1, d=1" in str(caught.value)


def test_only_statements_are_read():
    with pytest.raises(TypeError, match="statement: expected one of ncverify's statement types, got function"):
        goals(lambda p: 1)


@ARITHMETICS
def test_a_number_comes_back_in_the_arithmetic_of_the_point(name):
    p = in_every_arithmetic()[name]
    for value in (1, 0.5, np.float64(2), p.q_min):
        found = number(Inequality("a", slack=lambda p: 0), value, p)
        assert tuple(found.shape) == ()
        assert (found.namespace if hasattr(found, "namespace") else Point.trusted(found, found).xp) == p.xp


def test_only_an_inequality_has_a_slack_to_report():
    assert goals(Inequality("a", slack=lambda p: p.q_min - 0.5))[0].slack(POINT) == 1.5
    assert goals(Identity("a", left=lambda p: 1, right=lambda p: 1))[0].slack is None
