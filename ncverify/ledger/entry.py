"""One ledger entry: everything found about a statement, as plain data."""

from __future__ import annotations

import math
from typing import Any

from ncverify.ledger.examine import ClaimResult, PartResult
from ncverify.statements.claim import Claim
from ncverify.statements.registry import catalogue

FIELDS = (
    "id",
    "where",
    "kind",
    "printed",
    "verdict",
    "declared",
    "evidence",
    "reason",
    "effect",
    "tried",
    "hypothesis_rate",
    "tightest_slack",
    "counterexample",
    "correction",
    "corrected_verdict",
    "parts",
    "problems",
    "seconds",
)


def entry(result: ClaimResult) -> dict[str, Any]:
    """The ledger entry of an examined claim; every value is plain data, NaN written as null.

    A demonstration may give NumPy's numbers; the workers of pytest-xdist can send Python's own alone.
    """
    claim = result.claim
    parts = [*result.parts, *result.correction]
    slacks = [float(p.slack) for p in result.parts if math.isfinite(p.slack)]
    return _base(claim) | {
        "verdict": result.verdict,
        "evidence": result.evidence,
        "tried": sum(p.tried for p in parts),
        "hypothesis_rate": min((p.hypothesis_rate for p in parts), default=None),
        "tightest_slack": min(slacks, default=None),
        "counterexample": next((p.counterexample for p in result.parts if p.counterexample), None),
        "corrected_verdict": result.corrected_verdict,
        "parts": [_part(p) for p in parts],
        "problems": result.problems(),
        "seconds": round(result.seconds, 3),
    }


def unexamined(claim: Claim, reason: str) -> dict[str, Any]:
    """The entry of a statement that was not examined in this run: open, with the reason."""
    return _base(claim) | {"reason": reason}


def _base(claim: Claim) -> dict[str, Any]:
    about = next((e for e in catalogue() if e.id == claim.id), None)
    if about is None:
        raise ValueError(f"claim: {claim.id!r} is no id of catalogue.toml; add it there, or correct the id")
    blank = dict.fromkeys(FIELDS)
    return blank | {
        "id": claim.id,
        "where": about.where,
        "kind": about.kind,
        "printed": claim.printed,
        "verdict": "open",
        "declared": claim.verdict,
        "evidence": "none",
        "reason": claim.reason,
        "effect": claim.effect or None,
        "tried": 0,
        "correction": claim.correction.latex if claim.correction else None,
        "parts": [],
        "problems": [],
        "seconds": 0.0,
    }


def _part(result: PartResult) -> dict[str, Any]:
    return {
        "name": result.name,
        "holds": None if result.holds is None else bool(result.holds),
        "evidence": result.grade,
        "tried": result.tried,
        "tightest_slack": float(result.slack) if math.isfinite(result.slack) else None,
        "distribution": result.distribution,
        "counterexample": result.counterexample,
        "detail": result.detail,
    }
