"""Predicates that are equalities: what agrees to the last bit everywhere is no doubt about them, if equal ones do."""

from fractions import Fraction

import pytest

from ncverify import Equivalence, ForAll, Implication, Inequality, Space, Variable, falsify
from ncverify.falsification.exact import holds_at_ties

SPACE = Space(sizes={"m": (2, 3)}, variables={"x": Variable("m"), "t": Variable(positive=True)})
TINY = Fraction(1, 10**40)


def double_angle_gap(p):
    """A sum that no rule for expressions knows to be zero."""
    return p.xp.sin(2 * p.x[0]) - 2 * p.xp.sin(p.x[0]) * p.xp.cos(p.x[0])


def norm(x, p):
    return p.xp.sqrt(p.xp.sum(x * x))


TRUE = {
    "double angle": ForAll("s", predicate=lambda p: double_angle_gap(p) == 0),
    "log of a square": ForAll("s", predicate=lambda p: p.xp.log(p.t**2) == 2 * p.xp.log(p.t)),
    "a norm is homogeneous": ForAll("s", predicate=lambda p: norm(2 * p.x, p) == 2 * norm(p.x, p)),
    "at least": ForAll("s", predicate=lambda p: double_angle_gap(p) >= 0),
    "with others": ForAll("s", predicate=lambda p: (double_angle_gap(p) == 0) & (p.t > 0)),
    "under a premise": Implication("s", premise=lambda p: p.x[0] > 0, conclusion=lambda p: double_angle_gap(p) == 0),
    "an inequality": Inequality("s", slack=double_angle_gap),
    "on both sides": Equivalence("s", left=lambda p: p.t > 0, right=lambda p: double_angle_gap(p) == 0),
}
DOUBTFUL = {
    "unequal": ForAll("s", predicate=lambda p: double_angle_gap(p) != 0),
    "strict": ForAll("s", predicate=lambda p: double_angle_gap(p) > 0),
    "a strict inequality": Inequality("s", slack=double_angle_gap, strict=True),
    "one of two": ForAll("s", predicate=lambda p: (double_angle_gap(p) == 0) & (double_angle_gap(p) != 0)),
}
FALSE = {
    "by a little": ForAll("s", predicate=lambda p: double_angle_gap(p) == TINY),
    "beside another": ForAll("s", predicate=lambda p: (double_angle_gap(p) == 0) & (p.t < 100)),
}


@pytest.mark.parametrize("name", TRUE)
def test_an_equality_of_expressions_is_not_left_undecided(name):
    assert falsify(TRUE[name], SPACE, evaluations=1000, budget=60).status == "unfalsified"


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_equal_numbers_would_violate_stays_undecided(name):
    verdict = falsify(DOUBTFUL[name], SPACE, evaluations=1000, budget=60)
    assert verdict.status in ("undecided", "falsified")


@pytest.mark.parametrize("name", FALSE)
def test_a_false_equality_is_falsified(name):
    assert falsify(FALSE[name], SPACE, evaluations=2000, budget=60).status == "falsified"


def test_ties_count_as_equalities_and_clear_differences_do_not():
    p = SPACE.point(x=[1, 2], t=1)
    assert holds_at_ties(TRUE["double angle"], p)
    assert not holds_at_ties(DOUBTFUL["unequal"], p)
    assert not holds_at_ties(FALSE["by a little"], p)
    undefined = ForAll("s", predicate=lambda p: p.xp.log(-p.t) == p.xp.log(-p.t) + 1)
    assert not holds_at_ties(undefined, p)
