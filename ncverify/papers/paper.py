"""A paper: what identifies it, and its statements in its order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ncverify.papers.claim import Claim


@dataclass(frozen=True)
class Paper:
    """The statements of a paper, ready to be examined.

    Args:
        key: short and unique, such as "ulpm-2022"; names its folder of results.
        title: as printed.
        authors: as one text.
        claims: its statements; sorted by their positions, where these are given.
        arxiv: the arXiv id, or None.
        year: of publication, or None.
        url: where it can be read; by default made of the arXiv id.
        figures: for the report: makes pairs (title, SVG) of pictures of the paper's own; called when a report is made.

    Raises:
        ValueError: a key with other characters, or two claims with one id.
    """

    key: str
    title: str
    authors: str
    claims: tuple[Claim, ...]
    arxiv: str | None = None
    year: int | None = None
    url: str | None = None
    figures: Callable[[], Any] | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9\-]*", self.key):
            raise ValueError(f"key: expected lower-case letters, digits and '-', got {self.key!r}")
        if not all(isinstance(claim, Claim) for claim in self.claims):
            raise TypeError(f"{self.key}: claims: expected a tuple of Claim")
        ids = [claim.id for claim in self.claims]
        double = next((id_ for id_ in ids if ids.count(id_) > 1), None)
        if double is not None:
            raise ValueError(f"{self.key}: two claims have the id {double!r}")
        object.__setattr__(self, "claims", tuple(sorted(self.claims, key=lambda claim: claim.position)))

    @property
    def address(self) -> str | None:
        """The address at which the paper can be read."""
        return self.url or (f"https://arxiv.org/abs/{self.arxiv}" if self.arxiv else None)

    def claim(self, id_: str) -> Claim:
        """The claim with an id.

        Raises:
            KeyError: there is none; the message names the paper.
        """
        for claim in self.claims:
            if claim.id == id_:
                return claim
        raise KeyError(f"{self.key} has no statement {id_!r}")
