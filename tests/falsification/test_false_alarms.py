"""No true statement is called false, however ill conditioned: cancellation, underflow, huge scales, float32 points."""

import math
from fractions import Fraction
from math import comb, sqrt

import numpy as np
import pytest

from ncverify import Domain, Identity, Implication, Inequality, Space, Variable, falsify, judge
from ncverify.falsification.constants import rests_on_rounding
from tests.falsification.points import gaussian, simplex

SMALL = Domain(K=(2, 3), n=(1, 2), d=(1, 3))
EVALUATIONS = 6_000


def bound(p):
    return p.squared_norm / (2 * (p.K - 1) * p.xp.sqrt(p.n))


def binomial(p, power):
    """(a - b)^power, expanded: it cancels to noise near a = b."""
    a, b = p.W[0, 0], p.H[0, 0]
    return sum((-1) ** i * math.comb(power, i) * a ** (power - i) * b**i for i in range(power + 1))


CANCELLATION = [
    Inequality("a square, expanded", slack=lambda p: binomial(p, 2)),
    Inequality("a sixth power, expanded", slack=lambda p: binomial(p, 6)),
    Inequality("(1 + x) - 1 - x >= 0", slack=lambda p: (1 + p.W[0, 0]) - 1 - p.W[0, 0]),
    Inequality("1e16 added and taken away", slack=lambda p: (p.squared_norm + 1e16) - 1e16),
    Identity("W + 1e16 - 1e16 = W", left=lambda p: (p.W + 1e16) - 1e16, right=lambda p: p.W),
    Identity("sums in two orders", left=lambda p: p.xp.sum(p.W * p.W), right=lambda p: p.xp.sum(p.W.T * p.W.T)),
    Identity("associativity", left=lambda p: (p.W @ p.H) @ p.H.T, right=lambda p: p.W @ (p.H @ p.H.T)),
    Inequality(
        "variance as a difference of squares",
        slack=lambda p: p.xp.mean(p.W * p.W) - p.xp.mean(p.W) * p.xp.mean(p.W),
    ),
    Inequality("1 - cos(x) >= 0", slack=lambda p: 1 - p.xp.cos(p.W[0, 0])),
    Inequality("exp(x) - 1 - x >= 0", slack=lambda p: p.xp.exp(p.W[0, 0]) - 1 - p.W[0, 0]),
    Inequality("sqrt(x^2) = |x|", slack=lambda p: p.xp.sqrt(p.W[0, 0] ** 2) - abs(p.W[0, 0])),
    Inequality(
        "Cauchy, squared",
        slack=lambda p: p.xp.sum(p.W[0, :] ** 2) * p.xp.sum(p.H[:, 0] ** 2) - p.xp.sum(p.W[0, :] * p.H[:, 0]) ** 2,
    ),
]
TINY_LOSSES = [
    Inequality("the loss is positive", slack=lambda p: p.loss, strict=True),
    Inequality("the loss and the smallest margin", slack=lambda p: p.loss - p.xp.log1p(p.xp.exp(-p.q_min))),
    Inequality("the same in logarithms", slack=lambda p: p.log_loss - p.xp.log_softplus(-p.q_min)),
    Inequality(
        "below 1e-300 too",
        slack=lambda p: p.log_loss - p.xp.log_softplus(-p.q_min),
        given=[lambda p: -700 - p.log_loss],
    ),
    Inequality("the loss is at most a sum", slack=lambda p: p.xp.sum(p.xp.exp(-p.logit_differences)) - p.loss),
    Implication("below log 2", premise=lambda p: p.loss < p.xp.log(2), conclusion=lambda p: p.q_min > 0),
    Identity("the loss, twice", left=lambda p: p.xp.log(p.loss), right=lambda p: p.log_loss, given=[lambda p: p.loss]),
]
HUGE_SCALES = [
    Inequality("1e150 times the bound", slack=lambda p: 1e150 * bound(p) - 1e150 * p.q_min),
    Inequality("the bound of a point 2^400 times as large", slack=lambda p: 2.0**800 * bound(p) - 2.0**800 * p.q_min),
    Inequality("a fourth power", slack=lambda p: p.squared_norm**2 - p.xp.sum(p.W * p.W) ** 2),
    Inequality("log-sum-exp is at least max", slack=lambda p: p.xp.logsumexp(p.logits) - p.xp.max(p.logits)),
    Inequality("norms are at least maxima", slack=lambda p: p.xp.sqrt(p.squared_norm) - p.xp.max(p.xp.abs(p.W))),
]
ROUNDED_CONSTANTS = [
    Inequality("math.sqrt", slack=lambda p: p.squared_norm / (2 * (p.K - 1) * math.sqrt(p.n)) - p.q_min),
    Inequality("np.sqrt", slack=lambda p: p.squared_norm / (2 * (p.K - 1) * np.sqrt(p.n)) - p.q_min),
    Inequality("n to the power 0.5", slack=lambda p: p.squared_norm / (2 * (p.K - 1) * p.n**0.5) - p.q_min),
    Identity("thirds", left=lambda p: (1 / 3) * p.squared_norm * 3, right=lambda p: p.squared_norm),
    Inequality("tenths", slack=lambda p: 0.3 * p.squared_norm - 0.1 * p.squared_norm - 0.2 * p.squared_norm),
]
TRUE = [*CANCELLATION, *TINY_LOSSES, *HUGE_SCALES, *ROUNDED_CONSTANTS]


