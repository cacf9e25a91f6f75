"""Neighbours that a statement gives by itself are false, and the statements themselves are not."""

import pytest

from ncverify import Domain, Identity, Inequality, Optimum, falsify
from ncverify.papers.neighbours import raised, scaled, strict, unequal

LINE = Domain(K=2, n=(1, 2), d=1)


def mean_margin(p, factor=1):
    return factor * p.xp.mean(p.margins) - p.q_min


BOUND = Inequality("q_min <= the mean margin", slack=mean_margin)
PRODUCT = Identity("the logits are W H", left=lambda p: p.logits, right=lambda p: p.W @ p.H)
LEAST = Optimum(
    "the squared norm and one",
    objective=lambda p: p.squared_norm + 1,
    value=lambda p: p.xp.asarray(1),
    conclusion=lambda p: -p.squared_norm,
)


def status(statement, domain=LINE):
    return falsify(statement, domain, seed=0, evaluations=300, budget=20).status


@pytest.mark.parametrize("true", [BOUND, PRODUCT, LEAST], ids=lambda s: s.name)
def test_the_statements_hold(true):
    assert status(true) in ("unfalsified", "proved")


FALSE = (
    *scaled(mean_margin, ("9/10", "1/2"), "the mean margin", LINE),
    *raised(LEAST, ("11/10",), LINE),
)


@pytest.mark.parametrize("neighbour", FALSE, ids=lambda n: n.statement.name)
def test_another_factor_makes_a_bound_false(neighbour):
    assert status(neighbour.statement, neighbour.domain) == "falsified"


def test_the_factor_reaches_the_bound():
    """Negative control: with the factor one the same construction is the statement, which holds."""
    (itself,) = scaled(mean_margin, ("1",), "the mean margin", LINE)
    assert status(itself.statement) == "unfalsified"
    (minimum,) = raised(LEAST, ("1",), LINE)
    assert status(minimum.statement) == "unfalsified"


def test_a_strict_sign_is_false_where_equality_is_attained():
    assert status(strict(BOUND)) == "falsified"
    assert status(strict(Inequality("one is positive", slack=lambda p: p.xp.asarray(1)))) == "unfalsified"


def test_an_identity_with_a_factor_is_false_unless_both_sides_vanish():
    assert status(unequal(PRODUCT, "1001/1000")) == "falsified"
    assert status(unequal(PRODUCT, "1")) == "proved"


def test_hypotheses_are_kept():
    late = [lambda p: p.q_min]
    (scaled_bound,) = scaled(mean_margin, ("9/10",), "it", LINE, given=late)
    assert list(scaled_bound.statement.given) == late
    (minimum,) = raised(Optimum("x", objective=BOUND.slack, value=BOUND.slack, given=late), ("2",), LINE)
    assert list(minimum.statement.given) == late


@pytest.mark.parametrize("factor", ["0.9x", "1/0"])
def test_a_factor_that_is_no_number_is_refused_at_once(factor):
    with pytest.raises((ValueError, ZeroDivisionError)):
        scaled(mean_margin, (factor,), "it", LINE)
