"""Drawn points of one part of a statement: numbers of the backend against exact ones, enough of them applicable."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, note

from ncverify.falsification.applicable import applicable
from ncverify.falsification.on_backend import look
from ncverify.ledger.drawn import LEAST, account, fault, has_hypotheses, on
from ncverify.papers import find, installed
from ncverify.papers.claim import Claim, Demonstration, Part
from properties.evidence import record
from properties.settings import RUN
from properties.strategies import FAMILIES, AnyDrawn, points_of


def _paper_of(claim: Claim) -> str:
    """The key of the installed paper that a claim belongs to, "" for a planted one."""
    return next((key for key in installed() if any(c.id == claim.id for c in find(key).claims)), "")


def hold(claim: Claim, index: int, part: Part, *, families: tuple[str, ...] = FAMILIES, paper: str = "") -> int:
    """Draws points of a part from its own domain, half of them from those that are known to meet its hypotheses.

    Returns the number of points that met them.

    Raises:
        AssertionError: the backend contradicts exact arithmetic, the statement is violated, or fewer than `LEAST`
            points met its hypotheses.
    """
    assert not isinstance(part.statement, Demonstration)
    rows = applicable(part.statement, part.domain, RUN.seed, 2 * LEAST) if has_hypotheses(part) else []
    met: Counter[bool] = Counter()

    def check(layout: Any, entries: Any) -> None:
        point = on(RUN.namespace, layout, entries)
        seen = look(part.statement, point)
        met[seen.applicable] += 1
        record("drawn", id=claim.id, part=index, applicable=seen.applicable, compared=seen.compared, paper=paper)
        what = fault(part, seen, point)
        assert not what, account(paper or _paper_of(claim), claim, index, part, what, point)

    @given(drawn=points_of(part, rows, families))
    def drawn_points(drawn: AnyDrawn) -> None:
        note(f"{drawn.family} point of {drawn.shape}")
        check(drawn.layout, drawn.entries)

    for row in rows[:LEAST]:
        check(row.layout, row.entries)
    drawn_points()
    assert met[True] >= LEAST, (
        f"{claim.id}: {part.statement.name!r}: its hypotheses are met at {met[True]} of {met.total()} drawn points, "
        f"and {LEAST} are the least that show something: give its domain, or the search, points that meet them"
    )
    return met[True]