@pytest.mark.slow
@pytest.mark.parametrize("statement", TRUE, ids=lambda s: s.name)
def test_an_ill_conditioned_true_statement_is_not_falsified(statement):
    verdict = falsify(statement, SMALL, evaluations=EVALUATIONS, budget=1e9)
    assert verdict.status in ("unfalsified", "proved"), str(verdict)


@pytest.mark.parametrize("statement", TRUE, ids=lambda s: s.name)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_is_not_violated_at_points_of_either_precision(statement, dtype):
    """float32 points are exact rationals too: tight statements hold at every one of them."""
    scales = (1.0, 2.0**-40, 2.0**40) if dtype is np.float32 else (1.0, 2.0**-490, 2.0**490)
    for scale in scales:
        for p in (simplex(2, 1, scale, dtype), simplex(3, 2, scale, dtype), gaussian(3, 2, 2, 1, scale, dtype)):
            assert not judge(statement, p).violated


@pytest.mark.parametrize(
    "statement",
    [
        Inequality("a square, expanded, minus a speck", slack=lambda p: binomial(p, 2) - 2.0**-60),
        Inequality("exp(x) - 1 - x >= 2^-60", slack=lambda p: p.xp.exp(p.W[0, 0]) - 1 - p.W[0, 0] - 2.0**-60),
        Inequality("(1 + x) - 1 - x >= 2^-60", slack=lambda p: (1 + p.W[0, 0]) - 1 - p.W[0, 0] - 2.0**-60),
        Inequality("the loss is at least 1e-305", slack=lambda p: p.loss - 1e-305),
        Inequality("log-sum-exp is more than max", slack=lambda p: p.xp.max(p.logits) - p.xp.logsumexp(p.logits)),
        Identity("W + 1e16 - 1e16 = W + 2^-70", left=lambda p: (p.W + 1e16) - 1e16, right=lambda p: p.W + 2.0**-70),
    ],
    ids=lambda s: s.name,
)
def test_the_same_statements_made_false_are_falsified(statement):
    """The negative control: caution must not have become blindness."""
    assert falsify(statement, SMALL, evaluations=EVALUATIONS, budget=1e9).status == "falsified"


SIZES = (2, 3)
NEARLY_TWO = math.sqrt(2) ** 2  # 2.0000000000000004
IS_TWO = NEARLY_TWO <= 2


class Constants:
    nearly_two = NEARLY_TWO


@pytest.mark.parametrize(
    "premise", [lambda p: p.m < NEARLY_TWO, lambda p: not IS_TWO, lambda p: p.m < Constants.nearly_two]
)
def test_a_violation_that_rests_on_a_rounded_value_computed_elsewhere_is_doubtful(premise):
    space = Space(sizes={"m": (2, 3)}, variables={"x": Variable("m")})
    found = judge(Inequality("vacuous", slack=lambda p: p.x[0], given=[premise]), space.point(x=[-1, 0]))
    assert found.doubtful
    assert not found.violated


def _of_even_size(p):
    """A truth about sizes that Python tells, and no rounding in it."""
    half = p.m // 2
    return half * 2 == p.m


@pytest.mark.parametrize(
    ("truth", "rounded"),
    [
        (lambda p: p.m == 2, False),
        (lambda p: all(k % 2 == 0 for k in range(p.m)), False),
        (_of_even_size, False),
        (lambda p: p.m / 3 < 1, True),
        (lambda p: p.m < 2.5, True),
        (lambda p: math.sqrt(p.m) < 2, True),
        (lambda p: any(k / 3 > 1 for k in range(p.m)), True),
        (lambda p: p.m**2 == 4, True),
        (eval("lambda p: p.m == 2"), True),  # without a source
        (lambda p: p.m in SIZES, False),
        (lambda p: Fraction(p.m, 3) < 1, False),
        (lambda p: comb(p.m, 2) == 1, False),
        (lambda p: sqrt(p.m) * sqrt(p.m) > p.m, True),
        (lambda p: p.m < NEARLY_TWO, True),
        (lambda p: not IS_TWO, True),
        (lambda p: p.m < Constants.nearly_two, True),
        (lambda p, bound=2.0: p.m < bound, True),
    ],
)
def test_a_truth_of_pythons_own_rests_on_rounding_only_where_it_divides(truth, rounded):
    assert rests_on_rounding(truth) is rounded


def test_a_truth_about_sizes_leaves_the_divisions_of_the_slack_alone():
    space = Space(sizes={"m": (2, 3)}, variables={"x": Variable("m")})
    claim = Inequality("one line", slack=lambda p: 1 + p.x[0] / 2 + p.x[1] ** 2, given=[lambda p: p.m == 2])
    assert judge(claim, space.point(x=[-4, 0])).violated
    assert not judge(claim, space.point(x=[-4, 0, 0])).applicable
