"""Assertions about statements, for anybody's test suite.

from ncverify.testing import assert_falsified, assert_holds

def test_the_bound():
    assert_holds(bound, space)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ncverify.domain import Domain
from ncverify.space import Space
from ncverify.space.text import as_witness, sizes_in_words
from ncverify.statements.types import Statement

if TYPE_CHECKING:
    from ncverify.falsification import Verdict

__all__ = ["assert_falsified", "assert_holds"]

EVALUATIONS = 13_000


def assert_holds(
    statement: Statement,
    domain: Domain | Space | None = None,
    *,
    seed: int = 0,
    budget: float = 60.0,
    evaluations: int = EVALUATIONS,
) -> Verdict:
    """The verdict of an attack that found nothing, or a failure that shows the counterexample as Python.

    Args:
        statement: what has to hold.
        domain: over which points; by default those of `Domain()`.
        seed: of the search.
        budget: seconds at most.
        evaluations: points at most, about.

    Raises:
        AssertionError: it was falsified, or nothing was tested (no point met the hypotheses), or it stayed undecided.
        StatementError: it cannot be evaluated.
    """
    __tracebackhide__ = True
    verdict = _attacked(statement, domain, seed, budget, evaluations)
    if verdict.status in ("unfalsified", "proved"):
        return verdict
    raise AssertionError(account(verdict))


def assert_falsified(
    statement: Statement,
    domain: Domain | Space | None = None,
    *,
    seed: int = 0,
    budget: float = 60.0,
    evaluations: int = EVALUATIONS,
) -> Verdict:
    """The verdict with its exactly confirmed witness, or a failure that says how hard one was looked for.

    The arguments are those of `assert_holds`.

    Raises:
        AssertionError: no counterexample was found.
        StatementError: it cannot be evaluated.
    """
    __tracebackhide__ = True
    verdict = _attacked(statement, domain, seed, budget, evaluations)
    if verdict.status == "falsified":
        return verdict
    raise AssertionError(f"no counterexample was found\n{account(verdict)}")


def account(verdict: Verdict) -> str:
    """A verdict in a few lines: the sentence, the witness as Python to paste, slack, and in which arithmetic.

    Args:
        verdict: as `falsify` gives it.
    """
    lines = [f"{verdict.statement.name!r}: {verdict.status}"]
    if verdict.witness is not None:
        where = sizes_in_words(verdict.witness)
        lines.append(f"  at {where}" if where else "")
        lines.append(f"  {as_witness(verdict.witness)}")
        if math.isfinite(verdict.slack):
            lines.append(f"  slack {verdict.slack:.3g} of its natural scale")
        lines.append(f"  confirmed in {verdict.arithmetic_in_words}, after {verdict.tried} points")
    elif verdict.status == "vacuous":
        lines.append(f"  none of {verdict.tried} points met the hypotheses: nothing was tested")
    elif verdict.status == "undecided":
        lines.append("  the sign of a point stayed undecided at the highest precision")
    else:
        lines.append(f"  {verdict.tried} points, lowest slack {verdict.slack:.3g} of its natural scale")
        if verdict.tightest is not None:
            lines.append(f"  tightest at {as_witness(verdict.tightest)}")
    return "\n".join(filter(None, lines))


def _attacked(
    statement: Statement, domain: Domain | Space | None, seed: int, budget: float, evaluations: int
) -> Verdict:
    from ncverify.falsification.campaign import falsify

    return falsify(statement, Domain() if domain is None else domain, seed, budget, evaluations=evaluations)
