"""Trends: what keeps growing is seen, what settles is not, and one start alone proves nothing."""

import math

import numpy as np
import pytest

from ncverify import Domain, Point, Space, Trend, Variable, falsify, judge
from ncverify.statements.reading import keeps_growing
from tests.falsification.points import point, simplex

SMALL = Domain(K=2, n=1, d=(1, 2))
TIMES = [2.0**k for k in range(1, 13)]
PAIR = simplex(2)


def along(quantity, times=TIMES):
    """A trend whose quantity is a function of time: W[0, 0] is the clock."""

    def trajectory(p):
        return [(t, Point(np.full_like(p.W, t), p.H)) for t in times]

    return lambda rate: Trend("t", trajectory=trajectory, quantity=lambda q: quantity(float_of(q)), rate=rate)


def float_of(q):
    value = q.W[0, 0]
    return float(value) if not hasattr(value, "nearest_float") else value.nearest_float()


@pytest.mark.parametrize(
    ("quantity", "rate", "kept"),
    [
        (lambda t: 1 / t, lambda t: 1 / t, True),
        (lambda t: 3 / t + 5 / t**2, lambda t: 1 / t, True),
        (lambda t: math.log(t) / t, lambda t: 1 / t, False),
        (lambda t: 1 / math.log(t), lambda t: 1 / math.log(t), True),
        (lambda t: 1 / math.log(t) + 1 / t, lambda t: 1 / math.log(t), True),
        (lambda t: 1.0, lambda t: 1 / math.log(t), False),
        (lambda t: 1 / math.log(t), lambda t: 1 / t, False),
        (lambda t: t / (10 + t), lambda t: 1.0, True),
        (lambda t: math.log(t), lambda t: 1.0, False),
        (lambda t: 0.0, lambda t: 1 / t, True),
        (lambda t: 2 + math.sin(t), lambda t: 1.0, True),
    ],
)
def test_a_ratio_that_keeps_growing_contradicts_the_trend(quantity, rate, kept):
    assert judge(along(quantity)(rate), PAIR).holds is kept


def test_growth_has_to_go_on_to_the_end():
    xp = PAIR.xp
    ratios = [xp.asarray(v) for v in (1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 9.0, 2.0)]
    assert not bool(keeps_growing(ratios, xp))
    assert bool(keeps_growing([*ratios[:-1], xp.asarray(9.0)], xp))


def descent(p, steps=128):
    due = 1
    for step in range(1, steps + 1):
        p = Point(p.W - 0.5 * p.gradient.W, p.H - 0.5 * p.gradient.H)
        if step == due:
            due *= 2
            yield float(step), p


def test_the_loss_under_gradient_descent():
    slow = Trend("1/t", trajectory=descent, quantity=lambda q: q.loss, rate=lambda t: 1 / t)
    assert falsify(slow, Domain(K=2, n=1, d=2), evaluations=500, stages=("random",)).status == "unfalsified"
    fast = Trend("exp(-t)", trajectory=descent, quantity=lambda q: q.loss, rate=lambda t: math.exp(-t))
    assert falsify(fast, SMALL, evaluations=500).status == "falsified"


def test_a_start_in_its_transient_is_not_believed_alone():
    """The quantity stays in a transient for small starts only; ordinary ones settle."""

    def quantity(q):
        return q.xp.sum(q.W * q.W)

    def trajectory(p):
        escape = 1e-6 if float(np.abs(p.W).max()) > 0.5 else 1.0
        return [(t, Point(p.W * (1 + escape * t), p.H)) for t in TIMES]

    assert judge(
        Trend("escape", trajectory=trajectory, quantity=quantity, rate=lambda t: 1.0), point([[0.1], [0]], [[1, 1]])
    ).violated
    trend = Trend("escape", trajectory=trajectory, quantity=quantity, rate=lambda t: 1.0)
    assert falsify(trend, SMALL, evaluations=500).status == "unfalsified"


@pytest.mark.slow
def test_a_start_that_never_moves_is_believed():
    """At the origin the gradient vanishes, and the loss stays what it is."""
    trend = Trend("1/t", trajectory=descent, quantity=lambda q: q.loss, rate=lambda t: 1 / t)
    verdict = falsify(trend, Domain(K=2, n=1, d=1), evaluations=500)
    assert verdict.status == "falsified"
    assert not verdict.witness.W.any()
    assert not verdict.witness.H.any()


def test_structured_starts_without_a_value_are_counted_not_raised():
    def trajectory(p):
        if not p.W.any():
            raise ZeroDivisionError("no direction at the origin")
        return [(t, p) for t in TIMES]

    trend = Trend("direction", trajectory=trajectory, quantity=lambda q: q.loss, rate=lambda t: 1.0)
    verdict = falsify(trend, SMALL, evaluations=500)
    assert verdict.status == "unfalsified"
    assert verdict.undefined > 0


def test_a_trend_over_a_space_runs_from_its_points():
    space = Space({"d": (1, 2)}, variables={"w": Variable("d"), "lam": Variable(positive=True)})

    def decayed(power):
        def trajectory(p):
            return [
                (t, space.point(w=[float(x) / (1 + t * float(p.lam)) ** power for x in p.w], lam=float(p.lam)))
                for t in TIMES
            ]

        return Trend("w", trajectory=trajectory, quantity=lambda q: (q.w * q.w).sum(), rate=lambda t: 1 / t**2)

    assert falsify(decayed(1), space, budget=60).status == "unfalsified"
    slower = falsify(decayed(0.5), space, budget=60)
    assert slower.status == "falsified"
    assert judge(decayed(0.5), slower.witness).violated
