"""Certificates of optima: what they prove, and that a wrong one is an error."""

import math
from dataclasses import replace

import pytest

from ncverify import Optimum, Space, StatementError, Variable, falsify, judge
from ncverify.certificates import (
    Constraint,
    DualPoint,
    SumOfNonNegative,
    divergence,
    positive,
    positive_part,
    root,
    square,
)
from ncverify.falsification.certified import certify
from ncverify.ledger.examine import Effort, examine_part
from ncverify.papers import Part

SPACE = Space(sizes={"m": (1, 3)}, variables={"x": Variable("m"), "y": Variable("m"), "lam": Variable(positive=True)})


def terms(p):
    return [square(p, p.x - 1), positive(p, "lam") * square(p, p.y)]


SUM = SumOfNonNegative(terms, conclude=lambda p: [-p.lam, -1], factor=lambda p: positive(p, "lam"))
LEAST = Optimum(
    "the least value is -m",
    objective=lambda p: p.xp.sum(p.x**2) - 2 * p.xp.sum(p.x) + p.lam * p.xp.sum(p.y**2),
    value=lambda p: -p.m,
    conclusion=lambda p: -p.xp.sum((p.x - 1) ** 2) - p.xp.sum(p.y**2),
    certificate=SUM,
)


def tried(statement, space=SPACE):
    return falsify(statement, space, evaluations=500)


@pytest.mark.slow
def test_a_polynomial_certificate_proves_value_and_conclusion():
    verdict = tried(LEAST)
    assert verdict.status == "proved"
    assert verdict.error_probability < 1e-50
    assert "the conclusion is proved" in verdict.certificate
    assert "by its certificate" in str(verdict)


@pytest.mark.slow
def test_without_multipliers_the_conclusion_is_left_to_the_search():
    verdict = tried(replace(LEAST, certificate=SumOfNonNegative(terms)))
    assert verdict.status == "unfalsified"
    assert "the conclusion is left to the search" in verdict.certificate


WRONG = {
    "a term is missing": (
        SumOfNonNegative(lambda p: terms(p)[:1]),
        "objective - value is the sum of the terms: not so",
    ),
    "a factor is wrong": (SumOfNonNegative(lambda p: [terms(p)[0], 2 * terms(p)[1]]), "not so"),
    "a negative term": (SumOfNonNegative(lambda p: [*terms(p), -1 * square(p, p.y)]), "expected a number >= 0, got -1"),
    "a term without a form": (SumOfNonNegative(lambda p: [*terms(p), p.lam - p.lam]), "not negative by their form"),
    "a multiplier with a divisor": (replace(SUM, conclude=lambda p: [-1, -1 / p.lam], factor=None), "use factor="),
    "a wrong multiplier": (replace(SUM, conclude=lambda p: [-p.lam, -2]), "multipliers times terms: not so"),
    "too few multipliers": (replace(SUM, conclude=lambda p: [-p.lam]), "conclude: "),
    "a factor that may be 0": (replace(SUM, factor=lambda p: square(p, p.lam)), "> 0 by its form"),
    "a factor that is any number": (replace(SUM, factor=lambda p: p.lam), "> 0 by its form"),
    "a divisor that may be 0": (
        SumOfNonNegative(lambda p: [square(p, p.x) / square(p, p.y)]),
        "a divisor has to be > 0",
    ),
}


