"""Drawn points of one part of a statement: numbers of the backend against exact ones, enough of them applicable."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, note

from ncverify.falsification.applicable import applicable
from ncverify.falsification.on_backend import look
from ncverify.ledger.drawn import LEAST, account, fault, has_hypotheses, on
from ncverify.ledger.examined import same
from ncverify.papers import find, installed
from ncverify.papers.claim import Claim, Demonstration, Part
from properties.evidence import record
from properties.settings import RUN
from properties.strategies import FAMILIES, AnyDrawn, points_of

_MANY, _EVERY = 400, 5  # points looked at further where few of the drawn ones were compared, and which of them


def _paper_of(claim: Claim) -> str:
    """The key of the installed paper that a claim belongs to, "" for a planted one."""
    return next((key for key in installed() if any(c.id == claim.id for c in find(key).claims)), "")


class DrawnOnce:
    """Draws points of parts, of one that several claims share once: the points would be the same."""

    def __init__(self) -> None:
        self._known: dict[Any, tuple[Part, Any, Counter[str]]] = {}

    def __call__(self, claim: Claim, index: int, part: Part, *, families: tuple[str, ...], paper: str) -> int:
        """The number of points that met the hypotheses of a part; see `hold`, whose errors it raises."""
        key = same(part), families, RUN.backend, RUN.device, RUN.dtype, RUN.profile, RUN.seed, id(RUN.library)
        if key not in self._known:
            self._known[key] = part, RUN.library, hold(claim, index, part, families=families, paper=paper)
        else:
            record("drawn", id=claim.id, part=index, paper=paper, **self._known[key][-1])
        return self._known[key][-1]["applicable"]


def hold(
    claim: Claim, index: int, part: Part, *, families: tuple[str, ...] = FAMILIES, paper: str = ""
) -> Counter[str]:
    """Draws points of a part from its own domain, half of them from those that are known to meet its hypotheses.

    Returns how many were tried, how many met them, and how many numbers and truths were compared.

    Raises:
        AssertionError: the backend contradicts exact arithmetic, the statement is violated, or fewer than `LEAST`
            points met its hypotheses.
    """
    assert not isinstance(part.statement, Demonstration)
    rows = applicable(part.statement, part.domain, RUN.seed, 2 * LEAST) if has_hypotheses(part) else []
    counts: Counter[str] = Counter()

    def check(layout: Any, entries: Any) -> None:
        point = on(RUN.namespace, layout, entries)
        seen = look(part.statement, point)
        tally = {"tried": 1, "applicable": int(seen.applicable), "compared": seen.compared}
        counts.update(tally)
        record("drawn", id=claim.id, part=index, paper=paper, **tally)
        what = fault(part, seen, point)
        assert not what, account(paper or _paper_of(claim), claim, index, part, what, point)

    @given(drawn=points_of(part, rows, families))
    def drawn_points(drawn: AnyDrawn) -> None:
        note(f"{drawn.family} point of {drawn.shape}")
        check(drawn.layout, drawn.entries)

    for row in rows[:LEAST]:
        check(row.layout, row.entries)
    drawn_points()
    if counts["applicable"] < LEAST:  # where rounding decides little, simple points among many may still be compared
        for row in applicable(part.statement, part.domain, RUN.seed, _MANY)[::_EVERY]:
            check(row.layout, row.entries)
            if counts["applicable"] >= LEAST:
                break
    assert counts["applicable"] >= LEAST, (
        f"{claim.id}: {part.statement.name!r}: its hypotheses are met at {counts['applicable']} of {counts['tried']} "
        "drawn points, "
        f"and {LEAST} are the least that show something: give its domain, or the search, points that meet them"
    )
    return counts
