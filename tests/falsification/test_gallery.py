"""Detection and false alarms over the gallery, with the seed and the budget that a user gets."""

from dataclasses import replace

import pytest

from ncverify import Domain, falsify, judge
from tests.falsification.false_inequalities import INEQUALITIES
from tests.falsification.false_predicates import PREDICATES
from tests.falsification.gallery import SMALL, Case
from tests.falsification.true_statements import TRUE

FEW = 6_000  # evaluations


def parameters(cases: tuple[Case, ...]) -> list[object]:
    return [pytest.param(c, id=c.statement.name, marks=[pytest.mark.slow] if c.slow else []) for c in cases]


@pytest.mark.slow
@pytest.mark.parametrize("case", parameters((*INEQUALITIES, *PREDICATES)))
def test_a_false_statement_is_falsified_by_a_point_of_its_domain(case: Case) -> None:
    verdict = falsify(case.statement, case.domain, budget=1e9)
    assert verdict.status == "falsified", f"{case.trap}: {verdict}"
    assert verdict.exact
    assert judge(case.statement, verdict.witness).violated
    assert case.domain.admits(verdict.witness.K, verdict.witness.n, verdict.witness.d)


@pytest.mark.slow
@pytest.mark.parametrize("case", parameters(TRUE))
def test_a_true_statement_is_never_called_false(case: Case) -> None:
    """Some stay undecided: two transcendental numbers that are equal can never be proved so."""
    case = replace(case, domain=SMALL) if case.domain == Domain() else case
    verdict = falsify(case.statement, case.domain, evaluations=FEW, budget=1e9)
    assert verdict.status in ("unfalsified", "undecided", "proved"), f"{case.trap}: {verdict}"
