"""A part of a statement at random points of its domain on a backend: the drawn test of a user's own papers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ncverify.falsification import layouts
from ncverify.falsification.applicable import Row, applicable
from ncverify.falsification.on_backend import look
from ncverify.kinds import Functions
from ncverify.ledger.drawn import LEAST, account, fault, has_hypotheses, on
from ncverify.papers.claim import Claim, Demonstration, Part

_POINTS = 30  # of the domain, beside those that are known to meet the hypotheses
_ENTRIES = 72  # of a point: exact arithmetic takes a microsecond for each operation


def sampled_fault(claim: Claim, index: int, part: Part, xp: Functions, seed: int, paper: str) -> str:
    """The fault of a part on the arrays of a backend, in words; "" where there is none.

    Args:
        claim: that it belongs to.
        index: of the part in it, those of the correction last.
        part: a statement about points.
        xp: namespace of the backend.
        seed: of the points.
        paper: key of the paper, or path of its file.
    """
    assert not isinstance(part.statement, Demonstration)
    rows = applicable(part.statement, part.domain, seed, 2 * LEAST) if has_hypotheses(part) else []
    met = tried = 0
    for row in (*rows, *_random(part, seed)):
        point = on(xp, row.layout, row.entries)
        seen = look(part.statement, point)
        met, tried = met + seen.applicable, tried + 1
        if what := fault(part, seen, point):
            return account(paper, claim, index, part, what, point)
    if met < LEAST:
        return (
            f"{claim.id}: {part.statement.name!r}: its hypotheses are met at {met} of {tried} points, and {LEAST} are "
            "the least that show something: give its domain points that meet them"
        )
    return ""


def _random(part: Part, seed: int) -> Iterator[Row]:
    """Points of every kind that the search starts from, over the smaller shapes."""
    rng = np.random.default_rng(seed)
    packings = [layouts.layout_of(part.domain, shape) for shape in part.domain.shapes()]
    chosen = [layout for layout in packings if layout.size <= _ENTRIES] or packings[:1]
    for turn in range(_POINTS):
        layout = chosen[int(rng.integers(len(chosen)))]
        rows = (layouts.ordinary(layout, 2, rng), layouts.structured(layout), layouts.random(layout, 8, rng))[turn % 3]
        yield Row(layout, rows[int(rng.integers(len(rows)))])
