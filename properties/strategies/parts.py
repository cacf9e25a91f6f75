"""Points of one part of a statement: from its own domain, and from rows that are known to meet its hypotheses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from ncverify.domain import Domain
from ncverify.falsification import layouts
from ncverify.falsification.applicable import Row
from ncverify.papers.claim import Part
from ncverify.space import Space
from ncverify.space.layout import Layout
from properties.strategies.points import FAMILIES, Drawn, points
from properties.strategies.shapes import few

_ENTRIES = 72  # of a drawn point of an own domain: exact arithmetic takes a microsecond for each operation
_KINDS = ("ordinary", "structured", "random")


@dataclass(frozen=True)
class DrawnRow:
    """A drawn point of a space, or one that is known to meet hypotheses, as a row of its layout."""

    family: str
    layout: Layout
    entries: Any

    @property
    def shape(self) -> Any:
        """Its sizes."""
        return self.layout.sizes


AnyDrawn = Drawn | DrawnRow


def points_of(part: Part, rows: Sequence[Row], families: tuple[str, ...] = FAMILIES) -> st.SearchStrategy[AnyDrawn]:
    """Points of the domain of a part; where rows are given, about half of the points are some of them."""
    known = [DrawnRow("applicable", row.layout, row.entries) for row in rows]
    free = points(_small(part.domain), families) if isinstance(part.domain, Domain) else _of_space(part.domain)
    return st.one_of(free, st.sampled_from(known)) if known else free


def _small(domain: Domain) -> Domain:
    """The smaller shapes of a domain, and the smallest whatever its size."""
    shapes = domain.shapes()
    chosen = [s for s in shapes if s.K * s.d * (s.n + 1) <= _ENTRIES] or shapes[:1]
    within = {tuple(s) for s in chosen}
    return Domain(domain.K, domain.n, domain.d, where=lambda K, n, d: (K, n, d) in within)


def _of_space(space: Space) -> st.SearchStrategy[DrawnRow]:
    packings = [layouts.layout_of(space, sizes) for sizes in space.shapes()]
    chosen = few([layout for layout in packings if layout.size <= _ENTRIES] or packings[:1])
    seeds = st.integers(0, 2**64 - 1)
    return st.builds(_row, st.sampled_from(_KINDS), st.sampled_from(chosen), seeds)


def _row(kind: str, layout: Layout, seed: int) -> DrawnRow:
    """One row of a kind of start of the search."""
    rng = np.random.default_rng(seed)
    rows = layouts.structured(layout) if kind == "structured" else getattr(layouts, kind)(layout, 8, rng)
    return DrawnRow(kind, layout, rows[int(rng.integers(len(rows)))])
