"""What the statements of Appendix B on the flow have in common: hypothesis, shapes, free logit gradients."""

from __future__ import annotations

from typing import Any

from ncverify.domain import Domain
from ncverify.papers.claim import Part
from ncverify.point import Point
from ncverify.statements.types import Statement

LATE_SHAPES = Domain(K=(2, 4), n=(1, 2), d=(1, 4), where=lambda K, n, d: d in (1, K - 1, K))
"""d = 1, K-1 and K: a line, the smallest dimension that holds a simplex, and one more."""


def late_part(statement: Statement, **options: Any) -> Part:
    """A part of a claim over `LATE_SHAPES`; options as for `Part`."""
    return Part(statement, domain=LATE_SHAPES, **options)


def late(p: Point) -> Any:
    """The hypothesis L < log 2."""
    return p.xp.log(2) - p.loss


def in_range(p: Point) -> Any:
    """Logit differences below 1000: beyond, the two sides of some bounds agree to more digits than are carried."""
    return 1000 - p.xp.max(p.xp.abs(p.logit_differences))


RANK_TWO = Domain(K=(2, 4), n=(1, 2), d=(3, 5))
"""Shapes for `free_flow`: two coordinates serve as a logit gradient."""


def free_flow(p: Point) -> tuple[Any, Any, Any]:
    """(W, H, G) with a logit gradient G of rank two that does not depend on W and H: the last two coordinates of p.

    An identity that is linear or quadratic in G holds for every G if it holds for those of rank two.
    """
    return p.W[:, :-2], p.H[:-2, :], p.W[:, -2:] @ p.H[-2:, :]
