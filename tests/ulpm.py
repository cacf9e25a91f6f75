"""The statements of the paper that most tests take their examples from."""

from __future__ import annotations

from ncverify.papers import Claim, Paper, find

PAPER: Paper = find("ulpm-2022")


def claims() -> dict[str, Claim]:
    """The claims by id, in the paper's order."""
    return {claim.id: claim for claim in PAPER.claims}
