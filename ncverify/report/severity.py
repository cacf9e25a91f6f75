"""Whether the theorems survive what is wrong: the severities in words, and their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ncverify.papers.claim import NOT_RIGHT, SEVERITIES

SURVIVAL = {
    "theorem": "a theorem, or what is concluded from one, does not stand as printed",
    "error": "not said whether a theorem rests on it",
    "proof": "the theorems stand; a printed proof needs a repair",
    "local": "no theorem rests on it",
    "misprint": "a misprint: what is meant is clear, and the lines around it hold with that",
}


def severity_of(e: Mapping[str, Any]) -> str:
    """The severity of an entry; "" for one that was not found wrong.

    Example:
        >>> entry = {"verdict": "false", "severity": "proof"}
        >>> severity_of(entry), severity_of(entry | {"verdict": "open"})
        ('proof', '')
    """
    return str(e.get("severity") or "") if e.get("verdict") in NOT_RIGHT else ""


def rank(severity: str) -> int:
    """The rank of a severity, worst first; what is right as printed comes last.

    Example:
        >>> [rank(s) for s in ("theorem", "misprint", "")]
        [0, 4, 5]
    """
    known = [str(s) for s in SEVERITIES]
    return known.index(severity) if severity in known else len(known)


def by_severity(entries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The entries, worst first, in their old order where they are equal."""
    return sorted(entries, key=lambda e: rank(severity_of(e)))
