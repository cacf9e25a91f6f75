"""The two tests that every registered statement gets.

`drawn`: at points drawn by Hypothesis, evaluated on the backend of the run. What floats call a violation counts only
if exact arithmetic confirms it at the same coordinates. `verdict`: the statement examined (attack, stored witnesses,
proofs, controls), and the verdict held against the one that the paper declares.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, note

from ncverify.domain import Domain
from ncverify.falsification.exact import judge
from ncverify.falsification.point_json import point_as_json
from ncverify.ledger.entry import entry
from ncverify.ledger.examine import examine
from ncverify.ledger.ledger import TRUE_AS_PRINTED
from ncverify.papers.claim import SMALL, Claim, Demonstration, Part
from ncverify.point import Point
from ncverify.statements.reading import claims as readings
from ncverify.statements.types import OverShapes, Statement, Trend
from properties.evidence import record
from properties.settings import RUN
from properties.strategies import FAMILIES, Drawn, points

Check = Callable[..., None]


def checks(claims: Sequence[Claim], *, families: tuple[str, ...] = FAMILIES, paper: str = "") -> tuple[Check, Check]:
    """(test_drawn, test_verdict) for some claims; a test module binds them to names that start with `test_`.

    Args:
        claims: of one paper.
        families: of drawn points.
        paper: its key, for a test module that does not stand in the paper's folder.
    """
    by_claim = pytest.mark.parametrize("claim", claims, ids=[claim.id for claim in claims])
    sampled = [claim for claim in claims if any(_is_pointwise(part) for part in _true_parts(claim))]
    by_sampled = pytest.mark.parametrize("claim", sampled, ids=[claim.id for claim in sampled])

    @by_sampled
    @given(drawn=points(SMALL, families))
    def test_drawn(claim: Claim, drawn: Drawn) -> None:
        note(f"{drawn.family} point of {drawn.shape}")
        for part in _true_parts(claim):
            if _is_pointwise(part) and part.domain.admits(*drawn.shape):  # type: ignore[union-attr]
                _agree(claim, part.statement, drawn, paper)  # type: ignore[arg-type]

    @by_claim
    def test_verdict(claim: Claim, as_printed: bool) -> None:
        result = examine(claim, RUN.effort)
        found = entry(result)
        record("verdict", id=claim.id, entry=found, paper=paper)
        assert not result.problems(), f"{claim.id}: " + "; ".join(result.problems())
        if as_printed and result.verdict not in TRUE_AS_PRINTED:
            pytest.fail(
                f"{claim.id} is {result.verdict} as printed: {claim.reason}. Counterexample: {found['counterexample']}"
            )

    return test_drawn, test_verdict


def _true_parts(claim: Claim) -> list[Part]:
    corrected = claim.correction.parts if claim.correction else ()
    return [part for part in (*claim.parts, *corrected) if part.expected]


def _is_pointwise(part: Part) -> bool:
    if isinstance(part.statement, Demonstration | Trend | OverShapes) or not isinstance(part.domain, Domain):
        return False
    return _overlaps(part.domain)


def _overlaps(domain: Domain) -> bool:
    return any(SMALL.admits(*shape) for shape in domain.shapes())


def _agree(claim: Claim, statement: Statement, drawn: Drawn, paper: str) -> None:
    point = _on_backend(drawn)
    suspicious, applicable = _in_floats(statement, point)
    record("drawn", id=claim.id, applicable=applicable, paper=paper)
    if suspicious:
        result = judge(statement, point)
        where = f"in {result.arithmetic} arithmetic, at {point_as_json(point)}"
        assert not result.violated, f"{claim.id}: {statement.name!r} is violated, confirmed {where}"


def _on_backend(drawn: Drawn) -> Point:
    xp = RUN.namespace
    W, H = drawn.W, drawn.H
    if RUN.dtype == "float32":  # the extreme scales of float64 do not exist there
        W, H = (np.sign(A) * np.clip(np.abs(A), 0, 1e15) for A in (W, H))
    return Point(xp.asarray(W.tolist()), xp.asarray(H.tolist()))


def _in_floats(statement: Statement, point: Point) -> tuple[bool, bool]:
    """(a violation as far as floats can tell, the hypotheses are met as far as floats can tell)."""
    suspicious = applicable = False
    with np.errstate(all="ignore"):
        for reading in readings(statement):
            if all(_true(h, point) for h in reading.hypotheses):
                applicable = True
                suspicious = suspicious or not _true(reading.conclusion, point)
    return suspicious, applicable


def _true(predicate: Callable[[Point], Any], point: Point) -> bool:
    try:
        return bool(predicate(point))
    except ZeroDivisionError:
        return False
