"""Claims in our words."""

from __future__ import annotations

from typing import Any

from ncverify.papers import Claim


def in_our_words(*, says: str, where: str = "", attribution: Any = "recalled", **fields: Any) -> Claim:
    """A claim in our words, which are also what is printed here, and its place where no other is named."""
    return Claim(says=says, printed=says, where=where or says, attribution=attribution, **fields)
