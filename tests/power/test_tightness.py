"""The adversary reaches the equality cases of the paper's inequalities from random starts alone."""

import pytest

from ncverify import Domain, Inequality, falsify
from ncverify.domain import Shape
from ncverify.papers.claim import Demonstration
from tests.ulpm import claims

NEAR = 1e-9  # scaled slack: a billionth of the terms that meet in the inequality
SMALL, LARGER = Shape(3, 2, 2), Shape(4, 2, 3)  # d = K-1, so that equality needs the full simplex, and n >= 2
EVALUATIONS = {SMALL: 20_000, LARGER: 70_000}
MAIN = ("thm-3.1-bound", "cor-3.1-constant", "thm-3.3")
# ids whose inequalities the paper itself attains, at collapse or at the edge of a hypothesis
TIGHT = (
    "thm-3.1-bound",
    "eq-b.1",
    "b-sum-over-j",
    "eq-b.2",
    "eq-b.3",
    "cor-3.1-constant",
    "thm-3.3",
    "eq-b.5",
    "eq-b.9",
)


def inequalities(ids):
    for id_ in ids:
        claim = claims()[id_]
        parts = [*claim.parts, *(claim.correction.parts if claim.correction else ())]
        for part in parts:
            if isinstance(part.statement, Demonstration) or not part.expected:
                continue
            if isinstance(part.statement, Inequality):
                yield pytest.param(part.statement, id=f"{id_}: {part.statement.name}")


def lowest_slack(statement, shape):
    """From random starts alone: no structured point, and so no simplex, is ever shown to the search."""
    domain = Domain(K=shape.K, n=shape.n, d=shape.d)
    verdict = falsify(statement, domain, stages=("random", "attack"), evaluations=EVALUATIONS[shape], budget=1e9)
    assert verdict.status == "unfalsified", str(verdict)
    return verdict.slack


@pytest.mark.slow
@pytest.mark.parametrize("statement", list(inequalities(TIGHT)))
def test_random_starts_lead_to_equality(statement):
    assert 0 <= lowest_slack(statement, SMALL) < NEAR


@pytest.mark.slow
@pytest.mark.parametrize("statement", list(inequalities(MAIN)))
def test_they_do_so_for_more_classes(statement):
    assert 0 <= lowest_slack(statement, LARGER) < NEAR


@pytest.mark.slow
def test_a_slack_that_is_not_tight_is_not_called_tight():
    """The negative control: a bound with a tenth to spare."""

    def slack(p):
        return 1.1 * p.squared_norm / (2 * (p.K - 1) * p.xp.sqrt(p.n)) - p.q_min

    loose = Inequality("a tenth to spare", slack=slack, given=[lambda p: p.squared_norm])
    assert lowest_slack(loose, SMALL) > 0.01
