"""A figure of a page: a heading, pictures side by side, and what is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A figure of the page.

    Args:
        title: its heading.
        caption: what is seen.
        graphics: inline SVG, side by side where there is room.
        folded: whether it is closed until somebody opens it.
    """

    title: str
    caption: str
    graphics: Sequence[str]
    folded: bool = False
