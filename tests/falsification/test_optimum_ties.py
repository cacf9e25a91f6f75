"""An optimum is attained with equality: no doubt where its conclusion holds, and a doubt where it does not."""

import pytest

from ncverify import Optimum, Space, Variable, falsify

PLANE = Space(variables={"x": Variable(), "y": Variable()})


def zero(p):
    """Zero, which no ball of any precision tells from zero, nor a rule by which expressions are equal."""
    return p.xp.sin(2 * p.x) - 2 * p.xp.sin(p.x) * p.xp.cos(p.x)


def attained(conclusion):
    return Optimum(
        "zero is least", objective=lambda p: zero(p) + p.y * p.y, value=lambda p: 0 * p.y, conclusion=conclusion
    )


@pytest.mark.parametrize("conclusion", [lambda p: -p.y * p.y, None], ids=["y = 0", "nothing claimed"])
def test_equality_with_the_conclusion_is_no_doubt(conclusion):
    assert falsify(attained(conclusion), PLANE, evaluations=2000).status == "unfalsified"


def test_equality_without_the_conclusion_stays_undecided():
    assert falsify(attained(lambda p: -p.x * p.x), PLANE, evaluations=2000).status == "undecided"


def test_equality_by_equal_expressions_without_the_conclusion_is_a_violation():
    false = Optimum(
        "zero is least, at zero",
        objective=lambda p: p.xp.log(p.xp.exp(p.x)) - p.x + p.y * p.y,
        value=lambda p: 0 * p.y,
        conclusion=lambda p: -p.x * p.x,
    )
    verdict = falsify(false, PLANE, evaluations=2000)
    assert verdict.status == "falsified"
    assert "equal expressions" in verdict.arithmetic