@pytest.mark.parametrize(("certificate", "says"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_certificate_is_an_error(certificate, says):
    with pytest.raises(StatementError, match=says):
        tried(replace(LEAST, certificate=certificate))


@pytest.mark.parametrize("lam", [Variable(), Variable(low=0), Variable(low=-1)])
def test_a_variable_is_positive_only_where_its_space_says_so(lam):
    space = Space(sizes={"m": (1, 2)}, variables={**SPACE.variables, "lam": lam})
    with pytest.raises(StatementError, match="lam is not declared with positive=True"):
        tried(replace(LEAST, conclusion=None), space)


def test_a_wrong_certificate_falsifies_nothing_at_a_point():
    short = replace(LEAST, certificate=SumOfNonNegative(lambda p: terms(p)[:1]))
    point = SPACE.point(x=[1], y=[2], lam=1)  # where the term that is left vanishes and the conclusion is false
    assert not judge(short, point).violated


def test_a_conclusion_that_does_not_follow_is_falsified_where_the_terms_vanish():
    verdict = tried(replace(LEAST, conclusion=lambda p: p.lam - 1, certificate=SumOfNonNegative(terms)))
    assert verdict.status == "falsified"


@pytest.mark.parametrize("certificate", ["square", 1, square, lambda p: []])
def test_what_is_no_certificate_is_refused(certificate):
    with pytest.raises(TypeError, match="certificate: expected a SumOfNonNegative or a DualPoint"):
        replace(LEAST, certificate=certificate)


@pytest.mark.slow
@pytest.mark.parametrize(("beyond", "grade"), [("", "attacked"), ("m numbers one by one", "proved")])
def test_a_ledger_says_proved_only_with_a_reason_for_other_shapes(beyond, grade):
    found = examine_part(Part(LEAST, domain=SPACE, beyond=beyond), Effort(evaluations=500))
    assert (found.holds, found.grade) == (True, grade)
    assert "proved by its certificate" in found.detail


@pytest.mark.slow
def test_a_ledger_does_not_say_proved_of_what_is_no_polynomial():
    found = examine_part(Part(entropic(), domain=SPACE, beyond="whatever"), Effort(evaluations=500))
    assert (found.holds, found.grade) == (True, "attacked")


# --- dual points ---------------------------------------------------------------------------------------------------

PLANE = Space(variables={"x": Variable(), "y": Variable()})


def problem(multiplier, rest=lambda p: [square(p, p.x - p.y) / 2]):
    """x^2 + y^2 where x + y >= 2: 2, with the multiplier 2."""
    return Optimum(
        "x^2 + y^2 >= 2 on the half plane",
        objective=lambda p: p.x**2 + p.y**2,
        value=lambda p: 2,
        given=[Constraint(lambda p: p.x + p.y - 2)],
        certificate=DualPoint(lambda p: [multiplier], rest),
    )


def test_a_dual_point_needs_its_terms():
    with pytest.raises(StatementError, match="not so"):
        tried(problem(2), PLANE)


def test_a_dual_point_proves_a_bound_under_constraints():
    exact = problem(2, lambda p: [square(p, p.x - 1), square(p, p.y - 1)])
    verdict = tried(exact, PLANE)
    assert verdict.status == "proved"
    assert judge(exact, PLANE.point(x=0, y=0)).applicable is False


@pytest.mark.parametrize(
    ("multiplier", "says"),
    [(-2, "expected a number >= 0, got -2"), (1, "not so"), (math.nan, "expected a number >= 0")],
)
def test_a_dual_point_that_is_not_feasible_is_an_error(multiplier, says):
    with pytest.raises(StatementError, match=says):
        tried(problem(multiplier, lambda p: [square(p, p.x - 1), square(p, p.y - 1)]), PLANE)


def test_multipliers_are_as_many_as_hypotheses():
    wrong = replace(problem(2), certificate=DualPoint(lambda p: [2, 2]))
    with pytest.raises(StatementError, match="expected 1 multipliers, one a hypothesis, got 2"):
        tried(wrong, PLANE)


# --- beyond polynomials --------------------------------------------------------------------------------------------


def entropic(factor=1, given=()):
    """The cross-entropy of two logits with their squares: log 2 at zero, for all weights of decay."""
    return Optimum(
        "the regularised logsumexp is least at equal logits",
        objective=lambda p: p.xp.logsumexp(p.x, axis=0) - p.xp.mean(p.x) + p.xp.sqrt(p.lam) * p.xp.sum(p.x**2),
        value=lambda p: p.xp.log(p.xp.asarray(p.m)),
        conclusion=lambda p: -p.xp.sum(p.x**2),
        given=given,
        certificate=SumOfNonNegative(
            lambda p: [
                divergence(p, p.xp.expand_dims(p.x, 1), p.xp.zeros((p.m, 1))),
                factor * (root(p, positive(p, "lam")) * square(p, p.x)),
            ]
        ),
    )


@pytest.mark.slow
def test_what_is_no_polynomial_is_tested_in_balls_and_not_proved():
    verdict = tried(entropic())
    assert verdict.status == "unfalsified"
    assert "tested in balls at 36 points" in verdict.certificate


def test_a_wrong_identity_is_seen_in_balls_to_a_relative_error_of_1e_60():
    from fractions import Fraction

    with pytest.raises(StatementError, match="not so"):
        tried(entropic(1 + Fraction(1, 10**60)))


def test_a_certificate_that_no_point_tests_says_so():
    nowhere = replace(LEAST, objective=lambda p: p.xp.log(-p.lam))
    assert "not tested" in str(certify(nowhere, SPACE, 0))


def test_an_identity_may_fail_where_the_hypotheses_do():
    outside = replace(entropic(), objective=lambda p: p.xp.abs(p.lam), value=lambda p: p.xp.abs(p.lam))
    outside = replace(outside, certificate=SumOfNonNegative(lambda p: [positive_part(p, p.lam - 1)]))
    assert certify(replace(outside, given=[lambda p: 1 - p.lam]), SPACE, 0).bound == "tested"
    with pytest.raises(StatementError, match="not so"):
        certify(outside, SPACE, 0)
